"""Effect sizes from 2x2 tables: by hand, against metafor, by the delta method, identities and simulation."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import comb, log, pi, sqrt
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.columns import Array, StudyError
from evidence.effects.escalc import escalc
from evidence.effects.two_by_two import TABLE_MEASURES, two_by_two
from evidence.effects.zero_cells import Tables, To, tables
from tests.evidence.effects.counts import (
    REFERENCE,
    columns,
    compare,
    computed,
    delta_variance,
    diagonal,
    multinomial,
    numbers,
)

# PETO: metafor's default adds 1/2 to tables with a zero, which the method does not need.
# Given the same rule, the two agree.
# RTET, in test_tetrachoric.py, which shows that ours is the root: metafor stops up to 3e-5 away from it.
KNOWN_DIFFERENCES = {"PETO", "RTET"}

SIGNED = ["RR", "OR", "RD", "AS", "PETO", "PHI", "YUQ", "YUY", "RTET", "PBIT", "OR2DN", "OR2DL"]


def test_a_group_of_one_person_is_a_group_and_one_of_none_is_not() -> None:
    found = tables(ai=[0, 1, 0, 2, 2], bi=[1, 0, 0, 3, 3], ci=[2, 2, 2, 0, 0], di=[3, 3, 3, 1, 0])
    assert found.empty.tolist() == [False, False, True, False, True]
    made = two_by_two("RD", found)
    assert np.isnan(made.yi).tolist() == found.empty.tolist()
    assert ["nobody in it" in note for note in made.notes] == found.empty.tolist()


def test_a_table_counted_by_hand() -> None:
    """10 of 100 against 20 of 100."""
    expected = {
        "RR": (log(0.5), 0.13),
        "OR": (log(4 / 9), 1 / 10 + 1 / 90 + 1 / 20 + 1 / 80),
        "RD": (-0.1, 0.0009 + 0.0016),
        "AS": (np.arcsin(sqrt(0.1)) - np.arcsin(sqrt(0.2)), 0.005),
        "PETO": (-5 * 796 / 5100, 796 / 5100),
        "PHI": (-1000 / sqrt(51e6), None),
        "YUQ": (-5 / 13, None),
        "YUY": (-1 / 5, None),
        "OR2DN": (log(4 / 9) / 1.65, None),
        "OR2DL": (log(4 / 9) * sqrt(3) / pi, None),
    }
    for measure, (yi, vi) in expected.items():
        result = escalc(measure, ai=10, n1i=100, ci=20, n2i=100)
        assert_allclose(result.yi, yi, rtol=1e-14)
        if vi is not None:
            assert_allclose(result.vi, vi, rtol=1e-14)
        assert result.notes == ("",)


def test_every_rule_agrees_with_metafor() -> None:
    rows = [row for row in REFERENCE["escalc"] if row["measure"] in TABLE_MEASURES]
    compared = sum(compare(computed(row, REFERENCE["tables"][row["set"]]), row) for row in rows)
    assert len(rows) == 12 * 3 * 10
    assert compared == 12 * 10 * 2 * (34 + 15 + 9)


def test_defaults_agree_with_metafor_but_for_peto() -> None:
    rows = [row for row in REFERENCE["defaults"] if row["measure"] in TABLE_MEASURES]
    compared = 0
    for row in rows:
        data = REFERENCE["tables"][row["set"]]
        result = computed(row, data)
        if row["measure"] in KNOWN_DIFFERENCES and row["set"] != "common":
            zero = (np.stack(list(columns(data).values())) == 0).any(axis=0)
            assert_allclose(result.yi[~zero], numbers(row["yi"])[~zero], rtol=1e-10)
            assert np.nanmin(np.abs(result.yi - numbers(row["yi"]))[zero]) > 0.01
        else:
            compared += compare(result, row)
    assert (len(rows), compared) == (33, 2 * (10 * (34 + 15 + 9) + 15))


@pytest.mark.parametrize("measure", SIGNED)
def test_swapping_the_groups_changes_the_sign_only(measure: str) -> None:
    table = tables([12, 7, 150], [28, 20, 200], [9, 11, 90], [41, 13, 260])
    there, back = (
        two_by_two(measure, table),
        two_by_two(measure, Tables(table.ci, table.di, table.ai, table.bi)),
    )
    assert_allclose(there.yi, -back.yi, rtol=1e-12)
    assert_allclose(there.vi, back.vi, rtol=1e-12)


@pytest.mark.parametrize("measure", [m for m in SIGNED if m != "RR"])
def test_swapping_the_outcomes_changes_the_sign_only(measure: str) -> None:
    table = tables([12, 7, 150], [28, 20, 200], [9, 11, 90], [41, 13, 260])
    other = Tables(table.bi, table.ai, table.di, table.ci)
    there, back = two_by_two(measure, table), two_by_two(measure, other)
    assert_allclose(there.yi, -back.yi, rtol=1e-12)
    assert_allclose(there.vi, back.vi, rtol=1e-12)


def test_symmetric_measures_ignore_which_variable_is_the_group() -> None:
    table = tables([12, 7], [28, 20], [9, 11], [41, 13])
    turned = Tables(table.ai, table.ci, table.bi, table.di)
    for measure in ("OR", "PETO", "PHI", "YUQ", "YUY", "RTET"):
        there, back = two_by_two(measure, table), two_by_two(measure, turned)
        assert_allclose(there.yi, back.yi, rtol=1e-12)
        assert_allclose(there.vi, back.vi, rtol=1e-12)


def _odds_ratio(p: Any, q: Any) -> Any:
    return p * (1 - q) / ((1 - p) * q)


def _probit(p: Any) -> Any:
    return mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)


def _of_two_risks(n1: int, n2: int) -> dict[str, Callable[[Any, Any], Any]]:
    share = mpmath.mpf(n1) / (n1 + n2)

    def phi(p: Any, q: Any) -> Any:
        events = share * p + (1 - share) * q
        return (p - q) * mpmath.sqrt(share * (1 - share) / (events * (1 - events)))

    return {
        "RR": lambda p, q: mpmath.log(p / q),
        "OR": lambda p, q: mpmath.log(_odds_ratio(p, q)),
        "RD": lambda p, q: p - q,
        "AS": lambda p, q: mpmath.asin(mpmath.sqrt(p)) - mpmath.asin(mpmath.sqrt(q)),
        "PHI": phi,
        "YUQ": lambda p, q: (_odds_ratio(p, q) - 1) / (_odds_ratio(p, q) + 1),
        "YUY": lambda p, q: (mpmath.sqrt(_odds_ratio(p, q)) - 1) / (mpmath.sqrt(_odds_ratio(p, q)) + 1),
        "PBIT": lambda p, q: _probit(p) - _probit(q),
        "OR2DN": lambda p, q: mpmath.log(_odds_ratio(p, q)) / mpmath.mpf("1.65"),
        "OR2DL": lambda p, q: mpmath.log(_odds_ratio(p, q)) * mpmath.sqrt(3) / mpmath.pi,
    }


@pytest.mark.parametrize("cells", [(12, 28, 9, 41), (3, 97, 30, 20), (150, 50, 149, 51)])
def test_variances_are_those_of_the_delta_method(cells: tuple[int, int, int, int]) -> None:
    a, b, c, d = cells
    n1, n2 = a + b, c + d
    risks = [a / n1, c / n2]
    binomial = diagonal([risks[0] * (1 - risks[0]) / n1, risks[1] * (1 - risks[1]) / n2])
    functions = _of_two_risks(n1, n2)
    for measure, function in functions.items():
        options = {"vtype": "ST"} if measure == "PHI" else {}
        result = escalc(measure, ai=a, bi=b, ci=c, di=d, **options)
        assert_allclose(result.yi, float(function(*map(mpmath.mpf, risks))), rtol=1e-12)
        assert_allclose(result.vi, delta_variance(function, risks, binomial), rtol=1e-10)
    assert len(functions) == 10


def test_phi_of_a_cross_section_has_the_multinomial_variance() -> None:
    def phi(a: Any, b: Any, c: Any, d: Any) -> Any:
        return (a * d - b * c) / mpmath.sqrt((a + b) * (c + d) * (a + c) * (b + d))

    for cells in ((12, 28, 9, 41), (3, 97, 30, 20), (40, 2, 5, 60)):
        p, covariance = multinomial(cells)
        result = two_by_two("PHI", tables(*cells))
        assert_allclose(result.vi, delta_variance(phi, p, covariance), rtol=1e-10)


def test_peto_has_the_hypergeometric_variance() -> None:
    a, b, c, d = 4, 9, 7, 3
    events, n1, n = a + c, a + b, a + b + c + d
    ways = {x: comb(n1, x) * comb(n - n1, events - x) for x in range(events + 1) if events - x <= n - n1}
    total = sum(ways.values())
    mean = Fraction(sum(x * w for x, w in ways.items()), total)
    variance = sum(w * (x - mean) ** 2 for x, w in ways.items()) / total
    result = two_by_two("PETO", tables(a, b, c, d))
    assert_allclose(result.vi, float(1 / variance), rtol=1e-14)
    assert_allclose(result.yi, float((a - mean) / variance), rtol=1e-14)


def simulated_ratio(measure: str, n: int, draws: int, vtype: str = "CS") -> float:
    """The variance of yi over the mean of vi in tables drawn with a fixed seed."""
    rng = np.random.default_rng(20240229)
    if measure == "RTET" or (measure == "PHI" and vtype == "CS"):
        cells = rng.multinomial(2 * n, [0.2, 0.25, 0.15, 0.4], size=draws).T.astype(float)
        table = Tables(*cells)
    else:
        risk = 0.3 if measure == "PETO" else 0.4  # the variance of Peto's estimate is that at no effect
        a, c = rng.binomial(n, 0.3, draws).astype(float), rng.binomial(n, risk, draws).astype(float)
        table = Tables(a, n - a, c, n - c)
    result = two_by_two(measure, table, **({"vtype": vtype} if measure == "PHI" else {}))  # type: ignore[arg-type]
    return float(result.yi.var() / result.vi.mean())


SIMULATED = [(m, "CS") for m in SIGNED] + [("PHI", "ST")]


@pytest.mark.parametrize(("measure", "vtype"), SIMULATED)
def test_variances_are_right_on_average(measure: str, vtype: str) -> None:
    """Within 5%, of which Monte Carlo error is 1.6% (one standard error)."""
    assert simulated_ratio(measure, 300, 8_000, vtype) == pytest.approx(1.0, abs=0.05)


@pytest.mark.long
@pytest.mark.parametrize(("measure", "vtype"), SIMULATED)
def test_variances_are_right_on_average_at_full_size(measure: str, vtype: str) -> None:
    """Within 1.5%, of which Monte Carlo error is 0.3% (one standard error)."""
    assert simulated_ratio(measure, 1_500, 200_000, vtype) == pytest.approx(1.0, abs=0.015)


def test_phi_sampling_matters_and_the_wrong_one_would_be_seen() -> None:
    table = tables(60, 140, 1, 19)
    cross, stratified = two_by_two("PHI", table), two_by_two("PHI", table, vtype="ST")
    assert abs(cross.vi / stratified.vi - 1) > 0.1


def test_a_zero_is_never_filled_without_a_note() -> None:
    kept = escalc("OR", ai=[0, 5, 0], n1i=[10, 10, 10], ci=[3, 5, 0], n2i=[10, 10, 20], slab=["A", "B", "C"])
    assert kept.notes[0] == "1/2 was added to each cell of its table"
    assert kept.notes[1] == ""
    assert "its effect size is that of the addition" in kept.notes[2]
    assert "study C: 1/2 was added" in str(kept)
    dropped = escalc("OR", ai=[0, 5, 0], n1i=10, ci=[3, 5, 0], n2i=[10, 10, 20], drop00=True)
    assert dropped.defined.tolist() == [True, True, False]
    assert dropped.notes[2].startswith("left out: no events")
    refused = escalc("RR", ai=[0, 5], n1i=10, ci=[3, 5], n2i=10, to="none")
    assert refused.defined.tolist() == [False, True]
    assert refused.notes[0] == "a cell of its table is zero, and nothing was added"


@pytest.mark.parametrize("to", ["all", "only0", "if0all"])
@pytest.mark.parametrize("measure", ["AS", "PETO", "PHI"])
def test_a_measure_that_needs_no_addition_has_no_amount_until_one_is_given(measure: str, to: To) -> None:
    counts: dict[str, Any] = {"ai": [1, 5, 0], "n1i": 10, "ci": [3, 4, 2], "n2i": 12}
    plain, chosen = escalc(measure, **counts), escalc(measure, **counts, to=to)
    assert_allclose(chosen.yi, plain.yi, rtol=0)
    assert_allclose(chosen.vi, plain.vi, rtol=0)
    assert escalc(measure, **counts, to=to, add=0.5).yi[2] != plain.yi[2]


def test_treatment_arm_correction_by_hand() -> None:
    """100 treated, 300 controls: 1/4 and 3/4, as R = 3 makes 1 / (R + 1) and R / (R + 1)."""
    result = escalc("OR", ai=0, n1i=100, ci=6, n2i=300, add="treatment-arm")
    assert_allclose(result.yi, log(0.25 / 100.25 * 294.75 / 6.75), rtol=1e-14)
    assert_allclose(result.vi, 1 / 0.25 + 1 / 100.25 + 1 / 6.75 + 1 / 294.75, rtol=1e-14)
    assert "0.25 was added to each cell of group 1 and 0.75 to each of group 2" in result.notes[0]


def test_without_any_event_the_corrections_give_what_they_aim_at() -> None:
    """Treatment-arm: an odds ratio of one whatever the sizes. Empirical: near that of the other studies."""
    arm = escalc("OR", ai=0, n1i=40, ci=0, n2i=200, add="treatment-arm")
    assert_allclose(arm.yi, 0.0, atol=1e-14)
    assert escalc("OR", ai=0, n1i=40, ci=0, n2i=200).yi[0] > 1.5
    other = {"ai": [20, 0], "n1i": [100, 1e7], "ci": [10, 0], "n2i": [100, 4e7]}
    empirical = escalc("OR", **other, add="empirical")
    assert_allclose(empirical.yi[1], empirical.yi[0], rtol=1e-6)
    assert_allclose(empirical.yi[0], log(20 * 90 / (80 * 10)), rtol=1e-14)


def test_an_empirical_correction_needs_a_study_to_learn_from() -> None:
    result = escalc("OR", ai=[0, 0], n1i=10, ci=[3, 1], n2i=10, add="empirical")
    assert not result.defined.any()
    assert "no study without one" in result.notes[0]


def test_what_has_no_effect_size_says_why() -> None:
    result = escalc("RR", ai=[0, np.nan, 2], bi=[0, 3, 2], ci=[1, 1, 2], di=[1, 1, 2])
    assert result.defined.tolist() == [False, False, True]
    assert result.notes[:2] == ("one of the groups has nobody in it", "a count is missing")
    assert escalc("PETO", ai=0, n1i=5, ci=0, n2i=5).notes == (
        "no events, or nothing but events, in both groups",
    )
    assert "zero, which gives it no weight" in escalc("RD", ai=0, n1i=5, ci=0, n2i=5, to="none").notes[0]
    nothing = escalc("RR", ai=[], n1i=[], ci=[], n2i=[])
    assert nothing.k == 0


def test_a_table_with_nobody_in_a_group_does_not_make_if0all_add_to_the_others() -> None:
    result = escalc("OR", ai=[0, 5], bi=[0, 5], ci=[3, 5], di=[3, 5], to="if0all")
    assert result.notes[1] == ""


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"ai": [5, 12], "n1i": [6, 9], "ci": 1, "n2i": 3},
            "study 2: ai is 12 and n1i 9; expected no more events",
        ),
        ({"ai": -1, "bi": 2, "ci": 1, "di": 3}, "study 1: ai is -1; expected a count"),
        (
            {"ai": [1, 1], "bi": 2, "n1i": [3, 4], "ci": 1, "di": 3},
            "study 2: ai is 1, bi 2 and n1i 4, which is not their sum",
        ),
    ],
)
def test_numbers_that_cannot_be_true_name_the_study(given: dict[str, Any], says: str) -> None:
    with pytest.raises(StudyError, match=says):
        escalc("OR", **given)


@pytest.mark.parametrize("rule", [{"to": "zeros"}, {"add": "arm"}, {"add": -1.0}, {"add": np.nan}])
def test_unknown_rules_are_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"[Ee]xpected"):
        escalc("OR", ai=1, bi=2, ci=3, di=4, **rule)


def test_ratios_go_back_even_from_the_ends() -> None:
    assert_allclose(escalc("OR", ai=10, bi=90, ci=20, di=80).back([log(2), -np.inf, 1e4]), [2, 0, np.inf])


def test_results_cannot_be_changed() -> None:
    result = escalc("OR", ai=10, bi=90, ci=20, di=80)
    values: Array = result.yi
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1.0


def test_the_empirical_correction_weighs_studies_by_the_inverse_variance_of_their_log_odds_ratios() -> None:
    """Woolf's of 10/90 against 5/95 and 3/7 against 6/4 is added in its proportion to groups of one size."""
    weights = 1 / np.array([1 / 10 + 1 / 90 + 1 / 5 + 1 / 95, 1 / 3 + 1 / 7 + 1 / 6 + 1 / 4])
    odds_ratio = np.exp(np.average(np.log([10 * 95 / (90 * 5), 3 * 4 / (7 * 6)]), weights=weights))
    first, second = odds_ratio / (1 + odds_ratio), 1 / (1 + odds_ratio)
    found = escalc("OR", ai=[10, 3, 0], n1i=[100, 10, 40], ci=[5, 6, 2], n2i=[100, 10, 40], add="empirical")
    cells = np.array([first, 40 + first, 2 + second, 38 + second])
    assert_allclose(found.yi[2], np.log(cells[0] * cells[3] / (cells[1] * cells[2])))
    assert_allclose(found.vi[2], (1 / cells).sum())
