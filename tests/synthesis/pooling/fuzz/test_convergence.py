"""Problems at which Fisher scoring stops, or stays below the best likelihood, have an estimate here."""

import json
from pathlib import Path

import numpy as np

from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.kernel.fitting import estimate_batch
from synthesis.pooling.kernel.likelihood import RESTRICTED
from synthesis.pooling.kernel.one_mean import intercept_model

REFERENCE = Path(__file__).parents[3] / "reference" / "convergence" / "convergence.json"


def test_every_problem_has_the_largest_likelihood_found_by_anyone() -> None:
    reference = json.loads(REFERENCE.read_text())
    compared = failed = missed = 0
    for units in ("as_given", "rescaled"):
        for example in reference[units]["examples"]:
            data = Effects(np.array(example["yi"]), np.array(example["vi"]))
            model, scale = intercept_model(data)
            ours = estimate_batch(data, "REML").tau2 / scale.scale**2
            value = RESTRICTED.value(model.at(ours), model)[0]
            at = model.at(ours)
            assert abs(at.yppy[0] / at.trace_p[0] - 1.0) < 1e-10 or (
                ours[0] == 0 and at.yppy[0] <= at.trace_p[0]
            )
            compared += 1
            if example["tau2"] is None:
                failed += 1
                continue
            theirs = RESTRICTED.value(model.at(example["tau2"] / scale.scale**2), model)[0]
            assert value >= theirs - 1e-10 * abs(theirs)
            missed += value > theirs + 1e-6
    assert (compared, failed, missed) == (166, 6, 80)


def test_the_counts_that_the_documentation_gives() -> None:
    reference = json.loads(REFERENCE.read_text())
    assert reference["problems"] == 2000
    counts = {
        u: [sum(reference[u][c].values()) for c in ("failed", "missed")] for u in ("as_given", "rescaled")
    }
    assert counts == {"as_given": [3, 359], "rescaled": [3, 185]}
