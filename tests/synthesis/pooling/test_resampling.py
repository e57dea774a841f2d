"""Subsets and permutations: counts by hand, metafor's exact results, and samples that are what they say."""

import json
import math
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.resampling import permutation
from synthesis.pooling.resampling.permutation import _orders, permutation_test
from synthesis.pooling.resampling.subsets import MOST_STUDIES, all_subsets, pool_subsets, sampled_subsets

REFERENCE = Path(__file__).parents[2] / "reference"
TRIALS = json.loads((REFERENCE / "resampling" / "resampling.json").read_text())
SMALL = {p.stem: json.loads(p.read_text()) for p in sorted((REFERENCE / "metafor").glob("*.json"))}
COLUMNS = {"none": [], "ablat": ["ablat"], "random": ["random"], "both": ["ablat", "random"]}


def effects(entry: dict[str, Any]) -> Effects:
    return Effects(np.array(entry["yi"]), np.array(entry["vi"]))


def design(columns: list[str]) -> Array | None:
    return np.column_stack([np.ones(6), *(TRIALS[c] for c in columns)]) if columns else None


def some_effects(k: int, seed: int = 5) -> Effects:
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.3, k)
    return Effects(rng.normal(0.2, np.sqrt(v + 0.1)), v)


def test_all_subsets_of_three_studies_are_seven() -> None:
    members = all_subsets(3).members()
    expected = [[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]]
    assert np.array_equal(members, expected)


@pytest.mark.parametrize("k", [0, MOST_STUDIES + 1])
def test_subsets_of_no_or_too_many_studies_are_refused(k: int) -> None:
    with pytest.raises(ValueError, match="sampled_subsets"):
        all_subsets(k)


def test_every_subset_agrees_with_metafor() -> None:
    reference = TRIALS["gosh"]
    ours = pool_subsets(effects(TRIALS), all_subsets(6))
    place = np.array(reference["incl"]) @ 2 ** np.arange(6) - 1
    compared = 0
    for ours_name, name in (("beta", "estimate"), ("Q", "QE"), ("I2", "I2"), ("tau2", "tau2")):
        found = np.ravel(getattr(ours, ours_name))[place]
        # One study has no between-study variance, where metafor has zero; Q of one study is rounding there.
        several = ours.studies[place] > 1
        compared += int(several.sum())
        assert_allclose(found[several], np.array(reference["res"][name])[several], rtol=1e-8, atol=1e-10)
    assert compared == 4 * 57


def test_summaries_of_all_subsets_agree_with_metafor() -> None:
    compared = 0
    for entry in SMALL.values():
        if "gosh" not in entry:
            continue
        ours = pool_subsets(effects(entry), all_subsets(entry["k"]))
        found = {
            "n": len(ours.subsets),
            "mean_est": ours.beta.mean(),
            "sd_est": ours.beta.std(ddof=1),
            "mean_I2": np.nan_to_num(ours.I2).mean(),
            "mean_tau2": np.nan_to_num(ours.tau2).mean(),
        }
        for name, value in found.items():
            assert_allclose(value, entry["gosh"][name], rtol=1e-8, atol=1e-12)
            compared += 1
    assert compared == 25


@pytest.mark.parametrize("moderated", [False, True])
def test_a_subset_is_pooled_as_its_studies_alone(moderated: bool) -> None:
    data = some_effects(12)
    x = np.column_stack([np.ones(12), np.arange(12.0)]) if moderated else None
    subsets = sampled_subsets(12, 200, seed=1)
    ours = pool_subsets(data, subsets, "REML", x)
    compared = 0
    for row, members in enumerate(subsets.members()):
        alone = Effects(data.y[:, members], data.v[:, members])
        if moderated and members.sum() < 3:
            continue  # two coefficients of two studies leave no residuals, and of one study do not exist
        expected = pool_batch(alone, "REML", "z", design=None if x is None else x[members])
        assert_allclose(ours.beta[row], expected.beta[0], rtol=1e-10, atol=1e-12)
        assert_allclose(ours.tau2[row], expected.tau2[0], rtol=1e-9, atol=1e-12)
        assert_allclose(ours.I2[row], expected.I2[0], rtol=1e-9, atol=1e-9)
        assert_allclose(ours.Q[row], expected.Q[0], rtol=1e-10, atol=1e-12)
        compared += 1
    assert compared > 150


def test_subsets_that_cannot_estimate_the_design_are_nan() -> None:
    x = np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]])
    ours = pool_subsets(some_effects(4), all_subsets(4), design=x)
    without_contrast = np.flatnonzero(~np.isin(np.arange(1, 16), [5, 6, 7, 9, 10, 11, 13, 14, 15]))
    assert np.isnan(ours.beta[without_contrast]).all()
    assert np.isfinite(ours.beta[ours.studies >= 3]).all()


def test_subsets_for_other_data_are_refused() -> None:
    with pytest.raises(ValueError, match="subsets of 3 studies"):
        pool_subsets(some_effects(4), all_subsets(3))


def test_sampled_subsets_differ_repeat_with_the_seed_and_have_uniform_sizes() -> None:
    subsets = sampled_subsets(40, 20_000, seed=3)
    assert np.array_equal(subsets.bits, sampled_subsets(40, 20_000, seed=3).bits)
    assert not np.array_equal(subsets.bits, sampled_subsets(40, 20_000, seed=4).bits)
    assert len(np.unique(subsets.bits, axis=0)) == len(subsets) == 20_000
    sizes = np.bincount(subsets.members().sum(axis=1), minlength=41)
    assert sizes[0] == 0
    assert sizes[1] == 40  # all there are of one study
    assert np.abs(sizes[5:36] / sizes[5:36].mean() - 1.0).max() < 0.2  # five standard errors


def test_single_studies_and_the_whole_set_are_drawn_too() -> None:
    drawn = sampled_subsets(14, 600, seed=3)
    sizes = np.unpackbits(drawn.bits, axis=1, bitorder="little").sum(axis=1)
    assert drawn.members().sum(axis=1).tolist() == sizes.tolist()
    assert (sizes == 14).sum() == 1, "there is one whole set, and it is one size of fourteen"
    assert (sizes == 1).sum() >= 10, "most studies alone"
    assert sizes.min() == 1


def test_sampling_more_than_a_quarter_of_all_subsets_is_refused() -> None:
    assert len(sampled_subsets(6, 15, seed=0)) == 15
    assert len(sampled_subsets(6, 1, seed=0)) == 1
    for n in (0, 16):
        with pytest.raises(ValueError, match="1 to 15"):
            sampled_subsets(6, n, seed=0)


def test_progress_counts_up_to_the_number_of_subsets() -> None:
    seen: list[tuple[int, int]] = []
    pool_subsets(
        some_effects(17), all_subsets(17), "DL", progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(58_823, 131_071), (117_646, 131_071), (131_071, 131_071)]


@pytest.mark.parametrize("name", sorted(TRIALS["permutest"]))
def test_exact_permutation_agrees_with_metafor(name: str) -> None:
    columns, test = name.split("/")
    reference = TRIALS["permutest"][name]
    ours = permutation_test(
        effects(TRIALS), test={"z": "z", "knha": "HKSJ"}[test], design=design(COLUMNS[columns])
    )
    assert ours.exact
    assert_allclose(ours.p_value, np.ravel(reference["pval"]), rtol=1e-12)
    assert_allclose(ours.QM_p, reference["QMp"], rtol=1e-12)
    assert_allclose(ours.statistic, np.ravel(reference["zval"]), rtol=1e-8)
    assert_allclose(ours.QM, reference["QM"], rtol=1e-8)


def test_exact_sign_changes_agree_with_metafor() -> None:
    references = {name: e for name, e in SMALL.items() if "permutest" in e}
    for entry in references.values():
        assert_allclose(permutation_test(effects(entry)).p_value, entry["permutest"]["pval"], rtol=1e-12)
    assert len(references) == 3


def test_sign_changes_are_all_of_them() -> None:
    data = some_effects(7)
    signs = np.array(list(product([1.0, -1.0], repeat=7)))
    batch = Effects(signs * data.y, np.broadcast_to(data.v, signs.shape))
    statistic = np.abs(pool_batch(batch, "REML", "HKSJ").statistic[:, 0])
    expected = np.mean(statistic >= statistic[0] - 1e-9)
    ours = permutation_test(data, test="HKSJ")
    assert (ours.exact, ours.permutations, ours.what) == (True, 64, "sign changes")
    assert_allclose(ours.p_value, expected, rtol=1e-14)


def test_orders_are_all_of_them_whether_or_not_rows_repeat() -> None:
    data = some_effects(6)
    for column in ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 1.0, 1.0, 0.0, 2.0, 1.0]):
        x = np.column_stack([np.ones(6), column])
        orders = np.array(list(permutations(range(6))))
        pooled = pool_batch(Effects(data.y[0][orders], data.v[0][orders]), "REML", "z", design=x)
        sizes = np.abs(pooled.statistic)
        ours = permutation_test(data, design=x)
        assert_allclose(ours.p_value, (sizes >= sizes[0] - 1e-9).mean(axis=0), rtol=1e-14)
        repeats = np.unique(column, return_counts=True)[1].tolist()
        assert ours.permutations == math.factorial(6) // math.prod(math.factorial(r) for r in repeats)


def test_many_orders_are_sampled_with_the_observed_one_counted() -> None:
    data = some_effects(12)
    x = np.column_stack([np.ones(12), np.arange(12.0)])
    ours = permutation_test(data, "DL", design=x, draws=99, seed=2)
    assert (ours.exact, ours.permutations) == (False, 100)
    assert np.all((100 * ours.p_value >= 1) & (100 * ours.p_value <= 100))
    assert_allclose(100 * ours.p_value, np.round(100 * ours.p_value), rtol=1e-12)
    again = permutation_test(data, "DL", design=x, draws=99, seed=2)
    assert np.array_equal(ours.p_value, again.p_value)


def test_a_sample_without_settings_is_of_9999_draws_of_seed_zero() -> None:
    data, x = some_effects(10), np.column_stack([np.ones(10), np.arange(10.0)])
    ours = permutation_test(data, "DL", design=x)
    assert (ours.exact, ours.permutations) == (False, 10_000)
    assert np.array_equal(ours.p_value, permutation_test(data, "DL", design=x, seed=0).p_value)
    assert not np.array_equal(ours.p_value, permutation_test(data, "DL", design=x, seed=1).p_value)


@pytest.mark.parametrize("moderated", [False, True])
def test_draws_beyond_a_block_are_each_counted_once(moderated: bool) -> None:
    """No effect at all: every arrangement is a tie with the observed one, and p is one."""
    k = 1000
    seen: list[tuple[int, int]] = []
    x = np.column_stack([np.ones(k), np.linspace(0.0, 1.0, k)]) if moderated else None
    ours = permutation_test(
        Effects(np.zeros(k), np.ones(k)),
        "DL",
        design=x,
        draws=1500,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1000, 1500), (1500, 1500)]
    assert (ours.permutations, ours.exact) == (1501, False)
    assert (ours.p_value == 1.0).all()


def test_rows_that_are_told_apart_by_yes_and_no_are_zeros_and_ones() -> None:
    data, group = some_effects(6), np.array([True, False, False, True, False, True])
    yes_no = permutation_test(data, design=np.column_stack([np.ones(6, dtype=bool), group]))
    numbers = permutation_test(data, design=np.column_stack([np.ones(6), group]))
    assert np.array_equal(yes_no.p_value, numbers.p_value)
    assert np.array_equal(yes_no.statistic, numbers.statistic)


@pytest.mark.parametrize("k", [4, 18])
def test_two_studies_agree_in_half_of_all_changes_of_sign_sampled_or_not(k: int) -> None:
    y = np.append([1.0, 1.0], np.zeros(k - 2))
    ours = permutation_test(Effects(y, np.ones(k)), "EE")
    assert ours.exact == (k == 4)
    assert abs(ours.p_value[0] - 0.5) < (1e-15 if ours.exact else 5 * math.sqrt(0.25 / 10_000))


def test_sampled_sign_changes_are_near_the_exact_p() -> None:
    data = some_effects(16)
    exact = permutation_test(data, "DL")
    more = Effects(np.append(data.y, 0.0), np.append(data.v, 1e6))  # two ways more, which change nothing
    more = Effects(np.append(more.y, 0.0), np.append(more.v, 1e6))
    sampled = permutation_test(more, "DL", draws=20_000)
    assert (exact.exact, sampled.exact) == (True, False)
    p = float(exact.p_value[0])
    assert abs(float(sampled.p_value[0]) - p) < 5 * math.sqrt(p * (1 - p) / 20_000) + 1e-4


def test_absent_studies_take_no_part_in_a_permutation_test() -> None:
    data = some_effects(7)
    present = np.arange(7) != 2
    x = np.column_stack([np.ones(7), np.arange(7.0)])
    for rows in (None, x):
        ours = permutation_test(data.where(present[None, :]), design=rows)
        alone = permutation_test(
            Effects(data.y[:, present], data.v[:, present]), design=None if rows is None else rows[present]
        )
        assert np.array_equal(ours.p_value, alone.p_value)
        assert ours.permutations == alone.permutations


def test_one_study_proves_nothing_and_none_nothing_at_all() -> None:
    assert permutation_test(Effects(np.array([3.0]), np.array([0.1]))).p_value.tolist() == [1.0]
    assert np.isnan(permutation_test(Effects(np.ones((1, 0)), np.ones((1, 0)))).p_value).all()


def test_equal_effects_have_the_smallest_p_there_is() -> None:
    ours = permutation_test(Effects(np.full(6, 0.5), np.full(6, 0.1)), test="HKSJ")
    assert ours.p_value.tolist() == [1.0 / 32.0]


def test_several_data_sets_or_no_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="2 data sets; expected one"):
        permutation_test(Effects(np.ones((2, 3)), np.ones((2, 3))))
    with pytest.raises(ValueError, match="draws is 0; expected a whole number, 1 or more"):
        permutation_test(some_effects(3), draws=0)


def test_weights_of_a_users_own_stay_with_the_studies_that_are_present() -> None:
    y, v = np.array([0.3, np.nan, 0.5, -0.1, 0.8]), np.array([0.1, np.inf, 0.1, 0.3, 0.2])
    there = [0, 2, 3, 4]
    found = permutation_test(Effects(y, v), weights=np.array([4, 9, 1, 2, 3]))
    expected = permutation_test(Effects(y[there], v[there]), weights=np.array([4.0, 1.0, 2.0, 3.0]))
    assert (found.permutations, found.exact) == (expected.permutations, True) == (8, True)
    assert_allclose(found.statistic, expected.statistic, rtol=1e-14)
    assert found.p_value[0] == expected.p_value[0]


def test_a_hundred_thousand_arrangements_are_all_pooled_and_of_more_a_sample_is_drawn() -> None:
    """2^16 and 2^17 changes of signs; 8 of 19 studies in one group in 75,582 ways, 8 of 20 in 125,970."""
    rng = np.random.default_rng(0)
    for k, count in ((17, 2**16), (18, 50)):
        signs = permutation._sign_changes(Effects(np.zeros(k), np.ones(k)), 50, rng)
        assert (signs.exact, signs.count) == (k == 17, count)
    for k, count in ((19, 75_582), (20, 50)):
        group = np.column_stack([np.ones(k), np.arange(k) < 8])
        orders = permutation._orders(Effects(np.zeros(k), np.ones(k)), group, 50, rng)
        assert (orders.exact, orders.count) == (k == 19, count)


def test_weights_stay_with_their_studies_when_signs_change_and_rows_are_exchanged() -> None:
    """Of five studies, of which one is absent: by each of 16 changes of sign, and each of 24 orders."""
    data, weights = some_effects(5), np.array([3.0, 1.0, 9.0, 2.0, 0.5])
    here = np.array([True, True, False, True, True])
    y, v, w = data.y[:, here], data.v[:, here], weights[here]
    x = np.column_stack([np.ones(5), [0.0, 1.0, 5.0, 3.0, 4.0]])
    signed = [y * np.array(signs) for signs in product((1.0, -1.0), repeat=4)]
    exchanged = [np.array(order) for order in permutations(range(4))]
    mean = permutation_test(Effects(data.y, data.v, here[None]), "DL", "z", weights=weights)
    expected = [pool_batch(Effects(each, v), "DL", "z", weights=w).statistic[0, 0] for each in signed]
    assert mean.statistic[0] == pytest.approx(expected[0], rel=1e-12)
    assert mean.p_value[0] == np.mean(np.abs(expected) >= abs(expected[0]) - 1e-12)
    slope = permutation_test(Effects(data.y, data.v, here[None]), "DL", "z", x, weights=weights)
    expected = [
        pool_batch(Effects(y[:, o], v[:, o]), "DL", "z", design=x[here], weights=w).statistic[0, 1]
        for o in exchanged
    ]
    assert slope.statistic[1] == pytest.approx(expected[0], rel=1e-12)
    assert slope.p_value[1] == np.mean(np.abs(expected) >= abs(expected[0]) - 1e-12)
    plain = permutation_test(Effects(data.y, data.v, here[None]), "DL", "z")
    assert plain.statistic[0] != pytest.approx(mean.statistic[0], rel=1e-3)


def test_each_order_that_is_drawn_has_every_study_once() -> None:
    data = some_effects(12)
    x = np.column_stack([np.ones(12), np.arange(12.0)])
    drawn = _orders(data, x, 50, np.random.default_rng(4)).data(slice(0, 50))
    assert (np.sort(drawn.y) == np.sort(data.y)).all()
    assert len(np.unique(drawn.y, axis=0)) == 50
    pairs = dict(zip(data.y[0].tolist(), data.v[0].tolist(), strict=True))
    assert [pairs[each] for each in drawn.y.ravel().tolist()] == drawn.v.ravel().tolist()
