"""Parts of the page by themselves: choices it can pool anew, links, tables, places, and how it is written."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evidence.records.review import load_review
from synthesis.drawing.forest_table import PredictionRow, SpacerRow, SummaryRow, TextRow
from synthesis.paper.fits import ScriptParts
from synthesis.plots.summary_lines import heterogeneity_line, summary_p_line
from synthesis.report import not_pooled, page_of_review, rendering
from synthesis.report.anchors import pooled_anchor, row_anchors
from synthesis.report.findings_of_records import _Places, findings_of
from synthesis.report.linked_tables import Links, _cells, condensed
from synthesis.report.not_pooled import left_out_table, silent_table, unasked
from synthesis.report.own_choices import own_choices, role_of
from synthesis.report.page_parts import (
    PlotAxis,
    ReportPage,
    RowMarks,
    RowSource,
    ScriptShown,
    ShownTable,
    TableCell,
    ToldRow,
)
from synthesis.report.summary_of_findings import summaries_told
from tests.synthesis.paper.making import SLOPES, material, pooled_of
from tests.synthesis.paper.test_curves_in_papers import four
from tests.synthesis.review.made import RATIO, record, review, silent, slope


def group(k: int | None = 3, **parts: Any) -> Any:
    """A group whose pool has k studies, None: no pool."""
    pooled = None if k is None else SimpleNamespace(k=k)
    usual = {"name": None, "mean": None, "model": None, "chosen": ("one",), "of_arms": False}
    return SimpleNamespace(**{**usual, "pooled": pooled, **parts})


def result(*groups: Any, dose: Any = None, overall: Any = None, **method: Any) -> Any:
    usual = {"estimator": "REML", "test": "HKSJ", "prediction": "t(k-1)"}
    level = SimpleNamespace(fraction=0.9)
    return SimpleNamespace(
        method=SimpleNamespace(level=level, **{**usual, **method}),
        summarised=groups if overall is None else (*groups, overall),
        groups=groups,
        overall=overall,
        dose=dose,
        scale=SimpleNamespace(measure="OR"),
        analysis=SimpleNamespace(id="all"),
    )


def test_a_page_pools_anew_what_it_computes_exactly() -> None:
    own = own_choices(result(group(), group(1)))
    assert own is not None
    assert (own.estimator, own.test, own.prediction) == ("REML", "HKSJ", "t(k-1)")
    assert (own.level, own.back, own.whole, own.parts) == (0.9, "log", None, False)
    several = own_choices(result(group(2), group(of_arms=True), overall=group()))
    assert several is not None
    assert (several.whole, several.parts) == (2, True)
    assert own_choices(result(group(), group(None, chosen=()))) is not None
    for choice in ({"estimator": "SJ"}, {"test": "KR"}, {"prediction": "NNF"}):
        assert own_choices(result(group(), **choice)) is None
    for groups in (
        (group(mean="shared"),),
        (group(model="a model"),),
        (group(), group(None)),
        (group(1),),
        (group(None, chosen=()),),
    ):
        assert own_choices(result(*groups)) is None
    assert own_choices(result(group(), dose="a curve")) is None


def test_a_row_below_studies_is_what_its_numbers_and_words_are(tmp_path: Path) -> None:
    (found,) = pooled_of(tmp_path, 3).results
    (part,) = found.groups
    pooled: Any = part.pooled

    def role(row: Any, of: Any = part) -> str:
        return role_of(row, of, float)

    def summary(estimate: float, low: float, weight: float | None = None) -> SummaryRow:
        return SummaryRow("x", estimate, low, 9.0, weight=weight)

    low, wald = pooled.ci_low, pooled.wald[0]
    assert role(summary(pooled.estimate, low)) == "pooled"
    assert role(summary(pooled.estimate, wald, 100.0)) == "wald"
    assert role(summary(pooled.estimate, low, 100.0)) == "pooled"
    assert role(summary(pooled.estimate, wald)) == "other"
    assert role(summary(pooled.estimate + 1e-3, low)) == "other"
    assert role(summary(pooled.estimate, -1.0, 100.0)) == "other"
    assert role(TextRow(heterogeneity_line(pooled))) == "heterogeneity"
    assert role(TextRow(summary_p_line(pooled))) == "test"
    assert role(TextRow("A line")) == "other"
    assert (role(PredictionRow("x", 0.0, 1.0)), role(SpacerRow())) == ("prediction", "")
    assert (role(TextRow("A line"), None), role(SpacerRow(), None)) == ("other", "")
    assert role(summary(pooled.estimate, low), group(None)) == "other"


def test_pooled_values_are_numbered_by_their_groups_and_the_whole_is_not() -> None:
    men, women, whole, alone = group(name="men"), group(name="women"), group(), group()
    several: Any = result(men, women, overall=whole)
    anchors = [pooled_anchor(several, each) for each in (men, women, whole, None)]
    assert anchors == ["all/pooled/1", "all/pooled/2", "all/pooled", "all/pooled"]
    assert pooled_anchor(result(alone), alone) == "all/pooled"


def test_a_row_is_named_by_its_study_where_that_has_one_estimate_and_is_not_called_pooled() -> None:
    found: Any = result()
    found.candidates = [
        SimpleNamespace(
            name=f"{study}/{name}", record=SimpleNamespace(study=study), estimate=SimpleNamespace(id=name)
        )
        for study, name in (("a", "x"), ("b", "x"), ("b", "y"), ("pooled", "x"))
    ]
    assert row_anchors(found) == {
        "a/x": "all/a",
        "b/x": "all/b/x",
        "b/y": "all/b/y",
        "pooled/x": "all/pooled/x",
    }


def test_a_name_that_several_studies_have_leads_nowhere(tmp_path: Path) -> None:
    records = {name: record(name, [slope("x", *SLOPES[0])]) for name in ("a", "b", "c")}
    records["b"] = records["b"].replace("label: B", "label: A")
    links = Links(review(tmp_path, records))
    assert [links.study(name) for name in ("a", "C", "A", "nobody")] == ["r/a", "r/c", "", ""]
    assert [links.estimate(name, "x") for name in ("a", "C", "A")] == ["e/a/x", "e/c/x", ""]
    assert links.estimate("a", "y") == ""
    names = ("estimate", "study", "analysis", "analysis", "title")
    cells = _cells(names, ("x", "C", "all", "none", "all"), links, {"all": "Everybody"})
    assert [(cell.text, cell.to) for cell in cells] == [
        ("x", "e/c/x"),
        ("C", "r/c"),
        ("Everybody", "all"),
        ("none", ""),
        ("all", ""),
    ]
    with pytest.raises(ValueError, match="shorter"):
        _cells(names, ("x",), links, {})


def test_columns_that_are_told_as_one_name_what_they_hold() -> None:
    rows = ((TableCell("A", "r/a"), TableCell("Korea"), TableCell("9"), TableCell("")),)
    table = ShownTable("t", "T", ("Study", "Country", "Persons", "Years"), (False, False, True, True), rows)
    found = condensed(table, {"Setting": ("Country", "Years"), "Who": ("Persons",)})
    assert (found.heads, found.numeric) == (("Study", "Setting", "Who"), (False, False, False))
    assert found.rows == ((TableCell("A", "r/a"), TableCell("country Korea"), TableCell("persons 9")),)
    both = replace(table, rows=((*rows[0][:3], TableCell("2001")),))
    assert condensed(both, {"Setting": ("Country", "Years")}).rows[0][1].text == "country Korea; years 2001"


def test_tables_of_what_is_not_pooled_have_a_kind_for_each_column_and_say_when_they_are_empty(
    tmp_path: Path,
) -> None:
    full = material(review(tmp_path / "full", {"a": record("a", [slope("x", *SLOPES[0])])}))
    for table, note in (
        (silent_table(full), "Every result that the analyses ask for has a number."),
        (left_out_table(full), "Nothing that was recorded is left out."),
    ):
        assert (table.rows, table.notes) == ((), (note,))
        assert table.numeric == (False,) * len(table.heads)
    quiet = {"a": record("a", [silent("x"), f"{slope('y', *SLOPES[0])}, stratum: {{sex: men}}"])}
    made = material(review(tmp_path / "quiet", quiet))
    assert silent_table(made).notes == left_out_table(made).notes == ()


def test_several_estimates_are_counted_and_more_than_three_analyses_too() -> None:
    found: Any = [
        SimpleNamespace(label="A", record=SimpleNamespace(study="a"), estimate=SimpleNamespace(id=name))
        for name in ("x", "y")
    ]

    def row(count: int, *titles: str) -> list[tuple[str, str]]:
        cells = not_pooled._row("left out", "why", tuple(found[:count]), titles)
        return [(cell.text, cell.to) for cell in cells]

    assert row(1, "P", "Q", "R") == [
        ("A", "r/a"),
        ("left out", ""),
        ("why", ""),
        ("x", "e/a/x"),
        ("P; Q; R", ""),
    ]
    assert row(2, "P", "Q", "R", "S")[3:] == [("2 estimates", "r/a"), ("4 analyses", "")]
    assert row(1, "none")[4] == ("", "")
    assert unasked("no analysis asks for men, hip") == "no analysis asks for these persons at this place"
    assert unasked("report is retracted") == "report is retracted"


def test_a_finding_stands_with_the_estimate_whose_lines_hold_it() -> None:
    places = _Places("r/a", (5, 9), ("e/a/x", "e/a/y"), 20)
    found = {line: places.anchor(line) for line in (1, 4, 5, 8, 9, 19, 20, 30)}
    assert found == {
        **dict.fromkeys((1, 4, 20, 30), "r/a"),
        **dict.fromkeys((5, 8), "e/a/x"),
        **dict.fromkeys((9, 19), "e/a/y"),
    }


def test_lines_of_estimates_are_those_of_the_file(tmp_path: Path) -> None:
    loaded = review(tmp_path, {"a": record("a", [slope("x", *SLOPES[0]), silent("y")])})
    (document,) = loaded.documents
    places = _Places.of(document)
    lines = document.path.read_text().splitlines()

    def at(start: str) -> int:
        return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(start))

    assert places.lines == [at("- {id: x"), at("- {id: y")]
    assert (places.anchors, places.last) == (["e/a/x", "e/a/y"], at("extraction:"))
    none: Any = SimpleNamespace(model=None, tree=None)
    assert _Places.of(none).anchor(3) == ""


def test_a_finding_of_the_review_itself_leads_nowhere(tmp_path: Path) -> None:
    loaded = review(tmp_path, {"a": record("a", [slope("x", *SLOPES[0])])})
    path = loaded.folder / "review.yaml"
    path.write_text(path.read_text().replace("title: Everybody", "title: Everybody\n    surplus: 1"))
    found = [each for each in findings_of(load_review(loaded.folder)) if each.file == "review.yaml"]
    assert [(each.severity, each.to) for each in found if "surplus" in each.says] == [("error", "")]


def test_each_kind_of_effect_has_its_summary_and_what_is_not_pooled_its_words(tmp_path: Path) -> None:
    quiet = material(review(tmp_path / "quiet", {"a": record("a", [silent("x")])}))
    (table,) = summaries_told(quiet)
    assert [(row.kind, row.label, row.source) for row in table.rows] == [
        ("text", "Everybody: no estimate", RowSource())
    ]
    odds = "id: x, outcome: hip, model: full, effect: {measure: OR, per: 1 g/dL, estimate: 2, ci: [1, 4]}"
    (ratio,) = summaries_told(material(review(tmp_path / "r", {"a": record("a", [odds])}, scale=RATIO)))
    assert ratio.axis is not None
    assert (ratio.axis.scale, ratio.interval_header) == ("log", "95% CI")
    (row,) = ratio.rows
    assert (row.label, row.cells, row.estimate, row.interval) == (
        "Everybody",
        ("1", "–"),
        "2.00",
        "1.00 to 4.00",
    )
    assert row.source.entry == "p/all/pooled"
    (curve,) = summaries_told(four(tmp_path / "four"))
    (line,) = curve.rows
    assert (line.kind, line.source.entry) == ("text", "p/all/pooled")
    assert line.label.startswith("Everybody: 0.97")
    assert line.label.endswith(" (k = 4)")


def test_the_summary_tells_where_a_new_study_would_lie_and_keeps_the_most_decimals(tmp_path: Path) -> None:
    made = pooled_of(tmp_path, 4)
    twice = replace(made, results=made.results * 2, decimals=(3, 5))
    (table,) = summaries_told(twice)
    assert table.decimals == 5
    assert len(table.rows) == 2
    assert table.headers == ("Analysis", "Estimates", "In a new study, 95%")
    k, predicted = table.rows[0].cells
    summary: Any = made.results[0].groups[0].summary
    assert (k, table.rows[0].label) == ("4", "Everybody")
    low, high = (float(end.replace("−", "-")) for end in predicted.split(" to "))
    assert (low, high) == pytest.approx((summary.prediction_low, summary.prediction_high), abs=0.0005)


def axis(null: int | None) -> PlotAxis:
    return PlotAxis("x", "linear", (0.0, 1.0), (), null, "", "")


def test_no_effect_is_shown_where_it_lies_inside_a_panel_and_each_place_once() -> None:
    shown = {null: axis(null).shows_null for null in (None, -1, 0, 1000, 1001)}
    assert shown == {None: False, -1: False, 0: True, 1000: True, 1001: False}
    page: Any = SimpleNamespace(
        findings=[SimpleNamespace(axis=axis(null)) for null in (1000, None, 1001, 0)],
        analyses=[SimpleNamespace(forest=SimpleNamespace(axis=each)) for each in (None, axis(-1), axis(0))],
    )
    getter: Any = ReportPage.nulls
    assert getter.fget(page) == (0, 1000)


def test_scripts_are_packed_without_blanks_or_escapes_and_without_the_time(tmp_path: Path) -> None:
    shown = [
        ScriptShown("R", "R", ScriptParts("# τ", {"all": "x"}, "end"), ""),
        ScriptShown("Python", "py", ScriptParts("", {}, ""), "there is none"),
    ]
    held = base64.b64decode(rendering._packed(shown))
    assert held[4:8] == bytes(4)  # RFC 1952: no time stamp, or the same page would have other bytes
    told = '{"R":{"ending":"R","head":"# τ","analyses":{"all":"x"},"tail":"end"}}'
    assert gzip.decompress(held).decode() == told


def test_rows_of_other_preferences_are_told_in_few_letters() -> None:
    marks = RowMarks("square", ((100, 900),), (True, False), 500, 10)
    source = RowSource("all/a", "e/a/x", 0.1, 0.25, 1, other=True)
    row = ToldRow("study", "Müller <1>", source, ("none",), "0.1", "0 to 1", marks=marks)
    own = SimpleNamespace(sets=(("least", "least adjusted", (0, 2)),), others=(row, replace(row, marks=None)))
    sections: Any = [
        SimpleNamespace(anchor="all", own=own),
        SimpleNamespace(anchor="men", own=None),
        SimpleNamespace(anchor="women", own=SimpleNamespace(sets=(), others=())),
    ]
    words = '"a/x","Müller \\u003c1>",["none"],"0.1","0 to 1",0.1,0.25,1'
    assert rendering._others(sections) == (
        '{"all":{"sets":[["least","least adjusted",[0,2]]],'
        f'"rows":[[{words},[500,100,900,1,0]],[{words},[]]]}}}}'
    )
    assert json.loads(rendering._others(sections))["all"]["rows"][0][1] == "Müller <1>"


def test_analyses_are_named_by_the_fewer_names() -> None:
    titles = ["a", "b", "c", "d"]
    named = {count: page_of_review._named(titles[:count], titles) for count in (1, 2, 3, 4)}
    assert named == {1: "a", 2: "a; b", 3: "All but d", 4: "All analyses"}


def test_reports_are_told_from_the_first_to_the_last_year_without_what_was_computed_again(
    tmp_path: Path,
) -> None:
    records = {
        "a": record("a", [slope("x", *SLOPES[0])], year=2011),
        "b": record("b", [slope("x", *SLOPES[1])], year=2015),
        "c": record("c", [slope("x", *SLOPES[2])], status="re-analysis", year=2026),
    }
    told = {fact.name: fact.says for fact in page_of_review._current(material(review(tmp_path, records)))}
    assert told["Reports"] == "2011 to 2015"
    assert told["Records"] == "3 records, 3 estimates"
    assert told["Last record read"] == "1 January 2026"
    only = material(review(tmp_path / "only", {"c": records["c"]}))
    assert "Reports" not in [fact.name for fact in page_of_review._current(only)]


def test_a_review_without_results_has_no_script_and_says_so() -> None:
    nothing: Any = SimpleNamespace(results=())
    found = page_of_review._scripts(nothing)
    assert [(each.language, each.ending) for each in found] == [("Python", "py"), ("R", "R")]
    assert {each.why for each in found} == {"there is no analysis that a script could reproduce"}


@pytest.mark.parametrize("name", [*rendering._SCRIPTS, *rendering._STYLES])
def test_style_and_scripts_of_the_page_have_no_comments_and_no_white_around_lines(name: str) -> None:
    lines = rendering._text(name).split("\n")
    assert len(lines) > 10
    assert [line for line in lines if not line or line != line.strip() or line.startswith(("//", "/*"))] == []
