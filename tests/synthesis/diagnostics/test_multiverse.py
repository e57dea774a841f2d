"""Specifications are what pooling each alone gives; duplicates count once; impossible ones are said."""

from itertools import product

import numpy as np
import pytest

from synthesis import pool
from synthesis.diagnostics.multiverse import (
    ESTIMATORS,
    OUTLIER_RULES,
    TESTS,
    DataSet,
    drop_beyond,
    drop_extreme,
    multiverse,
)
from synthesis.pooling.kernel.effects import Effects
from tests.synthesis.diagnostics.reference import METAFOR, effects

REML = pool([0.1, 0.2], [0.1, 0.1])  # whose level and weights, the usual ones, are taken


def alternative(name: str, yi: object, vi: object) -> DataSet:
    return DataSet((name,), np.array(yi, dtype=float), np.array(vi, dtype=float))


def test_every_specification_is_its_own_analysis() -> None:
    yi, vi = effects(METAFOR["bcg_rr"])
    found = multiverse(
        REML,
        [alternative("all", yi, vi), alternative("first ten", yi[:10], vi[:10])],
        ("studies",),
        outliers={"none": OUTLIER_RULES["none left out"]},
    )
    assert len(found.options) == 2 * len(ESTIMATORS) * len(TESTS)
    for row, (studies, _, estimator, test) in enumerate(found.options):
        k = 13 if studies == "all" else 10
        alone = pool(yi[:k], vi[:k], method=estimator, test=test)
        assert found.estimate[row] == pytest.approx(alone.estimate, rel=1e-12)
        assert found.ci_low[row] == pytest.approx(alone.ci_low, rel=1e-12)
        assert found.ci_high[row] == pytest.approx(alone.ci_high, rel=1e-12)
        assert found.p_value[row] == pytest.approx(alone.p_value, rel=1e-9)
        assert found.k[row] == k


def test_outlier_rules_leave_out_what_they_say() -> None:
    yi, vi = effects(METAFOR["hackshaw1998"])
    data = Effects(yi, vi)
    residuals = np.array(METAFOR["hackshaw1998"]["influence"]["rstudent"])
    assert (drop_beyond(1.96)(data)[0] == (np.abs(residuals) <= 1.96)).all()
    assert 0 < np.sum(np.abs(residuals) > 1.96) < yi.size
    kept = drop_extreme(data)[0]
    assert set(np.flatnonzero(~kept)) == {int(yi.argmin()), int(yi.argmax())}
    assert drop_extreme(Effects(yi[:4], vi[:4])).all()


def test_the_same_data_count_once_whatever_led_to_them() -> None:
    yi, vi = [0.1, 0.2, 0.15], [0.04, 0.05, 0.06]
    found = multiverse(REML, [alternative("a", yi, vi), alternative("b", yi, vi)], ("way",))
    assert found.data_sets == 1
    assert len(found.options) == len(ESTIMATORS) * len(TESTS)


def test_padding_changes_nothing() -> None:
    yi, vi = effects(METAFOR["collins1985b"])
    short = alternative("short", yi[:4], vi[:4])
    alone = multiverse(REML, [short], ("studies",))
    beside = multiverse(REML, [short, alternative("long", yi, vi)], ("studies",))
    rows = [i for i, options in enumerate(beside.options) if options[0] == "short"]
    assert np.allclose(beside.estimate[rows], alone.estimate, rtol=1e-12, equal_nan=True)


def test_single_studies_are_undefined_and_counted() -> None:
    found = multiverse(REML, [alternative("one", [0.2], [0.1])], ("studies",))
    assert found.undefined == len(found.options)


def test_estimators_and_tests_that_do_not_go_together_are_named() -> None:
    yi, vi = effects(METAFOR["collins1985b"])
    found = multiverse(REML, [alternative("all", yi, vi)], ("studies",), ("REML", "DL"), ("HC", "KR", "z"))
    assert {options[-2:] for options in found.options} == {
        ("REML", "KR"),
        ("REML", "z"),
        ("DL", "HC"),
        ("DL", "z"),
    }
    assert [each.split(":")[0] for each in found.skipped] == ["REML with HC", "DL with KR"]


def test_the_table_counts_each_option() -> None:
    yi, vi = effects(METAFOR["bcg_rr"])
    found = multiverse(REML, [alternative("all", yi, vi)], ("studies",))
    table = found.table()
    for choice, option, n, share in zip(
        table["choice"], table["option"], table["n"], table["excludes_null"], strict=True
    ):
        position = found.choices.index(choice)
        rows = [i for i, options in enumerate(found.options) if options[position] == option]
        assert n == len(rows)
        assert share == pytest.approx(np.mean(found.excludes_null[rows]))
    assert sum(n for c, n in zip(table["choice"], table["n"], strict=True) if c == "test") == len(
        found.options
    )


def test_a_lone_choice_flips_the_conclusion_where_it_should() -> None:
    # equal effects ignores the disagreement that keeps the random-effects interval on both sides of zero
    found = multiverse(
        REML,
        [alternative("all", [0.9, -0.1, 0.8, 0.1], [0.02, 0.02, 0.02, 0.02])],
        ("studies",),
        ("REML", "EE"),
        ("z", "HKSJ"),
        outliers={"none": OUTLIER_RULES["none left out"]},
    )
    conclusions = dict(zip([o[-2:] for o in found.options], found.excludes_null.tolist(), strict=True))
    assert conclusions[("EE", "z")]
    assert not conclusions[("REML", "HKSJ")]


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="at least one data set"):
        multiverse(REML, [])
    with pytest.raises(ValueError, match="options of 2 choices"):
        multiverse(REML, [alternative("a", [0.1], [0.1])], ("x", "y"))


def test_all_combinations_are_there() -> None:
    rng = np.random.default_rng(1)
    alternatives = [
        DataSet((a, b), rng.standard_normal(8), rng.uniform(0.1, 0.4, 8)) for a, b in product("12", "xy")
    ]
    found = multiverse(
        REML, alternatives, ("first", "second"), outliers={"none": OUTLIER_RULES["none left out"]}
    )
    assert set(found.options) == set(product("12", "xy", ["none"], ESTIMATORS, TESTS))


@pytest.mark.parametrize("weights", ["equal", [1.0, 2.0, 5.0, 1.0, 3.0]])
def test_the_weights_and_the_level_of_the_result_are_those_of_every_specification(weights: object) -> None:
    yi, vi = np.array([0.1, 0.5, 0.4, 0.9, 0.3]), np.array([0.1, 0.2, 0.1, 0.3, 0.2])
    found = multiverse(
        pool(yi, vi, weights=weights, level=0.8), outliers={"none": OUTLIER_RULES["none left out"]}
    )
    assert found.choices == ("outliers", "estimator", "test")
    assert len(found.options) == len(found.estimate) > 10
    for row, (_, estimator, test) in enumerate(found.options):
        alone = pool(yi, vi, weights=weights, method=estimator, test=test, level=0.8)
        assert found.estimate[row] == pytest.approx(alone.estimate, rel=1e-9)
        assert (found.ci_low[row], found.ci_high[row]) == pytest.approx(
            (alone.ci_low, alone.ci_high), rel=1e-9
        )
        assert found.tau2[row] == pytest.approx(alone.tau2, rel=1e-9)
    if not isinstance(weights, str):
        with pytest.raises(ValueError, match="which these data sets lack"):
            multiverse(pool(yi, vi, weights=weights), [alternative("all", yi, vi)], ("studies",))


def test_own_weights_stay_with_their_studies_in_every_data_set() -> None:
    yi, vi, own = np.arange(6.0), np.full(6, 0.1), np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    sets = [DataSet(("six",), yi, vi, own), DataSet(("four",), yi[:4], vi[:4], own[:4])]
    result = pool(yi, vi, method="EE", test="z", weights=own)
    found = multiverse(result, sets, ("studies",), ("EE",), ("z",), {"none": OUTLIER_RULES["none left out"]})
    both = {
        options[0]: estimate for options, estimate in zip(found.options, found.estimate.tolist(), strict=True)
    }
    assert both == pytest.approx({"six": own @ yi / 21, "four": own[:4] @ yi[:4] / 10})
    others = [DataSet(("rising",), yi, vi, own), DataSet(("falling",), yi, vi, own[::-1])]
    assert multiverse(result, others, ("weights",)).data_sets == 2 * 2  # with and without the outer two


@pytest.mark.parametrize(
    ("rule", "kept"), [("residuals beyond 1.96 left out", 0), ("residuals beyond 3 left out", 1)]
)
def test_the_rules_leave_out_what_their_names_say(rule: str, kept: int) -> None:
    """Nineteen studies at 0 and one at y of variance 1: the residual of the last is y / sqrt(1 + 1/19)."""
    for residual, stays in ((1.9, True), (2.1, kept == 1), (2.9, kept == 1), (3.1, False)):
        y = residual * (20 / 19) ** 0.5
        present = OUTLIER_RULES[rule](Effects(np.array([0.0] * 19 + [y]), np.ones(20)))[0]
        assert present.tolist() == [True] * 19 + [stays]


def test_the_lowest_and_highest_of_five_are_left_out() -> None:
    y = np.array([[3.0, 1.0, 2.0, 5.0, 4.0], [0.0, 1.0, 2.0, 5.0, -9.0]])
    present = np.array([[True] * 5, [True] * 4 + [False]])
    kept = drop_extreme(Effects(y, np.ones((2, 5)), present))
    assert kept.tolist() == [[True, False, True, False, True], [True, True, True, True, False]]


def test_the_null_is_the_value_that_an_interval_has_to_exclude() -> None:
    yi, vi = [0.9, 1.1, 1.0], [0.01, 0.01, 0.01]
    one = pool(yi, vi, method="EE", test="z")
    rules = {"none": OUTLIER_RULES["none left out"]}
    shares = {}
    for null in (0.0, one.ci_low - 1e-9, one.ci_low + 1e-9, one.ci_high - 1e-9, one.ci_high + 1e-9):
        found = multiverse(one, None, (), ("EE",), ("z",), rules, null=null)
        shares[null] = found.excludes_null.tolist()
        assert found.table()["excludes_null"] == [float(shares[null][0])] * 3
    assert list(shares.values()) == [[True], [True], [False], [False], [True]]
    with pytest.raises(ValueError, match="null is 'none'"):
        multiverse(one, null="none")  # type: ignore[arg-type]


def test_the_table_has_the_range_of_each_option_and_says_where_there_is_none() -> None:
    sets = [alternative("three", [0.0, 0.1, 0.5], [0.1, 0.2, 0.9]), alternative("one", [0.4], [0.1])]
    found = multiverse(REML, sets, ("studies",), ("EE", "DL"), ("z", "HKSJ"))
    table = found.table()
    rows = list(zip(*table.values(), strict=True))
    assert list(table) == ["choice", "option", "n", "lowest", "median", "highest", "excludes_null"]
    three = [found.estimate[i] for i, options in enumerate(found.options) if options[0] == "three"]
    assert rows[0][:2] == ("studies", "three")
    assert rows[0][2:6] == (len(three), min(three), np.median(three), max(three))
    assert rows[1][:3] == ("studies", "one", 0)
    assert np.isnan(rows[1][3:]).all()
    assert (found.undefined, len(three)) == (len(found.options) - len(three), int(found.defined.sum()))
    assert (found.k == [3.0 if options[0] == "three" else 1.0 for options in found.options]).all()


def test_the_choices_of_the_result_are_among_those_tried() -> None:
    yi, vi = effects(METAFOR["bcg_rr"])
    found = multiverse(pool(yi, vi, method="HS", test="t"), outliers={"none": OUTLIER_RULES["none left out"]})
    assert {options[1] for options in found.options} == {*ESTIMATORS, "HS"}
    assert {options[2] for options in found.options} == {*TESTS, "t"}
    two = multiverse(pool([0.1, 0.4], [0.1, 0.2]))
    assert two.undefined == 0
    assert np.isfinite(two.estimate).all()
