"""A cumulative analysis beside its bounds: z, information, heterogeneity, both kinds of bounds."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

import synthesis
from synthesis.drawing.chart import Chart, ChartCurve, Dots, ReferenceLine
from synthesis.planning.sequential_api import Sequential
from synthesis.planning.sequential_result import SAYS, first_beyond
from synthesis.planning.spending import spending_bounds
from synthesis.plots.drawable import PlotRequest

YI, SEI = [0.6, 0.1, 0.5, 0.2, 0.45], [0.2, 0.15, 0.25, 0.1, 0.2]
Z = norm.ppf(0.975)


def pooled(**choices: Any) -> synthesis.Pooled:
    return synthesis.pool(YI, sei=SEI, slab=[*"abcde"], **choices)


@pytest.mark.parametrize("choices", [{}, {"method": "EE"}, {"method": "DL", "test": "HC"}], ids=str)
def test_each_look_has_the_z_of_wald_of_the_studies_so_far(choices: dict[str, Any]) -> None:
    order, compared = [3, 0, 4, 1, 2], 0
    found = synthesis.sequential(pooled(**choices), effect=0.3, null=0.05, order=order)
    assert found.labels == ("d", "a", "e", "b", "c")
    for look in range(1, 6):
        chosen = order[:look]
        again = synthesis.pool([YI[i] for i in chosen], sei=[SEI[i] for i in chosen], **choices)
        se = (again.wald[1] - again.wald[0]) / (2 * Z)
        assert_allclose(found.z[look - 1], (again.estimate - 0.05) / se, rtol=1e-9)
        compared += 1
    assert compared == 5


def test_required_information_is_that_of_a_test_with_the_stated_power() -> None:
    result = pooled()
    plain = synthesis.sequential(result, effect=0.3, adjust="none", power=0.9)
    assert_allclose(plain.required, ((Z + norm.ppf(0.9)) / 0.3) ** 2, rtol=1e-12)
    assert_allclose(plain.fraction, np.cumsum(1 / np.array(SEI) ** 2) / plain.required, rtol=1e-12)
    by_i2 = synthesis.sequential(result, effect=-0.3, power=0.9)
    assert_allclose(by_i2.required, plain.required / (1 - result.I2 / 100), rtol=1e-12)
    by_d2 = synthesis.sequential(result, effect=0.3, power=0.9, adjust="D2")
    fixed = 1 / sum(1 / s**2 for s in SEI)
    random = ((result.wald[1] - result.wald[0]) / (2 * Z)) ** 2
    assert_allclose(by_d2.inflation, random / fixed, rtol=1e-10)
    assert by_d2.inflation > by_i2.inflation > plain.inflation == 1.0
    under = synthesis.sequential(pooled(method="EE"), effect=0.3, power=0.9)
    assert (under.adjust, under.inflation) == ("none", 1.0)


def test_bounds_are_those_of_alpha_spending_at_the_level_of_the_result() -> None:
    found = synthesis.sequential(pooled(level=0.9), effect=0.3, spending="pocock")
    expected = spending_bounds(found.fraction, 0.1, "Pocock")
    assert_allclose(found.bound, expected.z)
    assert_allclose(found.spent, expected.spent)
    assert_allclose(found.plain, norm.ppf(0.95), rtol=1e-12)
    assert found.spending == "Pocock"


def test_the_iterated_logarithm_widens_the_plain_bound_and_never_narrows_it() -> None:
    result = pooled(method="EE")
    found = synthesis.sequential(result, effect=0.3, unit_sd=1.0, penalty=1.5)
    information = np.cumsum(1 / np.array(SEI) ** 2)
    expected = Z * np.sqrt(np.maximum(1.5 * np.log(np.log(information)), 1.0))
    assert_allclose(found.lil, expected, rtol=1e-12)
    assert synthesis.sequential(result, effect=0.3, unit_sd=1e-3).lil.tolist() == [found.plain] * 5
    assert np.isnan(synthesis.sequential(result, effect=0.3).lil).all()
    scaled = synthesis.pool(np.array(YI) * 1000, sei=np.array(SEI) * 1000, method="EE")
    same = synthesis.sequential(scaled, effect=300.0, unit_sd=1000.0, penalty=1.5)
    assert_allclose(same.lil, found.lil, rtol=1e-12)
    assert_allclose(same.bound, found.bound, rtol=1e-9)


def test_the_default_penalty_is_two() -> None:
    found = synthesis.sequential(pooled(method="EE"), effect=0.3, unit_sd=1.0)
    assert_allclose(
        found.lil[-1], Z * math.sqrt(2 * math.log(math.log(sum(1 / s**2 for s in SEI)))), rtol=1e-12
    )


def test_a_bound_is_passed_where_z_reaches_it() -> None:
    bound = np.array([math.inf, 3.0, 2.0])
    assert first_beyond(np.array([9.0, -3.0, 0.0]), bound) == 2
    assert first_beyond(np.array([9.0, -2.9, 2.0]), bound) == 3
    assert first_beyond(np.array([9.0, -2.9, 1.9]), bound) == 0
    assert first_beyond(np.array([9.0]), np.array([math.nan])) == 0


def test_text_says_that_it_is_to_show_and_not_to_decide_by() -> None:
    found = synthesis.sequential(pooled(), effect=0.3, unit_sd=1.0)
    text = str(found)
    assert text.splitlines()[0] == "Cumulative z of 5 studies with bounds"
    assert text.endswith(SAYS)
    assert "should not be used for the main analyses" in text
    assert "first passed with a (look 1)" in found.sentence
    assert "80% power to tell 0.3 from 0" in found.method_sentence
    assert "by I2" in found.method_sentence
    silent = synthesis.sequential(pooled(), effect=0.3, adjust="none")
    assert "iterated" not in silent.sentence
    assert "it needs unit_sd" in silent.method_sentence
    assert "heterogeneity" not in silent.method_sentence
    data = json.loads(json.dumps(found.to_dict()))
    assert data["says"] == SAYS
    assert found.to_frame()["labels"].tolist() == [*"abcde"]


def test_whether_the_required_information_is_there_is_told() -> None:
    exact = sum(1 / s**2 for s in SEI)
    effect = (Z + norm.ppf(0.8)) / math.sqrt(exact)
    enough = synthesis.sequential(pooled(method="EE"), effect=effect * (1 + 1e-9))
    short = synthesis.sequential(pooled(method="EE"), effect=effect * (1 - 1e-3))
    assert "information is reached (100% of" in enough.sentence
    assert "information is not reached (99.8% of" in short.sentence


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no effect": ({"effect": 0}, "effect is 0; expected the smallest difference"),
    "an effect beyond reach": ({"effect": 1e40}, "effect is .* check the units"),
    "a unit beyond reach": ({"effect": 1, "unit_sd": 1e40}, "unit_sd is .* check the units"),
    "an effect of text": ({"effect": "x"}, "effect is 'x'; expected a finite number"),
    "power in percent": ({"effect": 1, "power": 80}, "power is 80; expected a fraction"),
    "little power": ({"effect": 1, "power": 0.49}, r"power is 0\.49; expected a fraction"),
    "all power": ({"effect": 1, "power": 1.0}, "power is 1; expected a fraction"),
    "another spending": ({"effect": 1, "spending": "Haybittle"}, "unknown spending 'Haybittle'"),
    "another adjustment": ({"effect": 1, "adjust": "H2"}, "unknown adjust 'H2'"),
    "no unit": ({"effect": 1, "unit_sd": 0}, "unit_sd is 0; expected a standard deviation above zero"),
    "no penalty": ({"effect": 1, "penalty": 0}, "penalty is 0; expected a number above zero"),
    "an order": ({"effect": 1, "order": [0, 0, 1, 2, 3]}, "order has to name each of the 5 studies once"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_with_what_was_expected(case: str) -> None:
    asked, says = REFUSED[case]
    with pytest.raises(ValueError, match=says):
        synthesis.sequential(pooled(), **asked)


def test_one_study_is_one_look_without_heterogeneity() -> None:
    one = synthesis.pool([0.5], sei=[0.2])
    with pytest.raises(ValueError, match="one study has no heterogeneity to adjust for"):
        synthesis.sequential(one, effect=0.3)
    found = synthesis.sequential(one, effect=0.3, adjust="none", power=0.5)
    assert_allclose(found.z, [2.5], rtol=1e-12)


def test_heterogeneity_that_is_everything_is_refused() -> None:
    apart = synthesis.pool([0.0, 1e6, -1e6], sei=[1e-4] * 3)
    with pytest.raises(ValueError, match="I2 is 100%: no amount of information would be enough"):
        synthesis.sequential(apart, effect=1.0)


def test_half_power_is_allowed_and_needs_the_information_of_the_critical_value() -> None:
    found = synthesis.sequential(pooled(method="EE"), effect=0.3, power=0.5)
    assert_allclose(found.required, (Z / 0.3) ** 2, rtol=1e-12)


def chart(found: Sequential, **words: Any) -> Chart:
    drawn = found._drawn(PlotRequest("sequential", None, None, None, None, words))
    assert isinstance(drawn, Chart)
    return drawn


def test_the_plot_has_z_and_both_bounds_on_both_sides() -> None:
    found = synthesis.sequential(pooled(), effect=0.3, unit_sd=1.0)
    panel = chart(found, title="Hips").panels[0][0]
    curves = [mark for mark in panel.marks if isinstance(mark, ChartCurve)]
    assert len(curves) == 5
    high = panel.y.high
    for at, bound in ((0, found.bound), (2, found.lil)):
        shown = np.where(bound <= high, bound, np.nan)
        assert_allclose(curves[at].y, shown)
        assert_allclose(curves[at + 1].y, -shown)
    assert_allclose(curves[4].y, found.z)
    assert_allclose(curves[4].x, 100 * found.fraction)
    lines = [(m.axis, round(m.at, 4)) for m in panel.marks if isinstance(m, ReferenceLine)]
    assert lines == [("y", 0.0), ("y", 1.96), ("y", -1.96), ("x", 100.0)]
    assert sum(isinstance(mark, Dots) for mark in panel.marks) == 5
    assert panel.y.low == -high
    assert high == pytest.approx(1.1 * max(4.5, float(np.abs(found.z).max())))
    assert panel.x.high == pytest.approx(1.1 * max(100.0, 100 * found.fraction[-1]))
    assert chart(found).footnotes[0] == SAYS
    assert found.sentence in chart(found).description


def test_bounds_that_do_not_exist_are_not_drawn() -> None:
    found = synthesis.sequential(pooled(), effect=0.01)
    assert np.isinf(found.bound).all()
    assert sum(isinstance(mark, ChartCurve) for mark in chart(found).panels[0][0].marks) == 1
    with pytest.raises(ValueError, match="A sequential analysis has no funnel plot; it has sequential"):
        found.plot("funnel")
