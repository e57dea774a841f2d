"""Methods of a result are the functions behind them, asked with the result's own choices."""

import math
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import synthesis
from evidence.wording import number
from synthesis import Pooled
from synthesis.diagnostics.asymmetry import rank_test, regression_test
from synthesis.diagnostics.gosh import gosh
from synthesis.diagnostics.influence import influence
from synthesis.diagnostics.refits import one_more_each, without_each
from synthesis.diagnostics.trim_and_fill import trim_and_fill
from synthesis.plots.kinds import KINDS
from synthesis.plots.subject import NotDefinedError
from tests.thinned import thinned

YI = [0.31, 0.22, 0.78, -0.05, 0.40, 0.12, 0.27, 0.66]
VI = [0.04, 0.02, 0.09, 0.03, 0.05, 0.01, 0.06, 0.12]
RESULT = synthesis.pool(YI, VI, method="PM", test="HKSJ", level=0.9)
BARE = {name for name in KINDS if name not in ("bubble", "labbe")}


def same(ours: Any, theirs: Any) -> None:
    for name in vars(theirs):
        a, b = getattr(ours, name), getattr(theirs, name)
        if isinstance(b, np.ndarray):
            assert np.array_equal(a, b, equal_nan=b.dtype.kind == "f"), name
        elif isinstance(b, float | int | str):
            assert a == b or (a != a and b != b), name


def test_methods_are_their_functions() -> None:
    same(RESULT.leave_one_out(), without_each(RESULT))
    same(RESULT.cumulative(range(7, -1, -1)), one_more_each(RESULT, range(7, -1, -1)))
    same(RESULT.influence(), influence(RESULT))
    same(RESULT.egger(), regression_test(RESULT))
    same(RESULT.begg(), rank_test(RESULT))
    same(RESULT.trim_and_fill(), trim_and_fill(RESULT))
    assert len(RESULT.gosh()[0].estimate) == len(gosh(RESULT).estimate) == 255


# What each answer says it shows, and which choices of the result have no part in it.
SAYS: dict[str, tuple[Callable[[Pooled], Any], tuple[str, ...]]] = {
    "PET": (
        lambda r: r.pet_peese().pet,
        ("perfect precision", "few studies", "t(k - 2), whatever the method"),
    ),
    "limit": (lambda r: r.limit().adjusted, ("unstable", "t(k - 2), whatever that of the pooled result")),
    "fail-safe": (lambda r: r.fail_safe(), ("not recommended", "ignores heterogeneity", "takes the level")),
    "excess": (lambda r: r.excess_significance(), ("one common effect", "little power", "takes the level")),
    "selection": (
        lambda r: r.selection_model(),
        (
            "sensitivity analysis",
            "maximum likelihood",
            "takes the level, and tau2 = 0 where effects are equal",
        ),
    ),
    "p-uniform": (lambda r: r.p_uniform(), ("p-hacking", "maximum likelihood", "takes the level")),
    "p-curve": (
        lambda r: r.p_curve(),
        ("nothing of the size of effects", "at 5%, whatever the choices of the pooled result"),
    ),
    "multiverse": (
        lambda r: r.multiverse(),
        ("is not a probability", "neither independent nor equally good"),
    ),
    "leave-one-out": (
        lambda r: r.leave_one_out(),
        ("one study alone", "two that agree can hide each other"),
    ),
    "cumulative": (lambda r: r.cumulative(), ("not corrected for looking again and again",)),
    "trim and fill": (lambda r: r.trim_and_fill(), ("not a correction", "missing studies alone")),
    "Egger": (
        lambda r: r.egger(),
        ("fewer than 10 studies", "tau2 by PM and z, whatever the test and the weights"),
    ),
    "Egger, weighted": (
        lambda r: r.egger("weighted"),
        ("a dispersion and t(k - 2), whatever the method, the test and the weights",),
    ),
    "Begg": (lambda r: r.begg(), ("less power than Egger's", "no choice of the pooled result has a part")),
    "influence": (lambda r: r.influence(), ("thresholds are conventions", "not thereby a wrong one")),
    "GOSH": (lambda r: r.gosh()[1], ("overlap and are no independent evidence",)),
    "permutations": (lambda r: r.permutation_interval(), ("symmetric effects whatever their distribution",)),
    "likelihoods": (
        lambda r: r.heterogeneity_test(),
        ("restricted likelihood", "whatever the estimator of tau2, the test and the weights"),
    ),
}


@pytest.mark.parametrize("question", SAYS)
def test_an_answer_says_what_it_shows_and_what_has_no_part_in_it(question: str) -> None:
    ask, facts = SAYS[question]
    says = ask(RESULT).says
    for fact in facts:
        assert fact in says
    assert says.endswith(".")


def test_the_likelihood_compared_is_that_of_the_method() -> None:
    full = synthesis.pool(YI, VI, method="ML").heterogeneity_test()
    assert full.likelihood == "ML"
    assert "the full likelihood" in full.says
    assert RESULT.heterogeneity_test().likelihood == "REML"


def test_shrunken_effects_and_tests_of_heterogeneity() -> None:
    shrunken = RESULT.blup()
    assert shrunken.effect.shape == (8,)
    assert np.all((shrunken.effect - RESULT.estimate) * (RESULT.yi - RESULT.estimate) >= 0)
    assert RESULT.heterogeneity_test().df == 1


def test_the_permutation_test_and_its_interval_agree() -> None:
    test, interval = RESULT.permutation_test(), RESULT.permutation_interval()
    assert test.exact
    assert (float(test.p_value[0]) > 0.1) == (interval.ci_low <= 0.0 <= interval.ci_high)


@pytest.mark.long
def test_what_is_sampled_is_so_often_and_from_the_seed_0_where_nothing_is_said() -> None:
    """Of 20 studies there are a million arrangements of signs and as many subsets, more than are drawn."""
    rng = np.random.default_rng(3)
    result = synthesis.pool(rng.normal(0.2, 0.3, 20), rng.uniform(0.01, 0.1, 20), method="DL", test="z")
    counts = result.permutation_test().permutations, result.permutation_interval().permutations
    assert (*counts, len(result.gosh()[0].estimate)) == (10_001, 10_000, 30_000)
    assert result.permutation_test(999).p_value[0] == result.permutation_test(999, 0).p_value[0]
    assert result.permutation_interval(99).ci_low == result.permutation_interval(99, 0).ci_low
    assert np.array_equal(result.gosh(99)[0].estimate, result.gosh(99, 0)[0].estimate)
    assert result.permutation_test(999).p_value[0] != result.permutation_test(999, 1).p_value[0]
    assert result.permutation_interval(99).ci_low != result.permutation_interval(99, 1).ci_low


def test_the_null_of_a_multiverse_is_0_and_the_step_of_a_selection_model_at_p_0_025() -> None:
    plain, other = RESULT.multiverse(), RESULT.multiverse(null=0.2)
    assert np.array_equal(plain.excludes_null[plain.defined], (plain.ci_low > 0.0)[plain.defined])
    above, below = other.ci_low > 0.2, other.ci_high < 0.2
    assert np.array_equal(other.excludes_null[other.defined], (above | below)[other.defined])
    assert plain.excludes_null.sum() != other.excludes_null.sum()
    same(RESULT.selection_model(), RESULT.selection_model("step", "greater", (0.025,)))
    assert RESULT.selection_model().estimate != RESULT.selection_model(steps=(0.05,)).estimate


TESTED = ("z", "t", "HKSJ", "adhoc", "KR", "HC")


@pytest.mark.parametrize("kind", ["t(k-1)", "t(k-2)", "z", "HTS", "HKSJ", "NNF"])
@pytest.mark.parametrize("test", thinned(TESTED))
def test_half_of_what_the_prediction_leaves_lies_beyond_either_end(kind: str, test: str) -> None:
    alike = [0.30, 0.31, 0.33, 0.29, 0.30, 0.32, 0.31, 0.30]
    compared = 0
    for yi, k, level, weights in product((YI, alike), (4, 8), (0.9, 0.95), (None, "equal", VI)):
        if weights is not None and (test in ("KR", "HC") or kind == "NNF"):
            continue
        given = weights if weights is None or isinstance(weights, str) else weights[:k]
        result = synthesis.pool(yi[:k], VI[:k], test=test, level=level, prediction=kind, weights=given)
        tail = (1.0 - level) / 2.0
        for end, expected in (
            (result.prediction_high, (tail, 1.0 - tail)),
            (result.prediction_low, (1.0 - tail, tail)),
        ):
            assert result.probability_beyond(end) == pytest.approx(expected, rel=1e-8)
            compared += 1
    assert compared == (16 if test in ("KR", "HC") or kind == "NNF" else 48)


def test_the_chance_of_a_far_effect_keeps_its_digits() -> None:
    """Far above everything one less the chance below would be zero."""
    result = synthesis.pool(YI, VI, test="z", prediction="z")
    z = (3.0 - result.estimate) / math.hypot(math.sqrt(result.tau2), result.se)
    above, below = result.probability_beyond(3.0)
    assert above == pytest.approx(math.erfc(z / math.sqrt(2.0)) / 2.0, rel=1e-9, abs=0.0)
    assert 0.0 < above < 1e-20
    assert below == 1.0


def test_chances_in_a_new_setting_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="one study does not tell what to expect in a new setting"):
        synthesis.pool([0.1], [0.1]).probability_beyond(0.0)
    with pytest.raises(ValueError, match="method 'EE' rules out that effects differ"):
        synthesis.pool(YI, VI, method="EE").probability_beyond(0.0)
    with pytest.raises(ValueError, match=r"no prediction interval: t\(k-2\) needs more than 2 studies"):
        synthesis.pool(YI[:2], VI[:2], prediction="t(k-2)").probability_beyond(0.0)
    for threshold in (math.nan, "a", None, True):
        with pytest.raises(ValueError, match=r"threshold is .*; expected a finite number"):
            RESULT.probability_beyond(threshold)  # type: ignore[arg-type]


def test_equal_effects_are_tested_by_z_and_predict_nothing() -> None:
    result = synthesis.pool(YI, VI, method="EE")
    assert (result.test, result.prediction, result.df) == ("z", "none", math.inf)
    assert (result.ci_low, result.ci_high) == result.wald
    assert math.isnan(result.prediction_low)
    assert "prediction" not in str(result).replace("no prediction interval", "")
    assert synthesis.pool(YI, VI, method="EE", test="HKSJ").test == "HKSJ"
    for kind in ("t(k-1)", "HTS", "NNF", "z"):
        with pytest.raises(ValueError, match="about effects that differ, which method 'EE' rules out"):
            synthesis.pool(YI, VI, method="EE", prediction=kind)
    assert np.isnan(result.leave_one_out().prediction_low).all()


def test_a_narrower_interval_stands_beside_walds_in_rows_of_equal_standing() -> None:
    result = synthesis.pool([0.30, 0.31, 0.33, 0.29], [0.04, 0.02, 0.09, 0.03])
    assert result.narrower_than_wald
    rows = [line.strip() for line in str(result).split("\n")]
    own, plain = (
        f"[{number(low)}, {number(high)}]" for low, high in ((result.ci_low, result.ci_high), result.wald)
    )
    assert rows[1] == f"estimate, HKSJ  {number(result.estimate)}, 95% CI {own}"
    assert rows[2] == f"estimate, Wald  {number(result.estimate)}, 95% CI {plain}"
    assert "<th>estimate, Wald</th>" in result._repr_html_()
    assert (result.prediction_low, result.prediction_high) == pytest.approx(result.wald, rel=1e-12)
    for other in (RESULT, synthesis.pool([0.30, 0.31, 0.33], [0.1, 0.1, 0.1], test="adhoc")):
        assert not other.narrower_than_wald
        assert "Wald " not in str(other).split("Note")[0].split("interval")[0]


@pytest.mark.long
def test_estimates_that_are_the_same_have_an_answer_to_everything(tmp_path: Path) -> None:
    """Two hazard ratios of 1.2, whose HKSJ interval has no width: Wald's stands beside it."""
    yi, sei = [math.log(1.2)] * 2, [0.093, 0.207]
    result = synthesis.pool(yi, sei=sei)
    assert result.ci_low == result.ci_high == result.estimate
    half = 1.959963984540054 / math.hypot(1 / 0.093, 1 / 0.207)
    assert result.wald == pytest.approx((yi[0] - half, yi[0] + half))
    assert "estimate, Wald" in str(result)
    assert (result.prediction_low, result.prediction_high) == pytest.approx(result.wald)
    assert result.probability_beyond(result.wald[1]) == pytest.approx((0.025, 0.975))
    assert result.leave_one_out().estimate == pytest.approx(yi)
    drawn = 0
    for kind in sorted(BARE):
        try:
            drawn += len(result.plot(kind, tmp_path / kind, log=True, effect="Hazard ratio")) == 3
        except NotDefinedError:
            assert kind not in ("funnel", "radial", "cumulative")
    assert drawn >= 3


def test_labels_that_repeat_are_not_independent_and_said_so() -> None:
    labels = ["Oslo", "Oslo", "Bergen", *"abcd", "Oslo"]
    [note] = [n for n in synthesis.pool(YI, VI, slab=labels).notes if "repeat" in n]
    assert "labels repeat: these estimates are not independent (Oslo stands 3 times)" in note
    [two] = [n for n in synthesis.pool(YI, VI, slab=["Oslo", "Oslo", *"abcddd"]).notes if "repeat" in n]
    assert "(Oslo stands 2 times and 1 more)" in two
    assert not any("repeat" in n for n in synthesis.pool(YI, VI).notes)


@pytest.mark.parametrize("kind", thinned(sorted(BARE), 2))
def test_every_kind_that_a_result_can_have_is_drawn(kind: str, tmp_path: Path) -> None:
    files = RESULT.plot(kind, tmp_path / kind, title="Invented", effect="Mean difference (kg)")
    assert [file.suffix for file in files] == [".png", ".svg", ".pdf"]
    assert all(file.stat().st_size > 1_000 for file in files)


def test_kinds_that_need_more_say_what(tmp_path: Path) -> None:
    with pytest.raises(NotDefinedError, match="needs a moderator"):
        RESULT.plot("bubble", tmp_path / "x")
    with pytest.raises(NotDefinedError, match="events and persons of both arms"):
        RESULT.plot("labbe", tmp_path / "x")
    with pytest.raises(ValueError, match="unknown kind of plot 'funel'; did you mean 'funnel'"):
        RESULT.plot("funel", tmp_path / "x")
    with pytest.raises(ValueError, match="unknown word of a plot 'titel'; did you mean 'title'"):
        RESULT.plot("funnel", tmp_path / "x", titel="Invented")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="null is 'a'; expected a finite number"):
        RESULT.plot("funnel", tmp_path / "x", null="a")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="null is 0; expected a ratio above zero"):
        RESULT.plot("funnel", tmp_path / "x", null=0, log=True)
    assert list(tmp_path.iterdir()) == []


def test_the_null_of_a_posterior_is_0_where_nothing_is_said() -> None:
    plain, zero, other = RESULT.bayesian(), RESULT.bayesian(null=0.0), RESULT.bayesian(null=0.2)
    assert str(plain) == str(zero) != str(other)


def test_a_plot_has_the_columns_beside_the_effects_and_a_result_of_numbers_alone_has_none(
    tmp_path: Path,
) -> None:
    beside = pd.DataFrame({"y": YI, "v": VI, "dose": np.arange(8.0)})
    result = synthesis.pool("y", "v", data=beside)
    assert len(result.plot("bubble", tmp_path / "a", mods="dose")) == 3
    bare = Pooled.of(result)
    assert len(bare.plot("funnel", tmp_path / "b")) == 3
    with pytest.raises(ValueError, match="dose"):
        bare.plot("bubble", tmp_path / "c", mods="dose")
