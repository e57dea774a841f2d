"""What papers print becomes yi and sei: rates, medians, F, chi-square, logarithms, SDs of the mean's SE."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats

from evidence.effects.escalc import escalc
from evidence.effects.forms import MEASURES
from evidence.records.conversion import rounding_draws, to_analysis_scale
from evidence.records.effect import Effect, Group
from evidence.records.printed import PrintedError, PValue
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.scales import analysis_scale
from evidence.records.units import UnitError, conversion_factor, parse_quantity
from evidence.records.vocabulary import Measure

SOUND: dict[str, float] = {
    "ai": 12, "n1i": 40, "ci": 7, "n2i": 41, "x1i": 12, "t1i": 310.5, "x2i": 7, "t2i": 290, "xi": 12,
    "ni": 40, "ti": 310.5, "m1i": 12.0, "m2i": 11.0, "sd1i": 2.0, "sd2i": 2.5, "mi": 4.0, "sdi": 2.0,
    "ri": 0.4, "r2i": 0.4, "di": 0.3, "vi": 0.1, "oei": -4.0, "voei": 9.0,
}  # fmt: skip
OTHERS = {"alpha": {"ai": 0.8, "mi": 4, "ni": 30}, "partial": {"ti": 1.5, "mi": 4, "ni": 30}}
PARTIAL = ("PCOR", "ZPCOR", "SPCOR", "ZSPCOR")


def effect(measure: str, **fields: Any) -> Effect:
    return Effect.model_validate({"measure": measure, **fields})


def group(**numbers: Any) -> dict[str, Any]:
    return {"name": "A", **{key: str(value) for key, value in numbers.items()}}


def sound_columns(measure: str) -> dict[str, float]:
    """Columns of the measure's first form, with numbers that can be."""
    if measure in ("ARAW", "AHW", "ABT"):
        return OTHERS["alpha"]
    extra = {"r2i": 0.4} if measure.endswith("SPCOR") else {}
    if measure in PARTIAL:
        return OTHERS["partial"] | extra
    for form in MEASURES[measure].forms:
        if set(form.required) <= set(SOUND):
            return {name: SOUND[name] for name in form.required}
    before = {"m1i": 12.0, "m2i": 11.0, "sd1i": 2.0, "sd2i": 2.5, "ni": 30, "ri": 0.4}
    pre = {"pre1i": 10.0, "post1i": 12.0, "sd1i": 2.0, "n1i": 20, "pre2i": 10.0, "post2i": 11.0, "sd2i": 2.5}
    return pre | {"n2i": 25, "ri": 0.4} if measure == "PPC" else before


NAMED_OTHERWISE = {"r": "ZCOR", "proportion": "PLO", "mean": "MN"}
OURS_ALONE = {"beta", "threshold"}


def test_every_measure_of_escalc_can_stand_in_a_record_with_its_columns_and_scale() -> None:
    compared = 0
    for measure in get_args(Measure):
        name = NAMED_OTHERWISE.get(measure, measure)
        if name in OURS_ALONE:
            continue
        columns = sound_columns(name)
        expected = escalc(name, **columns)
        assert expected.defined[0], (name, expected.notes)
        found = to_analysis_scale(effect(measure, columns={key: str(v) for key, v in columns.items()}))
        assert (found.yi, found.sei) == pytest.approx((expected.yi[0], expected.sei[0]), rel=1e-12)
        assert found.sei_from == "raw numbers"
        scale = analysis_scale(measure)
        stays = measure in ("PAS", "PFT", "IRS", "IRFT", "AHW", "ABT")
        back = expected.yi[0] if stays else expected.back(expected.yi)[0]
        assert scale.back(found.yi) == pytest.approx(back, rel=1e-12), measure
        null = 0.0 if measure == "mean" else expected.scale.null  # as it was read before
        assert scale.null == null, measure
        compared += 1
    assert compared == 60
    assert set(MEASURES) - {"GEN"} <= set(get_args(Measure))


def test_a_measure_without_a_formula_from_raw_numbers_says_so() -> None:
    for measure in sorted(OURS_ALONE):
        with pytest.raises(NotPoolableError, match=f"^{measure} cannot be computed from raw numbers$"):
            to_analysis_scale(effect(measure, columns={"ri": "0.3", "ni": "20"}))
    with pytest.raises(NotPoolableError, match=r"SMD cannot be computed from these raw numbers: .*'m1i'"):
        to_analysis_scale(effect("SMD", columns={"sd1i": "0.3", "n1i": "20"}))


def test_two_rates_give_their_ratio_and_difference() -> None:
    groups = [group(events=12, person_time=310.5), group(events=7, person_time=290)]
    ratio = to_analysis_scale(effect("IRR", groups=groups))
    assert ratio.yi == pytest.approx(math.log(12 / 310.5 / (7 / 290)), rel=1e-12)
    assert ratio.sei == pytest.approx(math.sqrt(1 / 12 + 1 / 7), rel=1e-12)
    assert ratio.sei_from == "rates"
    difference = to_analysis_scale(effect("IRD", groups=groups))
    assert difference.sei == pytest.approx(math.sqrt(12 / 310.5**2 + 7 / 290**2), rel=1e-12)


def test_one_group_gives_a_proportion_a_mean_and_a_rate() -> None:
    share = to_analysis_scale(effect("proportion", group=group(events=12, n=40)))
    assert (share.yi, share.sei) == pytest.approx((math.log(12 / 28), math.sqrt(1 / 12 + 1 / 28)), rel=1e-12)
    assert share.sei_from == "counts"
    mean = to_analysis_scale(effect("mean", group=group(n=16, mean=4.0, sd=2.0)))
    assert (mean.yi, mean.sei) == (4.0, 0.5)
    rate = to_analysis_scale(effect("IR", group=group(events=9, person_time=100)))
    assert (rate.yi, rate.sei) == pytest.approx((0.09, 0.03), rel=1e-12)


def test_the_sd_of_a_mean_follows_from_its_standard_error_or_interval() -> None:
    # Cochrane Handbook 6.5.2.2: SD = SE * sqrt(n), and the width of the interval over twice t
    n, se = 25, 1.2
    t = stats.t.ppf(0.975, n - 1)
    other = group(n=30, mean=30, sd=6.5)
    by_sd = to_analysis_scale(effect("MD", groups=[group(n=n, mean=32, sd=6.0), other]))
    by_se = to_analysis_scale(effect("MD", groups=[group(n=n, mean=32, se=se), other]))
    first = {"name": "A", "n": n, "mean": "32", "ci": [str(32 - t * se), str(32 + t * se)]}
    by_ci = to_analysis_scale(effect("MD", groups=[first, other]))
    assert by_sd.sei == pytest.approx(math.sqrt(6.0**2 / n + 6.5**2 / 30), rel=1e-12)
    assert [by_se.sei, by_ci.sei] == pytest.approx([by_sd.sei] * 2, rel=1e-9)
    assert by_se.sei_from == "means and SDs"
    first["n"] = 1
    with pytest.raises(NotPoolableError, match=r"^the interval of one person's mean gives no SD \('A'\)$"):
        to_analysis_scale(effect("MD", groups=[first, other]))


def test_medians_with_quartiles_or_range_give_what_escalc_estimates_from_them() -> None:
    one = {"median": 12, "q1": 9, "q3": 16, "n": 40}
    two = {"median": 10, "minimum": 2, "maximum": 30, "n": 35}
    found = to_analysis_scale(effect("SMD", groups=[group(**one), group(**two)]))
    expected = escalc("SMD", med1i=12, q11i=9, q31i=16, n1i=40, med2i=10, min2i=2, max2i=30, n2i=35)
    assert (found.yi, found.sei) == pytest.approx((expected.yi[0], expected.sei[0]), rel=1e-12)
    assert found.sei_from == "medians"
    single = to_analysis_scale(effect("mean", group=group(**one)))
    assert single.yi == pytest.approx(escalc("MN", medi=12, q1i=9, q3i=16, ni=40).yi[0], rel=1e-12)


def test_means_beside_medians_are_no_pair() -> None:
    pair = [group(mean=1, sd=2, n=9), group(median=1, q1=0, q3=2, n=9)]
    with pytest.raises(NotPoolableError, match="MD cannot be computed from these raw numbers"):
        to_analysis_scale(effect("MD", groups=pair))


def test_f_and_chi_square_with_one_degree_of_freedom_are_squares_of_t_and_z() -> None:
    by_f = to_analysis_scale(effect("MD", estimate="1.5", f={"value": "9", "df": [1, 98]}))
    assert (by_f.sei, by_f.sei_from) == (0.5, "F")
    assert to_analysis_scale(effect("MD", estimate="1.5", f={"value": "0.09", "df": [1, 98]})).sei == 5.0
    by_chi = to_analysis_scale(effect("OR", estimate="0.5", chi2={"value": "4"}))
    assert by_chi.sei == pytest.approx(math.log(2) / 2, rel=1e-12)
    assert by_chi.sei_from == "chi-square"
    several = "with 2 degrees of freedom tests several effects at once"
    with pytest.raises(NotPoolableError, match=f"^F {several}$"):
        to_analysis_scale(effect("MD", estimate="1.5", f={"value": "9", "df": [2, 98]}))
    with pytest.raises(NotPoolableError, match=f"^chi-square {several}$"):
        to_analysis_scale(effect("MD", estimate="1.5", chi2={"value": "9", "df": 2}))
    with pytest.raises(NotPoolableError, match="F and chi-square are squares, and none is below zero"):
        to_analysis_scale(effect("MD", estimate="1.5", chi2={"value": "-9"}))
    with pytest.raises(NotPoolableError, match="0 degrees of freedom cannot be"):
        to_analysis_scale(effect("MD", estimate="1.5", f={"value": "9", "df": [1, 0]}))


def test_a_statistic_is_used_only_where_no_interval_is_printed() -> None:
    both = effect("MD", estimate="1.5", ci=["0.5", "2.5"], f={"value": "9", "df": [1, 98]})
    assert to_analysis_scale(both).sei_from == "95% interval"
    assert to_analysis_scale(both.model_copy(update={"use": "f"})).sei_from == "F"


def test_logarithms_of_ratios_are_taken_as_they_are() -> None:
    printed = effect("HR", estimate="-0.22", ci=["-0.42", "-0.02"], log=True)
    found = to_analysis_scale(printed)
    assert found.yi == -0.22
    assert found.sei == pytest.approx(0.4 / (2 * 1.959963984540054), rel=1e-12)
    with pytest.raises(NotPoolableError, match=r"^MD is no ratio; 'log: true' is for ratios$"):
        to_analysis_scale(effect("MD", estimate="1", se="1", log=True))


@pytest.mark.parametrize(
    ("measure", "estimate", "slope"),
    [("OR", 2.0, 2.0), ("r", 0.6, 0.64), ("proportion", 0.2, 0.16), ("MD", 3.0, 1.0)],
)
def test_a_standard_error_of_the_estimate_itself_is_carried_to_its_transform(
    measure: str, estimate: float, slope: float
) -> None:
    # the delta method: d log x = dx / x, d atanh r = dr / (1 - r2), d logit p = dp / (p (1 - p))
    found = to_analysis_scale(effect(measure, estimate=str(estimate), se="0.08", se_of="estimate"))
    assert found.sei == pytest.approx(0.08 / slope, rel=1e-12)
    assert to_analysis_scale(effect(measure, estimate=str(estimate), se="0.08")).sei == 0.08


def test_roundings_of_every_form_are_drawn() -> None:
    rng = np.random.default_rng(3)
    groups = [group(n=25, mean=32, se=1.2), group(n=30, median=30, q1=25, q3=36)]
    for given, said in (
        (effect("MD", groups=[groups[0], group(n=30, mean=30, sd=6.5)]), (2.0, 1.0)),
        (effect("MD", groups=[groups[1], groups[1]]), (0.0, 1.1)),
        (effect("MD", estimate="1.5", f={"value": "9.0", "df": [1, 98]}), (1.5, 0.05)),
        (
            effect("IRR", groups=[group(events=9, person_time=3.5), group(events=9, person_time=3.5)]),
            (0, 0.03),
        ),
    ):
        yi, sei = rounding_draws(given, None, 2000, rng)
        assert yi.shape == sei.shape == (2000,)
        assert abs(yi - said[0]).max() <= said[1] + 0.02
        assert abs(yi - said[0]).max() > 0


@pytest.mark.parametrize(
    "numbers",
    [
        {"median": 3, "n": 9}, {"median": 3, "q1": 2, "n": 9}, {"q1": 2, "q3": 4, "n": 9}, {"events": 3},
        {"median": 3, "q1": 2, "q3": 4}, {"mean": 3, "sd": 1}, {"person_time": 100}, {"mean": 3, "n": 9},
        {"median": 3, "minimum": 2, "q3": 4, "n": 9}, {"events": 3, "median": 3, "q1": 2, "q3": 4, "n": 9},
    ],
)  # fmt: skip
def test_half_of_a_form_is_no_form(numbers: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="a group has 'n' and either 'events'"):
        Group.model_validate(group(**numbers))


def test_a_mean_with_its_sd_counts_whatever_else_is_printed() -> None:
    both = Group.model_validate(group(n=9, mean=3, sd=1, median=3, q1=2, q3=4))
    assert both.kind == "means"
    assert Group.model_validate(group(n=9, median=3, minimum=2, maximum=4)).kind == "medians"
    assert Group.model_validate(group(events=3, person_time=100, n=9)).kind == "rates"


def test_raw_numbers_stand_in_one_place() -> None:
    one = group(events=3, n=9)
    with pytest.raises(ValidationError, match="raw numbers in one of 'groups', 'group' and 'columns'"):
        effect("OR", groups=[one, one], columns={"ri": "0.1"})
    with pytest.raises(ValidationError, match="has an 'estimate' or raw 'groups'"):
        effect("OR")
    with pytest.raises(ValidationError, match="at least 1 item"):
        effect("OR", estimate="0.5", columns={})
    assert effect("OR", columns={"ri": "0.1"}).has_raw_numbers


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"median": 3, "q1": 5, "q3": 6, "n": 9}, "the first quartile 5 of 'A' is above its median 3"),
        ({"median": 7, "q1": 4, "q3": 5, "n": 9}, "the median 7 of 'A' is above its third quartile 5"),
        ({"median": 6, "minimum": 8, "maximum": 9, "n": 9}, "the minimum 8 of 'A' is above its median 6"),
        ({"median": 7, "minimum": 1, "maximum": 5, "n": 9}, "the median 7 of 'A' is above its maximum 5"),
        ({"mean": 6, "se": -1, "n": 9}, "standard error -1 is below zero"),
        ({"events": 6, "person_time": 0}, "0 person-time of 'A' is not above zero"),
        ({"events": 6, "n": 5}, "6 events in 5 persons of 'A'"),
    ],
)
def test_what_cannot_be_in_a_group_is_said(numbers: dict[str, Any], says: str) -> None:
    with pytest.raises(NotPoolableError, match=f"^{says}$"):
        to_analysis_scale(effect("OR", groups=[group(**numbers), group(events=1, n=5)]))


def test_equal_quartiles_and_more_events_than_persons_in_person_time_can_be() -> None:
    level = group(median=4, q1=4, q3=5, n=9)
    found = to_analysis_scale(effect("MD", groups=[level, level]))
    assert found.yi == 0
    rounded = group(median="4.4", q1="4", q3="6", minimum="4.0", n=9)
    assert to_analysis_scale(effect("MD", groups=[rounded, rounded])).yi == 0
    for time in (100, "0.4"):  # of thousands of person-years
        again = group(events=6, n=5, person_time=time)
        assert to_analysis_scale(effect("IRR", groups=[again, again])).yi == 0


@pytest.mark.parametrize(
    ("text", "relation", "number"),
    [
        ("NS", "=", None), ("n.s.", "=", None), ("**", "=", None), ("*** < 0.001", "<", "0.001"),
        ("NS (> 0.05)", ">", "0.05"), ("* (p < .05)", "<", ".05"), ("ns >= 0.1", ">=", "0.1"),
    ],
)  # fmt: skip
def test_stars_and_ns_mean_the_bound_that_is_written_behind_them(
    text: str, relation: str, number: str | None
) -> None:
    found = PValue.parse(text)
    assert (found.relation, found.number and found.number.text, str(found)) == (relation, number, text)


@pytest.mark.parametrize("text", ["** 0.01", "NS yes", "*x", "** < two"])
def test_a_sign_without_a_bound_behind_it_is_no_p_value(text: str) -> None:
    with pytest.raises(PrintedError):
        PValue.parse(text)


def test_steps_of_logarithms_are_doublings() -> None:
    expected = {
        "doubling": 1.0, "1 doubling": 1.0, "2-fold": 1.0, "10-fold": math.log2(10), "4-fold increase": 2.0,
        "1 ln-unit": math.log2(math.e), "2 log10 units": 2 * math.log2(10), "1 log2 unit": 1.0,
        "1.5-fold": math.log2(1.5),
    }  # fmt: skip
    for text, doublings in expected.items():
        found = parse_quantity(text)
        assert found.unit == "doubling", text
        assert float(found.number) == pytest.approx(doublings, rel=1e-12), text
    assert parse_quantity("1 log unit").unit == "log unit", "of which base is not said"
    assert parse_quantity("1-fold").unit != "doubling"
    with pytest.raises(UnitError, match="cannot be converted"):
        conversion_factor("doubling", "g/dL")
