"""A review folder with one record and what another person read of it."""

from __future__ import annotations

from pathlib import Path

from evidence.readings.reviewing import compare_record
from evidence.readings.side_by_side import Difference, SideBySide
from evidence.records.parsing import Problem
from evidence.records.reading import read_record
from tests.evidence.records.samples import TEXT

SECOND = """\
second_reading:
  by: reader-2
  on: 2026-11-22
  estimates:
    hip-men:
      n: 650
      effect: {estimate: 0.0078, ci: [0.0020, 0.0135], p: p = .006}
      stratum: {sex: men}
extraction:"""


def settled(rest: str) -> str:
    """One entry of `resolved`."""
    return f"  - {{{rest}, by: reader-3, on: 2026-11-23, why: seen together.}}\n"


def record(second: str = SECOND, *entries: str, text: str = TEXT) -> str:
    """The record with a second reading in it, and what was settled."""
    listed = "resolved:\n" + "".join(entries) if entries else ""
    return text.replace("extraction:", f"{listed}{second}")


def written(folder: Path, text: str, beside: str | None = None) -> Path:
    """The record's file in a review folder, and the second reading beside it."""
    for name, content in (("studies", text), ("second-readings", beside)):
        if content is not None:
            (folder / name).mkdir(exist_ok=True)
            (folder / name / "lee-2019.yaml").write_text(content, encoding="utf-8")
    return folder / "studies" / "lee-2019.yaml"


def compared(folder: Path, text: str, beside: str | None = None) -> list[SideBySide]:
    document = read_record(written(folder, text, beside))
    assert document.model is not None, [problem.says for problem in document.problems]
    return compare_record(document)


Told = tuple[str, str, str, int, str | None, int, str | None]


def told(found: SideBySide) -> list[Told]:
    """Of, key and kind of each difference, with both lines and texts."""
    return [
        (
            *(cell.of, cell.key, cell.kind.value),
            *(cell.first.place.line, cell.first.text, cell.second.place.line, cell.second.text),
        )
        for cell in found.cells
        if cell.kind is not Difference.SAME
    ]


def said(problems: tuple[Problem, ...] | list[Problem]) -> list[tuple[int, str, str]]:
    """Line, severity and words of each problem."""
    return [(each.place.line, each.severity.value, each.says) for each in problems]
