"""A judgement that is older than its data is told; one that was made on them is not."""

from __future__ import annotations

from evidence.records.trust import fingerprint
from synthesis.living.changes import find_changes
from synthesis.living.judgements import outdated
from tests.synthesis.living.reviews import study
from tests.synthesis.living.test_changes import loaded

ABEL = study("abel", "0.10")
NUMBER = "estimate: 0.10"
BIAS = """\
risk_of_bias:
  - {tool: RoB 2, domain: D1, judgement: low, support: concealed, estimate: main}
  - {tool: RoB 2, domain: D2, judgement: low, support: blinded}
  - {tool: RoB 2, domain: D3, judgement: low, support: complete, report: other}
"""


def told(old: str, new: str) -> list[str]:
    before, after = loaded(a=old), loaded(a=new)
    return outdated(after.records, find_changes(before, after))


def with_acknowledgement(text: str, data: str) -> str:
    return text + (
        f"acknowledged:\n  - {{finding: limits-reversed, of: main, why: a misprint, data: '{data}', "
        "by: me, on: 2026-06-01}\n"
    )


def test_an_acknowledgement_with_another_hash_is_older_than_its_data() -> None:
    made_on = fingerprint(loaded(a=ABEL).records[0], "main")
    assert made_on is not None
    fresh = with_acknowledgement(ABEL, made_on)
    assert told(fresh, fresh) == []
    assert told(fresh, fresh.replace(NUMBER, "estimate: 0.20")) == [
        "abel: the acknowledgement of limits-reversed in 'main' (me, 2026-06-01) is older than its data"
    ]
    unsaid = with_acknowledgement(ABEL, made_on).replace(f", data: '{made_on}'", "")
    assert told(unsaid, unsaid) == []  # what it was made on is not known


def test_risk_of_bias_that_was_judged_on_other_numbers_is_told() -> None:
    report = "  other: {type: journal article, status: published, citation: O, year: 2019, read: data}\n"
    old = ABEL.replace("exposures:", f"{report}exposures:") + BIAS
    assert told(old, old) == []
    assert told(old, old.replace(NUMBER, "estimate: 0.20")) == [
        "abel: 2 judgements of risk of bias (RoB 2) are older than the numbers of main"
    ]
    again = old.replace(NUMBER, "estimate: 0.20").replace("support: blinded", "support: blinded again")
    assert told(old, again) == ["abel: 1 judgement of risk of bias (RoB 2) is older than the numbers of main"]
    assert told(old, old.replace("title: Study", "title: The study")) == []
    assert told(old, old.replace("id: main", "id: hip").replace("estimate: main", "estimate: hip")) == []
