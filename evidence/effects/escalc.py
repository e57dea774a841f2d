"""`escalc`: effect sizes of any measure from named columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from evidence.choices import named
from evidence.effects.columns import EffectSizes, StudyError
from evidence.effects.forms import MEASURES, Form, Measure
from evidence.effects.input_columns import column, finite, numbers, side_by_side


def escalc(measure: str, *, data: Any = None, slab: Any = None, **columns: Any) -> EffectSizes:
    """Effect sizes and sampling variances of k studies.

    measure: a key of MEASURES, in any case. columns: the measure's columns by metafor's names (ai, n1i, m1i,
    x1i, ...), each k numbers, one number for all, or the name of a column of `data` (a number is a name where
    `data` has such a column); and its options (add, to, drop00, vtype, correct, ...). Series are matched by
    their index. slab: k study labels, or the name of a column of `data`.

    A study without an effect size is nan with a note that says why. Raises ValueError for an unknown
    measure or argument, missing columns, and numbers that cannot be true, naming study, column and value.
    """
    name = named(measure, MEASURES, "measure")
    given = {key: value for key, value in columns.items() if value is not None}
    form = _chosen(name, MEASURES[name], given)
    found = {key: column(given[key], data, key, constant=True) for key in given if key in form.columns}
    rows = side_by_side(found | {"slab": None if slab is None else column(slab, data, "slab")})
    labels = () if rows["slab"] is None else tuple(str(label) for label in rows["slab"])
    values = {key: numbers(rows[key], key, labels) for key in found}
    values = {key: array if key == "dfi" else finite(array, key, labels) for key, array in values.items()}
    options = {key: value for key, value in given.items() if key not in form.columns}
    try:
        result = form.compute(**values, **options)
    except StudyError as error:
        raise StudyError(error.row, error.says, labels) from None
    return replace(result, labels=labels)


def _chosen(name: str, measure: Measure, given: Mapping[str, Any]) -> Form:
    """The first form that has what it requires and understands what was given."""
    understood = sorted({key for form in measure.forms for key in (*form.columns, *form.options)})
    for key in given:
        if key not in understood:
            meant = named(key, understood, f"argument for {name}")
            raise ValueError(f"unknown argument for {name} '{key}'; did you mean '{meant}'?")
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
