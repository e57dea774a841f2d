"""What persons decided of pairs that may be one work, as lines of text in the review: `same A B`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evidence.literature.duplicates.deduplicating import Decisions
from evidence.records.writing.files import WritingError, write_atomically

FILE = "duplicates.tsv"
WORDS = ("same", "different")
_HEAD = "# same or different, two ids of citations, who said so, and when; one decision a line"
_MARKS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


class DecisionError(Exception):
    """Decisions that cannot be read, contradict each other, or cannot be kept; the message is one line."""


@dataclass(frozen=True, order=True)
class SaidOfPair:
    """A decision about two citations, whose ids are in the order of the alphabet."""

    one: str
    other: str
    word: str
    by: str = ""
    date: str = ""


def read_decisions(folder: Path) -> list[SaidOfPair]:
    """The decisions in a folder of citations; none where it has no file. Raises DecisionError."""
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        no_text = isinstance(error, UnicodeDecodeError)
        why = "it is no text in UTF-8" if no_text else str(getattr(error, "strerror", error)).lower()
        raise DecisionError(f"'{path}': {why}") from error
    said: dict[tuple[str, str], tuple[int, SaidOfPair]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(("#", *_MARKS)):
            continue
        word, *rest = line.split("\t") if "\t" in line else line.split()
        if word.strip() not in WORDS or len(rest) < 2:
            raise DecisionError(f"'{path}', line {number:,}: expected same or different, and two ids")
        one, other = sorted(each.strip() for each in rest[:2])
        now = SaidOfPair(one, other, word.strip(), *(each.strip() for each in rest[2:4]))
        at, before = said.get((one, other), (number, now))
        if before.word != now.word:
            words = f"{before.word} on line {at:,} and {now.word} on line {number:,}"
            raise DecisionError(f"'{path}': {one} and {other} are {words}")
        said[one, other] = (at, min(before, now))
    return sorted(each for _, each in said.values())


def as_decisions(said: list[SaidOfPair]) -> Decisions:
    """Decisions as they are used."""
    pairs = {word: frozenset((each.one, each.other) for each in said if each.word == word) for word in WORDS}
    return Decisions(pairs["same"], pairs["different"])


def write_decisions(folder: Path, said: list[SaidOfPair]) -> None:
    """Write decisions, one of a pair, in order. Raises DecisionError."""
    lines = ["\t".join((each.word, each.one, each.other, each.by, each.date)) for each in sorted(said)]
    try:
        write_atomically(folder / FILE, "".join(f"{line}\n" for line in (_HEAD, *lines)), overwrite=True)
    except WritingError as error:
        raise DecisionError(str(error)) from error
