"""What a reader sees of dependent effects: estimates below their study, who shares persons, what few tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthesis.drawing.forest_table import GroupHeading, PredictionRow, StudyRow, SummaryRow, TextRow
from synthesis.pooling.dependent.aggregation import aggregate
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.chosen_columns import with_columns
from synthesis.review.effects_table import effects_table
from synthesis.review.export import as_dict
from synthesis.review.forest_table import forest_table
from synthesis.review.model_words import sharing_sentences
from synthesis.review.overview import overview_lines
from tests.synthesis.review.made import record, review, silent
from tests.synthesis.review.sites import MODEL, Z, analysed, both_sites, dependence, of_sexes, row


def rows_of(result: AnalysisResult) -> list[tuple[str, bool, bool]]:
    """Label, whether it is a part, and whether it has a weight."""
    return [
        (each.label, each.part, each.weight is not None)
        for each in forest_table(result).rows
        if isinstance(each, StudyRow)
    ]


def test_estimates_stand_below_their_study_and_a_single_one_is_its_study(tmp_path: Path) -> None:
    assert rows_of(analysed(both_sites(tmp_path))) == [
        ("A", False, True),
        ("hip", True, False),
        ("spine", True, False),
        ("B", False, True),
        ("hip", True, False),
        ("spine", True, False),
        ("C, hip", False, True),
        ("D", False, True),
        ("hip", True, False),
        ("spine", True, False),
        ("E, spine", False, True),
    ]


def test_a_study_has_its_mean_with_a_z_interval_and_weights_add_up(tmp_path: Path) -> None:
    result = analysed(both_sites(tmp_path))
    table = forest_table(result)
    first = next(each for each in table.rows if isinstance(each, StudyRow))
    block = np.array([[0.006**2, 0.6 * 0.006 * 0.008], [0.6 * 0.006 * 0.008, 0.008**2]])
    mean = aggregate(np.array([0.020, 0.011]), block, "a")
    half = Z * float(np.sqrt(mean.vi))
    expected = [float(mean.yi), float(mean.yi) - half, float(mean.yi) + half]
    assert [first.estimate, first.low, first.high] == pytest.approx(expected, rel=1e-10)
    weights = [each.weight for each in table.rows if isinstance(each, StudyRow) and each.weight is not None]
    assert sum(map(float, weights)) == pytest.approx(100.0)
    (summary,) = [each for each in table.rows if isinstance(each, SummaryRow)]
    assert summary.label == "Model CHE (8 estimates in 5 studies)"
    assert sum(isinstance(each, PredictionRow) for each in table.rows) == 1


def test_lines_below_the_summary_and_notes_say_what_it_rests_on(tmp_path: Path) -> None:
    table = forest_table(analysed(both_sites(tmp_path)))
    lines = [each.text for each in table.rows if isinstance(each, TextRow)]
    assert [line.split(" ")[0] for line in lines] == ["Heterogeneity:", "Test", "With"]
    assert lines[2].startswith("With rho from 0 to 0.95 instead of 0.6: ")
    notes = list(table.footnotes)
    assert notes[0].startswith("Model of correlated and hierarchical effects (CHE)")
    assert "errors of the same persons are correlated 0.6" in notes[0]
    assert notes[1].startswith("The row above several estimates is their generalised least-squares mean")
    assert notes[2] == "The same persons: A (hip and spine), B (hip and spine) and D (hip and spine)."


def test_whether_rho_decides_is_said(tmp_path: Path) -> None:
    """Two estimates a study that agree: the surer, the less their errors are correlated."""
    records = {
        study: record(study, [row("hip", at, 0.010), row("spine", at + 0.001, 0.010, "spine")])
        for study, at in (("a", 0.020), ("b", 0.021), ("c", 0.022), ("d", 0.0195))
    }
    result = analysed(review(tmp_path, records, more="model: {name: CE, rho: 0.6, test: z}"))
    texts = " ".join(each.text for each in forest_table(result).rows if isinstance(each, TextRow))
    assert "no rho changes whether the interval excludes no effect" in texts
    weak = {
        study: record(study, [row("hip", at, 0.025), row("spine", at + 0.001, 0.025, "spine")])
        for study, at in (("a", 0.020), ("b", 0.021), ("c", 0.022), ("d", 0.0195))
    }
    decided = analysed(review(tmp_path / "weak", weak, more="model: {name: CE, rho: 0.6, test: z}"))
    texts = " ".join(each.text for each in forest_table(decided).rows if isinstance(each, TextRow))
    assert "whether the interval excludes no effect depends on rho" in texts


def test_sets_of_persons_are_told_by_sex_and_others_as_other_persons(tmp_path: Path) -> None:
    said = list(sharing_sentences(dependence(of_sexes(tmp_path))))
    assert said[0].startswith("The same persons: A (men: hip and spine; women: hip and spine), B (men:")
    assert said[1] == "Other persons of one cluster, with independent errors: A, B, C and D."
    assert len(said) == 2


def test_two_records_of_one_cohort_are_one_study_row_and_counted_apart(tmp_path: Path) -> None:
    records = {
        "a": record("a", [row("x", 0.01, 0.004, n=400)], cohort="MrOS"),
        "b": record("b", [row("x", 0.02, 0.005, "spine", n=900)], cohort="MrOS"),
        "c": record("c", [row("x", 0.015, 0.005)]),
    }
    result = analysed(review(tmp_path, records, more=MODEL))
    assert [label for label, _, _ in rows_of(result)] == ["MrOS", "A, hip", "B, spine", "C, hip"]
    table = forest_table(result)
    (summary,) = [each for each in table.rows if isinstance(each, SummaryRow)]
    assert summary.label == "Model CHE (3 estimates in 2 clusters of 3 studies)"
    assert any(note.startswith("Persons in part the same: MrOS (A and B)") for note in table.footnotes)


def test_groups_have_their_rows_and_the_whole_its_summary_and_test(tmp_path: Path) -> None:
    result = analysed(of_sexes(tmp_path, f"stratum: {{sex: each}}\n    {MODEL}\n    group_by: sex"))
    table = forest_table(result)
    assert [each.label for each in table.rows if isinstance(each, GroupHeading)] == ["Men", "Women"]
    labels = [(each.label, each.level) for each in table.rows if isinstance(each, SummaryRow)]
    assert labels == [
        ("Model CHE (8 estimates in 4 studies)", "subgroup"),
        ("Model CHE (8 estimates in 4 studies)", "subgroup"),
        ("Overall, model CHE (16 estimates in 4 studies)", "overall"),
    ]
    texts = [each.text for each in table.rows if isinstance(each, TextRow)]
    assert sum(text.startswith("Test of sex: F(1, ") for text in texts) == 1
    assert sum(text.startswith("Difference of women to men: ") for text in texts) == 1
    assert not any("Groups share persons" in note for note in table.footnotes)


def test_columns_of_a_study_are_those_its_estimates_share(tmp_path: Path) -> None:
    result = analysed(both_sites(tmp_path))
    table = with_columns(forest_table(result), result, ["adjusted", "n"])
    cells = [each.cells for each in table.rows if isinstance(each, StudyRow)]
    assert cells[:3] == [("full", ""), ("", "–"), ("", "–")]
    assert len(cells) == 11


def test_silent_estimates_are_shown_with_their_site(tmp_path: Path) -> None:
    records = {
        "a": record("a", [row("hip", 0.01, 0.004), row("spine", 0.02, 0.005, "spine")]),
        "b": record("b", [row("hip", 0.01, 0.004), silent("q", "spine")]),
    }
    result = analysed(review(tmp_path, records, more=MODEL))
    assert [found.estimate.id for found in result.groups[0].silent] == ["q"]
    assert result.label(result.groups[0].silent[0]) == "B, spine"


def test_the_overview_has_a_line_for_the_model_and_one_a_moderator(tmp_path: Path) -> None:
    result = analysed(of_sexes(tmp_path, f"stratum: {{sex: each}}\n    {MODEL}\n    moderators: [site, sex]"))
    lines = overview_lines([result], [4])
    assert [line.split()[:2] for line in lines[1:]] == [
        ["all", lines[1].split()[1]],
        ["all:", "site"],
        ["all:", "sex"],
    ]
    assert lines[1].endswith("k = 16, 4 clusters")


def test_the_json_has_the_pairs_the_components_and_the_curve(tmp_path: Path) -> None:
    found = as_dict(analysed(both_sites(tmp_path)))["groups"][0]
    pooled = found["pooled"]
    assert pooled["rho"] == {"others": 0.6}
    assert (pooled["model"], pooled["test"], pooled["method"]) == ("CHE", "CR2", "REML")
    assert pooled["pairs"][0] == {
        "first": "a/hip",
        "second": "a/spine",
        "bond": "same persons",
        "covariance": None,
        "share_of_rho": 1.0,
    }
    assert len(pooled["rho_curve"]["rho"]) == 20
    assert len(pooled["components"]) == 2
    assert [each["label"] for each in found["correlated"]] == ["A", "B", "D"]
    assert found["correlated"][0]["covariance"][0][1] == pytest.approx(0.6 * 0.006 * 0.008)


def test_effects_for_other_programs_have_their_cluster_and_its_covariance(tmp_path: Path) -> None:
    rows = effects_table([analysed(both_sites(tmp_path))])
    assert [each["cluster"] for each in rows] == ["A", "A", "B", "B", None, "D", "D", None]
    assert rows[0]["v2i"] == rows[1]["v1i"] == pytest.approx(0.6 * 0.006 * 0.008)
    assert rows[1]["v2i"] == pytest.approx(0.008**2)
