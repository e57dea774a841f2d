"""What travels with dependent effects in words: the method in one sentence, and what the reader must know."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import compress

import numpy as np

from evidence.wording import counted, number
from synthesis.clustered.dependent_result import DependentPooled
from synthesis.clustered.fitted_model import METHODS
from synthesis.clustered.robust_inference import FEW_DF, TESTS_OF_CLUSTERS
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.pooling.dependent.working_models import WORKING_MODELS
from synthesis.regression.notes import dropped_note, lacking_note

_ZERO = 1e-12  # of the largest effect: what rounding leaves


def method_sentence(result: DependentPooled) -> str:
    """How the numbers were made, e.g. for the methods section of a paper."""
    known = WORKING_MODELS.get(result.model)
    name = f"{known.name} ({result.model})" if known is not None else f"random effects {result.model}"
    how = f"{METHODS[result.method]} ({result.method})"
    counts = f"{counted(result.k, 'estimate')} in {counted(result.clusters, 'cluster')}"
    return f"{counts}: model of {name}, {how}; {result.errors}; {TESTS_OF_CLUSTERS[result.test]}."


def notes(
    result: DependentPooled,
    dropped: int,
    lacking: Mapping[str, int],
    copies: Sequence[tuple[str, str]],
) -> tuple[str, ...]:
    """Sentences for the reader, most important first. copies: effects left out, each with what it repeats."""
    found = (
        dropped_note(dropped),
        _copied(copies),
        lacking_note(sum(lacking.values()), lacking),
        _agreeing(result),
        _few(result),
        _alone(result),
        _boundary(result),
        _flat(result),
    )
    return tuple(note for note in found if note)


def _copied(copies: Sequence[tuple[str, str]]) -> str:
    if not copies:
        return ""
    which = ", ".join(f"{copy} (of {first})" for copy, first in copies)
    return f"Given twice, with perfectly correlated errors and the same number, and counted once: {which}."


def _few(result: DependentPooled) -> str:
    if not (result.df < FEW_DF).any():
        return ""
    below = compress(result.names, (result.df < FEW_DF).tolist())
    whose = "" if result.p == 1 else f" of {', '.join(below)}"
    # never rounded up to 4; what rounding errors have taken from a whole number is none
    left = number(math.floor(10.0 * float(np.nanmin(result.df)) + 1e-6) / 10.0)
    degrees = "degree" if left == "1" else "degrees"
    return (
        f"Only {left} {degrees} of freedom{whose}: {counted(result.clusters, 'cluster')} say little, and "
        "below 4 such tests can reject too often; read the interval as a guess."
    )


def _agreeing(result: DependentPooled) -> str:
    """Residuals that are zero but for rounding: a robust variance is made of them."""
    residuals = result.yi - result.machinery.model.x @ result.estimate
    if result.test not in ROBUST or np.abs(residuals).max() > _ZERO * np.abs(result.yi).max():
        return ""
    return (
        "The model meets every effect exactly, so that cluster-robust standard errors are zero: tests and "
        "intervals say nothing; test 't' asks the model."
    )


def _alone(result: DependentPooled) -> str:
    if result.clusters < result.k:
        return ""
    return (
        "Every cluster has one estimate: nothing here is dependent, and effects pooled as independent have "
        "the same summary."
    )


def _boundary(result: DependentPooled) -> str:
    edges = [
        f"{part.name} of {part.term} is {part.value:g}" for part in result.components if part.at_its_edge
    ]
    return f"At the edge of what is possible: {', '.join(edges)}." if edges else ""


def _flat(result: DependentPooled) -> str:
    if not result.machinery.flat:
        return ""
    return (
        "The data cannot tell all variances and correlations apart: other values of these have the same "
        "likelihood. The estimates do not depend on which."
    )
