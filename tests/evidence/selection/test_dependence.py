"""Who is dependent on whom among the effects of an analysis, and what is known of their covariance."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from evidence.records.effects_model import EffectsModel
from evidence.records.review import LoadedReview
from evidence.selection.dependence import Dependence, refuse_unknown_sites
from evidence.selection.selection import DoubleCountError, select
from tests.synthesis.review.made import record, review
from tests.synthesis.review.sites import MODEL, both_sites, dependence, of_sexes, row

CHE = EffectsModel.model_validate({"name": "CHE", "rho": "0.6"})


def names(found: Dependence) -> dict[str, list[str]]:
    return {
        each.label: [found.rows[place].candidate.name for place in each.places] for each in found.clusters
    }


def bonds(found: Dependence) -> dict[tuple[str, str], tuple[Any, ...]]:
    name = [each.candidate.name for each in found.rows]
    pairs = {tuple(sorted((name[pair.first], name[pair.second]))): pair for pair in found.pairs}
    return {(a, b): (pair.bond, pair.covariance, pair.share) for (a, b), pair in pairs.items()}


def two(folder: Path, first: str, second: str, more: str = MODEL) -> LoadedReview:
    return review(folder, {"a": first, "b": second}, more=more)


def test_two_sites_of_one_study_are_the_same_persons_and_need_rho(tmp_path: Path) -> None:
    found = dependence(both_sites(tmp_path))
    assert names(found) == {
        "A": ["a/hip", "a/spine"],
        "B": ["b/hip", "b/spine"],
        "C": ["c/hip"],
        "D": ["d/hip", "d/spine"],
        "E": ["e/spine"],
    }
    assert bonds(found) == {
        (f"{study}/hip", f"{study}/spine"): ("same persons", None, 1.0) for study in "abd"
    }
    values = {found.rows[i].candidate.name: value for i, _, value in found.covariances(CHE)}
    assert values == {
        "a/hip": pytest.approx(0.6 * 0.006 * 0.008),
        "b/hip": pytest.approx(0.6 * 0.007 * 0.006),
        "d/hip": pytest.approx(0.6 * 0.010 * 0.011),
    }


def test_disjoint_strata_are_one_cluster_with_independent_errors(tmp_path: Path) -> None:
    found = dependence(of_sexes(tmp_path))
    assert [len(each.places) for each in found.clusters] == [4, 4, 4, 4]
    kinds = [pair.bond for pair in found.pairs]
    # of four rows two pairs are of one sex and four of two
    assert (kinds.count("same persons"), kinds.count("other persons"), len(kinds)) == (8, 16, 24)
    assert {pair.covariance for pair in found.of_bond("other persons")} == {0.0}
    assert len(found.covariances(CHE)) == 8


def test_a_model_with_independent_errors_or_those_within_sites_needs_no_rho(tmp_path: Path) -> None:
    found = dependence(both_sites(tmp_path))
    for name in ("HE", "SCE"):
        assert found.covariances(EffectsModel.model_validate(name)) == []
    with pytest.raises(ValueError, match="a/hip and a/spine are of the same persons") as refusal:
        found.covariances(EffectsModel.model_validate("CHE"))
    assert "model: {name: CHE, rho: 0.6}" in str(refusal.value)


def test_rho_by_pair_of_sites_is_that_of_the_pair_else_of_the_others(tmp_path: Path) -> None:
    found = dependence(both_sites(tmp_path))
    by_pair = EffectsModel.model_validate({"name": "CHE", "rho": {"Spine with HIP": "0.3", "others": "0.9"}})
    assert found.covariances(by_pair)[0][2] == pytest.approx(0.3 * 0.006 * 0.008)
    rest = EffectsModel.model_validate({"name": "CHE", "rho": {"hip with wrist": "0.3", "others": "0.9"}})
    assert found.covariances(rest)[0][2] == pytest.approx(0.9 * 0.006 * 0.008)
    lacking = EffectsModel.model_validate({"name": "CHE", "rho": {"hip with wrist": "0.3"}})
    with pytest.raises(ValueError, match="'rho' says nothing of them; add 'hip with spine'"):
        found.covariances(lacking)


@pytest.mark.parametrize(
    ("pair", "hint"),
    [
        ("hip with spine", None),
        ("hip with spin", "no record has the site 'spin'. Did you mean 'spine'?"),
        ("wrist with hip", "no record has the site 'wrist'. The records have: hip, spine."),
    ],
)
def test_rho_names_sites_that_the_records_have(pair: str, hint: str | None, tmp_path: Path) -> None:
    loaded = both_sites(tmp_path)
    model = EffectsModel.model_validate({"name": "CHE", "rho": {pair: "0.3", "others": "0.9"}})
    said = []
    try:
        refuse_unknown_sites(model, loaded.review, loaded.records)
    except ValueError as refusal:
        said.append(str(refusal))
    assert said == ([] if hint is None else [f"'rho' of '{pair}': {hint}"])
    for rho in ("0.3", {"others": "0.9"}):
        every = EffectsModel.model_validate({"name": "CHE", "rho": rho})
        refuse_unknown_sites(every, loaded.review, loaded.records)
    refuse_unknown_sites(EffectsModel.model_validate("HE"), loaded.review, loaded.records)


@pytest.mark.parametrize(
    ("sizes", "share"),
    [
        *(((400, 900), 2 / 3), ((900, 400), 2 / 3), ((400, 400), 1.0), ((1, 4), 0.5)),
        *(((400, None), 1.0), ((None, None), 1.0), ((0, 900), 1.0)),
    ],
)
def test_persons_of_two_studies_of_one_cohort_overlap_by_their_numbers(
    sizes: tuple[int | None, int | None], share: float, tmp_path: Path
) -> None:
    first = record("a", [row("x", 0.01, 0.004, "hip", n=sizes[0])], cohort="MrOS")
    second = record("b", [row("x", 0.02, 0.005, "spine", n=sizes[1])], cohort="MrOS")
    found = dependence(two(tmp_path, first, second))
    assert names(found) == {"MrOS": ["a/x", "b/x"]}
    assert bonds(found) == {("a/x", "b/x"): ("overlapping persons", None, pytest.approx(share))}
    assert found.covariances(CHE)[0][2] == pytest.approx(0.6 * share * 0.004 * 0.005)


def test_overlapping_strata_of_one_study_are_not_the_same_persons(tmp_path: Path) -> None:
    rows = [row("x", 0.01, 0.004, "hip", n=900, age="50+"), row("y", 0.02, 0.005, "spine", n=400, age="65+")]
    loaded = review(tmp_path, {"a": record("a", rows)}, more=f"stratum: {{age: each}}\n    {MODEL}")
    assert bonds(dependence(loaded)) == {("a/x", "a/y"): ("overlapping persons", None, pytest.approx(2 / 3))}


def test_at_one_site_overlapping_strata_count_persons_twice_and_are_refused(tmp_path: Path) -> None:
    rows = [row("x", 0.01, 0.004, "hip", age="50+"), row("y", 0.02, 0.005, "hip", age="65+")]
    loaded = review(tmp_path, {"a": record("a", rows)}, more=f"stratum: {{age: each}}\n    {MODEL}")
    with pytest.raises(DoubleCountError, match="a/x and a/y share persons"):
        select(loaded.review, loaded.review.analyses[0], loaded.records)


def test_cohorts_inside_another_are_one_cluster_that_has_its_name(tmp_path: Path) -> None:
    first = record("a", [row("x", 0.01, 0.004)], cohort="Imaging").replace(
        "{name: Imaging}", "{name: Imaging, part_of: [Biobank]}"
    )
    second = record("b", [row("x", 0.02, 0.005, "spine")], cohort="Accelerometer").replace(
        "{name: Accelerometer}", "{name: Accelerometer, part_of: [biobank]}"
    )
    found = dependence(two(tmp_path, first, second))
    assert names(found) == {"Biobank": ["a/x", "b/x"]}
    assert bonds(found)["a/x", "b/x"][:2] == ("other persons", 0.0)


def test_waves_of_a_repeated_survey_are_clusters_of_their_own(tmp_path: Path) -> None:
    def wave(study: str, years: str) -> str:
        text = record(study, [row("x", 0.01, 0.004)], cohort="Survey")
        return text.replace("{name: Survey}", f"{{name: Survey, years: {years}, repeated: true}}")

    found = dependence(two(tmp_path, wave("a", "2005-2008"), wave("b", "2009-2012")))
    assert len(found.clusters) == 2
    assert found.pairs == ()


def test_two_clusters_with_one_label_keep_labels_of_their_own(tmp_path: Path) -> None:
    second = record("b", [row("x", 0.02, 0.005)]).replace("label: B", "label: A")
    found = dependence(two(tmp_path, record("a", [row("x", 0.01, 0.004)]), second))
    assert found.labels() == ("A", "A (2)")


ARMS = """
  - id: {name}
    outcome: {site}
    model: least
    measure: MD
    arms:
      - {{id: none, name: placebo, reference: true, n: 40, mean: 1.0, sd: 0.5}}
      - {{id: low, name: 50 mg, n: 30, mean: 1.2, sd: 0.4}}
      - {{id: high, name: 75 mg, n: 35, mean: 1.3, sd: 0.6}}
    where: {{report: first, at: Table 2}}"""
DIFFERENCE = "{measure: MD, exposure: hemoglobin, unit: g/cm2}"


def with_arms(folder: Path, more: str, sites: tuple[str, ...] = ("hip",)) -> LoadedReview:
    comparisons = "".join(ARMS.format(name=site, site=site) for site in sites)
    whole = record("t", ["id: q, outcome: hip, model: full, not_reported: {said: nothing}"])
    text = whole.replace("\nextraction:", f"\ncomparisons:{comparisons}\nextraction:")
    return review(folder, {"t": text}, scale=DIFFERENCE, more=more)


def test_arms_have_the_covariance_of_their_reference_and_at_two_sites_rho_times_their_correlation(
    tmp_path: Path,
) -> None:
    found = dependence(with_arms(tmp_path, f"arms: correlated\n    {MODEL}", ("hip", "spine")))
    known = bonds(found)
    shared = 0.5**2 / 40
    assert known["t/hip.high", "t/hip.low"] == ("shared reference", pytest.approx(shared), 1.0)
    assert known["t/hip.low", "t/spine.low"] == ("same persons", None, 1.0)
    low, high = 0.4**2 / 30 + shared, 0.6**2 / 35 + shared
    share = shared / math.sqrt(low * high)
    assert known["t/hip.high", "t/spine.low"] == ("same persons", None, pytest.approx(share))
    assert len(known) == 6


ARM_AT = {
    "low": "      - {id: low, name: 50 mg, n: 30, mean: 1.2, sd: 0.4}\n",
    "high": "      - {id: high, name: 75 mg, n: 35, mean: 1.3, sd: 0.6}\n",
    "top": "      - {id: top, name: 90 mg, n: 33, mean: 1.3, sd: 0.5}\n",
    "most": "      - {id: most, name: 99 mg, n: 31, mean: 1.4, sd: 0.5}\n",
}


def bonds_of_arms(folder: Path, **at: tuple[str, ...]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Bonds of the arms that each site has beside placebo."""
    comparisons = "".join(
        ARMS.format(name=site, site=site).replace(
            ARM_AT["low"] + ARM_AT["high"], "".join(ARM_AT[arm] for arm in arms)
        )
        for site, arms in at.items()
    )
    whole = record("t", ["id: q, outcome: hip, model: full, not_reported: {said: nothing}"])
    text = whole.replace("\nextraction:", f"\ncomparisons:{comparisons}\nextraction:")
    more = f"arms: correlated\n    {MODEL}"
    return bonds(dependence(review(folder, {"t": text}, scale=DIFFERENCE, more=more)))


def test_arms_of_which_a_site_lacks_one_are_as_dependent_as_at_the_site_that_has_both(
    tmp_path: Path,
) -> None:
    known = bonds_of_arms(tmp_path, hip=("low", "high", "top"), spine=("high", "top"))
    shared = 0.5**2 / 40
    share = shared / math.sqrt((0.4**2 / 30 + shared) * (0.6**2 / 35 + shared))
    assert known["t/hip.low", "t/spine.high"] == ("same persons", None, pytest.approx(share))


def test_arms_that_no_site_has_both_of_are_as_dependent_as_the_same_persons(tmp_path: Path) -> None:
    known = bonds_of_arms(tmp_path, hip=("low", "high"), spine=("top", "most"))
    assert known["t/hip.low", "t/spine.top"] == ("same persons", None, 1.0)


def test_an_arm_that_is_alone_at_its_site_is_as_dependent_as_the_same_persons(tmp_path: Path) -> None:
    known = bonds_of_arms(tmp_path, hip=("low", "high"), spine=("high",))
    assert known["t/hip.low", "t/spine.high"] == ("same persons", None, 1.0)
