"""Rows of a table -> candidates: what its heads say a column holds, and the form of its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from evidence.sources.candidates import CandidateKind, PaperPlace, Scan, Shown, TextCandidate, quoted
from evidence.sources.measure_words import (
    SAYS_INTERVAL,
    SAYS_OTHER_INTERVAL,
    SAYS_SD,
    SAYS_SE,
    Said,
    only_measure,
    without_homonyms,
)
from evidence.sources.numbers import is_whole
from evidence.sources.text_grids import GridCell, GridRow, TextGrid

MISSING_BRACKET = "a bracket of its interval is missing"
SD_OR_SE = "nothing says whether SD or SE stands after ±"

_BETWEEN = {
    "±": re.compile(r"\s*(?:±|\+/-|\+-)\s*"),
    "/": re.compile(r"\s*/\s*"),
    "limits": re.compile(r"\s*(?:,|;|:|to|[-~∼]|and)?\s*"),
    "opens": re.compile(
        r"[^\w\d]{0,3}[a-z*†‡§^]{0,3}\s*[(\[{]\s*(?:9\d\s*%?\s*)?(?:CI)?\s*[:,=]?\s*", re.IGNORECASE
    ),
    "begins": re.compile(r"\s*[(\[{]?\s*"),
    "part": re.compile(r"\s*[,;]\s*"),
    "p": re.compile(r"\s*[)\]]?\s*[,;]?\s*[(\[]?\s*p(?:[ -]?values?)?\s*[:=]?\s*", re.IGNORECASE),
    "last": re.compile(r"\s*[)\]]\s*[,;]?\s*[(\[]?\s*"),
    "ends": re.compile(r"\s*[)\]}]"),
}


@dataclass
class _Cell:
    """The numbers of a cell and its form, such as '12 (3, 4)', '12 (3, 4), 5', '12 ± 3' or '12/40'."""

    form: str
    places: list[int] = field(default_factory=list)
    remarks: tuple[str, ...] = ()


def table_candidates(scan: Scan, grid: TextGrid) -> Iterator[TextCandidate]:
    """The candidates of a table, row by row."""
    context = _Context(scan, grid)
    for row in grid.rows:
        yield from _Row(context, row).candidates()


class _Context:
    """What is known of a table as a whole."""

    def __init__(self, scan: Scan, grid: TextGrid) -> None:
        self.scan = scan
        self.grid = grid
        heads = [words for row in grid.rows[:1] for column in row.heads for words in column]
        self.words = "\n".join([grid.notes, *heads])
        self.says_interval = SAYS_INTERVAL.search(self.words) is not None
        self._counted_of: tuple[tuple[str, ...], ...] = ()
        self._counted: Counter[tuple[str, ...]] = Counter()

    def repeats(self, all_heads: tuple[tuple[str, ...], ...], heads: tuple[str, ...]) -> bool:
        """Whether several columns of a row have these heads."""
        if self._counted_of is not all_heads:
            self._counted_of, self._counted = all_heads, Counter(all_heads)
        return self._counted[heads] > 1

    def measure(self, heads: tuple[str, ...], labels: tuple[str, ...] = ()) -> Said | None:
        """The measure of a cell: by the heads of its column from the lowest, its row, caption and notes."""
        for words in (*reversed(heads), *reversed(labels), self.grid.notes):
            said = only_measure(words)
            if said is not None and without_homonyms([said], self.scan.homonyms):
                return said
        return None


@dataclass
class _Growing:
    """A candidate that later cells of the row may add to."""

    kind: CandidateKind
    column: int
    numbers: dict[str, Shown] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    unsure: set[str] = field(default_factory=set)


class _Row:
    """One row while it is read from left to right."""

    def __init__(self, context: _Context, row: GridRow) -> None:
        self._context = context
        self._scan = context.scan
        self._row = row
        self._found: list[_Growing] = []
        self._effect: _Growing | None = None
        self._mean: _Growing | None = None
        self._n: tuple[int, Shown] | None = None
        self._counts: list[tuple[int, str, Shown]] = []

    def candidates(self) -> Iterator[TextCandidate]:
        """What the row prints."""
        for column, cell in enumerate(self._row.cells):
            self._read(column, cell)
        self._found += list(_counted(self._counts))
        _give_totals(self._found, self._counts)
        for growing in self._found:
            if _is_complete(growing):
                yield self._candidate(growing)

    def _read(self, column: int, cell: GridCell) -> None:
        role = self._row.roles[column]
        read = _form(self._scan, cell) if cell.is_numeric else _Cell("")
        head = " ".join(self._row.heads[column])
        if read.form.startswith("12 (3, 4)") and self._is_interval(read, role, head):
            self._begin_effect(column, read)
        elif read.form == "3, 4" and role == "ci" and self._effect is not None:
            self._add_limits(read)
        elif read.form == "12 ± 3":
            self._spread(column, read, head)
        elif read.form == "12 (3)":
            self._in_brackets(column, read, head)
        elif read.form == "12/40":
            self._fraction(column, read)
        elif read.form == "12":
            self._alone(column, read.places[0], role)
        elif role == "estimate":
            self._effect = None  # the numbers to the right belong to what is not printed here

    def _is_interval(self, read: _Cell, role: str | None, head: str) -> bool:
        """Whether three numbers are an estimate with its interval, not a median with its quartiles."""
        labels = " ".join(self._row.labels)
        if SAYS_INTERVAL.search(f"{head} {labels}"):
            return True
        if SAYS_OTHER_INTERVAL.search(f"{head} {labels}"):
            return False
        if role is not None:
            return role == "estimate"
        return self._context.says_interval and any(
            not is_whole(self._scan.all[place].value) for place in read.places
        )

    def _begin_effect(self, column: int, read: _Cell) -> None:
        numbers = self._numbers(read, ("estimate", "low", "high", "p"))
        self._effect = _Growing(CandidateKind.EFFECT, column, numbers, read.remarks)
        if read.form.endswith(", 5"):
            self._effect.unsure.add("p")
        self._found.append(self._effect)
        self._take_n(column)

    def _add_limits(self, read: _Cell) -> None:
        assert self._effect is not None
        if not {"low", "high"} & self._effect.numbers.keys():
            self._effect.numbers.update(self._numbers(read, ("low", "high")))

    def _spread(self, column: int, read: _Cell, head: str) -> None:
        said = self._context.measure(self._row.heads[column])
        if said is not None and said.measure != "proportion" and only_measure(head) is not None:
            self._effect = _Growing(CandidateKind.EFFECT, column, self._numbers(read, ("estimate", "se")))
            self._effect.unsure.add("se")
            self._found.append(self._effect)
            return
        role, remarks = _spread_role(head, self._context.grid.notes)
        self._mean = _Growing(CandidateKind.MEAN, column, self._numbers(read, ("mean", role)), remarks)
        self._found.append(self._mean)

    def _in_brackets(self, column: int, read: _Cell, head: str) -> None:
        words = f"{head} {' '.join(self._row.labels)} {self._context.grid.notes}"
        percent = any(self._scan.all[place].percent for place in read.places)
        if percent or re.search(
            r"\bn(?:o\.?)?\s*\(\s*%|%", f"{head} {' '.join(self._row.labels)}", re.IGNORECASE
        ):
            if is_whole(self._scan.all[read.places[0]].value) and not self._scan.all[read.places[0]].percent:
                self._found.append(
                    _Growing(CandidateKind.COUNTS, column, self._numbers(read, ("events", "percent")))
                )
        elif only_measure(head) is not None and SAYS_SE.search(head):
            self._effect = _Growing(CandidateKind.EFFECT, column, self._numbers(read, ("estimate", "se")))
            self._found.append(self._effect)
        elif re.search(r"\bmeans?\b", words, re.IGNORECASE) and SAYS_SD.search(words):
            self._mean = _Growing(CandidateKind.MEAN, column, self._numbers(read, ("mean", "sd")))
            self._found.append(self._mean)

    def _fraction(self, column: int, read: _Cell) -> None:
        events, n = (self._scan.all[place] for place in read.places[:2])
        if events.value <= n.value and is_whole(events.value) and is_whole(n.value):
            words = " ".join([*self._row.labels, *self._row.heads[column]])
            total = "person-time" if _PERSON_TIME.search(words) else "n"
            numbers = self._numbers(read, ("events", total, "percent"))
            self._found.append(_Growing(CandidateKind.COUNTS, column, numbers))

    def _alone(self, column: int, place: int, role: str | None) -> None:
        shown = self._scan.shown(place)
        if role == "estimate":
            self._effect = _Growing(CandidateKind.EFFECT, column, {"estimate": shown})
            self._found.append(self._effect)
            self._take_n(column)
        elif role == "mean":
            self._mean = _Growing(CandidateKind.MEAN, column, {"mean": shown})
            self._found.append(self._mean)
        elif role == "sd":
            _add(self._mean, "sd", shown)
        elif role == "p":
            self._add_p(shown)
        elif role in ("se", "t", "low", "high"):
            _add(self._effect, role, shown)
        elif role in ("n", "events", "person-time"):
            self._n = (column, shown) if role == "n" else self._n
            self._counts.append((column, role, shown))
        elif role is None and self._is_p_by_place(place, column):
            self._add_p(shown)
            if self._effect is not None:
                self._effect.unsure.add("p")

    def _is_p_by_place(self, place: int, column: int) -> bool:
        """Whether a number without a head right after an interval can only be its p."""
        number = self._scan.all[place]
        if self._effect is None or self._effect.column != column - 1 or "low" not in self._effect.numbers:
            return False
        heads = self._row.heads
        no_head = not heads[column] or heads[column] == heads[column - 1]
        return no_head and number.value <= 1 and not number.dash

    def _add_p(self, shown: Shown) -> None:
        """p belongs to the effect before it, else to the means or counts of the row."""
        if self._effect is not None:
            _add(self._effect, "p", shown)
            return
        for growing in self._found:
            if growing.kind is not CandidateKind.EFFECT:
                _add(growing, "p", shown)

    def _take_n(self, column: int) -> None:
        """The number of persons in the column before belongs to the estimate."""
        others = any(role == "events" for _, role, _ in self._counts) or self._mean is not None
        if self._n is not None and self._n[0] == column - 1 and not others:
            assert self._effect is not None
            self._effect.numbers["n"] = self._n[1]
            self._counts = [each for each in self._counts if each[0] != self._n[0]]

    def _numbers(self, read: _Cell, roles: tuple[str, ...]) -> dict[str, Shown]:
        """The numbers of a cell by their roles, as many as it has."""
        told = enumerate(roles[: len(read.places)])
        return {role: self._scan.shown(read.places[at]) for at, role in told}

    def _candidate(self, growing: _Growing) -> TextCandidate:
        column = growing.column
        heads = self._row.heads[column]
        said = (
            self._context.measure(heads, self._row.labels) if growing.kind is CandidateKind.EFFECT else None
        )
        twice = self._context.repeats(self._row.heads, heads)
        words = (*heads, f"column {column + 1}") if twice or not heads else heads
        return TextCandidate(
            growing.kind,
            growing.numbers,
            PaperPlace(self._row.line, self._context.grid.name, self._row.labels, words),
            quoted(self._row.line.text, self._row.cells[column].start - self._row.cells[0].start),
            None if said is None else said.measure,
            None if said is None else said.words,
            said is not None and said.on_log,
            frozenset(growing.unsure),
            growing.remarks,
        )


def _add(growing: _Growing | None, role: str, shown: Shown) -> None:
    if growing is not None:
        growing.numbers.setdefault(role, shown)


def _is_complete(growing: _Growing) -> bool:
    """Whether there is enough to record: an estimate with its uncertainty that is no reference class."""
    numbers = growing.numbers
    if growing.kind is CandidateKind.MEAN:
        return {"sd", "se", "spread"} & numbers.keys() != set()
    if growing.kind is CandidateKind.COUNTS:
        return True
    limits = "low" in numbers and "high" in numbers
    if limits and numbers["low"].value == numbers["high"].value == numbers["estimate"].value:
        return False
    return limits or bool({"se", "t", "p"} & numbers.keys())


def _spread_role(*contexts: str) -> tuple[str, tuple[str, ...]]:
    """sd or se where the nearest words that name one of them do, else `spread` with a remark."""
    for words in contexts:
        sd, se = SAYS_SD.search(words), SAYS_SE.search(words)
        if (sd is None) != (se is None):
            return ("sd" if sd else "se"), ()
    return "spread", (SD_OR_SE,)


def _counted(counts: list[tuple[int, str, Shown]]) -> Iterator[_Growing]:
    """Events, each with the number of persons, or person-years, beside it."""
    free = dict((column, (role, shown)) for column, role, shown in counts if role != "events")
    first = next((role for _, role, _ in counts), "events")
    for column, role, shown in counts:
        if role != "events":
            continue
        after = sorted(free, key=lambda other: (abs(other - column), (other < column) == (first == "events")))
        if after and abs(after[0] - column) <= _FARTHEST_TOTAL:
            name, total = free.pop(after[0])
            yield _Growing(CandidateKind.COUNTS, column, {"events": shown, name: total})


def _give_totals(found: list[_Growing], counts: list[tuple[int, str, Shown]]) -> None:
    """Each lone mean gets the number of persons before it, or after it where means come first."""
    means = [growing for growing in found if growing.kind is CandidateKind.MEAN]
    totals = {column: shown for column, role, shown in counts if role == "n"}
    if not means or not totals:
        return
    before = min(totals) < means[0].column
    for growing in means:
        fits = [column for column in totals if (column < growing.column) == before]
        if fits:
            growing.numbers["n"] = totals[max(fits) if before else min(fits)]


_PERSON_TIME = re.compile(r"person[\s-]*(?:years?|time|months?|days?)", re.IGNORECASE)
_FARTHEST_TOTAL = 2
"""Columns between events and their total."""


def _form(scan: Scan, cell: GridCell) -> _Cell:
    """The form of a cell that holds numbers."""
    places = list(scan.within(cell.start, cell.end))
    if not 1 <= len(places) <= 4 or not all(map(scan.is_readable, places)):
        return _Cell("")
    if len(places) == 1:
        return _Cell("12", places)
    gaps = [scan.whole[scan.all[one].end : scan.all[two].start] for one, two in pairwise(places)]
    before = scan.whole[cell.start : scan.all[places[0]].start]
    closes = _BETWEEN["ends"].match(scan.whole[scan.all[places[-1]].end : cell.end]) is not None
    if _fits("/", gaps[0]) and len(places) < 4:
        return _Cell("12/40", places)
    if len(places) == 4:
        return _with_p(places, gaps)
    if len(places) == 3:
        return _with_limits(places, gaps, closes)
    if _fits("±", gaps[0]):
        return _Cell("12 ± 3", places)
    if _fits("opens", gaps[0]) and closes:
        return _Cell("12 (3)", places)
    return _Cell("3, 4", places) if _fits("begins", before) and _fits("limits", gaps[0]) else _Cell("")


def _with_limits(places: list[int], gaps: list[str], closes: bool) -> _Cell:
    """Three numbers of a cell as an estimate with its limits, one of whose brackets may be missing."""
    if not _fits("limits", gaps[1]):
        return _Cell("")
    if _fits("opens", gaps[0]):
        return _Cell("12 (3, 4)", places, () if closes else (MISSING_BRACKET,))
    if closes and _fits("part", gaps[0]):
        return _Cell("12 (3, 4)", places, (MISSING_BRACKET,))
    return _Cell("")


def _with_p(places: list[int], gaps: list[str]) -> _Cell:
    """Four numbers of a cell as an estimate with its limits and p."""
    if not (_fits("opens", gaps[0]) and _fits("limits", gaps[1])):
        return _Cell("")
    if _fits("p", gaps[2]):
        return _Cell("12 (3, 4) p 5", places)
    return _Cell("12 (3, 4), 5", places) if _fits("last", gaps[2]) else _Cell("")


def _fits(name: str, gap: str) -> bool:
    return _BETWEEN[name].fullmatch(gap) is not None
