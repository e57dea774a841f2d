"""The alignment diagnosis: its arithmetic, planted answers, and what the printed numbers give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evidence.records.effect import Estimate
from evidence.records.printed import Printed
from evidence.records.schema import Record
from studies.nhanes.alignment import (
    AS_FILED,
    STACKED,
    UNWEIGHTED,
    Match,
    arrangements,
    as_diagnosed,
    diagnose,
    stacked,
)
from studies.nhanes.cohort import Cohort
from studies.nhanes.comparison.published import race_composition, straight_slopes
from studies.nhanes.cross_products import CrossProducts
from studies.nhanes.models import regressions
from studies.nhanes.persons import CYCLE, WEIGHT
from studies.nhanes.protocol import EVERYBODY

MODELS = {"none": "model-1", "minimal": "model-2"}
PERMUTED = "both permuted in 2015-2016 and 2017-2018"


@pytest.fixture(scope="module")
def found(real_cohorts: dict[str, Cohort], record: Record) -> dict[str, Match]:
    """Every arrangement of the real files; 40 draws where 500 are the default."""
    return {match.arrangement: match for match in diagnose(real_cohorts["spine"], record, draws=40)}


def slope_table(cohort: Cohort) -> pd.DataFrame:
    return regressions(cohort, "weighted").set_index(["outcome", "subgroup", "model"])["estimate"].to_frame()


def compare_slopes(cohort: Cohort) -> int:
    """The fast slopes against the regressions, one by one."""
    products = CrossProducts(cohort)
    race = cohort.measured.class_of("race")[cohort.included]
    fast = products.slopes([race], [cohort.members[WEIGHT].to_numpy()])[0]
    slow = slope_table(cohort)["estimate"]
    expected = [slow[outcome, subgroup, MODELS[model]] for outcome, subgroup, model in products.keys]
    assert_allclose(fast, expected, rtol=1e-8)
    return len(expected)


def test_fast_slopes_are_those_of_the_regressions(invented: Cohort) -> None:
    assert compare_slopes(invented) + compare_slopes(as_diagnosed(invented)) == 2 * 36


@pytest.mark.long
def test_fast_slopes_are_those_of_the_regressions_on_the_real_files(
    real_cohorts: dict[str, Cohort],
) -> None:
    assert compare_slopes(real_cohorts["spine"]) + compare_slopes(as_diagnosed(real_cohorts["spine"])) == 72


def test_stacking_gives_the_last_cycle_the_labels_of_the_one_before() -> None:
    code = np.array([0, 0, 1, 1, 1, 2, 2])
    # persons stand as 5 6 2 3 4 and labels as 2 3 4 5 6
    assert_array_equal(stacked(code), [0, 1, 4, 5, 6, 2, 3])


def test_arrangements_move_what_their_name_says(invented: Cohort) -> None:
    code = invented.persons[CYCLE].cat.codes.to_numpy()
    keep = np.arange(len(code))
    rng = np.random.default_rng(1)
    named = {arrangement.name: arrangement for arrangement in arrangements(invented)}
    assert len(named) == 16
    assert named[UNWEIGHTED].draw(rng).weight is None

    both = named[PERMUTED].draw(rng)
    assert both.weight is both.race
    assert_array_equal(code[both.race], code)
    assert_array_equal(np.sort(both.race), keep)
    assert_array_equal(both.race[code == 0], keep[code == 0])
    assert all((both.race != keep)[code == index].mean() > 0.9 for index in (1, 2))

    race_only = named["race permuted in 2015-2016 and 2017-2018"].draw(rng)
    assert_array_equal(race_only.weight, keep)
    assert (race_only.race != keep).any()
    apart = named["each permuted by itself in 2015-2016 and 2017-2018"].draw(rng)
    assert apart.weight is not None
    assert (apart.weight != apart.race).any()
    inside = named[f"{PERMUTED}, cohort only"].draw(rng)
    assert_array_equal(inside.race[~invented.included], keep[~invented.included])


def print_slopes_of(cohort: Cohort, record: Record) -> Record:
    """The record with the slopes of another cohort printed to seven decimals."""
    slopes = slope_table(cohort)["estimate"]
    models = {"non-adjusted": "model-1", "adjust-i": "model-2"}

    def printed(estimate: Estimate) -> Estimate:
        if estimate.model not in models or estimate.effect is None:
            return estimate
        subgroup = estimate.stratum.sex or estimate.stratum.ancestry or EVERYBODY
        slope = slopes[estimate.outcome, subgroup, models[estimate.model]]
        number = Printed.parse(f"{slope:.7f}")
        return estimate.model_copy(update={"effect": estimate.effect.model_copy(update={"estimate": number})})

    return record.model_copy(update={"estimates": tuple(printed(found) for found in record.estimates)})


def test_without_settings_five_hundred_draws_of_one_seed_are_made(
    invented: Cohort, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = next(each for each in arrangements(invented) if each.random)
    monkeypatch.setattr("studies.nhanes.alignment.arrangements", lambda _: (random,))
    (usual,) = diagnose(invented, record)
    assert usual.draws == 500
    assert diagnose(invented, record, draws=500, seed=2013) == (usual,)


@pytest.mark.parametrize("planted", [AS_FILED, STACKED])
def test_a_planted_arrangement_is_found_and_no_other(planted: str, invented: Cohort, record: Record) -> None:
    source = invented if planted == AS_FILED else as_diagnosed(invented)
    matches = diagnose(invented, print_slopes_of(source, record), draws=5)
    to_the_digit = {match.arrangement: match.within_rounding for match in matches}
    assert to_the_digit.pop(planted) == 36
    assert max(to_the_digit.values()) < 18


def test_the_same_seed_gives_the_same_diagnosis(invented: Cohort, record: Record) -> None:
    once, again = (diagnose(invented, record, draws=3, seed=7) for _ in range(2))
    assert repr(once) == repr(again)
    assert repr(once) != repr(diagnose(invented, record, draws=3, seed=8))


def test_the_numbers_of_a_match_are_what_their_names_say(invented: Cohort, record: Record) -> None:
    """Drawn again with the same seed, each slope held against the printed one by itself."""
    rng, products, compared = np.random.default_rng(7), CrossProducts(invented), 0
    printed = [slope for slope in straight_slopes(record) if slope.adjustment in MODELS]
    keys = [products.keys.index((each.outcome, each.subgroup, each.adjustment)) for each in printed]
    shares = [float(share) for share in race_composition(record).values()]
    race, weight = invented.measured.class_of("race"), invented.persons[WEIGHT].to_numpy()

    def distance(slopes: np.ndarray, other: np.ndarray) -> float:
        ratios = [(a - b) / each.se for a, b, each in zip(slopes, other, printed, strict=True)]
        return float(np.sqrt(sum(ratio**2 for ratio in ratios) / len(ratios)))

    for arrangement, match in zip(
        arrangements(invented), diagnose(invented, record, draws=4, seed=7), strict=True
    ):
        laid = [arrangement.draw(rng) for _ in range(4 if arrangement.random else 1)]
        races = [race[each.race][invented.included] for each in laid]
        weighed = [np.ones(len(race)) if each.weight is None else weight[each.weight] for each in laid]
        drawn = products.slopes(races, [each[invented.included] for each in weighed])[:, keys]
        told = [float(each.estimate) for each in printed]
        far = [distance(slopes, np.array(told)) for slopes in drawn]
        centre = drawn.mean(axis=0)
        limits = [(float(each.ci[0]), float(each.ci[1])) for each in printed] * len(laid)
        inside = [low <= slope <= high for slope, (low, high) in zip(drawn.ravel(), limits, strict=True)]
        composition = [100 * float(np.mean(np.stack(races) == index)) for index in range(len(shares))]
        off = max(abs(a - b) for a, b in zip(composition, shares, strict=True))
        digits = [len(each.estimate.text.partition(".")[2]) for each in printed]
        same = [round(s, d) == t for row in drawn for s, d, t in zip(row.tolist(), digits, told, strict=True)]
        assert (match.arrangement, match.draws, match.slopes) == (arrangement.name, len(laid), 36)
        assert_allclose([match.rms, match.inside], [sum(far) / len(far), sum(inside) / len(laid)], rtol=1e-9)
        assert_allclose([match.rms_low, match.rms_high], np.percentile(far, [5, 95]), rtol=1e-9)
        assert match.within_rounding == sum(same) / len(laid)
        assert_allclose(match.composition, composition, rtol=1e-9)
        assert_allclose(match.composition_gap, off, rtol=1e-9)
        if arrangement.random:
            spread = [distance(slopes, centre) for slopes in drawn]
            assert match.typical == np.mean([each >= distance(np.array(told), centre) for each in spread])
        else:
            assert np.isnan(match.typical)
        compared += 1
    assert compared == 16


def test_a_class_of_race_that_nobody_is_in_has_no_percent(
    invented: Cohort, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one: 7 in the files, given here to 6 (Asian)."""
    first, *_ = arrangements(invented)
    monkeypatch.setattr("studies.nhanes.alignment.arrangements", lambda _: (first,))
    (before,) = diagnose(invented, record)
    races = invented.persons["RIDRETH3"].replace(7.0, 6.0)
    (match,) = diagnose(replace(invented, persons=invented.persons.assign(RIDRETH3=races)), record)
    *others, asian, last = before.composition
    assert_allclose(match.composition, [*others, asian + last, 0.0], rtol=1e-12)
    assert last > 10


def test_the_files_as_they_are_do_not_give_the_printed_slopes(found: dict[str, Match]) -> None:
    match = found[AS_FILED]
    assert (match.slopes, match.within_rounding, match.inside) == (36, 0, 20)
    assert match.rms > 2
    assert match.composition_gap > 2.5  # Non-Hispanic Asian: 14.6 % in the files, 12.1 % printed


def test_permuting_the_later_cycles_comes_nearer_than_any_other_set_of_cycles(
    found: dict[str, Match],
) -> None:
    random = {name: match for name, match in found.items() if match.draws > 1}
    assert len(random) == 11
    nearest = found[PERMUTED]
    of_cycles = [m for name, m in random.items() if name.startswith("both") and "cohort" not in name]
    assert len(of_cycles) == 7
    assert min(of_cycles, key=lambda match: match.rms) is nearest
    assert nearest.inside > 32
    assert nearest.typical > 0.3
    assert nearest.composition_gap < 0.5
    assert all(found[f"{what} permuted in 2015-2016 and 2017-2018"].rms > 1.3 for what in ("weights", "race"))


def test_stacking_the_later_cycles_otherwise_gives_the_printed_slopes(found: dict[str, Match]) -> None:
    # Seen in R too (haven, merge, lm): 8126 persons, 258 with weight 0, races 16.08 10.14 35.18 20.91 12.15
    # 5.54 %; thoracic, Model 1: 0.006088; lumbar, women, Model 2: -0.011558, where -0.0129 is printed.
    match = found[STACKED]
    assert (match.within_rounding, match.inside) == (35, 36)
    assert [round(share, 2) for share in match.composition] == [16.08, 10.14, 35.18, 20.91, 12.15, 5.54]
    assert max(found[f"{STACKED}, {part} only"].within_rounding for part in ("race", "weights")) == 6


def test_the_one_slope_that_stacking_does_not_give_is_printed_twice(
    real_cohorts: dict[str, Cohort], record: Record
) -> None:
    slopes = slope_table(as_diagnosed(real_cohorts["spine"]))["estimate"]
    missed = [
        printed
        for printed in straight_slopes(record)
        if printed.adjustment in MODELS
        and abs(
            slopes[printed.outcome, printed.subgroup, MODELS[printed.adjustment]] - float(printed.estimate)
        )
        > printed.estimate.half_unit + 1e-12
    ]
    assert [printed.at for printed in missed] == ["Lumbar Spine BMD, Female, Adjust I"]
    twin = next(p for p in straight_slopes(record) if p.at == "Lumbar Spine BMD, Female, Non-adjusted")
    assert missed[0].ci == twin.ci
    assert_allclose(slopes["lumbar-spine", "women", "model-2"], -0.011558, atol=5e-7)


def test_258_of_the_cohort_have_no_weight_in_that_stacking(real_cohorts: dict[str, Cohort]) -> None:
    assert (as_diagnosed(real_cohorts["spine"]).members[WEIGHT] == 0).sum() == 258


def test_no_other_shift_of_race_gives_the_printed_composition(
    real_cohorts: dict[str, Cohort], record: Record
) -> None:
    """Among all shifts of the later cycles by whole rows, by race composition alone."""
    cohort = real_cohorts["spine"]
    race, code = cohort.measured.class_of("race"), cohort.persons[CYCLE].cat.codes.to_numpy()
    later = np.flatnonzero(code > 0)
    members = np.flatnonzero(cohort.included[later])
    fixed = np.bincount(race[cohort.included & (code == 0)], minlength=6)
    printed = list(race_composition(record).values())
    low, high = [share.lowest for share in printed], [share.highest for share in printed]
    doubled = np.concatenate([race[later], race[later]])
    fitting = []
    for shift in range(len(later)):
        share = 100 * (fixed + np.bincount(doubled[members + shift], minlength=6)) / cohort.n
        if ((share >= low) & (share <= high)).all():
            fitting.append(shift)
    assert len(later) == 9971 + 9254
    assert fitting == [9254]  # the rows of 2015-2016 begin where those of 2017-2018 end: the stacking
    shifted = np.arange(len(code))
    shifted[later] = np.concatenate([later, later])[9254 : 9254 + len(later)]
    assert_array_equal(stacked(code), shifted)


def test_what_is_compared_are_the_36_slopes_of_two_models(record: Record) -> None:
    slopes = list(straight_slopes(record))
    assert len(slopes) == 54
    assert sum(slope.adjustment in MODELS for slope in slopes) == 36
