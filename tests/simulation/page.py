"""The page `docs/coverage.md`, from what was measured."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence

from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.prediction.prediction import PREDICTIONS
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.intervals import INTERVALS
from tests.simulation.clustered import ClusterRates, cluster_section
from tests.simulation.designs import I2S, KS, SEED, SIZES, Setting, all_settings
from tests.simulation.found import NONE, Found
from tests.simulation.measuring import (
    ALPHA,
    BAYES,
    CALIBRATED,
    CLASSICAL,
    ESTIMATED,
    NNF_K,
    SLOW,
    SLOW_I2,
    Measured,
    Plan,
    compared_tests,
)
from tests.simulation.sparse import SparseRates, sparse_section
from tests.simulation.thresholds import SLACK, Verdict
from tests.simulation.unprinted import SilentRates, silence_section

_ENDLESS = 100  # a relative width that needs no number
_WIDTH_AT = ("unequal", 50)


def page(
    measured: list[Measured],
    verdicts: list[Verdict],
    plan: Plan,
    clusters: Sequence[ClusterRates],
    silences: Sequence[SilentRates],
    few: Sequence[SparseRates],
) -> str:
    """The whole page as Markdown."""
    found = Found(measured)
    parts = [
        _introduction(found, plan),
        _errors(found),
        _intervals(found),
        _heterogeneity(found),
        _predictions(found),
        _estimators(found),
        cluster_section(clusters, _table),
        silence_section(silences, _table),
        sparse_section(few, _table),
        _verdicts(verdicts),
    ]
    return "\n\n".join(map(_filled, "\n\n".join(parts).split("\n\n"))) + "\n"


def _filled(block: str) -> str:
    """A paragraph with its lines filled; tables, lists and headings as they are."""
    if block.startswith(("|", "-", "#")):
        return block
    kept = block.replace(" %", "\0%")
    return textwrap.fill(kept, 118, break_long_words=False, break_on_hyphens=False).replace("\0", " ")


def _introduction(found: Found, plan: Plan) -> str:
    slow = ", ".join(f"{name} {n // plan.slow_divided_by:,}" for name, n in SLOW.items())
    errors = ", ".join(
        f"{name} {100 * found.largest_se('prediction coverage' if name == 'NNF' else 'coverage', name):.1f}"
        for name in ("HC", "NNF")
    )
    at = ", ".join(str(i2) for i2 in SLOW_I2 if i2 is not None)
    return f"""# How often intervals and tests are right

Written by `python tests/simulation/coverage.py`; do not edit by hand.

Data sets are simulated from the model that all methods assume: normal effects with known sampling variances
and a true mean of zero. The number of studies k is {_listed(KS)}; I² is {_listed(I2S)} %, which sets tau²
from the typical variance of the data set. The sampling variances are *equal*; *unequal* (one study in four,
and at least one, is ten times as large: IntHout, Ioannidis & Borm 2014); or those of *Brockwell-Gordon*
2001 (a quarter of chi-squared(1), truncated to [0.009, 0.6], new in every data set). All methods see the
same data sets (seed {SEED}).

Replicates: {plan.tests:,} for tests and intervals of the mean, {plan.others:,} for everything else; of slow
methods fewer ({slow}) and at I² {at} % only. One Monte Carlo standard error is at most
{_points(0.5, plan.tests)} percentage points for a test, and {_points(0.05, plan.tests)} where the truth is
5 %; for the slow methods it is at most {errors} points. A cell "a to b" is the lowest and highest
percentage over the I² of the design, so chance widens the ranges of slow methods. Nothing here tells how
methods do when effects are not normal or variances are themselves estimated."""


def _errors(found: Found) -> str:
    names = list(compared_tests())
    rows = [
        [sizes, str(k), *(found.range("type I error", name, _at(sizes=sizes, k=k)) for name in names)]
        for sizes in SIZES
        for k in KS
    ]
    worst = [
        [f"`{name}`", _test_name(name), *_extremes(found.sorted("type I error", name, _at()))]
        for name in names
    ]
    hksj, kr = (found.sorted("type I error", name, _at())[-1] for name in ("HKSJ", "KR"))
    nearest = sum(_nearest(found, names, setting) == "HKSJ" for setting in all_settings())
    return f"""## Tests of the mean: how often no effect is called significant

Nominal is 5 %. All tests use REML, but HC its own DL; `{CLASSICAL}` is the classical method. The z test errs
far too often with few heterogeneous studies, which is why it is not the default. The default, `HKSJ`, is
exact when studies are of equal size, and of the fast tests it is the nearest to 5 % in {nearest} of the
{len(all_settings())} settings. **It is poor with few studies of unequal size: up to {100 * hksj.value:.1f} %
({hksj.setting}).** `adhoc` guards against that with two studies, and with few that agree, where it hardly
ever finds anything; with five heterogeneous studies and more it too exceeds 5 %. `KR` never errs in more
than {100 * kr.value:.1f} % ({kr.setting}), at the price of finding next to nothing with up to five unequal
studies.

{_table(["sizes", "k", *(f"`{name}`" for name in names)], rows)}

{_table(["test", "in words", "highest", "where", "lowest", "where"], worst)}"""


def _intervals(found: Found) -> str:
    names = [*compared_tests(), BAYES]
    lowest = [
        [f"`{name}`", *(_lowest(found.sorted("coverage", name, _at(k=k))) for k in KS)] for name in names
    ]
    sizes, i2 = _WIDTH_AT
    width = [
        [f"`{name}`", *(_ratio(found.value("width", name, Setting(sizes, k, i2))) for k in KS)]
        for name in names
        if name not in ("z", CLASSICAL)
    ]
    bayes = found.sorted("coverage", BAYES, _at())[0]
    calibrated = found.range("coverage", BAYES, lambda setting: setting in CALIBRATED)
    return f"""## 95 % intervals of the mean: how often they hold it, and what that costs

The lowest coverage over all sizes and I², in percent. An interval misses exactly as often as its test errs.
What a method gains in coverage with two or three studies it pays in width, which is why `{BAYES}`
(DuMouchel's prior) is shown beside the default there. It depends on its prior: where tau is drawn from
that, it holds the mean in {calibrated} %, and elsewhere in as little as {100 * bayes.value:.1f} %
({bayes.setting}). Where an estimated tau² of zero leaves it next to no degrees of freedom, `KR` is endless.

{_table(["interval", *(f"k = {k}" for k in KS)], lowest)}

The median width, as a multiple of that of the Wald interval with the same estimator ({sizes} sizes,
I² {i2} %):

{_table(["interval", *(f"k = {k}" for k in KS)], width)}"""


def _heterogeneity(found: Found) -> str:
    rows = [
        [f"`{kind}`", interval.name, *(found.range("tau2 coverage", kind, _at(i2=i2)) for i2 in I2S)]
        for kind, interval in INTERVALS.items()
    ]
    worst = [
        f"`{kind}` {100 * ordered[0].value:.1f} % ({ordered[0].setting})"
        for kind in INTERVALS
        if (ordered := found.sorted("tau2 coverage", kind, _at()))
    ]
    return f"""## 95 % intervals of tau²: how often they hold it

Lowest and highest coverage over all sizes and k, in percent. Q-profile, the default, is exact: 95 %
whenever there is heterogeneity, and 97.5 % without, as its upper bound can then not be too low. Jackson's
and Biggerstaff's intervals are exact too, but take some thirty to a hundred times as long. Profile
likelihoods are approximate; that of ML, which ignores that the mean is estimated, is poor with few studies.
Where each is lowest: {"; ".join(worst)}.

{_table(["interval", "in words", *(f"I² {i2} %" for i2 in I2S)], rows)}"""


def _predictions(found: Found) -> str:
    shown = [i2 for i2 in I2S if i2 in SLOW_I2]
    rows = [
        [
            f"{i2} %",
            str(k),
            *(found.range("prediction coverage", kind, _at(k=k, i2=i2)) for kind in PREDICTIONS),
        ]
        for i2 in shown
        for k in KS
    ]
    words = "\n".join(f"- `{kind}`: {prediction.name}" for kind, prediction in PREDICTIONS.items())
    default = found.sorted("prediction coverage", "t(k-1)", lambda setting: setting.i2 != 0)[0]
    return f"""## 95 % prediction intervals: how often a new true effect lies inside

The average probability over data sets, in percent, lowest to highest over the three kinds of sizes. Only
`NNF` allows for the uncertainty of tau²; the others rest on its estimate, and fall short when that is zero
by chance. **The default, `t(k-1)`, promises too much with few studies:
{100 * default.value:.1f} % at worst ({default.setting}).** It is the default as it exists from two studies
on, though `t(k-2)` covers more with three and five; from ten on they hardly differ. `NNF` is the choice where
the interval itself is the question (simulated for k = {_listed(NNF_K)} only, for it is slow). Without
heterogeneity the new effect is the mean.

{_table(["I²", "k", *(f"`{kind}`" for kind in PREDICTIONS)], rows)}

{words}"""


def _estimators(found: Found) -> str:
    rows = [
        [f"`{name}`", estimator.name, *(_bias_and_rmse(found, name, setting) for setting in ESTIMATED)]
        for name, estimator in ESTIMATORS.items()
    ]
    setting = ESTIMATED[-2]
    ranked = sorted((found.value("rmse", name, setting) or math.inf, name) for name in ESTIMATORS)
    place = [name for _, name in ranked].index("REML") + 1
    heads = [f"k {s.k}, I² {s.i2} %" for s in ESTIMATED]
    return f"""## Estimators of tau²: bias and root mean squared error

In units of the typical sampling variance, with sampling variances of Brockwell-Gordon; I² 50 % is a tau² of
1, and 90 % one of 9. All but EE are biased upwards without heterogeneity, as none goes below zero. REML is
the default: little bias once there is heterogeneity, and an error among the smaller ones (with k {setting.k}
and I² {setting.i2} % the {place}th smallest of {len(ranked)}; those before it are biased downwards or, as DL,
worse at I² 90 %). With five studies no estimator is any good: the
error is about as large as tau² itself.

{_table(["", "estimator", *heads], rows)}"""


def _verdicts(verdicts: list[Verdict]) -> str:
    rows = [
        [v.threshold.claim, v.threshold.source, _measured(v), str(v.settings), "yes" if v.holds else "**no**"]
        for v in verdicts
    ]
    held = sum(v.holds for v in verdicts)
    return f"""## What was expected

{held} of {len(verdicts)} expectations hold. Each is checked whenever the page is written, and by the long
tests, with a slack of {SLACK:g} Monte Carlo standard errors; measured are percentages or percentage points,
and for bias the units above. Statements of papers are those of their abstracts; our settings are not
theirs.

{_table(["expectation", "expected by", "measured", "settings", "holds"], rows)}"""


def _measured(verdict: Verdict) -> str:
    scale, unit = (1, 2) if verdict.threshold.quantity == "bias" else (100, 1)
    low, high = (f"{round(scale * x, unit) + 0.0:.{unit}f}" for x in (verdict.lowest, verdict.highest))
    return low if low == high else f"{low} to {high}"


def _at(sizes: str | None = None, k: int | None = None, i2: int | None = None) -> Callable[[Setting], bool]:
    """Settings of the design with these; None is any."""

    def chosen(setting: Setting) -> bool:
        return (
            setting.i2 is not None
            and sizes in (None, setting.sizes)
            and k in (None, setting.k)
            and i2 in (None, setting.i2)
        )

    return chosen


def _nearest(found: Found, names: Sequence[str], setting: Setting) -> str:
    """The fast test whose error is nearest to the nominal one."""

    def distance(name: str) -> float:
        error = found.value("type I error", name, setting)
        return math.inf if error is None else abs(error - ALPHA)

    return min((name for name in names if name not in SLOW), key=distance)


def _test_name(name: str) -> str:
    return "Wald z, DerSimonian-Laird" if name == CLASSICAL else TESTS[name].name.rstrip(",")


def _extremes(rows: Sequence[Measured]) -> list[str]:
    return [text for row in (rows[-1], rows[0]) for text in (f"{100 * row.value:.1f}", str(row.setting))]


def _lowest(rows: Sequence[Measured]) -> str:
    return f"{100 * rows[0].value:.1f}" if rows else NONE


def _ratio(value: float | None) -> str:
    if value is None:
        return NONE
    return f"{value:.2f}" if value < _ENDLESS else f"> {_ENDLESS}"


def _bias_and_rmse(found: Found, name: str, setting: Setting) -> str:
    bias, rmse = (found.value(quantity, name, setting) for quantity in ("bias", "rmse"))
    return NONE if bias is None or rmse is None else f"{bias:+.2f}, {rmse:.2f}"


def _points(share: float, n: int) -> str:
    return f"{100 * math.sqrt(share * (1 - share) / n):.2f}"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:-1])) + f" or {numbers[-1]}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
