"""What moved, as lines of the terminal: for `diff`, and for `add` and `import` after what they wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.text import Text

from evidence.records.review import LoadedReview
from synthesis.commands.problem_formats import shown_path
from synthesis.living.judgements import outdated
from synthesis.living.movement import Movement, find_movement
from synthesis.living.sentences import because, details, rest_words, result_columns
from synthesis.living.signals import Signal, all_signals
from synthesis.terminal import console, visible


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


def tell_movement(before: LoadedReview, after: LoadedReview) -> Movement:
    """Print what a command that wrote records has moved, after the records of which nothing is pooled."""
    if after.unread:
        names = ", ".join(shown_path(each.path) for each in after.unread)
        says = f"nothing of {names} is pooled: it cannot be read; run: python -m synthesis check"
        console.print(says, style="bold red")
    movement = find_movement(before, after, everything=True)
    changed = [each.new for each in movement.changes.records if each.new is not None]
    for line in movement_lines(movement, explained=len(movement.changes.records) > 1):
        console.print(line)
    for line in attention_lines(all_signals(movement), outdated(changed, movement.changes)):
        console.print(line)
    return movement
