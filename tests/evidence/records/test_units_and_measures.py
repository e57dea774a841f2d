"""Units and measures: worked examples, identities, and reasons for refusals."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from evidence.records.conversion import to_analysis_scale
from evidence.records.effect import Effect
from evidence.records.measures import harmonise
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.scales import analysis_scale
from evidence.records.target_scale import TargetScale
from evidence.records.units import (
    UnitError,
    conversion_factor,
    normal_unit,
    parse_quantity,
    quantity_fault,
)
from evidence.records.vocabulary import Measure
from tests.evidence.records.samples import record


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("1.1 g/dL", "1.1", "g/dL"),
        ("10^-2 g/cm2", "0.01", "g/cm2"),
        ("x10−2 g/cm²", "0.01", "g/cm2"),
        ("g/cm^2", "1", "g/cm2"),
        ("1 SD", "1", "SD"),
        ("10 g/L", "10", "g/L"),
        ("5 years", "5", "year"),
        ("2.5 × 10^-3 g/cm2", "0.0025", "g/cm2"),
        ("1 mg/dl", "1", "mg/dL"),
        ("100 g/L", "100", "g/L"),
        ("105 mL", "105", "mL"),
        ("10² g/L", "100", "g/L"),
        ("10^2 g/L", "100", "g/L"),
        ("2.5×10⁻³ g/cm²", "0.0025", "g/cm2"),
        ("10+3 mg", "1000", "mg"),
        ("5 10⁹/L", "5", "10^9/L"),
    ],
)
def test_quantities_are_read_as_printed(text: str, number: str, unit: str) -> None:
    quantity = parse_quantity(text)
    assert (quantity.number, quantity.unit) == (Decimal(number), unit)


@pytest.mark.parametrize("text", ["not stated", "1 not stated", "1.2.3 g/dL", ""])
def test_a_unit_that_is_not_stated_is_not_guessed(text: str) -> None:
    with pytest.raises(UnitError):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("g/L", "g/dL", 0.1),
        ("mg/dl", "g/dL", 0.001),
        ("mg/cm2", "g/cm^2", 0.001),
        ("g/cm²", "g/cm2", 1.0),
        ("kg/m2", "g/cm2", 0.1),
        ("SD", "SD", 1.0),
        ("10^9/L", "10^6/mL", 1.0),
        ("10⁹/L", "10^9/L", 1.0),
    ],
)
def test_conversion_factors(source: str, target: str, factor: float) -> None:
    assert conversion_factor(source, target) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("SD", "g/cm2"),
        ("mmol/L", "g/dL"),
        ("T-score", "g/cm2"),
        ("IU/L", "g/L"),
        ("score", "g/cm2"),
        ("((", "g"),
    ],
)
def test_units_without_a_common_dimension_are_refused(source: str, target: str) -> None:
    with pytest.raises(UnitError, match="cannot be converted"):
        conversion_factor(source, target)


def test_spellings_of_the_same_unit_are_one() -> None:
    assert len({normal_unit(text) for text in ("g/cm2", "g/cm^2", "g/cm²", "g / cm2")}) == 1


def effect(measure: Measure, **fields: Any) -> Effect:
    return Effect.model_validate({"measure": measure, **fields})


def test_standard_error_from_an_interval_is_its_width_over_two_quantiles() -> None:
    found = to_analysis_scale(effect("beta", estimate="0.0079", ci=["0.002", "0.0135"]))
    assert found.sei == pytest.approx((0.0135 - 0.002) / (2 * 1.959963984540054), rel=1e-12)
    assert found.sei_from == "95% interval"


def test_a_ratio_is_taken_to_the_log_scale() -> None:
    # Cochrane Handbook 6.3, section 6.3.2: SE = (ln upper - ln lower) / 3.92
    found = to_analysis_scale(effect("OR", estimate="2.483", ci=["1.309", "4.712"]))
    assert found.yi == pytest.approx(math.log(2.483))
    assert found.sei == pytest.approx(math.log(4.712 / 1.309) / 3.919927969080108, rel=1e-12)


def test_a_90_percent_interval_uses_its_own_quantile() -> None:
    narrow = to_analysis_scale(effect("MD", estimate="1", ci=["0", "2"], level="90 %"))
    assert narrow.sei == pytest.approx(1 / 1.6448536269514722, rel=1e-12)


def test_an_interval_with_degrees_of_freedom_uses_t() -> None:
    found = to_analysis_scale(effect("MD", estimate="1", ci=["0", "2"], df="10"))
    assert found.sei == pytest.approx(1 / 2.2281388519649385, rel=1e-9)


def test_standard_errors_from_p_and_from_t_agree_with_the_interval() -> None:
    # Cochrane Handbook 6.3, section 6.3.2, worked example of a p-value: z = 2.652 for p = 0.008
    from_p = to_analysis_scale(effect("MD", estimate="-0.03", p="0.008"))
    assert from_p.sei == pytest.approx(0.03 / 2.6520698079, rel=1e-8)
    one = to_analysis_scale(effect("MD", estimate="-0.03", t="-1"))
    assert (one.sei, one.sei_from) == (0.03, "test statistic")
    from_t = to_analysis_scale(effect("MD", estimate="-0.03", t="-2.6520698079"))
    assert from_t.sei == pytest.approx(from_p.sei, rel=1e-8)


def test_a_printed_standard_error_is_used_before_all_else() -> None:
    found = to_analysis_scale(effect("beta", estimate="0.015", se="0.003", p="< 0.001"))
    assert (found.yi, found.sei, found.sei_from) == (0.015, 0.003, "SE")


def test_a_correlation_has_fishers_z_and_its_variance_from_n() -> None:
    found = to_analysis_scale(effect("r", estimate="0.150"), n=371)
    assert found.yi == pytest.approx(math.atanh(0.150))
    assert found.sei == pytest.approx(1 / math.sqrt(368))


def test_three_persons_give_a_correlation_no_variance_and_four_one() -> None:
    assert to_analysis_scale(effect("r", estimate="0.15"), n=4).sei == 1
    with pytest.raises(NotPoolableError, match="no interval"):
        to_analysis_scale(effect("r", estimate="0.15"), n=3)


def test_the_value_of_no_effect_is_nought_on_every_analysis_scale_that_has_one() -> None:
    nulls = {}
    for measure in ("beta", "MD", "OR", "HR", "r"):
        scale = analysis_scale(measure)
        assert scale.null is not None
        nulls[measure] = scale.null
        assert scale.forward(scale.null) == 0
    assert nulls == {"beta": 0, "MD": 0, "OR": 1, "HR": 1, "r": 0}
    assert analysis_scale("proportion").null is None


def counts(measure: Measure, a: int, n1: int, c: int, n2: int) -> Effect:
    groups = [{"name": "exposed", "n": n1, "events": a}, {"name": "reference", "n": n2, "events": c}]
    return effect(measure, groups=groups)


def test_two_by_two_tables_by_hand() -> None:
    # BCG trial 1 (Aronson 1948): 4/123 and 11/139, Colditz 1994
    risk_ratio = to_analysis_scale(counts("RR", 4, 123, 11, 139))
    assert risk_ratio.yi == pytest.approx(-0.889311333920205, rel=1e-12)
    assert risk_ratio.sei**2 == pytest.approx(0.325584765003961, rel=1e-12)
    odds_ratio = to_analysis_scale(counts("OR", 4, 123, 11, 139))
    assert odds_ratio.yi == pytest.approx(math.log(4 * 128 / (119 * 11)))
    assert odds_ratio.sei**2 == pytest.approx(1 / 4 + 1 / 119 + 1 / 11 + 1 / 128)
    difference = to_analysis_scale(counts("RD", 4, 123, 11, 139))
    assert difference.sei**2 == pytest.approx(4 * 119 / 123**3 + 11 * 128 / 139**3)


def test_one_event_makes_an_odds_ratio() -> None:
    smallest = to_analysis_scale(counts("OR", 1, 10, 3, 10))
    assert smallest.yi == pytest.approx(math.log(1 * 7 / (9 * 3)), rel=1e-12)
    assert smallest.sei**2 == pytest.approx(1 + 1 / 9 + 1 / 3 + 1 / 7, rel=1e-12)


def test_a_mean_difference_from_means_and_sds() -> None:
    groups = [
        {"name": "a", "n": 16, "mean": "12.9", "sd": "2.0"},
        {"name": "b", "n": 25, "mean": "13.1", "sd": "1.5"},
    ]
    found = to_analysis_scale(effect("MD", groups=groups))
    assert found.yi == pytest.approx(-0.2)
    assert found.sei == pytest.approx(math.sqrt(4 / 16 + 2.25 / 25))


def test_a_standardised_mean_difference_from_means_and_sds() -> None:
    groups = [
        {"name": "a", "n": 16, "mean": "12.9", "sd": "2.0"},
        {"name": "b", "n": 25, "mean": "13.1", "sd": "1.5"},
    ]
    found = to_analysis_scale(effect("SMD", groups=groups))
    pooled_sd = math.sqrt((15 * 4 + 24 * 2.25) / 39)
    j = math.exp(math.lgamma(39 / 2) - math.lgamma(38 / 2)) / math.sqrt(39 / 2)
    g = j * -0.2 / pooled_sd
    assert found.yi == pytest.approx(g, rel=1e-12)
    assert found.sei**2 == pytest.approx(1 / 16 + 1 / 25 + g * g / (2 * 41), rel=1e-12)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (effect("HR", estimate="0.83"), "no interval, standard error or exact p-value"),
        (effect("beta", estimate="0.1", p="> 0.001"), "gives no standard error"),
        (effect("beta", estimate="0.1", p="not printed"), "no interval"),
        (effect("beta", estimate="0", p="1"), "gives no standard error"),
        (effect("OR", estimate="0"), "has no log"),
        (effect("OR", estimate="1.2", ci=["-0.1", "2"]), "has no log"),
        (effect("r", estimate="1"), "has no Fisher z"),
        (effect("beta", estimate="1", ci=["2", "1"]), "not positive"),
        (effect("beta", estimate="1", se="0"), "not positive"),
        (effect("beta", estimate="1", t="0"), "yi / t is not positive"),
        (effect("r", estimate="0.2"), "no interval"),
        (counts("OR", 0, 10, 0, 10), "no event in both groups"),
        (counts("MD", 1, 10, 3, 10), "cannot be computed"),
    ],
)
def test_what_has_no_standard_error_says_why(given: Effect, reason: str) -> None:
    with pytest.raises(NotPoolableError, match=reason):
        to_analysis_scale(given)


def test_every_scale_comes_back_to_where_it_began() -> None:
    compared = 0
    measures: tuple[Measure, ...] = (
        "beta",
        "MD",
        "SMD",
        "OR",
        "RR",
        "HR",
        "IRR",
        "RD",
        "r",
        "proportion",
        "mean",
    )
    for measure in measures:
        scale = analysis_scale(measure)
        for value in (0.05, 0.3, 0.9):
            assert scale.back(scale.forward(value)) == pytest.approx(value, rel=1e-12)
            compared += 1
    assert compared == 33


@pytest.mark.parametrize(
    ("change", "level", "shown"),
    [
        # the printed limits, per 10 g/L and so the same; else estimate -/+ quantile times standard error
        (("level: 95 %", "level: 95 %"), 0.95, (0.002, 0.0135)),
        (
            ("level: 95 %", "level: 95 %"),
            0.9,
            (
                0.0079 - 1.6448536269514722 * 0.0115 / 3.919927969080108,
                0.0079 + 1.6448536269514722 * 0.0115 / 3.919927969080108,
            ),
        ),
        (
            ("ci: [0.002, 0.0135], level: 95 %, p: 0.006", "se: 0.003"),
            0.95,
            (0.0079 - 1.959963984540054 * 0.003, 0.0079 + 1.959963984540054 * 0.003),
        ),
    ],
)
def test_a_printed_interval_is_shown_at_its_own_level_alone(
    change: tuple[str, str], level: float, shown: tuple[float, float]
) -> None:
    study = record(change)
    target = TargetScale(measure="beta", exposure="Hemoglobin", per="10 g/L", unit="g/cm2")
    found = harmonise(study, study.estimates[0], target, level)
    assert (found.low, found.high) == pytest.approx(shown, rel=1e-12)
    twice = harmonise(study, study.estimates[0], target.model_copy(update={"per": "2 g/dL"}), level)
    assert (twice.low, twice.high) == pytest.approx([2 * limit for limit in shown], rel=1e-12)
    turned = target.model_copy(update={"unit": "mg/cm2"})
    assert harmonise(study, study.estimates[0], turned, level).yi == pytest.approx(7.9, rel=1e-12)


def harmonised(*changes: tuple[str, str], **target: Any) -> str:
    """Why the bent record cannot be on a target scale; empty where it can."""
    study = record(*changes)
    scale: dict[str, Any] = {"measure": "beta", "exposure": "hemoglobin", "per": "1 g/dL", "unit": "g/cm2"}
    try:
        harmonise(study, study.estimates[0], TargetScale.model_validate(scale | target))
    except NotPoolableError as error:
        return str(error)
    return ""


VERSUS = ("per: 1 g/dL", "versus: {exposed: low, reference: high}")


@pytest.mark.parametrize(
    ("changes", "target", "reason"),
    [
        ((), {}, ""),
        ((), {"unit": None}, ""),
        ((), {"measure": "MD"}, "measure is beta, not MD"),
        ((), {"exposure": "iron"}, "exposure is hemoglobin, not iron"),
        ((), {"unit": "SD"}, "outcome: 'g/cm2' cannot be converted to 'SD'"),
        ((), {"per": "1 SD"}, "exposure step: 'SD' cannot be converted to 'g/dL'"),
        ((), {"per": None}, "a slope per 1 g/dL; not a comparison of groups"),
        ((VERSUS,), {}, "compares groups; not a slope per 1 g/dL"),
        ((VERSUS,), {"per": None}, ""),
        ((VERSUS,), {"per": None, "versus": {"exposed": "Low", "reference": "HIGH"}}, ""),
        ((VERSUS,), {"per": None, "versus": {"exposed": "low", "reference": "x"}}, "compares low with high"),
        ((VERSUS,), {"per": None, "versus": {"exposed": "x", "reference": "high"}}, "compares low with high"),
        ((("per: 1 g/dL", "per: 0 g/dL"),), {}, "exposure step 0 g/dL is not positive"),
        (
            (("per: 1 g/dL", "per: 1 g/dL, within: below 12"),),
            {},
            "slope over a part of the exposure's range",
        ),
    ],
)
def test_an_effect_that_answers_another_question_says_which(
    changes: tuple[tuple[str, str], ...], target: dict[str, Any], reason: str
) -> None:
    said = harmonised(*changes, **target)
    assert said.startswith(reason)
    assert bool(said) == bool(reason)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, ""),
        ("1 g/dL", ""),
        ("5 %", ""),
        ("0.001 g/dL", ""),
        ("0 g/dL", "is not above zero: it would turn or erase every effect"),
        ("-1 g/dL", "is not above zero: it would turn or erase every effect"),
        ("2", "has no unit"),
    ],
)
def test_a_step_is_above_zero_and_has_a_unit(text: str | None, fault: str) -> None:
    assert quantity_fault(text) == fault
