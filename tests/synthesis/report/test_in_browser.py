"""The shipped review's page in a real browser: clicks, links, keyboard, widths, colours, print."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
from typer.testing import CliRunner

from evidence.records.review import SHIPPED, load_review
from evidence.wording import format_number, format_ratio
from synthesis.__main__ import app
from synthesis.plots.summary_lines import heterogeneity_line, summary_p_line
from synthesis.pooled import pool
from synthesis.report.rendering import as_page
from synthesis.review.analysis import analyse
from synthesis.review.pooled_units import Unit
from tests.evidence.test_damaged_reviews import with_other_values
from tests.synthesis.paper.making import BY_SEX, SLOPES, material
from tests.synthesis.report.browser import (
    chromium,
    complaints,
    in_dark,
    open_page,
    printed,
    requests,
    resize,
    settled,
)
from tests.synthesis.report.pages import HOSTILE, dead_links, page_of, parsed, tree_of, written
from tests.synthesis.review.made import RATIO, record, review, slope

pytestmark = pytest.mark.long

MOST_BYTES = 500_000
CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "page.html"
    done = CliRunner(env={"NO_COLOR": "1"}).invoke(
        app, ["report", "--review", str(SHIPPED), "--output", str(path)]
    )
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Any, shipped: Path) -> Iterator[Any]:
    """The page at the size of a desk, afterwards without a complaint and without a request to others."""
    resize(browser, 1440, 900)
    in_dark(browser, False)
    open_page(browser, shipped.as_uri())
    complaints(browser)
    requests(browser)
    yield browser
    assert complaints(browser) == []
    assert [url for url in requests(browser) if not url.startswith(shipped.as_uri())] == []


def click(browser: Any, selector: str) -> None:
    browser.execute_script("document.querySelector(arguments[0]).click()", selector)
    settled(browser)


def text_of(browser: Any, selector: str) -> str:
    found: str = browser.execute_script("return document.querySelector(arguments[0]).innerText", selector)
    return found


def press(browser: Any, key: str) -> None:
    for kind in ("keyDown", "keyUp"):
        browser.execute_cdp_cmd(
            "Input.dispatchKeyEvent", {"type": kind, "key": key, "code": key, **_CODES[key]}
        )
    settled(browser)


_CODES: dict[str, dict[str, Any]] = {
    "Escape": {"windowsVirtualKeyCode": 27},
    "Tab": {"windowsVirtualKeyCode": 9},
    "Enter": {"windowsVirtualKeyCode": 13, "text": "\r"},
}


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
    assert text_of(page, "#panel h4").startswith("Hip, men: 0.0031")
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
          const heading = document.querySelector("#panel h4");
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
    assert text_of(page, "#panel h4").startswith(heading)
    if not anchor.startswith("e/"):
        box = page.execute_script(
            "return document.getElementById(arguments[0]).getBoundingClientRect().toJSON()", anchor
        )
        assert 0 <= box["top"] < box["bottom"] <= 900


def test_the_keyboard_alone_opens_and_closes_and_focus_returns(page: Any) -> None:
    page.execute_script("""document.querySelector('[id="hip-men/imos-4"] a').focus()""")
    press(page, "Enter")
    assert text_of(page, "#panel h4").startswith("IMOS-4 2025")
    assert page.execute_script("return document.activeElement.id") == "panel/title"
    for _ in range(2):
        press(page, "Tab")
    assert page.execute_script("return document.getElementById('panel').contains(document.activeElement)")
    press(page, "Escape")
    assert page.execute_script("return document.querySelectorAll('#panel h4').length") == 0
    focused = "return document.activeElement.closest('tr').id"
    assert page.execute_script(focused) == "hip-men/imos-4"
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert page.execute_script(outline) == "solid"


def test_back_and_forward_follow_the_numbers_that_were_opened(page: Any) -> None:
    click(page, '[id="hip-men/imos-4"] a')
    click(page, '[id="hip-women/pooled"] a')
    page.back()
    settled(page)
    assert text_of(page, "#panel h4").startswith("IMOS-4 2025, men")
    page.forward()
    settled(page)
    assert text_of(page, "#panel h4").startswith("Hip, women")


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
        "return [...document.querySelectorAll('h1, h2, h3, h4')].map((each) => Number(each.tagName[1]))"
    )
    assert headings[0] == 1
    assert headings.count(1) == 1


def test_what_is_printed_has_the_findings_and_no_tools(page: Any) -> None:
    pages = [each.extract_text() for each in pypdf.PdfReader(io.BytesIO(printed(page))).pages]
    text = "\n".join(pages)
    assert 10 <= len(pages) <= 40
    for words in ("Summary of findings", "Hip, men", "Findings of the audit", "References"):
        assert words in text
    for words in ("Where a number comes from", "Contents", "Copy the link"):
        assert words not in text
    assert re.search(r"0\.0031\s+−0\.0110 to 0\.0172", text)
    for place in range(len(pages) - 1):
        assert not re.search(r"(Hip, women|Lumbar spine, men|Femoral neck, men)\s*$", pages[place])


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
    open_page(browser, written(tmp_path, as_page(page)))
    for link in range(browser.execute_script("return document.querySelectorAll('.forest td a').length")):
        browser.execute_script("document.querySelectorAll('.forest td a')[arguments[0]].click()", link)
    assert browser.execute_script("return typeof window.hit") == "undefined"
    assert browser.execute_script("return document.querySelectorAll('script').length") == 2
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


def changed_to(page: Any, shipped: Path, words: str) -> None:
    open_page(page, f"{shipped.as_uri()}#hip-men?hip-men;{words}")


def row_of(page: Any, selector: str) -> list[str]:
    """The numbers of a row as they are read."""
    text = page.execute_script(
        "return document.querySelector(arguments[0]).querySelector('.e').innerText", f"#hip-men {selector}"
    )
    return re.findall(r"−?\d[\d.]*", text)


@pytest.mark.parametrize(
    ("words", "choices", "out"),
    [
        ("without:imos-4", {}, {1}),
        ("estimator:DL;test:z", {"method": "DL", "test": "z"}, set()),
        ("estimator:PM;test:adhoc;level:0.9", {"method": "PM", "test": "adhoc", "level": 0.9}, set()),
        ("estimator:ML;without:cardiovascular-health-study", {"method": "ML"}, {0}),
        ("model:common", {"method": "EE"}, set()),
        ("test:t;level:0.99", {"test": "t", "level": 0.99}, set()),
    ],
)
def test_what_if_is_what_the_engine_gives(
    words: str, choices: dict[str, Any], out: set[int], page: Any, shipped: Path
) -> None:
    loaded = load_review(SHIPPED)
    analysis = next(each for each in loaded.review.analyses if each.id == "hip-men")
    own = analyse(loaded, analysis, loaded.review.method).groups[0].pooled
    assert own is not None
    kept = [i for i in range(own.k) if i not in out]
    method = {"method": "REML", "test": "HKSJ"} | choices
    expected = pool(own.yi[kept], own.vi[kept], **method)
    changed_to(page, shipped, words)
    shown = [format_number(value, 4) for value in (expected.estimate, expected.ci_low, expected.ci_high)]
    assert row_of(page, "[data-role=pooled]") == shown
    predicted = [format_number(value, 4) for value in (expected.prediction_low, expected.prediction_high)]
    if method["method"] == "EE":
        assert page.execute_script("return document.querySelector('#hip-men [data-role=prediction]').hidden")
    else:
        assert row_of(page, "[data-role=prediction]") == predicted
    line = text_of(page, "#hip-men [data-role=heterogeneity]")
    assert line == heterogeneity_line(expected)
    assert text_of(page, "#hip-men [data-role=test]") == summary_p_line(expected).partition("; by Wald")[0]
    weights = [text_of(page, f"#hip-men tr[data-y]:nth-of-type({i + 1}) .w") for i in range(own.k)]
    told = iter(expected.weights.tolist())
    assert weights == ["left out" if i in out else f"{next(told):.1f} %" for i in range(own.k)]


def test_a_reader_takes_a_study_out_and_goes_back(page: Any, shipped: Path) -> None:
    open_page(page, f"{shipped.as_uri()}#hip-men")
    before = page.execute_script("return document.querySelector('#hip-men table').innerText")
    click(page, '[id="hip-men/imos-4"] input')
    assert page.execute_script("return location.hash") == "#hip-men?hip-men;without:imos-4"
    assert "Changed: without IMOS-4 2025" in text_of(page, "#hip-men")
    assert "The review's own: 0.0031 (−0.0110 to 0.0172)." in text_of(page, "#hip-men")
    assert text_of(page, ".changed-page").startswith("This page is changed by its reader: Hip, men.")
    click(page, '[id="hip-men/pooled"] a')
    assert page.execute_script("return location.hash") == "#hip-men/pooled?hip-men;without:imos-4"
    assert "this is the review's own" in text_of(page, "#panel")
    pages = pypdf.PdfReader(io.BytesIO(printed(page))).pages
    assert "This page is changed by its reader" in pages[0].extract_text()
    click(page, "#hip-men .what button")
    assert page.execute_script("return document.querySelector('#hip-men table').innerText") == before
    assert page.execute_script("return location.hash") == "#hip-men/pooled"
    assert page.execute_script("return document.querySelector('.changed-page').hidden")


def test_nothing_is_offered_that_is_not_exact(page: Any) -> None:
    offered = page.execute_script(
        """return [...document.querySelectorAll("table[data-estimator]")].map(
          (each) => each.closest("section").id)"""
    )
    loaded = load_review(SHIPPED)
    exact = []
    for analysis in loaded.review.analyses:
        groups = analyse(loaded, analysis, loaded.review.method).summarised
        pooled = [group.pooled for group in groups if group.chosen]
        if all(pooled) and any(each is not None and each.k > 1 for each in pooled):
            exact.append(analysis.id)
    assert offered == exact
    assert 0 < len(exact) < len(loaded.review.analyses)


@pytest.mark.parametrize(
    "words", ["estimator:GENQ", "without:nobody", "level:2", "model:", "test:z;test", "%"]
)
def test_an_address_that_asks_for_what_there_is_not_changes_nothing_wrong(
    words: str, page: Any, shipped: Path
) -> None:
    changed_to(page, shipped, words)
    shown = row_of(page, "[data-role=pooled]")
    own = ["0.0031", "−0.0110", "0.0172"]
    assert shown == own or words.startswith("test:z")


def test_what_if_follows_groups_of_ratios(browser: Any, tmp_path: Path) -> None:
    """Each group and all of them, on a log axis, with weights of the whole."""
    rows = [("1.20", "0.90, 1.60"), ("1.50", "1.10, 2.05"), ("0.80", "0.50, 1.28"), ("2.10", "1.20, 3.70")]
    records = {}
    for i, (estimate, ci) in enumerate(rows):
        each = [
            f"{slope('men', estimate, ci)}, stratum: {{sex: men}}",
            f"{slope('women', *rows[3 - i])}, stratum: {{sex: women}}",
        ]
        records[f"s{i}"] = record(f"s{i}", [text.replace("measure: beta", "measure: OR") for text in each])
    made = material(review(tmp_path, records, scale=RATIO, more=BY_SEX))
    address = written(tmp_path, as_page(page_of(made)))
    resize(browser, 1440, 900)
    complaints(browser)
    open_page(browser, f"{address}#all?all;estimator:PM;without:s1/men,s2/women")
    (result,) = made.results
    assert result.overall is not None
    whole = pool(
        *_without(result.overall.units, {"s1/men", "s2/women"}), method="PM", test=result.method.test
    )
    compared = 0
    for place, group in enumerate(result.summarised):
        expected = pool(*_without(group.units, {"s1/men", "s2/women"}), method="PM", test=result.method.test)
        behind = f"[data-g='{place}']" if place else ":not([data-g])"
        row = f"[data-role=pooled]{behind}"
        text = browser.execute_script("return document.querySelector(arguments[0]).innerText", f"#all {row}")
        numbers = [math.exp(value) for value in (expected.estimate, expected.ci_low, expected.ci_high)]
        shown = re.findall(r"\d+\.\d+", text)
        assert shown[:3] == [format_ratio(value, 2) for value in numbers]
        kept = {"s0/men": 0, "s2/men": 1, "s3/men": 2, "s0/women": 3, "s1/women": 4, "s3/women": 5}
        mine = [at for name, at in kept.items() if group is result.overall or name.endswith(f"/{group.name}")]
        assert float(shown[3]) == pytest.approx(float(whole.weights[mine].sum()), abs=0.06)
        compared += 4
    assert compared == 12
    assert complaints(browser) == []


def _without(units: tuple[Unit, ...], names: set[str]) -> tuple[list[float], list[float]]:
    kept = [unit for unit in units if unit.name not in names]
    return [unit.yi for unit in kept], [unit.sei**2 for unit in kept]
