"""GRIM, GRIMMER and DEBIT against published cases, and against every data set small enough to list."""

from __future__ import annotations

import json
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import pytest

from evidence.audit import whole_numbers
from evidence.audit.whole_numbers import WholeNumbers, mean_is_possible, sd_is_possible, totals
from evidence.records.printed import Printed

ROUNDINGS = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN)


def possible(mean: str, sd: str, of: WholeNumbers) -> bool:
    printed = Printed.parse(mean)
    return mean_is_possible(printed, of) and sd_is_possible(printed, Printed.parse(sd), of)


# Published cases.


def cases(shared: Path, check: str) -> Iterator[dict[str, Any]]:
    path = shared / "reference" / "printed_numbers.json"
    return (case for case in json.loads(path.read_text("utf-8"))["results"] if case["check"] == check)


def test_grim_finds_the_totals_of_the_published_cases(shared: Path) -> None:
    compared = 0
    for case in cases(shared, "GRIM"):
        per = 100 if case.get("percent") else 1
        assert list(totals(Printed.parse(case["mean"]), case["n"], per)) == case["totals"], case
        compared += 1
    assert compared == 22


BY_N = ("5.23", "2.55", 35)
"""A published case that is judged by the denominator n - 1 alone; n can give it."""


def test_grimmer_judges_the_published_cases(shared: Path) -> None:
    compared = 0
    for case in cases(shared, "GRIMMER"):
        of = WholeNumbers(case["n"], 1, *(case.get("scale") or ()))
        expected = case["possible"] or (case["mean"], case["sd"], case["n"]) == BY_N
        assert possible(case["mean"], case["sd"], of) is expected, case
        compared += 1
    assert compared == 15


def test_the_case_that_only_the_denominator_n_explains_has_a_witness() -> None:
    values = [-4, *[5] * 28, *[6] * 5, 17]
    assert (len(values), sum(values)) == (35, 183)
    mean = sum(values) / 35
    assert f"{mean:.2f}" == "5.23"
    assert f"{math.sqrt(sum((v - mean) ** 2 for v in values) / 35):.2f}" == "2.55"
    assert possible("5.23", "2.55", WholeNumbers(35))


def test_debit_is_the_same_question_of_zeros_and_ones(shared: Path) -> None:
    compared = 0
    for case in cases(shared, "DEBIT"):
        of = WholeNumbers(case["n"], 1, 0, 1)
        assert possible(case["mean"], case["sd"], of) is case["possible"], case
        compared += 1
    assert compared == 6


# Every data set that is small enough to list.


def printed_so(value: Decimal, places: int) -> set[str]:
    """All spellings of a number by the three ways to round a half."""
    return {str(value.quantize(Decimal(1).scaleb(-places), rounding)) for rounding in ROUNDINGS}


def listed(values: Iterable[tuple[int, ...]], items: int, places: int) -> set[tuple[str, str]]:
    """Every (mean, SD) that some of the data sets print, by n - 1 or n."""
    found = set()
    for data in values:
        n, total, squares = len(data), sum(data), sum(v * v for v in data)
        means = printed_so(Decimal(total) / (n * items), places)
        for denominator in {max(1, n - 1), n}:
            variance = (Decimal(squares) - Decimal(total**2) / n) / denominator / items**2
            found |= {(m, s) for m in means for s in printed_so(max(variance, Decimal(0)).sqrt(), places)}
    return found


@pytest.mark.parametrize(
    ("n", "items", "lowest", "highest", "places", "real_ones"),
    [
        (2, 1, 1, 5, 1, 21),
        (3, 1, 0, 4, 1, 35),
        (4, 1, 1, 5, 1, 80),
        (5, 1, 1, 4, 2, 60),
        (7, 1, 0, 1, 2, 14),
        (4, 2, 1, 3, 2, 60),
        (3, 3, 0, 2, 1, 40),
    ],
)
def test_between_bounds_exactly_what_some_data_print_is_possible(
    n: int, items: int, lowest: int, highest: int, places: int, real_ones: int
) -> None:
    of = WholeNumbers(n, items, lowest, highest)
    values = range(lowest * items, highest * items + 1)
    real = listed(combinations_with_replacement(values, n), items, places)
    assert len(real) >= real_ones
    unit = 10**places
    means = {mean for mean, _ in real}
    for m in range((lowest - 1) * unit, (highest + 1) * unit + 1):
        mean = f"{m / unit:.{places}f}"
        assert mean_is_possible(Printed.parse(mean), of) is (mean in means), mean
    largest = math.ceil((highest - lowest) / math.sqrt(2) * unit) + 2
    for mean in means:
        for s in range(largest):
            sd = f"{s / unit:.{places}f}"
            assert possible(mean, sd, of) is ((mean, sd) in real), (mean, sd)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_without_bounds_exactly_what_some_data_print_is_possible(n: int) -> None:
    # numbers from -5 to 6 hold all data sets with a mean of 0 to 1 and an SD up to 1.6
    reach = {2: 9, 3: 8, 4: 7, 5: 6}[n]
    real = listed(combinations_with_replacement(range(-reach, reach + 2), n), 1, 2)
    of, compared = WholeNumbers(n), 0
    for total in range(n + 1):
        for mean in printed_so(Decimal(total) / n, 2):
            for s in range(160):
                sd = f"{s / 100:.2f}"
                assert possible(mean, sd, of) is ((mean, sd) in real), (mean, sd)
                compared += 1
    assert compared >= 160 * (n + 1)


def test_five_numbers_have_every_sum_of_squares_of_the_parity_of_their_total() -> None:
    """The base of the proof in the module, for squares up to 120."""
    found: dict[int, set[int]] = defaultdict(set)
    for data in combinations_with_replacement(range(-8, 10), 5):
        if 0 <= sum(data) < 5:
            found[sum(data)].add(sum(v * v for v in data))
    for total in range(5):
        assert found[total] >= set(range(total, 61, 2)), total
        assert not {squares for squares in found[total] if (squares - total) % 2}


@pytest.mark.parametrize(("n", "missing", "there"), [(3, 10, 14), (4, 28, 30)])
def test_three_and_four_numbers_have_gaps_that_are_tried_one_by_one(n: int, missing: int, there: int) -> None:
    # of total 0: no norm of 10 in the hexagonal lattice, none of 28 in the face-centred cubic one
    assert not possible("0.000000", f"{math.sqrt(missing / (n - 1)):.6f}", WholeNumbers(n))
    assert possible("0.000000", f"{math.sqrt(there / (n - 1)):.6f}", WholeNumbers(n))


def _none_is_impossible(count: int, seed: int) -> None:
    draw, tried = random.Random(seed), 0
    while tried < count:
        n, items = draw.randint(2, 60), draw.choice([1, 1, 1, 2, 5])
        lowest, highest = draw.choice([(0, 1), (1, 5), (1, 7), (0, 30)])
        data = [sum(draw.randint(lowest, highest) for _ in range(items)) for _ in range(n)]
        mean = Decimal(sum(data)) / (n * items)
        variance = (Decimal(sum(v * v for v in data)) - Decimal(sum(data) ** 2) / n) / items**2
        sd = max(Decimal(0), variance / (n - draw.randint(0, 1))).sqrt()
        places = draw.choice([0, 1, 2, 2, 3])
        printed = draw.choice(sorted(printed_so(mean, places))), draw.choice(sorted(printed_so(sd, places)))
        bounds = draw.choice([(), (lowest, highest)])
        assert possible(*printed, WholeNumbers(n, items, *bounds)), (printed, data, items)
        tried += 1
    assert tried == count


def test_of_three_hundred_printed_samples_none_is_impossible() -> None:
    _none_is_impossible(300, seed=4)


@pytest.mark.long
def test_of_ten_thousand_printed_samples_none_is_impossible() -> None:
    _none_is_impossible(10_000, seed=3)


# Where nothing is said.


def test_a_mean_beyond_the_bounds_has_no_total() -> None:
    assert mean_is_possible(Printed.parse("5.0"), WholeNumbers(10, 1, 1, 5))
    assert not mean_is_possible(Printed.parse("5.1"), WholeNumbers(10, 1, 1, 5))
    assert not mean_is_possible(Printed.parse("0.9"), WholeNumbers(10, 1, 1, 5))
    assert mean_is_possible(Printed.parse("5.1"), WholeNumbers(10))


def test_an_sd_is_judged_only_where_the_mean_and_n_allow_it() -> None:
    assert sd_is_possible(Printed.parse("5.19"), Printed.parse("0.00"), WholeNumbers(28)), "no such mean"
    assert sd_is_possible(Printed.parse("5"), Printed.parse("3.3"), WholeNumbers(1)), "one person has no SD"
    assert not sd_is_possible(Printed.parse("5"), Printed.parse("3.3"), WholeNumbers(2))
    assert not possible("5.0", "-1.0", WholeNumbers(20))


@pytest.mark.parametrize(("n", "believed"), [(19_990, False), (20_010, True)])
def test_among_very_many_persons_everything_is_believed(n: int, believed: bool) -> None:
    # 0.1 n + 1 totals; none allows an SD of 0.05 for a mean that is no whole number
    assert whole_numbers.MOST_TOTALS == 2_000
    assert sd_is_possible(Printed.parse("2.5"), Printed.parse("0.1"), WholeNumbers(n)) is believed


@pytest.mark.parametrize(("squares", "judged"), [(1750, True), (1804, False)])
def test_few_numbers_far_apart_are_believed(squares: int, judged: bool) -> None:
    # two numbers of total 0 have squares of 2 d2: neither 1750 nor 3500 is, and neither 1804 nor 3608
    assert possible("0.0000", f"{math.sqrt(squares):.6f}", WholeNumbers(2)) is not judged


@pytest.mark.parametrize(("squares", "is_possible"), [(58, True), (60, False), (62, False), (64, True)])
def test_between_the_extremes_of_bounded_numbers_there_are_gaps(squares: int, is_possible: bool) -> None:
    # 13 numbers from 0 to 4 with total 16: four 4 have 64, and 3 and 1 in place of 4 and 0 six less
    sd = math.sqrt((squares - 16**2 / 13) / 12)
    assert possible("1.230769", f"{sd:.6f}", WholeNumbers(13, 1, 0, 4)) is is_possible
    assert possible("1.230769", f"{sd:.6f}", WholeNumbers(13))


def test_large_bounded_samples_are_judged_by_their_extremes() -> None:
    # half at each end: n (w / 2)2 / (n - 1), an SD of 2.0 with 1000 persons from 1 to 5
    of = WholeNumbers(1000, 1, 1, 5)
    assert possible("3.00", "2.00", of)
    assert not possible("3.00", "2.02", of)


@pytest.mark.parametrize(("n", "believed"), [(89, False), (90, True)])
def test_gaps_between_the_extremes_are_looked_for_up_to_two_hundred_thousand_steps(
    n: int, believed: bool
) -> None:
    """n times 5 values, squared: 198,025 and 202,500. Of total 16 the squares 64 are the most, then 58."""
    mean, sd = (f"{each:.6f}" for each in (16 / n, math.sqrt((60 - 16**2 / n) / (n - 1))))
    assert possible(mean, sd, WholeNumbers(n, 1, 0, 4)) is believed


def test_of_large_bounded_samples_no_more_than_one_number_lies_between_the_bounds_at_the_extreme() -> None:
    """Of 1000 numbers from 3 to 7 with this mean, 500 at seven, one at six and 499 at three vary most."""
    sample = [7] * 500 + [6] + [3] * 499
    mean = sum(sample) / 1000
    sd = math.sqrt(sum((each - mean) ** 2 for each in sample) / 999)
    of = WholeNumbers(1000, 1, 3, 7)
    assert possible(f"{mean:.3f}", f"{sd:.6f}", of)
    assert not possible(f"{mean:.3f}", f"{sd + 0.0005:.6f}", of)
