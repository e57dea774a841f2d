"""Numbers, p-values, intervals and counts in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from math import inf, nan

import numpy as np
import pytest

from evidence.wording import (
    all_digits,
    ci,
    counted,
    enumerate_words,
    fixed,
    format_like,
    format_number,
    format_ratio,
    interval,
    nonzero_decimals,
    number,
    p_number,
    p_text,
    percent,
    significant,
    written,
)


def test_counts_have_their_plural() -> None:
    assert [counted(n) for n in (0, 1, 2, 1200)] == ["0 studies", "1 study", "2 studies", "1,200 studies"]
    assert [counted(2, word) for word in ("analysis", "estimate", "survey", "entry")] == [
        "2 analyses",
        "2 estimates",
        "2 surveys",
        "2 entries",
    ]
    assert [counted(n, "person", "people") for n in (1, 2)] == ["1 person", "2 people"]


def test_lists_of_words() -> None:
    assert enumerate_words(["a"]) == "a"
    assert enumerate_words(["a", "b", "c"]) == "a, b and c"
    assert enumerate_words(["a", "b"], "or") == "a or b"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "< 0.0001"),
        (0.00009999, "< 0.0001"),
        (0.0001, "0.00010"),
        (0.000954, "0.00095"),
        (0.0099951, "0.010"),
        (0.0214, "0.021"),
        (0.04951, "0.0495"),
        (0.04996, "0.04996"),
        (0.05, "0.050"),
        (0.05 + 1e-12, "0.050"),
        (0.05 + 6e-11, "0.050"),
        (0.05 + 6e-10, "0.050000001"),
        (0.0504, "0.0504"),
        (0.0506, "0.051"),
        (0.0996, "0.10"),
        (0.791, "0.79"),
        (0.9951, "1.0"),
        (1.0, "1.0"),
        (nan, "–"),
    ],
)
def test_p_values_have_two_digits_and_never_look_like_the_level_of_significance(p: float, text: str) -> None:
    assert p_number(p) == text


def test_p_values_in_sentences() -> None:
    assert [p_text(p) for p in (1e-9, 0.0214, nan)] == ["p < 0.0001", "p = 0.021", "p not defined"]
    assert [p_text(p, 1e-7) for p in (9e-8, 1e-7)] == ["p < 0.0000001", "p = 0.00000010"]


def test_p_values_of_any_size_are_plain_and_lie_on_their_side_of_significance() -> None:
    rng = np.random.default_rng(5)
    values = [*(10.0 ** rng.uniform(-9, 0, 5_000)), *rng.uniform(0.0499, 0.0501, 5_000)]
    for p in values:
        shown = p_number(p)
        assert re.fullmatch(r"< 0\.0001|0\.0*[1-9]\d+|1\.0", shown), (p, shown)
        if not shown.startswith("<"):
            assert float(shown) == pytest.approx(p, rel=0.05)
            assert (float(shown) < 0.05) == (p < 0.05), (p, shown)


def test_intervals_and_percentages_have_one_form() -> None:
    assert interval((0.123456, 2.0)) == "[0.1235, 2]"
    assert interval((-0.04, 97.68), 1) == "[0.0, 97.7]"
    assert interval((nan, nan)) == "–"
    assert interval((-inf, nan)) == "[-inf, –]"
    assert ci((0.5, 1.5), 0.95) == "95% CI [0.5, 1.5]"
    assert ci((0.5, 1.5), 0.999, 2) == "99.9% CI [0.50, 1.50]"
    assert percent(0.55) == "55%"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.1235"), (12.0, "12"), (-0.0, "0"), (1.5e-7, "1.5e-07"), (-inf, "-inf"), (nan, "–")],
)
def test_numbers_have_four_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0079, 4, "0.0079"),
        (-0.0016, 4, "−0.0016"),
        (-0.0, 2, "0.00"),
        (-0.004, 2, "0.00"),
        (-0.4, 0, "0"),
        (1426.0, 0, "1426"),
        (2e7, 2, "2×10⁷"),
        (-2.46e6, 1, "−2.5×10⁶"),
        (1e9, 1, "10⁹"),
        (inf, 2, "∞"),
        (-inf, 2, "−∞"),
        (nan, 2, "–"),
    ],
)
def test_numbers_with_fixed_decimals(value: float, decimals: int, text: str) -> None:
    assert format_number(value, decimals) == text


def test_fixed_decimals_in_messages_have_a_hyphen() -> None:
    assert [fixed(value, 2) for value in (-0.004, -0.125, 1e7, nan)] == ["0.00", "-0.12", "10000000.00", "–"]
    assert format_like(-0.0604, Decimal("0.05")) == "-0.06"
    assert format_like(12.4, Decimal("1E+2")) == "12"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.00"),
        (0.41, "0.41"),
        (0.0123, "0.01"),
        (0.004, "0.004"),
        (0.00031, "0.0003"),
        (0.0001, "0.0001"),
        (0.0000999, "10⁻⁴"),
        (0.00009, "9×10⁻⁵"),
        (1e-5, "10⁻⁵"),
        (0.0, "0.00"),
        (inf, "∞"),
    ],
)
def test_a_ratio_is_never_printed_as_zero_unless_it_is(value: float, text: str) -> None:
    assert format_ratio(value, 2) == text


def test_decimals_that_show_a_digit() -> None:
    assert [nonzero_decimals(value, 2) for value in (0.3, -0.0004, 0.0, inf, nan)] == [2, 4, 2, 2, 2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.313, "0.313"),
        (0.9996, "1.00"),
        (-0.002, "-0.00200"),
        (6.7e-6, "0.00000670"),
        (6.7e-8, "6.70×10⁻⁸"),
        (1234567.0, "1.23×10⁶"),
        (12345.0, "12345"),
        (-inf, "-∞"),
        (nan, "–"),
    ],
)
def test_significant_digits_keep_their_zeros(value: float, text: str) -> None:
    assert significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.48949, "0.489"),
        (-0.0000199, "−0.0000199"),
        (1234.5, "1230"),
        (0.9999, "1"),
        (-12.0, "−12"),
        (1000.0, "1000"),
        (2.0e-9, "2×10⁻⁹"),
        (-3.1e12, "−3.1×10¹²"),
        (inf, "∞"),
        (-inf, "−∞"),
        (nan, "not defined"),
    ],
)
def test_numbers_are_written_as_in_print(value: float, text: str) -> None:
    assert written(value) == text


def test_a_power_of_ten_begins_at_a_million_and_below_a_millionth() -> None:
    assert [format_number(value, 0) for value in (999_999.0, 1e6, -1e6)] == ["999999", "10⁶", "−10⁶"]
    assert [significant(value) for value in (999_999.0, 1e6)] == ["999999", "1.00×10⁶"]
    assert [significant(value) for value in (1e-6, 9.9e-7)] == ["0.00000100", "9.90×10⁻⁷"]
    assert [written(value, 6) for value in (999_999.0, 1e6)] == ["999999", "10⁶"]
    assert [written(value) for value in (1e-6, 9.9e-7)] == ["0.000001", "9.9×10⁻⁷"]


def test_tick_labels_differ_where_ticks_do() -> None:
    assert [written(value, digits=11) for value in (0.30000000000000004, 1e7, 1.25e7, 1.26e7)] == [
        "0.3",
        "10⁷",
        "1.25×10⁷",
        "1.26×10⁷",
    ]


def test_every_digit_without_an_exponent() -> None:
    assert all_digits(Decimal("1.20E-7")) == "0.000000120"


FORMATTERS: dict[str, Callable[[float], str]] = {
    "number": number,
    "fixed": lambda value: fixed(value, 2),
    "significant": significant,
    "written": written,
    "format_number": lambda value: format_number(value, 3),
    "format_ratio": lambda value: format_ratio(value, 2),
    "format_like": lambda value: format_like(value, Decimal("0.1")),
    "interval": lambda value: interval((value, value), 1),
    "percent": percent,
}


@pytest.mark.parametrize("write", FORMATTERS.values(), ids=list(FORMATTERS))
def test_no_formatter_prints_a_negative_zero_or_nan(write: Callable[[float], str]) -> None:
    rng = np.random.default_rng(11)
    sizes = 10.0 ** rng.uniform(-320, 300, 3_000)
    values = [0.0, -0.0, inf, -inf, nan, *sizes, *-sizes, *rng.normal(0, 0.01, 3_000)]
    for value in values:
        shown = write(float(value))
        assert not re.search(r"[-−]0(\.0*)?(?![.\d])", shown.replace("e-0", "e")), (value, shown)
        assert "nan" not in shown
        assert value < 0 or "−" not in shown.replace("⁻", "")
