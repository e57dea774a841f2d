"""A review's curve in a paper: its tables, its paragraphs, and scripts that give the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.records.review import Method
from synthesis.paper.contents import manuscript
from synthesis.paper.data_tables import data_rows
from synthesis.paper.paper_table import Reported
from synthesis.paper.paragraphs import passages
from synthesis.paper.python_script import python_script
from synthesis.paper.r_script import r_script
from synthesis.paper.references import as_bibtex
from synthesis.paper.rounded import Rounded
from synthesis.review.curve_parts import dose_name
from tests.synthesis.paper.making import material, pooled_of
from tests.synthesis.paper.test_scripts import Lines, by_python, by_r, compare
from tests.synthesis.review.classes import DOSED, LIMITED, MIDDLES, ODDS, classed, reviewed, slope
from tests.synthesis.review.made import record
from tests.thinned import thinned

__all__ = ["by_r"]
BARE = "dose_response: {unit: g/dL}"
SEEN = {
    "a": ((12, 0.8, 22), (13, 0.6, 18), (14.5, 0.9, 24)),
    "b": ((12.5, 0.5, 15), (13.2, 0.4, 13), (14, 1.4, 30)),
    "c": ((12.2, 1.1, 24), (13.7, 0.9, 22), (15, 1.2, 27)),
    "d": ((12, 0.7, 19), (13.9, 0.6, 17), (15, 0.7, 20)),
}


def four(folder: Path, more: str = "", method: Method | None = None, **others: str) -> Reported:
    """Four studies with three classes each, which differ."""
    records = {}
    for name, classes in SEEN.items():
        arms = [
            f"dose: '{dose}', n: 120, events: {events}, "
            f"effect: {{estimate: {ratio}, ci: [{ratio / 1.8}, {ratio * 1.8}]}}"
            for dose, ratio, events in classes
        ]
        records[name] = classed(name, (DOSED[0], *arms))
    return material(reviewed(folder, records | others, MIDDLES % more), method)


def of_review(reported: Reported) -> Lines:
    """What the review's curve has, under the columns of the scripts."""
    (result,) = reported.results
    found = result.dose
    assert found is not None
    fit = found.fit
    assert fit is not None
    lines: Lines = {}
    for at, name in enumerate(fit.names):
        numbers = {"estimate": fit.estimate, "ci.lb": fit.ci_low, "ci.ub": fit.ci_high, "p": fit.p_value}
        lines["all", name] = {key: float(values[at]) for key, values in numbers.items()}
        lines["all", name] |= {"tau2": float(fit.psi[at, at]), "k": float(fit.k)}
    told = fit.predict(found.at, reference=found.reference)
    for at, dose in enumerate(found.at):
        ends = {"estimate": told.estimate, "ci.lb": told.ci_low, "ci.ub": told.ci_high}
        ends |= {"pi.lb": told.prediction_low, "pi.ub": told.prediction_high}
        lines["all", dose_name(found, dose)] = {key: float(values[at]) for key, values in ends.items()}
        lines["all", dose_name(found, dose)]["k"] = float(fit.k)
    tests = {"association": fit.association, "non-linearity": fit.nonlinearity}
    for name, test in tests.items():
        if test is not None:
            numbers_of_test = {"F": test.statistic, "df1": test.df1, "df2": test.df2, "p": test.p_value}
            lines["all", name] = {"k": float(fit.k)} | {k: float(v) for k, v in numbers_of_test.items()}
    of_q = {"k": fit.k, "F": fit.Q, "df1": fit.Q_df, "p": fit.Q_p}
    lines["all", "heterogeneity"] = {name: value for name, value in of_q.items() if not math.isnan(value)}
    return lines


MADE: dict[str, Callable[[Path], Reported]] = {
    "line": four,
    "equal line": lambda folder: four(folder, method=Method(estimator="EE", test="z")),
    "moments": lambda folder: four(folder, ", stages: 2", Method(estimator="DL", test="z")),
    "parabola": lambda folder: four(folder, ", curve: quadratic, at: [12, 13.5], reference: 12.5"),
    "parabola, ML": lambda folder: four(folder, ", curve: quadratic", Method(estimator="ML", test="z")),
    "spline": lambda folder: four(folder, ", curve: spline, stages: 2"),
    "four knots": lambda folder: four(folder, ", curve: spline, knots: [11, 12, 13, 15]", Method(test="z")),
    "moments of two": lambda folder: four(
        folder, ", curve: quadratic, stages: 2", Method(estimator="DL", test="z")
    ),
    "Hamling": lambda folder: four(folder, ", covariance: Hamling, curve: quadratic"),
    "independent": lambda folder: four(folder, ", covariance: independent", level_of(0.9)),
    "one study": lambda folder: material(
        reviewed(folder, {"a": classed("a", DOSED)}, MIDDLES % ", curve: quadratic")
    ),
    "slopes": lambda folder: four(folder, method=Method(), e=record("e", [slope()])),
}
NUMBERS = {
    "line": 45, "equal line": 45, "moments": 45, "parabola": 38, "parabola, ML": 56, "spline": 56,
    "four knots": 62, "moments of two": 56, "Hamling": 56, "independent": 45, "one study": 55, "slopes": 45,
}  # fmt: skip


def level_of(fraction: float) -> Method:
    return Method(level=f"{100 * fraction:g} %")


@pytest.mark.parametrize("name", thinned(MADE))
def test_the_python_script_gives_every_number_of_the_curve(name: str, tmp_path: Path) -> None:
    reported = MADE[name](tmp_path)
    script = python_script(reported.results)
    assert script.isascii()
    assert compare(by_python(script), of_review(reported), 0) == NUMBERS[name]


@pytest.mark.long
@pytest.mark.parametrize("name", MADE)
def test_base_r_finds_the_same_curve(name: str, tmp_path: Path, by_r: Callable[[str, Path], Lines]) -> None:
    reported = MADE[name](tmp_path)
    script = r_script(reported.results)
    assert script.isascii()
    assert "library(" not in script
    assert compare(by_r(script, tmp_path), of_review(reported), 1e-8) == NUMBERS[name]


def test_scripts_without_a_curve_have_none_of_it_and_empty_curves_say_so(tmp_path: Path) -> None:
    plain = pooled_of(tmp_path / "plain", 3).results
    assert "dose_response" not in python_script(plain)
    assert "dose_columns" not in r_script(plain)
    assert "library(metafor)" in r_script(plain)
    empty = material(reviewed(tmp_path / "empty", {"a": classed("a", LIMITED)}, BARE))
    assert "# Nothing is pooled." in python_script(empty.results)
    assert "# Nothing is pooled." in r_script(empty.results)
    assert by_python(python_script(empty.results)) == {}
    assert "dose_columns" not in r_script(empty.results)
    curve = four(tmp_path / "curve").results
    assert "# Nothing is pooled." not in python_script(curve) + r_script(curve)
    assert "base R" in r_script(curve)
    assert "library(metafor)" in r_script((*curve, *plain))


def test_classes_stand_in_a_table_with_doses_counts_and_effects(tmp_path: Path) -> None:
    loaded = reviewed(
        tmp_path,
        {"a": classed("a", DOSED), "b": record("b", [slope()])},
        MIDDLES % "",
    )
    names, rows = data_rows(material(loaded), "classes")
    assert names == [
        "analysis", "study", "estimate_id", "effect", "dose", "reference", "unit", "cases", "size",
        "estimate", "ci_low", "ci_high", "sei_from", "report", "at",
    ]  # fmt: skip
    first, second, third, fourth = rows
    assert (first["study"], first["estimate_id"], first["dose"], first["reference"]) == (
        "A",
        "quarters.q1",
        11,
        11,
    )
    assert (first["cases"], first["size"], first.get("estimate")) == (20, 100, None)
    assert (second["dose"], second["cases"], second["size"]) == (12, 18, 110)
    assert_allclose([second["estimate"], second["ci_low"], second["ci_high"]], [0.80, 0.40, 1.60])
    assert (third["dose"], third["estimate_id"], third["sei_from"]) == (13, "quarters.q3", "95% interval")
    assert (fourth["study"], fourth.get("dose"), fourth["estimate_id"]) == ("B", None, "slope")
    assert_allclose(fourth["estimate"], 0.75)
    assert {row["unit"] for row in rows} == {"g/dL"}
    assert {row["at"] for row in rows} == {"Table 2", "Table 1"}
    _, independent = data_rows(
        material(reviewed(tmp_path / "i", {"a": classed("a", DOSED)}, MIDDLES % ", covariance: independent")),
        "classes",
    )
    assert [row["cases"] for row in independent] == [20, 18, 15]


def test_means_have_sizes_and_no_cases(tmp_path: Path) -> None:
    arms = (
        "reference: true, dose: '11', n: 30, mean: 0.90, sd: 0.12",
        "dose: '13', n: 40, mean: 0.96, sd: 0.12",
    )
    scale = ODDS.replace("OR", "MD, unit: g/cm2")
    loaded = reviewed(tmp_path, {"a": classed("a", arms, "MD")}, scale=scale)
    names, rows = data_rows(material(loaded), "classes")
    assert "cases" not in names
    assert [row["size"] for row in rows] == [30, 40]


def test_coefficients_stand_with_their_covariance_and_effects_of_doses_with_both_intervals(
    tmp_path: Path,
) -> None:
    reported = four(tmp_path, ", curve: quadratic, at: [12, 13.5], reference: 12.5")
    found = reported.results[0].dose
    assert found is not None
    fit = found.fit
    assert fit is not None
    names, rows = data_rows(reported, "curves")
    assert names[-3:] == ["sd_between", "cov_1", "cov_2"]
    assert [row["coefficient"] for row in rows] == ["dose", "dose^2"]
    compared = 0
    for at, row in enumerate(rows):
        assert (row["analysis"], row["curve"], row["unit"]) == ("all", "quadratic", "g/dL")
        assert_allclose([row["cov_1"], row["cov_2"]], fit.covariance[at])
        assert_allclose(row["sd_between"], math.sqrt(fit.psi[at, at]))
        for name, values in (("estimate", fit.estimate), ("se", fit.se), ("ci_low", fit.ci_low),
                             ("ci_high", fit.ci_high), ("p", fit.p_value)):  # fmt: skip
            assert_allclose(row[name], values[at])
            compared += 1
    assert compared == 10
    _, doses = data_rows(reported, "doses")
    assert [(row["dose"], row["reference"]) for row in doses] == [(12, 12.5), (13.5, 12.5)]
    told = fit.predict([12, 13.5], reference=12.5, transform=np.exp)
    for name in ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high"):
        assert_allclose([row[name] for row in doses], getattr(told, name))
    equal, _ = data_rows(four(tmp_path / "EE", method=Method(estimator="EE", test="z")), "curves")
    assert "sd_between" not in equal


@pytest.mark.parametrize("curve", ["linear", "quadratic"])
def test_a_curve_has_a_line_in_the_summary(tmp_path: Path, curve: str) -> None:
    reported = four(tmp_path, f", curve: {curve}")
    found = reported.results[0].dose
    assert found is not None
    fit = found.fit
    assert fit is not None
    names, (row,) = data_rows(reported, "summary")
    assert (row["analysis"], row["curve"], row["k"], row["studies"]) == ("all", curve, 12, 4)
    assert_allclose([row["p"], row["Q"], row["Q_df"], row["Q_p"]],
                    [fit.association.p_value, fit.Q, fit.Q_df, fit.Q_p])  # fmt: skip
    assert_allclose(row["I2"], fit.I2)
    assert ("estimate" in names) == (curve == "linear")
    if curve == "linear":
        assert row["effect"] == "Odds ratio per 1 g/dL hemoglobin"
        summary = next(table for table in manuscript(reported).tables if table.name == "summary")
        slope_cell = summary.by_name(summary.rows[0])["estimate"]
        assert isinstance(slope_cell, Rounded)
        assert len(slope_cell.shown.partition(".")[2]) == reported.decimals[0] + 1
        ends = [row["estimate"], row["ci_low"], row["ci_high"]]
        assert_allclose(np.log(ends), [fit.estimate[0], fit.ci_low[0], fit.ci_high[0]])
    else:
        assert row["effect"] == "Odds ratio over hemoglobin, quadratic curve"
    tables = {table.name: table for table in manuscript(reported).tables}
    assert any(note.startswith("Curve: over the dose") for note in tables["summary"].notes)
    assert tables["effects"].notes == ("The effects of curves stand in the table of their classes.",)
    assert [len(tables[name].rows) for name in ("studies", "classes", "curves")] == [4, 16, len(fit.names)]
    one = material(reviewed(tmp_path / "one", {"a": classed("a", DOSED[:2])}))
    _, (alone,) = data_rows(one, "summary")
    assert "Q" not in alone
    empty = material(reviewed(tmp_path / "empty", {"a": classed("a", LIMITED)}, BARE))
    _, (nothing,) = data_rows(empty, "summary")
    assert (nothing["k"], nothing["studies"], nothing.get("p")) == (0, 0, None)
    plain = {table.name: table for table in manuscript(pooled_of(tmp_path / "plain", 3)).tables}
    assert not any(note.startswith("Curve:") for note in plain["summary"].notes)
    assert not {"classes", "curves", "doses"} & set(plain)


def words(reported: Reported) -> tuple[str, str]:
    (passage,) = passages(reported)
    methods, results = passage.paragraphs
    return methods, results


def test_the_methods_say_how_the_curve_was_made_and_whom_it_is_from(tmp_path: Path) -> None:
    methods, _ = words(four(tmp_path, ", curve: spline"))
    assert methods.startswith(
        "The effect measure was the odds ratio. Classes of hemoglobin (g/dL) were fitted as a restricted "
        "cubic spline over the dose with knots at 11, 12.75 and 14.75 g/dL (10th, 50th and 90th percentile "
        "of the doses), in one stage, all classes of all studies at once [@crippa2019]. Effects entered as "
        "natural logarithms. Errors of classes with one reference were taken to be correlated as their "
        "cases and persons imply, by the method of Greenland and Longnecker [@greenland1992]. Coefficients "
        "differ between studies with a covariance of their own, estimated by restricted maximum likelihood "
        "(REML). Each class has the dose that its report states, or else the middle of its limits; an open "
        "class is taken to be as wide as its neighbour. 95% confidence intervals and tests are Wald's, from "
        "the t distribution with 2 degrees of freedom."
    )
    for more, says in (
        (", curve: spline, knots: [11, 12, 13]", "with knots at 11, 12 and 13 g/dL, in one stage"),
        (", stages: 2", "a straight line over the dose, in two stages, study by study and then over the "
         "studies' coefficients [@orsini2012; @crippa2016]."),
        ("", "with a variance of their own"),
        (", covariance: Hamling", "by the method of Hamling and colleagues [@hamling2008]."),
        (", covariance: independent", "were taken to be independent, which they are not."),
    ):  # fmt: skip
        assert says in words(four(tmp_path / str(hash(more)), more))[0]
    equal, _ = words(four(tmp_path / "EE", method=Method(estimator="EE", test="z")))
    assert "Coefficients were taken to be the same in all studies." in equal
    assert "from the normal distribution." in equal
    maximum, _ = words(four(tmp_path / "ML", method=Method(estimator="ML", test="z")))
    assert "by maximum likelihood (ML)." in maximum
    moments, _ = words(four(tmp_path / "DL", ", stages: 2", Method(estimator="DL", test="z")))
    assert "by moments (DL)." in moments


def test_the_methods_say_what_of_doses_slopes_and_means_is_true_of_the_review(tmp_path: Path) -> None:
    stated = material(reviewed(tmp_path, {"a": classed("a", DOSED)}, BARE))
    methods, results = words(stated)
    assert "Each class has the dose that its report states; studies without one are left out." in methods
    assert "There is one study." in methods
    assert "One study: nothing is known of differences between studies." in results
    one = material(reviewed(tmp_path / "one", {"a": classed("a", DOSED[:2])}))
    assert "Errors of classes" not in words(one)[0]
    for prefer, first in (("classes", "classes"), ("slope", "slope")):
        both = four(tmp_path / prefer, f", prefer: {prefer}", e=record("e", [slope()]))
        methods, results = words(both)
        assert (
            "Slopes that studies print per unit entered beside the classes (1 slope); a study with both of "
            f"the same persons entered once, with its {first}."
        ) in methods
        assert "The curve has 12 classes beside their references and 1 slope of 5 studies." in results
    arms = tuple(
        f"{'reference: true, ' * (dose == 11)}dose: '{dose}', n: 30, mean: {mean}, sd: 0.12"
        for dose, mean in ((11, 0.90), (12, 0.94), (13, 0.96))
    )
    scale = ODDS.replace("OR", "MD, unit: g/cm2")
    means, told = words(material(reviewed(tmp_path / "md", {"a": classed("a", arms, "MD")}, scale=scale)))
    assert "were correlated as the sizes of the classes imply [@crippameans2016]." in means
    assert "logarithms" not in means
    assert "Per 1 g/dL the mean difference (g/cm²) was 0.030" in told


def test_the_results_tell_the_slope_or_the_effects_of_doses_and_the_tests(tmp_path: Path) -> None:
    reported = four(tmp_path)
    found = reported.results[0].dose
    assert found is not None
    fit = found.fit
    assert fit is not None
    ends = [math.exp(float(value[0])) for value in (fit.estimate, fit.ci_low, fit.ci_high)]
    _, results = words(reported)
    assert (
        f"Per 1 g/dL the odds ratio was {ends[0]:.3f}, 95% CI [{ends[1]:.3f}, {ends[2]:.3f}], p = " in results
    )
    assert f"Heterogeneity: Q = {fit.Q:.4g} on 11 df, p" in results
    bent = four(tmp_path / "bent", ", curve: quadratic, at: [12, 12.5, 13.5], reference: 12.5")
    _, results = words(bent)
    curve = bent.results[0].dose
    assert curve is not None
    assert curve.fit is not None
    told = curve.fit.predict([12, 13.5], reference=12.5, transform=np.exp)
    listed = [
        f"{told.estimate[at]:.2f}, 95% CI [{told.ci_low[at]:.2f}, {told.ci_high[at]:.2f}] at {dose} g/dL"
        for at, dose in enumerate(("12", "13.5"))
    ]
    assert f"Against 12.5 g/dL the odds ratio was {listed[0]}; {listed[1]}." in results
    assert "Association with the dose: F(2, 2) = " in results
    assert "Departure from a straight line: F(1, 2) = " in results
    empty = material(reviewed(tmp_path / "empty", {"a": classed("a", LIMITED)}, BARE))
    (passage,) = passages(empty)
    assert passage.paragraphs[1].startswith("No class with a dose, and no slope, entered the analysis.")
    assert "2 estimates were left out." in passage.paragraphs[1]


def test_what_the_paragraphs_cite_stands_in_the_references(tmp_path: Path) -> None:
    keys = set()
    for more in ("", ", stages: 2, covariance: Hamling"):
        made = manuscript(four(tmp_path / str(len(more)), more))
        keys |= {each.key for each in made.references}
        assert as_bibtex(made.references).isascii()
    assert keys >= {"crippa2019", "greenland1992", "orsini2012", "crippa2016", "hamling2008"}


def test_curves_share_sentences_with_other_analyses_and_stand_beside_them(tmp_path: Path) -> None:
    two = four(tmp_path, ", curve: quadratic")
    again = Reported(two.loaded, two.results * 2, two.decimals * 2, whole=True)
    first, *rest = passages(again)
    assert first.heading == "Statistical analysis"
    assert "were fitted as a parabola" in first.paragraphs[0]
    assert all("were fitted as" not in passage.paragraphs[0] for passage in rest)
