"""`escalc`: effect sizes of any measure from named columns."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from evidence.effects.columns import StudyError
from evidence.effects.registry import MEASURES, Form, Measure
from evidence.effects.result import EffectSizes


def escalc(measure: str, *, data: Any = None, slab: Any = None, **columns: Any) -> EffectSizes:
    """Effect sizes and sampling variances of k studies.

    measure: a key of MEASURES, in any case. columns: the measure's columns by metafor's names (ai, n1i, m1i,
    x1i, ...), each k numbers, one number for all, or the name of a column of `data`; and its options (add,
    to, drop00, vtype, ...). slab: k study labels, or the name of a column of `data`.

    A study without an effect size is nan with a note that says why. Raises ValueError for an unknown
    measure or argument, missing columns, and numbers that cannot be true, naming the studies.
    """
    name = _known(measure, MEASURES, "measure")
    given = {key: value for key, value in columns.items() if value is not None}
    form = _chosen(name, MEASURES[name], given)
    values = {key: column(value, data, key) if key in form.columns else value for key, value in given.items()}
    labels = () if slab is None else tuple(str(label) for label in column(slab, data, "slab"))
    try:
        result = form.compute(**values)
    except StudyError as error:
        usable = labels if len(labels) > max(error.rows) else ()
        raise StudyError(error.rows, error.says, usable) from None
    return replace(result, labels=labels)


def _chosen(name: str, measure: Measure, given: Mapping[str, Any]) -> Form:
    """The first form that has what it requires and understands what was given."""
    understood = {key for form in measure.forms for key in (*form.columns, *form.options)}
    for key in given:
        if key not in understood:
            _known(key, understood, f"argument for {name}", sort=True)
    for form in measure.forms:
        if set(form.required) <= set(given) <= {*form.columns, *form.options}:
            return form
    lacking = {form: [name for name in form.required if name not in given] for form in measure.forms}
    if all(lacking.values()):
        nearest = max(
            measure.forms, key=lambda form: (len(set(form.columns) & set(given)), -len(lacking[form]))
        )
        raise ValueError(
            f"{name} ({measure.title}) lacks {_listed(lacking[nearest])}; expected {_forms_text(measure)}"
        )
    raise ValueError(f"{name} was given columns that do not go together; expected {_forms_text(measure)}")


def _forms_text(measure: Measure) -> str:
    return ", or ".join(_columns_text(form) for form in measure.forms)


def _columns_text(form: Form) -> str:
    others = f" (and, if known, {', '.join(form.alternatives)})" if form.alternatives else ""
    return ", ".join(form.required) + others


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _known(value: Any, allowed: Iterable[str], what: str, sort: bool = False) -> str:
    """The allowed name, whatever the case of `value`; ValueError with the closest of them otherwise."""
    listed = sorted(allowed) if sort else list(allowed)
    names = {name.upper(): name for name in listed}
    key = str(value).strip().upper()
    if key in names:
        return names[key]
    close = difflib.get_close_matches(key, names, n=1)
    hint = f"; did you mean '{names[close[0]]}'?" if close else "."
    raise ValueError(f"unknown {what} '{value}'{hint} Expected one of: {', '.join(listed)}")


def column(values: Any, data: Any, name: str) -> Any:
    """The values, or the column of `data` that they name."""
    if not isinstance(values, str):
        return values
    if data is None:
        raise ValueError(
            f"'{name}' is the text '{values}'; expected numbers, or `data` with a column of that name"
        )
    if values not in data:
        close = difflib.get_close_matches(values, [str(column) for column in data], n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise ValueError(f"data has no column '{values}', given as '{name}'{hint}")
    return data[values]
