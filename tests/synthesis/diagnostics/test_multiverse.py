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
