"""Comparisons as tables of plain text that keep to the width of the terminal.

The first column is broken into lines, numbers never; a sign after a number says what became of it.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from evidence.wording import counted, number

if TYPE_CHECKING:
    from rich.text import Text

    from evidence.records.printed import Printed
    from studies.nhanes.alignment import Match
    from studies.nhanes.comparison.compare import Comparison
    from studies.nhanes.comparison.matched_estimates import EstimatePair, MatchedRecords, Unmatched
    from studies.nhanes.comparison.rows import ComparedRow

_GAP = "  "
_MOST_NAMED = 6  # estimates of one reason that are named one by one
_AGREES, _INSIDE = "=", "~"
_MARKS = "= agrees to the last printed digit; ~ does not, but lies in the printed 95% interval"
_OFF = "off: difference in standard errors of the printed estimate"
_NARROWEST = 16  # letters of the first column; a table is wider than the terminal rather than unreadable


def text_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Text:
    """A title, a header and rows; the columns after the first are as wide as they must be, at the right.

    width: letters a line. The first column has what is left, and its words go on in further lines.
    """
    from rich.text import Text

    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    numbers = sum(widths[1:]) + len(_GAP) * (len(widths) - 1)
    first = min(widths[0], max(_NARROWEST, width - numbers))
    found = Text()
    found.append(
        "\n".join([*textwrap.wrap(title, width), *_lines(header, [first, *widths[1:]])]), style="bold"
    )
    for row in rows:
        found.append("".join(f"\n{line}" for line in _lines(row, [first, *widths[1:]])))
    return found.append("\n")


def _lines(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """One row: the numbers stand beside the last line of its words."""
    *before, last = textwrap.wrap(cells[0], widths[0], subsequent_indent=_GAP) or [""]
    yield from before
    numbers = (cell.rjust(wide) for cell, wide in zip(cells[1:], widths[1:], strict=True))
    yield _GAP.join((last.ljust(widths[0]), *numbers)).rstrip()


def paragraph(words: str, width: int) -> str:
    """Words in lines of at most so many letters."""
    return textwrap.fill(words, width, break_long_words=False, break_on_hyphens=False)


# Any record beside any protocol.


def pair_tables(matched: MatchedRecords, width: int) -> Iterator[Text | str]:
    """What is compared, then a table an outcome."""
    printed, mine = matched.printed, matched.regenerated
    names = f"{printed.label or printed.study} beside {mine.title}"
    bare = ", of the regenerated one where none is printed" if _has_bare(matched) else ""
    yield paragraph(f"{names}. {_MARKS}; {_OFF}{bare}.", width) + "\n"
    if printed.cohort.name != mine.cohort.name or printed.cohort.years != mine.cohort.years:
        persons = (f"{each.cohort.name} {each.cohort.years or ''}".strip() for each in (printed, mine))
        yield paragraph(f"note: other persons: {' there, '.join(persons)} here", width) + "\n"
    header = ("where", "printed", "here  ", "95% interval", "off, SE")
    for report, outcome in dict.fromkeys((pair.report, pair.outcome) for pair in matched.pairs):
        pairs = [pair for pair in matched.pairs if (pair.report, pair.outcome) == (report, outcome)]
        yield text_table(f"{report}: {outcome}", header, [_pair_row(pair) for pair in pairs], width)
    assumed = dict.fromkeys(pair.assumed for pair in matched.pairs if pair.assumed)
    for words in assumed:
        yield paragraph(f"note: {words}", width)
    agree = sum(pair.agrees for pair in matched.pairs)
    inside = sum(bool(pair.inside) for pair in matched.pairs)
    said = f"{counted(len(matched.pairs), 'estimate')} compared: {agree} to the last printed digit"
    yield paragraph(f"{said}, {inside} inside the printed interval.", width) + "\n"


def _has_bare(matched: MatchedRecords) -> bool:
    return any(pair.se_from == "regenerated" for pair in matched.pairs)


def _pair_row(pair: EstimatePair) -> tuple[str, ...]:
    mark = _mark(pair.agrees, bool(pair.inside))
    others = pair.n_printed is not None and pair.n_printed != pair.n
    persons = f"; n = {pair.n_printed:,}, here {pair.n or 0:,}" if others else ""
    return (
        f"{pair.at}{pair.contrast and f': {pair.contrast}'} ({pair.group}{persons})",
        pair.printed,
        f"{number(pair.regenerated)} {mark}",
        f"{number(pair.regenerated_low, 3)} to {number(pair.regenerated_high, 3)}",
        f"{pair.in_se:+.1f}",
    )


def alone_tables(matched: MatchedRecords, width: int) -> Iterator[Text]:
    """What is on one side only, a table a side, by reason."""
    sides = (
        ("Printed, and not regenerated", matched.printed_alone),
        ("Regenerated, and not printed", matched.regenerated_alone),
    )
    for title, alone in sides:
        if alone:
            yield _alone_table(f"{title}: {len(alone)}", alone, width)


def _alone_table(title: str, alone: Sequence[Unmatched], width: int) -> Text:
    from rich.text import Text

    found = Text(title, style="bold")
    for reason, count in Counter(each.reason for each in alone).items():
        ids = [each.id for each in alone if each.reason == reason]
        named = ", ".join(ids) if count <= _MOST_NAMED else f"{count} estimates, see unmatched.csv"
        said = textwrap.fill(f"{reason}: {named}", width, subsequent_indent=_GAP, break_on_hyphens=False)
        found.append(f"\n{said}", style="not bold")
    return found.append("\n")


# The paper of the spine protocol.


def full_tables(
    compared: Comparison, matches: tuple[Match, ...], races: Mapping[str, Printed], width: int
) -> Iterator[Text | str]:
    """Every number by table, counts, arrangements and compositions."""
    key = f"{_MARKS} or has the printed number in its own; {_OFF}; ! the conclusion has changed"
    yield paragraph(key, width) + "\n"
    for name, rows in groupby(compared.rows, lambda row: row.table):
        yield _numbers_table(name, list(rows), width)
    yield _counts_table(compared, width)
    yield _alignment_table(matches, width)
    yield from _race_tables(matches, races, width)


def _numbers_table(name: str, rows: list[ComparedRow], width: int) -> Text:
    header = ["where", "", "printed", "regenerated  ", "off, SE", "as diagnosed  "]
    lines = [_number_row(row, named=row.item != above) for row, above in _with_item_above(rows)]
    kept = [index for index in range(len(header)) if index < 4 or any(line[index].strip() for line in lines)]
    return text_table(name, [header[i] for i in kept], [[line[i] for i in kept] for line in lines], width)


def _with_item_above(rows: list[ComparedRow]) -> Iterator[tuple[ComparedRow, str | None]]:
    return zip(rows, (None, *(row.item for row in rows)), strict=False)


def _number_row(row: ComparedRow, named: bool) -> tuple[str, ...]:
    """One line; named: whether it says where, which the lines of one place do once."""
    inside = bool(row.published_inside or row.regenerated_inside)
    changed = "!" if row.conclusion == "changed" else " "
    return (
        f"{row.item if named else ''}{_what_changed(row)}".strip(),
        row.quantity,
        row.published,
        f"{_number(row.regenerated)} {_mark(row.agrees, inside)}{changed}",
        "" if row.in_se is None else f"{row.in_se:+.1f}",
        f"{_number(row.diagnosed)} {_mark(bool(row.diagnosed_agrees), False)} ",
    )


def _what_changed(row: ComparedRow) -> str:
    """What became of sign and significance, where the conclusion is another."""
    if row.conclusion != "changed":
        return ""
    parts = [f"significance {row.significance}"] if row.significance != "kept" else []
    parts += ["sign changed"] if row.sign == "changed" else []
    return f" ({', '.join(parts)})"


def _mark(agrees: bool, inside: bool) -> str:
    return _AGREES if agrees else _INSIDE if inside else " "


def _counts_table(compared: Comparison, width: int) -> Text:
    from studies.nhanes.comparison.compare import counts

    header = ("table", "", "printed", "agree", "as diagnosed", "conclusions", "changed")
    rows = []
    for count in counts(compared.rows):
        diagnosed = f"{count.diagnosed_agree} of {count.diagnosed_of}" if count.diagnosed_of else ""
        conclusions = (str(count.conclusions), str(count.changed)) if count.conclusions else ("", "")
        numbers = (str(count.numbers), str(count.agree), diagnosed)
        rows.append((count.table, count.quantity, *numbers, *conclusions))
    return text_table("Agreement to the last printed digit", header, rows, width)


def _alignment_table(matches: tuple[Match, ...], width: int) -> Text:
    header = ("race and weights", "rms", "5% to 95%", "exact", "inside", "typical")
    rows = []
    for match in matches:
        random = match.draws > 1
        rows.append(
            (
                match.arrangement,
                f"{match.rms:.2f}",
                f"{match.rms_low:.2f} to {match.rms_high:.2f}" if random else "",
                f"{match.within_rounding:.1f}",
                f"{match.inside:.1f}",
                f"{match.typical:.3f}" if random else "",
            )
        )
    draws, slopes = max(match.draws for match in matches), matches[0].slopes
    title = (
        f"Arrangements against the {slopes} printed slopes of Models 1 and 2: root mean square difference in"
        f" standard errors (of {draws} draws where random), slopes to the last digit, inside the printed"
        " interval, and the share of draws that lie further out than print"
    )
    return text_table(title, header, rows, width)


def _race_tables(
    matches: tuple[Match, ...], races: Mapping[str, Printed], width: int
) -> Iterator[Text | str]:
    """The compositions that differ: laying out weights alone changes no share of the whole."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    rows: dict[tuple[str, ...], str] = {}
    for match in matches:
        rows.setdefault(tuple(f"{share:.1f}" for share in match.composition), match.arrangement)
    lines = [(name, *shares) for shares, name in rows.items()]
    lines.append(("printed", *(share.text for share in races.values())))
    header = ("race and weights", *letters[: len(races)])
    yield text_table("Race composition, percent", header, lines, width)
    key = "; ".join(f"{letter} {race}" for letter, race in zip(letters, races, strict=False))
    yield paragraph(f"{key}.", width) + "\n"


def _number(value: float | None) -> str:
    return "" if value is None or value != value else number(value) if abs(value) < 1000 else f"{value:,.0f}"
