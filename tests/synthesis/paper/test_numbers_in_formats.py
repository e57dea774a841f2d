"""Every format shows the numbers of the results, rounded by the rule; workbooks and data hold all digits."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import pytest

from evidence.records.scales import analysis_scale
from evidence.wording import fixed, format_number, format_ratio, p_number, significant
from synthesis.paper.contents import manuscript
from synthesis.paper.formats.plain_data import as_json, rows_as_csv, table_rows
from synthesis.paper.paper_table import Reported, for_pages
from synthesis.review.captions import is_log
from tests.synthesis.paper.making import arms, by_sex, pooled_of
from tests.synthesis.paper.reading_back import READERS, in_columns, sheets_of
from tests.thinned import thinned

SUMMARY = {"estimate", "ci_low", "ci_high", "prediction_low", "prediction_high"}


def expected(material: Reported) -> list[dict[str, tuple[float, str]]]:
    """Of each line of the summary the numbers by their columns: unrounded, and as they are to be shown."""
    lines = []
    for result, places in zip(material.results, material.decimals, strict=True):
        shape = analysis_scale(result.scale.measure)
        write = format_ratio if is_log(shape) else format_number
        for group in result.summarised:
            found = group.mean or group.pooled
            line: dict[str, tuple[float, str]] = {}
            assert found is not None
            for name in SUMMARY:
                value = getattr(found, name)
                if not math.isnan(value):
                    line[name] = (shape.back(value), write(shape.back(value), places))
            line["p"] = (found.p_value, p_number(found.p_value))
            if found.k > 1:
                line["tau2"] = (found.tau2, significant(found.tau2, 2))
                line["Q"] = (found.Q, format_number(found.Q, 2))
                line["Q_p"] = (found.Q_p, p_number(found.Q_p))
                if not math.isnan(found.I2):
                    line["I2"] = (found.I2, fixed(found.I2, 0))
            if group is result.overall and result.difference is not None:
                line["difference"] = (
                    result.difference.between.statistic,
                    format_number(result.difference.between.statistic, 2),
                )
            lines.append(line)
    return lines


@pytest.fixture(scope="module", params=["one", "two", "six", "separate", "common", "arms"])
def material(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    folder = tmp_path_factory.mktemp("review")
    if request.param in ("separate", "common"):
        return by_sex(folder, request.param)
    if request.param == "arms":
        return arms(folder)
    return pooled_of(folder, {"one": 1, "two": 2, "six": 6}[request.param])


LEAST = 4  # numbers of an analysis with one study: estimate, interval, p


@pytest.mark.parametrize("suffix", thinned(READERS, 2))
def test_a_summary_shows_the_numbers_of_the_results(material: Reported, suffix: str) -> None:
    made = manuscript(material, ["summary"])
    names = [heading.name for heading in for_pages(made.tables[0]).headings]
    (rows,) = READERS[suffix](made)
    wanted = expected(material)
    assert len(rows) == len(wanted)
    compared = 0
    for row, line in zip(rows, wanted, strict=True):
        shown = in_columns(names, row)
        for name, (_, text) in line.items():
            assert shown[name] == text, name
            compared += 1
    assert compared == sum(map(len, wanted)) >= LEAST * len(rows)


def test_a_workbook_holds_the_numbers_and_shows_them_rounded(material: Reported) -> None:
    made = manuscript(material, ["summary"])
    names = [heading.name for heading in made.tables[0].headings]
    sheet = sheets_of(made)["summary"]
    compared = 0
    for number, line in enumerate(expected(material), start=4):
        for name, (value, text) in line.items():
            cell = sheet.cell(number, names.index(name) + 1)
            assert cell.value == pytest.approx(value, rel=1e-14)  # a workbook has 16 digits
            assert cell.data_type == "n"
            decimals = len(text.partition(".")[2]) if "×" not in text and "<" not in text else None
            if decimals is not None:
                assert len(cell.number_format.partition(".")[2]) == decimals, (name, text)
            compared += 1
    assert compared >= LEAST
    assert sheet.freeze_panes == "A4"


def test_data_files_hold_the_numbers_unrounded(material: Reported) -> None:
    made = manuscript(material, ["summary"])
    tables = (
        list(csv.DictReader(io.StringIO(rows_as_csv(*table_rows(made.tables[0]))))),
        json.loads(as_json(made))["tables"]["summary"]["rows"],
    )
    compared = 0
    for rows in tables:
        for row, line in zip(rows, expected(material), strict=True):
            for name, (value, _) in line.items():
                assert float(row[name]) == value
                compared += 1
    assert compared == 2 * sum(map(len, expected(material)))


@pytest.mark.parametrize("suffix", READERS)
def test_effects_are_those_of_the_forest_plot_with_their_places(material: Reported, suffix: str) -> None:
    made = manuscript(material, ["effects"])
    names = [heading.name for heading in for_pages(made.tables[0]).headings]
    (rows,) = READERS[suffix](made)
    (result,), (places,) = material.results, material.decimals
    shape = analysis_scale(result.scale.measure)
    write = format_ratio if is_log(shape) else format_number
    chosen = [each for group in result.groups for each in group.chosen]
    assert len(rows) == len(chosen) == result.k
    for row, each in zip(rows, chosen, strict=True):
        shown = in_columns(names, row)
        numbers = (shape.back(each.effect.yi), each.effect.low, each.effect.high)
        texts = tuple(write(value, places) for value in numbers)
        assert (shown["estimate"], shown["ci_low"], shown["ci_high"]) == texts
        assert shown["at"] == each.candidate.estimate.where.at
        assert shown["sei_from"] == each.effect.sei_from


def test_weights_add_up_to_a_hundred_in_every_group(material: Reported) -> None:
    table = manuscript(material, ["effects"]).tables[0]
    column = [heading.name for heading in table.headings].index("weight")
    weights = [row[column] for row in table.rows]
    total = sum(cell.value for cell in weights if cell is not None and not isinstance(cell, str))
    assert total == pytest.approx(100.0)


def test_files_are_the_same_whenever_they_are_made(tmp_path: Path) -> None:
    from synthesis.paper.formats.spreadsheet import as_xlsx
    from synthesis.paper.formats.word_file import as_docx

    made = manuscript(pooled_of(tmp_path, 2), ["summary", "text"])
    for render in (as_xlsx, as_docx):
        first = render(made)
        assert b"2026" not in first[-2000:]
        assert render(made) == first
