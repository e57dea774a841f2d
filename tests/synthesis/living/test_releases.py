"""What a release holds and how it is numbered, and tables and figures beside those that follow."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.living.released_figures import Figure, compare_figures
from synthesis.living.released_tables import Compared, compare_table, table_files
from synthesis.living.releases import hashes, method_sentences_of, number_fault, write_release
from synthesis.living.summaries import Pooling
from synthesis.paper.paper_table import Reported
from tests.synthesis.living.reviews import REVIEW, write
from tests.synthesis.living.test_movement import GROUPS, NEW, OLD, loaded


@pytest.mark.parametrize(
    ("number", "released", "fault"),
    [
        ("1.0.0", [], None),
        ("1.0.1", ["1.0.0"], None),
        ("1.10", ["1.9", "0.1"], None),
        ("1.0.0", ["1.0.0"], "1.0.0 is released already; a later release has a higher number"),
        ("1.0", ["1.0.0"], "1.0.0 is released already; a later release has a higher number"),
        ("1.5", ["0.9", "1.10", "1.9"], "1.10 is released already; a later release has a higher number"),
        ("v1.0.0", [], "'v1.0.0' is no number of a release; expected e.g. 1.2.0"),
        ("first", ["1.0.0"], "'first' is no number of a release; expected e.g. 1.2.0"),
    ],
)
def test_a_release_has_a_higher_number_than_those_before(
    number: str, released: list[str], fault: str | None
) -> None:
    assert number_fault(number, released) == fault


def test_a_release_is_written_with_its_inputs_its_tables_and_a_manifest_people_can_read(
    tmp_path: Path,
) -> None:
    review = write(tmp_path / "tea", **OLD)
    text = REVIEW.replace("title: Tea and bone", "title: Té y hueso\nsearched_to: 2026-05-31")
    (review / "review.yaml").write_text(text, encoding="utf-8")
    made, folder = load_review(review), tmp_path / "1.0.0"
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "hip.svg").write_text("<svg/>")
    write_release(folder, "1.0.0", made, Pooling.of(made).results)
    kept = sorted(
        path.relative_to(folder / "inputs").as_posix() for path in (folder / "inputs").rglob("*.yaml")
    )
    assert kept == ["review.yaml", *(f"studies/{name}.yaml" for name in sorted(OLD))]
    written = (folder / "manifest.json").read_text(encoding="utf-8")
    assert written.startswith('{\n "release": "1.0.0",\n')
    assert '"title": "Té y hueso"' in written
    manifest = json.loads(written)
    assert (manifest["records"], manifest["searched_to"]) == (5, "2026-05-31")
    assert sorted(manifest["inputs"]) == kept
    tables = [f"{name}.csv" for name in ("audit", "bias", "effects", "left-out", "studies", "summary")]
    assert sorted(manifest["files"]) == sorted(["figures/hip.svg", *tables])
    assert manifest["files"]["figures/hip.svg"] == hashlib.sha256(b"<svg/>").hexdigest()
    assert hashes(folder).keys() == {*manifest["files"], *(f"inputs/{name}" for name in kept)}


def test_each_group_and_their_comparison_has_its_sentence_once() -> None:
    [first, second, *_] = Pooling.of(loaded(OLD, GROUPS)).results.values()
    told = method_sentences_of(first)
    assert len(told) == len(set(told)) == 4, "hip, spine, both together, and the difference"
    assert first.difference is not None
    assert told[-1] == first.difference.method_sentence
    assert len(method_sentences_of(second)) == 1


# Tables.

WRITTEN = "analysis,study,estimate,said\r\nhip,Abel,0.5,\r\nhip,Berg,0,yes\r\n"


def compared(old: str, new: str) -> Compared:
    assert old in WRITTEN
    return compare_table("t.csv", WRITTEN.replace(old, new, 1), WRITTEN)


def test_numbers_of_a_table_are_counted_and_those_that_do_not_follow_named() -> None:
    assert compare_table("t.csv", WRITTEN, WRITTEN) == Compared(2, ())
    assert compared("0.5", "0.6") == Compared(
        2, ("t.csv, hip Abel, estimate: 0.6 stands there, 0.5 follows",)
    )
    assert compared("0.5", "") == Compared(
        2, ("t.csv, hip Abel, estimate: nothing stands there, 0.5 follows",)
    )
    assert compared("yes", "") == Compared(2, ("t.csv, hip Berg, said: nothing stands there, yes follows",))
    assert compared("0.5,", "0.5,new").faults == ("t.csv, hip Abel, said: new stands there, nothing follows",)
    assert compared("yes", "0").faults == ("t.csv, hip Berg, said: 0 stands there, yes follows",)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("0.5", "0.5000000049", True),
        ("0.5", "0.5000000051", False),
        (",0,", ",9e-13,", True),
        (",0,", ",1.1e-12,", False),
        (",0,", ",0.0,", True),
    ],
)
def test_a_number_follows_to_eight_digits_and_nothing_to_twelve_decimals(
    old: str, new: str, same: bool
) -> None:
    assert (compared(old, new).faults == ()) == same


def test_rows_that_are_missing_are_counted_and_rows_without_names_have_their_place() -> None:
    short = "".join(WRITTEN.splitlines(keepends=True)[:2])
    assert compare_table("t.csv", short, WRITTEN) == Compared(
        1, ("t.csv has 1 row; 2 follow from the records",)
    )
    longer = compare_table("t.csv", WRITTEN, short)
    assert longer == Compared(1, ("t.csv has 2 rows; 1 follow from the records",))
    assert compare_table("t.csv", "a\n1\n2\n", "a\n1\n3\n").faults == (
        "t.csv, row 2, a: 2 stands there, 3 follows",
    )
    assert compare_table("t.csv", '"' + "x" * 200_000, "a\n1\n") == Compared(
        0, ("t.csv is no table any more",)
    )


def test_tables_of_a_release_have_twelve_digits() -> None:
    """Equal weights of 0.5, 0.3 and 0.3, whose mean is 0.3666..."""
    third = {**OLD, "abel": OLD["abel"].replace("se: 0.12", "se: 0.2"), "cole": OLD["cole"]}
    third["cole"] = third["cole"].replace("se: 0.05", "se: 0.2").replace("0.40", "0.30")
    made = loaded(third)
    texts = table_files(Reported.of_all(made, list(Pooling.of(made).results.values())))
    hip, _ = csv.DictReader(io.StringIO(texts["summary.csv"]))
    assert hip["estimate"] == "0.366666666667"
    assert hip["k"] == "3"


# Figures.


def test_a_figure_that_cannot_be_read_has_no_number_that_follows(tmp_path: Path) -> None:
    """Pixels are compared where the file is another one; an analysis without rows has no figure."""
    results = Pooling.of(loaded({name: NEW[name] for name in ("abel", "berg")})).results
    (tmp_path / "figures").mkdir()
    for analysis in ("hip", "spine"):
        for kind in ("svg", "pdf", "png"):
            (tmp_path / "figures" / f"{analysis}.{kind}").write_bytes(b"none")
    read = ["figures/hip.svg", "figures/hip.pdf"]
    nothing = Figure(0, "cannot be read")
    assert compare_figures(tmp_path, results, ()) == dict.fromkeys(read, nothing)
    found = compare_figures(tmp_path, results, ["figures/hip.png"])
    assert found == dict.fromkeys([*read, "figures/hip.png"], nothing)
    (tmp_path / "figures" / "hip.pdf").unlink()
    assert compare_figures(tmp_path, results, ()) == {"figures/hip.svg": nothing}


def test_a_figure_without_words_lacks_all_that_follow(tmp_path: Path) -> None:
    results = Pooling.of(loaded({name: NEW[name] for name in ("abel", "berg")})).results
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "hip.svg").write_text("<svg/>")
    [figure] = compare_figures(tmp_path, results, ()).values()
    assert figure.fault.startswith("shows 'nothing' where 'Hip ")
    assert figure.numbers > 10
