"""The flow of saved searches, each run twice on services of the loopback interface, adds up."""

from __future__ import annotations

import datetime

from evidence.literature.flow.adding_up import flow_problems
from evidence.literature.flow.flow_forms import whole_flow
from evidence.literature.flow.flow_works import flow_works
from evidence.records.review import load_review
from tests.evidence.literature.searches.loopback import Work
from tests.evidence.literature.searches.settings import DAY, SERVICE_NAMES, Setting, saved
from tests.synthesis.living.reviews import write


def test_the_flow_of_saved_searches_adds_up_run_after_run(setting: Setting) -> None:
    write(setting.review)
    for name in SERVICE_NAMES:
        setting.update(saved(name))
    setting.services.works.append(Work(9, datetime.date(2026, 11, 20)))
    later = datetime.date(2026, 11, 30)
    for name in SERVICE_NAMES:
        setting.update(saved(name), today=later)
    works = flow_works(setting.review, load_review(setting.review))
    assert flow_problems(works) == []
    flow = whole_flow(works)
    assert list(flow.imbalances()) == []
    (databases,) = flow.databases.identified
    assert [(part.label, part.n) for part in databases.parts] == [(name, 6) for name in sorted(SERVICE_NAMES)]
    assert (flow.databases.duplicates.n, flow.databases.waiting_titles.n) == (18, 6)
    assert flow.searched.day == later > DAY
    told = ", ".join(sorted(SERVICE_NAMES))
    assert flow.searched.sentence == f"Searched to 30 November 2026 ({told})."
