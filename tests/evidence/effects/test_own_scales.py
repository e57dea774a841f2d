"""Each measure's values carried back to the scale on which a paper prints them, by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from evidence.effects.columns import FISHER_Z, IDENTITY, LOG, LOGIT, EffectSizes, Scale
from evidence.effects.conversions import (
    d_to_log_odds_ratio,
    d_to_point_biserial,
    d_to_r,
    log_odds_ratio_from_chi2,
    log_odds_ratio_from_risk_ratio,
    log_odds_ratio_to_d,
    log_risk_ratio_from_odds_ratio,
    per_sd,
    per_units,
    phi_from_chi2,
    point_biserial_to_d,
    r_to_d,
)
from evidence.effects.escalc import escalc
from evidence.effects.hazard_ratios import (
    log_hazard_ratio,
    log_hazard_ratio_from_arms,
    log_hazard_ratio_from_events,
    log_hazard_ratio_from_p,
    peto_log_odds_ratio_from_o_minus_e,
)
from evidence.effects.standard_errors import from_interval, from_limit, from_p_value, from_statistic

TWO_MEANS = {"m1i": 6.0, "sd1i": 2.0, "n1i": 40, "m2i": 5.0, "sd2i": 1.0, "n2i": 40}
PAIRED = {"m1i": 6.0, "sd1i": 2.0, "m2i": 5.0, "sd2i": 1.0, "ri": 0.5, "ni": 40}
ONE_MEAN = {"mi": 5.0, "sdi": 2.0, "ni": 40}
ALPHA = {"ai": 0.8, "mi": 10, "ni": 50}
OF_40 = math.exp(1 / (2 * 39))  # what the bias of a log SD of 40 persons is taken for


@pytest.mark.parametrize(
    ("measure", "columns", "value", "no_effect"),
    [
        ("COR", {"ri": 0.5, "ni": 30}, 0.5, 0.0),
        ("ZCOR", {"ri": 0.5, "ni": 30}, 0.5, 0.0),
        ("PCOR", {"ti": 2, "ni": 30, "mi": 2}, 2 / math.sqrt(31), 0.0),
        ("ZPCOR", {"ti": 2, "ni": 30, "mi": 2}, 2 / math.sqrt(31), 0.0),
        ("ZSPCOR", {"ti": 2, "ni": 30, "mi": 2, "r2i": 0.4}, 2 * math.sqrt(0.6 / 27), 0.0),
        ("ARAW", ALPHA, 0.8, None),
        ("AHW", ALPHA, 0.8, None),
        ("ABT", ALPHA, 0.8, None),
        ("MN", ONE_MEAN, 5.0, None),
        ("MNLN", ONE_MEAN, 5.0, None),
        ("CVLN", ONE_MEAN, 0.4 * OF_40, None),
        ("SDLN", {"sdi": 2.0, "ni": 40}, 2.0 * OF_40, None),
        ("MD", TWO_MEANS, 1.0, 0.0),
        ("ROM", TWO_MEANS, 1.2, 1.0),
        ("CVR", TWO_MEANS, 5 / 3, 1.0),
        ("VR", {"sd1i": 2.0, "n1i": 40, "sd2i": 1.0, "n2i": 40}, 2.0, 1.0),
        ("MC", PAIRED, 1.0, 0.0),
        ("ROMC", PAIRED, 1.2, 1.0),
        ("CVRC", PAIRED, 5 / 3, 1.0),
        ("VRC", {"sd1i": 2.0, "sd2i": 1.0, "ri": 0.5, "ni": 40}, 2.0, 1.0),
    ],
)
def test_an_effect_size_is_carried_back_to_what_is_printed(
    measure: Any, columns: dict[str, float], value: float, no_effect: float | None
) -> None:
    found: EffectSizes = escalc(measure, **columns)
    assert found.scale.back(found.yi) == pytest.approx([value], rel=1e-12)
    assert found.scale.null == no_effect


@pytest.mark.parametrize(
    "found",
    [
        d_to_log_odds_ratio(0.5, 0.1),
        log_odds_ratio_from_chi2(4, 20, 20, 10, 1),
        log_risk_ratio_from_odds_ratio(0.5, 0.1, 0.2),
        log_odds_ratio_from_risk_ratio(0.5, 0.1, 0.2),
        log_hazard_ratio(-5, 10),
        log_hazard_ratio_from_p(0.05, 16),
        log_hazard_ratio_from_events(0.05, 100, 50, 50),
        log_hazard_ratio_from_arms(0.05, 30, 60),
        peto_log_odds_ratio_from_o_minus_e(-1, 2),
    ],
    ids=lambda found: found.measure,
)
def test_ratios_are_logarithms_however_they_were_found(found: EffectSizes) -> None:
    assert found.scale is LOG


@pytest.mark.parametrize(
    "found",
    [
        log_odds_ratio_to_d(0.5, 0.1),
        d_to_r(0.5, 0.1, 10, 10),
        d_to_point_biserial(0.5, 0.1, 10, 10),
        r_to_d(0.5, 0.1, 10, 10),
        point_biserial_to_d(0.5, 0.1, 10, 10),
        phi_from_chi2(3, 20, 1),
    ],
    ids=lambda found: found.measure,
)
def test_differences_and_correlations_are_what_is_printed(found: EffectSizes) -> None:
    assert found.scale is IDENTITY


@pytest.mark.parametrize("scale", [IDENTITY, LOG, FISHER_Z, LOGIT])
def test_effects_of_printed_numbers_are_on_the_scale_they_were_read_on(scale: Scale) -> None:
    found = [
        from_interval(0.6, 0.4, 0.7, scale=scale),
        from_limit(0.6, 0.4, scale=scale),
        from_p_value(0.6, 0.05, scale=scale),
        from_statistic(0.6, 2.0 if scale is not LOG else -2.0, scale=scale),
        per_units(0.6, 0.1, 2, scale=scale),
        per_sd(0.6, 0.1, 2, scale=scale),
        per_sd(0.6, 0.1, 2, 50, scale=scale),
    ]
    assert all(each.scale is scale for each in found)
    assert all(each.defined.all() for each in found)
    by_name = [
        from_interval(0.6, 0.4, 0.7, scale=scale.name),
        from_limit(0.6, 0.4, scale=scale.name),
        from_p_value(0.6, 0.05, scale=scale.name),
        from_statistic(0.6, 2.0, scale=scale.name),
        per_units(0.6, 0.1, 2, scale=scale.name),
        per_sd(0.6, 0.1, 2, scale=scale.name),
        per_sd(0.6, 0.1, 2, 50, scale=scale.name),
    ]
    assert all(each.scale is scale for each in by_name)


def test_an_sd_that_is_taken_as_known_is_said_of_every_study() -> None:
    found = per_sd([0.2, 0.3], [0.01, 0.01], [2.0, 3.0])
    assert [note for note in found.notes if "sampling error of the SD" in note] == list(found.notes)
    assert len(found.notes) == 2
