"""Bars of how much of each analysis has which judgement, as the page has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.testing import assert_allclose

from synthesis.paper.paper_table import Reported
from synthesis.report.judged_parts import ShareTable, ShownShare
from synthesis.report.shares_shown import shares_shown
from synthesis.review.bias_plots import bias_bars
from tests.synthesis.report.judged_pages import reported
from tests.synthesis.report.pages import page_of, tree_of
from tests.synthesis.review.made import record, review, silent, slope
from tests.synthesis.review.test_bias_plots import PRECISE, VAGUE, judged, loaded_of


def four_to_one(folder: Path) -> Reported:
    """A has 80 % of the weight and B 20 %, as standard errors are one to two."""
    loaded_of(
        folder,
        a=record("a", [PRECISE]) + judged("D1: high", "D2: low", "D3: some concerns"),
        b=record("b", [VAGUE]) + judged("D1: low", "D2: low"),
    )
    return reported(folder)


def table_of(material: Reported) -> ShareTable:
    (table,) = shares_shown(material, ())
    return table


def parts(bar: tuple[ShownShare, ...]) -> list[tuple[str, float, float, str]]:
    return [(each.light.word, each.start, each.length, each.told) for each in bar]


def texts(tree: Any, path: str) -> list[str]:
    """Of each node its words, and in place of discs their names."""
    for disc in tree.xpath("//table[contains(@class, 'shares')]//b[@aria-label]"):
        disc.text = disc.get("aria-label")
    return [" ".join(each.text_content().split()) for each in tree.xpath(path)]


def test_bars_are_shares_of_the_weight_and_of_the_estimates(tmp_path: Path) -> None:
    table = table_of(four_to_one(tmp_path))
    assert (table.title, table.countings) == (
        "Everybody: risk of bias by RoB 2 (2019)",
        ("weight", "estimates"),
    )
    by_weight = [
        [("low", 0, 20, "20"), ("high", 20, 80, "80")],
        [("low", 0, 100, "100")],
        [("some concerns", 0, 80, "80"), ("not judged", 80, 20, "20")],
    ]
    by_number = [
        [("low", 0, 50, "50"), ("high", 50, 50, "50")],
        [("low", 0, 100, "100")],
        [("some concerns", 0, 50, "50"), ("not judged", 50, 50, "50")],
    ]
    asked = 0
    for place, row in enumerate(table.rows[:3]):
        for bar, by_hand in zip(row.bars, (by_weight[place], by_number[place]), strict=True):
            found = parts(bar)
            assert [(word, told) for word, _, _, told in found] == [(each[0], each[3]) for each in by_hand]
            assert_allclose([each[1:3] for each in found], [each[1:3] for each in by_hand], rtol=1e-12)
            asked += len(found)
    assert asked == 10


def test_the_page_has_every_number_as_text_beside_its_bar_and_signs_within(tmp_path: Path) -> None:
    tree = tree_of(page_of(four_to_one(tmp_path)))
    first = "//section[@id='s/bias']//table[contains(@class, 'shares')]/tbody[1]"
    assert texts(tree, f"{first}//th") == ["Randomization process", "weight", "estimates"]
    assert texts(tree, f"{first}//td//p") == ["low 20 % high 80 %", "low 50 % high 50 %"]
    third = first.replace("[1]", "[3]")
    assert texts(tree, f"{third}//td//p") == [
        "some concerns 80 % not judged 20 %",
        "some concerns 50 % not judged 50 %",
    ]
    bar = tree.xpath(f"{first}//td//*[local-name()='svg']")[0]
    assert bar.get("aria-hidden") == "true"
    drawn = [(g.get("class"), dict(g[0].attrib), g[1].text) for g in bar]
    assert drawn == [
        ("good", {"x": "0.0%", "width": "20.0%"}, "+"),
        ("bad", {"x": "20.0%", "width": "80.0%"}, "−"),
    ]
    notes = texts(tree, "//table[contains(@class, 'shares')]/following-sibling::p[@class='note']")
    assert notes[:2] == [
        "+ low ! some concerns − high",
        "Upper bar: all of the weight in the pooled result; lower bar: 2 estimates, each counting the same.",
    ]


def test_the_numbers_are_those_of_the_figure(tmp_path: Path) -> None:
    material = four_to_one(tmp_path)
    ((_, bars),) = bias_bars(material.results[0])
    table = table_of(material)
    asked = 0
    for row in table.rows:
        for counting, bar in zip(table.countings, row.bars, strict=True):
            for word, _, _, told in parts(bar):
                assert word in bars.description
                assert f"{told} % of the {counting}" in bars.description
                asked += 1
    assert asked == 14


def test_stars_are_words_and_shades(tmp_path: Path) -> None:
    stars = judged("selection: 3", "comparability: 2", "outcome: 2", tool="NOS cohort")
    loaded_of(tmp_path, a=record("a", [PRECISE]) + stars, b=record("b", [VAGUE]))
    material = reported(tmp_path)
    total = table_of(material).rows[-1]
    assert [parts(bar)[0][::3] for bar in total.bars] == [("7 stars", "80"), ("7 stars", "50")]
    tree = tree_of(page_of(material))
    cell = "//table[contains(@class, 'shares')]/tbody[last()]/tr[2]/td"
    assert texts(tree, f"{cell}//p") == ["7 stars 80 % not judged 20 %"]
    parts_drawn = tree.xpath(f"{cell}//*[local-name()='rect']")
    assert [each.get("fill") for each in parts_drawn] == ["#347096", None]  # 7/9 from E8F1F8 to 004B7A
    assert tree.xpath(f"{cell}//*[local-name()='text']/text()") == ["7★"]


def test_a_part_too_short_for_its_sign_has_it_beside_the_bar_alone(tmp_path: Path) -> None:
    vague = slope("hip", "0.020", "-0.070, 0.110")  # nine times the standard error: a weight of 1 in 82
    loaded_of(
        tmp_path,
        a=record("a", [PRECISE]) + judged("D1: low"),
        b=record("b", [vague]) + judged("D1: high"),
    )
    tree = tree_of(page_of(reported(tmp_path)))
    cells = "//table[contains(@class, 'shares')]/tbody[1]//td"
    assert texts(tree, f"{cells}//p") == ["low 99 % high 1 %", "low 50 % high 50 %"]
    signs = [cell.xpath(".//*[local-name()='text']/text()") for cell in tree.xpath(cells)]
    assert signs == [["+"], ["+", "−"]]


def test_groups_that_are_not_pooled_together_have_bars_of_their_own(tmp_path: Path) -> None:
    spine = slope("spine", "0.020", "0.000, 0.040", outcome="spine")
    persons = {"a": record("a", [PRECISE, spine]) + judged("D1: low")}
    review(tmp_path, persons, more="group_by: site")
    titles = [table.title for table in shares_shown(reported(tmp_path), ())]
    assert titles == [
        "Everybody, hip: risk of bias by RoB 2 (2019)",
        "Everybody, spine: risk of bias by RoB 2 (2019)",
    ]


def test_applicability_is_named_before_its_domain_and_notes_of_lights_are_not_repeated(
    tmp_path: Path,
) -> None:
    said = judged("D1: low, applicability: high concern", tool="QUADAS-2")
    loaded_of(tmp_path, a=record("a", [PRECISE]) + said)
    material = reported(tmp_path)
    assert [row.domain for row in table_of(material).rows][::4] == [
        "Risk of bias: Patient selection",
        "Applicability: Patient selection",
    ]
    lacking = "No overall judgement is recorded."
    assert lacking in table_of(material).notes
    (table,) = page_of(material).shares
    assert lacking not in table.notes


def test_an_analysis_whose_judged_studies_are_not_pooled_says_so_and_one_without_judgements_is_silent(
    tmp_path: Path,
) -> None:
    loaded_of(tmp_path, a=record("a", [PRECISE]), b=record("b", [silent("hip")]) + judged("D1: low"))
    table = table_of(reported(tmp_path))
    assert table.rows == ()
    assert table.notes == ("No estimate in the pool has a judgement of its risk of bias by a known tool.",)
    page = tree_of(page_of(reported(tmp_path)))
    assert page.xpath("//h3[.='Everybody: risk of bias']")
    loaded_of(tmp_path / "none", a=record("a", [PRECISE]))
    assert shares_shown(reported(tmp_path / "none"), ()) == ()
