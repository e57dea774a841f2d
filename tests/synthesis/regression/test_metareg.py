"""`metareg` as people call it: forms of moderators, refusals, and what it says about itself."""

import json
import math
import pickle
import re
import subprocess
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis.pooled import pool
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.regression.api import metareg
from synthesis.regression.result import MetaRegression

YI = [0.1, 0.5, 0.3, 0.9, 0.2, 0.7, 0.4, 0.6]
VI = [0.01, 0.02, 0.03, 0.04, 0.02, 0.03, 0.01, 0.05]
FRAME = pd.DataFrame(
    {
        "yi": YI,
        "vi": VI,
        "dose": [1.0, 2, 3, 4, 5, 6, 7, 9],
        "twice": [2.0, 4, 6, 8, 10, 12, 14, 18],
        "same": 3.0,
        "arm": list("abcabcab"),
        "two words": list("xxxxyyyy"),
        "blind": [True, False] * 4,
        "gap": [1, 2, None, 4, 5, 6, 7, 8],
        "lone": list("aaaaaaab"),
        "level": pd.array([1, 2, 1, 2, 3, 3, 1, 2], dtype="Int64"),
        "ordered": pd.Categorical(list("xyxyxxyy"), categories=list("yxz")),
        "study": [f"S{i}" for i in range(8)],
    }
)


def fit(mods: Any, **options: Any) -> MetaRegression:
    return metareg("yi", "vi", mods=mods, **({"data": FRAME} | options))


DOSE = np.arange(1.0, 9.0)


@pytest.mark.parametrize(
    "mods",
    [
        DOSE,
        DOSE.tolist(),
        DOSE[:, None],
        pd.Series(DOSE, name="mod1"),
        [Decimal(int(d)) for d in DOSE],
        np.ma.masked_array(DOSE, mask=False),
        pd.DataFrame({"mod1": DOSE}),
        pd.DataFrame({"mod1": pd.array(DOSE.astype(int), dtype="Int64")}),
    ],
)
def test_every_form_of_a_moderator_gives_the_same_result(mods: Any) -> None:
    ours, reference = fit(mods), metareg(YI, VI, mods="~ x", data={"x": DOSE})
    assert ours.names == ("Intercept", "mod1")
    assert_allclose(ours.estimate, reference.estimate, rtol=1e-12)
    assert_allclose(ours.predict(None).ci_high, reference.predict().ci_high, rtol=1e-12)


def test_every_number_is_that_of_the_kernel() -> None:
    result = fit("~ dose + arm", test="t", level=90)
    batch = pool_batch(Effects(YI, VI), "REML", "t", 0.9, design=result.design)  # type: ignore[arg-type]
    assert_allclose(result.ci_low, batch.ci_low[0], rtol=1e-13)
    assert_allclose(result.covariance, batch.covariance[0], rtol=1e-13)
    assert result.level == 0.9
    assert result.QM.df1 == 3


@pytest.mark.parametrize("method", ESTIMATORS)
def test_every_estimator_of_tau2_serves(method: str) -> None:
    result = fit("~ dose + arm", method=method, test="z")
    assert np.isfinite([result.tau2, result.QE, *result.estimate, *result.se]).all()
    assert method in result.method_sentence or method == "EE"


def test_an_intercept_alone_is_pooling() -> None:
    regression, pooled = fit("~ 1"), pool(YI, VI)
    assert_allclose(regression.estimate[0], pooled.estimate, rtol=1e-12)
    assert_allclose(
        [regression.tau2, regression.tau2_high, regression.I2_low, regression.QE, regression.loglik_reml],
        [pooled.tau2, pooled.tau2_high, pooled.I2_low, pooled.Q, pooled.loglik_reml],
        rtol=1e-9,
    )
    at = regression.predict()
    assert_allclose(at.prediction_low, np.full(8, pooled.prediction_low), rtol=1e-9)
    assert math.isnan(regression.R2)


NAMES = {
    "~ dose": ("Intercept", "dose"),
    "dose": ("Intercept", "dose"),
    "~ 0 + dose": ("dose",),
    "~ dose * arm": ("Intercept", "dose", "arm[T.b]", "arm[T.c]", "dose:arm[T.b]", "dose:arm[T.c]"),
    "~ `two words`": ("Intercept", "two words[T.y]"),
    "~ C(arm, contr.treatment('b'))": (
        "Intercept",
        "C(arm, contr.treatment('b'))[T.a]",
        "C(arm, contr.treatment('b'))[T.c]",
    ),
    "~ blind": ("Intercept", "blind"),
    "~ C(level)": ("Intercept", "C(level)[T.2]", "C(level)[T.3]"),
    "~ level": ("Intercept", "level"),
    "~ ordered": ("Intercept", "ordered[T.x]"),
    "~ poly(dose, 2)": ("Intercept", "poly(dose, 2)[1]", "poly(dose, 2)[2]"),
    "~ bs(dose, df=3) + I(dose > 3)": (
        "Intercept",
        "bs(dose, df=3)[1]",
        "bs(dose, df=3)[2]",
        "bs(dose, df=3)[3]",
        "I(dose > 3)",
    ),
    "~ 0 + cs(dose, df=3)": ("cs(dose, df=3)[1]", "cs(dose, df=3)[2]", "cs(dose, df=3)[3]"),
    "~ cc(dose, df=3, constraints='center')": tuple(
        ["Intercept", *(f"cc(dose, df=3, constraints='center')[{i}]" for i in (1, 2, 3))]
    ),
    "~ np.log(dose) + center(dose)": ("Intercept", "np.log(dose)", "center(dose)"),
    "~ (dose + blind)**2": ("Intercept", "dose", "blind", "dose:blind"),
    "~ C(dose > 3)": ("Intercept", "C(dose > 3)[T.True]"),
}


@pytest.mark.parametrize("formula", NAMES)
def test_formulas_name_their_columns_and_predict_the_studies_from_their_own_data(formula: str) -> None:
    result = fit(formula)
    assert result.names == NAMES[formula]
    assert sorted(i for columns in result.terms.values() for i in columns) == list(range(result.p))
    fitted = result.predict()
    assert_allclose(result.predict(FRAME).estimate, fitted.estimate, rtol=1e-10)
    # A part of the data has other means, knots and levels, which must not count.
    part = result.predict(FRAME.iloc[[6, 1]])
    assert_allclose(part.estimate, fitted.estimate[[6, 1]], rtol=1e-10)
    assert_allclose(part.se, fitted.se[[6, 1]], rtol=1e-9)


def test_a_data_frame_of_moderators_makes_factors_of_labels() -> None:
    assert fit(FRAME[["dose", "two words"]]).names == ("Intercept", "dose", "two words[T.y]")
    assert fit(FRAME[["dose", "arm"]], intercept=False).names == ("dose", "arm[a]", "arm[b]", "arm[c]")
    assert fit(DOSE, intercept=False).names == ("mod1",)


def test_whole_numbers_do_not_overflow_in_a_power() -> None:
    years = {"year": list(range(2000, 2008))}
    result = metareg(YI, VI, mods="~ I((year - 1000)**7 / 1e21)", data=years)
    assert_allclose(result.design[:, 1], (np.arange(2000.0, 2008.0) - 1000) ** 7 / 1e21, rtol=1e-14)


COLUMNS = "yi, vi, dose, twice, same, arm, two words, blind, gap, lone, level, ordered, study"
REFUSED: list[tuple[Any, str]] = [
    ("~ dosee", f"'dosee', but data has no such column; did you mean 'dose'? It has: {COLUMNS}"),
    ("~ `two word`", "'two word', but data has no such column; did you mean 'two words'?"),
    ("~ bss(dose)", "the function 'bss', which is not known; did you mean 'bs'?"),
    ("~ lag(dose)", "the function 'lag', which is not known"),
    ("~ dose +", "the formula '~ dose +' cannot be read: Operator `+` has insuffi"),
    ("~ (dose", "cannot be read: Could not find matching context marker."),
    ("~ I(dose**)", "cannot be read: invalid syntax"),
    ("~ bs(dose, dff=3)", "'~ bs(dose, dff=3)': basis_spline() got an unexpected keyword argument 'dff'"),
    ("~ I(1/0)", "'~ I(1/0)': division by zero"),
    ("yi ~ dose", "more than one part; expected moderators only, such as '~ year + C(group)'"),
    ("~ dose | arm", "more than one part"),
    ("~ dose^2", "which in a formula means interactions; for the power of a moderator write I(x**2)"),
    ("~ dose**2 + arm", "which in a formula means interactions"),
    ("~ 0", "the model has no coefficients"),
    ("~ dose + twice", "column 'twice' is determined by 'dose', so that their coefficients do not exist"),
    ("~ twice + arm + I(dose - 1)", "column 'I(dose - 1)' is determined by 'Intercept' and 'twice'"),
    ("~ cs(dose, df=3)", "a spline that contains the constant needs '0 +' or constraints='center'"),
    (
        "~ I(dose + 1e6) + I((dose + 1e6)**2)",
        "'I((dose + 1000000.0) ** 2)' is all but determined by 'Intercept'",
    ),
    (
        "~ dose + I(dose + 5e-7 * np.sin(dose))",
        "'I(dose + 5e-07 * np.sin(dose))' is all but determined by 'dose'",
    ),
    ("~ I(dose * 1e200)", "column 'I(dose * 1e+200)' reaches 9e+200; expected other units"),
    ("~ same", "moderator 'same' is 3 for every study; it cannot explain any difference"),
    ("~ dose + C(same)", "moderator 'C(same)' is the same for every study"),
    ("~ C(arm, levels=['a', 'b', 'c', 'd'])", "[T.d]' is 0 for every study"),
    ("~ study", "there are 8 studies for 8 coefficients (Intercept, study[T.S1],"),
    ("~ gap", "study 3: gap is missing; expected a value (missing='drop' leaves such studies out)"),
    ("~ log(dose - 1)", "study 1: log(dose - 1) is -inf; expected a finite number"),
    (DOSE[:7], "mods has shape (7,); expected a row for each of 8 studies"),
    (np.ones((8, 2, 2)), "mods has shape (8, 2, 2)"),
    (None, "mods has shape ()"),
    (list("abcdefgh"), "mods has values that are not numbers; expected numbers, a formula"),
    ([1, 2, 3, 4, 5, 6, 7, None], "study 8: mod1 is missing"),
    ([1, 2, 3, 4, 5, 6, 7, math.inf], "study 8: mod1 is inf; expected a finite number"),
    (np.column_stack([DOSE, np.ones(8)]), "moderator 'mod2' is 1 for every study"),
    (np.eye(8), "there are 8 studies for 9 coefficients"),
]


@pytest.mark.parametrize(("mods", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_cannot_be_fitted_is_refused_in_words(mods: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        fit(mods)


OPTIONS_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"data": None, "yi": YI, "vi": VI}, "mods is the formula '~ dose'; expected `data`"),
    ({"yi": YI[:5], "vi": VI[:5]}, "dose has 8 values for 5 studies"),
    ({"yi": [None, *YI[1:]]}, "study 1: yi is missing"),
    ({"method": "REMLL"}, "unknown method 'REMLL'; did you mean 'REML'?"),
    ({"test": "HC"}, "unknown test 'HC'. Expected one of: z, t, HKSJ, adhoc"),
    ({"level": 0}, "level is 0"),
    ({"missing": "ignore"}, "unknown missing 'ignore'. Expected one of: refuse, drop"),
]


@pytest.mark.parametrize(("options", "says"), OPTIONS_REFUSED)
def test_other_input_is_refused_as_by_pool(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        metareg(**({"yi": "yi", "vi": "vi", "mods": "~ dose", "data": FRAME} | options))


def test_studies_that_lack_something_are_dropped_and_counted() -> None:
    arm: list[Any] = ["a", None, *"cabcab"]
    data = FRAME.assign(yi=[math.nan, *YI[1:]], arm=arm)
    result = metareg("yi", "vi", mods="~ gap + arm", data=data, slab="study", missing="drop")
    assert result.labels == ("S3", "S4", "S5", "S6", "S7")
    assert result.notes[:2] == (
        "1 study without an effect or a variance left out.",
        "2 studies without a moderator left out (missing: gap in 1, arm in 1).",
    )
    whole = metareg(YI[3:], VI[3:], mods="~ gap + arm", data=data.iloc[3:])
    assert_allclose(result.estimate, whole.estimate, rtol=1e-12)


def test_a_level_that_only_dropped_studies_had_is_gone() -> None:
    data = FRAME.assign(arm=["a", "b", "z", *list("abbab")])
    assert fit("~ gap + arm", data=data, missing="drop").names == ("Intercept", "gap", "arm[T.b]")


def test_notes_say_what_the_reader_must_know() -> None:
    assert (
        "lone is b in one study only (study 8), which that level's coefficient rests on."
        in fit("~ lone").notes
    )
    assert any("fewer than ten each" in note for note in fit("~ dose").notes)
    no_heterogeneity = metareg([0.1, 0.11, 0.1, 0.12], [1.0] * 4, mods=[1.0, 2, 3, 5])
    assert any(note.startswith("No R2: without moderators tau2 is zero") for note in no_heterogeneity.notes)
    assert any("narrower than the Wald intervals" in note for note in no_heterogeneity.notes)
    assert any(note.endswith("as it has no intercept.") for note in fit("~ 0 + dose").notes)


def test_r2_exists_where_the_intercept_is_a_special_case_even_if_not_written() -> None:
    assert_allclose(fit("~ 0 + arm").R2, fit("~ arm").R2, rtol=1e-10)
    assert math.isnan(fit("~ dose", method="EE", test="z").R2)


@pytest.mark.parametrize("test", ["z", "t", "HKSJ", "adhoc", "KR"])
def test_text_html_frame_and_dictionary(test: str) -> None:
    result = fit("~ dose + arm", test=test)
    for view in (str(result), result._repr_html_()):
        for part in (
            "arm[T.b]",
            "Meta-regression of 8 studies",
            "QM",
            "R2",
            "residual heterogeneity",
            "REML",
        ):
            assert part in view
    frame = result.to_frame()
    assert frame["name"].tolist() == list(result.names)
    assert_allclose(frame["estimate"], result.estimate)
    plain = json.loads(json.dumps(result.to_dict()))
    assert plain["terms"]["arm"] == [2, 3]
    assert plain["QM"]["df1"] == 3
    assert "recipe" not in plain
    assert_allclose(pickle.loads(pickle.dumps(result)).predict(FRAME).se, result.predict().se)


def test_importing_costs_neither_pandas_nor_formulaic() -> None:
    code = (
        "import sys; from synthesis import location_scale, metareg; "
        "r = metareg([.1, .5, .3], [.01, .02, .03], mods=[1., 2., 5.]); "
        "str(r), r.predict(3), r.vif(), r.test('mod1'); "
        "r = location_scale([.1, .5, .3, .9], [.01, .02, .03, .01], scale=[1., 2., 5., 3.]); "
        "str(r), r.predict_tau2([[2.]]); "
        "print([m for m in ('pandas', 'formulaic', 'scipy.stats') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_two_moderators_by_hand() -> None:
    """Four studies of variance one, two a group: group means and their difference, tau2 = 0."""
    result = metareg([1.0, 3.0, 6.0, 8.0], [1.0] * 4, mods=[0.0, 0, 1, 1], method="EE", test="z")
    assert_allclose(result.estimate, [2.0, 5.0], rtol=1e-13)
    assert_allclose(result.se, [math.sqrt(0.5), 1.0], rtol=1e-13)
    assert_allclose([result.QE, result.QM.statistic], [4.0, 25.0], rtol=1e-13)
    assert (result.QE_df, result.QM.df1, result.QM.df2) == (2.0, 1, math.inf)


def test_equal_effects_are_tested_by_z_unless_another_test_is_asked_for() -> None:
    yi, vi, x = [0.1, 0.3, 0.2, 0.6], [0.02, 0.03, 0.01, 0.04], [1.0, 2.0, 3.0, 5.0]
    plain = metareg(yi, vi, mods=x, method="EE")
    assert (plain.test_name, metareg(yi, vi, mods=x).test_name) == ("z", "HKSJ")
    assert metareg(yi, vi, mods=x, method="EE", test="HKSJ").test_name == "HKSJ"
    weights, design = 1 / np.array(vi), np.column_stack([np.ones(4), x])
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    assert_allclose(plain.se, np.sqrt(np.diag(covariance)), rtol=1e-10)


def test_a_prediction_is_never_narrower_than_walds_interval_of_the_mean() -> None:
    """Effects almost on a plane: tau2 is zero, and the factor of the Knapp-Hartung test far below one."""
    a, b = np.arange(8.0), np.array([0.0, 1, 1, 0, 1, 0, 0, 1])
    vi = np.linspace(0.1, 0.8, 8)
    yi = 0.2 + 0.3 * a - 0.5 * b + 1e-3 * (-1.0) ** np.arange(8)
    found = metareg(yi, vi, mods="~ a + b", data={"a": a, "b": b}, test="HKSJ")
    said = found.predict({"a": [2.0, 9.0], "b": [1.0, 0.0]})
    x, rows = np.column_stack([np.ones(8), a, b]), np.array([[1.0, 2, 1], [1, 9, 0]])
    c = np.linalg.inv(x.T @ (x / vi[:, None]))
    half = 1.959963984540054 * np.sqrt(np.diag(rows @ c @ rows.T))
    assert found.tau2 == 0.0
    assert (said.ci_high - said.ci_low < 0.1 * half).all()
    assert_allclose(said.prediction_low, said.estimate - half, rtol=1e-9)
    assert_allclose(said.prediction_high, said.estimate + half, rtol=1e-9)
