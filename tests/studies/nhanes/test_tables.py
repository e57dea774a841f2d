"""The tables: what is printed is what was estimated, the files hold it, and the turning point is searched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from evidence.wording import p_number
from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort, build_cohort, load_cohort
from studies.nhanes.covariates import Columns
from studies.nhanes.models import Subgroup, full_adjustment, regressions
from studies.nhanes.protocol import load_protocol
from studies.nhanes.table1 import table_one
from studies.nhanes.tables.all import make_tables, step_count
from studies.nhanes.tables.characteristics import characteristics_sheet
from studies.nhanes.tables.page import Sheet, SheetLine, decimal, html_page, save_tables, with_interval
from studies.nhanes.tables.regressions import regression_sheets
from studies.nhanes.tables.threshold import (
    PublishedTurningPoint,
    TurningPoint,
    published_turning_points,
    sought,
    threshold_sheet,
    turning_points,
)
from tests.studies.nhanes.protocols import small, two_cycles

OTHER = "Other Races and Not recorded"


@pytest.fixture(scope="module", autouse=True)
def few_replicates() -> Iterator[None]:
    """A bootstrap of a fifth of the size: its interval is rougher, and nothing else changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("studies.nhanes.tables.threshold.REPLICATES", 200)
        yield


@pytest.fixture(scope="module")
def invented(invented_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    return load_cohort(two_cycles(tmp_path_factory.mktemp("protocol")), invented_data)


@pytest.fixture(scope="module")
def made(invented: Cohort) -> tuple[list[Sheet], list[str]]:
    """All tables of the invented survey, and what was said on the way."""
    said: list[str] = []
    return list(make_tables(invented, said.append)), said


@pytest.fixture(scope="module")
def sheets(made: tuple[list[Sheet], list[str]]) -> list[Sheet]:
    return made[0]


class Page(HTMLParser):
    """Counts what a page holds, and fails when a tag is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag in ("td", "th"):
            self.cells.append("")
        if tag == "br":
            self.cells[-1] += "\n"
        elif tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data


def numbers_of(text: str) -> list[str]:
    return re.findall(r"-?\d+\.\d+", text.replace("−", "-"))


def test_numbers_keep_their_sign_and_never_become_zeros() -> None:
    assert decimal(-0.00314, 4) == "−0.0031"
    assert decimal(-0.00004, 4) == "−0.00004"
    assert decimal(0.0, 4) == "0.0000"
    assert decimal(float("nan"), 4) == "–"
    assert with_interval(1.0, float("nan"), float("nan"), 1) == "1.0 (–, –)"


def test_five_tables_and_every_line_fits_its_columns(sheets: list[Sheet]) -> None:
    assert [sheet.name for sheet in sheets] == [f"table-{number}" for number in range(1, 6)]
    for sheet in sheets:
        assert sheet.lines
        assert {len(line.cells) for line in sheet.lines if not line.heading} == {len(sheet.columns)}
        assert all(len(line.cells) == 1 for line in sheet.lines if line.heading)


def test_the_regression_tables_print_the_54_slopes(invented: Cohort, sheets: list[Sheet]) -> None:
    fitted = regressions(invented)
    printed = [
        [float(number) for number in numbers_of(cell.split("\n")[0])]
        for sheet in sheets[1:4]
        for line in sheet.lines
        if not line.heading
        for cell in line.cells[2:]
    ]
    # By outcome within each table; the frame is by outcome over all of them.
    order = [frame for sheet in sheets[1:4] for frame in sheet.data.to_dict("records")]
    expected = [[row["estimate"], row["ci_low"], row["ci_high"]] for row in order]
    assert len(printed) == len(expected) == len(fitted) == 54
    assert_allclose(printed, expected, atol=0.5001e-4)
    keys = ["outcome", "subgroup", "model"]
    together = pd.concat([sheet.data for sheet in sheets[1:4]]).sort_values(keys, ignore_index=True)
    same = fitted.sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(together[list(same.columns)], same, check_exact=True, check_dtype=False)
    assert set(together["measure"]) == {"beta"}


def test_table_1_prints_its_cells_to_the_last_digit(invented: Cohort, sheets: list[Sheet]) -> None:
    rows = iter(line for line in sheets[0].lines if any(line.cells[1:-1]))
    compared = 0
    for row in table_one(invented).rows:
        for line in row.lines:
            for text, cell in zip(next(rows).cells[1:-1], line.cells, strict=True):
                expected = [cell.value] if cell.sd is None else [cell.value, cell.sd]
                printed = numbers_of(text)
                for number, value in zip(printed, expected, strict=True):
                    unit = 10.0 ** -len(number.split(".")[1])
                    assert abs(float(number) - value) <= 0.5001 * unit
                    compared += 1
    assert next(rows, None) is None
    assert compared == sheets[0].data["value"].size + sheets[0].data["sd"].notna().sum()


def test_a_row_of_means_has_the_decimals_that_show_two_digits_of_its_spread(
    invented: Cohort, sheets: list[Sheet]
) -> None:
    """Of the SD of all, and one decimal at least."""
    lines = {line.cells[0].split(" (")[0]: line.cells for line in sheets[0].lines}
    found = []
    for row in table_one(invented).rows:
        sd = row.lines[0].cells[0].sd
        if sd is not None:
            decimals = next(places for places in range(1, 9) if sd * 10**places >= 10)
            printed = [number.split(".")[1] for cell in lines[row.name][1:-1] for number in numbers_of(cell)]
            assert [len(number) for number in printed] == [decimals] * 10
            found.append(decimals)
    assert Counter(found).keys() == {1, 2, 3}
    assert len(found) == 35 - 9


def test_the_numbers_of_table_1_have_their_unit_or_none(sheets: list[Sheet]) -> None:
    units = sheets[0].data.groupby("variable")["unit"].unique()
    given = {name: list(units[name]) for name in ("Age", "Standing Height", "Gender", "Race")}
    assert given == {"Age": ["years"], "Standing Height": ["cm"], "Gender": [""], "Race": [""]}


def test_headers_and_notes_say_what_was_estimated_and_list_covariates_once(
    invented: Cohort, sheets: list[Sheet]
) -> None:
    table = table_one(invented)
    low, middle, high = (f"{limit:.1f}" for limit in table.limits)
    ranges = (
        "unweighted\n",
        f"< {low}\n",
        f"{low} to < {middle}\n",
        f"{middle} to < {high}\n",
        f"≥ {high}\n",
    )
    names = ("All", "Q1", "Q2", "Q3", "Q4")
    headers = [f"{a}\n{b}n = {n:,}" for a, b, n in zip(names, ranges, table.counts, strict=True)]
    assert sheets[0].columns == ("", *headers, "p")
    assert sheets[0].notes[-1] == "p: Rao-Scott chi-square; design-based Wald test of the means."
    assert [line.cells[0] for line in sheets[0].lines[:5]] == [
        "Age (years)", "Gender (%)", "  men", "  women", "Weight (kg)",
    ]  # fmt: skip
    outcomes = "thoracic spine BMD and lumbar spine BMD"
    lists = sheets[1].notes[1:]
    assert lists[:2] == ("Model 1: no covariates.", "Model 2: adjusted for age, sex, race.")
    assert lists[2].startswith("Model 3: adjusted for age, sex, race, annual household income, ")
    for sheet, by in zip(sheets[1:4], ("", " by sex", " by race"), strict=True):
        assert sheet.title.endswith(f". Association between hemoglobin and {outcomes}{by}")
        assert sheet.columns == ("", "n", "Model 1", "Model 2", "Model 3")
        assert sheet.notes[0].startswith("β (95% interval) and p: g/cm² per 1 g/dL of hemoglobin, ")
        later = ("Models as under Table 2.", f"The models{by} leave{by.replace(' by', '')} out.")
        assert sheet.notes[1:] == (later if by else lists)
        first = [line.cells[0] for line in sheet.lines[:2]]
        assert first[0] == "Thoracic spine BMD"
        assert first[1] == {"": "Lumbar spine BMD", " by sex": "  Men", " by race": "  Mexican American"}[by]
        assert [line.heading for line in sheet.lines[:2]] == [bool(by), False]
        assert list(sheet.data.index) == list(range(len(sheet.data)))
    assert [line.cells[1] for line in sheets[1].lines] == [f"{invented.n:,}"] * 2


def test_the_lines_of_table_5_are_its_numbers(sheets: list[Sheet]) -> None:
    """Searched, at the published place, as published: an end of the search has a mark."""
    sheet, compared = sheets[4], 0
    assert sheet.columns[1] == "Turning point, g/dL"
    assert "between the 5th and 95th percentile of hemoglobin" in sheet.notes[1]
    lines = [line.cells for line in sheet.lines if not line.heading]
    heads = [line.cells[0] for line in sheet.lines if line.heading]
    for number, (cells, row) in enumerate(zip(lines, sheet.data.to_dict("records"), strict=True)):
        kind, place = number % 3, f"{row['turning_point']:.1f}"
        name = row["analysis"]
        assert cells[0] == f"  {name[0].upper()}{name[1:]}"
        if kind == 0:
            outcome = {"thoracic-spine": "Thoracic spine BMD", "lumbar-spine": "Lumbar spine BMD"}
            assert heads[number // 3] == f"{outcome[row['outcome']]}\n{row['subgroup']}, n = {row['n']:,}"
            low = f"{row['turning_point_low']:.1f}{'†' * row['low_is_end_of_search']}"
            place += f" ({low}, {row['turning_point_high']:.1f}{'†' * row['high_is_end_of_search']})"
        sides = ("below", "above") if kind == 2 else ("below", "above", "change")
        # Two digits of the least standard error, four decimals at most; as printed in the published row.
        least = min((row[f"{side}_se"] for side in sides), default=1.0) if kind < 2 else 0.001
        decimals = min(4, next(n for n in range(9) if least * 10**n >= 1) + 1)
        slopes = [
            with_interval(row[side], row[f"{side}_ci_low"], row[f"{side}_ci_high"], decimals)
            if row[side] == row[side]
            else "–"
            for side in sides
        ]
        p = ("–",) if kind == 2 else (p_number(row["p_searched" if kind == 0 else "change_p"]),)
        assert cells[1:] == (place, *slopes, *(("–",) if kind == 2 else ()), *p)
        compared += 1
    assert compared == 4 * 3
    assert {"n": "Int64"}.items() <= sheet.data.dtypes.astype(str).to_dict().items()


def test_table_5_has_what_was_published(sheets: list[Sheet]) -> None:
    # Liu et al. 2022 (preprint), Table 5, thoracic spine: 0.0215 (-0.0059, 0.0488), p = 0.1246, below 11.9
    row = sheets[4].data.set_index("analysis").loc["published, Liu 2022 (preprint)"].iloc[0]
    printed = [0.0215, -0.0059, 0.0488, 0.1246, -0.0176, -0.0313, -0.0040, 0.0119]
    names = [f"{side}{key}" for side in ("below", "above") for key in ("", "_ci_low", "_ci_high", "_p")]
    assert [row[name] for name in names] == printed
    assert np.isnan(row["below_se"])


def test_table_1_of_the_real_files_has_the_published_size(real_cohorts: dict[str, Cohort]) -> None:
    table = table_one(real_cohorts["spine"])
    assert table.counts[0] == 8_126
    assert sum(table.counts[1:]) == 8_126


def test_csv_files_read_back_to_the_same_numbers(sheets: list[Sheet], tmp_path: Path) -> None:
    paths = save_tables("Title", sheets, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [*(f"table-{i}.csv" for i in range(1, 6)), "tables.html"]
    compared = 0
    for sheet, path in zip(sheets, paths, strict=False):
        again = pd.read_csv(path, dtype=str, keep_default_na=False)
        assert list(again.columns) == list(sheet.data.columns)
        for name in sheet.data.select_dtypes("number"):
            read = [float(text) if text else np.nan for text in again[name]]
            np.testing.assert_array_equal(read, sheet.data[name].to_numpy(dtype=float, na_value=np.nan))
            compared += len(again)
    assert compared > 1_500


def test_the_bootstrap_gives_the_same_file_again(invented: Cohort, tmp_path: Path) -> None:
    places = sought(invented, published_turning_points()[:1])
    first, second = (
        save_tables("Title", [threshold_sheet(invented, places, lambda name: None, 5)], tmp_path / name)
        for name in ("one", "two")
    )
    assert len(first) == len(second) == 2
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_the_page_holds_every_cell_and_needs_no_other_file(sheets: list[Sheet]) -> None:
    text = html_page("Tables", sheets)
    page = Page(text)
    assert page.tags["table"] == page.tags["caption"] == 5
    cells = [
        cell
        for sheet in sheets
        for cells in (sheet.columns, *(line.cells for line in sheet.lines))
        for cell in cells
    ]
    assert page.cells == [cell.strip() for cell in cells]
    assert not re.search(r"(src|href)=[\"'](?!#)", text)
    assert page.tags["script"] == page.tags["link"] == 0


def test_the_page_escapes_every_text() -> None:
    bad = "<script>alert('&')</script>"
    sheet = Sheet(
        "table-1",
        f"Table 1. {bad}",
        ("", bad),
        (SheetLine((bad,), heading=True), SheetLine((bad, bad))),
        (bad,),
        pd.DataFrame(),
    )
    text = html_page(bad, [sheet])
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;") == 8
    assert Page(text).cells[1:] == [bad] * 4


def test_the_published_turning_points_are_those_of_table_5() -> None:
    # Liu et al. 2022 (preprint), Table 5; and the published version's, for Asian participants
    found = published_turning_points()
    assert [(point.site, point.subgroup, point.printed) for point in found] == [
        ("thoracic spine", OTHER, "11.9"),
        ("lumbar spine", OTHER, "11.9"),
        ("thoracic spine", "Non-Hispanic Asian", "14.9"),
        ("lumbar spine", "Non-Hispanic Asian", "13.4"),
    ]
    below, above = found[0].below, found[0].above
    assert below is not None
    assert above is not None
    assert [str(below.estimate), str(above.estimate)] == ["0.0215", "-0.0176"]
    assert (found[2].below, found[2].above) == (None, None)


def test_the_progress_counts_every_step(invented: Cohort, made: tuple[list[Sheet], list[str]]) -> None:
    assert len(made[1]) == step_count(invented) == 6


def test_the_straight_line_is_the_full_model_of_table_4(invented: Cohort) -> None:
    rows = regressions(invented).to_dict("records")
    fitted = {(row["outcome"], row["subgroup"]): row for row in rows if row["model"] == "model-3"}
    compared = 0
    for point in turning_points(
        invented, sought(invented, published_turning_points()[1:3]), lambda name: None
    ):
        line = point.searched.line.coefficient("exposure")
        row = fitted[point.outcome, point.subgroup.label]
        assert_allclose([line.estimate, line.se, line.p], [row["estimate"], row["se"], row["p"]], rtol=1e-8)
        compared += 1
    assert compared == 2


def test_no_place_fits_better_than_the_searched_one(real_cohorts: dict[str, Cohort]) -> None:
    cohort = real_cohorts["spine"]
    point = next(turning_points(cohort, sought(cohort, published_turning_points()), lambda name: None))
    columns = Columns(cohort)
    model = full_adjustment(cohort, columns, Subgroup(OTHER, "race"))
    y, exposure = columns.values("thoracic-spine-bmd"), columns.values("hemoglobin")
    rows = np.flatnonzero(model.analysed(y))
    assert len(rows) == point.searched.fit.n == 363
    root = np.sqrt(cohort.design.weights[rows])
    straight = np.column_stack(
        [np.ones(len(rows)), exposure[rows], *(c[rows] for c in model.covariates.values())]
    )
    low, high = np.quantile(exposure[rows], [0.05, 0.95])
    places = np.linspace(low, high, 60)

    def left(place: float) -> float:
        x = np.column_stack([straight, np.maximum(exposure[rows] - place, 0.0)])
        return float(np.linalg.lstsq(x * root[:, None], y[rows] * root, rcond=None)[1][0])

    best = left(point.searched.turning_point)
    assert_allclose(point.searched.fit.rss, best, rtol=1e-8)
    assert min(left(place) for place in places) >= best
    # The published place, 11.9 g/dL, is not where the slope changes.
    assert left(11.9) > best
    assert point.searched.p_searched > 0.05


def planted(invented: Cohort, place: float) -> Cohort:
    """The invented survey with thoracic BMD that rises up to a place and falls after it."""
    persons = invented.persons.copy()
    exposure = persons["LBXHGB"]
    bent = 0.8 + 0.03 * np.minimum(exposure - place, 0.0) - 0.03 * np.maximum(exposure - place, 0.0)
    noise = np.random.default_rng(7).normal(0.0, 0.01, len(persons))
    persons["DXXTSBMD"] = np.where(persons["DXXTSBMD"].notna(), bent + noise, np.nan)
    return build_cohort(invented.protocol, persons)


def looked_for(cohort: Cohort) -> list[TurningPoint]:
    """The turning point that a paper would have printed at 11.9 g/dL."""
    published = PublishedTurningPoint("thoracic spine", OTHER, "nobody", "11.9", None, None)
    return list(turning_points(cohort, sought(cohort, [published]), lambda name: None))


def test_the_search_finds_a_planted_turning_point(invented: Cohort) -> None:
    (point,) = looked_for(planted(invented, 13.7))
    assert point.searched.turning_point == pytest.approx(13.7, abs=0.1)
    assert point.interval.low < 13.7 < point.interval.high
    assert point.interval.high - point.interval.low < 0.5
    assert not point.low_open
    assert not point.high_open
    assert point.searched.p_searched < 0.01
    assert point.searched.below.estimate == pytest.approx(0.03, abs=0.003)
    assert point.searched.above.estimate == pytest.approx(-0.03, abs=0.003)


def test_a_turning_point_beyond_the_search_is_open(invented: Cohort) -> None:
    exposure = invented.members.loc[invented.members["RIDRETH3"] == 7, "LBXHGB"]
    (point,) = looked_for(planted(invented, float(exposure.quantile(0.97))))
    assert point.high_open
    assert not point.low_open
    (point,) = looked_for(planted(invented, float(exposure.quantile(0.07))))
    assert point.low_open
    assert not point.high_open


# Protocols that are not the paper's.


@pytest.fixture(scope="module")
def by_sex(three_cycles: Path) -> Cohort:
    return load_cohort(load_protocol("spine-50"), three_cycles)


def test_a_protocol_without_published_turning_points_has_one_of_each_outcome_and_subgroup(
    by_sex: Cohort,
) -> None:
    places = sought(by_sex, published_turning_points())
    assert [(place.outcome, place.subgroup.label, place.published) for place in places] == [
        (outcome, sex, None) for outcome in ("thoracic-spine", "lumbar-spine") for sex in ("men", "women")
    ]
    assert step_count(by_sex) == 2 + 4
    sheet = threshold_sheet(by_sex, places[:1], lambda name: None, 3)
    assert (sheet.name, sheet.title.split(".")[0]) == ("table-3", "Table 3")
    heading, line = sheet.lines
    assert heading.cells[0].startswith("Thoracic spine BMD\nmen, n = ")
    assert line.cells[0] == "  Searched"
    assert list(sheet.data["analysis"]) == ["searched"]
    assert list(sheet.data["subgroup"]) == ["men"]
    assert len(sheet.notes) == 3
    assert sheet.notes[0].startswith("β: g/cm² per 1 g/dL (95% interval), adjusted, ")


def test_the_characteristics_of_other_protocols_are_what_they_read(by_sex: Cohort) -> None:
    sheet = characteristics_sheet(by_sex)
    assert list(dict.fromkeys(sheet.data["variable"])) == [
        "Age", "Sex", "Race", "BMI", "Thoracic spine BMD", "Lumbar spine BMD",
    ]  # fmt: skip
    assert "Of the participants for whom each is recorded." in sheet.notes
    assert not any("filled" in note for note in sheet.notes)
    ages = by_sex.members["RIDAGEYR"]
    row = sheet.data[(sheet.data["variable"] == "Age") & (sheet.data["column"] == "All")].iloc[0]
    assert_allclose([row["value"], row["sd"]], [ages.mean(), ages.std()], rtol=1e-12)


def test_tables_of_other_protocols_are_numbered_by_their_strata(
    by_sex: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studies.nhanes.tables.threshold.REPLICATES", 5)
    said: list[str] = []
    made = list(make_tables(by_sex, said.append))
    assert [sheet.name for sheet in made] == ["table-1", "table-2", "table-3"]
    assert made[1].title == (
        "Table 2. Association between hemoglobin and thoracic spine BMD and lumbar spine BMD by sex"
    )
    assert len(said) == step_count(by_sex)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"exposure": "hemoglobin-quarter"}, "hemoglobin-quarter"),
        ({"outcomes": {"diabetes": {"variable": "diabetes", "event": "Yes"}}}, "diabetes"),
    ],
)
def test_classes_have_no_curve(parts: dict[str, Any], name: str, invented_data: Path, tmp_path: Path) -> None:
    cohort = load_cohort(small(tmp_path, **parts), invented_data)
    with pytest.raises(ProtocolError, match=rf"small\.yaml: '{name}' is in classes; a curve needs numbers"):
        full_adjustment(cohort, Columns(cohort), Subgroup("all"))


def test_a_table_says_what_its_slopes_are_per(invented_data: Path, tmp_path: Path) -> None:
    protocol = small(tmp_path, exposure={"variable": "hemoglobin", "per": "SD"}, strata=[["sex", "race"]])
    (sheet,) = regression_sheets(load_cohort(protocol, invented_data))
    assert re.search(r"g/cm² per SD of hemoglobin \(weighted, 1\.\d+ g/dL\), survey-w", sheet.notes[0])
    assert sheet.title.endswith("by sex and race")
    assert len(sheet.lines) == 1 + 12
