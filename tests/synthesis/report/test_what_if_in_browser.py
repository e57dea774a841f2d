"""What a reader changes on the page, against the engine: choices, studies, other estimates, addresses."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import Any

import pypdf
import pytest

from evidence.records.review import SHIPPED, load_review
from evidence.records.scales import analysis_scale
from evidence.wording import format_number, format_ratio
from synthesis.plots.summary_lines import heterogeneity_line, summary_p_line
from synthesis.pooled import pool
from synthesis.report.rendering import as_page
from synthesis.review.alternatives import options_of
from synthesis.review.analysis import analyse
from synthesis.review.pooled_units import Unit
from tests.synthesis.paper.making import BY_SEX, material
from tests.synthesis.report.browser import (
    click,
    complaints,
    open_page,
    printed,
    resize,
    text_of,
)
from tests.synthesis.report.pages import page_of, written
from tests.synthesis.review.made import RATIO, record, review, slope

pytestmark = pytest.mark.long


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


def test_other_estimates_are_pooled_as_the_engine_selects_and_pools_them(page: Any) -> None:
    """Every analysis of the shipped review under every preference that its page offers."""
    loaded = load_review(SHIPPED)
    offered: list[tuple[str, str, str]] = page.execute_script(
        """return [...document.querySelectorAll(".analysis")].flatMap((section) =>
          [...(section.querySelector(".what")?.querySelectorAll("select")[4]?.options || [])].slice(1)
            .map((option) => [section.id, option.value, option.textContent]))"""
    )
    compared = 0
    for name, key, words in offered:
        analysis = next(each for each in loaded.review.analyses if each.id == name)
        options = {
            option: kept for each in options_of(loaded, analysis).values() for option, kept in each.items()
        }
        update = {field: value for word in words.split("; ") for field, value in options[word].items()}
        changed = analyse(loaded, analysis.model_copy(update=update), loaded.review.method)
        rows = page.execute_script(_CHOSEN, name, key)
        for place, group in enumerate(changed.summarised):
            expected = group.pooled
            assert expected is not None
            back = analysis_scale(changed.scale.measure).back
            ends = (expected.estimate, expected.ci_low, expected.ci_high)
            assert rows["pooled"][str(place)] == [format_number(back(value), 4) for value in ends], (
                name,
                key,
            )
            compared += 3
            if expected.k > 1:
                line = heterogeneity_line(expected)
                assert rows["heterogeneity"][str(place)] == line, (name, key)
                compared += 1
        pooled = [unit.name for group in changed.groups for unit in group.units]
        assert sorted(rows["entries"]) == sorted(f"e/{each}" for each in pooled), (name, key)
    assert len(offered) > 12
    assert compared > 70


_CHOSEN = """
const section = document.getElementById(arguments[0]);
const select = section.querySelectorAll(".what select")[4];
select.value = arguments[1];
select.dispatchEvent(new Event("change"));
const at = (node) => node.dataset.g || "0";
const told = (role, text) => Object.fromEntries([...section.querySelectorAll(`[data-role=${role}]`)]
  .filter((node) => !node.hidden).map((node) => [at(node), text(node)]));
const numbers = (node) => [...node.querySelectorAll(".e a, .e b, .e span")]
  .flatMap((each) => each.textContent.split(" to "));
const found = {
  pooled: told("pooled", numbers),
  heterogeneity: told("heterogeneity", (node) => node.textContent.trim()),
  entries: [...section.querySelectorAll("tr[data-y]")].filter((row) => !row.hidden)
    .map((row) => row.dataset.entry),
};
section.querySelector(".what button").click();
return found;
"""


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
