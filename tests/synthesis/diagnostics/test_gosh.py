"""Results of all subsets of the studies, and the studies that split them."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from synthesis import pool
from synthesis.diagnostics.gosh import Gosh, gosh, split_in_two, summarise
from tests.synthesis.diagnostics.reference import METAFOR, Comparisons

WITH_GOSH = {name: entry for name, entry in METAFOR.items() if entry.get("gosh")}


def outlying(k: int, positions: tuple[int, ...], seed: int = 4, draws: int = 2_000) -> Gosh:
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.01, 0.05, k)
    yi = rng.normal(0.2, np.sqrt(vi + 0.01))
    yi[list(positions)] += 1.5
    return gosh(pool(yi, vi), draws=draws)


def test_all_subsets_agree_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in WITH_GOSH.items():
        found, pinned = gosh(pool(entry["yi"], entry["vi"])), entry["gosh"]
        assert found.exact
        compared.check(f"{name} n", found.count, pinned["n"])
        compared.check(f"{name} mean", found.estimate.mean(), pinned["mean_est"])
        compared.check(f"{name} sd", found.estimate.std(ddof=1), pinned["sd_est"])
        # metafor has zero for subsets of one study, which have neither
        compared.check(f"{name} I2", np.nan_to_num(found.estimates.I2).mean(), pinned["mean_I2"], 1e-9)
        compared.check(f"{name} tau2", np.nan_to_num(found.estimates.tau2).mean(), pinned["mean_tau2"], 1e-12)
    assert compared.report() == 5 * 5


def test_quantiles_and_medians_are_those_of_the_subsets_listed() -> None:
    entry = METAFOR["aloe2013"]
    yi, vi = np.array(entry["yi"]), np.array(entry["vi"])
    rows = [list(rows) for size in range(2, 6) for rows in combinations(range(5), size)]
    each = [pool(yi[row], vi[row]) for row in rows]
    estimate, spread = np.array([p.estimate for p in each]), np.array([p.I2 for p in each])
    holds = np.array([[i in row for i in range(5)] for row in rows])
    found = summarise(gosh(pool(yi, vi)))
    assert found.subsets == len(rows) == 26
    assert found.estimate == pytest.approx(np.quantile(estimate, [0, 0.025, 0.25, 0.5, 0.75, 0.975, 1]))
    assert found.I2[3] == pytest.approx(np.median(spread))
    assert found.positive == (estimate > 0).mean()
    for i in range(5):
        assert found.estimate_with[i] == pytest.approx(np.median(estimate[holds[:, i]]))
        assert found.estimate_without[i] == pytest.approx(np.median(estimate[~holds[:, i]]))
        assert found.I2_with[i] == pytest.approx(np.median(spread[holds[:, i]]))
        assert found.I2_without[i] == pytest.approx(np.median(spread[~holds[:, i]]))
        gaps = [
            abs((estimate[holds[:, i]] <= at + 1e-9).mean() - (estimate[~holds[:, i]] <= at + 1e-9).mean())
            for at in estimate
        ]
        assert found.estimate_distance[i] == pytest.approx(max(gaps))


def test_distances_and_medians_with_and_without_a_study_heed_ties() -> None:
    """Of studies at zero and one many subsets agree: the distance of distributions looks past such runs."""
    found = gosh(pool([0.0, 0, 0, 1, 1, 1], [0.25] * 6, method="EE"))
    summary = summarise(found)
    for values, distance, among, others in (
        (found.estimate, summary.estimate_distance, summary.estimate_with, summary.estimate_without),
        (found.estimates.I2, summary.I2_distance, summary.I2_with, summary.I2_without),
    ):
        for i in range(6):
            one, other = values[found.several & found.holds(i)], values[found.several & ~found.holds(i)]
            assert distance[i] == pytest.approx(stats.ks_2samp(one, other).statistic, abs=1e-14)
            assert among[i] == pytest.approx(np.median(one), abs=1e-12)
            assert others[i] == pytest.approx(np.median(other), abs=1e-12)


@pytest.mark.parametrize(
    ("k", "positions"),
    [(10, ()), (8, (1,)), (12, (3, 5)), (20, ()), (20, (17,))],
)
def test_studies_that_split_the_cloud_are_named(k: int, positions: tuple[int, ...]) -> None:
    found = outlying(k, positions)
    summary = summarise(found)
    assert summary.separating == positions
    if found.exact:  # memberships are then as good as uncorrelated
        assert summary.share.sum() <= 1.1


@pytest.mark.long
def test_all_subsets_of_up_to_16_studies_are_pooled_and_a_sample_of_those_of_more() -> None:
    of = {k: gosh(pool(np.linspace(0, 1, k), np.ones(k)), draws=50) for k in (2, 16, 17)}
    assert [(found.exact, found.count, found.seed) for found in of.values()] == [
        (True, 3, None),
        (True, 65_535, None),
        (False, 50, 0),
    ]


def test_memberships_are_those_of_the_subsets() -> None:
    found = outlying(11, ())
    members = found.estimates.subsets.members()
    assert np.array_equal(np.column_stack([found.holds(i) for i in range(11)]), members)
    assert np.array_equal(found.several, members.sum(axis=1) > 1)


def test_a_sample_is_that_of_its_seed() -> None:
    pooled = pool(np.linspace(0, 1, 30), np.ones(30))
    first, again, other = (gosh(pooled, draws=500, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.estimate, again.estimate)
    assert not np.array_equal(first.estimate, other.estimate)
    assert (first.count, first.exact, first.seed) == (500, False, 1)


def test_a_small_sample_may_lack_a_study() -> None:
    summary = summarise(gosh(pool(np.linspace(0, 1, 30), np.ones(30)), draws=2, seed=7))
    lacking = np.isnan(summary.estimate_with)
    assert lacking.any()
    assert np.array_equal(lacking, np.isnan(summary.I2_distance))


def test_equal_effects_have_no_split() -> None:
    summary = summarise(gosh(pool([0.5, 0.5, 0.5], [0.1, 0.1, 0.1])))
    assert np.isnan(summary.share).all()
    assert summary.separating == ()
    assert summary.estimate_distance == pytest.approx([0.0, 0.0, 0.0], abs=1e-15)


def test_four_studies_are_too_few_to_name_one() -> None:
    summary = summarise(outlying(4, (1,)))
    assert summary.share[1] == pytest.approx(1.0)
    assert summary.separating == ()


def test_two_studies_have_one_subset() -> None:
    summary = summarise(gosh(pool([0.1, 0.5], [0.1, 0.2])))
    assert summary.subsets == 1
    assert np.isnan([summary.estimate_with, summary.I2_distance, summary.share]).all()


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two studies; there is one"):
        gosh(pool([0.1], [0.1]))
    with pytest.raises(ValueError, match=r"draws is 2\.5; expected a whole number, 1 or more"):
        gosh(pool([0.1, 0.2], [0.1, 0.2]), draws=2.5)  # type: ignore[arg-type]


def test_a_split_finds_two_clouds_whatever_their_units() -> None:
    rng = np.random.default_rng(1)
    points = np.vstack([rng.normal(0, 1, (70, 2)), rng.normal(8, 1, (30, 2))]) * np.array([1e-4, 1e5])
    sides = split_in_two(points)
    assert sides is not None
    assert np.array_equal(sides, np.arange(100) >= 70) or np.array_equal(sides, np.arange(100) < 70)


def test_coordinates_are_split_in_units_of_their_interquartile_range() -> None:
    """The first coordinate spreads over one, not over the tenth that its upper seven tenths span."""
    tenth, half = np.tile(np.arange(10), 4), np.arange(40) >= 20
    first = np.select([tenth < 3, tenth < 6], [0.0, 0.9], 1.0)
    sides = split_in_two(np.column_stack([first, half]))
    assert sides is not None
    assert np.array_equal(sides, half) or np.array_equal(sides, ~half)


def test_a_split_needs_points_that_differ() -> None:
    assert split_in_two(np.ones((9, 2))) is None
    one = split_in_two(np.array([[0.0, 3.0], [0.0, 3.0], [0.0, 3.0], [1.0, 3.0]]))
    assert one is not None
    assert one.tolist() in ([False, False, False, True], [True, True, True, False])


def test_each_coordinate_of_a_split_has_its_own_ends() -> None:
    """A rare mark, whose quartiles are equal, is divided by its range, whatever the others."""
    rng = np.random.default_rng(6)
    mark = np.arange(40) < 4
    sides = split_in_two(np.column_stack([1e3 + rng.normal(0.0, 1.0, 40), np.where(mark, 80.0, 3.0)]))
    turned = split_in_two(np.column_stack([np.where(mark, 80.0, 3.0), -1e3 + rng.normal(0.0, 0.1, 40)]))
    only = split_in_two(np.column_stack([np.full(40, 9.0), np.where(mark, 80.0, 3.0)]))
    assert sides is not None
    assert turned is not None
    assert only is not None
    assert np.array_equal(only, mark) or np.array_equal(only, ~mark)
    assert sides.sum() not in (0, 40)


@pytest.mark.parametrize(
    "points",
    [
        [[2, 1], [1, 2], [0, 2], [2, 0]],  # both medians serve all points of the second side as well
        [[2, 4, 4], [1, 4, 0], [2, 0, 1]],  # all points lie nearer to one of two corners of the quartiles
    ],
)
def test_a_side_that_would_lose_its_last_point_keeps_it(points: list[list[float]]) -> None:
    sides = split_in_two(np.array(points, dtype=float))
    assert sides is not None
    assert 0 < sides.sum() < len(points)


def test_a_split_of_a_line_by_hand() -> None:
    """0, 1, 2 and 10: from the quartiles 0.75 and 4 the centres settle at 1 and 10."""
    sides = split_in_two(np.array([[0.0], [1.0], [2.0], [10.0]]))
    assert sides is not None
    assert sides.tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    "points",
    [
        [[3, 7], [7, 2], [5, 0], [8, 9], [3, 5], [5, 7], [0, 5], [8, 6]],
        [[8, 7], [8, 5], [4, 7], [2, 5], [9, 2], [6, 0], [9, 9], [5, 7]],
        [[8, 6], [0, 9], [9, 7], [8, 0], [5, 0], [3, 5], [4, 5], [6, 6]],
    ],
)
def test_of_the_splits_from_both_pairs_of_corners_the_one_nearest_to_its_medians_is_taken(
    points: list[list[float]],
) -> None:
    """For these points it is the best of all 127 splits; that from the other pair of corners is not."""
    quarters = np.subtract(*np.percentile(points, [75, 25], axis=0))
    scaled = np.array(points) / quarters

    def distance(one: np.ndarray) -> float:
        parts = (scaled[one], scaled[~one])
        return float(sum(np.abs(part - np.median(part, axis=0)).sum() for part in parts))

    splits = [np.array([False, *rest]) for rest in product((False, True), repeat=7) if any(rest)]
    assert len(splits) == 127
    best = min(splits, key=distance)
    sides = split_in_two(np.array(points, dtype=float))
    assert sides is not None
    assert np.array_equal(sides, best) or np.array_equal(sides, ~best)


def test_two_studies_that_explain_the_split_together_are_both_named_and_three_are_not() -> None:
    two, three = summarise(outlying(9, (2, 6))), summarise(outlying(9, (1, 4, 7)))
    assert two.separating == (2, 6)
    assert two.share[[2, 6]].sum() >= 0.5 > two.share.max()
    top = np.sort(three.share)[::-1]
    assert (three.separating == ()) == (top[:2].sum() < 0.5)
    five = summarise(outlying(5, (3,)))
    assert five.separating == (3,)


def test_shares_are_squared_correlations_of_membership_and_split() -> None:
    found = outlying(6, (1,))
    several = found.several
    cloud = np.column_stack([found.estimate[several], found.estimates.I2[several]])
    sides = split_in_two(cloud)
    assert sides is not None
    expected = [np.corrcoef(found.holds(i)[several], sides)[0, 1] ** 2 for i in range(6)]
    assert summarise(found).share == pytest.approx(expected, rel=1e-9)


def test_the_weights_of_the_result_are_those_of_every_subset() -> None:
    yi, vi, own = np.array([0.1, 0.9, 0.4]), np.array([0.1, 0.3, 0.2]), np.array([1.0, 2.0, 5.0])
    found = gosh(pool(yi, vi, weights=own))
    rows = [np.flatnonzero(row) for row in found.estimates.subsets.members()]
    expected = [own[row] @ yi[row] / own[row].sum() for row in rows]
    assert found.estimate == pytest.approx(expected, rel=1e-12)
    assert (found.count, found.exact, found.seed) == (7, True, None)
    drawn = gosh(pool(np.arange(17.0), np.ones(17)), draws=50)
    assert (drawn.count, drawn.exact, drawn.seed) == (50, False, 0)


def test_progress_tells_how_many_subsets_are_done() -> None:
    told: list[tuple[int, int]] = []
    gosh(pool([0.1, 0.9, 0.4], [0.1, 0.3, 0.2]), progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (7, 7)
