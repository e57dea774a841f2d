"""Estimators of tau2 with and without moderators against metafor 3.8-1, at 1e-8 relative."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.fitting import model_of
from synthesis.pooling.tau2.estimator import Estimator
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.generalised_q import generalised_q

REFERENCE = Path(__file__).parents[2] / "reference" / "estimators" / "estimators.json"
DATA_SETS: dict[str, Any] = json.loads(REFERENCE.read_text())
DESIGNS = {"none": 0, "one": 1, "two": 2}

# DLIT of metafor 3.8-1 ends where Q = df + tau2 tr(P), the limit of tau2 <- (Q - df) / tr(P) at weights
# 1 / (v + tau2). The expectation of Q under the sampling variances alone is df at tau2 = 0 only; with the
# right one, df - tau2 tr(P), the limit is Q = df, as in metafor 5.1-12 (test_reference_metafor.py). The test
# below shows both.
KNOWN_DIFFERENCES = {"DLIT"}


def data_of(entry: dict[str, Any], design: str) -> tuple[Effects, Array | None]:
    x = np.array(entry["x"], dtype=float)
    columns = np.column_stack([np.ones(len(x)), x[:, : DESIGNS[design]]])
    return Effects(np.array(entry["yi"]), np.array(entry["vi"])), None if design == "none" else columns


def estimator_of(name: str, v: Array) -> Estimator:
    kind, _, weights = name.partition("-")
    if not weights:
        return ESTIMATORS[kind]
    return generalised_q({"se": 1.0 / np.sqrt(v), "inverse": 1.0 / v, "ones": np.ones_like(v)}[weights])


def test_every_estimate_and_its_standard_error_agree() -> None:
    compared, wrong = 0, []
    for name, entry in DATA_SETS.items():
        for key, reference in entry["estimates"].items():
            design, method = key.split("/")
            if method in KNOWN_DIFFERENCES:
                continue
            data, columns = data_of(entry, design)
            model, units, _ = model_of(data, columns)
            found = estimator_of(method, data.v[0]).estimate(model)
            for quantity, ours in (("tau2", found.tau2), ("se_tau2", found.se)):
                value = float(ours[0] * units.scale[0] ** 2)
                if not math.isclose(value, reference[quantity], rel_tol=1e-8):
                    wrong.append(f"{name} {key} {quantity}: {value} {reference[quantity]}")
                compared += 1
    assert wrong == []
    assert compared == 6 * 3 * 6 * 2


@pytest.mark.parametrize("design", ["none", "one", "two"])
def test_known_difference_of_iterated_dersimonian_laird_is_another_equation(design: str) -> None:
    shown = 0
    for entry in DATA_SETS.values():
        reference = entry["estimates"].get(f"{design}/DLIT")
        if reference is None:
            continue
        data, columns = data_of(entry, design)
        model, units, _ = model_of(data, columns)
        theirs = np.array([reference["tau2"]]) / units.scale**2
        at = model.at(theirs)
        assert math.isclose(at.ypy[0], (model.df + theirs * at.trace_p)[0], rel_tol=1e-8)
        ours = ESTIMATORS["DLIT"].estimate(model).tau2
        assert math.isclose(model.at(ours).ypy[0], model.df[0], rel_tol=1e-12)
        assert ours[0] > 1.5 * theirs[0]
        shown += 1
    assert shown == 4
