"""Which function computes which measure from which columns: the only place that knows the abbreviations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.effects.continuous import CONTINUOUS_MEASURES
from evidence.effects.person_time import PERSON_TIME_MEASURES, compare_rates, person_time
from evidence.effects.proportions import PROPORTION_MEASURES, describe_proportions, proportions
from evidence.effects.rates import RATE_MEASURES, describe_rates, rates
from evidence.effects.result import EffectSizes
from evidence.effects.tables import tables
from evidence.effects.two_by_two import TABLE_MEASURES, two_by_two


@dataclass(frozen=True)
class Form:
    """One set of columns from which a measure is computed.

    required, alternatives: columns that must be given, and those that may be. options: everything else that
    `compute`, called with all of these by name, understands.
    """

    compute: Callable[..., EffectSizes]
    required: tuple[str, ...]
    alternatives: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column it understands."""
        return self.required + self.alternatives


@dataclass(frozen=True)
class Measure:
    """A measure's name in words and the forms it is computed from, the usual one first."""

    title: str
    forms: tuple[Form, ...]


def form_of(function: Callable[..., EffectSizes]) -> Form:
    """The form that a function's signature states: keyword-only parameters are options, others columns."""
    parameters = inspect.signature(function).parameters.values()
    of_columns = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    return Form(
        function,
        tuple(p.name for p in of_columns if p.default is p.empty),
        tuple(p.name for p in of_columns if p.default is not p.empty),
        tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY),
    )


def _counts(
    measures: Mapping[str, Any],
    read: Callable[..., Any],
    compute: Callable[..., EffectSizes],
    forms: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...],
    options: tuple[str, ...],
) -> dict[str, Measure]:
    """Rows for measures that `compute` takes from what `read` makes of columns; (required, alternatives)."""
    understood = {name for required, alternatives in forms for name in required + alternatives}

    def row(measure: str) -> Callable[..., EffectSizes]:
        def call(**given: Any) -> EffectSizes:
            columns = {name: value for name, value in given.items() if name in understood}
            chosen = {name: value for name, value in given.items() if name not in understood}
            return compute(measure, read(**columns), **chosen)

        return call

    return {
        name: Measure(m.name, tuple(Form(row(name), *columns, options) for columns in forms))
        for name, m in measures.items()
    }


_CELLS = (("ai", "bi", "ci", "di"), ("n1i", "n2i"))
_SIZES = (("ai", "n1i", "ci", "n2i"), ("bi", "di"))
_OPTIONS = ("add", "to")

MEASURES: dict[str, Measure] = {
    **_counts(TABLE_MEASURES, tables, two_by_two, (_CELLS, _SIZES), (*_OPTIONS, "drop00")),
    **_counts(
        {"PHI": TABLE_MEASURES["PHI"]}, tables, two_by_two, (_CELLS, _SIZES), (*_OPTIONS, "drop00", "vtype")
    ),
    **_counts(
        PERSON_TIME_MEASURES,
        person_time,
        compare_rates,
        ((("x1i", "t1i", "x2i", "t2i"), ()),),
        (*_OPTIONS, "drop00"),
    ),
    **_counts(
        PROPORTION_MEASURES,
        proportions,
        describe_proportions,
        ((("xi", "ni"), ()), (("xi", "mi"), ())),
        _OPTIONS,
    ),
    **_counts(RATE_MEASURES, rates, describe_rates, ((("xi", "ti"), ()),), _OPTIONS),
    **{
        name: Measure(title, tuple(form_of(function) for function in functions))
        for name, (title, functions) in CONTINUOUS_MEASURES.items()
    },
}
