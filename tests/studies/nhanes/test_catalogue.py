"""The catalogue: names of files, and what is said of those that do not exist."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from studies.nhanes.catalogue import catalogue
from studies.nhanes.errors import NotInCatalogueError


@pytest.mark.parametrize(
    ("table", "cycle", "stem", "year"),
    [
        ("DEMO", "1999-2000", "DEMO", 1999),
        ("CBC", "1999-2000", "LAB25", 1999),
        ("BIOPRO", "2003-2004", "L40_C", 2003),
        ("TRIGLY", "2001-2002", "L13AM_B", 2001),
        ("DEMO", "2011-2012", "DEMO_G", 2011),
        ("DXXFEM", "2017-2018", "DXXFEM_J", 2017),
        ("DXXFEM", "2017-2020", "P_DXXFEM", 2017),
        ("DEMO", "2021-2023", "DEMO_L", 2021),
    ],
)
def test_file_names_and_addresses_follow_the_publisher(table: str, cycle: str, stem: str, year: int) -> None:
    wanted = catalogue().file(table, cycle)
    assert wanted.stem == stem
    assert wanted.url("https://host/base/") == f"https://host/base/{year}/DataFiles/{stem}.xpt"


@pytest.mark.parametrize(
    ("table", "cycle", "says"),
    [
        (
            "DXXFEM",
            "2015-2016",
            r"no DXXFEM_I .*not done in 2015-2016; cycles that have it: 2005-2006, 2007-2008",
        ),
        ("DXX", "2017-2020", r"no P_DXX .*those of 2017-2018 are in DXX_J"),
        ("BPX", "2021-2023", r"no BPX_L .*oscillometer only \(BPXO_L\)"),
        ("dxxfem", "2013-2014", "no table is called 'dxxfem'; did you mean DXXFEM?"),
        ("DEMO", "2013-14", "no survey cycle is called '2013-14'; did you mean 2013-2014?"),
        ("DEMO", "now", "no survey cycle is called 'now'; known are 1999-2000, "),
    ],
)
def test_what_does_not_exist_is_named_with_what_would_hold_it(table: str, cycle: str, says: str) -> None:
    with pytest.raises(NotInCatalogueError, match=says.replace("?", r"\?")):
        catalogue().file(table, cycle)


def test_variables_are_asked_of_files_that_have_been_counted_only() -> None:
    assert catalogue().file("BIOPRO", "2003-2004").variables == ("SEQN",)
    assert "LBXSCK" in catalogue().file("BIOPRO", "2013-2014").variables
    assert "LBXSCK" not in catalogue().file("BIOPRO", "2009-2010").variables
    assert catalogue().file("DEMO", "2017-2020").variables == ("SEQN",)
    assert "INDHHIN2" not in catalogue().file("DEMO", "2005-2006").variables
    assert "WTMEC2YR" in catalogue().file("DEMO", "2013-2014").variables


def test_two_year_cycles_weigh_two_years_and_the_pre_pandemic_one_more() -> None:
    years = {name: cycle.years for name, cycle in catalogue().cycles.items()}
    assert years.pop("2017-2020") == 3.2
    assert set(years.values()) == {2.0}
    assert catalogue().cycle("2017-2020").exam_weight == "WTMECPRP"
    assert catalogue().cycle("2017-2020").contains == ("2017-2018",)


def test_every_reason_row_count_and_variable_is_about_a_known_cycle_and_file() -> None:
    checked = 0
    for table in catalogue().tables.values():
        for cycle in (
            *table.rows,
            *table.not_done,
            *table.stems,
            *table.since.values(),
            *table.until.values(),
        ):
            assert cycle in catalogue().cycles, (table.name, cycle)
            checked += 1
        assert not set(table.rows) & set(table.not_done), table.name
    assert checked > 100


def test_row_counts_are_those_of_the_public_files(shared: Path) -> None:
    counted = 0
    with (shared / "nhanes" / "FILES.tsv").open(encoding="utf-8") as listing:
        for entry in csv.DictReader(listing, delimiter="\t"):
            cycle, name = entry["file"].split("/")
            table = name.removesuffix(".XPT")[:-2]
            wanted = catalogue().file(table, cycle)
            assert (f"{wanted.stem}.XPT", wanted.rows) == (name, int(entry["rows"]))
            counted += 1
    known = sum(len(table.rows) for table in catalogue().tables.values())
    assert counted == 75
    assert known == 75, "no count without a file that was counted"
