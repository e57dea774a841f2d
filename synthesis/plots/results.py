"""Plots of a result that comes from no review: its words and columns read, then a picture or files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence.choices import as_truth, named
from evidence.effects.input_columns import names_of, numbers
from evidence.wording import counted
from synthesis.plots.bubble import Moderator
from synthesis.plots.extra_columns import extra_columns
from synthesis.plots.given import Given
from synthesis.plots.kinds import KINDS, BareResult, Plot
from synthesis.plots.labbe import Arms
from synthesis.plots.study_forest import forest_plot
from synthesis.plots.subject import WORDS, Subject, Words
from synthesis.pooling.result import PooledSummary

if TYPE_CHECKING:
    from synthesis.drawing.picture import Picture

FOREST = "forest"
_ARMS = ("ai", "n1i", "ci", "n2i")
_SECOND_CELLS = {"n1i": ("ai", "bi"), "n2i": ("ci", "di")}
_WITH_ARMS = ("OR", "RR", "RD")


def finished(
    plot: Plot, path: str | Path | None, width: Any, format: str | Iterable[str] | None
) -> Picture | list[Path]:
    """The picture of a plot at a printed width, or its files where there is a path."""
    from synthesis.drawing.picture import Picture
    from synthesis.drawing.printing import as_width

    picture = Picture(plot, as_width(width))
    if path is not None:
        return picture.save(path, format=format)
    if format is not None:
        raise ValueError(f"format is {format!r} without a path; expected a path, or no format")
    return picture


def plot_of(
    pooled: PooledSummary,
    kind: str,
    given: Given,
    words: dict[str, Any],
    *,
    columns: Any = None,
    risk_of_bias: Any = None,
    mods: Any = None,
) -> Plot:
    """A kind of plot of a pooled result: "forest" or a key of KINDS.

    columns, risk_of_bias: of a forest plot, see `extra_columns`. mods: of a bubble plot, the name of a column
    of the table or k numbers. Raises ValueError for an unknown kind or word, for a word that its kind has no
    use for, and NotDefinedError, with the reason as a sentence, where the result has no such plot.
    """
    kind = named(kind, (FOREST, *KINDS), "kind of plot")
    subject = subject_of(pooled, given, words)
    _refuse_unused(kind, "bubble", "mods", mods)
    _refuse_unused(kind, FOREST, "columns", columns)
    _refuse_unused(kind, FOREST, "risk_of_bias", risk_of_bias)
    if kind == FOREST:
        return forest_plot(subject, extra_columns(columns, risk_of_bias, given, pooled.labels))
    arms = _arms_of(given, pooled.labels) if kind == "labbe" else None
    against = None if mods is None else _moderator(mods, given, pooled.labels)
    return KINDS[kind].draw(BareResult(subject, arms, against), "")


def subject_of(pooled: PooledSummary, given: Given, words: dict[str, Any]) -> Subject:
    """The result with the words of its plot; those not given follow from its measure, where that is known."""
    known = {"title": f"Pooled effect of {counted(pooled.k)}"} | given.words
    shown = words_of(known, words)
    return Subject(pooled, **{f.name: getattr(shown, f.name) for f in fields(shown)})


def words_of(known: dict[str, Any], words: dict[str, Any]) -> Words:
    """The words of a plot as they were given, and for the others what is known without them.

    Where `log` is another than the known one, the known label and value of no effect are of no use. Raises
    ValueError for an unknown word, and for a text or truth value that is none.
    """
    words = {named(word, WORDS, "word of a plot"): value for word, value in words.items()}
    for word in ("title", "effect", "lower", "higher"):
        if not isinstance(words.get(word, ""), str):
            raise ValueError(f"{word} is {words[word]!r}; expected a text")
    log = as_truth(words.get("log", known.get("log", False)), "log")
    if log != known.get("log", False):
        known = {"title": known["title"]}
    merged = known | words
    if log and "null" not in merged:
        merged["null"] = 1.0
    return Words(**merged)


def _refuse_unused(kind: str, of: str, word: str, value: Any) -> None:
    if value is not None and kind != of:
        raise ValueError(f"{word} belongs to a {of} plot; a {kind} plot has no use for it")


def _moderator(mods: Any, given: Given, labels: Sequence[str]) -> Moderator:
    name = mods if isinstance(mods, str) else getattr(mods, "name", None)
    values = numbers(given.values(mods, labels, "mods"), "mods", labels)
    return Moderator(str(name).replace("_", " ") if name else "the moderator", values)


def _arms_of(given: Given, labels: Sequence[str]) -> Arms | None:
    """The counts of both arms, where the table has them under their usual names."""
    if given.data is None or given.measure not in _WITH_ARMS:
        return None
    known = set(names_of(given.data))
    found = {}
    for name in _ARMS:
        parts = (name,) if name in known else _SECOND_CELLS.get(name, (name,))
        if not known.issuperset(parts):
            return None
        values = [numbers(given.values(part, labels, part), part, labels) for part in parts]
        found[name] = values[0] if len(values) == 1 else values[0] + values[1]
    return Arms(given.measure, found["ai"], found["n1i"], found["ci"], found["n2i"])
