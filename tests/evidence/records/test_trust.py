"""Whose word counts on a number that others contradict, and when a judgement is out of date."""

from __future__ import annotations

import hashlib
import json

import pytest

from evidence.records.schema import Record
from evidence.records.trust import PARTS, chosen_use, counts, estimate_called, fingerprint, trusted
from tests.evidence.records.samples import record

PRINTED = {
    "measure": "beta",
    "per": "1 g/dL",
    "estimate": "0.0079",
    "ci": ["0.002", "0.0135"],
    "p": "0.006",
}


def judged(*changes: tuple[str, str], use: str | None = "ci", of: str = "hip-men", data: str = "") -> Record:
    """The record with one acknowledgement, by default of the data that it has."""
    made_on = data or fingerprint(record(*changes), of) or "none"
    words = f"of: {of}, finding: x, by: me, on: 2026-11-28, why: looked, data: {made_on}"
    entry = f"{{{words}}}" if use is None else f"{{{words}, use: {use}}}"
    return record(*changes, ("extraction:", f"acknowledged: [{entry}]\nextraction:"))


def hashed(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]


def test_a_fingerprint_is_of_the_effect_as_spelled_and_of_n() -> None:
    assert fingerprint(record(), "hip-men") == hashed({"n": None, "effect": PRINTED})
    with_n = record(("    where:", "    n: 700\n    where:"))
    assert fingerprint(with_n, "hip-men") == hashed({"n": "700", "effect": PRINTED})


def test_a_part_has_a_fingerprint_where_it_has_data() -> None:
    exposures = {"hemoglobin": {"name": "hemoglobin", "unit": "g/dL"}}
    assert fingerprint(record(), "exposures") == hashed(exposures)
    assert fingerprint(record(), "baseline") is None
    assert fingerprint(record(), "flow") is None
    assert fingerprint(record(), "title") is None
    assert "title" not in PARTS
    assert fingerprint(record(), "hip-women") is None


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ((", level: 95 %", ""), True),
        (("p: 0.006", "p: 0.006, use: ci"), True),
        (("    where:", "    note: seen\n    where:"), True),
        (("p: 0.006", "p: 0.0060"), False),
        (("level: 95 %", "level: 90 %"), False),
        (("sex: men", "sex: women"), True),
        (("[0.002,", "[0.003,"), False),
    ],
)
def test_only_data_change_a_fingerprint(change: tuple[str, str], same: bool) -> None:
    assert (fingerprint(record(change), "hip-men") == fingerprint(record(), "hip-men")) is same


def test_a_judgement_counts_on_the_data_it_was_made_on_alone() -> None:
    fresh = judged()
    assert counts(fresh, fresh.acknowledged[0])
    stale = judged(data="0123456789ab")
    assert not counts(stale, stale.acknowledged[0])
    of_nothing = fresh.acknowledged[0].model_copy(update={"of": "hip-women", "data": None})
    assert fingerprint(fresh, "hip-women") is None
    assert not counts(fresh, of_nothing)


@pytest.mark.parametrize(
    ("judgement", "used"),
    [
        (judged(), "ci"),
        (judged(use="p"), "p"),
        (judged(use=None), None),
        (judged(use="nothing"), None),
        (judged(data="0123456789ab"), None),
        (judged(of="exposures"), None),
        (record(), None),
        (judged(("p: 0.006", "p: 0.006, use: p")), "p"),
        (record(("p: 0.006", "p: 0.006, use: p")), "p"),
    ],
)
def test_the_effect_says_what_to_use_before_a_judgement_that_counts(
    judgement: Record, used: str | None
) -> None:
    assert chosen_use(judgement, judgement.estimates[0]) == used


def test_an_estimate_without_a_number_has_none_to_trust() -> None:
    effect = (
        "effect: {measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}"
    )
    silent = judged((effect, "not_reported: {said: not significant}"))
    assert chosen_use(silent, silent.estimates[0]) is None
    assert trusted(silent, silent.estimates[0]) is silent.estimates[0]


def test_the_number_of_persons_stays_where_it_is_what_is_used() -> None:
    whole = "{measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}"
    kept = {}
    for use in ("n", "ci"):
        correlation = (whole, f"{{measure: r, estimate: 0.21, ci: [0.1, 0.3], use: {use}}}\n    n: 60")
        found = record(correlation)
        one = trusted(found, found.estimates[0])
        assert one.effect is not None
        kept[use] = (one.n, one.effect.ci is None)
    assert kept == {"n": (60, True), "ci": (None, False)}


def test_an_estimate_is_called_by_its_id() -> None:
    assert estimate_called(record(), "hip-men") == record().estimates[0]
    assert estimate_called(record(), "hip") is None
