"""Forms of the measures of `escalc`: printed results, hazard ratios, medians, conversions, corrections."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evidence.effects import conversions, hazard_ratios, standard_errors
from evidence.effects.columns import LOG, EffectSizes
from evidence.effects.escalc import escalc
from evidence.effects.five_numbers import FiveNumbers, mean_and_sd, quantile_estimation

FORMS: list[tuple[str, dict[str, Any], EffectSizes]] = [
    ("HR", {"oei": -5, "voei": 10}, hazard_ratios.log_hazard_ratio(-5, 10)),
    ("PETO", {"oei": -5, "voei": 10}, hazard_ratios.peto_log_odds_ratio_from_o_minus_e(-5, 10)),
    ("HR", {"pi": -0.03, "voei": 10}, hazard_ratios.log_hazard_ratio_from_p(-0.03, 10)),
    (
        "HR",
        {"pi": -0.03, "eventsi": 60, "n1i": 50, "n2i": 40},
        hazard_ratios.log_hazard_ratio_from_events(-0.03, 60, 50, 40),
    ),
    (
        "HR",
        {"pi": 0.03, "events1i": 60, "events2i": 50},
        hazard_ratios.log_hazard_ratio_from_arms(0.03, 60, 50),
    ),
    (
        "GEN",
        {"estimatei": 2, "loweri": 1, "upperi": 4, "scale": "log", "level": 0.9, "dfi": 7},
        standard_errors.from_interval(2, 1, 4, 7, level=0.9, scale=LOG),
    ),
    (
        "GEN",
        {"estimatei": 2, "limiti": 4, "scale": "LOG", "level": 0.975},
        standard_errors.from_limit(2, 4, level=0.975, scale=LOG),
    ),
    (
        "GEN",
        {"estimatei": 2, "pi": 0.04, "alternative": "greater"},
        standard_errors.from_p_value(2, 0.04, alternative="greater"),
    ),
    ("GEN", {"estimatei": 2, "statistici": 3}, standard_errors.from_statistic(2, 3)),
    (
        "GEN",
        {"bi": 0.2, "vi": 0.01, "unitsi": 10, "scale": "log"},
        conversions.per_units(0.2, 0.01, 10, scale=LOG),
    ),
    ("GEN", {"bi": 0.2, "vi": 0.01, "sdi": 10, "ni": 50}, conversions.per_sd(0.2, 0.01, 10, 50)),
    (
        "OR",
        {"di": 0.4, "vi": 0.02, "distribution": "Normal"},
        conversions.d_to_log_odds_ratio(0.4, 0.02, distribution="normal"),
    ),
    (
        "OR",
        {"chi2i": 4, "n1i": 40, "n2i": 50, "eventsi": 30, "signi": -1},
        conversions.log_odds_ratio_from_chi2(4, 40, 50, 30, -1),
    ),
    (
        "OR",
        {"lrri": 0.4, "vi": 0.02, "baselinei": 0.1},
        conversions.log_odds_ratio_from_risk_ratio(0.4, 0.02, 0.1),
    ),
    (
        "RR",
        {"lori": 0.4, "vi": 0.02, "baselinei": 0.1},
        conversions.log_risk_ratio_from_odds_ratio(0.4, 0.02, 0.1),
    ),
    ("PHI", {"chi2i": 4, "ni": 90, "signi": 1}, conversions.phi_from_chi2(4, 90, 1)),
    ("SMD", {"lori": 0.4, "vi": 0.02}, conversions.log_odds_ratio_to_d(0.4, 0.02)),
    ("SMD", {"ri": 0.4, "vi": 0.02, "n1i": 20, "n2i": 30}, conversions.r_to_d(0.4, 0.02, 20, 30)),
    ("D", {"rpbi": 0.4, "vi": 0.02, "n1i": 8, "n2i": 9}, conversions.point_biserial_to_d(0.4, 0.02, 8, 9)),
    ("COR", {"di": 0.4, "vi": 0.02, "n1i": 20, "n2i": 30}, conversions.d_to_r(0.4, 0.02, 20, 30)),
    ("RPB", {"di": 0.4, "vi": 0.02, "n1i": 8, "n2i": 9}, conversions.d_to_point_biserial(0.4, 0.02, 8, 9)),
]  # fmt: skip


@pytest.mark.parametrize(("measure", "given", "expected"), FORMS)
def test_each_form_is_reached_by_its_columns(
    measure: str, given: dict[str, Any], expected: EffectSizes
) -> None:
    found = escalc(measure, **given)
    assert found.measure == expected.measure == measure
    assert (found.yi, found.vi, found.notes) == (expected.yi, expected.vi, expected.notes)
    assert found.scale.name == expected.scale.name
    assert found.defined.all()


def test_f_of_two_groups_is_the_square_of_t() -> None:
    sizes = {"n1i": 12, "n2i": 20}
    by_t = escalc("SMD", ti=[-1.5, 1.5], **sizes)
    by_f = escalc("SMD", fi=2.25, signi=[-1, 1], **sizes)
    assert_allclose([by_f.yi, by_f.vi], [by_t.yi, by_t.vi], rtol=1e-14)
    assert not escalc("SMD", fi=2.25, signi=0, **sizes).defined.any()


ONE = {"min1i": 2.0, "q11i": 8.0, "med1i": 11.0, "q31i": 15.0, "max1i": 30.0, "n1i": 81.0}
OTHER = {"q12i": 7.0, "med2i": 10.0, "q32i": 13.0, "n2i": 40.0}


def five(given: dict[str, float], group: str) -> FiveNumbers:
    names = {"minimum": "min", "q1": "q1", "median": "med", "q3": "q3", "maximum": "max"}
    return FiveNumbers.of(
        given[f"n{group}i"],
        **{full: given.get(f"{short}{group}i", np.nan) for full, short in names.items()},
    )


@pytest.mark.parametrize("measure", ["MD", "SMD", "D", "SMDH", "ROM", "ROMBC", "CVR"])
@pytest.mark.parametrize(("how", "of"), [("normal", mean_and_sd), ("QE", quantile_estimation)])
def test_medians_and_quartiles_stand_for_means_and_sds(measure: str, how: str, of: Any) -> None:
    one, other = of(five(ONE, "1")), of(five(OTHER, "2"))
    means = {"m1i": one.mean, "sd1i": one.sd, "m2i": other.mean, "sd2i": other.sd}
    expected = escalc(measure, **means, n1i=81, n2i=40)
    found = escalc(measure, **ONE, **OTHER, five_numbers=how)
    assert_array_equal([found.yi, found.vi], [expected.yi, expected.vi])
    assert found.notes[0].startswith("mean and SD are estimated from median, quartiles or extremes")


def test_options_go_with_medians_too() -> None:
    found, plain = (escalc("MD", **ONE, **OTHER, vtype=vtype) for vtype in ("HO", "LS"))
    assert found.vi != plain.vi


@pytest.mark.parametrize("measure", ["MN", "MNLN", "CVLN"])
def test_one_median_stands_for_a_mean(measure: str) -> None:
    expected = mean_and_sd(five(OTHER, "2"))
    found = escalc(measure, q1i=7, medi=10, q3i=13, ni=40)
    assert_array_equal(found.yi, escalc(measure, mi=expected.mean, sdi=expected.sd, ni=40).yi)


def test_medians_that_give_no_mean_say_why_and_skew_is_said() -> None:
    found = escalc("MD", **(ONE | {"q11i": [8.0, 20.0, 8.0], "max1i": [30.0, 30.0, 90.0]}), **OTHER)
    assert_array_equal(found.defined, [True, False, True])
    assert found.notes[1] == "group 1: minimum, quartiles, median and maximum are out of order"
    assert "group 1: the data look skewed" in found.notes[2]
    lacking = escalc("MD", med1i=5, n1i=50, med2i=4, n2i=[50, 60], q12i=3, q32i=5)
    assert lacking.notes == ("group 1: neither both quartiles nor both extremes are given",) * 2
    with pytest.raises(ValueError, match=r"unknown five_numbers 'Wan'\. Expected one of: normal, QE"):
        escalc("MD", **ONE, **OTHER, five_numbers="Wan")


# Bias corrections of log ratios.


GROUPS = {"m1i": 12.0, "sd1i": 6.0, "n1i": 9.0, "m2i": 10.0, "sd2i": 3.0, "n2i": 14.0}
PAIRS = {"m1i": 12.0, "sd1i": 6.0, "m2i": 10.0, "sd2i": 3.0, "ri": 0.4, "ni": 9.0}
OF_MEANS = (0.25 / 9 - 0.09 / 14) / 2
OF_PAIRED_MEANS = (0.25 - 0.09) / 9 / 2
OF_SDS = 1 / 16 - 1 / 26


@pytest.mark.parametrize(
    ("measure", "given", "corrected", "as_usual"),
    [
        ("ROM", GROUPS, OF_MEANS, 0.0),
        ("CVR", GROUPS, OF_SDS - OF_MEANS, OF_SDS),
        ("ROMC", PAIRS, OF_PAIRED_MEANS, 0.0),
        ("CVRC", PAIRS, -OF_PAIRED_MEANS, 0.0),
        ("VR", {name: value for name, value in GROUPS.items() if name[0] != "m"}, OF_SDS, OF_SDS),
    ],
)
def test_corrections_by_hand(
    measure: str, given: dict[str, float], corrected: float, as_usual: float
) -> None:
    """CV 0.5 of 9 and 0.3 of 14. Lajeunesse 2015, eq. 8; Senior, Viechtbauer & Nakagawa 2020."""
    plain = np.log({"ROM": 1.2, "ROMC": 1.2, "VR": 2.0}.get(measure, 5 / 3))
    default, on, off = (
        escalc(measure, **given, **choice) for choice in ({}, {"correct": True}, {"correct": False})
    )
    assert_allclose(off.yi, plain, rtol=1e-13)
    assert_allclose(on.yi - plain, corrected, rtol=1e-12)
    assert_allclose(default.yi - plain, as_usual, rtol=1e-12, atol=1e-15)
    assert default.vi == on.vi == off.vi
    for wrong in ("yes", 1):
        with pytest.raises(ValueError, match=f"correct is {wrong!r}; expected True or False"):
            escalc(measure, **given, correct=wrong)


def test_corrections_take_the_bias_of_logs_away_to_the_second_order() -> None:
    """E log of a normal mean, integrated: what is left of its bias is of the order of (CV^2 / n)^2."""
    for cv, n in ((0.3, 20), (0.2, 30)):
        se = mpmath.mpf(cv) / mpmath.sqrt(n)

        def weighed(z: Any, se: Any = se) -> Any:
            return mpmath.log(1 + se * z) * mpmath.npdf(z)

        bias = mpmath.quad(weighed, [-8, -4, 0, 4, 8])
        given = {"m1i": 1.0, "sd1i": cv, "n1i": n, "m2i": 1.0, "sd2i": 1e-9, "n2i": 1e9}
        added = escalc("ROM", **given, correct=True).yi[0]
        assert abs(bias + added) < 3 * float(se) ** 4
        assert abs(bias) > 30 * abs(bias + added)


def test_corrections_go_with_every_variance_of_a_ratio_of_means() -> None:
    for vtype in ("LS", "HO", "AV", "AVHO"):
        found = escalc("ROM", **GROUPS, vtype=vtype.lower(), correct=True)
        assert_allclose(found.yi, np.log(1.2) + OF_MEANS, rtol=1e-13)
        assert found.vi == escalc("ROM", **GROUPS, vtype=vtype).vi


WORDS: list[tuple[str, dict[str, Any], str, str]] = [
    ("OR", {"ai": 1, "bi": 2, "ci": 3, "di": 4}, "to", "only0, all, if0all, none"),
    ("OR", {"ai": 1, "bi": 2, "ci": 3, "di": 4}, "add", "treatment-arm, empirical, or a number such as 0.5"),
    ("PHI", {"ai": 1, "bi": 2, "ci": 3, "di": 4}, "vtype", "CS, ST"),
    ("IRR", {"x1i": 1, "t1i": 2, "x2i": 3, "t2i": 4}, "to", "only0, all, if0all, none"),
    ("PR", {"xi": 1, "ni": 2}, "to", "only0, all, if0all, none"),
    ("IR", {"xi": 1, "ti": 2}, "to", "only0, all, if0all, none"),
    ("MD", GROUPS, "vtype", "LS, HO"),
    ("SMD", GROUPS, "vtype", "LS, UB, LS2, AV"),
    ("SMD1", {n: v for n, v in GROUPS.items() if n != "sd1i"}, "vtype", "LS, UB, LS2, AV"),
    ("ROM", GROUPS, "vtype", "LS, HO, AV, AVHO"),
    ("COR", {"ri": 0.1, "ni": 9}, "vtype", "LS, AV"),
    ("UCOR", {"ri": 0.1, "ni": 9}, "vtype", "LS, UB, AV"),
    ("GEN", {"estimatei": 1, "loweri": 0.5, "upperi": 2}, "scale", "identity, log, Fisher z, logit"),
    ("GEN", {"estimatei": 1, "pi": 0.5}, "alternative", "two-sided, greater, less"),
    ("OR", {"di": 0.1, "vi": 0.1}, "distribution", "logistic, normal"),
    ("MD", {**ONE, **OTHER}, "five_numbers", "normal, QE"),
]


@pytest.mark.parametrize(("measure", "given", "option", "listed"), WORDS)
def test_every_word_is_checked_and_names_what_is_allowed(
    measure: str, given: dict[str, Any], option: str, listed: str
) -> None:
    for wrong in ("zzz", ["LS"]):
        with pytest.raises(ValueError, match=r"expected|Expected one of"):
            escalc(measure, **given, **{option: wrong})
    with pytest.raises(ValueError, match=rf"unknown {option} 'zzz'. Expected one of: {listed}$"):
        escalc(measure, **given, **{option: "zzz"})


@pytest.mark.parametrize("add", [-1, True, [0.5], np.nan, None.__class__])
def test_an_amount_that_is_no_number_is_refused(add: Any) -> None:
    with pytest.raises(ValueError, match=r"add is .*; expected a number that is not negative"):
        escalc("OR", ai=0, bi=2, ci=3, di=4, add=add)


def test_a_truth_value_is_no_word() -> None:
    for measure, given in (
        ("OR", {"ai": 1, "bi": 2, "ci": 3, "di": 4}),
        ("IRR", {"x1i": 1, "t1i": 2, "x2i": 3, "t2i": 4}),
    ):
        with pytest.raises(ValueError, match="drop00 is 'no'; expected True or False"):
            escalc(measure, **given, drop00="no")
