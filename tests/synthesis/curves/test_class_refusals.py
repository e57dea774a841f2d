"""What `dose_response` refuses, each with a sentence that says where, what and what was expected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthesis import dose_response
from tests.synthesis.curves.invented_classes import MEANS, ROWS, changed, of_means, of_ratios


def says(sentence: str, **choices: Any) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        of_ratios(**choices)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"stages": 3}, "stages is 3; expected 1 or 2"),
        ({"stages": True}, "stages is True; expected 1 or 2"),
        (
            {"method": "DL"},
            "method DL has moments of the studies' own coefficients; expected stages=2, or method='REML'",
        ),
        (
            {"test": "t", "curve": "spline", "knots": [1, 3, 5, 7, 9]},
            "test='t' has 4 - 4 degrees of freedom, studies less coefficients; expected more studies, a "
            "simpler curve, or test='z'",
        ),
        ({"knots": [1, 2, 3]}, "knots are given beside curve='linear'; expected curve='spline'"),
        (
            {"knots": [1, 2, 3], "curve": "fractional"},
            "knots are given beside curve='fractional'; expected curve='spline'",
        ),
        (
            {"powers": [1], "curve": "spline"},
            "powers are given beside curve='spline'; expected curve='fractional'",
        ),
        (
            {"curve": "spline", "knots": [2, 5]},
            "the knots are 2, 5; expected at least 3, rising (knots=[...] sets them)",
        ),
        (
            {"curve": "spline", "knots": [2, 5, 5]},
            "the knots are 2, 5, 5; expected at least 3, rising (knots=[...] sets them)",
        ),
        (
            {"curve": "linear spline", "knots": []},
            "the knots are none; expected at least 1, rising (knots=[...] sets them)",
        ),
        ({"curve": "linear spline", "knots": ["2"]}, "knots is '2'; expected a finite number"),
        (
            {"curve": "fractional"},
            "the lowest dose is 0, and powers and logarithms need doses above zero; expected doses + a "
            "constant, or another curve",
        ),
        (
            {"curve": "linear spline", "knots": [20]},
            "the doses do not tell 2 coefficients of this curve; expected more classes, or a simpler curve",
        ),
        (
            {"curve": "spline", "knots": [1, 4, 7, 9], "stages": 2},
            "D: 2 classes beside the reference cannot tell 3 coefficients; expected stages=1, which keeps "
            "such studies",
        ),
        ({"sei": None}, "expected one of vi, sei, or sdi beside means of the classes and n"),
        ({"vi": "se"}, "expected one of vi, sei, or sdi beside means of the classes and n"),
        ({"sdi": "se"}, "expected one of vi, sei, or sdi beside means of the classes and n"),
        ({"study": "A", "data": None, "dose": [1.0]}, None),
        (
            {"cases": None},
            "A: cases of a class is missing; expected it for the covariance of classes, or "
            "covariance='independent'",
        ),
        (
            {"n": None},
            "A: n of a class is missing; expected it for the covariance of classes, or "
            "covariance='independent'",
        ),
        (
            {"kind": None},
            "A: `kind` is missing; expected odds, risks, rates, means, or covariance='independent'",
        ),
        ({"kind": ["odds"] * 3}, None),
        (
            {"covariance": {}},
            "A: covariance has no matrix for it; expected GL, Hamling, independent, or a matrix "
            "for each study by its label",
        ),
        (
            {"covariance": np.eye(3)},
            "A: covariance has no matrix for it; expected GL, Hamling, independent, or a "
            "matrix for each study by its label",
        ),
        (
            {"reference": [2] * 15},
            "reference has other values than true and false; expected one of them for each class",
        ),
        ({"reference": [True] * 3}, None),
        (
            {"reference": [False] * 15},
            "A: no classes have the column `reference`; expected one reference class in each study",
        ),
        (
            {"reference": [True] * 15},
            "A: 4 classes have the column `reference`; expected one reference class in each study",
        ),
    ],
    ids=repr,
)
def test_an_argument_is_refused_with_a_sentence(choices: dict[str, Any], sentence: str | None) -> None:
    with pytest.raises(ValueError, match=r"expected") as error:
        of_ratios(**choices)
    assert sentence is None or str(error.value) == sentence


@pytest.mark.parametrize(
    ("column", "row", "value", "sentence"),
    [
        ("se", 1, -0.2, "A: se"),
        ("alcohol_g", 0, None, "A: the reference class has no dose; expected a number"),
        (
            "y",
            5,
            None,
            "B, dose 3: the class lacks an effect, a dose or a variance above zero; expected all three "
            "(missing='drop' leaves such classes out)",
        ),
        (
            "se",
            6,
            None,
            "B, dose 8: the class lacks an effect, a dose or a variance above zero; expected all "
            "three (missing='drop' leaves such classes out)",
        ),
        (
            "se",
            6,
            0.0,
            "B, dose 8: the class lacks an effect, a dose or a variance above zero; expected all "
            "three (missing='drop' leaves such classes out)",
        ),
        (
            "alcohol_g",
            6,
            None,
            "B, dose nan: the class lacks an effect, a dose or a variance above zero; expected "
            "all three (missing='drop' leaves such classes out)",
        ),
        (
            "y",
            0,
            0.3,
            "A: no classes have an effect of 0 without a variance; expected one reference class in each "
            "study",
        ),
        (
            "se",
            0,
            0.3,
            "A: no classes have an effect of 0 without a variance; expected one reference class in "
            "each study",
        ),
        ("kind", 1, "rates", "A: its classes have the kinds odds and rates; expected one"),
        ("cases", 1, -1, "A: cases is -1; expected zero or more"),
        ("n", 4, -5, "B: n is -5; expected zero or more"),
        (
            "n",
            4,
            None,
            "B: n of a class is missing; expected it for the covariance of classes, or "
            "covariance='independent'",
        ),
        ("cases", 0, 400, "A: with these adjusted ratios"),
        ("y", 3, float("inf"), "A: yi is inf; expected a finite number"),
        ("se", 3, float("inf"), "A: sei is inf; expected a finite number"),
        ("alcohol_g", 3, "2 cups", "A: dose is '2 cups'; expected a number"),
    ],
)
def test_a_class_is_refused_with_a_sentence(column: str, row: int, value: Any, sentence: str) -> None:
    sentence = "A: sei is -0.2; expected zero or more" if value == -0.2 else sentence
    if value == 400:
        rows = changed(changed(ROWS, "cases", 0, 337), "cases", 1, 167)
        rows = changed(changed(rows, "cases", 2, 186), "cases", 3, 212)
        says(
            "A: there are as many cases as persons: counts and ratios cannot both be right; expected "
            "other ones, or covariance='independent'",
            data=rows,
        )
        return
    says(sentence, data=changed(ROWS, column, row, value))


@pytest.mark.parametrize("covariance", ["GL", "Hamling"])
def test_controls_in_the_place_of_persons_are_refused(covariance: str) -> None:
    sentence = "a class has more cases than persons; expected n to count the cases too"
    says(f"A: {sentence}", data=changed(ROWS, "n", 1, 73), covariance=covariance)
    says(f"D: {sentence}", data=changed(ROWS, "n", 14, 59), covariance=covariance)
    more = changed(ROWS, "n", 8, 99)  # person-time in another unit
    assert of_ratios(more, covariance=covariance).k == 4


def test_a_reference_with_an_effect_is_refused() -> None:
    first = [i in (0, 4, 8, 12) for i in range(15)]
    says(
        "B: the reference class has an effect of 0.3; expected 0, effects being against it",
        data=changed(ROWS, "y", 4, 0.3),
        reference=first,
    )
    assert of_ratios(reference=first).estimate == pytest.approx(of_ratios().estimate, rel=1e-14)
    numbered = of_ratios(reference=[int(each) for each in first])
    assert numbered.estimate == pytest.approx(of_ratios().estimate, rel=1e-14)
    left = of_ratios(changed(ROWS, "y", 4, None), reference=first)
    assert left.estimate == pytest.approx(of_ratios().estimate, rel=1e-14)


def test_a_reference_may_be_left_empty() -> None:
    assert of_ratios(changed(ROWS, "y", 4, None)).estimate == pytest.approx(of_ratios().estimate, rel=1e-14)
    lacking = changed(changed(ROWS, "y", 5, None), "se", 5, None)
    assert of_ratios(lacking, missing="drop").classes == 10


def test_hamling_without_a_solution_is_refused() -> None:
    rows = changed(changed(changed(ROWS, "cases", 4, 390), "cases", 5, 370), "cases", 6, 340)
    says(
        "B: no counts have these ratios and variances: counts and ratios cannot both be right; expected "
        "other ones, or covariance='independent'",
        data=changed(rows, "cases", 7, 320),
        covariance="Hamling",
    )


@pytest.mark.parametrize(
    "matrix",
    [
        np.eye(2),
        np.diag([0.04, 0.0361, np.nan]),
        np.diag([0.04, 0.0361, 0.033]),
        [[0.04, 0.01, 0.0], [0.02, 0.0361, 0.0], [0.0, 0.0, 0.0324]],
        [[0.04, 0.039, 0.0], [0.039, 0.0361, 0.0], [0.0, 0.0, 0.0324]],
    ],
    ids=["of two", "not finite", "another variance", "not symmetric", "not positive"],
)
def test_a_given_matrix_that_is_no_covariance_of_its_classes_is_refused(matrix: Any) -> None:
    says(
        "A: its covariance is none of 3 classes; expected symmetric, positive definite, with the variances "
        "on its diagonal, in the order of the classes without the reference",
        covariance={"A": matrix},
    )


def test_means_are_refused_with_a_sentence() -> None:
    other = "sdi gives means of classes, whose covariance follows from n; expected neither another kind than "
    for choices, sentence in (
        ({"kind": "odds"}, other + "'means' nor a covariance"),
        ({"covariance": "independent"}, other + "'means' nor a covariance"),
        ({"covariance": {"P": np.eye(2)}}, other + "'means' nor a covariance"),
        (
            {"reference": None},
            "sdi gives means of classes; expected `reference`, which class is the reference",
        ),
        (
            {"data": changed(MEANS, "sd", 1, None)},
            "P: sdi is missing or not above zero; expected the SD of each class",
        ),
        (
            {"data": changed(MEANS, "sd", 1, 0.0)},
            "P: sdi is missing or not above zero; expected the SD of each class",
        ),
    ):
        with pytest.raises(ValueError) as error:  # noqa: PT011
            of_means(**choices)
        assert str(error.value) == sentence
    ratios = {"study": [*"AABB"], "y": [0, 1, 0, 2], "d": [0, 1, 0, 1], "v": [None, 1, None, 1]}
    with pytest.raises(
        ValueError, match=r"^kind is 'means' for some studies alone; expected ratios or means"
    ):
        dose_response("y", "v", dose="d", study="study", data=ratios, kind=["odds"] * 2 + ["means"] * 2)


def test_no_class_beside_a_reference_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^no study has a class beside its reference; expected at least one$"
    ):
        dose_response([0.0], [None], dose=[1.0], study=["A"])


def test_columns_of_other_lengths_are_refused() -> None:
    choices: dict[str, Any] = {"dose": [0, 1], "study": ["A", "A"], "covariance": "independent"}
    for yi, vi, more, sentence in (
        ([0, 1, 2], [None, 1], {}, "yi has 3 values for 2 classes; expected one each"),
        ([0, 1], [None, 1, 1], {}, "vi has 3 values for 2 classes; expected one each"),
        (
            [0, 1],
            [None, 1],
            {"kind": ["odds"]},
            "kind has 1 values for 2 classes; expected one each, or one word",
        ),
        ([0, 1], [None, 1], {"study": "A"}, "study is the text 'A'; expected numbers, or `data`"),
        (
            [0, 1],
            [None, 1],
            {"study": 3},
            "study is no column; expected a label for each class, or a column of",
        ),
        ([0, 1], [None, 1], {"kind": ["ors", "odds"]}, "unknown kind 'ors'"),
    ):
        with pytest.raises(ValueError) as error:  # noqa: PT011
            dose_response(yi, vi, **(choices | more))
        assert str(error.value).startswith(sentence)


def test_doses_that_cannot_be_asked_for_are_refused() -> None:
    found = of_ratios()
    with pytest.raises(ValueError, match=r"^doses is empty; expected at least one number$"):
        found.predict([])
    with pytest.raises(ValueError, match=r"^doses is 'a'; expected a finite number$"):
        found.predict("a")
    with pytest.raises(ValueError, match=r"^reference is '0'; expected a finite number$"):
        found.predict(1, reference="0")  # type: ignore[arg-type]
    moved = ROWS | {"alcohol_g": [dose + 1 for dose in ROWS["alcohol_g"]]}
    power = of_ratios(moved, curve="fractional", powers=[0])
    assert power.predict(0.5, reference=0.5).estimate == 0
    for doses, reference in (([0.0, 2.0], None), (2.0, 0.0)):
        with pytest.raises(ValueError, match=r"^a dose is 0; expected doses above zero for this curve$"):
            power.predict(doses, reference=reference)
    for powers, says_ in (
        ([], "0 powers; expected one or two of -2, -1, -0.5, 0, 0.5, 1, 2, 3"),
        ([1, 2, 3], "3 powers; expected one or two of -2, -1, -0.5, 0, 0.5, 1, 2, 3"),
        ([1.5], "a power is 1.5; expected some of -2, -1, -0.5, 0, 0.5, 1, 2, 3"),
        (["1"], "powers is '1'; expected a finite number"),
    ):
        with pytest.raises(ValueError) as error:  # noqa: PT011
            of_ratios(moved, curve="fractional", powers=powers)
        assert str(error.value) == says_
