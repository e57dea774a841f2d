"""`metareg`: how effects depend on what the studies differ in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from synthesis.pooling.inputs import as_level, named, read_studies
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.regression.combining import TESTS_OFFERED
from synthesis.regression.design import check
from synthesis.regression.fitting import fit_design
from synthesis.regression.reading import complete_studies, kept_studies, read_moderators
from synthesis.regression.result import MetaRegression
from synthesis.regression.wording import method_sentence, notes


def metareg(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    mods: Any,
    data: Any = None,
    slab: Any = None,
    method: str = "REML",
    test: str = "HKSJ",
    level: float = 0.95,
    intercept: bool = True,
    missing: Literal["refuse", "drop"] = "refuse",
) -> MetaRegression:
    """Regress k effects on moderators under a mixed-effects model, or a fixed-effects one with method="EE".

    yi, vi, sei, data, slab, method, test and level are as in `pool`. mods: a formula over the columns of
    `data`, such as "~ ablat + C(alloc)" (factors C, interactions *, splines bs, cs, cc, polynomials poly;
    "0 +" for no intercept); numbers (k,) or (k, q); or a data frame, whose columns of labels become factors.
    intercept: whether numbers or a data frame get an intercept; a formula says so itself. missing: whether a
    study that lacks its effect, variance or a moderator is refused or left out.

    Raises ValueError, naming the study or the moderator and what was expected, for what cannot be fitted.
    """
    method = named(method, ESTIMATORS, "method")
    test = named(test, TESTS_OFFERED, "test")
    level = as_level(level)
    studies = read_studies(yi, vi, sei, data, slab, missing)
    moderators = read_moderators(mods, data, studies.kept.size, intercept)
    complete, lacking = complete_studies([moderators], studies, missing)
    kept, labels = kept_studies(studies, complete)
    design = moderators.design(kept, labels)
    check(design, labels)
    result, batch = fit_design(
        Effects(studies.yi[complete], studies.vi[complete]), labels, design, method, test, level
    )
    incomplete = int((~complete).sum())
    said = notes(result, batch, studies.dropped, incomplete, lacking, design.alone)
    return replace(result, method_sentence=method_sentence(result), notes=said)
