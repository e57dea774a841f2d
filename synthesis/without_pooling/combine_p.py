"""`combine_p`: is there an effect in any of the studies, asked of their p-values alone?"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.choices import named
from evidence.effects.input_columns import column, label_of, numbers, side_by_side
from evidence.wording import counted, p_number, p_text
from synthesis.pooling.as_data import AsData
from synthesis.pooling.inputs import check_labels, labels_of, repeated_note
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.without_pooling.combination import log_edgington, log_fisher, log_stouffer, log_tippett
from synthesis.without_pooling.told_directions import (
    MIXED,
    NEGATIVE,
    NONE,
    NOT_TOLD,
    POSITIVE,
    read_directions,
)

QUESTIONS = {
    "Fisher": "Is there an effect in at least one study? One very small p is enough.",
    "Stouffer": "Do all studies together lean one way, each counting the same?",
    "Stouffer, weighted": "Do all studies together lean one way, each counting by its weight?",
    "Edgington": "Are the p-values small on the whole? A large p counts against as a small one counts for.",
    "Tippett": "Is the smallest p smaller than it would be among so many by chance? The others do not count.",
}
"""What each way to combine p-values asks."""

_MOST = 1_000  # studies: the whole numbers of Edgington's sum grow with their square
_LEAST_P = 1e-300


@dataclass(frozen=True)
class CombinedP(AsData):
    """One way to combine p-values, in both directions.

    p_positive, p_negative: one-sided. p_value: two-sided, twice the smaller, at most 1. log10_p_positive,
    log10_p_negative, log10_p_value: their decimal logarithms, right where p itself is too small for a number.
    """

    method: str
    question: str
    p_positive: float
    p_negative: float
    p_value: float
    log10_p_positive: float
    log10_p_negative: float
    log10_p_value: float


@dataclass(frozen=True, eq=False, repr=False)
class CombinedPValues(AsData):
    """p-values of k studies combined in several ways.

    labels: shape (k,). p_positive: their one-sided p for a positive effect, (k,). weights: of the weighted
    Stouffer method, (k,), or None. methods: one result each. notes: sentences the reader needs.
    """

    labels: tuple[str, ...]
    k: int
    p_positive: Array
    weights: Array | None
    methods: tuple[CombinedP, ...]
    method_sentence: str
    notes: tuple[str, ...]

    def __getitem__(self, method: str) -> CombinedP:
        """The result of one method, by a key of QUESTIONS. Raises ValueError for what was not computed."""
        known = {each.method: each for each in self.methods}
        return known[named(method, known, "method")]

    def _columns(self) -> dict[str, Any]:
        rows = [each.to_dict() for each in self.methods]
        return {name: [row[name] for row in rows] for name in rows[0]}

    def __str__(self) -> str:
        width = max(len(each.method) for each in self.methods)
        lines = [
            f"Combined p-values of {counted(self.k)}",
            f"  {'':<{width}}  {'p positive':>10}  {'p negative':>10}  {'two-sided':>10}",
        ]
        for each in self.methods:
            shown = (p_number(p) for p in (each.p_positive, each.p_negative, each.p_value))
            cells = "  ".join(f"{p:>10}" for p in shown)
            lines.append(f"  {each.method:<{width}}  {cells}")
        lines += [f"  {each.method}: {each.question}" for each in self.methods]
        return "\n".join([*lines, f"  {self.method_sentence}", *(f"  Note: {note}" for note in self.notes)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in ("", "p positive", "p negative", "two-sided", "asks"))
        rows = "".join(
            f"<tr><th>{each.method}</th><td>{html.escape(p_number(each.p_positive))}</td>"
            f"<td>{html.escape(p_number(each.p_negative))}</td><td>{html.escape(p_number(each.p_value))}</td>"
            f"<td>{html.escape(each.question)}</td></tr>"
            for each in self.methods
        )
        below = "".join(f"<p>{html.escape(line)}</p>" for line in (self.method_sentence, *self.notes))
        caption = f"<caption>Combined p-values of {counted(self.k)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{below}"

    @property
    def sentence(self) -> str:
        """The two-sided p of each method in one sentence."""
        told = ", ".join(f"{each.method} {p_text(each.p_value)}" for each in self.methods)
        return f"Combined p-values of {counted(self.k)}, two-sided: {told}."


def combine_p(
    p: Any,
    direction: Any = None,
    *,
    sided: str = "two",
    weights: Any = None,
    data: Any = None,
    slab: Any = None,
) -> CombinedPValues:
    """Combine p-values of independent studies by Fisher, Stouffer, Edgington and Tippett.

    p: of each study, a list or a column of `data`. sided: "two" where they are two-sided, which needs
    `direction`: "positive" or "negative" of each study, or its effect, whose sign tells; "one" where they are
    one-sided already, all for the same side, that of a positive effect. weights: for a weighted Stouffer
    beside the plain one, the root of each study's n, or one over its standard error. Each method answers its
    own question (QUESTIONS); none says how large an effect is.

    Cochrane Handbook, section 12.2.1.2. Raises ValueError, with the study and what was expected.
    """
    two = named(sided, ("two", "one"), "sided") == "two"
    labels, found, signs = _columns(p, direction, weights, data, slab, two)
    values = numbers(found["p"], "p", labels)
    _check_size(values, labels, "p")
    _check_p(values, labels, two)
    w = None if found["weights"] is None else numbers(found["weights"], "weights", labels)
    if w is not None:
        _check_size(w, labels, "weights")
        _refuse(~(np.isfinite(w) & (w > 0.0)), w, labels, "its weight is {}; expected a number above zero")
    log_p, log_q = _one_sided(values, None if signs is None else _positive(signs, values, labels))
    return CombinedPValues(
        labels=labels,
        k=values.size,
        p_positive=np.exp(log_p),
        weights=w,
        methods=tuple(_methods(log_p, log_q, w)),
        method_sentence=(
            f"One-sided p-values of {counted(values.size)} for a positive effect"
            f"{', from two-sided ones and directions' if two else ''}, combined under the hypothesis of no "
            "effect in any study; two-sided: twice the smaller of both sides."
        ),
        notes=tuple(_notes(labels)),
    )


def _columns(
    p: Any, direction: Any, weights: Any, data: Any, slab: Any, two: bool
) -> tuple[tuple[str, ...], dict[str, Any], tuple[str, ...] | None]:
    """Labels, the other columns in their order, and the directions of two-sided p."""
    if two:
        if direction is None:
            raise ValueError(
                "two-sided p-values do not say which way the effects go; expected `direction`, or "
                "sided='one' where they are one-sided, all for a positive effect"
            )
        told = read_directions(direction, data, slab, {"p": p, "weights": weights})
        return told.labels, dict(told.beside), told.directions
    if direction is not None:
        raise ValueError(
            "one-sided p-values have their direction; expected no `direction` beside sided='one'"
        )
    given = {"p": p, "weights": weights, "slab": slab}
    found = side_by_side({name: column(values, data, name) for name, values in given.items()})
    if not np.iterable(found["p"]) or isinstance(found["p"], str):
        raise ValueError(f"p is {found['p']!r}; expected one p-value of each study, or a column of `data`")
    values = list(found["p"])
    names = labels_of(found["slab"])
    check_labels(names, len(values))
    labels = tuple(label_of(names, i) for i in range(len(values)))
    return labels, found | {"p": values}, None


def _check_size(values: Array, labels: tuple[str, ...], name: str) -> None:
    if not labels:
        raise ValueError("p has no study; expected at least one p-value")
    if values.size != len(labels):
        raise ValueError(f"{name} has {values.size} values for {counted(len(labels))}; expected one of each")
    if values.size > _MOST:
        raise ValueError(f"p has {values.size:,} values; expected at most {_MOST:,}")


def _check_p(p: Array, labels: tuple[str, ...], two: bool) -> None:
    _refuse(np.isnan(p), p, labels, "p is missing; expected a p-value, or leave the study out of this call")
    _refuse(p == 0.0, p, labels, "p is {}, which no test gives; expected e.g. 0.0005 for a printed '< 0.001'")
    _refuse((p < 0.0) | (p > 1.0), p, labels, "p is {}; expected a number between 0 and 1")
    _refuse(p < _LEAST_P, p, labels, f"p is {{}}; expected at least {_LEAST_P:g}")
    if not two:
        _refuse(p == 1.0, p, labels, "p is {}, which leaves 0 for the other side; expected e.g. 0.9995")


def _refuse(wrong: Mask, values: Array, labels: tuple[str, ...], says: str) -> None:
    """Raise ValueError for the first study that is wrong."""
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(f"{labels[row]}: {says.format(f'{values[row]:g}')}")


def _positive(directions: tuple[str, ...], p: Array, labels: tuple[str, ...]) -> Mask:
    """Which effects are positive; a two-sided p of 1 is half on either side, whatever the direction."""
    words = np.array(directions)
    without = np.isin(words, (NONE, MIXED, NOT_TOLD)) & (p < 1.0)
    if without.any():
        row = int(without.argmax())
        raise ValueError(
            f"{labels[row]}: its direction is '{words[row]}' beside p = {p[row]:g}; expected '{POSITIVE}' or "
            f"'{NEGATIVE}'"
        )
    return np.asarray(words == POSITIVE)


def _one_sided(p: Array, positive: Mask | None) -> tuple[Array, Array]:
    """log p and log(1 - p), one-sided for a positive effect."""
    if positive is None:
        return np.log(p), np.log1p(-p)
    near, far = np.log(0.5 * p), np.log1p(-0.5 * p)
    return np.where(positive, near, far), np.where(positive, far, near)


def _methods(log_p: Array, log_q: Array, weights: Array | None) -> Iterator[CombinedP]:
    """Each method, for a positive effect and for a negative one."""
    same = np.ones(log_p.size)
    sides = ((log_p, log_q), (log_q, log_p))
    yield _combined("Fisher", *(log_fisher(p) for p, _ in sides))
    yield _combined("Stouffer", *(log_stouffer(p, q, same) for p, q in sides))
    if weights is not None:
        yield _combined("Stouffer, weighted", *(log_stouffer(p, q, weights) for p, q in sides))
    yield _combined("Edgington", *(log_edgington(p, q) for p, q in sides))
    yield _combined("Tippett", *(log_tippett(p, q) for p, q in sides))


def _combined(method: str, positive: float, negative: float) -> CombinedP:
    both = min(0.0, math.log(2.0) + min(positive, negative))
    logs = (positive, negative, both)
    p = [math.exp(each) for each in logs]
    log10 = [each / math.log(10.0) for each in logs]
    return CombinedP(method, QUESTIONS[method], *p, *log10)


def _notes(labels: tuple[str, ...]) -> Iterator[str]:
    """Sentences the reader needs."""
    if repeated := repeated_note(labels):
        yield f"{repeated[:1].upper()}{repeated[1:]}."
    yield "A small p says that some study has an effect, not how large it is nor in how many studies."
