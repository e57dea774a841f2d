"""A whole review begins with a line for each result, and says once how all were made."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from evidence.records.review import SHIPPED, LoadedReview, Method, load_review
from evidence.wording import format_number
from synthesis.commands.result_tables import print_overview, print_table
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.forest_table import forest_table
from synthesis.review.overview import common_sentences, overview_lines, own_sentences
from synthesis.terminal import Terminal
from tests.synthesis.paper.making import by_sex


@pytest.fixture(scope="module")
def shipped() -> LoadedReview:
    return load_review(SHIPPED)


@pytest.fixture(scope="module")
def results(shipped: LoadedReview) -> list[AnalysisResult]:
    return [analyse(shipped, analysis, Method()) for analysis in shipped.review.analyses]


def lines_of(results: list[AnalysisResult]) -> list[str]:
    return overview_lines(results, [forest_table(result).decimals or 0 for result in results])


def test_every_result_has_a_line_with_its_numbers(results: list[AnalysisResult]) -> None:
    lines = lines_of(results)
    checked = 0
    for result in results:
        places = forest_table(result).decimals or 0
        for group in result.summarised:
            part = "overall" if group is result.overall else group.name
            name = f"{result.analysis.id}: {part}" if part else result.analysis.id
            found = [line for line in lines if line.startswith(f"  {name}  ")]
            pooled = group.summary
            assert pooled is not None
            shown = [
                format_number(value, places) for value in (pooled.estimate, pooled.ci_low, pooled.ci_high)
            ]
            assert f" {shown[0]} [{shown[1]}, {shown[2]}]  k = {pooled.k}" in found[0]
            assert len(found) == 1 + (group.pooled is not None and group.pooled.narrower_than_wald)
            checked += 1
    assert checked == 23
    assert max(map(len, lines)) <= 80


def test_lines_stand_under_what_their_effect_is(results: list[AnalysisResult]) -> None:
    headings = [line for line in lines_of(results) if not line.startswith(" ")]
    assert headings == ["Change in BMD (g/cm²) per 1 g/dL hemoglobin [95% CI]"]


def test_both_intervals_have_a_line_and_nothing_pooled_says_so(shipped: LoadedReview) -> None:
    analysis = next(one for one in shipped.review.analyses if one.id == "all-sites-by-sex")
    analysis = analysis.model_copy(update={"group_by": "site", "model": None, "moderators": ()})
    printed = analysis.model_copy(update={"reports": ("corrected", "published", "preprint", "superseded")})
    result = analyse(shipped, printed, Method())
    pooled = next(group.pooled for group in result.groups if group.name == "lumbar spine")
    assert pooled is not None
    lines = [line for line in lines_of([result]) if "lumbar spine" in line]
    assert [line.rpartition("k = ")[2] for line in lines] == [
        f"{pooled.k}, Hartung-Knapp",
        f"{pooled.k}, Wald",
    ]
    for line, ends in zip(lines, ((pooled.ci_low, pooled.ci_high), pooled.wald), strict=True):
        places = forest_table(result).decimals or 0
        assert f"[{format_number(ends[0], places)}, {format_number(ends[1], places)}]" in line
    nothing = analysis.model_copy(update={"id": "nothing", "reports": ("retracted",), "group_by": None})
    assert lines_of([analyse(shipped, nothing, Method())])[1].split(None, 1) == [
        "nothing",
        "–  k = 0, nothing to pool",
    ]


def test_sentences_that_all_share_are_said_once(results: list[AnalysisResult]) -> None:
    assert common_sentences(results) == [
        "Random effects: restricted maximum likelihood (REML); Hartung-Knapp-Sidik-Jonkman t interval; "
        "Q-profile interval for τ²; prediction interval t."
    ]
    text = StringIO()
    console = Terminal(file=text, width=80)
    tables = [forest_table(result) for result in results]
    said = print_overview(results, tables, console)
    assert said == own_sentences(results)
    for table in tables:
        print_table(table, console, said)
    assert " ".join(text.getvalue().split()).count("Random effects: restricted maximum likelihood") == 1
    notes = [note for table in tables for note in table.footnotes if note not in said]
    assert len(notes) > 5
    assert all(" ".join(note.split())[:40] in " ".join(text.getvalue().split()) for note in notes)


def test_names_begin_and_effects_end_below_each_other_and_a_review_of_nothing_has_no_line(
    results: list[AnalysisResult],
) -> None:
    tests = (": difference", ": site", ": sex")
    rows = [line for line in lines_of(results)[1:] if not any(name in line for name in tests)]
    assert len(rows) == 23
    assert {row.index("]") for row in rows} == {rows[0].index("]")}
    assert {row[:2] + row[2].strip() for row in rows} == {"  " + row[2] for row in rows}
    longest = max(len(line[2:].split("  ")[0]) for line in lines_of(results)[1:])
    widest = max(len(row.split("  k = ")[0][2 + longest :].strip()) for row in rows)
    assert rows[0].index("  k = ") == 2 + longest + 2 + widest, "no wider than needed"
    assert overview_lines([], []) == []


def test_groups_that_are_compared_have_a_line_for_their_difference(tmp_path: Path) -> None:
    (result,) = by_sex(tmp_path).results
    assert result.difference is not None
    test = result.difference.between
    *_, line = lines_of([result])
    assert line.split() == [
        *("all:", "difference", "p", "=", f"{test.p_value:.2g}"),
        *("F(1,", f"{test.df2:.3g})", "=", f"{test.statistic:.2f}"),
    ]
