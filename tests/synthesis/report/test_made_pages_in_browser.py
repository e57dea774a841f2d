"""Pages of made reviews in a real browser: hostile and damaged ones, and what the shipped one has not."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from evidence.records.review import load_review
from evidence.wording import format_number, format_ratio
from synthesis.paper.paper_table import Reported
from synthesis.report.rendering import as_page
from synthesis.report.since_release import since_release
from tests.evidence.literature.flow.searched_review import SearchedReview
from tests.evidence.test_damaged_reviews import with_other_values
from tests.synthesis.living.reviews import three_months
from tests.synthesis.paper.making import SLOPES, material
from tests.synthesis.paper.test_curves_in_papers import four
from tests.synthesis.report.browser import (
    against_rules,
    click,
    complaints,
    in_dark,
    open_page,
    requests,
    resize,
    settled,
    text_of,
)
from tests.synthesis.report.pages import HOSTILE, OWN_SCRIPTS, dead_links, page_of, tree_of, written
from tests.synthesis.review.made import record, review, slope

pytestmark = pytest.mark.long


def test_hostile_titles_do_nothing_in_a_browser(browser: Any, tmp_path: Path) -> None:
    records = {}
    for i, text in enumerate(HOSTILE):
        quoted = json.dumps(text)
        made = record(f"s{i}", [slope("one", *SLOPES[i % 3])])
        made = made.replace(f"title: The study s{i}", f"title: {quoted}").replace(
            f"label: S{i}", f"label: {quoted}"
        )
        made = made.replace("citation: 1,", f"citation: {quoted}, url: {quoted},")
        records[f"s{i}"] = made.replace("at: Table 1", f"at: {quoted}, quote: {quoted}")
    page = page_of(material(review(tmp_path, records)))
    complaints(browser)
    requests(browser)
    resize(browser, 390, 844)
    open_page(browser, written(tmp_path, as_page(page)))
    opened = browser.execute_script(
        """const headings = [];
        for (const link of document.querySelectorAll(".forest td a")) {
          link.click();
          headings.push(document.querySelector("#panel h3").textContent);
        }
        for (const box of document.querySelectorAll(".forest input")) box.click();
        document.querySelectorAll("details").forEach((each) => (each.open = true));
        return headings;"""
    )
    for text in HOSTILE:
        assert any(heading.startswith(text.strip()) for heading in opened), text[:40]
    said = text_of(browser, ".analysis .flag")
    assert all(text[:30].strip() in said for text in HOSTILE[:3])
    size = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert size[0] <= size[1]
    assert browser.execute_script("return typeof window.hit") == "undefined"
    assert browser.execute_script("return document.querySelectorAll('script').length") == len(OWN_SCRIPTS)
    assert complaints(browser) == []
    assert [url for url in requests(browser) if not url.startswith(tmp_path.as_uri())] == []


def test_fuzzed_reviews_open_without_a_complaint(browser: Any, tmp_path: Path) -> None:
    import random

    from synthesis.paper.gathering import gathered
    from synthesis.report.page_of_review import report_page

    chance, opened = random.Random(7), 0
    whole = {f"s{i}": record(f"s{i}", [slope("one", *each)]) for i, each in enumerate(SLOPES)}
    for attempt in range(60):
        folder = tmp_path / str(attempt)
        review(folder, whole)
        path = folder / "studies" / f"s{chance.randrange(3)}.yaml"
        path.write_text(with_other_values(path.read_text(encoding="utf-8"), chance), encoding="utf-8")
        loaded = load_review(folder)
        if loaded.own_problems or not loaded.records:
            continue
        made, refused = gathered(loaded, loaded.review.analyses, loaded.review.method, {})
        held = report_page(made, refused, {})
        assert dead_links(tree_of(held)) == []
        complaints(browser)
        open_page(browser, written(folder, as_page(held)))
        assert complaints(browser) == []
        opened += 1
    assert opened > 30


def opened(browser: Any, folder: Path, made: Reported, at: str = "") -> list[str]:
    """The page of a review; what the browser complains of afterwards."""
    resize(browser, 1440, 900)
    in_dark(browser, False)
    complaints(browser)
    open_page(browser, written(folder, as_page(page_of(made))) + at)
    return complaints(browser)


def table_at(browser: Any, selector: str) -> list[list[str]]:
    """The texts of a table's rows as they are shown."""
    browser.execute_script(
        "for (let at = document.querySelector(arguments[0]); at; at = at.parentElement) "
        "if (at.tagName === 'DETAILS') at.open = true;",
        selector,
    )
    found: list[list[str]] = browser.execute_script(
        """return [...document.querySelector(arguments[0]).querySelectorAll("tbody tr")]
          .map((row) => [...row.children].map((cell) => cell.innerText.trim()))""",
        selector,
    )
    return found


def test_what_changed_since_a_release_is_told_with_each_result_that_moved(
    browser: Any, tmp_path: Path
) -> None:
    made = material(load_review(three_months(tmp_path / "top")))
    assert opened(browser, tmp_path, made, "#s/since") == []
    told = text_of(browser, "#s\\/since")
    assert re.search(r"Since v1\.0 .*: 1 added: fink; 1 retracted: cole; 1 changed: berg\.", told), told
    (row,) = table_at(browser, "#s\\/since table")
    found = since_release(made.loaded.folder)
    assert found.moved is not None
    assert row == [cell.text for cell in found.moved.rows[0]]
    assert row[0] == "Hip"
    assert "Hip: the result is no longer significant: p = 0.020 before, p = 0.30 after" in told


def test_a_curve_is_drawn_with_its_effects_behind_it_and_its_classes_open_their_place(
    browser: Any, tmp_path: Path
) -> None:
    made = four(tmp_path / "four")
    assert opened(browser, tmp_path, made) == []
    box = browser.execute_script(
        "return document.querySelector('.analysis .chart').getBoundingClientRect().toJSON()"
    )
    assert box["width"] > 300
    assert box["height"] > 150
    (result,) = made.results
    assert result.dose is not None
    told, doses = result.dose.told, result.dose.at
    rows = table_at(browser, ".analysis .behind table")
    expected = [
        [f"{dose:.4g}", *(format_ratio(math.exp(float(end[at])), 2) for end in ends)]
        for ends in [(told.estimate, told.ci_low, told.ci_high)]
        for at, dose in enumerate(doses)
    ]
    assert [row[0] for row in rows] == [row[0] for row in expected]
    assert [row[1:] for row in rows] == [row[1:] for row in expected]
    click(browser, ".analysis .forest td a")
    assert "Table 2" in text_of(browser, "#panel")
    assert complaints(browser) == []


def test_a_second_reading_and_what_was_settled_stand_with_the_estimate(browser: Any, tmp_path: Path) -> None:
    second = (
        "second_reading:\n  by: reader-2\n  on: 2026-11-22\n  estimates:\n    one:\n"
        "      effect: {estimate: 0.0210, ci: [0.0080, 0.0320]}\n"
        "resolved:\n  - {of: one, key: effect.estimate, first: '0.0200', second: '0.0210', took: first, "
        "by: reader-3, on: 2026-11-23, why: The table has 0.0200.}\nextraction:"
    )
    records = {f"s{i}": record(f"s{i}", [slope("one", *each)]) for i, each in enumerate(SLOPES)}
    records["s0"] = records["s0"].replace("extraction:", second)
    made = material(review(tmp_path / "made", records))
    assert opened(browser, tmp_path, made, "#all/s0") == []
    told = text_of(browser, "#panel")
    assert "Read a second time by reader-2 on 2026-11-22" in told
    assert "reader-3 took the first on 2026-11-23: The table has 0.0200." in told


def test_a_funnel_is_seen_in_light_and_in_dark_with_its_numbers_behind_it(
    browser: Any, tmp_path: Path
) -> None:
    rows = [
        (f"0.0{10 + i}0", f"{0.01 + i / 1000 - 0.004 - i / 2000:.4f}, {0.014 + i * 0.0015:.4f}")
        for i in range(11)
    ]
    records = {f"s{i}": record(f"s{i}", [slope("one", *each)]) for i, each in enumerate(rows)}
    made = material(review(tmp_path / "made", records))
    assert opened(browser, tmp_path, made) == []
    behind = table_at(browser, "[id='all/small'] .behind table")
    (group,) = made.results[0].groups
    units = {made.results[0].unit_label(unit): format_number(unit.yi, 4) for unit in group.units}
    assert {row[0]: row[1] for row in behind} == units
    assert len(behind) == len(units) == 11
    colours = []
    for dark in (False, True):
        in_dark(browser, dark)
        settled(browser)
        colours.append(
            browser.execute_script(
                """const svg = document.querySelector("[id='all/small'] .chart");
                const fills = [...svg.querySelectorAll("text")].map((each) => getComputedStyle(each).fill);
                return [...new Set(fills), getComputedStyle(document.body).backgroundColor];"""
            )
        )
    assert not {*colours[0]} & {*colours[1]}
    assert complaints(browser) == []


@pytest.mark.parametrize("width", [390, 1440])
def test_the_flow_is_drawn_within_its_frame_with_every_text_in_its_box(
    width: int, browser: Any, tmp_path: Path
) -> None:
    made = SearchedReview(tmp_path / "tea")
    made.search("PubMed", range(20), day="2026-01-05")
    made.search("Scopus", range(15, 30), day="2026-01-07")
    made.search("a register", range(40, 42), kind="register")
    made.search("WHO", range(50, 53), kind="website")
    made.decide("title", "exclude", *range(3, 18))
    made.include(0, 1, 50)
    made.decide("title", "include", 2)
    made.decide("full text", "exclude", 2, reason="no tea at all in the cups of those who were asked")
    made.record("alpha", 0)
    made.record("beta", 1)
    made.record("gamma", 50)
    resize(browser, width, 844)
    complaints(browser)
    open_page(browser, written(tmp_path, as_page(page_of(material(load_review(made.folder))))) + "#s/flow")
    outside = browser.execute_script(
        """const svg = document.querySelector("#s\\\\/flow .flow");
        const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll("text")].filter((text) => {
          const box = text.getBoundingClientRect();
          const beside = box.left < frame.left || box.right > frame.right;
          return beside || box.top < frame.top || box.bottom > frame.bottom;
        }).map((text) => text.textContent)"""
    )
    assert outside == []
    size = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert size[0] <= size[1]
    numbers = {row[-1]: row[1] for row in table_at(browser, "#s\\/flow .behind table")}
    assert (numbers["databases"], numbers["duplicates"], numbers["studies"]) == ("35", "5", "3")
    assert against_rules(browser) == []
    assert complaints(browser) == []
