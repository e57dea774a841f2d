"""The page of a review: every link leads somewhere, every text is text, every number has its entry."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from evidence.records.review import load_review
from evidence.wording import format_number
from synthesis.drawing.chart import Chart, ChartAxis, ChartCurve, Panel
from synthesis.paper.paper_table import Reported
from synthesis.paper.python_script import python_script
from synthesis.paper.r_script import r_script
from synthesis.report.drawn_charts import shown_chart
from synthesis.report.page_of_review import _current
from synthesis.report.page_parts import Fact, ReportPage, ShownTable, TableCell
from synthesis.report.rendering import as_page, in_attribute, shortened, spanned
from tests.synthesis.paper.making import SLOPES, arms, by_sex, material
from tests.synthesis.report.pages import (
    HOSTILE,
    OWN_SCRIPTS,
    dead_links,
    page_of,
    parsed,
    scripts_in,
    tree_of,
)
from tests.synthesis.review.made import record, review, silent, slope


def test_every_number_of_a_grouped_analysis_leads_to_its_entry(sexes: tuple[Reported, ReportPage]) -> None:
    made, page = sexes
    tree = tree_of(page)
    assert dead_links(tree) == []
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    (section,) = page.analyses
    studies = [row for row in section.forest.rows if row.kind == "study"]
    men = ["all/s0/men", "all/s1/men", "all/s2/men", "all/s3", "all/s4", "all/s5"]
    women = ["all/s0/women", "all/s1/women", "all/s2/women"]
    assert [row.source.anchor for row in studies] == [*men, *women]
    entries = [f"e/s{i}/men" for i in range(6)] + [f"e/s{i}/women" for i in range(3)]
    assert [row.source.entry for row in studies] == entries
    of = {row.label: row.source.anchor for row in section.forest.rows if row.kind in ("summary", "subgroup")}
    assert list(of.values()) == ["all/pooled/1", "all/pooled/2", "all/pooled"]
    assert [entry.anchor for entry in section.entries] == ["p/all/pooled/1", "p/all/pooled/2", "p/all/pooled"]
    units = [unit for group in made.results[0].groups for unit in group.units]
    assert [(row.source.yi, row.source.vi) for row in studies] == [(u.yi, u.sei**2) for u in units]


def test_the_page_says_to_which_day_was_searched_and_where_nobody_said_it(tmp_path: Path) -> None:
    made = by_sex(tmp_path)
    assert next(_current(made)) == Fact("Literature", "Day of the search not stated")
    run = '{"id": "a", "run": "2026-11-28T12:00:00Z", "searched": "2026-11-28", "source": "PubMed"%s}\n'
    (made.loaded.folder / "literature").mkdir()
    log = made.loaded.folder / "literature" / "searches.jsonl"
    log.write_text(run % "")
    assert next(_current(made)) == Fact("Literature", "Searched to 28 November 2026 (PubMed)")
    log.write_text(run % ', "dated": false')
    assert next(_current(made)) == Fact("Literature", "When PubMed was searched is not stated")


@pytest.mark.long
def test_arms_that_are_pooled_as_one_have_their_mean_and_each_its_entry(tmp_path: Path) -> None:
    page = page_of(arms(tmp_path))
    rows = [row for row in page.analyses[0].forest.rows if row.kind in ("study", "part")]
    mean = next(row for row, after in pairwise(rows) if after.kind == "part")
    assert mean.source.entry == ""
    assert mean.source.yi is not None
    parts = [row.source for row in rows if row.kind == "part"]
    assert len(parts) == 2
    assert all(part.yi is None and part.entry for part in parts)
    assert dead_links(tree_of(page)) == []


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The page of a review in which every title, label, place, quote and note is hostile."""
    records = {}
    for i, text in enumerate(HOSTILE[:6]):
        quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        made = record(f"s{i}", [slope("one", *SLOPES[i % 3])] if i < 4 else [silent("one")])
        made = made.replace(f"title: The study s{i}", f"title: {quoted}").replace(
            f"label: S{i}", f"label: {quoted}"
        )
        made = made.replace("citation: 1,", f"citation: {quoted}, url: {quoted}, note: {quoted},")
        records[f"s{i}"] = made.replace("at: Table 1", f"at: {quoted}, quote: {quoted}")
    title = HOSTILE[1].replace("'", "''")
    loaded = review(tmp_path_factory.mktemp("hostile"), records)
    path = loaded.folder / "review.yaml"
    text = path.read_text().replace("title: Made for a test", f"title: '{title}'")
    path.write_text(text.replace("title: Everybody", f"title: '{title}'\n    note: '{title}'"))
    return as_page(page_of(material(load_review(loaded.folder))))


def test_a_hostile_text_is_a_text(hostile: bytes) -> None:
    tree = parsed(hostile)
    assert len(tree.xpath("//script")) == len(OWN_SCRIPTS)
    assert tree.xpath("//img") == []
    assert tree.xpath("//*[@onload or @onerror or @style]") == []
    assert tree.xpath("//title/text()") == [HOSTILE[1]]
    assert tree.xpath("string(//h1)") == HOSTILE[1]
    shown = tree.text_content()
    for text in HOSTILE[:6]:
        assert text in shown
    assert [link for link in tree.xpath("//a/@href") if not re.match(r"#|https?://", link)] == []
    assert hostile.count(b"<!--") == 0


def test_the_policy_names_the_one_style_and_the_one_script_by_their_hashes(hostile: bytes) -> None:
    text = hostile.decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    for name, inside in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{name} &#39;sha256-{digest}&#39;" in policy
    assert policy.startswith("default-src &#39;none&#39;; ")
    assert "unsafe" not in policy
    assert re.findall(r'(?:src|srcset|action|data|poster)="(?!data:)[^"]', text) == []


def test_the_packed_scripts_are_those_of_export(sexes: tuple[Reported, ReportPage]) -> None:
    made, page = sexes
    packed = scripts_in(as_page(page))
    whole = {
        name: "\n".join([found["head"], *found["analyses"].values(), found["tail"]]) + "\n"
        for name, found in packed.items()
    }
    assert whole == {"Python": python_script(made.results), "R": r_script(made.results)}


def test_what_stays_out_is_told_with_its_reason_and_what_is_silent_with_its_words(tmp_path: Path) -> None:
    effect = "{measure: OR, per: 1 g/dL, estimate: 1.2, ci: [1.0, 1.4]}"
    odds = f"id: odds, outcome: hip, model: full, effect: {effect}"
    records = {
        "a": record("a", [slope("one", *SLOPES[0]), odds]),
        "b": record("b", [silent("one")]),
        "c": record("c", [slope("spine", *SLOPES[1], outcome="spine")]),
    }
    page = page_of(material(review(tmp_path, records, sites="hip")))
    tables = {table.name: [[cell.text for cell in row] for row in table.rows] for table in page.tables}
    assert tables["silent"] == [["B", "BMD, hip", "all", "not significant", "Table 1", "Everybody"]]
    assert tables["left-out"] == [
        ["A", "left out", "measure is OR, not beta", "odds", "Everybody"],
        ["C", "in no analysis", "no analysis asks for these persons at this place", "spine", ""],
    ]
    told = {fact.name: fact.says for fact in page.accounting}
    assert told == {
        "Recorded": "4 estimates in 3 records",
        "Pooled in an analysis": "1, of 1 record",
        "Examined, no number reported": "1",
        "Left out, or another model is pooled": "1",
        "In no analysis": "1",
    }


def test_a_finding_of_the_audit_belongs_to_the_estimate_in_whose_lines_it_stands(tmp_path: Path) -> None:
    wrong = slope("two", "0.0200", "0.0300, 0.0400", outcome="spine")
    records = {"a": record("a", [slope("one", *SLOPES[0]), wrong])}
    page = page_of(material(review(tmp_path, records, sites="hip")))
    errors = {finding.to for finding in page.audit if finding.severity == "error"}
    assert errors == {"e/a/two"}


def test_a_square_has_a_size_or_paper_would_not_show_it(sexes: tuple[Reported, ReportPage]) -> None:
    tree = tree_of(sexes[1])
    (style,) = tree.xpath("//style/text()")
    squares = tree.xpath("//*[local-name() = 'rect' and @class]/@class")
    assert len(squares) >= 10
    assert [name for name in squares if not re.search(rf"\.{name}{{--s:[1-9]\d*px", style)] == []
    paths = tree.xpath("//*[@class = 'm' or @stroke-linecap = 'round']/@d")
    assert len(paths) == 2
    assert [path for path in paths if "h1" not in path or re.search(r"h0(?![.\d])", path)] == []


def test_the_line_of_no_effect_stands_in_each_forest_plot_where_its_axis_has_it(
    sexes: tuple[Reported, ReportPage],
) -> None:
    page = sexes[1]
    axes = [each.axis for each in (*page.findings, page.analyses[0].forest)]
    tree = tree_of(page)
    (style,) = tree.xpath("//style/text()")
    tables = tree.xpath("//table[contains(@class, 'forest') and not(contains(@class, 'small'))]")
    assert len(tables) == len(axes) == 2
    for axis, table in zip(axes, tables, strict=True):
        assert axis is not None
        assert axis.null is not None
        assert f"at{axis.null}" in table.get("class").split()
        assert f".at{axis.null} .plot::before{{left:{axis.null / 10:g}%}}" in style


def test_what_is_said_of_all_groups_is_said_once(sexes: tuple[Reported, ReportPage]) -> None:
    (section,) = sexes[1].analyses
    assert [fact.name for fact in section.common] == ["Number of"]
    assert len(section.entries) == 3
    assert all(fact not in each.facts for each in section.entries for fact in section.common)


def test_what_became_of_several_estimates_is_told_once_beside_the_first(tmp_path: Path) -> None:
    spine = [
        f"{slope(f's{i}', *SLOPES[i % 3], outcome='spine')}, stratum: {{age: 5{i}-59}}" for i in range(3)
    ]
    noted = spine[1] + ", note: Of another year."
    made = record("a", [spine[0], noted, spine[2], slope("one", *SLOPES[0])])
    page = page_of(material(review(tmp_path, {"a": made}, sites="hip")))
    (shown,) = page.records
    hip, other = shown.blocks
    assert [(entry.anchor, span) for entry, span in hip[1]] == [("e/a/one", 1)]
    assert [(entry.anchor, span) for entry, span in other[1]] == [("e/a/s0", 2), ("e/a/s2", 0), ("e/a/s1", 1)]
    tree = tree_of(page)
    cells = [len(tree.xpath(f"//tr[@id = 'e/a/{name}']/*")) for name in ("s0", "s2", "s1")]
    assert cells == [4, 3, 4]
    assert tree.xpath("//tr[@id = 'e/a/s0']/td[3]/@rowspan") == ["2"]


def test_a_cell_stands_for_the_rows_that_say_the_same_as_long_as_it_is_in_sight() -> None:
    rows = tuple((TableCell(name), TableCell(str(i))) for i, name in enumerate("a" * 14 + "bc"))
    table = ShownTable("t", "T", ("x", "y"), (False, False), rows)
    spans = [span for _, span in spanned(table)]
    assert spans == [12, *[0] * 11, 2, 0, 1, 1]
    assert [row for row, _ in spanned(table)] == list(rows)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("e/a-1/hip.x", "e/a-1/hip.x"),
        ("https://doi.org/10.1%282%29", "https://doi.org/10.1%282%29"),
        ("two words", '"two words"'),
        ("", '""'),
        ("a=b", '"a=b"'),
        ("a>b", '"a&gt;b"'),
        ("'\"`", '"&#39;&#34;`"'),
        ("über", '"über"'),
    ],
)
def test_a_value_stands_in_quotes_where_html_asks_for_them(text: str, written: str) -> None:
    assert in_attribute(text) == written


def test_a_script_keeps_its_texts_and_what_blanks_separate() -> None:
    script = """const a = { b: "x ( y )", c: `1 ${d} , 2` };
if (a.b !== 'p , q') return a - -1 + ++b;
else for (const e of f) g(- 1, h  / 2);"""
    assert shortened(script) == (
        """const a={b:"x ( y )",c:`1 ${d} , 2`};if(a.b!=='p , q')return a - -1 + ++b;"""
        """else for(const e of f)g(- 1,h  / 2);"""
    )


def test_each_pooled_result_has_its_line_in_the_summary_of_findings(
    sexes: tuple[Reported, ReportPage],
) -> None:
    made, page = sexes
    (table,) = page.findings
    assert [row.label for row in table.rows] == ["Everybody: men", "Everybody: women", "Everybody: overall"]
    assert [row.cells[0] for row in table.rows] == ["6", "3", "9"]
    assert [row.source.entry for row in table.rows] == [each.anchor for each in page.analyses[0].entries]
    summaries = [group.summary for group in made.results[0].summarised]
    assert [row.estimate for row in table.rows] == [
        format_number(each.estimate, table.decimals) for each in summaries if each is not None
    ]


def test_what_was_left_out_stands_in_its_section_and_not_below_the_forest_plot(tmp_path: Path) -> None:
    effect = "{measure: OR, per: 1 g/dL, estimate: 1.2, ci: [1.0, 1.4]}"
    odds = f"id: odds, outcome: hip, model: full, effect: {effect}"
    made = record("a", [slope("one", *SLOPES[0]), odds])
    page = page_of(material(review(tmp_path, {"a": made, "b": record("b", [slope("one", *SLOPES[1])])})))
    forest = page.analyses[0].forest
    assert not any(note.startswith("Left out") for note in forest.notes)
    (table,) = (each for each in page.tables if each.name == "left-out")
    assert [[cell.text for cell in row[:3]] for row in table.rows] == [
        ["A", "left out", "measure is OR, not beta"]
    ]


def test_a_curve_has_a_gap_where_it_has_no_value() -> None:
    x, y = np.arange(5.0), np.array([1.0, 2.0, np.nan, 4.0, 5.0])
    axes = (ChartAxis("dose", 0.0, 4.0), ChartAxis("effect", 0.0, 6.0))
    found = shown_chart(Chart("A curve", ((Panel(*axes, (ChartCurve(x, y),)),),), "told"))
    (path,) = re.findall(r'<svg [^>]*><path d="([^"]*)"', found.svg)
    assert path.count("M") == 2
    assert len(re.findall(r"[MLHV]", path)) == 4
    assert "nan" not in found.svg
