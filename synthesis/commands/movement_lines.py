"""What moved, as lines of the terminal: for `diff`, and for `add` after each new record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.text import Text

from synthesis.living.movement import Movement
from synthesis.living.sentences import because, details, rest_words, result_columns
from synthesis.living.signals import Signal
from synthesis.terminal import visible


def movement_lines(movement: Movement, explained: bool = True) -> Iterator[Text]:
    """One line a result that moved, or is refused, then one for the others; explained: with what moved it."""
    rows = [tuple(map(visible, result_columns(each))) for each in movement.moved]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for each, (title, before, after) in zip(movement.moved, rows, strict=True):
        yield Text(f" {_padded(title, widths[0])}  {_padded(before, widths[1])}  {after}")
        for words in filter(None, (because(each), details(each)) if explained else ()):
            yield Text(f"   {visible(words)}", style="dim")
    for refused in movement.refused:
        still = "is still" if refused.still else "is now"
        says = f" {visible(refused.analysis.title)} {still} refused: {visible(refused.reason)}"
        yield Text(says, style="bold red")
    rest = rest_words(movement)
    if rest:
        yield Text(f" {rest}", style="dim")


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def attention_lines(
    found: Iterable[Signal], stale: Iterable[str] = (), unread: Iterable[str] = ()
) -> Iterator[Text]:
    """What deserves a person's attention, a sentence a line."""
    told = (("signal", (each.words for each in found)), ("judgement", stale), ("not read", unread))
    for kind, sentences in told:
        for says in sentences:
            yield Text.assemble((f" {kind} ", "bold yellow"), visible(says))
