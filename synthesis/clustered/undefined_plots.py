"""Why a model of dependent effects lacks some kinds of plots: what each takes for independent."""

from __future__ import annotations

from collections.abc import Mapping

_RESIDUALS = "residuals of one cluster are correlated, so that they do not scatter as independent ones would"

UNDEFINED: Mapping[str, str] = {
    "funnel-contour": "its gaps are read as missing reports, and a cluster's estimates are reported together",
    "funnel-fill": "trim and fill mirrors single estimates, as if each could be missing by itself",
    "cumulative": "its steps add one independent study each",
    "baujat": "the share of an estimate in Q is its own only where errors are independent",
    "influence": "its diagnostics are of independent studies; 'leave-one-out' is of clusters and estimates",
    "gosh": "subsets of single estimates hold a cluster as often as it has estimates",
    "radial": _RESIDUALS,
    "qq": _RESIDUALS,
    "bubble": "its line is that of independent estimates, and moderators are tested in the model itself",
    "multiverse": "its other choices follow from the records of a review; from Python, fit them with other "
    "`model` and `rho`",
    "labbe": "it has one point a study, by the counts of its two groups",
    "selection": "each estimate would be selected by its own p-value, and estimates of one cluster are "
    "published together",
    "p-curve": "p-values of one cluster are no independent draws, which its tests take them for",
}
"""By kind of plot what it supposes that dependent effects do not have, as part of a sentence."""
