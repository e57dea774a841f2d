"""`subgroups`: forms of input, refusals, identities, and what it says about itself."""

import json
import math
import re
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.stats import norm

from synthesis.pooled import pool
from synthesis.regression.api import metareg
from synthesis.regression.subgroups import subgroups

YI = [0.1, 0.5, 0.3, 0.9, 0.2, 0.7, 0.4, 0.6]
VI = [0.01, 0.02, 0.03, 0.04, 0.02, 0.03, 0.01, 0.05]
BY = list("babbabaa")
FRAME = pd.DataFrame({"yi": YI, "vi": VI, "arm": BY, "dose": [1.0, 2, 3, 4, 5, 6, 7, 9]})


def test_separate_subgroups_are_pools_of_their_own() -> None:
    result = subgroups("yi", "vi", by="arm", data=FRAME)
    assert [group.name for group in result.groups] == ["b", "a"]
    for group in result.groups:
        alone = FRAME[FRAME["arm"] == group.name]
        assert_allclose([group.estimate, group.ci_low, group.tau2], pooled(alone), rtol=1e-12)
        assert group.labels == tuple(f"study {i + 1}" for i in alone.index)
    assert result.overall.to_dict() == pool(YI, VI).to_dict()


def pooled(frame: pd.DataFrame) -> list[float]:
    found = pool(frame["yi"], frame["vi"])
    return [found.estimate, found.ci_low, found.tau2]


@pytest.mark.parametrize("test", ["z", "t", "HKSJ", "adhoc", "KR"])
def test_a_common_tau2_is_the_meta_regression_on_the_factor(test: str) -> None:
    result = subgroups(YI, VI, by=BY, tau2="common", test=test)
    factor = metareg("yi", "vi", mods="~ arm", data=FRAME, test=test)
    between = [result.between.statistic, result.between.df2, result.between.p_value]
    assert_allclose(between, [factor.QM.statistic, factor.QM.df2, factor.QM.p_value], rtol=1e-9)
    assert result.model is not None
    assert_allclose(
        [result.model.tau2, result.model.R2, result.model.I2, result.QE],
        [factor.tau2, factor.R2, factor.I2, factor.QE],
        rtol=1e-9,
    )
    at = factor.predict({"arm": ["b", "a"]})
    assert_allclose([group.estimate for group in result.groups], at.estimate, rtol=1e-10)
    assert_allclose([group.ci_high for group in result.groups], at.ci_high, rtol=1e-9)
    assert_allclose([group.prediction_low for group in result.groups], at.prediction_low, rtol=1e-9)


def test_q_splits_into_between_and_within_with_equal_effects() -> None:
    result = subgroups(YI, VI, by=BY, method="EE", test="z")
    assert_allclose(result.between.statistic + result.QE, result.overall.Q, rtol=1e-12)
    assert (result.wald, result.between.df2) == (None, math.inf)


def test_groups_by_hand() -> None:
    """Means 2 and 7 of two studies of variance one each: Q = 25 / (1/2 + 1/2)."""
    result = subgroups([1, 3, 6, 8], [1.0] * 4, by=["x", "x", "y", "y"], method="EE", test="z")
    assert [group.estimate for group in result.groups] == [2.0, 7.0]
    assert_allclose([result.between.statistic, result.QE], [25.0, 4.0], rtol=1e-13)
    assert (result.between.df1, result.between.df2, result.QE_df) == (1, math.inf, 2.0)
    assert result.between.tested == ("-x + y",)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        (pd.Categorical(BY, categories=["a", "c", "b"]), ["a", "b"]),
        (pd.Series(BY, index=range(8, 16)), ["b", "a"]),
        (np.array([2, 1, 2, 2, 1, 2, 1, 1]), ["2", "1"]),
        ([2.0, 1.0, 2, 2, 1, 2, 1, 1], ["2", "1"]),
        ([True, False] * 4, ["True", "False"]),
    ],
)
def test_labels_of_any_kind(by: Any, names: list[str]) -> None:
    assert [group.name for group in subgroups(YI, VI, by=pd.Series(by)).groups] == names


def test_studies_without_a_subgroup_are_refused_or_counted() -> None:
    by = ["b", None, "b", math.nan, "a", "b", "a", "a"]
    with pytest.raises(ValueError, match=r"study 2: by is missing; expected a subgroup \(missing='drop'"):
        subgroups(YI, VI, by=by)
    result = subgroups([None, *YI[1:]], VI, by=by, missing="drop")
    assert [group.k for group in result.groups] == [2, 3]
    assert result.overall.k == 5
    assert result.notes[:2] == (
        "1 study without an effect or a variance left out.",
        "2 studies without a subgroup left out.",
    )


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"by": BY[:3]}, "by has 3 labels for 8 studies"),
    ({"by": None}, "by is None; expected a label for each study"),
    ({"by": ["a"] * 8}, "by has 1 subgroup; expected two or more"),
    ({"by": "armm", "data": FRAME}, "no column 'armm'; did you mean 'arm'?"),
    (
        {"by": range(8), "tau2": "common"},
        "8 studies in 8 subgroups; a common tau2 needs more studies than subgroups",
    ),
    ({"by": BY, "tau2": "both"}, "unknown tau2 'both'. Expected one of: common, separate"),
    ({"by": BY, "tau2": "common", "test": "HC"}, "unknown test 'HC'"),
    ({"by": BY, "tau2": "common", "prediction": "HTS"}, "unknown prediction 'HTS'"),
]


@pytest.mark.parametrize(("options", "says"), REFUSED)
def test_what_cannot_be_grouped_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        subgroups(YI, VI, **options)


def test_small_subgroups_are_said() -> None:
    result = subgroups(YI, VI, by=list("aaaaabbc"))
    assert math.isnan(result.groups[2].tau2)
    assert any(note.startswith("One study only in c: it has no tau2 of its own") for note in result.notes)
    assert any(note.startswith("No more than 5 studies in a, b: ") for note in result.notes)
    assert result.between.df2 < 7
    lone = subgroups(YI, VI, by=range(8), test="z")
    assert_allclose(lone.between.statistic, lone.overall.Q, rtol=1e-12)


def test_no_spread_within_a_subgroup_gives_no_f_and_the_wald_test_beside_it() -> None:
    result = subgroups([1.0, 1, 2, 3], [0.1] * 4, by=list("aabb"))
    assert result.groups[0].se == 0.0
    assert math.isnan(result.between.p_value)
    assert result.wald is not None
    # Means 1 and 2.5, each with tau2 by REML: 0 and 0.5 - 0.1 = 0.4, so variances 0.05 and 0.25.
    assert_allclose(result.wald.statistic, 1.5**2 / 0.3, rtol=1e-12)


TIGHT = [0.50, 0.51, 0.52, 1.10, 1.12, 1.13]


def test_studies_that_agree_too_well_bring_the_wald_test_beside_the_f() -> None:
    """Variances of 0.06 for effects 0.01 apart: Wald's chi-squared is 0.6067^2 / (0.02 + 0.02)."""
    result = subgroups(TIGHT, [0.06] * 6, by=list("aaabbb"))
    f, wald = result.between, result.wald
    assert wald is not None
    assert (f.df1, wald.df1, wald.df2) == (1, 1, math.inf)
    one, other = TIGHT[:3], TIGHT[3:]
    student = stats.ttest_ind(one, other, equal_var=False)
    assert_allclose([f.statistic, f.df2, f.p_value], [student.statistic**2, student.df, student.pvalue])
    assert_allclose(wald.statistic, (np.mean(other) - np.mean(one)) ** 2 / 0.04, rtol=1e-12)
    assert f.p_value < 1e-4 < wald.p_value
    note = next(note for note in result.notes if "Wald standard errors" in note)
    assert f"({wald}); consider the larger p" in note
    assert str(wald) in str(result)
    assert "compared by Welch's F" in result.method_sentence


def test_a_common_tau2_has_the_same_note() -> None:
    result = subgroups(TIGHT, [0.06] * 6, by=list("aaabbb"), tau2="common")
    assert result.wald is not None
    assert_allclose(result.wald.statistic, (3.35 - 1.53) ** 2 / 9 / 0.04, rtol=1e-12)
    assert any("Wald standard errors" in note for note in result.notes)
    for other in ("adhoc", "t", "z"):
        assert subgroups(TIGHT, [0.06] * 6, by=list("aaabbb"), tau2="common", test=other).wald is None


@pytest.mark.parametrize(("spread", "beside"), [(0.8, True), (1.25, False)])
def test_smaller_standard_errors_bring_the_wald_test_though_few_degrees_make_p_larger(
    spread: float, beside: bool
) -> None:
    """Variances of 1, and 4 d^2 / 4 within groups: the standard errors of HKSJ are d times those of Wald."""
    d, apart = math.sqrt(spread), math.sqrt(2 / 3)
    yi = [-d, 0, d, apart - d, apart, apart + d]
    result = subgroups(yi, [1.0] * 6, by=list("aaabbb"), tau2="common", method="EE", test="HKSJ")
    assert_allclose(result.between.statistic, 1 / spread, rtol=1e-12)
    assert result.between.p_value > stats.chi2.sf(1, 1)
    assert (result.wald is not None) == beside


def test_a_wide_hksj_interval_needs_no_wald_test_beside_it() -> None:
    result = subgroups([0.1, 0.9, 0.5, 2.0, 1.0, 3.1], [0.01] * 6, by=list("aaabbb"), method="DL")
    assert result.wald is None
    assert "Wald" not in str(result)


def test_a_test_without_degrees_of_freedom_compares_by_chi_squared() -> None:
    result = subgroups(YI, VI, by=BY, method="DL", test="HC")
    assert result.between.df2 == math.inf
    assert (
        "compared by a chi-squared test that takes their standard errors as known" in result.method_sentence
    )


def test_labels_that_repeat_are_said() -> None:
    slab = [*"abcdefg", "a"]
    note = "labels repeat: these estimates are not independent"
    assert note in subgroups(YI, VI, by=BY, slab=slab).notes
    assert note not in subgroups(YI, VI, by=BY).notes


@pytest.mark.parametrize("tau2", ["separate", "common"])
def test_text_html_frame_and_dictionary(tau2: Any) -> None:
    result = subgroups("yi", "vi", by="arm", data=FRAME, tau2=tau2)
    for view in (str(result), result._repr_html_()):
        for part in ("2 subgroups by arm, 8 studies", "overall", "between", "within"):
            assert part in view
    assert result.to_frame()["subgroup"].tolist() == ["b", "a"]
    assert json.loads(json.dumps(result.to_dict()))["groups"][1]["name"] == "a"


@pytest.mark.parametrize("tau2", ["separate", "common"])
def test_where_hksj_is_narrower_than_wald_both_stand_in_the_table(
    tau2: Literal["separate", "common"],
) -> None:
    yi, vi, by = [0.1, 0.11, 0.5, 0.51], [0.01, 0.01, 0.01, 0.01], list("aabb")
    found = subgroups(yi, vi, by=by, tau2=tau2)
    half = norm.ppf(0.975) * math.sqrt(0.01 / 2)
    for group, mean in zip(found.groups, (0.105, 0.505), strict=True):
        assert group.wald == pytest.approx((mean - half, mean + half), rel=1e-12)
        assert group.ci_high - group.ci_low < 2 * half
    text = str(found)
    assert f"a, Wald 0.105 [{0.105 - half:.4g}, {0.105 + half:.4g}]" in " ".join(text.split())
    assert text.count(", HKSJ") == 2
    p = 2 * norm.sf(0.105 / math.sqrt(0.01 / 2))
    assert f"{p:.2f}" in next(line for line in text.splitlines() if "a, Wald" in line)
    assert found.wald is not None
    assert found.wald.statistic == pytest.approx(0.4**2 / 0.01, rel=1e-12)
    assert any("intervals of a, b are narrower than the Wald" in note for note in found.notes)
    wide = subgroups(yi, vi, by=by, tau2=tau2, test="z")
    assert ", Wald" not in str(wide)
    assert not any("narrower" in note for note in wide.notes)
