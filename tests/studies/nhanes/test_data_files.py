"""Finding and reading files: types, missing values, and every way a file can be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from studies.nhanes.catalogue import catalogue
from studies.nhanes.data_files import data_folder, find_file, read_file, read_table
from studies.nhanes.errors import DataFileError, MissingFileError, NhanesError
from studies.nhanes.xport import read_layout
from tests.studies.nhanes.generated import tables_of, write_survey, write_table

CYCLE = "2013-2014"
SMALL = pd.DataFrame({"SEQN": [11.0, 12, 13], "LBDTCSI": [4.0, 0.0, -1.5], "NOTE": ["’yes’", "", "305'S"]})
FIRST_ROW = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_survey(tmp_path_factory.mktemp("survey"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_table(tmp_path / "TCHOL_H.XPT", "TCHOL_H", SMALL)


def read_small(path: Path, rows: int | None = None) -> pd.DataFrame:
    return read_file(path, catalogue().file("TCHOL", CYCLE), rows)


def test_every_generated_table_comes_back_bit_for_bit(survey: Path) -> None:
    cells = 0
    for name, frame in tables_of(catalogue(), catalogue().cycle(CYCLE), 300).items():
        read = read_table(name, CYCLE, survey)
        assert read.index.dtype == np.int64
        assert read.index.name == "SEQN"
        assert (read.dtypes == np.float64).all()
        pd.testing.assert_frame_equal(
            read.reset_index(drop=True), frame.drop(columns="SEQN").reset_index(drop=True), check_exact=True
        )
        assert read.index.tolist() == frame["SEQN"].astype(int).tolist()
        cells += read.size
    assert cells > 10_000


def test_only_the_wanted_columns_are_read_in_the_order_asked(survey: Path) -> None:
    read = read_table("DEMO", CYCLE, survey, ["SDMVSTRA", "RIAGENDR"])
    assert list(read.columns) == ["SDMVSTRA", "RIAGENDR"]
    assert read_table("DEMO", CYCLE, survey, []).shape == (300, 0)


@pytest.mark.parametrize("letter", ["A", "M", "Z", "_", "."])
def test_every_sas_missing_value_is_missing_and_none_a_number(small: Path, letter: str) -> None:
    raw = bytearray(small.read_bytes())
    cell = raw.index(FIRST_ROW) + 80 + 8
    raw[cell : cell + 8] = letter.encode() + bytes(7)
    small.write_bytes(raw)
    values = read_small(small)["LBDTCSI"]
    assert np.isnan(values.iloc[0])
    assert values.iloc[1:].tolist() == [0.0, -1.5]


def test_the_smallest_number_of_the_format_is_the_zero_it_was_made_from(tmp_path: Path) -> None:
    frame = SMALL.assign(LBDTCSI=[5.397605346934028e-79, 1e-60, 0.0])
    read = read_small(write_table(tmp_path / "tchol_h.xpt", "TCHOL_H", frame))
    assert read["LBDTCSI"].tolist()[::2] == [0.0, 0.0]
    assert read["LBDTCSI"].iloc[1] == pytest.approx(1e-60)


def test_texts_stay_texts(small: Path) -> None:
    raw = small.read_bytes().replace("’yes’".encode(), b"\x92yes\x92    ")
    small.write_bytes(raw)
    assert read_small(small)["NOTE"].tolist() == ["’yes’", "", "305'S"]


def test_variables_in_a_date_format_stay_numbers(tmp_path: Path) -> None:
    path = tmp_path / "TCHOL_H.XPT"
    pyreadstat.write_xport(
        SMALL, path, table_name="TCHOL_H", file_format_version=5, variable_format={"LBDTCSI": "DATE9."}
    )
    assert read_small(path)["LBDTCSI"].tolist() == [4.0, 0.0, -1.5]


def test_files_are_found_in_cycle_folders_and_flat_in_any_case(tmp_path: Path) -> None:
    (tmp_path / CYCLE).mkdir()
    flat = write_table(tmp_path / "tchol_h.Xpt", "TCHOL_H", SMALL)
    assert find_file("TCHOL", CYCLE, tmp_path) == flat
    inside = write_table(tmp_path / CYCLE / "TCHOL_H.xpt", "TCHOL_H", SMALL)
    assert find_file("TCHOL", CYCLE, tmp_path) == inside


def test_two_files_that_differ_in_case_only_are_not_chosen_between(tmp_path: Path) -> None:
    write_table(tmp_path / "tchol_h.xpt", "TCHOL_H", SMALL)
    write_table(tmp_path / "TCHOL_H.XPT", "TCHOL_H", SMALL)
    if len(list(tmp_path.iterdir())) == 2:  # a file system that tells upper from lower case
        with pytest.raises(DataFileError, match=r"holds both TCHOL_H.XPT and tchol_h.xpt"):
            find_file("TCHOL", CYCLE, tmp_path)
    else:
        assert find_file("TCHOL", CYCLE, tmp_path).is_file()


def test_a_file_that_is_not_here_is_named_with_the_command_that_gets_it(tmp_path: Path) -> None:
    with pytest.raises(
        MissingFileError, match=r"DXXFEM .* expected 2013-2014/DXXFEM_H.XPT; get it with: .* fetch"
    ):
        read_table("DXXFEM", CYCLE, tmp_path / "nowhere")


def test_the_data_folder_is_given_or_named_by_the_environment_or_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NHANES_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    assert data_folder(Path("given")) == Path("given")
    monkeypatch.delenv("NHANES_DATA")
    assert data_folder().parts[-2:] == ("living-synthesis", "nhanes")


def test_a_variable_of_later_cycles_is_dated(survey: Path, tmp_path: Path) -> None:
    write_survey(tmp_path, ["2005-2006"], persons=40)
    with pytest.raises(DataFileError, match="has no variable RIDRETH3; RIDRETH3 begins with 2011-2012"):
        read_table("DEMO", "2005-2006", tmp_path, ["RIDRETH3"])
    with pytest.raises(DataFileError, match="has no variable RIAGENDER; did you mean RIAGENDR"):
        read_table("DEMO", CYCLE, survey, ["RIAGENDER"])


def test_without_a_lock_file_the_catalogue_says_how_many_rows(small: Path) -> None:
    with pytest.raises(DataFileError, match="has 3 rows; expected 8,291"):
        read_table("TCHOL", CYCLE, small.parent)


def test_another_table_under_this_name_is_refused(tmp_path: Path) -> None:
    path = write_table(tmp_path / "TCHOL_H.XPT", "TCHOL_I", SMALL)
    with pytest.raises(DataFileError, match="holds table TCHOL_I; expected TCHOL_H"):
        read_small(path)


@pytest.mark.parametrize(
    ("identifiers", "says"),
    [
        ([0.0, 2.0, 3.0], "no whole number"),
        (["1", "2", "3"], "no whole number"),
        ([1.0, 2.0, 2.0], "has SEQN 2 twice"),
        ([1.0, np.nan, 3.0], "no whole number"),
        ([1.0, 2.5, 3.0], "no whole"),
    ],
)
def test_identifiers_must_name_one_person_each(
    tmp_path: Path, identifiers: list[float] | list[str], says: str
) -> None:
    path = write_table(tmp_path / "TCHOL_H.XPT", "TCHOL_H", SMALL.assign(SEQN=identifiers))
    with pytest.raises(DataFileError, match=says):
        read_small(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n <!DOCTYPE html><html></html>", "is a web page"),
        (b"<HTML>404</HTML>", "is a web page"),
        (b"SEQN,LBDTCSI\n1,4.2\n", "is not a SAS transport file"),
        (b"PK\x03\x04" + bytes(2000), "is not a SAS transport file"),
        (
            b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!" + bytes(2000),
            "of version 8; expected version 5",
        ),
        (b"HEADER RECORD***", "is cut short after 16 bytes"),
    ],
)
def test_what_is_no_transport_file_is_said_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "TCHOL_H.XPT"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=says) as refused:
        read_table("TCHOL", CYCLE, tmp_path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_a_file_cut_anywhere_is_refused_wherever_the_catalogue_knows_the_rows(tmp_path: Path) -> None:
    rows = 60
    frame = pd.DataFrame({"SEQN": np.arange(1.0, rows + 1), "LBDTCSI": 4.0, "LBXTC": 150.0})
    path = write_table(tmp_path / "TCHOL_H.XPT", "TCHOL_H", frame)
    whole = path.read_bytes()
    refused = 0
    sizes = sorted({*range(0, len(whole), 7), *range(0, len(whole), 80)})
    for size in sizes:
        path.write_bytes(whole[:size])
        with pytest.raises(DataFileError):
            read_small(path, rows)
        refused += 1
    assert refused == len(sizes) > 400
    path.write_bytes(whole)
    assert len(read_small(path, rows)) == rows


def test_a_cut_between_records_or_rows_is_seen_where_the_rows_are_not_known(tmp_path: Path) -> None:
    columns = ["SEQN", *(f"V{i}" for i in range(16))]
    frame = pd.DataFrame(np.arange(1.0, 17 * 30 + 1).reshape(30, 17), columns=columns)
    path = write_table(tmp_path / "X.XPT", "X", frame)
    whole = path.read_bytes()
    first, row = whole.index(FIRST_ROW) + 80, 17 * 8
    seen = {"refused": 0, "a whole file of fewer rows": 0}
    for size in sorted({*range(first, len(whole), 80), *range(first, first + 30 * row, row)}):
        path.write_bytes(whole[:size])
        if (size - first) % 80 == 0 and (size - first) % row == 0:
            assert read_layout(path).rows == (size - first) // row
            seen["a whole file of fewer rows"] += 1
            continue
        with pytest.raises(DataFileError, match="is cut short in row"):
            read_layout(path)
        seen["refused"] += 1
    assert seen == {"refused": 51 + 30 - 2 * 3, "a whole file of fewer rows": 3}


def test_rows_are_counted_whatever_the_padding_holds(tmp_path: Path) -> None:
    counted = 0
    for columns in range(1, 12):
        for rows in range(1, 12):
            frame = pd.DataFrame(
                np.ones((rows, columns)), columns=["SEQN", *(f"V{i}" for i in range(1, columns))]
            )
            layout = read_layout(write_table(tmp_path / "X.XPT", "X", frame.assign(LAST="")))
            assert layout.rows == rows
            counted += 1
    assert counted == 121


def test_damage_inside_never_ends_in_a_traceback(small: Path) -> None:
    whole = small.read_bytes()
    rng = np.random.default_rng(7)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        raw = bytearray(whole)
        for at in rng.integers(0, len(raw), 5):
            raw[at] = rng.integers(0, 256)
        small.write_bytes(raw)
        try:
            read_small(small)
            outcomes["read"] += 1
        except DataFileError:
            outcomes["refused"] += 1
    assert outcomes["refused"] > 50
    assert sum(outcomes.values()) == 300


def test_a_variable_name_that_no_program_writes_is_damage(small: Path) -> None:
    small.write_bytes(small.read_bytes().replace(b"LBDTCSI", b"LBD\x83CSI"))
    with pytest.raises(DataFileError, match="has a damaged list of variables"):
        read_small(small)


def test_one_altered_cell_is_noticed_where_the_file_is_locked(tmp_path: Path) -> None:
    write_survey(tmp_path, [CYCLE], persons=40)
    path = find_file("TCHOL", CYCLE, tmp_path)
    raw = bytearray(path.read_bytes())
    raw[raw.index(FIRST_ROW) + 80 + 8 + 1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(DataFileError, match=r"is not the file that was locked on .*--refresh"):
        read_table("TCHOL", CYCLE, tmp_path)


def test_a_damaged_lock_file_is_named(survey: Path, tmp_path: Path) -> None:
    write_survey(tmp_path, [CYCLE], persons=40)
    (tmp_path / "nhanes.lock.json").write_text('{"DEMO_H": {"rows":')
    with pytest.raises(NhanesError, match=r"nhanes.lock.json: the lock file cannot be read"):
        read_table("DEMO", CYCLE, tmp_path)


@pytest.mark.long
def test_every_public_file_reads_as_the_catalogue_says(shared: Path) -> None:
    """The variables of the analyses, from all 75 files; 2.5 s."""
    files = cells = 0
    for table in catalogue().tables.values():
        for cycle in table.rows:
            wanted = catalogue().file(table.name, cycle)
            if not (shared / "nhanes" / cycle).is_dir():
                continue
            read = read_table(table.name, cycle, shared / "nhanes", wanted.variables)
            assert len(read) == wanted.rows
            assert (read.dtypes == np.float64).all()
            files += 1
            cells += read.size
    assert files == 75
    assert cells > 2_000_000
