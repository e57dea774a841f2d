"""Notes of a model: of which group each is, which correlations it ignores, and what it is not fitted by."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import Method, load_review
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.export import as_dict
from synthesis.review.forest_table import forest_table
from tests.synthesis.review.made import record, review
from tests.synthesis.review.sites import EACH_SEX, MODEL, analysed, both_sites, of_sexes, row


def notes_of(result: AnalysisResult) -> tuple[str, ...]:
    return forest_table(result).footnotes


def by_sex(folder: Path) -> AnalysisResult:
    """Three studies of men, five of women: few degrees of freedom in men alone."""
    records = {
        study: record(
            study,
            [
                row(f"{site}-{sex}", 0.002 * at * (-1) ** at + add, 0.004, site, sex)
                for site, add in (("hip", 0.003), ("spine", 0.004))
                for sex in ("men", "women")[at >= 3 :]
            ],
        )
        for at, study in enumerate("abcdefgh")
    }
    return analysed(review(folder, records, more=f"{EACH_SEX}{MODEL}\n    group_by: sex"))


def test_a_note_names_its_group_unless_it_is_of_all(tmp_path: Path) -> None:
    found = by_sex(tmp_path)
    of_df = [note for note in notes_of(found) if "degrees of freedom: " in note]
    assert len(of_df) == 1
    assert of_df[0].startswith("Men: only 2 degrees of freedom: 3 clusters")
    models = [note for note in notes_of(found) if "of correlated and hierarchical effects" in note]
    assert len(models) == 1
    assert models[0].startswith("Model of correlated and hierarchical effects (CHE)")


def test_the_row_of_a_study_is_explained_where_one_is_shown(tmp_path: Path) -> None:
    """By site each study has one estimate in a group, and several in the whole, which shows no rows."""
    shown = analysed(both_sites(tmp_path / "one"))
    hidden = analysed(both_sites(tmp_path / "groups", f"{MODEL}\n    group_by: site"))
    says = "The row above several estimates is their generalised least-squares mean, with their weights."
    assert [says in notes_of(each) for each in (shown, hidden)] == [True, False]


def test_what_is_true_of_every_group_and_of_the_whole_is_said_once(tmp_path: Path) -> None:
    found = analysed(of_sexes(tmp_path, f"{EACH_SEX}{MODEL}\n    group_by: sex"))
    few = [note for note in notes_of(found) if "degrees of freedom: " in note]
    assert len(few) == 1
    assert few[0].startswith("Only 2.9 degrees of freedom: 4 clusters")


def test_a_group_without_estimates_does_not_hide_who_shares_persons(tmp_path: Path) -> None:
    records = {
        study: record(
            study,
            [
                row("hip", 0.01 * at, 0.004, "hip", "men"),
                row("spine", 0.02, 0.005, "spine", "men"),
                "id: w, outcome: hip, model: full, stratum: {sex: women}, not_reported: {said: nothing}",
            ],
        )
        for at, study in enumerate("abc")
    }
    found = analysed(review(tmp_path, records, more=f"{EACH_SEX}{MODEL}\n    group_by: sex"))
    assert [len(group.chosen) for group in found.groups] == [6, 0]
    assert any(note.startswith("The same persons: A (") for note in notes_of(found))


@pytest.mark.parametrize("model", ["HE", "{name: SCE, rho: 0.6}"])
def test_a_model_that_ignores_the_correlation_of_the_same_persons_says_so(model: str, tmp_path: Path) -> None:
    found = analysed(both_sites(tmp_path, f"model: {model}"))
    name = "HE" if model == "HE" else "SCE"
    said = (
        f"Model {name} takes the errors of 3 pairs of estimates that share persons for independent, though "
        "they are not (A, B and D); CHE with a rho would not."
    )
    assert said in notes_of(found)
    assert as_dict(found)["groups"][0]["pooled"]["notes"][0] == said


@pytest.mark.parametrize("model", ["{name: CHE, rho: 0.6}", "{name: CMVE, rho: 0.6}", "{name: CE, rho: 0}"])
def test_a_model_with_correlated_errors_ignores_nothing(model: str, tmp_path: Path) -> None:
    found = analysed(both_sites(tmp_path, f"model: {model}"))
    assert not any("for independent" in note for note in notes_of(found))


def test_other_persons_have_no_correlation_to_ignore(tmp_path: Path) -> None:
    records = {
        study: record(study, [row(sex, 0.01 * at, 0.004, "hip", sex) for sex in ("men", "women")])
        for at, study in enumerate("abc")
    }
    found = analysed(review(tmp_path, records, more=f"{EACH_SEX}model: HE", sites="hip"))
    assert not any("for independent, though" in note for note in notes_of(found))


@pytest.mark.parametrize(("estimator", "told"), [("DL", True), ("REML", False), ("ML", False), ("EE", False)])
def test_an_estimator_of_independent_effects_is_told_to_have_no_part(
    estimator: str, told: bool, tmp_path: Path
) -> None:
    loaded = both_sites(tmp_path)
    method = Method.model_validate({**loaded.review.method.model_dump(), "estimator": estimator})
    found = analyse(loaded, loaded.review.analyses[0], method)
    said = [note for note in notes_of(found) if note.startswith("Estimator ")]
    expected = "Estimator DL is of independent effects; the model is fitted by REML."
    assert said == ([expected] if told else [])


MISSPELT = "model: {name: CHE, rho: {hip with spin: 0.9, others: 0.5}}"


def test_a_site_of_rho_that_no_record_has_stops_the_analysis_with_what_is_meant(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError,
        match=r"^'rho' of 'hip with spin': no record has the site 'spin'\. Did you mean 'spine'\?$",
    ):
        analysed(both_sites(tmp_path, MISSPELT))
    with pytest.raises(ValueError, match=r"the site 'elbow'\. The records have: hip, spine\.$"):
        analysed(both_sites(tmp_path, MISSPELT.replace("spin:", "elbow:")))


@pytest.mark.parametrize("pair", ["hip with spine", "Spine  with HIP"])
def test_sites_that_the_records_have_are_known_in_any_spelling(pair: str, tmp_path: Path) -> None:
    found = analysed(both_sites(tmp_path, MISSPELT.replace("hip with spin", pair)))
    assert found.groups[0].model is not None
    stated = [
        value for _, _, value in found.groups[0].model.dependence.covariances(found.groups[0].model.model)
    ]
    assert stated[0] == pytest.approx(0.9 * 0.006 * 0.008, rel=1e-12)


def test_a_record_that_cannot_be_read_may_have_the_site(tmp_path: Path) -> None:
    loaded = both_sites(tmp_path, MISSPELT)
    (tmp_path / "studies" / "z.yaml").write_text("schema: 1\nstudy: z\n", encoding="utf-8")
    reread = load_review(tmp_path)
    assert [len(reread.unread), len(loaded.unread)] == [1, 0]
    assert analysed(reread).k == 8


def test_before_the_first_record_no_site_is_unknown(tmp_path: Path) -> None:
    assert analysed(review(tmp_path, {}, more=MISSPELT)).k == 0
