"""Survey estimation: weighted estimates with variances that respect strata, PSUs and domains.

    design = SurveyDesign(weights, strata, psu)          # everybody examined, shape (n,)
    x, names = model_matrix({"LBXHGB": hb, "age": age})  # (n, p) with "(Intercept)" first
    fit = linear(design, y, x, domain=mask, names=names)
    fit.coefficient("LBXHGB")                            # estimate, se, df, t, p, ci_low, ci_high, reason

The design always holds everybody; who is analysed is said by `domain`, a boolean mask of shape (n,). A row
with a missing value in what is analysed, or with weight zero, is outside the domain; the former are counted
in `missing`. Arrays, lists and pandas columns are accepted.

SurveyDesign(weights, strata=None, psu=None, lonely="refuse")   lonely: refuse, certainty, adjust, average
combine_weights(weights, cycle, years)              the weights of several cycles together
linear(design, y, x, domain=None, names=None)       LinearFit as R's survey::svyglm
ordinary(y, x, weights=None, names=None)            LinearFit, model-based, as R's lm
    LinearFit: names, coef, cov, se, df, residual_df, t, p, ci(level), coefficient(name, level), n, missing,
    n_psu, n_strata, rss, with_df(df), test(names)
    df is PSUs minus strata in the domain; residual_df is what summary.svyglm uses (df + 1 - p), and
    fit.with_df(fit.residual_df) gives its p values and intervals.
    With df <= 0 both are nan, and `reason` says so.
glm(design, y, x, family, domain=None, names=None, offset=None)   GLMFit; family: binomial, poisson
    GLMFit: as LinearFit, without rss, with family, deviance, dispersion, fitted
spline(design, name, values, knots=4, domain=None)  Spline: columns(values), nonlinearity(fit), curve(fit, at)
impute(data, imputations=20, seed=1)                completed data frames, by chained equations
combine_imputations(fits)                           CombinedFit: as LinearFit, by Rubin's rules
fit.contrast(names, rows)                           linear combinations of coefficients, of any fit
trend(design, y, score, domain=None)                the regression of y on a score: LinearFit of two columns
mean, total, proportion, standard_deviation         Estimates: names, estimate, cov, se, df, ci(level), n
quantile(design, y, probabilities, domain=None)     Quantiles, as svyquantile (rule "math")
chi_square(design, row, column, domain=None)        ChiSquare: F, df1, df2, p (Rao-Scott, as svychisq)
piecewise(design, y, exposure, covariates=None, domain=None)  Piecewise: turning point, slopes, tests
turning_point_interval(...)                         its bootstrap interval, same arguments
smooth(design, y, exposure, covariates=None, domain=None)     Smooth: curve(at) with a pointwise band
SurveyError, CollinearError(columns), SeparationError(columns)   one clear sentence
"""

from studies.survey.cross_tables import ChiSquare, chi_square
from studies.survey.describe import (
    Proportions,
    Quantiles,
    mean,
    proportion,
    quantile,
    standard_deviation,
    total,
)
from studies.survey.design import CollinearError, SurveyDesign, SurveyError, combine_weights
from studies.survey.estimates import Coefficient, Estimates, WaldTest
from studies.survey.generalised import GLMFit, glm
from studies.survey.imputation import impute
from studies.survey.matrix import model_matrix
from studies.survey.regression import LinearFit, RegressionFit, linear, ordinary, trend
from studies.survey.rubin import CombinedFit, combine_imputations
from studies.survey.separation import SeparationError
from studies.survey.smoothing import Curve, Smooth, smooth
from studies.survey.spline import Spline, spline
from studies.survey.turning_point import Piecewise, TurningPointInterval, piecewise, turning_point_interval

__all__ = [
    "ChiSquare",
    "Coefficient",
    "CollinearError",
    "CombinedFit",
    "Curve",
    "Estimates",
    "GLMFit",
    "LinearFit",
    "Piecewise",
    "Proportions",
    "Quantiles",
    "RegressionFit",
    "SeparationError",
    "Smooth",
    "Spline",
    "SurveyDesign",
    "SurveyError",
    "TurningPointInterval",
    "WaldTest",
    "chi_square",
    "combine_imputations",
    "combine_weights",
    "glm",
    "impute",
    "linear",
    "mean",
    "model_matrix",
    "ordinary",
    "piecewise",
    "proportion",
    "quantile",
    "smooth",
    "spline",
    "standard_deviation",
    "total",
    "trend",
    "turning_point_interval",
]
