"""`subgroups`: effects pooled within groups of studies, and the test that the groups differ."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any, Literal

import numpy as np

from evidence.choices import named
from evidence.effects.input_columns import column
from evidence.wording import counted
from synthesis.plots.given import Given
from synthesis.pooled import Pooled
from synthesis.pooling.api import LEVEL, METHOD, TAU2_INTERVAL, Choices, read_choices, summarise
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.inputs import Missing, Studies, as_level, read_studies, repeated_note
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.mean.inference import q_p_value, wald_se
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.repeating import predicted_by
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.regression.api import fit_design
from synthesis.regression.behind import Behind, remembering
from synthesis.regression.contrasts import TESTS_OFFERED, WaldTest, wald_test, welch_test, written
from synthesis.regression.design_matrix import ArrayRecipe, DesignMatrix, Grouping, groups_of
from synthesis.regression.result import PREDICTIONS_OFFERED
from synthesis.regression.subgroup_result import Subgroup, Subgroups, narrower_than_wald, rows_of

_FEW = 5  # studies with which a subgroup's own tau2 says little: Borenstein et al. 2009, chapter 19
_COEFFICIENT = ("estimate", "se", "statistic", "p_value", "df", "ci_low", "ci_high")


def subgroups(
    yi: Any,
    vi: Any = None,
    *,
    by: Any,
    sei: Any = None,
    data: Any = None,
    slab: Any = None,
    tau2: Literal["common", "separate"] = "separate",
    method: str = METHOD,
    test: str | None = None,
    level: float = LEVEL,
    prediction: str | None = None,
    missing: Missing = "refuse",
) -> Subgroups:
    """Pool effects within subgroups, and test whether the subgroups differ.

    by: the subgroup of each study, k labels or the name of a column of `data`. tau2: "separate" pools every
    subgroup by itself; "common" fits one model with a mean for each, better when subgroups are small.
    Everything else is as in `pool`, the defaults too; with a common tau2, the k - 1 of `prediction` is k
    less the subgroups.

    Raises ValueError, naming the study and what was expected, for input that cannot be pooled, fewer than two
    subgroups, or a common tau2 with a study for each subgroup.
    """
    separate = named(tau2, ("common", "separate"), "tau2") == "separate"
    if not separate:
        test = None if test is None else named(test, TESTS_OFFERED, "test")
        prediction = None if prediction is None else named(prediction, PREDICTIONS_OFFERED, "prediction")
    choices = read_choices(method, test, prediction, TAU2_INTERVAL, as_level(level))
    values = column(by, data, "by")
    studies = read_studies(yi, vi, sei, data, slab, missing, {"by": values})
    grouping = groups_of(_name_of(by, values), studies, missing)
    overall = _pooled(grouping.studies, choices)
    result = (_separate if separate else _common)(grouping, choices, overall)
    result = replace(result, notes=_notes(result, grouping.studies.dropped, grouping.lacking))
    kept = studies.kept.copy()
    kept[studies.kept] = grouping.studies.kept
    return remembering(result, Behind(Given.of(yi, data, kept), members=grouping.members))


def _name_of(by: Any, values: Any) -> str:
    """What the subgroups are called: the column's name where there is one."""
    name = by if isinstance(by, str) else getattr(values, "name", None)
    return "subgroup" if name is None else str(name)


def _pooled(studies: Studies, choices: Choices) -> Pooled:
    return Pooled.of(summarise(studies, choices))


def _separate(grouping: Grouping, choices: Choices, overall: Pooled) -> Subgroups:
    """Every subgroup by itself."""
    pooled = [_pooled(grouping.members_of(i), choices) for i in range(len(grouping.groups))]
    shared = {f.name for f in fields(Subgroup)} & {f.name for f in fields(Pooled)}
    groups = tuple(
        Subgroup(name=name, pooled=pooled[i], **{field: getattr(pooled[i], field) for field in shared})
        for i, name in enumerate(grouping.groups)
    )
    estimate, se, df = (np.array([getattr(g, name) for g in groups]) for name in ("estimate", "se", "df"))
    q = np.array([[g.Q, g.Q_df] for g in groups]).sum(axis=0)
    welch = bool(np.isfinite(df).any())
    plain = np.array([wald_se(one.wald, one.level) for one in pooled])
    how = "Welch's F" if welch else "a chi-squared test that takes their standard errors as known"
    sentence = f"Each subgroup pooled by itself, compared by {how}. {_pooled_by(choices)}"
    chi_squared = _chi_squared(estimate, se, grouping.groups)
    between = welch_test(estimate, se, df, chi_squared.tested) if welch else chi_squared
    return Subgroups(
        by=grouping.name,
        groups=groups,
        overall=overall,
        between=between,
        wald=_beside(choices, between, _chi_squared(estimate, plain, grouping.groups)),
        model=None,
        QE=float(q[0]),
        QE_df=float(q[1]),
        QE_p=q_p_value(q[:1], q[1:]).item(),
        tau2="separate",
        method=choices.method,
        test=choices.test,
        level=choices.level,
        method_sentence=sentence,
        notes=(),
    )


def _common(grouping: Grouping, choices: Choices, overall: Pooled) -> Subgroups:
    """One meta-regression with a mean for each subgroup."""
    studies, names = grouping.studies, grouping.groups
    if len(studies.labels) <= len(names):
        raise ValueError(
            f"there are {len(studies.labels)} studies in {len(names)} subgroups; "
            "a common tau2 needs more studies than subgroups"
        )
    effects = Effects(studies.yi, studies.vi)
    indicators = grouping.members.T.astype(float)
    means = DesignMatrix(
        indicators, names, {n: (i,) for i, n in enumerate(names)}, ArrayRecipe(names, intercept=False)
    )
    model, _ = fit_design(effects, studies.labels, means, choices.method, choices.test, choices.level)
    plain, _ = fit_design(effects, studies.labels, means, choices.method, "z", choices.level)
    between = model.contrast(_differences(len(names))).joint
    at = model.predict(np.eye(len(names)), prediction=predicted_by(choices.prediction))
    within = pool_batch(effects.repeat(len(names)).where(grouping.members), "EE", "z")
    groups = tuple(
        Subgroup(
            name=name,
            labels=grouping.members_of(i).labels,
            k=int(within.k[i]),
            tau2=model.tau2,
            I2=math.nan,
            Q=within.Q[i].item(),
            Q_df=within.Q_df[i].item(),
            Q_p=within.Q_p[i].item(),
            prediction_low=at.prediction_low[i].item(),
            prediction_high=at.prediction_high[i].item(),
            wald=(plain.ci_low[i].item(), plain.ci_high[i].item()),
            pooled=None,
            **{field: getattr(model, field)[i].item() for field in _COEFFICIENT},
        )
        for i, name in enumerate(names)
    )
    return Subgroups(
        by=grouping.name,
        groups=groups,
        overall=overall,
        between=between,
        wald=_beside(choices, between, plain.contrast(_differences(len(names))).joint),
        model=model,
        QE=model.QE,
        QE_df=model.QE_df,
        QE_p=model.QE_p,
        tau2="common",
        method=choices.method,
        test=choices.test,
        level=choices.level,
        method_sentence=f"One model with a mean for each subgroup and a common tau2. {_pooled_by(choices)}",
        notes=(),
    )


def _beside(choices: Choices, between: WaldTest, wald: WaldTest) -> WaldTest | None:
    """The test with Wald standard errors, where those of HKSJ are smaller, or give no test."""
    # Equal standard errors differ by rounding.
    wider = between.statistic <= (1 + 1e-9) * wald.statistic / wald.df1 and between.p_value >= wald.p_value
    return None if choices.test != "HKSJ" or wider else wald


def _chi_squared(estimate: Array, se: Array, names: tuple[str, ...]) -> WaldTest:
    """The test that g independent estimates are equal, whose standard errors are known."""
    spread = se * se if (se > 0).all() else np.full(se.shape, np.nan)  # nothing is known without error
    apart = _differences(len(names))
    tested = tuple(written(row, names) for row in apart)
    return wald_test(apart @ estimate, apart @ np.diag(spread) @ apart.T, math.inf, tested)


def _differences(g: int) -> Array:
    """All from the first: contrasts (g - 1, g) that are zero when g means are equal."""
    return np.column_stack([-np.ones(g - 1), np.eye(g - 1)])


def _pooled_by(choices: Choices) -> str:
    """The estimator and the test in a sentence."""
    how = (
        "Equal effects" if choices.method == "EE" else f"{ESTIMATORS[choices.method].name} ({choices.method})"
    )
    return f"{how[0].upper()}{how[1:]}; {TESTS[choices.test].name} intervals."


def _notes(result: Subgroups, dropped: int, lacking: int) -> tuple[str, ...]:
    lone = [group.name for group in result.groups if group.k == 1]
    few = [group.name for group in result.groups if 1 < group.k <= _FEW]
    flattered = [name for name, group in rows_of(result) if narrower_than_wald(group, result.test)]
    separate = result.tau2 == "separate" and result.method != "EE"
    found = (
        f"{counted(dropped)} without an effect or a variance left out." if dropped else "",
        f"{counted(lacking)} without a subgroup left out." if lacking else "",
        f"One study only in {', '.join(lone)}: it has no tau2 of its own, and the study's interval; "
        "the tests between subgroups take it as more certain than it is."
        if lone and separate
        else "",
        f"No more than {counted(_FEW)} in {', '.join(few)}: a tau2 of their own is very uncertain; "
        "consider tau2='common'."
        if few and separate
        else "",
        f"The Hartung-Knapp-Sidik-Jonkman intervals of {', '.join(flattered)} are narrower than the Wald "
        "intervals, as the studies agree better than their variances allow; consider the wider ones."
        if flattered
        else "",
        "Within subgroups the studies agree better than their variances allow, so that the F test is more "
        f"certain than the test with Wald standard errors ({result.wald}); consider the larger p."
        if result.wald is not None
        else "",
        repeated_note(tuple(label for group in result.groups for label in group.labels)),
    )
    return tuple(note for note in found if note)
