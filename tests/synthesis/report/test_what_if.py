"""The statistics of the page are those of the engine, on 20,000 random and extreme problems."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.tau2.intervals import heterogeneity_intervals

pytestmark = pytest.mark.long

MODULE = Path(__file__).parents[3] / "synthesis" / "report" / "what_if.js"
RUN = """
const {pool} = require(process.argv[1]);
const given = JSON.parse(require("fs").readFileSync(0));
const told = (key, value) => typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
const refusal = (error) => ({refused: error.message, kind: error.name});
const answer = (problem) => { try { return pool(problem); } catch (error) { return refusal(error); } };
process.stdout.write(JSON.stringify(given.map(answer), told));
"""
PROBLEMS = 20_000
ALIKE = 40
"""Problems with the same choices, which the engine takes at once."""
NEAR = 1e-9
SAME = {
    "estimate": "beta",
    "se": "se",
    "statistic": "statistic",
    "df": "df",
    "p": "p_value",
    "lower": "ci_low",
    "upper": "ci_high",
    "waldLower": "wald_low",
    "waldUpper": "wald_high",
    "tau2": "tau2",
    "I2": "I2",
    "H2": "H2",
    "Q": "Q",
    "Qdf": "Q_df",
    "Qp": "Q_p",
    "predictionLower": "prediction_low",
    "predictionUpper": "prediction_high",
    "predictionDf": "prediction_df",
}
PLACES = {
    "estimate",
    "lower",
    "upper",
    "waldLower",
    "waldUpper",
    "predictionLower",
    "predictionUpper",
}
"""Numbers on the scale of the effects, whose digits are counted in standard errors."""


def answers(problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the page's module says of problems, by node."""
    node = shutil.which("node")
    assert node, "node is not installed (apt-get install nodejs)"
    done = subprocess.run(
        [node, "-e", RUN, str(MODULE)],
        input=json.dumps(problems),
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def choices(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "estimator": str(rng.choice(["REML", "ML", "DL", "PM", "EE"])),
        "test": str(rng.choice(["z", "t", "HKSJ", "adhoc"])),
        "prediction": str(rng.choice(["t(k-1)", "t(k-2)", "z", "HTS", "HKSJ"])),
        "level": float(rng.choice([0.5, 0.8, 0.9, 0.95, 0.99, 0.999])),
    }


def data_set(rng: np.random.Generator) -> dict[str, Any]:
    """A data set of 1 to 300 studies with variances over up to 12 orders."""
    k = int(
        rng.choice([1, 2, 3, 4, 6, 10, 20, 40, 300], p=[0.05, 0.1, 0.15, 0.15, 0.2, 0.2, 0.1, 0.04, 0.01])
    )
    v = [
        rng.gamma(1.0, 1.0, k) * 10.0 ** rng.uniform(-6, 3),
        10.0 ** rng.uniform(-6, 6, k),
        np.full(k, 10.0 ** rng.uniform(-4, 4)),
        np.where(rng.random(k) < 0.2, 1e-6, 1.0) * rng.uniform(0.5, 2.0, k),
        rng.uniform(0.01, 1.0, k),
    ][rng.integers(5)]
    unit = math.sqrt(float(np.median(v)))
    tau = float(rng.choice([0.0, 0.1, 1.0, 10.0])) * unit
    y = rng.normal(float(rng.choice([0.0, 0.5, 100.0])) * unit, np.sqrt(v + tau * tau))
    if rng.random() < 0.1:
        y = np.full(k, y[0]) if rng.random() < 0.3 else np.round(y, 2)
    return {"yi": y.tolist(), "vi": v.tolist()}


def engine(problems: list[dict[str, Any]]) -> list[dict[str, float]]:
    """What the engine says of problems with the same choices."""
    chosen, most = problems[0], max(len(each["yi"]) for each in problems)
    y, v = np.full((2, len(problems), most), np.nan)
    for row, each in enumerate(problems):
        y[row, : len(each["yi"])], v[row, : len(each["vi"])] = each["yi"], each["vi"]
    effects = Effects(y, v, np.isfinite(y))
    batch = pool_batch(effects, chosen["estimator"], chosen["test"], chosen["level"], chosen["prediction"])
    bounds = heterogeneity_intervals(effects, chosen["level"])
    columns = {name: getattr(batch, own).reshape(-1) for name, own in SAME.items()}
    for name, pair in (("tau2", bounds.tau2), ("I2", bounds.I2)):
        columns |= {f"{name}Lower": pair.low, f"{name}Upper": pair.high}
    return [
        {name: float(column[row]) for name, column in columns.items()}
        | {f"weight {n}": float(w) for n, w in enumerate(batch.weights[row, : len(each["yi"])])}
        for row, each in enumerate(problems)
    ]


def apart(name: str, ours: float, engines: float, unit: dict[str, float]) -> float:
    """How far two numbers are from each other: in standard errors, in tau2 + v, or of the number itself."""
    if not math.isfinite(engines) or not math.isfinite(ours):
        return 0.0 if str(ours) == str(engines) else math.inf
    if name in PLACES:
        size = unit["se"]
    elif name.startswith("tau2"):
        size = abs(engines) + unit["v"]
    else:
        size = max(abs(engines), 1e-290 if name in ("p", "Qp", "se") else 1.0)
    return abs(ours - engines) / size


def test_every_number_of_the_page_is_the_engines() -> None:
    rng = np.random.default_rng(20261130)
    alike = [
        [data_set(rng) | chosen for _ in range(ALIKE)]
        for chosen in (choices(rng) for _ in range(PROBLEMS // ALIKE))
    ]
    problems = [each for some in alike for each in some]
    expected = [each for some in alike for each in engine(some)]
    compared, far = 0, []
    for given, said, engines in zip(problems, answers(problems), expected, strict=True):
        ours = {name: float(value) for name, value in said.items() if name not in ("weights", "k")}
        ours |= {f"weight {n}": float(w) for n, w in enumerate(said["weights"])}
        assert ours.keys() == engines.keys()
        unit = {"se": (engines["waldUpper"] - engines["waldLower"]) / 4.0, "v": min(given["vi"])}
        for name, value in engines.items():
            compared += 1
            if not apart(name, ours[name], value, unit) <= NEAR:
                far.append((name, ours[name], value, given))
    assert not far, far[:3]
    assert compared > 22 * PROBLEMS


def test_what_is_not_computed_in_the_page_is_refused_by_name() -> None:
    good = {"yi": [0.1, 0.2], "vi": [0.01, 0.02]}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"estimator": "SJ"}, "estimator 'SJ' is not computed here; expected EE, DL, PM, ML, REML"),
        ({"estimator": "toString"}, "estimator 'toString' is not computed here"),
        ({"test": "KR"}, "test 'KR' is not computed here; expected z, t, HKSJ, adhoc"),
        ({"prediction": "NNF"}, "prediction 'NNF' is not computed here"),
        ({"level": 1.0}, "expected a level between 0 and 1"),
        ({"vi": [0.01, 0.0]}, "expected variances above zero"),
        ({"vi": [0.01]}, "expected one variance for each effect"),
        ({"yi": [0.1, None]}, "expected effects that are finite numbers"),
        ({"yi": [], "vi": []}, "expected one variance for each effect"),
    ]
    said = answers([good | change for change, _ in wrong])
    for answer, (_, sentence) in zip(said, wrong, strict=True):
        assert answer["kind"] == "RangeError"
        assert answer["refused"].startswith(sentence)
