"""The review's method reaches what pools, persons of a model are counted once, and means may have no SD."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import Method
from synthesis.drawing.forest_table import StudyRow
from synthesis.pooled import pool
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.chosen_columns import with_columns
from synthesis.review.chosen_method import choices_of
from synthesis.review.forest_table import forest_table
from synthesis.review.model_words import curve_line
from tests.synthesis.review.made import record, review
from tests.synthesis.review.sites import EACH_SEX, MODEL, analysed, both_sites, row

YI, SEI = (0.02, 0.05, 0.01, 0.09), (0.01, 0.02, 0.015, 0.012)


def four(folder: Path, method: Method) -> AnalysisResult:
    records = {
        name: record(name, [row("one", estimate, se)])
        for name, estimate, se in zip("abcd", YI, SEI, strict=True)
    }
    loaded = review(folder, records)
    return analyse(loaded, loaded.review.analyses[0], method)


@pytest.mark.parametrize(
    "method",
    [
        Method(),
        Method(estimator="DL", test="z", prediction="HTS"),
        Method.model_validate({"estimator": "PM", "test": "t", "level": "90 %", "prediction": "z"}),
        Method(estimator="EE", test="z", prediction="HTS"),
    ],
)
def test_every_part_of_the_method_reaches_the_pool(method: Method, tmp_path: Path) -> None:
    found = four(tmp_path, method).groups[0].pooled
    assert found is not None
    kind = None if method.estimator == "EE" else method.prediction
    assert choices_of(method)["prediction"] == kind
    level = float(method.level.value) / 100
    by_hand = pool(YI, sei=SEI, method=method.estimator, test=method.test, level=level, prediction=kind)
    for name in ("estimate", "tau2", "ci_low", "ci_high", "prediction_low", "prediction_high"):
        assert getattr(found, name) == pytest.approx(getattr(by_hand, name), rel=1e-12, nan_ok=True)


def persons(folder: Path, *rows: tuple[str, str, str, int | None], more: str = MODEL) -> int | None:
    """Of a model of three studies: (study, site, sex, n) of each row."""
    records = {
        study: record(
            study,
            [
                row(f"{site}-{sex or 'all'}", 0.01 * place, 0.01 + 0.001 * place, site, sex, n)
                for place, (of, site, sex, n) in enumerate(rows)
                if of == study
            ],
        )
        for study in "abc"
    }
    (group,) = analysed(review(folder, records, more=more)).groups
    assert group.model is not None
    return group.model.persons


def test_persons_of_several_sites_count_once_by_the_largest_number_and_strata_add_up(tmp_path: Path) -> None:
    b, c = ("b", "hip", "", 20), ("c", "hip", "", 7)
    sites = (("a", "hip", "", 100), ("a", "spine", "", 90))
    assert persons(tmp_path / "1", *sites, b, c) == 100 + 20 + 7
    assert persons(tmp_path / "2", *reversed(sites), b, c) == 100 + 20 + 7
    assert persons(tmp_path / "3", *sites, ("b", "hip", "", None), c) is None
    sexes = (("a", "hip", "men", 40), ("a", "hip", "women", 60), ("a", "spine", "men", 45))
    rest = (("b", "hip", "men", 20), ("c", "hip", "women", 7))
    assert persons(tmp_path / "4", *sexes, *rest, more=EACH_SEX + MODEL) == 45 + 60 + 20 + 7


VERSUS = "versus: {{exposed: low, reference: high}}"
EFFECT = f"id: one, outcome: hip, model: full, effect: {{{{measure: MD, {{}}, {VERSUS}}}}}"
GROUPS = "groups: [{{name: low, n: 25, mean: 5.20, {}}}, {{name: high, n: 30, {}}}]"


def test_means_are_shown_with_their_sd_alone_without_and_a_dash_where_there_is_none(tmp_path: Path) -> None:
    scale = "{measure: MD, exposure: hemoglobin, versus: {exposed: low, reference: high}, unit: g/cm2}"
    printed = {
        "a": GROUPS.format("sd: 1.1", "mean: 4, sd: 2.0"),
        "b": GROUPS.format("se: 0.2", "mean: 4.0, se: 0.3"),
        "c": "estimate: 0.1, se: 0.1",
    }
    records = {name: record(name, [EFFECT.format(numbers)]) for name, numbers in printed.items()}
    result = analysed(review(tmp_path, records, scale=scale))
    table = with_columns(forest_table(result), result, ["means"])
    assert table.columns == ("Mean (SD), exposed", "Mean (SD), reference")
    cells = {each.label: each.cells for each in table.rows if isinstance(each, StudyRow)}
    assert cells["A"] == ("5.20 (1.1)", "4 (2.0)")
    assert cells["B"] == ("5.20", "4.0")
    assert cells["C"] == ("–", "–")


def test_the_ends_of_the_curve_over_rho_are_told_with_the_estimates_there(tmp_path: Path) -> None:
    result = analysed(both_sites(tmp_path))
    model = result.groups[0].model
    assert model is not None
    assert model.curve is not None
    estimates = model.curve.estimate[:, 0].tolist()
    says = curve_line(result, model, 8)
    assert f": {estimates[0]:.8f} to {estimates[-1]:.8f}; " in says
    assert len({f"{each:.8f}" for each in estimates}) == 20
