"""The shipped review's page in a real browser: clicks, links, keyboard, widths, colours, print."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdf
import pytest

from tests.synthesis.report.browser import (
    against_rules,
    click,
    in_dark,
    open_page,
    press,
    printed,
    resize,
    settled,
    text_of,
)
from tests.synthesis.report.pages import dead_links, parsed

pytestmark = pytest.mark.long

MOST_BYTES = 500_000
CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


def test_the_file_is_small_whole_and_without_a_dead_link(shipped: Path) -> None:
    held = shipped.read_bytes()
    assert len(held) < MOST_BYTES
    tree = parsed(held)
    assert dead_links(tree) == []
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids)) > 300


def test_a_newcomer_finds_the_printed_line_behind_the_pooled_hip_estimate_in_two_clicks(page: Any) -> None:
    click(page, "#s\\/findings td a")
    assert page.execute_script("return location.hash") == "#hip-men/pooled"
    assert text_of(page, "#panel h3").startswith("Hip, men: 0.0031")
    assert "IMOS-4 2025 37.2 %" in text_of(page, "#panel")
    click(page, '[id="hip-men/imos-4"] a')
    told = text_of(page, "#panel")
    assert "0.0079 [0.002, 0.0135], p 0.006" in told
    assert "Abstract, Results" in told
    assert "(0.0135 − 0.002) / (2 × 1.96) = 0.00293373" in told
    assert "Khadembashiri" in told
    assert "without it" in told


def test_every_number_of_every_forest_plot_opens_its_entry(page: Any) -> None:
    opened = page.execute_script(
        """
        const found = [];
        for (const link of document.querySelectorAll(".forest td a")) {
          link.click();
          const heading = document.querySelector("#panel h3");
          found.push([link.textContent, heading ? heading.textContent : "", location.hash]);
        }
        return found;
        """
    )
    assert len(opened) > 150
    assert [each for each in opened if not each[1]] == []
    shown = [each for each in opened if re.fullmatch(r"−?\d.*\d", each[0]) and "/pooled" not in each[2]]
    assert [each for each in shown if not each[1].endswith(f": {each[0]}")] == []


@pytest.mark.parametrize(
    ("anchor", "heading"),
    [
        ("hip-men/imos-4", "IMOS-4 2025, men: 0.0079"),
        ("hip-by-sex/imos-4/hip-men", "IMOS-4 2025, men: 0.0079"),
        ("e/imos-4/hip-men", "IMOS-4 2025, men"),
        ("hip-men/pooled", "Hip, men: 0.0031"),
        ("hip-by-sex/pooled/2", "Hip, by sex, women: −0.0005"),
    ],
)
def test_a_link_that_was_sent_opens_what_it_names(
    anchor: str, heading: str, page: Any, shipped: Path
) -> None:
    open_page(page, f"{shipped.as_uri()}#{anchor}")
    assert text_of(page, "#panel h3").startswith(heading)
    if not anchor.startswith("e/"):
        box = page.execute_script(
            "return document.getElementById(arguments[0]).getBoundingClientRect().toJSON()", anchor
        )
        assert 0 <= box["top"] < box["bottom"] <= 900


def test_the_keyboard_alone_opens_and_closes_and_focus_returns(page: Any) -> None:
    page.execute_script("""document.querySelector('[id="hip-men/imos-4"] a').focus()""")
    press(page, "Enter")
    assert text_of(page, "#panel h3").startswith("IMOS-4 2025")
    assert page.execute_script("return document.activeElement.id") == "panel/title"
    for _ in range(2):
        press(page, "Tab")
    assert page.execute_script("return document.getElementById('panel').contains(document.activeElement)")
    press(page, "Escape")
    assert page.execute_script("return document.querySelectorAll('#panel h3').length") == 0
    focused = "return document.activeElement.closest('tr').id"
    assert page.execute_script(focused) == "hip-men/imos-4"
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert page.execute_script(outline) == "solid"


def test_back_and_forward_follow_the_numbers_that_were_opened(page: Any) -> None:
    click(page, '[id="hip-men/imos-4"] a')
    click(page, '[id="hip-women/pooled"] a')
    page.back()
    settled(page)
    assert text_of(page, "#panel h3").startswith("IMOS-4 2025, men")
    page.forward()
    settled(page)
    assert text_of(page, "#panel h3").startswith("Hip, women")


def test_a_pooled_value_brings_its_scripts(page: Any) -> None:
    click(page, '[id="hip-men/pooled"] a')
    page.execute_script("document.querySelectorAll('#panel details').forEach((each) => (each.open = true))")
    told = text_of(page, "#panel")
    assert "pooled('hip-men', '', effects)" in told
    assert 'pooled("hip-men", "", dat)' in told
    assert told.count("Save the script in ") == 2


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_the_page_is_no_wider_than_its_window(width: int, page: Any) -> None:
    resize(page, width, 844)
    page.execute_script("""document.querySelector('[id="hip-men/imos-4"]').scrollIntoView({block: "end"})""")
    click(page, '[id="hip-men/imos-4"] a')
    size = page.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert size[0] <= size[1] == width
    box = page.execute_script("return document.getElementById('panel').getBoundingClientRect().toJSON()")
    assert 0 <= box["left"] < box["right"] <= width
    row = page.execute_script(
        """const box = document.getElementById("hip-men/imos-4").getBoundingClientRect();
        const over = document.elementFromPoint(box.left + 30, box.top + box.height / 2);
        return over && over.closest("tr") ? over.closest("tr").id : "covered";"""
    )
    assert row == "hip-men/imos-4"


def test_at_twice_the_size_nothing_is_lost(page: Any) -> None:
    resize(page, 640, 450, 2.0)
    size = page.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert size[0] <= size[1]


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(dark: bool, page: Any, shipped: Path) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1, and 3 to 1 where it is large."""
    in_dark(page, dark)
    open_page(page, f"{shipped.as_uri()}#hip-men/imos-4")
    page.execute_script("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    asked, weak = page.execute_script(CONTRAST)
    assert weak == []
    assert asked > 2_000


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_breaks_no_rule_of_accessibility(width: int, page: Any, shipped: Path) -> None:
    """With everything open, an estimate in the panel and a table that a reader changed."""
    resize(page, width, 844)
    open_page(page, f"{shipped.as_uri()}#hip-men/imos-4?hip-women;test:z")
    page.execute_script("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    settled(page)
    assert against_rules(page) == []


def test_each_row_is_told_in_words_and_each_figure_has_its_name(page: Any) -> None:
    label = page.execute_script(
        "return document.querySelector('[id=\"hip-men/imos-4\"] svg').getAttribute('aria-label')"
    )
    assert label == "IMOS-4 2025: 0.0079, 95% interval 0.0020 to 0.0135, weight 37.2 %"
    unnamed = page.execute_script(
        """return [...document.querySelectorAll("svg")].filter((svg) => !svg.closest("[aria-hidden=true]")
          && !svg.parentElement.closest("svg") && !svg.getAttribute("aria-label")).length"""
    )
    assert unnamed == 0
    headings = page.execute_script(
        "return [...document.querySelectorAll('h1, h2, h3, h4, h5')].map((each) => Number(each.tagName[1]))"
    )
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))


def test_what_is_printed_has_the_findings_and_no_tools(page: Any) -> None:
    pages = [each.extract_text() for each in pypdf.PdfReader(io.BytesIO(printed(page))).pages]
    text = "\n".join(pages)
    assert 10 <= len(pages) <= 40
    for words in ("Summary of findings", "Hip, men", "Findings of the audit", "References"):
        assert words in text
    for words in ("Where a number comes from", "Contents", "Copy the link"):
        assert words not in text
    assert re.search(r"0\.0031\s+−0\.0110 to 0\.0172", text)
    assert "Hartung-Knapp-Sidik-Jonkman t interval; Q-profile" in pages[0].replace("\n", " ")


def test_no_heading_of_a_section_or_a_table_stands_alone_at_the_foot_of_a_page(page: Any) -> None:
    heads = page.execute_script(
        """return [...document.querySelectorAll("h2, h3, thead tr")]
          .map((each) => each.textContent.replace(/\\s/g, ""))"""
    )
    asked = 0
    for each in pypdf.PdfReader(io.BytesIO(printed(page))).pages:
        lines: dict[int, str] = {}

        def told(text: str, page_at: Any, at: Any, *_: Any, lines: dict[int, str] = lines) -> None:
            height = round(page_at[5] + page_at[3] * at[5])
            lines[height] = lines.get(height, "") + re.sub(r"\s", "", text)

        each.extract_text(visitor_text=told)
        lowest = lines[min(height for height, text in lines.items() if text)]
        assert lowest not in heads, lowest
        asked += 1
    assert asked >= 10
