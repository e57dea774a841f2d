"""Files of citations into a review."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from evidence.literature.citation_store import StoreError, read_citations
from evidence.literature.duplicates.deduplicating import NOTHING_DECIDED
from evidence.literature.importing_exports import import_exports
from evidence.literature.searches.search_log import read_runs

ONE = """TY  - JOUR
TI  - Hemoglobin and bone loss in older women
AU  - Rossi, A.
PY  - 2012
JO  - Blood
VL  - 27
SP  - 12
AB  - An abstract
DO  - 10.1000/a
ER  -
"""
SAME = ONE.replace("DO  - 10.1000/a\n", "").replace("Hemo", "Haemo")
DOUBT = ONE.replace("10.1000/a", "10.1000/b")
OTHER = "TY  - JOUR\nTI  - Zinc for young athletes\nAU  - Kim, J.\nPY  - 2001\nER  -\n"


def written(folder: Path, **files: str) -> list[Path]:
    paths = []
    for name, text in files.items():
        path = folder / f"{name}.ris"
        path.write_text(text)
        paths.append(path)
    return paths


def test_an_import_counts_what_it_read_joined_and_doubts(tmp_path: Path) -> None:
    a, b = written(tmp_path, a=ONE + OTHER + "TY  - JOUR\nER  -\n", b=SAME + DOUBT)
    told: list[tuple[int, int | None, str]] = []
    done = import_exports(tmp_path, [a, b], lambda *words: told.append(words))
    assert done.read == {a: 2, b: 2}
    assert [(t.file, t.line, t.lost) for t in done.troubles] == [("a.ris", 16, True)]
    assert (done.new, done.joined, done.known, done.refused) == (3, 1, 0, [])
    assert done.result is not None
    assert len(done.result.doubtful) == 1
    found = read_citations(tmp_path, NOTHING_DECIDED)
    assert list(done.result.citations) == found
    assert sorted(len(each.sources) for each in found) == [1, 1, 2]
    assert told[-1][2] == "comparing records"


def test_a_file_that_is_imported_again_changes_nothing(tmp_path: Path) -> None:
    a, b = written(tmp_path, a=ONE + OTHER, b=SAME)
    import_exports(tmp_path, [a])
    first = {path.name: path.read_bytes() for path in (tmp_path / "literature").iterdir()}
    done = import_exports(tmp_path, [a, a])
    assert (done.new, done.joined, done.known) == (0, 0, 4)
    assert {path.name: path.read_bytes() for path in (tmp_path / "literature").iterdir()} == first
    done = import_exports(tmp_path, [b])
    assert (done.new, done.joined, done.known) == (0, 1, 0)


def test_the_order_of_imports_makes_no_difference(tmp_path: Path) -> None:
    files = written(tmp_path, a=ONE + OTHER, b=SAME, c=DOUBT)
    texts = []
    for at, order in enumerate(([0, 1, 2], [2, 1, 0], [1, 0, 2])):
        review = tmp_path / f"r{at}"
        review.mkdir()
        for index in order:
            import_exports(review, [files[index]])
        texts.append((review / "literature" / "citations.jsonl").read_text())
    assert len(set(texts)) == 1


def test_a_file_that_is_no_export_stops_none_of_the_others(tmp_path: Path) -> None:
    (a,) = written(tmp_path, a=ONE)
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4")
    done = import_exports(tmp_path, [tmp_path / "x.pdf", a, tmp_path / "none.ris"])
    assert [("PDF" in each, "no such file" in each) for each in done.refused] == [
        (True, False),
        (False, True),
    ]
    assert (done.read, done.new) == ({a: 1}, 1)
    nothing = import_exports(tmp_path / "nowhere", [tmp_path / "x.pdf"])
    assert (nothing.result, nothing.read) == (None, {})


def test_reading_tells_how_far_it_has_come(tmp_path: Path) -> None:
    (a,) = written(tmp_path, a="".join(OTHER.replace("Zinc", f"Z{n}") for n in range(450)))
    told: list[tuple[int, int | None, str]] = []
    import_exports(tmp_path, [a], lambda *words: told.append(words))
    assert told[:2] == [(200, None, "reading a.ris"), (400, None, "reading a.ris")]


def test_a_damaged_store_refuses_an_import(tmp_path: Path) -> None:
    (a,) = written(tmp_path, a=ONE)
    (tmp_path / "literature").mkdir()
    (tmp_path / "literature" / "citations.jsonl").write_text("{\n")
    with pytest.raises(StoreError, match="line 1"):
        import_exports(tmp_path, [a])


def runs_of(review: Path) -> list[tuple[str, datetime.date, bool, bool]]:
    """File, day, whether the day is known, and whether the time of the import is in whole seconds."""
    return [(run.file, run.searched, run.dated, run.run.microsecond == 0) for run in read_runs(review)]


def test_the_day_of_a_search_is_learnt_once_and_stays(tmp_path: Path) -> None:
    (a,) = written(tmp_path, a=ONE)
    day, later = datetime.date(2026, 1, 5), datetime.date(2026, 2, 6)
    assert import_exports(tmp_path, [a]).undated == ["a.ris"]
    ((_, _, dated, whole),) = runs_of(tmp_path)
    assert (dated, whole) == (False, True)
    for asked in (day, later, None):
        assert import_exports(tmp_path, [a], searched=asked).undated == []
        assert runs_of(tmp_path) == [("a.ris", day, True, True)]


def test_an_import_that_reads_nothing_counts_nothing(tmp_path: Path) -> None:
    (a,) = written(tmp_path, a="no export\n")
    done = import_exports(tmp_path, [a])
    assert (done.known, done.new, done.joined, done.undated, done.result) == (0, 0, 0, [], None)
    assert len(done.refused) == 1


def test_progress_goes_on_from_file_to_file(tmp_path: Path) -> None:
    a, b = written(tmp_path, a=OTHER * 150, b=OTHER * 60)
    told: list[tuple[int, int | None, str]] = []
    import_exports(tmp_path, [a, b], lambda *words: told.append(words))
    assert [each for each in told if each[2].startswith("reading")] == [(200, None, "reading b.ris")]
