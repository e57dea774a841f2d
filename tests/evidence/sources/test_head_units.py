"""Units in names of columns."""

from __future__ import annotations

import pytest

from evidence.sources.head_units import is_unit, unit_apart
from evidence.sources.mapping import guessed
from tests.evidence.sources.importing import table


@pytest.mark.parametrize(
    ("name", "bare", "unit"),
    [
        ("Mean Hb (g/dL)", "Mean Hb", "g/dL"),
        ("Mean Hb [mmol/L]", "Mean Hb", "mmol/L"),
        ("Mean ( kg ) ", "Mean", "kg"),
        ("Mean (months)", "Mean", "months"),
        ("Effect size (g)", "Effect size (g)", None),
        ("Cohen (d)", "Cohen (d)", None),
        ("log (HR)", "log (HR)", None),
        ("Mean (SD)", "Mean (SD)", None),
        ("(kg) mean", "(kg) mean", None),
        ("(kg)", "(kg)", None),
        ("Mean", "Mean", None),
    ],
)
def test_a_unit_in_brackets_at_the_end_is_told_apart(name: str, bare: str, unit: str | None) -> None:
    assert unit_apart(name) == (bare, unit)


def test_what_is_a_unit() -> None:
    assert all(map(is_unit, ("g/dL", "(mg)", "10^9 IU/L", "kg/m²", "years", "%", "mg per day")))
    assert not any(map(is_unit, ("SD", "IQR", "iron", "")))


def test_a_unit_is_taken_where_all_means_have_the_same() -> None:
    def unit(first: str, second: str) -> str | None:
        head = f"study,n exp,mean exp{first},sd exp,n ctrl,mean ctrl{second},sd ctrl"
        return guessed(table(f"{head}\nA 2001,5,1.5,1,6,2.5,1\n")).plan.values.get("unit")

    assert unit(" (g/dL)", " (g/dL)") == "g/dL"
    assert unit(" (g/dL)", "") == "g/dL"
    assert unit(" (g/dL)", " (mmol/L)") is None
    assert unit("", "") is None
