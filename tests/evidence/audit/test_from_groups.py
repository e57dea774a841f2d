"""Estimates of raw numbers by each way against the definitions and another program, and what gives none."""

from __future__ import annotations

import math

import pytest
from scipy.stats.contingency import odds_ratio

from evidence.audit import from_groups
from evidence.audit.arithmetic import Interval
from evidence.audit.from_groups import counts, estimates, spreads
from evidence.audit.group_errors import events_of, standard_errors
from evidence.effects.escalc import escalc
from evidence.records.effect import Effect, Group
from evidence.records.printed import Printed, PrintedCount
from evidence.records.vocabulary import Measure


def counted(measure: Measure, a: int, n: int, c: int, m: int) -> Effect:
    groups = tuple(
        Group(name=name, n=PrintedCount(size), events=PrintedCount(events))
        for name, events, size in (("a", a, n), ("b", c, m))
    )
    return Effect(measure=measure, groups=(groups[0], groups[1]))


def measured(measure: Measure, *numbers: str) -> Effect:
    """Mean, SD and n of both groups."""
    a, b = (
        Group(name=name, n=PrintedCount(n), mean=Printed.parse(mean), sd=Printed.parse(sd))
        for name, (mean, sd, n) in zip("ab", (numbers[:3], numbers[3:]), strict=True)
    )
    return Effect(measure=measure, groups=(a, b))


TABLES = ((10, 30, 5, 40), (3, 11, 9, 15), (40, 100, 60, 110), (1, 20, 1, 25), (199, 200, 150, 180))


@pytest.mark.parametrize("table", TABLES)
def test_an_odds_ratio_is_given_by_four_ways(table: tuple[int, int, int, int]) -> None:
    a, n, c, m = table
    columns = {"ai": a, "n1i": n, "ci": c, "n2i": m}
    expected = [
        math.exp(escalc("OR", **columns).yi[0]),
        odds_ratio([[a, n - a], [c, m - c]], kind="conditional").statistic,
        math.exp(escalc("PETO", **columns).yi[0]),
        math.exp(escalc("OR", ai=a + 0.5, bi=n - a + 0.5, ci=c + 0.5, di=m - c + 0.5).yi[0]),
    ]
    found = estimates(counted("OR", *table))
    assert [low for low, _ in found] == pytest.approx(expected, rel=1e-5)
    assert [low for low, _ in found[::2]] == pytest.approx(expected[::2], rel=1e-12)
    assert all(low == high for low, high in found)


@pytest.mark.parametrize("table", TABLES)
def test_risks_are_compared_as_ratio_and_as_difference_in_both_units(
    table: tuple[int, int, int, int],
) -> None:
    a, n, c, m = table
    columns = {"ai": a, "n1i": n, "ci": c, "n2i": m}
    ((ratio, _),) = estimates(counted("RR", *table))
    assert math.log(ratio) == pytest.approx(escalc("RR", **columns).yi[0], abs=1e-12)
    difference = escalc("RD", **columns).yi[0]
    assert [low for low, _ in estimates(counted("RD", *table))] == pytest.approx(
        [difference, 100 * difference]
    )


def test_large_tables_have_the_usual_odds_ratio_as_conditional_one() -> None:
    table = 12_000, 40_000, 15_000, 60_000
    usual, conditional, *_ = (low for low, _ in estimates(counted("OR", *table)))
    assert usual == conditional == pytest.approx(12 * 45 / (28 * 15))
    below = 9_990, 25_000, 10_000, 26_000
    usual, conditional, *_ = (low for low, _ in estimates(counted("OR", *below)))
    assert 0 < abs(usual - conditional) < 1e-4
    assert from_groups.MOST_TABLES == 20_000


def test_no_odds_ratio_is_larger_than_exp_30_by_petos_way() -> None:
    # of 1 in 2 and 1 in 3,000: (1 - 4 / 3002) / (2 * 3000 * 2 * 3000 / (3002**2 * 3001)) = 750
    peto = estimates(counted("OR", 1, 2, 1, 3_000))[2]
    assert peto == pytest.approx((math.exp(30), math.exp(30)), rel=1e-12)
    # of 2 in 3 and 1 in 36: (2 - 9 / 39) / (3 * 36 * 3 * 36 / (39**2 * 38))
    peto = estimates(counted("OR", 2, 3, 1, 36))[2]
    assert peto.low == pytest.approx(math.exp((2 - 9 / 39) * 39**2 * 38 / (3 * 36 * 3 * 36)), rel=1e-12)


@pytest.mark.parametrize("table", [(0, 30, 5, 40), (30, 30, 5, 40), (10, 30, 0, 40), (10, 30, 40, 40)])
def test_an_empty_cell_gives_no_odds_ratio_and_empty_events_no_risk_ratio(
    table: tuple[int, int, int, int],
) -> None:
    assert estimates(counted("OR", *table)) == ()
    assert len(estimates(counted("RR", *table))) == (0 if 0 in (table[0], table[2]) else 1)
    assert len(estimates(counted("RD", *table))) == 2


@pytest.mark.parametrize("measure", ["HR", "IRR", "beta", "r", "MD", "SMD"])
def test_counts_give_no_other_measure(measure: Measure) -> None:
    assert estimates(counted(measure, 10, 30, 5, 40)) == ()


def test_means_give_their_difference_within_rounding() -> None:
    (found,) = estimates(measured("MD", "3.0", "1", "30", "2.0", "1", "30"))
    assert found == pytest.approx((0.9, 1.1))


def test_an_smd_has_each_usual_denominator_with_and_without_correction() -> None:
    # exact digits, so that every way is a number: difference 2, variances 4 and 9, 10 and 20 persons
    numbers = (
        "7" + "." + "0" * 12,
        "2" + "." + "0" * 12,
        "10",
        "5" + "." + "0" * 12,
        "3" + "." + "0" * 12,
        "20",
    )
    found = estimates(measured("SMD", *numbers))
    pooled = [(9 * 4 + 19 * 9) / 28, (10 * 4 + 20 * 9) / 30, (9 * 4 + 19 * 9) / 30, 13 / 2, 9, 4]
    correction = 1 - 3 / (4 * 28 - 1)
    expected = [2 / math.sqrt(v) * factor for v in pooled for factor in (1, correction)]
    assert [sum(way) / 2 for way in found] == pytest.approx(expected, rel=1e-9)
    assert all(high - low < 1e-9 for low, high in found)
    usual = escalc("SMD", m1i=7, sd1i=2, n1i=10, m2i=5, sd2i=3, n2i=20).yi[0]
    assert min(abs(sum(way) / 2 - usual) for way in found) < 2e-4  # which has the exact correction


def test_an_smd_of_two_persons_has_no_denominator_and_of_three_no_correction() -> None:
    assert estimates(measured("SMD", "7.0", "2.0", "1", "5.0", "3.0", "1")) == ()
    of_three = estimates(measured("SMD", "7.0", "2.0", "1", "5.0", "3.0", "2"))
    assert len(of_three) == 6
    # pooled by n - 1 it is the SD of the two: 1.9 / 3.05 to 2.1 / 2.95; Glass by theirs the same
    assert of_three[0] == pytest.approx((1.9 / 3.05, 2.1 / 2.95), rel=1e-12)
    assert of_three[4] == of_three[0]
    assert len(estimates(measured("SMD", "7.0", "2.0", "2", "5.0", "3.0", "2"))) == 12


def test_sds_of_zero_give_an_smd_without_end() -> None:
    found = estimates(measured("SMD", "7.0", "0.0", "10", "5.0", "0.0", "20"))
    assert all(high == math.inf for _, high in found)
    assert len(found) == 12
    assert from_groups.reach(Printed.parse("0.0")) == Interval(-0.05, 0.05)


def test_mixed_and_missing_groups_give_nothing() -> None:
    first = counted("OR", 10, 30, 5, 40).groups
    second = measured("MD", "3.0", "1", "30", "2.0", "1", "30").groups
    assert first is not None
    assert second is not None
    for measure in ("OR", "MD"):
        for groups in ((first[0], second[1]), (second[0], first[1])):
            mixed = Effect(measure=measure, groups=groups)
            assert counts(mixed) is None
            assert estimates(mixed) == ()
    bare = Effect(measure="OR", estimate=Printed.parse("2.0"))
    assert counts(bare) is None
    assert estimates(bare) == ()
    assert counts(counted("OR", 10, 30, 5, 40)) == ((10, 30), (5, 40))


def test_groups_of_different_forms_give_nothing() -> None:
    in_time = Group(name="a", events=PrintedCount(10), person_time=Printed.parse("200"))
    persons = Group(name="b", n=PrintedCount(40), events=PrintedCount(5))
    for groups in ((in_time, persons), (persons, in_time)):
        effect = Effect(measure="IRR", groups=groups)
        assert estimates(effect) == ()
        assert standard_errors(effect) is None
        assert events_of(effect) is None


def of_mean(n: int, **numbers: str) -> Effect:
    """Two groups of one size and mean whose spread is printed so."""
    spread = {
        key: (Printed.parse(text.split(",")[0]), Printed.parse(text.split(",")[1]))
        if key == "ci"
        else Printed.parse(text)
        for key, text in numbers.items()
    }
    groups = tuple(
        Group.model_validate({"name": name, "n": PrintedCount(n), "mean": Printed.parse("5.0"), **spread})
        for name in "ab"
    )
    return Effect(measure="MD", groups=(groups[0], groups[1]))


@pytest.mark.parametrize(
    ("n", "numbers", "low", "high"),
    [
        (25, {"sd": "2.0"}, 1.95, 2.05),
        (25, {"sd": "2.0", "se": "9.0"}, 1.95, 2.05),
        (25, {"se": "0.4"}, 5 * 0.35, 5 * 0.45),
        (25, {"se": "0.4", "ci": "1.0,9.0"}, 5 * 0.35, 5 * 0.45),
        # half of 8.0, by t of 24 or of 1 degree of freedom and by the normal quantile
        (25, {"ci": "1.0,9.0"}, 5 * 3.95 / 2.0638985616280205, 5 * 4.05 / 1.959963984540054),
        (
            2,
            {"ci": "1.0,9.0"},
            math.sqrt(2) * 3.95 / 12.706204736174696,
            math.sqrt(2) * 4.05 / 1.959963984540054,
        ),
        (25, {"ci": "5.0,5.0"}, -5 * 0.05 / 2.0638985616280205, 5 * 0.05 / 1.959963984540054),
    ],
)
def test_the_sd_is_as_printed_or_that_of_the_standard_error_or_of_the_interval(
    n: int, numbers: dict[str, str], low: float, high: float
) -> None:
    found = spreads(of_mean(n, **numbers))
    assert found is not None
    assert found[0].sd == pytest.approx((low, high), rel=1e-12)
    assert found[0].mean == pytest.approx((4.95, 5.05))
    assert found[0].n == n


@pytest.mark.parametrize(
    ("n", "numbers"), [(1, {"ci": "1.0,9.0"}), (25, {"ci": "9.0,1.0"}), (25, {"ci": "5.1,5.0"})]
)
def test_no_sd_follows_from_an_interval_of_one_person_or_that_runs_backwards(
    n: int, numbers: dict[str, str]
) -> None:
    assert spreads(of_mean(n, **numbers)) is None
