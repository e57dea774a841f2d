"""What adjustment cannot explain, and groups whose means stand with a standard error or an interval."""

from __future__ import annotations

import math

import pytest

from evidence.audit.from_groups import estimates, spreads
from evidence.audit.group_errors import standard_errors
from evidence.effects.escalc import escalc
from evidence.records.effect import Effect
from tests.evidence.audit.further_cases import CLEAR, COUNTS, MEANS, grouped
from tests.evidence.audit.records import told

TRIAL = ("design: cohort", "design: randomised trial")
ERRORS = ("n: 25, mean: 3.0, se: 0.20", "n: 36, mean: 2.0, se: 0.25")
SPREAD = ("n: 25, mean: 3.0, ci: [2.59, 3.41]", "n: 36, mean: 2.0, ci: [1.49, 2.51]")


def of(measure: str, groups: tuple[str, str]) -> Effect:
    from tests.evidence.records.test_derived_errors import of as record_of

    a, b = groups
    text = f"estimate: 1.0, groups: [{{name: a, {a}}}, {{name: b, {b}}}]"
    found = record_of(text).estimates[0].effect
    assert found is not None
    return found.model_copy(update={"measure": measure})


@pytest.mark.parametrize(
    ("estimate", "groups", "flagged"),
    [
        # counts 60/100 and 20/100: log OR 1.7918, SE 0.3227
        ("OR, estimate: 0.17, ci: [0.09, 0.32]", CLEAR, True),
        ("OR, estimate: 0.317, ci: [0.17, 0.59]", CLEAR, True),  # 1.1489 from no effect; 0.6429 < 2 * 0.3227
        ("OR, estimate: 0.316, ci: [0.17, 0.59]", CLEAR, True),
        ("OR, estimate: 0.319, ci: [0.17, 0.60]", CLEAR, False),  # 1.1426; 0.6492 > 0.6455
        ("OR, estimate: 5.90, ci: [3.10, 11.2]", CLEAR, False),
        # of the risk ratio 3.0; of events the least error is sqrt(1/60 + 1/20)
        ("HR, estimate: 0.33, ci: [0.20, 0.55]", CLEAR, True),
        ("HR, estimate: 3.00, ci: [1.80, 5.00]", CLEAR, False),
        ("MD, estimate: -1.0, ci: [-1.5, -0.5]", MEANS, True),
        ("MD, estimate: -1.0, ci: [-2.1, 0.1]", MEANS, False),
    ],
)
def test_a_mirror_image_is_flagged_where_both_are_clear(
    estimate: str, groups: tuple[str, str], flagged: bool
) -> None:
    assert bool(told(grouped(estimate, groups, crude=False), "groups-exchanged")) is flagged


def test_in_a_trial_adjustment_does_not_turn_an_estimate_round() -> None:
    turned = grouped("OR, estimate: 0.80, ci: [0.40, 1.60]", CLEAR, crude=False)
    assert told(turned, "groups-exchanged") == []
    ((says, _),) = told(turned.replace(*TRIAL), "groups-exchanged")
    assert says == "OR 0.80 is on the other side of 6.00, which its groups give without adjustment"
    near = grouped("OR, estimate: 0.80, ci: [0.20, 3.20]", COUNTS, crude=False)
    assert told(near.replace(*TRIAL), "groups-exchanged") == [], "chance alone may"
    # counts 10/30 and 5/40: log OR 1.2528, SE 0.6153; three of them are 1.8458
    for estimate, told_of in (("0.56, ci: [0.20, 1.57]", 0), ("0.55, ci: [0.20, 1.51]", 1)):
        bound = grouped(f"OR, estimate: {estimate}", COUNTS, crude=False).replace(*TRIAL)
        assert len(told(bound, "groups-exchanged")) == told_of, estimate
    for design in ("non-randomised trial", "Mendelian randomisation", "not randomised", "quasi-randomised"):
        assert told(turned.replace("design: cohort", f"design: {design}"), "groups-exchanged") == [], design


def test_standard_errors_and_intervals_of_means_give_what_sds_would() -> None:
    for groups in (ERRORS, SPREAD):
        effect = of("MD", groups)
        (difference,) = estimates(effect)
        assert difference == pytest.approx((0.9, 1.1))
        errors = standard_errors(effect)
        assert errors is not None
        # Welch's is the root of the sum of squares, 0.3202; Student's of SDs of 1 and 1.5
        student = math.sqrt((24 * 1.0 + 35 * 2.25) / 59 * (1 / 25 + 1 / 36))
        assert errors.low < 0.3202 < errors.high
        assert errors.low < student < errors.high
    pair = spreads(of("MD", ERRORS))
    assert pair is not None
    assert [tuple(each.sd) for each in pair] == [
        pytest.approx((0.195 * 5, 0.205 * 5)),
        pytest.approx((0.245 * 6, 0.255 * 6)),
    ]
    # half of 3.405 - 2.595 and of 3.415 - 2.585; t with 24 degrees of freedom 2.0639, normal 1.959964
    pair = spreads(of("MD", SPREAD))
    assert pair is not None
    assert pair[0].sd == pytest.approx((0.405 * 5 / 2.063898562, 0.415 * 5 / 1.959963985), rel=1e-8)


def test_the_ratio_of_two_means_is_that_of_escalc() -> None:
    exact = ("n: 25, mean: 3.0000000000, sd: 1.0000000000", "n: 36, mean: 2.0000000000, sd: 1.5000000000")
    effect = of("ROM", exact)
    found = escalc("ROM", m1i=3, sd1i=1, n1i=25, m2i=2, sd2i=1.5, n2i=36)
    (ratio,) = estimates(effect)
    errors = standard_errors(effect)
    assert errors is not None
    plain = math.sqrt(1 / (25 * 9) + 2.25 / (36 * 4))
    assert ratio == pytest.approx((1.5, 1.5), rel=1e-8)
    assert errors == pytest.approx((plain, plain), rel=1e-8)
    assert float(found.sei[0]) == pytest.approx(plain, rel=0.05)
    below = of("ROM", (exact[0], exact[1].replace("mean: 2", "mean: -2")))
    assert estimates(below) == ()
    assert standard_errors(below) is None


@pytest.mark.parametrize(
    ("estimate", "groups", "rule"),
    [
        ("MD, estimate: 1.3", ERRORS, "effect-against-groups"),
        ("MD, estimate: -1.0", SPREAD, "effect-against-groups"),
        ("ROM, estimate: 1.70", ERRORS, "effect-against-groups"),
        ("ROM, estimate: 0.67", ERRORS, "effect-against-groups"),
        ("MD, estimate: 1.0, ci: [-0.9, 2.9]", ERRORS, "interval-against-groups"),
        ("MD, estimate: 1.0, ci: [-0.9, 2.9]", SPREAD, "interval-against-groups"),
    ],
)
def test_an_estimate_is_compared_with_means_and_standard_errors(
    estimate: str, groups: tuple[str, str], rule: str
) -> None:
    assert len(told(grouped(estimate, groups), rule)) == 1


def test_exchanged_ratios_of_means_are_upside_down() -> None:
    ((_, hint),) = told(grouped("ROM, estimate: 0.67", ERRORS), "effect-against-groups")
    assert hint is not None
    assert "exchanged" in hint
    for fitting in ("MD, estimate: 1.0, ci: [0.37, 1.63]", "ROM, estimate: 1.50"):
        for rule in ("effect-against-groups", "interval-against-groups"):
            assert told(grouped(fitting, ERRORS), rule) == []
