"""The middle of a group by its median and its quartiles or its range."""

from __future__ import annotations

import pytest
from scipy import stats

from evidence.audit.median_rules import Middle, medians
from evidence.records.effect import Effect


def of(first: str, second: str) -> tuple[Middle, Middle]:
    """Groups of n, median, and either quartiles or, after a dash, minimum and maximum."""
    groups = []
    for name, text in (("a", first), ("b", second)):
        n, median, *ends = text.split()
        names = ("minimum", "maximum") if ends[0] == "-" else ("q1", "q3")
        groups.append(
            {"name": name, "n": int(n), "median": median, **dict(zip(names, ends[-2:], strict=True))}
        )
    found = medians(Effect.model_validate({"measure": "MD", "groups": groups}))
    assert found is not None
    return found


@pytest.mark.parametrize("n", [5, 25, 60, 401])
def test_the_sd_of_a_range_is_that_of_blom_and_of_quartiles_that_of_normal_ones(n: int) -> None:
    """Wan et al. 2014, equations 9 and 16 for large n: the range is 2 z((n - 0.375) / (n + 0.25)) SDs."""
    by_range, by_quartiles = of(f"{n} 12.0 - 6.0 18.0", f"{n + 1} 12.0 10.0 14.0")
    assert by_range.sd == pytest.approx(12.0 / (2.0 * stats.norm.ppf((n - 0.375) / (n + 0.25))), rel=1e-12)
    assert by_quartiles.sd == pytest.approx(4.0 / (2.0 * stats.norm.ppf(0.75)), rel=1e-12)
    assert (by_range.n, by_quartiles.n) == (n, n + 1)
    assert (by_range.is_symmetric, by_quartiles.is_symmetric) == (False, True)
    assert by_range.median == pytest.approx((11.95, 12.05))


@pytest.mark.parametrize(
    ("median", "symmetric"), [("12.39", True), ("12.41", False), ("11.61", True), ("11.59", False)]
)
def test_a_median_a_tenth_of_the_quartiles_from_their_middle_is_about_there(
    median: str, symmetric: bool
) -> None:
    """A fifth of their half distance, which is 2."""
    assert of(f"80 {median} 10.0 14.0", "80 12.0 10.0 14.0")[0].is_symmetric is symmetric
