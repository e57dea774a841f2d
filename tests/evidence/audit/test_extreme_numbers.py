"""Whatever numbers a record holds, the audit gives findings and never breaks off."""

from __future__ import annotations

import random
from typing import Any

import pytest
from pydantic import ValidationError

from evidence.audit.auditing import REVIEW_RULES, contradicted_estimates, findings
from evidence.records.effect import Effect, Estimate, Locator
from evidence.records.printed import Printed
from evidence.records.schema import Record
from tests.evidence.records.samples import record

NUMBERS = (
    "0",
    "0.0",
    "1",
    "-1",
    "0.5",
    "2.50",
    "1e20",
    "1e-20",
    "9e19",
    "-0.0",
    "100",
    "3.1416",
    "1e25",
    "-7",
)
COUNTS = ("0", "1", "2", "3", "9", "10", "30", "10000000000", "1e11", "2.5", "-3", "1000000", "20")
PS = ("0.05", "0.000", "< 0.000", "< 0.05", "> 0.9", "1", "0", "not printed", "1.5", "1e-300")
MEASURES = (
    "OR",
    "RR",
    "HR",
    "IRR",
    "RD",
    "MD",
    "SMD",
    "r",
    "proportion",
    "mean",
    "beta",
    "ROM",
    "PETO",
    "IRD",
)

_BASE = record()


def _group(draw: random.Random, name: str) -> dict[str, Any]:
    n, mean, sd = draw.choice(COUNTS), draw.choice(NUMBERS), draw.choice(NUMBERS)
    forms: tuple[dict[str, Any], ...] = (
        {"n": n, "events": draw.choice(COUNTS)},
        {"person_time": mean, "events": draw.choice(COUNTS)},
        {"n": n, "mean": mean, "sd": sd},
        {"n": n, "mean": mean, "sd": sd, "minimum": draw.choice(NUMBERS), "maximum": draw.choice(NUMBERS)},
        {"n": n, "mean": mean, "se": sd},
        {"n": n, "median": mean, "q1": sd, "q3": draw.choice(NUMBERS)},
    )
    return {"name": name, **draw.choice(forms)}


def _effect(draw: random.Random) -> dict[str, Any]:
    options: dict[str, Any] = {
        "groups": [_group(draw, "a"), _group(draw, "b")],
        "estimate": draw.choice(NUMBERS),
        "se": draw.choice(NUMBERS),
        "t": draw.choice(NUMBERS),
        "p": draw.choice(PS),
        "ci": [draw.choice(NUMBERS), draw.choice(NUMBERS)],
        "f": {
            "value": draw.choice(NUMBERS),
            "df": [draw.choice((0, 1, 57, 1e300, -1)), draw.choice((1, 57, 0.1))],
        },
        "chi2": {"value": draw.choice(NUMBERS), "df": draw.choice((1, 3, 0, 1e9))},
        "log": True,
        "change": True,
        "df": draw.choice((1, 0, 5, 1e308, -2)),
    }
    kept = {key: value for key, value in options.items() if draw.random() < (0.8 if key < "h" else 0.4)}
    return {"measure": draw.choice(MEASURES), **kept}


def _record(draw: random.Random) -> Record | None:
    try:
        effect = Effect.model_validate(_effect(draw))
    except ValidationError:
        return None
    estimate = Estimate.model_validate(
        {"id": "a", "outcome": "hip", "n": draw.choice(COUNTS), "effect": effect,
         "where": Locator(report="lee-2019", at="T")}
    )  # fmt: skip
    bounds = tuple(Printed.parse(draw.choice(NUMBERS)) for _ in range(2))
    said = {"whole_numbers": draw.random() < 0.5, "items": draw.choice((1, 3, 1000)), "bounds": bounds}
    model = _BASE.models["adjusted"].model_copy(update={"adjustment": draw.choice(("none", "full"))})
    outcomes = {"hip": _BASE.outcomes["hip"].model_copy(update=said if draw.random() < 0.7 else {})}
    return _BASE.model_copy(
        update={"estimates": (estimate,), "outcomes": outcomes, "models": {"adjusted": model}}
    )


def _audit(count: int, seed: int) -> None:
    draw, asked = random.Random(seed), 0
    while asked < count:
        made = _record(draw)
        if made is not None:
            asked += 1
            assert all(says for _, _, _, says, _ in findings(made))
            contradicted_estimates([made])
            for rule in REVIEW_RULES.rules:
                assert all(finding.says for _, finding in rule.question([made, made]))
    assert asked == count


def test_records_of_extreme_numbers_are_audited() -> None:
    _audit(25, seed=5)


@pytest.mark.long
def test_three_thousand_records_of_extreme_numbers_are_audited() -> None:
    _audit(3_000, seed=6)
