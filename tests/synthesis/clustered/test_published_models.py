"""`pool_dependent` on published data sets, as a user writes it, against the exact maxima."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis import pool_dependent
from tests.synthesis.pooling.dependent_problems import blocks_as_matrix, reference

OUTCOMES = ("UN", "DIAG", "CS", "HCS")


def asked_for(name: str, kind: str, d: dict[str, Any]) -> dict[str, Any]:
    """How the fit is asked for: the arguments of `pool_dependent`."""
    frame = pd.DataFrame({key: values for key, values in d.items() if key not in ("V",)})
    cluster = next(key for key in ("district", "trial", "study") if key in d)
    asked: dict[str, Any] = {"data": frame, "cluster": cluster, "vi": "vi", "missing": "drop"}
    structure = kind.split("_")[0]
    if structure in OUTCOMES:
        asked |= {"model": f"~ outcome | {cluster}", "structure": structure, "mods": "~ 0 + outcome"}
        asked["vi"] = np.array(d["V"]) if name == "berkey1998" else blocks_as_matrix(d)
        by = {"UN_year": "year_minus_1979", "UN_log_hours": "log_hours_centred"}.get(kind)
        return asked if by is None else asked | {"mods": f"~ 0 + outcome + outcome:{by}"}
    if "rho" in kind:
        asked |= {"model": "CHE", "rho": float(kind.split("rho")[1])}
    else:
        inner = {"knapp2017": "comparison", "konstantopoulos2011": "school"}.get(name, "effect")
        asked["model"] = f"~ 1 | {cluster}/{inner}"
        if kind.startswith("nested_V"):
            asked["vi"] = blocks_as_matrix(d)
    mods = {
        "nested_year": "~ year_centred",
        "nested_V_difficulty": "~ difficulty",
        "che_moderators": "~ binge + followup_centred + males_centred",
    }.get(kind.split("_rho")[0])
    return asked if mods is None else asked | {"mods": mods}


FITS = {
    "berkey1998": 9, "corrdat": 8, "hierdat": 8, "kalaian1996": 10, "knapp2017": 7, "konstantopoulos2011": 7
}  # fmt: skip


@pytest.mark.parametrize("name", FITS)
def test_every_fit_of_a_published_data_set_is_the_exact_one(name: str, shared: Path) -> None:
    record, compared = reference(shared, name), 0
    for key, fit in record["results"].items():
        if "exact" not in fit:
            continue
        kind, method = key.split("/")
        found = pool_dependent("yi", method=method, **asked_for(name, kind, record["data"]))
        exact = fit["exact"]
        loglik = found.loglik_ml if method == "ML" else found.loglik_reml
        assert loglik == pytest.approx(exact["loglik"], abs=1e-8), key
        assert_allclose(found.estimate, exact["beta"], rtol=1e-8, atol=1e-8, err_msg=key)
        assert_allclose(found.model_se, exact["se"], rtol=1e-8, atol=1e-8, err_msg=key)
        assert_allclose(found.se, exact["CR2"]["se"], rtol=1e-8, err_msg=key)
        assert_allclose(found.df, exact["CR2"]["df_satterthwaite"], rtol=1e-8, err_msg=key)
        values = [part.value for part in found.components]
        # outcomes stand in the order of their first rows, theirs in that of the alphabet
        assert_allclose(sorted(values), sorted(exact["estimate"]), rtol=1e-8, atol=1e-8, err_msg=key)
        compared += 1
    assert compared == FITS[name]


def test_the_words_of_a_result() -> None:
    data = pd.DataFrame(
        {
            "yi": [0.10, 0.30, 0.25, 0.50, 0.45, 0.70, 0.20, 0.05],
            "vi": [0.02, 0.03, 0.02, 0.05, 0.04, 0.03, 0.02, 0.06],
            "study": list("AABBCCDE"),
        }
    )
    found = pool_dependent("yi", "vi", cluster="study", data=data, rho=0.6)
    assert str(found).splitlines()[0] == "8 estimates in 5 clusters, model CHE"
    assert found.method_sentence == (
        "8 estimates in 5 clusters: model of correlated and hierarchical effects (CHE), restricted maximum "
        "likelihood (REML); errors of the same persons are correlated 0.6; cluster-robust CR2 (bias-reduced) "
        "standard errors with Satterthwaite degrees of freedom."
    )
    assert any(
        note.startswith("Only ") and "below 4 such tests can reject too often" in note for note in found.notes
    )
    plain = pool_dependent("yi", "vi", cluster="study", data=data, model="HE", method="ML", test="z")
    assert plain.method_sentence == (
        "8 estimates in 5 clusters: model of hierarchical effects (HE), maximum likelihood (ML); independent "
        "errors; model-based standard errors and the normal distribution."
    )
    assert "z" in str(plain).splitlines()[1].split()
    assert "df" not in str(plain).splitlines()[1].split()
    assert {"t", "df"} <= set(str(found).splitlines()[1].split())
    fixed = pool_dependent("yi", "vi", cluster="study", data=data, method="EE", rho=0.6)
    assert "generalised least squares without random effects" in fixed.method_sentence
    assert np.isnan([fixed.prediction_low, fixed.prediction_high]).all()
