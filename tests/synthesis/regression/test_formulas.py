"""Formulas: which names are columns, which powers are meant, levels of new data, and names people write."""

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis.regression.api import metareg
from synthesis.regression.formula import (
    formula_columns,
    formula_moderators,
    formula_of,
    positions,
    spellings,
    unknown,
)
from synthesis.regression.result import MetaRegression

YI = [0.1, 0.5, 0.3, 0.9, 0.2, 0.7, 0.4, 0.6]
VI = [0.01, 0.02, 0.03, 0.04, 0.02, 0.03, 0.01, 0.05]
DATA: dict[str, list[Any]] = {
    "dose": [1.0, 2, 3, 4, 5, 6, 7, 9],
    "df": [3.0, 1, 4, 1, 5, 9, 2, 6],
    "log": [2.0, 7, 1, 8, 2, 8, 1, 8],
    "arm": list("abcabcab"),
    "half": [1.5, 2, 2.5, 1.5, 2, 2.5, 1.5, 2],
    "two words": [0.0, 1, 1, 0, 1, 0, 1, 0],
    "a.b": [1.0, 0, 0, 1, 1, 0, 1, 1],
    "élan": [2.0, 1, 3, 1, 2, 4, 1, 2],
}


def fit(formula: str, **options: Any) -> MetaRegression:
    return metareg(YI, VI, mods=formula, data=DATA, **options)


@pytest.mark.parametrize(
    ("formula", "used"),
    [
        ("~ dose", ["dose"]),
        ("~ arm + dose + arm:dose", ["arm", "dose"]),
        ("~ bs(dose, df=3)", ["dose"]),
        ("~ bs(dose, df = 3, include_intercept=True)", ["dose"]),
        ("~ I(df == dose)", ["df", "dose"]),
        ("~ log + log(dose)", ["log", "dose"]),
        ("~ np.log(dose)", ["dose"]),
        ("~ C(arm, levels=['a', 'df', 'c'])", ["arm"]),
        ('~ C(arm, contr.treatment("dose"))', ["arm"]),
        ("~ `two words` + `a.b`", ["two words", "a.b"]),
        ("~ a.b", ["a.b"]),
        ("~ élan", ["élan"]),
        ("~ np.exp(élan) + dose:élan", ["élan", "dose"]),
        ("~ 1", []),
        ("~ I(dose > 1e3) + 2.5e1:df", ["dose", "df"]),
    ],
)
def test_a_formula_uses_the_columns_it_names_and_no_keyword_function_or_text(
    formula: str, used: list[str]
) -> None:
    assert list(formula_columns(formula, DATA)) == used


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        (
            "~ doze",
            "uses 'doze', but data has no such column; did you mean 'dose'? It has: dose, df",
        ),
        (
            "~ xyzzy",
            "uses 'xyzzy', but data has no such column. It has: dose, df, log, arm, half",
        ),
        ("~ centre(dose)", "the function 'centre', which is not known; did you mean 'center'? Known: C, "),
        ("~ xyzzy(dose)", "the function 'xyzzy', which is not known. Known: C, "),
        ("~ hashed(arm)", "the function 'hashed', which is not known"),
        ("~ Q('two words')", "the function 'Q', which is not known"),
        ("~ dose^2 + I(df**2)", "the formula '~ dose^2 + I(df**2)' has a power, which in a formula means"),
        ("~ {dose} + df**2", "has a power"),
        ("~ C(arm, levels=['a', 'b)', 'c']) + dose^2", "has a power"),
    ],
)
def test_other_names_and_powers_are_refused(formula: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        formula_columns(formula, DATA)


@pytest.mark.parametrize(
    "formula",
    ["~ I(dose**2)", "~ np.log(dose + (df^2))", "~ (dose + df)**2", "~ dose + C(arm, levels=['a^2'])"],
)
def test_powers_inside_functions_and_of_sums_are_meant(formula: str) -> None:
    assert "dose" in formula_columns(formula, DATA)


def test_the_functions_offered_are_listed() -> None:
    with pytest.raises(ValueError, match="Known: ") as refused:
        formula_columns("~ foo(dose)", DATA)
    known = str(refused.value).split("Known: ")[1].split(", ")
    assert {"C", "bs", "cs", "cc", "poly", "center"} <= set(known)
    assert not {"Q", "lag", "hashed", "np"} & set(known)
    assert known[-1] == "and those of numpy as np."


def test_columns_of_another_length_are_refused() -> None:
    assert formula_moderators("~ dose", {"dose": [1, 2, 3]}, 3).lacking["dose"].tolist() == [False] * 3
    with pytest.raises(ValueError, match="dose has 3 values for 4 studies; expected one per study"):
        formula_moderators("~ dose", {"dose": [1, 2, 3]}, 4)


def test_a_data_frame_is_the_formula_of_its_columns() -> None:
    assert formula_of(["a", "b c"], True) == "~ 1 + `a` + `b c`"
    assert formula_of(["a", "b c"], False) == "~ 0 + `a` + `b c`"


@pytest.mark.parametrize("name", ["dose^2", "a**b", "dose (mg)", "a-b", "100 %", "x[1]"])
def test_columns_of_a_data_frame_may_have_any_name(name: str) -> None:
    found = metareg(YI, VI, mods=pd.DataFrame({name: DATA["dose"]}))
    assert found.names == ("Intercept", name)
    assert_allclose(found.estimate, fit("~ dose").estimate, rtol=1e-12)


def test_a_coded_column_of_fractions_keeps_them() -> None:
    found = fit("~ C(half)")
    assert found.names == ("Intercept", "C(half)[T.2.0]", "C(half)[T.2.5]")
    at = found.predict({"half": [2.5, 1.5]}).estimate
    assert_allclose(at, found.predict().estimate[[2, 0]], rtol=1e-12)
    with pytest.raises(
        ValueError, match=r"half is '3\.5', which no study has; expected one of: 1\.5, 2\.0, 2\.5"
    ):
        found.predict({"half": 3.5})


def test_a_moderator_that_a_function_cannot_turn_into_a_number_names_the_first_study() -> None:
    with pytest.raises(ValueError, match=r"study 1: np\.sqrt\(dose - 2\) is nan; expected a finite"):
        fit("~ np.sqrt(dose - 2)")
    with pytest.raises(ValueError, match=re.escape("newdata, row 2: np.sqrt(dose) is not a finite number")):
        fit("~ np.sqrt(dose)").predict({"dose": [4, -1, -2]})


def test_levels_of_one_study_are_named_with_it_and_no_others() -> None:
    site = list("aabbcabd")
    notes = metareg(YI, VI, mods="~ site", data={"site": site}, slab=[f"S{i}" for i in range(8)]).notes
    assert [note for note in notes if "one study only" in note] == [
        f"site is {level} in one study only ({study}), which that level's coefficient rests on."
        for level, study in (("c", "S4"), ("d", "S7"))
    ]


NEW: list[tuple[Any, str]] = [
    ({"dose": [1, 2]}, "newdata has no column 'arm'. The model uses: dose, arm"),
    ({"doze": [1, 2], "arm": "a"}, "newdata has no column 'dose'; did you mean 'doze'? The model uses"),
    ({"dose": [1, None, None], "arm": "a"}, "newdata, row 2: dose is missing"),
    ({"dose": [1, 2, 3], "arm": ["a", "b"]}, "newdata: arm has 2 values; expected 3"),
    (
        {"dose": 1, "arm": ["a", "b", "q"]},
        "row 3: arm is 'q', which no study has; expected one of: a, b, c",
    ),
    ({"dose": ["x", 2], "arm": "a"}, "newdata: dose is 'x'; expected numbers"),
    ([[1, 2]], "newdata is list; expected a data frame or dictionary with dose, arm"),
]


@pytest.mark.parametrize(("newdata", "says"), NEW)
def test_new_data_that_do_not_fit_the_model_are_refused_by_row(newdata: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        fit("~ dose + arm").predict(newdata)


def test_single_values_of_new_data_are_for_every_row() -> None:
    found = fit("~ dose + arm")
    one = found.predict({"dose": [1, 2, 3], "arm": "b"})
    other = found.predict(pd.DataFrame({"dose": [1, 2, 3], "arm": list("bbb"), "else": [7, 8, 9]}))
    assert one.names == ("row 1", "row 2", "row 3")
    assert one.X.tolist() == other.X.tolist() == [[1, d, 1, 0] for d in (1, 2, 3)]
    assert found.predict({"dose": 2, "arm": "b"}).names == ("row 1",)
    assert found.predict({"dose": 2, "arm": "b", "else": [1, 2, 3]}).names == ("row 1",)


# Names as people write them.

NAMES = ("Intercept", "dose", "C(arm)[T.b]", "C(arm)[T.c]", "dose:C(arm)[T.b]", "dose:C(arm)[T.c]")
TERMS = {"Intercept": (0,), "dose": (1,), "C(arm)": (2, 3), "dose:C(arm)": (4, 5)}


def test_the_short_name_of_a_factor_is_offered_where_it_means_one_thing() -> None:
    known = spellings(NAMES)
    assert known["arm[T.b]"] == known["C(arm)[T.b]"] == "C(arm)[T.b]"
    assert known["dose:arm[T.c]"] == "dose:C(arm)[T.c]"
    twice = spellings(["C(a)[T.x]", "C(a, contr.sum)[T.x]", "C( b )[T.y]"])
    assert sorted(twice) == ["C(a)[T.x]", "C(a,contr.sum)[T.x]", "C(b)[T.y]", "b[T.y]"]
    assert spellings(["a[T.x]", "C(a)[T.x]"])["a[T.x]"] == "a[T.x]"


@pytest.mark.parametrize(
    ("wanted", "columns"),
    [
        (0, [0]),
        (5, [5]),
        (np.int64(3), [3]),
        ("Intercept", [0]),
        ("C(arm)", [2, 3]),
        (" arm ", [2, 3]),
        ("arm[T.c]", [3]),
        ("dose : arm", [4, 5]),
        (["arm[T.c]", "arm", 1, "dose"], [3, 2, 1]),
        (("dose", 0), [1, 0]),
    ],
)
def test_names_and_numbers_mean_columns_each_once_and_in_order(wanted: Any, columns: list[int]) -> None:
    assert positions(wanted, NAMES, TERMS) == columns


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("xyz", "the model has no 'xyz'. It has: Intercept, dose, C(arm), dose:C(arm), C(arm)[T.b], "),
        (6, "there is no coefficient 6; expected a name, or 0 to 5"),
        (-1, "there is no coefficient -1"),
        (0.0, "there is no coefficient 0.0"),
        ((), "nothing to test; expected names of coefficients or terms"),
        ("arms", "the model has no 'arms'; did you mean 'C(arm)'? It has: Intercept, dose, C(arm), "),
        ("dos", "the model has no 'dos'; did you mean 'dose'? It has: "),
    ],
)
def test_other_names_and_numbers_are_refused(wanted: Any, says: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(says)):
        positions(wanted, NAMES, TERMS)


def test_what_is_known_is_listed_once() -> None:
    assert str(unknown("q", ["a", "b", "a"])) == "the model has no 'q'. It has: a, b"


def test_truths_and_ordered_levels_of_new_data_are_those_of_the_studies() -> None:
    data = {"blind": [True, False] * 4, "size": pd.Categorical(list("xyxyxxyy"), categories=["y", "x"])}
    found = metareg(YI, VI, mods="~ blind + size", data=data)
    assert found.names == ("Intercept", "blind", "size[T.x]")
    at = found.predict({"blind": [False, True], "size": ["x", "y"]})
    assert at.X.tolist() == [[1, 0, 1], [1, 1, 0]]
    assert math.isclose(at.estimate[1], found.estimate[0] + found.estimate[1], rel_tol=1e-12)


def test_whole_numbers_of_new_data_are_raised_to_powers_without_overflow() -> None:
    model = fit("~ I(dose**12)")
    said = model.predict({"dose": [100]})
    assert_allclose(said.estimate, model.estimate[0] + model.estimate[1] * 1e24, rtol=1e-12)


def test_codes_of_which_some_are_numbers_are_levels_in_new_data_too() -> None:
    codes = {"code": [1, "a", 2, 1, "a", 2, 1, "a"]}
    model = metareg(YI, VI, mods="~ C(code)", data=codes)
    said, fitted = model.predict({"code": [1, 2, "a"]}).estimate, model.predict().estimate
    assert_allclose(said, fitted[[0, 2, 1]], rtol=1e-14)
