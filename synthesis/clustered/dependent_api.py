"""`pool_dependent`: several effects a study under one model, with cluster-robust inference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array

from evidence.choices import as_truth, named
from evidence.effects.input_columns import column
from evidence.wording import counted
from synthesis.clustered.dependent_result import DependentPooled
from synthesis.clustered.dependent_words import method_sentence, notes
from synthesis.clustered.fitted_model import (
    METHODS,
    FittedModel,
    ModelOfEffects,
    components,
    fit_model,
    generalised_q,
)
from synthesis.clustered.given_errors import GivenErrors, given_errors, given_twice, refuse_singular
from synthesis.clustered.robust_inference import TESTS_OF_CLUSTERS, clustered_estimates
from synthesis.plots.given import Given
from synthesis.pooling.api import LEVEL
from synthesis.pooling.batch import tested_columns
from synthesis.pooling.dependent.blocks import RandomTerm
from synthesis.pooling.dependent.covariance import Factor, covariance, factor, is_number
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.pooling.dependent.working_models import (
    STRUCTURES,
    WORKING_MODELS,
    terms_of_formulas,
    terms_of_model,
)
from synthesis.pooling.inputs import Missing, Studies, as_level, read_studies
from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.mean.inference import Coefficients, coefficients, information_criteria, quantile_t
from synthesis.regression.api import GivenModerators, complete_studies, kept_studies
from synthesis.regression.design_matrix import INTERCEPT, ArrayRecipe, DesignMatrix, check

_MOST = 1e150  # of a variance: its square is a number


def pool_dependent(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    cluster: Any,
    data: Any = None,
    slab: Any = None,
    model: str | Sequence[str] = "CHE",
    rho: Any = None,
    outcome: Any = None,
    structure: str = "UN",
    correlation: Mapping[str, Any] | None = None,
    mods: Any = None,
    intercept: bool = True,
    method: str = "REML",
    test: str = "CR2",
    level: float = LEVEL,
    missing: Missing = "refuse",
) -> DependentPooled:
    """Pool k effects of which some share persons, and say what their clusters can tell.

    yi with vi or sei as in `pool`; or vi is what `covariance` returned, a covariance matrix (k, k) as array,
    data frame or sparse matrix, or a list of the blocks on its diagonal. An estimate given twice (perfectly
    correlated errors, the same number) counts once.
    cluster: whose effects may be dependent, usually the study: k labels or a column of `data`.
    model: "CHE" (random effects of clusters and of estimates, correlated errors), "CE" (of clusters alone),
    "HE" (both, independent errors), "SCE" (a random effect for each outcome of a cluster), "CMVE" (the same,
    correlated); or random effects as formulas, "~ 1 | district/school", "~ outcome | study" with `structure`
    (UN, CS, HCS, DIAG, ID, AR, HAR, CAR, NET), "~ dose | study", a list for crossed ones. Pustejovsky &
    Tipton 2022. rho: the correlation of the errors of two estimates of a cluster, a number, or as in
    `covariance`; needed wherever a model has correlated errors and vi does not hold them. outcome: of SCE and
    CMVE.
    correlation: known correlation matrices of random effects, {"species": data frame}.
    mods: as in `metareg`. method: REML, ML, HTJ (moments with approximate weights, for CE and HE: Hedges,
    Tipton & Johnson 2010, the robust variance estimation of robumeta), or EE for no random effects.
    test: "CR2" (bias-reduced cluster-robust variance, Satterthwaite's df; Pustejovsky & Tipton 2018), "CR0",
    "CR1", "CR1S", "CR3", or from the model "t" (containment df) and "z".

    Raises ValueError, naming the study or column and the way out, for what cannot be pooled.
    """
    test = named(test, TESTS_OF_CLUSTERS, "test")
    method = named(method, METHODS, "method")
    level = as_level(level)
    known = given_errors(vi)
    variances = vi if known is None else known.matrix.diagonal()
    given = None if mods is None else GivenModerators.of(mods, data, as_truth(intercept, "intercept"))
    beside = {"cluster": column(cluster, data, "cluster"), "outcome": column(outcome, data, "outcome")}
    studies = read_studies(
        yi, variances, sei, data, slab, missing, beside | (given.beside if given is not None else {})
    )
    kept, labels, design, lacking = _designed(studies, given, missing)
    asked = _Asked(model, structure, correlation, rho, method, test)
    rows = _Rows.of(studies, kept, outcome is not None, data, asked)
    copies: tuple[tuple[str, str], ...] = ()
    again = rows.given_twice(known, studies.yi[kept[studies.kept]], design)
    if (again >= 0).any():
        once = again < 0
        kept = kept.copy()
        kept[np.flatnonzero(kept)[~once]] = False
        copies = tuple((labels[i], labels[j]) for i, j in enumerate(again.tolist()) if j >= 0)
        labels, design = tuple(compress(labels, once)), replace(design, matrix=design.matrix[once])
        rows = _Rows.of(studies, kept, outcome is not None, data, asked)
    chosen = kept[studies.kept]
    effects = Studies(studies.yi[chosen], studies.vi[chosen], labels, studies.dropped, kept)
    _refuse_extremes(effects)
    clusters, terms = rows.clusters, rows.terms
    v, said = asked.errors(known, effects, clusters, rows.outcomes, kept)
    _refuse_few(clusters, design, terms, test)
    fitted = fit_model(
        ModelOfEffects(design.matrix, effects.yi, v, terms, clusters.number, method, asked.rho_of_moments())
    )
    result = DependentPooled(
        labels=labels,
        yi=effects.yi,
        vi=effects.vi,
        cluster=clusters.labels,
        k=len(labels),
        clusters=len(clusters.names),
        names=design.names,
        terms=design.terms,
        recipe=design.recipe,
        model=asked.word,
        rho=asked.one_rho,
        errors=said,
        method=method,
        test=test,
        level=level,
        machinery=fitted,
        **_numbers(fitted, design, test, level),
    )
    told = notes(result, studies.dropped, lacking, copies)
    result = replace(result, method_sentence=method_sentence(result), notes=told)
    object.__setattr__(result, "_given", Given.of(yi, data, kept))
    return result


def _numbers(fitted: FittedModel, design: DesignMatrix, test: str, level: float) -> dict[str, Any]:
    """Every number of the result that follows from the fit, by the names of its fields."""
    estimates = clustered_estimates(fitted, design.names, test)
    se = np.sqrt(np.diag(estimates.covariance))
    found = coefficients(estimates.beta, se, estimates.df, level)
    k, p = design.matrix.shape
    moderators = np.arange(p)[tested_columns(design.matrix)]
    parameters = p + fitted.theta.size
    restricted = fitted.restricted
    loglik = fitted.loglik(restricted)
    criteria = information_criteria(
        np.array([loglik]), parameters, np.array([float(k - p if restricted else k)])
    )
    low, high = _prediction(fitted, found, level)
    return {
        "weights": _weights(fitted),
        "estimate": found.estimate,
        "se": found.se,
        "statistic": found.statistic,
        "p_value": found.p_value,
        "df": found.df,
        "ci_low": found.low,
        "ci_high": found.high,
        "covariance": estimates.covariance,
        "model_se": np.sqrt(np.diag(fitted.covariance)),
        "components": components(fitted),
        "Q": generalised_q(fitted),
        "QM": estimates.test(np.eye(p)[moderators]),
        "prediction_low": low,
        "prediction_high": high,
        "loglik_ml": fitted.loglik(restricted=False),
        "loglik_reml": fitted.loglik(restricted=True),
        "AIC": criteria.AIC.item(),
        "BIC": criteria.BIC.item(),
        "AICc": criteria.AICc.item(),
    }


def _prediction(fitted: FittedModel, found: Coefficients, level: float) -> tuple[float, float]:
    """Where a new estimate of a new cluster is expected, never narrower than the interval of the mean."""
    total = fitted.total_variance()
    if found.estimate.size > 1 or fitted.model.method == "EE" or math.isnan(total):
        return math.nan, math.nan
    half = quantile_t(found.df, level) * np.sqrt(found.se**2 + total)
    return float((found.estimate - half)[0]), float((found.estimate + half)[0])


def _weights(fitted: FittedModel) -> Array:
    """Percent of each effect in a single coefficient, shape (k,); nan for several."""
    blocks = fitted.blocks
    weights = np.full(blocks.k, math.nan)
    if blocks.p > 1:
        return weights
    for part in fitted.fit.stacks:
        real = part.stack.real
        weights[part.stack.rows[real]] = part.leverage[0, ..., 0][real]
    ones = blocks.x[:, 0]
    share: Array = 100.0 * weights * ones / float(weights @ ones)
    return share


def _designed(
    studies: Studies, given: GivenModerators | None, missing: str
) -> tuple[Mask, tuple[str, ...], DesignMatrix, dict[str, int]]:
    """Which of the studies given are in the model, their labels, the design, and how many lack what."""
    if given is None:
        k = len(studies.labels)
        if k < 2:
            raise ValueError(f"{studies.labels[0]} is the only effect; expected two or more, or `pool`")
        matrix = np.ones((k, 1))
        design = DesignMatrix(matrix, (INTERCEPT,), {INTERCEPT: (0,)}, ArrayRecipe((), intercept=True))
        return studies.kept, studies.labels, design, {}
    moderators = given.read(studies)
    complete, lacking = complete_studies([moderators], studies, missing)
    kept, labels = kept_studies(studies, complete)
    design = moderators.design(kept, labels)
    check(design, labels)
    return kept, labels, design, lacking


def _kept_factor(values: Any, name: str, kept: Mask) -> Factor:
    if isinstance(values, str) or not np.iterable(values):
        raise ValueError(f"{name} is {values!r}; expected a label for each effect, or a column of `data`")
    listed = list(values)
    if len(listed) != kept.size:
        raise ValueError(f"{name} has {len(listed)} labels for {kept.size} effects; expected one each")
    return factor(list(compress(listed, kept.tolist())), name, int(kept.sum()))


@dataclass(frozen=True, eq=False)
class _Kept:
    """Columns of a table, of the rows that are in the model."""

    data: Any
    kept: Mask

    def __getitem__(self, name: Any) -> Any:
        values = self.data[name]
        if hasattr(values, "loc"):
            return values[self.kept]
        return np.asarray(values, dtype=object)[self.kept]

    @property
    def columns(self) -> Any:
        """The names of the table's columns."""
        from evidence.effects.input_columns import names_of

        return names_of(self.data)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What was asked of the random effects and of the errors."""

    model: str | Sequence[str]
    structure: str
    correlation: Mapping[str, Any] | None
    rho: Any
    method: str
    test: str

    @property
    def formulas(self) -> tuple[str, ...]:
        """Random effects as formulas; none for a model of the literature."""
        listed = (self.model,) if isinstance(self.model, str) else self._several()
        return listed if any("|" in text or "~" in text for text in listed) else ()

    def _several(self) -> tuple[str, ...]:
        """Formulas of several terms. Raises ValueError for what is neither text nor texts."""
        if not np.iterable(self.model) or not all(isinstance(each, str) for each in self.model):
            raise ValueError(
                f"model is {self.model!r}; expected {', '.join(WORKING_MODELS)}, or random effects as "
                "formulas"
            )
        return tuple(self.model)

    @property
    def word(self) -> str:
        """The model's name, or its formulas."""
        if self.formulas:
            return " + ".join(self.formulas)
        return named(self.model, WORKING_MODELS, "model")

    @property
    def one_rho(self) -> float | None:
        """rho where it is one number."""
        return float(self.rho) if is_number(self.rho) else None

    def terms(
        self, clusters: Factor, outcomes: Factor | None, frame: _Kept, k: int
    ) -> tuple[RandomTerm, ...]:
        """The random terms."""
        structure = named(self.structure, STRUCTURES, "structure")
        if self.correlation and not self.formulas:
            raise ValueError(
                f"model {self.word} has no known correlation; expected formulas beside `correlation`"
            )
        if self.method == "HTJ" and self.test not in ROBUST:
            raise ValueError(f"HTJ has weights and no model for test {self.test!r} to trust; expected CR2")
        if self.method == "HTJ" and (self.formulas or self.word not in ("CE", "HE")):
            raise ValueError(f"method HTJ has weights for the models CE and HE, not for {self.word}")
        if self.method in ("EE", "HTJ"):
            return ()
        if self.formulas:
            data = None if frame.data is None else frame
            return terms_of_formulas(self.formulas, structure, data, k, self.correlation)
        return terms_of_model(self.word, clusters, outcomes)

    def rho_of_moments(self) -> float | None:
        """The correlation that approximate weights assume; None for independent errors, or other methods.

        Raises ValueError where they would need one number and have another form, or a covariance matrix.
        """
        if self.method != "HTJ" or self.word == "HE":
            return None
        if self.one_rho is None:
            raise ValueError("method HTJ weighs correlated effects by one number rho; expected it")
        return self.one_rho

    def errors(
        self,
        known: GivenErrors | None,
        effects: Studies,
        clusters: Factor,
        outcomes: Factor | None,
        kept: Mask,
    ) -> tuple[csr_array, str]:
        """The sampling covariance of the effects kept, and what was assumed of it."""
        if known is not None:
            if self.rho is not None:
                raise ValueError("vi holds the covariances already; expected no rho beside them")
            matrix = known.among(kept, clusters)
            refuse_singular(matrix, clusters)
            return matrix, known.sentence
        working = None if self.formulas else WORKING_MODELS[self.word]
        if working is not None and not working.correlated and self.rho is not None:
            raise ValueError(
                f"model {self.word} has independent errors and rho is {self.rho!r}; expected no rho, or "
                "model='CHE'"
            )
        if self.rho is None and (working is None or not working.correlated):
            return csr_array(diags_array(effects.vi)), "independent errors"
        subgroup = outcomes if working is not None and working.by_outcome else None
        made = covariance(
            effects.vi,
            cluster=clusters.labels,
            rho=self.rho,
            subgroup=None if subgroup is None else subgroup.labels,
            outcome=None if outcomes is None else outcomes.labels,
        )
        return made.matrix, made.sentence


@dataclass(frozen=True, eq=False)
class _Rows:
    """Whose the effects kept are, and their random terms."""

    kept: Mask
    clusters: Factor
    outcomes: Factor | None
    terms: tuple[RandomTerm, ...]

    @classmethod
    def of(cls, studies: Studies, kept: Mask, by_outcome: bool, data: Any, asked: _Asked) -> _Rows:
        """From the columns of the studies given."""
        clusters = _kept_factor(studies.beside["cluster"], "cluster", kept)
        outcomes = _kept_factor(studies.beside["outcome"], "outcome", kept) if by_outcome else None
        terms = asked.terms(clusters, outcomes, _Kept(data, kept), int(kept.sum()))
        return cls(kept, clusters, outcomes, terms)

    def given_twice(self, known: GivenErrors | None, yi: Array, design: DesignMatrix) -> Rows:
        """Of each effect the earlier one that it is a copy of, or -1."""
        if known is None:
            return np.full(int(self.kept.sum()), -1)
        matrix = known.among(self.kept, self.clusters)
        return given_twice(matrix, yi, design.matrix, self.terms, self.outcomes)


def _refuse_extremes(effects: Studies) -> None:
    """Variances whose products are no numbers any more."""
    far = (effects.vi > _MOST) | (effects.vi < 1.0 / _MOST)
    if far.any():
        at = int(far.argmax())
        raise ValueError(
            f"{effects.labels[at]}: vi is {effects.vi[at]:g}; expected between {1.0 / _MOST:g} and "
            f"{_MOST:g}: choose other units"
        )


def _refuse_few(clusters: Factor, design: DesignMatrix, terms: Sequence[RandomTerm], test: str) -> None:
    j, p = len(clusters.names), len(design.names)
    if j == 1:
        raise ValueError(
            f"{clusters.names[0]} is the only cluster; expected two or more, as nothing else tells what "
            "differs between clusters"
        )
    if p >= j and test in ROBUST:
        raise ValueError(
            f"{counted(j, 'cluster')} for {counted(p, 'coefficient')} ({', '.join(design.names)}), and with "
            f"{test} clusters alone say how sure these are; expected more clusters than coefficients: leave "
            "moderators out, or let the model say it, with test='t'"
        )
    q = sum(term.structure.q for term in terms)
    if q > j:
        raise ValueError(
            f"{counted(j, 'cluster')} for {q} variances and correlations of random effects; expected no more "
            "of these than clusters: choose a simpler structure (CS, DIAG), or the model CHE"
        )
