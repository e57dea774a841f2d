"""Damaged exports give citations or one clear error."""

from __future__ import annotations

import random
import subprocess
import sys
import tracemalloc
import unicodedata
from pathlib import Path

import pytest

from evidence.literature.raw_record import ExportError
from evidence.literature.reading_exports import read_export
from tests.evidence.literature.damaged_exports import EXPORTS, damaged, increasing
from tests.evidence.literature.exports import whole_export

KINDS = sorted(EXPORTS)


@pytest.mark.parametrize("kind", KINDS)
def test_undamaged_ones_are_whole(tmp_path: Path, kind: str) -> None:
    (tmp_path / "f").write_bytes(EXPORTS[kind])
    whole = whole_export(tmp_path / "f")
    assert (len(whole.citations), whole.troubles) == (12, [])
    assert [each.title for each in whole.citations][3].startswith("Study 3 of “bone” & β-3")
    assert [each.year or 1990 + at for at, each in enumerate(whole.citations)] == list(range(1990, 2002))


def read_damaged(path: Path, kind: str, times: int, seed: int) -> int:
    """How many of the damaged files were read; each in bounded time, with lines that the file has."""
    dice, read = random.Random(f"{kind}{seed}"), 0
    for _ in range(times):
        path.write_bytes(damaged(EXPORTS[kind], dice))
        try:
            whole = whole_export(path)
        except ExportError as error:
            whole, says = None, str(error)
        if whole is None:
            assert says.startswith(f"'{path}': ")
            assert "\n" not in says
            continue
        read += 1
        lines = [each.sources[0].line for each in whole.citations]
        assert increasing(lines)
        for each in whole.citations:
            assert each.title == " ".join(each.title.split())
            assert not {unicodedata.category(sign) for sign in each.title} & {"Cc", "Cs"}
        assert all(trouble.line > 0 and "\n" not in str(trouble) for trouble in whole.troubles)
    return read


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_exports_give_citations_or_one_error(tmp_path: Path, kind: str) -> None:
    assert read_damaged(tmp_path / "f", kind, 20, seed=1) > 5


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_two_thousand_damaged_exports_give_citations_or_one_error(tmp_path: Path, kind: str) -> None:
    assert read_damaged(tmp_path / "f", kind, 2_000, seed=2) > 500


def repeated(path: Path, kind: str, records: int) -> None:
    """An export with its records again and again."""
    whole = EXPORTS[kind]
    heads = {"wos": b"FN x\nVR 1.0\n", "csv": whole.partition(b"\n")[0], "tsv": whole.partition(b"\n")[0]}
    head = heads.get(kind, b"")
    body = whole[len(head) :].removeprefix(b"[").removesuffix(b"]").removesuffix(b"EF\n")
    with path.open("wb") as file:
        file.write(b"[" if kind == "json" else head)
        for _ in range(records // 12):
            file.write(body + (b",\n" if kind == "json" else b""))


@pytest.mark.parametrize("kind", ["bib", "csv", "endnote", "ris"])
def test_records_are_read_one_at_a_time(tmp_path: Path, kind: str) -> None:
    repeated(tmp_path / "f", kind, 600)
    tracemalloc.start()
    count = sum(1 for _ in read_export(tmp_path / "f"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 600
    assert peak < 2_500_000


_COUNT = """
import resource, sys
from pathlib import Path
from evidence.literature.reading_exports import read_export
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(sum(1 for _ in read_export(Path(sys.argv[1]))))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_many_records_are_read_in_little_memory(tmp_path: Path, kind: str) -> None:
    """A hundred thousand where readers differ most; of each of the others a quarter of them."""
    path, many = tmp_path / "f", 100_008 if kind in ("ris", "pubmed", "csv") else 25_008
    repeated(path, kind, many)
    words = [sys.executable, "-c", _COUNT, str(path)]
    done = subprocess.run(words, cwd=Path(__file__).parents[3], capture_output=True, check=True)
    count, megabytes = map(int, done.stdout.split())
    assert count == many
    assert megabytes < 40, f"{path.stat().st_size >> 20} MB of text"
