"""p beside F and chi-square: what is said, and at which of them."""

from __future__ import annotations

import pytest

from tests.evidence.audit.further_cases import MEANS, grouped
from tests.evidence.audit.records import place, problems

F = "f: {value: 3.21, df: [2, 57]}"
CHI2 = "chi2: {value: 7.90, df: 3}"


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        # published cases: p from 0.0475 to 0.0480, and from 0.0480 to 0.0482
        (f"{F}, p: 0.048", None),
        (
            f"{F}, p: 0.047",
            "p = 0.047 does not follow from F = 3.21 with 2 and 57 degrees of",
        ),
        (f"{F}, p: 0.049", "with 2 and 57 degrees of freedom"),
        (f"{CHI2}, p: 0.048", None),
        (f"{CHI2}, p: 0.047", "p = 0.047 does not follow from chi-square = 7.90 with 3 degrees of freedom"),
        (f"{CHI2}, p: < 0.05", None),
        (f"{CHI2}, p: < 0.04", "p < 0.04 does not follow"),
        (f"{F}, {CHI2}, p: 0.048", None),
        (f"{F}, chi2: {{value: 9.90, df: 3}}, p: 0.048", "from chi-square = 9.90"),
        ("chi2: {value: 3.84}, p: 0.05", None),  # one degree of freedom where none is said
        ("chi2: {value: 3.84}, p: 0.02", "with 1 degree of freedom"),
        ("chi2: {value: 3.84, df: 0}, p: 0.02", None),  # cannot be, and is told by itself
        (f"{CHI2}, p: 0.02, test: rank", None),
        (f"{CHI2}, p: 0.02, test: score", "does not follow"),
    ],
)
def test_p_follows_from_its_statistic(numbers: str, says: str | None) -> None:
    text = grouped(f"MD, estimate: 1.0, {numbers}", MEANS)
    found = problems(text, "p-against-f-or-chi2")
    assert len(found) == (says is not None)
    for problem in found:
        assert str(says) in problem.says
        assert place(text, problem).startswith(("0.0", "< 0.0"))
