"""What cannot be pooled is told in one line with file and row, or refused and counted; nothing vanishes."""

from __future__ import annotations

import bz2
import gzip
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import synthesis
from synthesis.bulk import study_buckets, table_plan
from synthesis.bulk.arrow_parts import needed
from synthesis.bulk.study_buckets import divided
from tests.synthesis.bulk.made_tables import long, random_effects, wide

WIDE: dict[str, Any] = {"yi": "y_*", "vi": "v_*"}


def table(**changed: Any) -> pd.DataFrame:
    frame = wide(*random_effects(30, 3, 21, missing=0.0))
    for name, (row, value) in changed.items():
        frame[name] = frame[name].astype(object) if isinstance(value, str) else frame[name]
        frame.loc[row, name] = value
    return frame


NAN = float("nan")


def refusal(data: Any, **choices: Any) -> str:
    with pytest.raises(ValueError, match=r"^\S") as found:
        synthesis.pool_table(data, **(WIDE | choices))
    says = str(found.value)
    assert "\n" not in says
    return says


def test_a_number_that_cannot_be_names_file_and_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for changed, says in (
        ({"v_B": (4, -0.5)}, "row 6, study 'B': vi is -0.5; expected a number above zero"),
        ({"v_A": (29, 0.0)}, "row 31, study 'A': vi is 0; expected a number above zero"),
        ({"y_C": (0, np.inf)}, "row 2, study 'C': yi is inf; expected a finite number"),
    ):
        table(**changed).to_csv(path, index=False)
        assert refusal(path) == f"{path}, {says} (invalid='refuse' leaves such effects out and counts them)"
        table(**changed).to_parquet(tmp_path / "a.parquet")
        row = int(says.split()[1].rstrip(","))
        assert f"a.parquet, row {row - 1}, study" in refusal(tmp_path / "a.parquet")
    frame = long(*random_effects(5, 2, 1, missing=0.0)).rename(columns={"v": "s"})
    frame.loc[3, "s"] = -1.0
    with pytest.raises(ValueError, match=r"^the table, row 4, study 'B': sei is -1; expected a number above"):
        synthesis.pool_table(frame, yi="y", sei="s", group="gene", study="cohort")
    with pytest.raises(ValueError, match=r"^the table, row 4, study '2': sei is -1"):
        synthesis.pool_table(frame, yi="y", sei="s", group="gene")
    limits = {"l": [[1.0]], "h": [[1.0]]}
    with pytest.raises(ValueError, match="ci_high is 1; expected a number above ci_low"):
        synthesis.pool_table({name: value[0] for name, value in limits.items()}, ci_low=["l"], ci_high=["h"])
    with pytest.raises(ValueError, match="ci_low is -1; expected a ratio above zero"):
        synthesis.pool_table({"l": [-1.0], "h": [2.0]}, ci_low=["l"], ci_high=["h"], ratio=True)


def test_numbers_that_cannot_be_are_left_out_and_counted_when_asked(tmp_path: Path) -> None:
    frame = table(v_B=(4, -0.5), y_C=(7, np.inf), v_A=(7, 0.0))
    frame.loc[9, ["v_A", "v_B", "v_C"]] = -1.0
    frame.loc[11, ["y_A", "y_B", "y_C"]] = np.nan
    frame.loc[13, "y_A"] = 1e200
    found = synthesis.pool_table(frame, **WIDE, key="gene", invalid="refuse", min_k=2, output=tmp_path)
    results = found.to_frame()
    assert len(results) == 30
    assert found.pooled == 26
    assert results["k"].tolist()[3:14] == [3, 2, 3, 3, 1, 3, 0, 3, 0, 3, 3]
    assert found.refused == {
        ("A", "vi is not a number above zero"): 2,
        ("B", "vi is not a number above zero"): 2,
        ("C", "vi is not a number above zero"): 1,
        ("C", "yi is not a finite number"): 1,
        ("", "fewer than 2 studies (min_k)"): 1,
        ("", "no study with an effect and its variance"): 2,
        ("", "rescale the outcome, as this is beyond double precision"): 1,
    }
    refused = found.refused_table.to_pandas()
    assert len(refused) == sum(found.refused.values()) == 10
    assert refused.iloc[0].to_dict() == {
        "gene": "g4",
        "study": "B",
        "reason": "vi is -0.5; expected a number above zero",
        "place": "the table, row 5",
    }
    whole = results[results["refused"].notna()]
    assert whole["gene"].tolist() == ["g7", "g9", "g11", "g13"]
    assert whole["refused"].tolist()[3].startswith("A: yi is 1e+200; rescale the outcome")
    assert whole["estimate"].isna().all()
    assert results["estimate"].notna().sum() == 26
    assert results["p_bonferroni"].max() <= 1.0
    smallest = results["p_value"].idxmin()
    assert results["p_bonferroni"][smallest] == pytest.approx(min(1.0, 26 * results["p_value"][smallest]))
    assert "refused 2 times (A): vi is not a number above zero" in str(found)


@pytest.mark.parametrize(
    ("y", "v"),
    [
        ([0.0, 1e200], [1.0, 1.0]),
        ([0.0, 1.0], [1.0, 1e-295]),
        ([0.0, 1.0], [1e-60, 1e60]),
        ([0.0, 1e30], [1e-45, 1.0]),
        ([1e-180, 2e-180], [1.0, 1.0]),
    ],
)
def test_what_pool_refuses_is_refused_in_its_words(y: list[float], v: list[float]) -> None:
    with pytest.raises(ValueError, match="; ") as of_pool:
        synthesis.pool(y, v, slab=["A", "B"])
    columns = {"y_A": [0.0, y[0]], "y_B": [0.0, y[1]], "v_A": [1.0, v[0]], "v_B": [1.0, v[1]]}
    assert refusal(columns) == f"the table, row 2: {of_pool.value} (invalid='refuse' leaves such rows out)"
    found = synthesis.pool_table(columns, **WIDE, invalid="refuse")
    assert found.table.column("refused").to_pylist() == [None, str(of_pool.value)]


def test_columns_that_are_not_there_are_named_with_the_closest(tmp_path: Path) -> None:
    table().to_csv(tmp_path / "a.csv", index=False)
    path = tmp_path / "a.csv"
    assert refusal(path, yi="beta_*").startswith(
        f"{path}, row 1: yi: no column is like 'beta_*'. It has: gene, y_A,"
    )
    assert refusal(path, key="gen").startswith(
        f"{path}, row 1: key: there is no column 'gen'; did you mean 'gene'?"
    )
    assert refusal(path, unit="units").startswith(f"{path}, row 1: unit: there is no column 'units'.")
    for taken in ("k", "p_value", "p_bh", "refused"):
        named = table().rename(columns={"gene": taken})
        assert f"row 1: key '{taken}' is the name of a result" in refusal(named, key=taken)
    assert "study 'B' has no column 'v_B'" in refusal(table().drop(columns="v_B"))
    ends = {"_y": [0.0], "A_y": [1.0], "A_v": [1.0], "_v": [9.0]}  # no study is called nothing
    assert synthesis.pool_table(ends, yi="*_y", vi="*_v").to_frame()["estimate"].tolist() == [1.0]
    ends = {"y_A_1": [1.0], "v_A_1": [1.0], "y_1": [9.0], "v_1": [9.0]}
    assert synthesis.pool_table(ends, yi="y_*_1", vi="v_*_1").to_frame()["estimate"].tolist() == [1.0]
    assert "vi has 1 columns and yi 2; expected one a study" in refusal(path, yi=["y_A", "y_B"], vi=["v_A"])
    assert "names column 'y_A' twice" in refusal(path, yi=["y_A", "y_A"], vi=["v_A", "v_B"])
    assert "expected one * in each pattern" in refusal(path, vi="v_A")
    assert refusal(path, vi=None).startswith("given are yi; expected yi with vi or sei")
    assert refusal(path, sei="v_*").startswith("given are sei, vi, yi; expected")
    assert refusal(path, study="gene") == "study names the studies of a long table; expected `group` with it"
    assert "column 'y_A' holds" in refusal(pa.table({"y_A": ["x"], "v_A": [1.0]}))
    assert "expected the name of a column" in refusal(path, yi=[3], vi=[4])
    assert refusal(7).startswith("data is of type int; expected paths of files")
    assert refusal({"y_A": [1.0], "v_A": [1.0, 2.0]}).startswith("the table cannot be read as columns")


def test_damaged_files_are_named_with_the_row_where_they_end(tmp_path: Path) -> None:
    frame = wide(*random_effects(20_000, 3, 22))
    packed = gzip.compress(frame.to_csv(index=False).encode())
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(packed[: len(packed) // 2])
    found = re.fullmatch(
        re.escape(str(cut)) + r", after row (\d+): the file ends in the middle of its packed data \(.*\)",
        refusal(cut),
    )
    assert found
    there = zlib.decompressobj(31).decompress(cut.read_bytes()).count(b"\n")
    assert there - 100 < int(found[1]) <= there  # some kilobytes before the end are not handed over
    cut.write_bytes(packed[:20])
    assert refusal(cut).startswith(f"{cut}, after row 0: the file ends in the middle of its packed data (")
    (tmp_path / "no.csv.gz").write_text("y_A,v_A\n1,2\n")
    assert refusal(tmp_path / "no.csv.gz").startswith(
        f"{tmp_path}/no.csv.gz, after row 0: the file cannot be"
    )
    (tmp_path / "text.csv").write_text("y_A,v_A\n1,2\nx,2\n")
    assert refusal(tmp_path / "text.csv") == (
        f"{tmp_path}/text.csv, row 3: y_A is 'x'; expected a number, or nothing, NA or NaN where it is "
        "missing"
    )
    (tmp_path / "comma.csv").write_text("y_A;v_A\n1,5;2\n")
    assert refusal(tmp_path / "comma.csv") == (
        f"{tmp_path}/comma.csv, row 2: y_A is '1,5'; expected a number with a decimal point"
    )
    (tmp_path / "latin.csv").write_bytes("gene,y_A,v_A\na,1,1\né,1,2\n".encode("latin-1"))
    assert refusal(tmp_path / "latin.csv", key="gene") == (
        f"{tmp_path}/latin.csv, row 3: gene is not UTF-8; expected a text saved as UTF-8"
    )
    (tmp_path / "wide.csv").write_text("y_A,v_A\n1,2\n1,2,3\n")
    assert refusal(tmp_path / "wide.csv") == (
        f"{tmp_path / 'wide.csv'}, row 3: 3 columns; expected 2, as in its head"
    )
    (tmp_path / "empty.csv").write_text("")
    assert refusal(tmp_path / "empty.csv").endswith("the file is empty; expected a row of column names")
    (tmp_path / "head.csv").write_text("y_A,v_A\n")
    assert refusal(tmp_path / "head.csv").endswith("there are no rows; expected one or more")
    (tmp_path / "twice.csv").write_text("y_A,y_A\n1,1\n")
    assert refusal(tmp_path / "twice.csv").endswith("row 1: column 'y_A' stands 2 times; expected once")
    whole = tmp_path / "a.parquet"
    frame.to_parquet(whole, row_group_size=5_000)
    content = bytearray(whole.read_bytes())
    (tmp_path / "b.parquet").write_bytes(content[:-100])
    assert "b.parquet: not a whole Parquet file" in refusal(tmp_path / "b.parquet")
    half = len(content) // 2
    content[half : half + half // 2] = b"\xff" * (half // 2)
    (tmp_path / "c.parquet").write_bytes(content)
    assert "c.parquet, row " in refusal(tmp_path / "c.parquet")
    assert refusal(tmp_path / "none.parquet").endswith("none.parquet: no such file")
    assert refusal(str(tmp_path / "none*.csv")).endswith("no file has such a name")
    (tmp_path / "folder").mkdir()
    assert "no table in this folder" in refusal(tmp_path / "folder")


def test_a_file_that_is_something_else_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    for content, kind in (
        (gzip.compress(b"y_A,v_A"), "packed by gzip (.gz)"),
        (bz2.compress(b"y_A,v_A"), "packed by bzip2 (.bz2)"),
        (pa.compress(b"y_A,v_A", "zstd", asbytes=True), "packed by Zstandard (.zst)"),
        (b"PAR1\x15\x04", "a Parquet file (.parquet)"),
        (b"PK\x03\x04", "a spreadsheet or an archive"),
    ):
        (tmp_path / "a.csv").write_bytes(content)
        assert refusal(tmp_path / "a.csv") == (
            f"{tmp_path}/a.csv: the file is {kind}; expected a text, or a name that says what it is"
        )


def test_heads_of_texts_may_be_quoted_and_have_spaces(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('my own gene id,"y_A, first",v_A\na b c d,1,2\n')
    found = synthesis.pool_table(tmp_path / "a.csv", yi=["y_A, first"], vi=["v_A"], key="my own gene id")
    assert found.table.column("my own gene id").to_pylist() == ["a b c d"]


@pytest.mark.parametrize(
    ("first", "second", "there", "beside", "reason"),
    [
        ("yi", "vi", 1.0, NAN, "yi without vi"),
        ("yi", "sei", 1.0, NAN, "yi without sei"),
        ("zi", "ni", 1.0, NAN, "zi without ni"),
        ("ci_low", "ci_high", 1.0, NAN, "ci_low without ci_high"),
        ("ci_low", "ci_high", NAN, 1.0, "ci_high without ci_low"),
    ],
)
def test_an_effect_without_what_stands_beside_it_is_left_out_and_counted(
    first: str, second: str, there: float, beside: float, reason: str
) -> None:
    table = {"a_A": [there, NAN], "b_A": [beside, NAN], "a_B": [0.5, 0.5], "b_B": [0.7, 0.7]}
    stands: dict[str, Any] = {first: "a_*", second: "b_*"}
    found = synthesis.pool_table(table, **stands)
    assert found.refused == {("A", reason): 1}
    assert found.table.column("k").to_pylist() == [1, 1]
    part, _, other = reason.partition(" without ")
    assert found.refused_table.column("reason").to_pylist() == [f"{part} is 1; expected {other} beside it"]


def test_a_variance_without_an_effect_is_a_study_that_is_missing() -> None:
    assert synthesis.pool_table({"y_A": [NAN], "v_A": [1.0]}, yi="y_*", vi="v_*").refused == {
        ("", "no study with an effect and its variance"): 1
    }
    tables = {
        "A": pd.DataFrame({"g": ["a"], "y": 1.0, "v": NAN}),
        "B": pd.DataFrame({"g": ["a"], "y": 1.0, "v": 1.0}),
    }
    joined = synthesis.pool_table(tables, yi="y", vi="v", key="g")
    assert joined.refused == {("A", "yi without vi"): 1}


def test_part_files_have_one_set_of_columns(tmp_path: Path) -> None:
    frame = table()
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.drop(columns="v_B").to_csv(tmp_path / "b.csv", index=False)
    assert refusal(tmp_path) == (
        f"{tmp_path}/b.csv, row 1: the file lacks column 'v_B', which {tmp_path}/a.csv has; "
        "expected part files of one table to have one set of columns"
    )
    frame.assign(more=1).to_csv(tmp_path / "b.csv", index=False)
    assert "b.csv, row 1: the file has column 'more', which" in refusal(tmp_path)
    (tmp_path / "b.csv").unlink()
    numbers = tmp_path / "numbers"
    numbers.mkdir()
    for name, values in (("a", [0.5]), ("b", [1]), ("c", [None]), ("d", np.array([2.0], dtype=np.float32))):
        pq.write_table(pa.table({"y_A": values, "v_A": [1.0]}), numbers / f"{name}.parquet")
    found = synthesis.pool_table(numbers, yi="y_*", vi="v_*")
    assert found.table.column("estimate").to_pylist() == [0.5, 1.0, None, 2.0]
    frame.assign(gene=range(30)).to_parquet(tmp_path / "c.parquet")
    assert "c.parquet, row 1: column 'gene' is of type int64, and of type string in" in refusal(
        tmp_path, key="gene"
    )


def test_keys_and_groups_stand_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for at_once in (8_000_000, 7):
        monkeypatch.setattr(table_plan, "_AT_ONCE", at_once)
        assert refusal(table(gene=(17, "g3")), key="gene") == (
            "the table, row 18: gene 'g3' stands again, after the table, row 4; expected each key once"
        )
        frame = table().assign(place=range(30))
        frame.loc[5, "gene"] = "g2"
        frame.loc[5, "place"] = 2
        assert "gene 'g2, 2' stands again" in refusal(frame, key=["gene", "place"])
        grouped = long(*random_effects(12, 3, 4, missing=0.0))
        shuffled = pd.concat([grouped, grouped[:1]], ignore_index=True)
        with pytest.raises(
            ValueError, match="row 37: gene 'g0' stands again, after the table, row 1; expected"
        ):
            synthesis.pool_table(shuffled, yi="y", vi="v", group="gene")
    assert "row 3: gene is missing; expected a key" in refusal(table(gene=(2, None)), key="gene")
    frame.loc[4, "place"] = None
    assert "row 5: place is missing; expected a key" in refusal(frame, key=["gene", "place"])
    assert refusal(frame, key=["gene", "gene"]) == "key names column 'gene' twice; expected each once"
    assert refusal(frame, key="y_A") == "column 'y_A' is a key and a number; expected one of them"
    grouped.loc[4, "gene"] = None
    with pytest.raises(ValueError, match="row 5: gene is missing; expected the group"):
        synthesis.pool_table(grouped, yi="y", vi="v", group="gene")
    twice = {"A": pd.DataFrame({"gene": ["b", "a", "b"], "y": 0.0, "v": 1.0})}
    with pytest.raises(
        ValueError, match=r"row 3: gene 'b' stands again, after the table, row 1; expected each key"
    ):
        synthesis.pool_table(twice, yi="y", vi="v", key="gene")
    found = synthesis.pool_table(twice, yi="y", vi="v", key="gene", invalid="refuse")
    assert found.refused == {("A", "stands again"): 1}
    assert found.table.column("gene").to_pylist() == ["a", "b"]
    second = {"A": twice["A"][:2], "B": twice["A"]}
    found = synthesis.pool_table(second, yi="y", vi="v", key="gene", invalid="refuse")
    assert found.refused_table.to_pylist() == [
        {
            "gene": "b",
            "study": "B",
            "reason": "stands again, after the table, row 1",
            "place": "the table, row 3",
        }
    ]


def test_there_is_one_unit(tmp_path: Path) -> None:
    frame = table().assign(unit="mg/dL")
    assert synthesis.pool_table(frame, **WIDE, unit="unit").pooled == 30
    frame.loc[20, "unit"] = "mmol/L"
    assert refusal(frame, unit="unit") == (
        "the table, row 21: unit is 'mmol/L', and 'mg/dL' before; expected one unit"
    )
    frame.loc[20, "unit"] = None
    assert "row 21: unit is None, and 'mg/dL' before" in refusal(frame, unit="unit")
    tables = {name: pd.DataFrame({"g": ["a"], "y": [0.0], "v": [1.0], "u": [name]}) for name in "AB"}
    with pytest.raises(ValueError, match="row 1: u is 'B', and 'A' before; expected one unit"):
        synthesis.pool_table(tables, yi="y", vi="v", key="g", unit="u")


def test_choices_that_exclude_each_other_are_refused_before_a_file_is_opened() -> None:
    for choices, says in (
        ({"method": "EE", "ask": "prediction"}, "a prediction is about effects that differ"),
        ({"method": "EE", "prediction": "HTS"}, "prediction 'HTS' is about effects that differ"),
        ({"method": "XX"}, "unknown method 'XX'"),
        ({"ask": "everything"}, "unknown question 'everything'"),
        ({"weights": [1, 2]}, "weights of a table are the model's"),
        ({"weights": "heavy"}, "unknown weights 'heavy'"),
        ({"min_k": 0}, "min_k is 0; expected a whole number, 1 or more"),
        ({"invalid": "drop"}, "unknown way with invalid numbers 'drop'"),
        ({"adjust": "Holm"}, "unknown adjustment 'Holm'"),
        ({"level": 0.05}, "level is 0.05; did you mean 0.95?"),
        ({"test": "KR", "method": "DL"}, "REML"),
        ({"weights": "fixed", "test": "KR"}, "weights"),
        ({"format": "csv"}, "unknown format 'csv'"),
        ({"plots": "pie"}, "unknown plot 'pie'"),
        ({"plots": "qq"}, "plots are files; expected an output folder"),
        (
            {"plots": "manhattan", "output": "x"},
            "a Manhattan plot needs variants by chromosome and base_pair",
        ),
        ({"key": 3}, "key is 3; expected a word or several"),
        ({"ask": 3}, "ask is 3; expected a word or several"),
        ({"adjust": 3}, "adjust is 3; expected a word or several"),
        ({"plots": 3}, "plots is 3; expected a word or several"),
        ({"scheme": "n"}, "scheme is about summary statistics"),
        ({"gwas": True}, "gwas=True knows columns by their names"),
        ({"ratio": 1}, "ratio is 1; expected True or False"),
        ({"genomic_control": "twice"}, "unknown genomic control 'twice'"),
        ({"overlap": "guess"}, "overlap is 'guess'; expected 'estimate' or a matrix"),
        ({"permutations": -1}, "permutations is -1; expected a whole number"),
        ({"permutations": 9, "overlap": np.eye(3)}, "permutations change the signs of studies one by one"),
        ({"yi": None, "vi": None, "zi": "y_*", "ni": "v_*", "ratio": True}, "zi has none"),
        ({"ci_low": "y_*"}, "given are ci_low, vi, yi; expected"),
    ):
        assert says in refusal(table(), **choices), choices
    grouped = long(*random_effects(5, 3, 4))
    for choices, says in (
        ({"overlap": "estimate"}, "overlap needs studies common to all data sets"),
        ({"genomic_control": "studies"}, "genomic_control needs studies common"),
        ({"permutations": 9}, "permutations needs studies common"),
        ({"ask": "direction"}, "a direction for each study needs studies common"),
        ({"key": "gene"}, "key names the data sets of a wide table"),
    ):
        with pytest.raises(ValueError, match=says):
            synthesis.pool_table(grouped, yi="y", vi="v", group="gene", **choices)
    tables = {"A": grouped}
    with pytest.raises(ValueError, match="key names 0 columns; tables of one study each are joined on one"):
        synthesis.pool_table(tables, yi="y", vi="v")
    with pytest.raises(ValueError, match="group and study are columns of a long table"):
        synthesis.pool_table(tables, yi="y", vi="v", key="gene", group="gene")
    mixed = {"A": grouped[:0].assign(gene=[]), "B": grouped.drop_duplicates("gene")}
    with pytest.raises(ValueError, match="study 'A': there are no rows"):
        synthesis.pool_table(mixed, yi="y", vi="v", key="gene")
    mixed = {"A": pd.DataFrame({"gene": [1], "y": [0.0], "v": [1.0]}), "B": grouped.drop_duplicates("gene")}
    with pytest.raises(ValueError, match="gene is of type string, and of type int64 in the table, row 1"):
        synthesis.pool_table(mixed, yi="y", vi="v", key="gene")


def test_a_missing_package_is_one_sentence() -> None:
    with pytest.raises(
        ValueError, match=r"^tables need nosuchthing, which is not installed; pip install 'living"
    ):
        needed("nosuchthing.part")


def test_every_effect_is_pooled_or_stands_among_the_refused() -> None:
    """Effects given are those counted in k and those refused, data set by data set, and each has its row."""
    rng = np.random.default_rng(26)
    y, v = random_effects(60, 4, 27, missing=0.3)
    v[rng.random(v.shape) < 0.1] *= -1.0
    v[rng.random(v.shape) < 0.1] = NAN
    y[rng.random(y.shape) < 0.05] = np.inf
    y[5], y[6, 1:], y[7] = NAN, NAN, 1e200
    v[np.isnan(y)] = 1.0
    given = (~np.isnan(y)).sum(axis=1)
    frame = wide(y, v)
    studies = {
        name: frame[["gene", f"y_{name}", f"v_{name}"]].set_axis(["gene", "y", "v"], axis=1)
        for name in "ABCD"
    }
    runs: list[tuple[Any, dict[str, Any]]] = [
        (frame, WIDE | {"key": "gene"}),
        (long(y, v), {"yi": "y", "vi": "v", "group": "gene", "study": "cohort"}),
        (studies, {"yi": "y", "vi": "v", "key": "gene"}),
    ]
    kinds: list[set[str]] = []
    for data, stands in runs:
        found = synthesis.pool_table(data, **stands, invalid="refuse", min_k=2)
        results, refused = found.to_frame().set_index("gene"), found.refused_table.to_pandas()
        effects = (
            refused[refused["study"].notna()].groupby("gene").size().reindex(results.index, fill_value=0)
        )
        expected = dict(zip(frame["gene"], given, strict=True))
        assert (results["k"] + effects).to_dict() == {gene: expected[gene] for gene in results.index}
        if "group" not in stands:  # whose effects have rows of their own
            rows = refused["gene"].str[1:].astype(int) + 1
            assert refused["place"].tolist() == [f"the table, row {row}" for row in rows]
        without = results[results["refused"].notna()]
        assert without["estimate"].isna().all()
        assert results[results["refused"].isna()]["estimate"].notna().all()
        assert set(without.index) == set(refused[refused["study"].isna()]["gene"])
        assert sum(found.refused.values()) == len(refused) > 50
        assert found.pooled + len(without) == found.rows == len(results)
        assert set(expected) - set(results.index) <= {"g5", "g6"}  # a long table has no row of nothing
        kinds.append({kind for _, kind in found.refused})
    assert kinds[0] == kinds[1] | {"no study with an effect and its variance"} == kinds[2]


def test_texts_may_end_without_a_line_end_and_have_heads_of_any_length(tmp_path: Path) -> None:
    long_name = "x" * 70_000
    (tmp_path / "a.txt").write_text(f"gene   {long_name} y_A v_A\n  a  0 1  4 \nb 0 3   4")
    found = synthesis.pool_table(tmp_path / "a.txt", **WIDE, key="gene").to_frame()
    assert found["gene"].tolist() == ["a", "b"]
    assert found["estimate"].tolist() == [1.0, 3.0]
    (tmp_path / "b.txt").write_text("gene  y_A v_A\na 1  4\nb  x 4\n")
    assert refusal(tmp_path / "b.txt").startswith(f"{tmp_path}/b.txt, row 3: y_A is 'x'; expected a number")
    (tmp_path / "c.csv").write_text("gene,y_A,v_A\na,1,4\nNA,1,4\n")
    assert "c.csv, row 3: gene is missing; expected a key" in refusal(tmp_path / "c.csv", key="gene")
    (tmp_path / "d.csv").write_text("gene,y_A,v_A\nd,5,4\n")
    (tmp_path / "c.csv").write_text("gene,y_A,v_A\nc,1,4\n")
    both = synthesis.pool_table([tmp_path / "c.csv", tmp_path / "d.csv"], **WIDE, key="gene").to_frame()
    assert both["gene"].tolist() == ["c", "d"]


def test_the_first_row_at_fault_stops_a_run_whatever_its_fault() -> None:
    frame = pd.DataFrame({"g": list("abc"), "y": [1.0, np.inf, np.inf], "v": [-1.0, -2.0, 1.0]})
    with pytest.raises(ValueError, match=r"row 1, study 'A': vi is -1; expected a number above zero"):
        synthesis.pool_table({"A": frame}, yi="y", vi="v", key="g")
    with pytest.raises(ValueError, match=r"row 1, study 'A': yi is inf; expected a finite number"):
        synthesis.pool_table({"A": frame[1:]}, yi="y", vi="v", key="g")
    grouped = {"g": ["a", "b"], "y": [1.0, 1.0], "v": [1.0, 1.0]}
    with pytest.raises(ValueError, match="permutations needs studies common"):
        synthesis.pool_table(grouped, yi="y", vi="v", group="g", permutations=1)


def test_many_repeated_keys_stand_again_after_the_first_of_them() -> None:
    frame = pd.DataFrame({"g": list("bca") * 40, "y": 0.0, "v": 1.0})
    found = synthesis.pool_table({"A": frame}, yi="y", vi="v", key="g", invalid="refuse")
    refused = found.refused_table.to_pandas()
    first = {"b": 1, "c": 2, "a": 3}
    assert len(refused) == 117
    for gene, reason in zip(refused["g"], refused["reason"], strict=True):
        assert reason == f"stands again, after the table, row {first[gene]}"


@pytest.mark.parametrize(("at_once", "count"), [(900, 2), (1, 3)])
def test_buckets_are_as_many_as_their_rows_need_and_none_is_empty(
    at_once: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 900 if count == 2 else 3
    tables = {name: pd.DataFrame({"g": range(rows), "y": 1.0, "v": 1.0}) for name in "AB"}
    found: list[Any] = []

    def some(studies: Any, name: str) -> Any:
        found.append(divided(studies, name, at_once))
        return found[-1]

    monkeypatch.setattr("synthesis.bulk.joined_input.divided", some)
    for read, sample in ((65_536, 20_000), (7, 90), (100, 90)):
        monkeypatch.setattr("synthesis.bulk.rows_in_order.READ_AT_ONCE", read)
        monkeypatch.setattr("synthesis.bulk.study_buckets._SAMPLE", sample)
        pooled = synthesis.pool_table(tables, yi="y", vi="v", key="g").to_frame()
        assert pooled["g"].tolist() == list(range(rows))
        assert pooled["k"].tolist() == [2] * rows
    assert [each.count for each in found] == [count] * 3
    assert found[1].edges.tolist() == found[2].edges.tolist()  # each tenth key, however they are read


def test_buckets_that_were_begun_are_filled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {name: pd.DataFrame({"g": range(5), "y": 1.0, "v": 1.0}) for name in "AB"}
    fill = study_buckets._fill

    def broken(*given: Any) -> Any:
        fill(*given)
        raise KeyboardInterrupt

    choices: dict[str, Any] = {"yi": "y", "vi": "v", "key": "g", "output": tmp_path}
    monkeypatch.setattr(study_buckets, "_fill", broken)
    with pytest.raises(KeyboardInterrupt):
        synthesis.pool_table(tables, **choices)
    monkeypatch.undo()
    assert synthesis.pool_table(tables, **choices).pooled == 5
    assert (tmp_path / "manifest.json").read_text().startswith('{\n  "method": ')
