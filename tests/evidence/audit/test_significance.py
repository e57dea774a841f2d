"""t, z, F, chi-square and r against published cases, tables and the identities between them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from evidence.audit.consistency import p_agrees
from evidence.audit.significance import PrintedTest, Statistic, allowed_ps
from evidence.records.printed import Printed, PValue
from tests.evidence.audit.effects import effect, severity

KINDS: dict[str, Statistic] = {"t": "t", "z": "z", "F": "f", "chi2": "chi2", "r": "r"}


def printed(kind: Statistic, statistic: str, *df: float) -> PrintedTest:
    return PrintedTest(kind, Printed.parse(statistic), df)


def exact(kind: Statistic, statistic: float, *df: float) -> float:
    """p of a number with twelve decimals, whose rounding interval is next to nothing."""
    allowed = allowed_ps(printed(kind, f"{statistic:.14f}", *df))
    assert allowed is not None
    assert allowed.high - allowed.low < 1e-11
    return sum(allowed) / 2


def test_the_published_cases_have_the_p_values_of_forty_digit_arithmetic(shared: Path) -> None:
    cases = json.loads((shared / "reference" / "printed_numbers.json").read_text("utf-8"))["results"]
    compared = 0
    for case in (case for case in cases if case["check"] == "statcheck"):
        test = printed(KINDS[case["test"]], case["statistic"], *map(float, case["df"]))
        allowed = allowed_ps(test)
        assert allowed == pytest.approx((case["p_lowest"], case["p_highest"]), rel=1e-12), case
        p = PValue.parse(f"{case.get('relation', '')} {case['p']}".strip())
        assert p_agrees(p, allowed) is case["possible"], case
        compared += 1
    assert compared == 7


@pytest.mark.parametrize(
    ("kind", "statistic", "df", "p"),
    [
        ("t", 2.228138852, (10,), 0.05),  # the upper 2.5 per cent points of tables of t
        ("t", 12.706204736, (1,), 0.05),
        ("z", 2.5758293035489, (), 0.01),
        ("f", 3.6823203437, (2, 15), 0.05),
        ("f", 4.9646027437, (1, 10), 0.05),
        ("chi2", 7.8147279033, (3,), 0.05),
        ("chi2", 3.8414588207, (1,), 0.05),
        ("r", 0.631896864, (8,), 0.05),  # 0.632 in tables of r
    ],
)
def test_critical_values_of_tables_have_the_p_of_their_column(
    kind: Statistic, statistic: float, df: tuple[float, ...], p: float
) -> None:
    assert exact(kind, statistic, *df) == pytest.approx(p, rel=1e-8)


def test_one_statistic_is_the_square_of_another() -> None:
    compared = 0
    for t in (0.3, 1.7, 2.9, 6.0):
        for df in (3.0, 11.4, 240.0):
            assert exact("f", t * t, 1.0, df) == pytest.approx(exact("t", t, df), rel=1e-9)
            r = t / math.sqrt(df + t * t)
            assert exact("r", r, df) == pytest.approx(exact("t", t, df), rel=1e-9)
            compared += 1
        assert exact("chi2", t * t, 1.0) == pytest.approx(exact("z", t), rel=1e-9)
        assert exact("chi2", t * t, 2.0) == pytest.approx(math.exp(-t * t / 2), rel=1e-12)
    assert compared == 12


def test_one_direction_halves_the_p_of_statistics_that_have_a_sign() -> None:
    for test in (printed("t", "-2.05", 30), printed("z", "2.05"), printed("r", "0.30", 48)):
        two, one = allowed_ps(test), allowed_ps(test, 1)
        assert two is not None
        assert one == pytest.approx((two.low / 2, two.high / 2))
    for test in (printed("f", "4.2", 1, 30), printed("chi2", "4.2", 1)):
        assert allowed_ps(test, 1) == allowed_ps(test)


def test_a_statistic_that_may_be_zero_may_have_p_1() -> None:
    allowed = allowed_ps(printed("t", "0.0", 20))
    assert allowed is not None
    assert allowed.high == 1.0
    assert allowed.low == pytest.approx(exact("t", 0.05, 20))
    assert allowed_ps(printed("f", "0.0", 2, 20)) == pytest.approx((exact("f", 0.05, 2, 20), 1.0))
    assert allowed_ps(printed("r", "1.0", 5)) == pytest.approx((0.0, exact("r", 0.95, 5)))


@pytest.mark.parametrize(
    "test",
    [
        printed("t", "2.0"),
        printed("t", "2.0", 1, 20),
        printed("f", "2.0", 20),
        printed("z", "2.0", 20),
        printed("t", "2.0", 0),
        printed("t", "2.0", -1),
        printed("f", "2.0", 2, math.inf),
        printed("chi2", "2.0", math.nan),
        printed("f", "-2.0", 2, 20),
        printed("chi2", "-0.6", 1),
        printed("r", "1.2", 20),
    ],
)
def test_what_is_no_statistic_allows_no_p(test: PrintedTest) -> None:
    assert allowed_ps(test) is None


@pytest.mark.parametrize(("statistic", "allows"), [("-0", True), ("-0.4", False)])
def test_a_chi_square_below_zero_is_none_unless_rounding_made_it_so(statistic: str, allows: bool) -> None:
    assert (allowed_ps(printed("chi2", statistic, 1)) is not None) is allows


@pytest.mark.parametrize(
    ("p", "said"),
    [("0.037", None), ("0.036", None), ("0.035", "warning"), ("0.038", "warning"), ("0.05", "warning")],
)
def test_the_rule_of_t_knows_its_degrees_of_freedom(p: str, said: str | None) -> None:
    # t from 2.195 to 2.205 with 28 degrees of freedom: p from 0.0358 to 0.0366
    found = severity(effect("MD", "2.2", p=p, t="2.20", df=28), "p-against-statistic")
    assert (None if found is None else str(found)) == said
