"""Scripts that reproduce an analysis: by this package exactly, by metafor at 1e-8."""

from __future__ import annotations

import csv
import math
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.records.review import SHIPPED, Method, load_review
from synthesis.paper.fits import COLUMNS, DIFFERENCE, OVERALL, WITHIN, bayesian_row
from synthesis.paper.paper_table import Reported
from synthesis.paper.python_script import python_script
from synthesis.paper.r_script import r_script
from synthesis.review.analysis import analyse
from tests.synthesis.paper.making import arms, by_sex, material, pooled_of

Line = dict[str, float]
Lines = dict[tuple[str, str], Line]


def expected(reported: Reported) -> Lines:
    """What the review itself has, under the columns of the scripts, without what does not exist."""
    lines: Lines = {}
    for result in reported.results:
        name = result.analysis.id
        for group in result.summarised:
            found = group.mean or group.pooled
            if found is not None:
                lines[name, OVERALL if group is result.overall else group.name or ""] = numbers_of(found)
        for group in result.summarised:
            if group.bayesian is not None:
                of = OVERALL if group is result.overall else group.name or ""
                lines[name, bayesian_row(of)] = of_posterior(group.bayesian)
        if result.within is not None:
            lines[name, WITHIN] = numbers_of(result.within)
        if result.difference is not None:
            test = result.difference.between
            k = sum(group.k for group in result.difference.groups)
            numbers = {"k": k, "F": test.statistic, "df1": test.df1, "df2": test.df2, "p": test.p_value}
            lines[name, DIFFERENCE] = {key: float(value) for key, value in numbers.items()}
    return lines


def numbers_of(found: Any) -> Line:
    """The numbers of a summary that a script prints, by metafor's names."""
    numbers = {
        "k": found.k,
        "estimate": found.estimate,
        "ci.lb": found.ci_low,
        "ci.ub": found.ci_high,
        "p": found.p_value,
        "tau2": found.tau2,
        "pi.lb": found.prediction_low,
        "pi.ub": found.prediction_high,
    }
    return {name: float(value) for name, value in numbers.items() if not math.isnan(value)}


def of_posterior(found: Any) -> Line:
    """What a script prints of a posterior."""
    numbers = {
        "k": found.k,
        "estimate": found.mu.median,
        "ci.lb": found.mu.low,
        "ci.ub": found.mu.high,
        "pi.lb": found.new.low,
        "pi.ub": found.new.high,
        "mean": found.mu.mean,
    }
    return {name: float(value) for name, value in numbers.items() if not math.isnan(value)}


def by_python(script: str) -> Lines:
    """The rows of a Python script, run as a module of its own."""
    space: dict[str, Any] = {"__name__": "analysis"}
    exec(compile(script, "analysis.py", "exec"), space)
    assert space["COLUMNS"] == list(COLUMNS)
    return _lines([dict(zip(COLUMNS, map(str, row), strict=True)) for row in space["rows"]])


@pytest.fixture(scope="session")
def by_r() -> Callable[[str, Path], Lines]:
    """Runs an R script: without R a test is skipped, and fails when CI is set."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        message = "Rscript with metafor is not here"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)

    def run(script: str, folder: Path) -> Lines:
        path = folder / "analysis.R"
        path.write_text(script, encoding="utf-8")
        done = subprocess.run([rscript, str(path)], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return _lines(list(csv.DictReader(done.stdout.splitlines())))

    return run


def _lines(rows: list[dict[str, str]]) -> Lines:
    lines = {}
    for row in rows:
        key = (row.pop("analysis"), row.pop("group"))
        assert key not in lines
        numbers = {name: float(text) for name, text in row.items() if text not in ("", "NA", "nan")}
        lines[key] = {name: value for name, value in numbers.items() if not math.isnan(value)}
    return lines


def compare(found: Lines, wanted: Lines, tolerance: float) -> int:
    """How many numbers agree; all must."""
    assert found.keys() == wanted.keys()
    compared = 0
    for key, line in wanted.items():
        assert found[key].keys() == line.keys(), key
        for name, value in line.items():
            assert found[key][name] == pytest.approx(value, rel=tolerance, abs=1e-12 * bool(tolerance)), (
                key,
                name,
            )
            compared += 1
    return compared


MADE: dict[str, Callable[[Path], Reported]] = {
    "one": lambda folder: pooled_of(folder, 1),
    "two": lambda folder: pooled_of(folder, 2),
    "six": lambda folder: pooled_of(folder, 6),
    "separate": by_sex,
    "common": lambda folder: by_sex(folder, "common"),
    "arms": arms,
    "equal effects": lambda folder: by_sex(folder, "common", Method(estimator="EE", test="z")),
    "common, HTS": lambda folder: by_sex(folder, "common", Method(prediction="HTS")),
    "common, HC": lambda folder: by_sex(folder, "common", Method(estimator="DL", test="HC")),
}
NUMBERS = {"one": 5, "two": 8, "six": 8, "separate": 37, "common": 37, "arms": 8, "equal effects": 29} | {
    "common, HTS": 33,  # of the means of one model no prediction interval
    "common, HC": 32,  # and no test of their difference
}


@pytest.mark.parametrize("made", MADE)
def test_a_python_script_gives_the_numbers_of_the_review_exactly(made: str, tmp_path: Path) -> None:
    reported = MADE[made](tmp_path)
    found = by_python(python_script(reported.results))
    assert compare(found, expected(reported), 0.0) == NUMBERS[made]


def test_a_python_script_has_no_need_of_the_review(tmp_path: Path) -> None:
    script = python_script(by_sex(tmp_path).results)
    assert "evidence" not in script
    assert "synthesis.review" not in script
    assert script.isascii()


def test_hard_texts_stay_texts_of_a_script(tmp_path: Path) -> None:
    reported = pooled_of(tmp_path, 2)
    path = tmp_path / "review.yaml"
    text = path.read_text(encoding="utf-8").replace("Everybody", "'A \"B\" \\ %s\n\n    quit()'")
    path.write_text(text.replace("Made for a test", '\'Über """ alles\''), encoding="utf-8")
    reported = material(load_review(tmp_path))
    assert compare(by_python(python_script(reported.results)), expected(reported), 0.0) == 8
    lines = r_script(reported.results).splitlines()
    assert not any("quit()" in line and not line.startswith("#") for line in lines)
    assert "\n".join(lines).isascii()


@pytest.mark.parametrize(
    ("method", "says", "instead"),
    [
        (Method(test="KR"), "metafor has no test 'KR'", "the nearest in metafor is the test HKSJ"),
        (Method(estimator="GENQM"), "metafor has no estimator 'GENQM'", "needs the package CompQuadForm"),
    ],
)
def test_what_metafor_has_not_is_refused_and_what_r_has_instead_is_named(
    method: Method, says: str, instead: str, tmp_path: Path
) -> None:
    reported = pooled_of(tmp_path, 3, method)
    with pytest.raises(ValueError, match=says) as refusal:
        r_script(reported.results)
    assert instead in str(refusal.value)
    assert "a .py file reproduces them" in str(refusal.value)
    assert compare(by_python(python_script(reported.results)), expected(reported), 0.0) == 8


@pytest.mark.parametrize(
    ("method", "has", "has_not"),
    [
        (Method(), ("method = METHOD, test",), ("GENQ", "FIRST", "henmi_copas", "CompQuadForm")),
        (Method(estimator="DL2"), ('FIRST <- "DL"', 'method = "GENQ"'), ("henmi_copas",)),
        (Method(estimator="CA2"), ('FIRST <- "HE"',), ("henmi_copas",)),
        (Method(estimator="GENQ"), ("FIRST <- NA",), ("henmi_copas",)),
        (Method(estimator="DL", test="HC"), ("henmi_copas(dat)", 'TEST <- "HC"'), ("FIRST", "GENQ")),
    ],
)
def test_an_r_script_has_the_functions_that_it_calls_and_no_others(
    method: Method, has: tuple[str, ...], has_not: tuple[str, ...], tmp_path: Path
) -> None:
    script = r_script(pooled_of(tmp_path, 3, method).results)
    assert all(text in script for text in has)
    assert not [text for text in has_not if text in script]
    assert not re.search(r"@[A-Z]+@", script)


def test_a_prediction_interval_that_is_left_out_is_said_to_be(tmp_path: Path) -> None:
    script = r_script(pooled_of(tmp_path, 3, Method(prediction="NNF")).results)
    assert "# Prediction intervals of kind NNF are not in metafor, and are left out; pima of" in script
    assert "pimeta" not in r_script(pooled_of(tmp_path / "other", 3).results)


def test_numbers_of_an_r_script_have_every_digit(tmp_path: Path) -> None:
    reported = pooled_of(tmp_path, 3)
    script = r_script(reported.results)
    (group,) = reported.results[0].groups
    for unit in group.units:
        assert repr(unit.yi) in script
        assert repr(unit.sei) in script


@pytest.mark.long
@pytest.mark.parametrize("made", MADE)
def test_metafor_gives_the_numbers_of_a_review(
    made: str, by_r: Callable[[str, Path], Lines], tmp_path: Path
) -> None:
    reported = MADE[made](tmp_path)
    assert compare(by_r(r_script(reported.results), tmp_path), expected(reported), 1e-8) == NUMBERS[made]


METHODS = (
    *((name, "HKSJ", "t(k-1)") for name in ("REML", "ML", "DL", "HE", "HS", "HSk", "SJ", "EB", "PM", "PMM")),
    *(("DLIT", "HKSJ", "t(k-1)"), ("SJIT", "z", "t(k-1)"), ("EE", "z", "t(k-1)")),
    *((name, "HKSJ", "t(k-1)") for name in ("DL2", "CA2", "GENQ")),
    *(("REML", test, "t(k-1)") for test in ("z", "t", "adhoc")),
    *(("DL", "HC", kind) for kind in ("t(k-1)", "z", "HTS", "HKSJ")),
    *(("REML", "HKSJ", kind) for kind in ("t(k-2)", "z", "HTS", "HKSJ")),
)


@pytest.mark.long
@pytest.mark.parametrize("tau2", ["separate", "common"])
@pytest.mark.parametrize("name", ["DL2", "CA2", "GENQ"])
def test_metafor_gives_a_generalised_q_in_groups_too(
    name: str, tau2: str, by_r: Callable[[str, Path], Lines], tmp_path: Path
) -> None:
    reported = by_sex(tmp_path, tau2, Method(estimator=name, test="t"))
    assert compare(by_r(r_script(reported.results), tmp_path), expected(reported), 1e-8) == 37


@pytest.mark.long
@pytest.mark.parametrize(("estimator", "test", "prediction"), METHODS)
def test_metafor_gives_the_numbers_of_the_shipped_review_under_every_choice(
    estimator: str, test: str, prediction: str, by_r: Callable[[str, Path], Lines], tmp_path: Path
) -> None:
    loaded = load_review(SHIPPED)
    method = Method(estimator=estimator, test=test, prediction=prediction)
    independent = [each for each in loaded.review.analyses if each.model is None]
    results = tuple(analyse(loaded, analysis, method) for analysis in independent)
    assert len(results) == 13
    reported = Reported(loaded, results, (4,) * len(results), whole=True)
    compared = compare(by_r(r_script(results), tmp_path), expected(reported), 1e-8)
    assert compared > 150
