"""The candidates of a paper, what is recorded of them and what contradicts itself: as a list and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rich.text import Text

from evidence.records.review import load_review
from evidence.sources.already_recorded import Already, already_recorded
from evidence.sources.candidates import CandidateKind, TextCandidate
from evidence.sources.contradictions import Contradiction, contradictions_of
from evidence.sources.matching import Numbers
from evidence.sources.paper_files import PaperFile
from evidence.sources.searching import candidates_of
from evidence.wording import counted, enumerate_words
from synthesis.commands.problem_formats import shown_path
from synthesis.terminal import console, visible, write_json

_KINDS = {
    CandidateKind.EFFECT: ("effect", "effects"),
    CandidateKind.COUNTS: ("count of events", "counts of events"),
    CandidateKind.MEAN: ("mean", "means"),
    CandidateKind.FLOW: ("number of persons", "numbers of persons"),
}


@dataclass(frozen=True)
class Listed:
    """The candidates of a paper in its order, each with what has it already and what contradicts itself.

    unread: how many records of the review could not be read, and so were not compared.
    """

    paper: PaperFile
    rows: tuple[tuple[TextCandidate, Already | None, tuple[Contradiction, ...]], ...]
    review: str
    unread: int

    @property
    def new(self) -> list[TextCandidate]:
        """Those that the review does not have."""
        return [candidate for candidate, already, _ in self.rows if already is None]

    @cached_property
    def summary(self) -> str:
        """How many of each kind there are, how many are recorded, how many contradict themselves."""
        kinds = [candidate.kind for candidate, *_ in self.rows]
        counts = [counted(kinds.count(kind), *words) for kind, words in _KINDS.items() if kind in kinds]
        name = visible(self.paper.path.name)
        if not counts:
            return f"{name}: no number with which a record could begin"
        wrong = sum(bool(found) for *_, found in self.rows)
        told = [f"{len(self.rows) - len(self.new)} in the review '{self.review}' already"]
        told += (
            [f"{wrong} {'contradicts itself' if wrong == 1 else 'contradict themselves'}"] if wrong else []
        )
        told += [f"{counted(self.unread, 'record')} of the review cannot be read"] if self.unread else []
        return f"{name}: {enumerate_words(counts)}; {', '.join(told)}"


def listed(paper: PaperFile, folder: Path) -> Listed:
    """The candidates of a paper beside a review's folder."""
    loaded = load_review(folder)
    numbers = Numbers(paper.text)
    known = already_recorded(paper, numbers, loaded.documents)
    rows = tuple(
        (candidate, known.get(candidate.start), contradictions_of(candidate))
        for candidate in candidates_of(numbers)
    )
    unread = sum(document.model is None for document in loaded.documents)
    return Listed(paper, rows, folder.resolve().name, unread)


def write_list(found: Listed, written: Path | None) -> None:
    """Place, numbers and words of each, then a line that counts them."""
    for candidate, already, wrong in found.rows:
        console.print(_paragraph(candidate, already, wrong))
    console.print(found.summary)


def _paragraph(candidate: TextCandidate, already: Already | None, wrong: tuple[Contradiction, ...]) -> Text:
    line = str(candidate.spot.line)
    place = candidate.spot.at if candidate.spot.table is None else f"{candidate.spot.at} ({line})"
    text = Text(visible(place), style="bold")
    text.append(f"\n  {_numbers(candidate)}", style="not bold")
    if already is not None:
        text.append(f"  recorded: {visible(str(already))}", style="not bold green")
    text.append(f"\n  '{visible(candidate.quote)}'", style="dim not bold")
    for each in candidate.remarks:
        text.append(f"\n  {each}", style="not bold yellow")
    for contradiction in wrong:
        text.append(f"\n  {visible(contradiction.says)}", style="not bold red")
    return text


def _numbers(candidate: TextCandidate) -> str:
    """'OR 0.84 [0.63, 1.12], p 0.03'; '54 of 345'; 'mean 62.6 (SD 8.0)'; '299 excluded'."""
    numbers = {role: str(shown) for role, shown in candidate.numbers.items()}
    if numbers.get("level") == "95 %":
        del numbers["level"]  # the usual one
    if candidate.kind is CandidateKind.FLOW:
        [(role, shown)] = numbers.items()
        return f"{shown} {_FLOW[role]}"
    if candidate.kind is CandidateKind.COUNTS:
        total = numbers.pop("n", None) or numbers.pop("person-time", None)
        first = f"events {numbers.pop('events')}" + (f" of {total}" if total else "")
    elif candidate.kind is CandidateKind.MEAN:
        first = f"mean {numbers.pop('mean')}"
    else:
        log = "log " if candidate.on_log else ""
        first = f"{log}{candidate.measure or 'unknown measure'} {numbers.pop('estimate')}"
        if "low" in numbers and "high" in numbers:
            first += f" [{numbers.pop('low')}, {numbers.pop('high')}]"
    rest = [
        f"{_ROLES.get(role, role)} {shown}{'?' if role in candidate.unsure else ''}"
        for role, shown in numbers.items()
    ]
    return ", ".join([first, *rest])


_ROLES = {"se": "SE", "sd": "SD", "spread": "±", "level": "level", "low": "from", "high": "to"}
_FLOW = {"start": "at the start", "excluded": "excluded", "left": "left"}


def write_candidates(found: Listed, written: Path | None) -> None:
    """The list as JSON; numbers are texts, spelled with every digit."""
    write_json(
        {
            "file": shown_path(found.paper.path),
            "sha256": found.paper.sha256,
            "review": found.review,
            "draft": None if written is None else shown_path(written),
            "candidates": [_as_dict(*row) for row in found.rows],
        }
    )


def _as_dict(
    candidate: TextCandidate, already: Already | None, wrong: tuple[Contradiction, ...]
) -> dict[str, Any]:
    spot = candidate.spot
    return {
        "kind": candidate.kind.value,
        "measure": candidate.measure,
        "measure_said": candidate.said,
        "logarithm": candidate.on_log,
        "numbers": {role: str(shown) for role, shown in candidate.numbers.items()},
        "unsure": sorted(candidate.unsure),
        "remarks": list(candidate.remarks),
        "at": spot.at,
        "page": spot.line.page,
        "line": spot.line.number,
        "table": spot.table,
        "row": list(spot.row),
        "column": list(spot.column),
        "quote": candidate.quote,
        "recorded": None
        if already is None
        else {"study": already.study, "what": already.what, "here": already.here},
        "contradictions": [{"rule": each.rule, "message": each.says, "hint": each.hint} for each in wrong],
    }


WRITERS: dict[str, Callable[[Listed, Path | None], None]] = {"text": write_list, "json": write_candidates}
