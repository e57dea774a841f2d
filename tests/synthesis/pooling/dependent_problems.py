"""Models of dependent effects that several tests fit: those of the reference files, and small ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from synthesis.pooling.dependent.block_likelihood import DependentData
from synthesis.pooling.dependent.blocks import RandomTerm, blocks_of
from synthesis.pooling.dependent.structures import (
    CovarianceStructure,
    compound,
    diagonal,
    heteroscedastic_compound,
    known,
    unstructured,
)
from synthesis.pooling.kernel.effects import Array, Rows

DATA_SETS = (
    "berkey1998", "corrdat", "hierdat", "kalaian1996", "knapp2017", "konstantopoulos2011", "senn2013",
)  # fmt: skip

OVER_OUTCOMES = {
    "UN": unstructured, "DIAG": diagonal, "CS": compound, "HCS": heteroscedastic_compound
}  # fmt: skip

MODERATORS = {
    "nested_year": ("year_centred",),
    "nested_V_difficulty": ("difficulty",),
    "che_moderators": ("binge", "followup_centred", "males_centred"),
}


def reference(shared: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (shared / "reference" / "dependent" / f"{name}.json").read_text("utf-8")
    )
    return found


def fits_of(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The likelihood models of a file, by key."""
    return {key: fit for key, fit in record["results"].items() if "fit" in fit}


def numbered(labels: Any) -> Rows:
    """Labels as numbers, in their sorted order."""
    return np.unique([str(label) for label in labels], return_inverse=True)[1].astype(np.intp)


def intercept(group: Rows, label: str = "intercept") -> RandomTerm:
    one = known(np.ones((1, 1)), "ID")
    return RandomTerm(one, group, label, level=np.zeros(group.size, dtype=np.intp))


def covariance_within(vi: Array, cluster: Rows, rho: float) -> Array:
    se = np.sqrt(vi)
    same = cluster[:, None] == cluster[None, :]
    found: Array = np.outer(se, se) * same * (rho + (1.0 - rho) * np.eye(vi.size))
    return found


@dataclass(frozen=True)
class Problem:
    """One fit of a reference file as our model. natural: its parameters as the other program printed them."""

    data: DependentData
    v: csr_array
    cluster: Rows
    restricted: bool
    natural: Array

    def roots(self, natural: Array) -> Array:
        """Our parameters (1, q) at variances and correlations, those of two-level structures at most."""
        found, start = [], 0
        for term in self.data.blocks.terms:
            s = term.structure
            values = natural[start : start + s.q]
            found += np.sqrt(values[: s.variances]).tolist()
            found += [s.scale.angle(float(rho)) for rho in values[s.variances :]]
            start += s.q
        return np.array([found])


def natural_parameters(data: DependentData, theta: Array) -> Array:
    """Variances and correlations at roots (1, q), shape (q,)."""
    blocks = data.blocks
    parts = zip(blocks.terms, blocks.split(theta), strict=True)
    return np.concatenate([np.zeros(0), *(term.structure.natural(part)[0] for term, part in parts)])


def problem(name: str, key: str, record: dict[str, Any]) -> Problem:
    d, fit = record["data"], record["results"][key]
    kind = key.split("/")[0]
    k = len(d["yi"])
    rows = np.array(fit.get("rows_kept", range(1, k + 1))) - 1
    cluster = numbered(d.get("district") or d.get("trial") or d["study"])
    v = _errors(name, kind, d, cluster)
    x, terms = _design_and_terms(name, key, d, cluster)
    kept = tuple(RandomTerm(t.structure, t.group[rows], t.label, _of(t.level, rows)) for t in terms)
    y = np.array(d["yi"], dtype=float)[rows]
    errors, clusters = csr_array(v[np.ix_(rows, rows)]), numbered(cluster[rows])
    data = DependentData(blocks_of(x[rows], errors, kept, clusters), y[None])
    printed = fit["fit"]
    natural = printed["sigma2"] if kind.split("_")[0] in ("nested", "che", "study") else printed["tau2"]
    if kind.split("_")[0] in ("UN", "CS", "HCS"):
        natural = natural + printed["rho"]
    return Problem(data, errors, clusters, printed["method"] == "REML", np.array(natural[: data.blocks.q]))


def _of(level: Rows | None, rows: Rows) -> Rows:
    assert level is not None
    return level[rows]


def _errors(name: str, kind: str, d: dict[str, Any], cluster: Rows) -> Array:
    if name == "senn2013":
        return np.array(d[f"V_{kind}"])
    if "rho" in kind:
        return covariance_within(np.array(d["vi"]), cluster, float(kind.split("rho")[1]))
    if name == "berkey1998":
        return np.array(d["V"])
    if name != "kalaian1996" and not kind.startswith("nested_V"):
        return np.diag(np.array(d["vi"], dtype=float))
    return blocks_as_matrix(d)


def blocks_as_matrix(d: dict[str, Any]) -> Array:
    v = np.zeros((len(d["yi"]), len(d["yi"])))
    for block in d["V"].values():
        at = np.array(block["rows"]) - 1
        v[np.ix_(at, at)] = block["block"]
    return v


def column(d: dict[str, Any], name: str) -> Array:
    return np.array([np.nan if value is None else value for value in d[name]], dtype=float)


def _design_and_terms(
    name: str, key: str, d: dict[str, Any], cluster: Rows
) -> tuple[Array, tuple[RandomTerm, ...]]:
    kind, k = key.split("/")[0], cluster.size
    if name == "senn2013":
        if key.endswith("fixed"):
            return np.array(d["X"], dtype=float), ()
        place = np.array([int((cluster[:i] == cluster[i]).sum()) for i in range(k)])
        size = int(place.max()) + 1
        term = RandomTerm(known(0.5 + 0.5 * np.eye(size)), cluster, "contrasts", level=place)
        return np.array(d["X"], dtype=float), (term,)
    structure = kind.split("_")[0]
    if structure in OVER_OUTCOMES:
        level = numbered(d["outcome"])
        x = np.eye(int(level.max()) + 1)[level]
        if "_" in kind:
            by = column(d, {"UN_year": "year_minus_1979", "UN_log_hours": "log_hours_centred"}[kind])
            x = np.column_stack([x, x * by[:, None]])
        made: CovarianceStructure = OVER_OUTCOMES[structure](x.shape[1] if "_" not in kind else 2)
        return x, (RandomTerm(made, cluster, "outcomes", level=level),)
    names = MODERATORS.get(kind.split("_rho")[0], ())
    x = np.column_stack([np.ones(k), *(column(d, each) for each in names)])
    inner = np.arange(k)
    if kind.startswith("nested") and name == "knapp2017":
        inner = numbered([f"{a}|{b}" for a, b in zip(d["study"], d["comparison"], strict=True)])
    return x, (intercept(cluster), intercept(inner))
