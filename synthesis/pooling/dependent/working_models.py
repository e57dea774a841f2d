"""Working models by name, and random effects by formula: which random terms, and what V is made of.

Pustejovsky & Tipton 2022 name them by what they let be correlated. CE: one random effect a study and
correlated errors. HE: random effects of studies and of effects within them, independent errors. CHE: both.
SCE: a random effect a study and outcome, errors correlated within an outcome alone. CMVE: random effects of
outcomes, correlated within the study, and correlated errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evidence.choices import named
from evidence.effects.input_columns import column, numbers
from synthesis.pooling.dependent.blocks import RandomTerm
from synthesis.pooling.dependent.covariance import Factor, factor
from synthesis.pooling.dependent.structures import (
    CovarianceStructure,
    autoregressive,
    compound,
    contrasts_of_arms,
    diagonal,
    heteroscedastic_compound,
    identity,
    known,
    unstructured,
)
from synthesis.pooling.kernel.effects import Array, Rows


@dataclass(frozen=True)
class WorkingModel:
    """A model of the literature. name: in full. correlated: whether its errors need a correlation rho;
    by_outcome: whether that holds within outcomes only.
    """

    name: str
    correlated: bool
    by_outcome: bool = False


WORKING_MODELS: dict[str, WorkingModel] = {
    "CHE": WorkingModel("correlated and hierarchical effects", correlated=True),
    "CE": WorkingModel("correlated effects", correlated=True),
    "HE": WorkingModel("hierarchical effects", correlated=False),
    "SCE": WorkingModel("subgroup correlated effects", correlated=True, by_outcome=True),
    "CMVE": WorkingModel("correlated multivariate effects", correlated=True),
}

STRUCTURES = ("UN", "CS", "HCS", "DIAG", "ID", "AR", "HAR", "CAR", "NET")
"""Of the random effects of a formula '~ outcome | study'; a random slope is always unstructured. NET is of
contrasts with a shared arm: one variance, and the correlation 1/2 that equal variances of all contrasts imply
(Higgins & Whitehead 1996; Lu & Ades 2004)."""

_LEVELS = 12
"""Of an unstructured covariance: beyond, it has more parameters than any review has studies."""


def terms_of_model(word: str, cluster: Factor, outcome: Factor | None) -> tuple[RandomTerm, ...]:
    """The random terms of a working model. Raises ValueError where it needs outcomes and has none."""
    k = cluster.number.size
    if word in ("SCE", "CMVE"):
        if outcome is None:
            raise ValueError(
                f"model {word} has a random effect for each outcome; expected `outcome`, which of them an "
                "effect is of, or model='CHE'"
            )
        if len(outcome.names) == 1:
            return (intercepts(cluster.number, "clusters", cluster.names),)
        levels = len(outcome.names)
        structure = diagonal(levels) if word == "SCE" else unstructured(levels)
        label = f"outcomes ({', '.join(outcome.names)}) in clusters"
        term = RandomTerm(structure, cluster.number, label, level=outcome.number)
        return (replace(term, groups=cluster.names, levels=outcome.names),)
    between = intercepts(cluster.number, "clusters", cluster.names)
    if word == "CE" or len(cluster.names) == k:
        return (between,)
    return (between, intercepts(np.arange(k), "estimates in clusters"))


def intercepts(group: Rows, label: str, names: tuple[str, ...] = ()) -> RandomTerm:
    """A random intercept of each group; without names a group is a single estimate."""
    return RandomTerm(known(np.ones((1, 1)), "ID"), group, label, level=np.zeros_like(group), groups=names)


_FORMULA = re.compile(r"\s*~\s*(?P<inner>[^|]+?)\s*\|\s*(?P<outer>[^|]+?)\s*$")


def terms_of_formulas(
    formulas: Sequence[str],
    structure: str,
    data: Any,
    k: int,
    correlation: Mapping[str, Any] | None = None,
) -> tuple[RandomTerm, ...]:
    """Random terms written as formulas over columns of `data`.

    "~ 1 | a/b/c": intercepts of a, of b within a, of c within both; several formulas are crossed. "~ outcome
    | study": a random effect for each outcome, by `structure`; "~ dose | study" with a number of dose: a
    random intercept and slope. correlation: a known correlation matrix of the groups of "~ 1 | species", by
    the name of their column. Raises ValueError, saying what was expected, for anything else.
    """
    found: list[RandomTerm] = []
    used = set()
    for text in formulas:
        match = _FORMULA.match(text)
        if match is None:
            raise ValueError(
                f"the random effects are {text!r}; expected '~ 1 | study', '~ 1 | study/effect' or "
                "'~ outcome | study'"
            )
        groups = [name.strip() for name in match["outer"].split("/")]
        nested = [_column_of_labels(name, data, k) for name in groups]
        inner = match["inner"].strip()
        if inner == "1" and len(groups) == 1 and correlation and groups[0] in correlation:
            used.add(groups[0])
            found.append(_known_term(groups[0], nested[0], correlation[groups[0]]))
        elif inner == "1":
            found += _nested(groups, nested)
        elif len(groups) > 1:
            raise ValueError(
                f"the random effects are {text!r}; expected one group after '|' where a term stands"
            )
        else:
            found.append(_inner(inner, groups[0], nested[0], structure, data, k))
    for name in set(correlation or {}) - used:
        raise ValueError(
            f"correlation is given for {name!r}; expected the random effect '~ 1 | {name}' for it"
        )
    return tuple(found)


def _column_of_labels(name: str, data: Any, k: int) -> Factor:
    if data is None:
        raise ValueError(f"the random effects name {name!r}; expected `data` with a column of that name")
    return factor(column(name, data, "model"), name, k)


def _nested(groups: Sequence[str], columns: Sequence[Factor]) -> list[RandomTerm]:
    found = []
    within, names = columns[0].number, columns[0].names
    label = groups[0]
    for n, col in enumerate(columns):
        if n:
            joint = within.astype(np.int64) * (int(col.number.max()) + 1) + col.number
            finer = np.unique(joint, return_inverse=True)[1].astype(np.intp)
            if np.unique(within).size == np.unique(finer).size:
                continue  # the inner level adds no groups, so that its variance could not be told apart
            first = np.unique(finer, return_index=True)[1]
            names = tuple(f"{names[within[i]]}/{col.names[col.number[i]]}" for i in first)
            within, label = finer, f"{groups[n]} in {label}"
        found.append(intercepts(within, label, names))
    return found


def _known_term(name: str, col: Factor, given: Any) -> RandomTerm:
    if not (hasattr(given, "index") and hasattr(given, "columns")):
        raise ValueError(
            f"the correlation of {name!r} is no data frame; expected its groups as rows and columns"
        )
    rows = [str(label) for label in given.index]
    absent = next((label for label in col.names if label not in rows), None)
    if absent is not None or rows != [str(label) for label in given.columns]:
        what = f"lacks {absent!r}" if absent is not None else "has other rows than columns"
        raise ValueError(f"the correlation of {name!r} {what}; expected the same groups as rows and columns")
    at = [rows.index(label) for label in col.names]
    matrix: Array = np.asarray(given, dtype=float)[np.ix_(at, at)]
    sound = np.isfinite(matrix).all() and np.allclose(matrix, matrix.T) and np.allclose(np.diag(matrix), 1.0)
    if not sound or np.linalg.eigvalsh(matrix)[0] < -1e-10:
        raise ValueError(
            f"the correlation of {name!r} is none; expected symmetric, ones on its diagonal, positive"
        )
    term = RandomTerm(known(matrix), np.zeros_like(col.number), name, level=col.number)
    return replace(term, groups=("",), levels=col.names)


def _inner(inner: str, group: str, outer: Factor, word: str, data: Any, k: int) -> RandomTerm:
    values = column(inner.removeprefix("1 +").strip(), data, "model")
    name = inner.removeprefix("1 +").strip()
    word = named(word, STRUCTURES, "structure")
    timed = word in ("AR", "HAR", "CAR")
    if timed or _is_number(values):
        found = numbers(values, name)
        if found.size != k or not np.isfinite(found).all():
            raise ValueError(f"{name} of the random effects lacks a number for each of {k} effects")
        if not timed:
            slope = np.column_stack([np.ones(k), found])
            return RandomTerm(
                unstructured(2, "GEN"), outer.number, f"intercept and {name} in {group}", columns=slope
            )
        return _timed(found, name, group, outer, word)
    levels = factor(values, name, k)
    made = _over_levels(word, len(levels.names), name)
    label = f"{name} ({', '.join(levels.names)}) in {group}"
    term = RandomTerm(made, outer.number, label, level=levels.number)
    return replace(term, groups=outer.names, levels=levels.names)


def _timed(times: Array, name: str, group: str, outer: Factor, word: str) -> RandomTerm:
    distinct, level = np.unique(times, return_inverse=True)
    if distinct.size < 2:
        raise ValueError(f"{name} is the same for all effects; expected two times or more")
    whole = np.equal(np.mod(distinct, 1.0), 0.0).all()
    if word != "CAR" and not whole:
        raise ValueError(
            f"structure {word} is for whole times and {name} has others; expected structure='CAR'"
        )
    made = autoregressive(distinct, continuous=word == "CAR", heteroscedastic=word == "HAR")
    term = RandomTerm(made, outer.number, f"{name} in {group}", level=level.astype(np.intp))
    return replace(term, groups=outer.names, levels=tuple(f"{time:g}" for time in distinct))


def _is_number(values: Any) -> bool:
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if kind:
        return str(kind) in "fiu"
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _over_levels(word: str, levels: int, name: str) -> CovarianceStructure:
    if levels < 2:
        raise ValueError(f"{name} has one label; expected two outcomes or more, or '~ 1 | ...'")
    if word == "UN" and levels > _LEVELS:
        raise ValueError(
            f"structure UN of {levels} labels of {name} has {levels * (levels + 1) // 2} parameters; "
            "expected HCS, CS or DIAG"
        )
    makers = {
        "UN": unstructured, "CS": compound, "HCS": heteroscedastic_compound, "DIAG": diagonal,
        "ID": identity, "NET": contrasts_of_arms
    }  # fmt: skip
    return makers[word](levels)
