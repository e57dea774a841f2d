"""Plots of a result that comes from no review: its words, moderators and arms read from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from evidence.choices import as_truth, named
from evidence.effects.input_columns import names_of, numbers
from evidence.wording import counted
from synthesis.drawing.chart import Plot
from synthesis.plots.bubble import Moderator
from synthesis.plots.drawable import PlotOptions, PlotRequest
from synthesis.plots.given import Given
from synthesis.plots.kinds import FOREST, KINDS, BareResult, settled
from synthesis.plots.labbe import Arms
from synthesis.plots.study_forest import forest_plot
from synthesis.plots.subject import Subject, Words
from synthesis.pooling.result import PooledSummary

_ARMS = ("ai", "n1i", "ci", "n2i")
_SECOND_CELLS = {"n1i": ("ai", "bi"), "n2i": ("ci", "di")}
_WITH_ARMS = ("OR", "RR", "RD")


def plot_of(pooled: PooledSummary, request: PlotRequest, given: Given) -> Plot:
    """The plot of a pooled result: "forest" or a key of KINDS.

    Raises ValueError for an unknown kind or word, for a word that its kind has no use for, and
    NotDefinedError, with the reason as a sentence, where the result has no such plot.
    """
    request = settled(request, (FOREST, *KINDS), "A pooled result")
    subject = subject_of(pooled, given, request)
    if request.kind == FOREST:
        return forest_plot(subject, request.extra(given, pooled.labels))
    arms = _arms_of(given, pooled.labels) if request.kind == "labbe" else None
    against = None if request.mods is None else _moderator(request.mods, given, pooled.labels)
    return KINDS[request.kind].draw(BareResult(subject, arms, against), "")


def subject_of(pooled: PooledSummary, given: Given, request: PlotRequest, title: str = "") -> Subject:
    """The result with the words of its plot; those not given follow from its measure, where that is known."""
    known = {"title": title or f"Pooled effect of {counted(pooled.k)}"} | given.words
    shown = words_of(known, request)
    return Subject(pooled, **{f.name: getattr(shown, f.name) for f in fields(shown)})


def words_of(known: dict[str, Any], request: PlotRequest) -> Words:
    """The words of a plot as they were given, and for the others what is known without them.

    Where `log` is another than the known one, the known label and value of no effect are of no use. Raises
    ValueError for an unknown word, and for a text or truth value that is none.
    """
    words = {
        named(word, PlotOptions.__annotations__, "word of a plot"): value
        for word, value in request.words.items()
    }
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
