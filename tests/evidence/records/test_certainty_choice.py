"""What `certainty` of an analysis may say, and in whose words."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from numpy.testing import assert_allclose

from evidence.records.certainty_choice import (
    DOMAIN_WORDS,
    CertaintyChoice,
    CertaintyJudgement,
    certainty_faults,
    contrast_fault,
    judged_word,
    steps_of,
)
from evidence.records.units import UnitError
from evidence.records.vocabulary import Measure


def faults(measure: Measure = "RR", per: str | None = None, **given: Any) -> list[tuple[Any, str]]:
    choice = CertaintyChoice.model_validate(given)
    return [(at, says) for at, says, _ in certainty_faults(choice, ("analyses", 3), measure, per)]


def judgement(domain: Any, word: str) -> dict[str, Any]:
    signed = {"reason": "a", "by": "b", "on": datetime.date(2026, 1, 1)}
    return {"domain": domain, "judgement": word, **signed}


@pytest.mark.parametrize(
    ("contrast", "per", "steps"),
    [
        ("2 g/dL", "1 g/dL", 2.0),
        ("30 g/L", "1 g/dL", 3.0),
        ("1 g/dL", "0.5 g/dL", 2.0),
        ("5 g/L", "1 g/dL", 0.5),
    ],
)
def test_a_contrast_has_so_many_steps_of_the_scale(contrast: str, per: str, steps: float) -> None:
    assert_allclose(steps_of(contrast, per), steps, rtol=1e-12)
    assert contrast_fault(contrast, "beta", per) == contrast_fault(contrast, "OR", per) == ""


@pytest.mark.parametrize(
    ("contrast", "measure", "per", "says"),
    [
        ("2 g/dL", "OR", None, "is of a slope, and the effect is of two groups"),
        ("2 g/dL", "r", "1 g/dL", "multiplies an effect, and r is not in proportion to it"),
        ("2 kg", "beta", "1 g/dL", "cannot be told in steps of 1 g/dL"),
        ("2 g/dL", "beta", "0 g/dL", "cannot be told in steps of 0 g/dL: 0 g/dL is no step"),
        ("0 g/dL", "beta", "1 g/dL", "is no change"),
        ("-2 g/dL", "beta", "1 g/dL", "is no change"),
        ("1e999 g/dL", "beta", "1 g/dL", "cannot be told in steps of 1 g/dL"),
    ],
)
def test_a_contrast_that_cannot_be_says_why(
    contrast: str, measure: Measure, per: str | None, says: str
) -> None:
    assert says in contrast_fault(contrast, measure, per)
    assert contrast_fault(None, measure, per) == ""


def test_a_scale_without_a_step_has_no_steps() -> None:
    with pytest.raises(UnitError, match="-1 g/dL is no step"):
        steps_of("1 g/dL", "-1 g/dL")


@pytest.mark.parametrize(
    ("measure", "key", "value", "fault"),
    [
        ("RR", "effect", "0.8", None),
        ("RR", "effect", "0", "a threshold of 0 cannot be: RR is above 0"),
        ("RR", "effect", "-1", "a threshold of -1 cannot be: RR is above 0"),
        ("MD", "effect", "-1", None),
        ("RR", "per_1000", "-999", None),
        ("RR", "per_1000", "1000", "a threshold of 1000 per 1,000 cannot be"),
        ("RR", "per_1000", "-1000", "a threshold of -1000 per 1,000 cannot be"),
    ],
)
def test_thresholds_lie_on_their_scale(measure: Measure, key: str, value: str, fault: str | None) -> None:
    """The place names which of several it is."""
    found = faults(measure, thresholds={key: ["1", value]})
    at = ("analyses", 3, "certainty", "thresholds", key, 1)
    assert found == ([] if fault is None else [(at, fault)])


@pytest.mark.parametrize(("tau", "fine"), [("0.1", True), ("0", False), ("-0.1", False)])
def test_a_threshold_of_tau_is_above_zero(tau: str, fine: bool) -> None:
    at = ("analyses", 3, "certainty", "thresholds", "tau")
    expected = [] if fine else [(at, f"'tau: {tau}' is no standard deviation")]
    assert faults(thresholds={"tau": tau}) == expected


@pytest.mark.parametrize(
    ("risk", "fine"),
    [("0.001", True), ("0.999", True), ("0", False), ("1", False), ("12", False), ("-1", False)],
)
def test_a_baseline_risk_lies_between_none_and_all(risk: str, fine: bool) -> None:
    fitting = {"name": "a", "risk": "0.5", "source": "b"}
    at = ("analyses", 3, "certainty", "baseline_risks", 1, "risk")
    expected = [] if fine else [(at, f"'risk: {risk}' is no risk")]
    assert faults(baseline_risks=[fitting, {**fitting, "risk": risk}]) == expected


def test_each_domain_has_its_own_words_however_they_are_spelled() -> None:
    compared = 0
    for domain, words in DOMAIN_WORDS.items():
        for word in {each for several in DOMAIN_WORDS.values() for each in several}:
            found = faults(judgements=[judgement(domain, word.upper())])
            assert (found == []) == (word in words), (domain, word)
            compared += 1
    assert compared == 9 * 14
    ((at, says),) = faults(judgements=[judgement("certainty", "low"), judgement("imprecision", "seriuos")])
    assert at == ("analyses", 3, "certainty", "judgements", 1, "judgement")
    assert says.startswith("imprecision: unknown judgement 'seriuos'; did you mean 'serious'?")


def test_a_judgement_has_the_word_that_is_meant_or_stands_as_it_is() -> None:
    for given, word in (("Very-serious", "very serious"), ("seriuos", "seriuos")):
        made = CertaintyJudgement.model_validate(judgement("imprecision", given))
        assert judged_word(made) == word
