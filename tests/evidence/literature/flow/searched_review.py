"""A small review that is searched, screened, recorded and released step by step, as its commands would."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from evidence.literature.flow.flow_works import FlowWorks, flow_works
from evidence.literature.flow.previous_releases import released_literature
from evidence.literature.importing_exports import import_exports
from evidence.literature.screening.decision_files import (
    ScreeningDecision,
    ScreeningVerdict,
    Stage,
    append_decision,
)
from evidence.literature.searches.search_log import SourceKind
from evidence.records.review import load_review
from evidence.records.review_folder import record_paths
from tests.synthesis.living.reviews import REVIEW, study

WORDS = [
    "apples",
    "bridges",
    "candles",
    "deserts",
    "engines",
    "forests",
    "gardens",
    "harbours",
    "islands",
    "jackets",
    "kettles",
    "ladders",
    "mirrors",
    "needles",
    "orchards",
    "pillows",
    "quarries",
    "rivers",
    "saddles",
    "temples",
    "umbrellas",
    "valleys",
    "windows",
    "yachts",
    "zebras",
]


def title(work: int) -> str:
    """A title of its own for each number, so that nothing but a DOI makes two records one work."""
    n = len(WORDS)
    words = (WORDS[work % n], WORDS[(work // n) % n], WORDS[(3 * work + 1) % n], WORDS[(7 * work + 5) % n])
    return f"{words[0].capitalize()} and {words[1]} against {words[2]} among {words[3]} in study {work}"


def doi(work: int) -> str:
    """The id of a work."""
    return f"doi:10.1000/w{work}"


def ris(works: Iterable[int], database: str) -> str:
    """An export with a record for each number."""
    return "".join(
        f"TY  - JOUR\nTI  - {title(work)}\nAU  - Writer{work}, A.\nPY  - {1990 + work % 30}\n"
        f"JO  - Journal of {WORDS[work % len(WORDS)]}\nVL  - {work}\nSP  - {10 * work + 1}\n"
        f"DO  - 10.1000/w{work}\n{f'DB  - {database}' if database else 'LA  - eng'}\nER  - \n\n"
        for work in works
    )


class SearchedReview:
    """The folder of a review, and what is done to it."""

    def __init__(self, folder: Path, extra: str = "") -> None:
        self.folder = folder
        self.files = 0
        (folder / "studies").mkdir(parents=True)
        (folder / "review.yaml").write_text(REVIEW + extra, encoding="utf-8")

    def search(
        self,
        database: str,
        works: Iterable[int],
        day: str = "2026-01-05",
        kind: SourceKind = "database",
        after: str = "",
    ) -> str:
        """Import an export of a database with these works, and `after` them; returns the id of the run."""
        self.files += 1
        path = self.folder.parent / f"{self.folder.name}-{self.files}.ris"
        path.write_text(ris(works, database) + after, encoding="utf-8")
        import_exports(self.folder, [path], via=kind, searched=datetime.date.fromisoformat(day))
        lines = (self.folder / "literature/searches.jsonl").read_text(encoding="utf-8").splitlines()
        return next(str(run["id"]) for run in map(json.loads, lines) if run["file"] == path.name)

    def decide(
        self,
        stage: Stage,
        verdict: ScreeningVerdict,
        *works: int,
        reason: str = "",
        who: str = "anna",
        when: str = "2026-01-10T12:00:00Z",
    ) -> None:
        """A decision of a person about works, one after the other."""
        for work in works:
            append_decision(self.folder, who, ScreeningDecision(when, stage, doi(work), verdict, reason))

    def include(self, *works: int) -> None:
        """Include works at both stages."""
        self.decide("title", "include", *works)
        self.decide("full text", "include", *works)

    def record(self, name: str, *works: int, more: str = "") -> Path:
        """The record of a study, a report for each of the works and one without a DOI where there is none."""
        text = study(name, "0.12")
        line = next(each for each in text.splitlines() if each.startswith("  paper:"))
        reports = [line.replace("year:", f"doi: 10.1000/w{work}, year:") for work in works] or [line]
        for place in range(1, len(reports)):
            reports[place] = reports[place].replace("paper:", f"paper-{place + 1}:")
        path = self.folder / "studies" / f"{name}.yaml"
        path.write_text(text.replace(line, "\n".join(reports)) + more, encoding="utf-8")
        return path

    def release(self, number: str) -> None:
        """Keep what a release keeps and a flow reads."""
        inputs = self.folder / "releases" / number / "inputs"
        (inputs / "studies").mkdir(parents=True)
        (inputs.parent / "manifest.json").write_text("{}")
        for path in (self.folder / "review.yaml", *record_paths(self.folder)):
            shutil.copy(path, inputs / path.relative_to(self.folder))
        for name, held in released_literature(self.folder).items():
            (inputs / name).parent.mkdir(parents=True, exist_ok=True)
            (inputs / name).write_bytes(held)

    def works(self) -> FlowWorks:
        """What its flow is derived from."""
        return flow_works(self.folder, load_review(self.folder))
