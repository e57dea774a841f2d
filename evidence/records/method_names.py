"""The methods that review.yaml may name; synthesis.pooling has them."""

from __future__ import annotations

from collections.abc import Mapping

ESTIMATOR_NAMES = (
    *("EE", "DL", "DL2", "DLIT", "HE", "CA2", "HS", "HSk", "SJ", "SJIT", "EB", "PM", "PMM"),
    *("GENQ", "GENQM", "ML", "REML"),
)
"""Estimators of the between-study variance that review.yaml may name; synthesis.pooling has them."""

TEST_NAMES: Mapping[str, str | None] = {
    "z": None,
    "t": None,
    "HKSJ": None,
    "adhoc": None,
    "KR": "REML",
    "HC": "DL",
}
"""Tests, each with the one estimator it is defined for."""

PREDICTION_NAMES: Mapping[str, str | None] = {
    "t(k-1)": None,
    "t(k-2)": None,
    "z": None,
    "HTS": None,
    "HKSJ": None,
    "NNF": "heterogeneity",
}
"""Prediction intervals; those that need an estimate of heterogeneity say so."""
