"""Dependent effects in a paper: scripts that reproduce them, tables and sentences that tell them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.records.review import SHIPPED, load_review
from synthesis.paper.contents import manuscript
from synthesis.paper.fits import OVERALL
from synthesis.paper.model_fits import TEST_OF
from synthesis.paper.paper_table import Reported
from synthesis.paper.python_script import python_script
from synthesis.paper.r_script import r_script
from synthesis.paper.rounded import Rounded
from synthesis.review.analysis import analyse
from synthesis.review.modelled import ModelSummary
from tests.synthesis.paper.making import material
from tests.synthesis.paper.test_scripts import Lines, by_python, by_r, compare, numbers_of
from tests.synthesis.review.sites import EACH_SEX, MODEL, both_sites, of_sexes
from tests.thinned import thinned

__all__ = ["by_r"]

MADE: dict[str, tuple[Callable[[Path, str], object], str]] = {
    "CHE": (both_sites, f"{MODEL}\n    moderators: [site]"),
    "CE by t": (both_sites, "model: {name: CE, rho: 0.4, test: t}\n    moderators: [site]"),
    "HE by z": (both_sites, "model: {name: HE, test: z}"),
    "CR1": (of_sexes, f"{EACH_SEX}model: {{name: CHE, rho: 0.8, test: CR1}}\n    moderators: [site, sex]"),
    "groups": (of_sexes, f"{EACH_SEX}{MODEL}\n    group_by: sex"),
    "sites of their own": (of_sexes, f"{EACH_SEX}model: {{name: SCE}}"),
}
NUMBERS = {"CHE": 13, "CE by t": 13, "HE by z": 8, "CR1": 18, "groups": 29, "sites of their own": 5}


def made(name: str, folder: Path) -> Reported:
    make, more = MADE[name]
    make(folder, more)
    return material(load_review(folder))


def expected(reported: Reported) -> Lines:
    lines: Lines = {}
    for result in reported.results:
        name = result.analysis.id
        for group in result.summarised:
            found = group.summary
            assert isinstance(found, ModelSummary)
            lines[name, OVERALL if group is result.overall else group.name or ""] = numbers_of(found)
        tests = () if result.moderated is None else result.moderated.tests
        for each in tests:
            assert result.moderated is not None
            assert result.moderated.fit is not None
            test = each.test
            lines[name, TEST_OF.format(each.name)] = _known(
                {
                    "k": result.moderated.fit.k,
                    "F": test.statistic,
                    "df1": test.df1,
                    "df2": test.df2,
                    "p": test.p_value,
                }
            )
    return lines


def _known(numbers: dict[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in numbers.items() if not math.isnan(value)}


@pytest.mark.parametrize("name", thinned(MADE, 2))
def test_a_python_script_gives_the_numbers_of_a_model(name: str, tmp_path: Path) -> None:
    reported = made(name, tmp_path)
    script = python_script(reported.results)
    assert compare(by_python(script), expected(reported), 1e-9) == NUMBERS[name]
    assert "evidence" not in script


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in MADE if name != "sites of their own"])
def test_metafor_and_clubsandwich_give_the_numbers_of_a_model(
    name: str, by_r: Callable[[str, Path], Lines], tmp_path: Path
) -> None:
    """At what metafor's optimiser allows."""
    reported = made(name, tmp_path)
    assert compare(by_r(r_script(reported.results), tmp_path), expected(reported), 2e-5) == NUMBERS[name]


@pytest.mark.long
def test_r_gives_the_shipped_review_s_dependent_analyses(
    by_r: Callable[[str, Path], Lines], tmp_path: Path
) -> None:
    loaded = load_review(SHIPPED)
    wanted = [each for each in loaded.review.analyses if each.model is not None]
    results = tuple(analyse(loaded, each, loaded.review.method) for each in wanted)
    reported = Reported(loaded, results, (4,) * len(results), whole=True)
    compared = compare(by_r(r_script(results), tmp_path), expected(reported), 1e-6)
    assert compared == 36


def test_an_r_script_asks_for_clubsandwich_only_where_a_test_needs_it(tmp_path: Path) -> None:
    assert "library(clubSandwich)" in r_script(made("CHE", tmp_path / "a").results)
    assert "library(clubSandwich)" not in r_script(made("HE by z", tmp_path / "b").results)


def test_tables_and_text_tell_the_model(tmp_path: Path) -> None:
    whole = manuscript(made("CHE", tmp_path))
    text = " ".join(paragraph for passage in whole.passages for paragraph in passage.paragraphs)
    assert "by the model of correlated and hierarchical effects (CHE) [@pustejovsky2022]" in text
    assert "errors of the same persons are correlated 0.6" in text
    assert "Differences by site were tested in one model" in text
    assert "The pooled effect of 8 estimates in 5 studies is" in text
    summary = next(table for table in whole.tables if table.name == "summary")
    names = [heading.name for heading in summary.headings]
    assert summary.rows[0][names.index("model")] == "CHE, rho = 0.6, CR2"
    effects = next(table for table in whole.tables if table.name == "effects")
    weight = [heading.name for heading in effects.headings].index("weight")
    weights = [row[weight] for row in effects.rows]
    assert all(isinstance(each, Rounded) for each in weights)
    assert sum(float(each.shown) for each in weights if isinstance(each, Rounded)) == pytest.approx(
        100, abs=0.1
    )
