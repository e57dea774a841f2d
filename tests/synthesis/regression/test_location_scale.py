"""`location_scale` as people call it: moderators, refusals, metafor's numbers, and limits in words."""

import json
import math
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis import LocationScaleRegression, location_scale, metareg
from synthesis.pooling.designs import location_scale as kernel
from synthesis.pooling.kernel.effects import Effects

FOLDER = Path(__file__).parents[2] / "reference" / "location_scale"
REFERENCE = {p.stem: json.loads(p.read_text()) for p in sorted(FOLDER.glob("*.json"))}
PREDICTED = json.loads((FOLDER / "predicted" / "predicted.json").read_text())

# metafor maximises and differentiates numerically: tests/synthesis/pooling/test_location_scale.py.
KNOWN_DIFFERENCE = 1e-5
KNOWN_DIFFERENCE_OF_SE = 1.5e-5
# The likelihood rises as tau2 vanishes; metafor stops on the way.
IN_LIMIT = {("raudenbush_both", "ML")}


def frame_of(entry: dict[str, Any]) -> pd.DataFrame:
    columns = {f"{part}{i + 1}": c for part in "xz" for i, c in enumerate(entry[part])}
    return pd.DataFrame({"yi": entry["yi"], "vi": entry["vi"]} | columns)


def formula(entry: dict[str, Any], part: str) -> str:
    return " + ".join(["~ 1", *(f"{part}{i + 1}" for i in range(len(entry[part])))])


@cache
def fit(name: str, method: str = "REML", test: str = "z") -> LocationScaleRegression:
    entry = REFERENCE[name]
    mods, scale = formula(entry, "x"), formula(entry, "z")
    return location_scale("yi", "vi", mods=mods, scale=scale, data=frame_of(entry), method=method, test=test)


def close(found: Any, expected: Any, rtol: float) -> int:
    numbers = np.atleast_1d(np.asarray(expected, dtype=float))
    assert_allclose(np.atleast_1d(found), numbers, rtol=rtol, atol=rtol)
    return int(numbers.size)


def test_every_fit_agrees_with_metafor() -> None:
    compared = 0
    for name, entry in REFERENCE.items():
        for reference in entry["fits"]:
            ours = fit(name, reference["method"], reference["test"])
            if (name, reference["method"]) in IN_LIMIT:
                assert ours.in_limit.all()
                continue
            assert_allclose(ours.loglik, reference["loglik"], rtol=1e-11)
            for ours_name, key in (
                ("estimate", "beta"),
                ("se", "se"),
                ("ci_low", "ci_lb"),
                ("ci_high", "ci_ub"),
            ):
                compared += close(getattr(ours.location, ours_name), reference[key], KNOWN_DIFFERENCE)
            compared += close(ours.scale.estimate, reference["alpha"], KNOWN_DIFFERENCE)
            compared += close(ours.scale.se, reference["se_alpha"], KNOWN_DIFFERENCE_OF_SE)
            compared += close(ours.scale.p_value, reference["pval_alpha"], KNOWN_DIFFERENCE_OF_SE)
            compared += close(ours.tau2, reference["tau2"], KNOWN_DIFFERENCE)
            compared += close(ours.QM.statistic, reference["QM"], KNOWN_DIFFERENCE)
            compared += close(ours.QS.p_value, reference["QSp"], KNOWN_DIFFERENCE_OF_SE)
    assert compared == COMPARED


def test_every_prediction_of_tau2_agrees_with_metafor() -> None:
    compared = 0
    for reference in PREDICTED:
        ours = fit(reference["data"], reference["method"], reference["test"])
        rows = {f"z{i + 1}": column for i, column in enumerate(np.array(reference["at"]).T)}
        found = ours.predict_tau2(rows)
        compared += close(np.log(found.tau2), reference["log_tau2"], KNOWN_DIFFERENCE)
        compared += close(found.se_log, reference["se"], KNOWN_DIFFERENCE_OF_SE)
        compared += close(np.log(found.ci_low), reference["ci_low"], KNOWN_DIFFERENCE_OF_SE)
        compared += close(np.log(found.ci_high), reference["ci_high"], KNOWN_DIFFERENCE_OF_SE)
    assert compared == 16 * 11
    assert len(PREDICTED) == 16


YI = [0.1, 0.5, 0.3, 0.9, 0.2, 1.7, -0.4, 0.6, 1.1, -0.9]
VI = [0.01, 0.02, 0.03, 0.04, 0.02, 0.03, 0.01, 0.05, 0.02, 0.03]
FRAME = pd.DataFrame(
    {
        "yi": YI,
        "vi": VI,
        "dose": [1.0, 2, 3, 4, 5, 6, 7, 9, 8, 10],
        "same": 3.0,
        "twice": [2.0, 4, 6, 8, 10, 12, 14, 18, 16, 20],
        "arm": list("abababbaab"),
        "gap": [1, 2, None, 4, 5, 6, 7, 8, 9, 4],
        "blank": [3, 1, 4, 1, None, 9, 2, 6, 5, 8],
    }
)


def small(**options: Any) -> LocationScaleRegression:
    return location_scale(**({"yi": "yi", "vi": "vi", "scale": "~ dose", "data": FRAME} | options))


@pytest.mark.parametrize(
    "scale", [FRAME["dose"], FRAME["dose"].tolist(), FRAME[["dose"]], FRAME[["dose"]].to_numpy()]
)
def test_every_form_of_a_moderator_gives_the_same_result(scale: Any) -> None:
    ours, reference = small(scale=scale, mods=FRAME[["arm"]]), small(mods="~ arm")
    assert ours.scale.names in (("Intercept", "dose"), ("Intercept", "scale1"))
    assert ours.location.names == ("Intercept", "arm[T.b]")
    assert_allclose(ours.scale.estimate, reference.scale.estimate, rtol=1e-11)
    assert_allclose(ours.location.se, reference.location.se, rtol=1e-11)


def test_every_number_is_that_of_the_kernel() -> None:
    ours = small(mods="~ arm", test="t", level=90, method="ML")
    x, z = ours.location.design, ours.scale.design
    found = kernel.location_scale(Effects(np.array(YI), np.array(VI)), z, x, "ML", "t", 0.9)
    for part, numbers in ((ours.location, found.beta), (ours.scale, found.alpha)):
        assert np.array_equal(part.estimate, numbers.estimate)
        assert np.array_equal(part.ci_low, numbers.low)
        assert part.df == 8.0
    assert (ours.QM.df1, ours.QM.df2, ours.QM.tested) == (1, 8.0, ("arm[T.b]",))
    assert (ours.QS.df1, ours.QS.tested) == (1, ("dose",))
    assert ours.AICc == found.AICc


def test_an_intercept_alone_in_the_scale_is_meta_regression() -> None:
    ours, usual = small(scale="~ 1", mods="~ dose"), metareg("yi", "vi", mods="~ dose", data=FRAME, test="z")
    assert_allclose(ours.location.estimate, usual.estimate, rtol=1e-9)
    assert_allclose(ours.location.ci_high, usual.ci_high, rtol=1e-9)
    assert_allclose(ours.tau2, usual.tau2, rtol=1e-9)
    assert "~ 1" not in ours.method_sentence


def test_predicted_tau2_is_exp_of_a_linear_predictor() -> None:
    ours = small(test="t")
    at = ours.predict_tau2()
    assert np.array_equal(at.tau2, ours.tau2)
    assert at.names == ours.labels
    z, t8 = ours.scale.design, 2.306004135204166  # the 97.5 percent point of t(8)
    spread = np.sqrt(np.einsum("ki,ij,kj->k", z, ours.scale.covariance, z))
    assert_allclose(at.tau2, np.exp(z @ ours.scale.estimate), rtol=1e-12)
    assert_allclose(at.ci_high, at.tau2 * np.exp(t8 * spread), rtol=1e-10)
    assert_allclose(ours.predict_tau2(FRAME[3:5]).ci_low, at.ci_low[3:5], rtol=1e-10)
    assert_allclose(
        ours.predict_tau2({"dose": 5}, level=0.5).tau2, ours.predict_tau2({"dose": [5]}).tau2, rtol=1e-14
    )


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"scale": "~ dosee"}, "'dosee', but data has no such column; did you mean 'dose'?"),
    ({"scale": "~ dose", "yi": YI, "vi": VI, "data": None}, "scale is the formula '~ dose'; expected `data`"),
    ({"scale": "~ same"}, "scale: moderator 'same' is 3 for every study"),
    ({"mods": "~ same"}, "moderator 'same' is 3 for every study"),
    ({"scale": "~ dose + twice"}, "scale: column 'twice' is determined by 'dose'"),
    ({"scale": [1.0, 2.0]}, "scale has shape (2,); expected a row for each of 10 studies"),
    ({"scale": list("abababbaab")}, "scale has values that are not numbers"),
    ({"scale": "~ gap"}, "study 3: gap is missing; expected a value"),
    ({"scale": "~ C(dose)"}, "scale: there are 10 studies for 10 coefficients"),
    ({"method": "DL"}, "unknown method 'DL'. Expected one of: REML, ML"),
    ({"test": "HKSJ"}, "unknown test 'HKSJ'. Expected one of: z, t"),
    ({"level": 0}, "level is 0"),
    ({"missing": "ignore"}, "unknown missing 'ignore'. Expected one of: refuse, drop"),
    ({"yi": [None, *YI[1:]]}, "study 1: yi is missing"),
]


@pytest.mark.parametrize(("options", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_cannot_be_fitted_is_refused_in_words(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        small(**options)


def test_studies_that_lack_a_moderator_of_either_part_are_dropped_and_counted() -> None:
    ours = small(scale="~ gap", mods="~ blank + gap", missing="drop")
    assert ours.k == 8
    assert "2 studies without a moderator left out (missing: blank in 1, gap in 1)." in ours.notes
    whole = FRAME.drop(index=[2, 4])
    assert_allclose(ours.tau2, small(scale="~ gap", mods="~ blank + gap", data=whole).tau2, rtol=1e-12)


def grouped(second: bool) -> LocationScaleRegression:
    """Eight studies that agree and eight that do not; the coding of the groups is either way round."""
    v = np.exp(np.random.default_rng(4).normal(-1, 0.7, 16))
    y = np.where(np.arange(16) < 8, 0.4, 0.4 + np.array([1.5, -1.5] * 8))
    groups = list("bbbbbbbbaaaaaaaa" if second else "aaaaaaaabbbbbbbb")
    return location_scale(y, v, scale="~ g", data={"g": groups})


def test_a_limit_is_said_in_words_and_does_not_depend_on_the_coding() -> None:
    one, other = grouped(False), grouped(True)
    assert one.scale.estimate.tolist() == [-math.inf, math.inf]
    assert other.scale.estimate[1] == -math.inf
    for result in (one, other):
        (note,) = (note for note in result.notes if "keeps rising" in note)
        assert "tau2 of 8 studies (study 1, study 2, study 3 and 5 more) tends to zero" in note
        assert "g[T.b]" in note
        assert "QS    no test" in str(result)
        json.dumps(result.to_dict(), allow_nan=False)
    assert "Intercept, g[T.b]: no finite value" in one.notes[0]
    assert "Intercept" not in other.notes[0]
    ours, turned = one.predict_tau2({"g": ["a", "b"]}), other.predict_tau2({"g": ["b", "a"]})
    assert ours.tau2[0] == turned.tau2[0] == 0.0
    assert np.isnan([ours.ci_low[0], turned.ci_high[0]]).all()
    for name in ("tau2", "se_log", "ci_low", "ci_high"):
        assert_allclose(getattr(ours, name)[1], getattr(turned, name)[1], rtol=1e-10)
        assert_allclose(getattr(one.predict_tau2(), name)[8:], getattr(ours, name)[1], rtol=1e-10)
    assert_allclose(ours.se_log[1], other.scale.se[0], rtol=1e-12)


def test_no_heterogeneity_at_all_is_the_model_with_equal_effects() -> None:
    ours = location_scale([0.1, 0.11, 0.1, 0.12], [1.0] * 4, scale=[1.0, 2, 3, 5])
    assert ours.in_limit.all()
    assert "tau2 of every study tends to zero" in ours.notes[0]
    assert_allclose(ours.location.estimate, 0.1075, rtol=1e-13)
    assert_allclose(ours.location.se, 0.5, rtol=1e-13)
    assert ours.predict_tau2().tau2.tolist() == [0.0] * 4
    assert np.isnan(ours.predict_tau2(2.0).tau2).all()


@pytest.mark.parametrize("test", ["z", "t"])
def test_text_html_frame_and_dictionary(test: str) -> None:
    result = small(mods="~ arm", test=test)
    parts = (
        "mean: arm[T.b]",
        "log tau2: dose",
        "Location-scale model of 10 studies",
        "QS",
        "REML",
        "ten each",
    )
    for view in (str(result), result._repr_html_()):
        for part in parts:
            assert part in view
    frame = result.to_frame()
    assert frame["part"].tolist() == ["mean"] * 2 + ["log tau2"] * 2
    assert_allclose(frame["estimate"][2:], result.scale.estimate)
    plain = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert plain["scale"]["names"] == ["Intercept", "dose"]
    assert len(plain["tau2"]) == 10
    assert "recipe" not in plain
    at = result.predict_tau2()
    assert str(at).count("\n") == 11
    assert len(at.to_frame()) == 10


def test_importing_costs_neither_pandas_nor_formulaic() -> None:
    code = (
        "import sys; from synthesis import location_scale; "
        "r = location_scale([.1, .5, .3, .9], [.01, .02, .03, .01], scale=[1., 2., 5., 3.]); "
        "str(r), r.predict_tau2([[2.]]); "
        "print([m for m in ('pandas', 'formulaic', 'scipy.stats') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


COMPARED = 1_446


def test_columns_of_moderators_of_both_parts_count_where_studies_are_few() -> None:
    """Two of the mean and one of tau2; the constants of both are none."""
    rng = np.random.default_rng(4)
    made = {"yi": rng.normal(0.0, 1.0, 30), "vi": rng.uniform(0.1, 0.3, 30)}
    made |= {name: rng.normal(0.0, 1.0, 30) for name in "abc"}

    def notes(k: int) -> tuple[str, ...]:
        data = {name: column[:k] for name, column in made.items()}
        return location_scale("yi", "vi", mods="~ a + b", scale="~ c", data=data).notes

    [few] = [note for note in notes(29) if "fewer than ten each" in note]
    assert few.startswith("29 studies for 3 moderator columns, fewer than ten each")
    assert not any("fewer than ten each" in note for note in notes(30))
