"""Doses of classes by hand, and means of quantile classes against integrals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import lognorm, norm

from evidence.effects.class_doses import class_doses, quantile_class_doses


@pytest.mark.parametrize(
    ("limits", "rule", "doses"),
    [
        (["< 11.9", "11.9-13.0", "> 13"], "width", [11.35, 12.45, 13.55]),
        (["< 11.9", "11.9-13.0", "> 13"], "1.2", [5.95, 12.45, 15.6]),
        (["> 13", "11.9-13.0", "< 11.9"], "width", [13.55, 12.45, 11.35]),
        (["0", "1-10", "11 to 20", "\u2265 21"], "width", [0.0, 5.5, 15.5, 25.5]),
        (["0", "1\u201310", "11-20", ">=21"], "1.2", [0.0, 5.5, 15.5, 25.2]),
        (["<=5", "5-<20", "20+"], "width", [2.5, 12.5, 27.5]),
        (["\u22644", "4-<10", "10-15", ">15"], "width", [1.0, 7.0, 12.5, 17.5]),
        (["<-1", "-1-0", "0-.5", "> 0.5"], "width", [-1.5, -0.5, 0.25, 0.75]),
        (["<1", "1-4", ">4"], "width", [0.5, 2.5, 5.5]),
        (["< -0.5", "\u22120.5-2", ">2"], "width", [-1.75, 0.75, 3.25]),
        (["< 0.5", "0.5-2.5", "> 2.5"], "width", [0.25, 1.5, 3.5]),
        (["10-12", "> 12"], "width", [11.0, 13.0]),
        (["< 10", "10-12"], "width", [9.0, 11.0]),
        (["3", "7"], "width", [3.0, 7.0]),
        (["<3", "7"], "1.2", [1.5, 7.0]),
    ],
)
def test_doses_of_classes_by_hand(limits: list[str], rule: str, doses: list[float]) -> None:
    assert class_doses(limits, rule) == pytest.approx(doses, rel=1e-14)


def test_the_width_of_the_next_class_is_the_rule_when_none_is_named() -> None:
    limits = ["< 2", "2-4", "4-9", "> 9"]
    assert class_doses(limits).tolist() == class_doses(limits, "width").tolist() == [1.0, 3.0, 6.5, 11.5]


@pytest.mark.parametrize(
    ("limits", "rule", "sentence"),
    [
        ("< 3", "width", "limits are no classes; expected several texts such as"),
        ([], "width", "limits are no classes; expected several texts such as"),
        (
            ["low", "high"],
            "width",
            "the class 'low' has no limits; expected such as '< 11.9', '11.9-13.0' or '> 13', without a unit",
        ),
        (["< 3 mg", "> 3"], "width", "the class '< 3 mg' has no limits"),
        (["3-1", "> 3"], "width", "the class '3-1' ends below its beginning; expected the lower limit first"),
        (["1-3", "2-4"], "width", "the classes '1-3' and '2-4' overlap; expected a dose in one class"),
        (["1-3", "> 2"], "1.2", "the classes '1-3' and '> 2' overlap"),
        (["< 3", "< 2"], "1.2", "the classes '< 2' and '< 3' overlap"),
        (["2", "2"], "1.2", "the classes '2' and '2' overlap"),
        (
            ["< 3", "> 3"],
            "width",
            "no class with two limits is next to '< 3'; expected one, or rule='1.2', or its "
            "dose from elsewhere",
        ),
        (["0", "> 0"], "width", "no class with two limits is next to '> 0'"),
        (["> 4"], "width", "no class with two limits is next to '> 4'"),
        (["0", "> 0"], "1.2", "'> 0' ends at 0; rule '1.2' expected a limit above zero"),
        (["< -2", "-2-4"], "1.2", "'< -2' ends at -2; rule '1.2' expected a limit above zero"),
        (["1-2"], "median", "unknown rule 'median'"),
    ],
)
def test_limits_without_a_dose_are_refused(limits: Any, rule: str, sentence: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        class_doses(limits, rule)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize("classes", [2, 3, 4, 5, 10])
def test_means_of_quantile_classes_are_integrals(classes: int) -> None:
    mean, sd = 13.2, 1.4
    s2 = np.log(1 + (sd / mean) ** 2)
    shapes: dict[str, Any] = {
        "normal": norm(mean, sd),
        "log-normal": lognorm(np.sqrt(s2), scale=mean * np.exp(-0.5 * s2)),
    }
    for name, shape in shapes.items():
        found = quantile_class_doses(classes, mean, sd, name)
        bounds = shape.ppf(np.clip(np.arange(classes + 1) / classes, 1e-15, 1 - 1e-15))
        for i in range(classes):
            part, _ = quad(lambda x, of=shape: x * of.pdf(x), bounds[i], bounds[i + 1], epsabs=1e-13)
            assert found[i] == pytest.approx(classes * part, rel=1e-9)
        assert found.mean() == pytest.approx(mean, rel=1e-13)
        assert (np.diff(found) > 0).all()
        assert found.shape == (classes,)


def test_halves_of_a_normal_distribution_are_at_root_two_over_pi() -> None:
    assert quantile_class_doses(2, 0.0, 1.0) == pytest.approx(
        [-np.sqrt(2 / np.pi), np.sqrt(2 / np.pi)], rel=1e-14
    )


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ((1, 13.0, 1.0), "classes is 1; expected a whole number, 2 or more"),
        ((4, 13.0, 0.0), "sd is 0; expected above zero"),
        ((4, "13", 1.0), "mean is '13'; expected a finite number"),
        ((4, 13.0, None), "sd is None; expected a finite number"),
        ((4, 0.0, 1.0, "log-normal"), "mean is 0; a log-normal exposure expected above zero"),
        ((4, 13.0, 1.0, "gamma"), "unknown distribution 'gamma'"),
    ],
)
def test_what_is_no_distribution_is_refused(choices: Any, sentence: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        quantile_class_doses(*choices)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize("rule", ["width", "1.2"])
@pytest.mark.parametrize("size", [0.01, 100.0])
def test_doses_have_the_unit_of_their_limits(rule: str, size: float) -> None:
    found = class_doses([f"< {2 * size:g}", f"{2 * size:g}-{3 * size:g}", f"> {3 * size:g}"], rule)
    plain = class_doses(["< 2", "2-3", "> 3"], rule)
    assert found == pytest.approx(size * plain, rel=1e-12)
