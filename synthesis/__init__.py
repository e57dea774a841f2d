"""Pooling, figures, report and commands of a living meta-analysis.

The functions below are loaded when first used, so that `import synthesis` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evidence.effects.columns import EffectSizes
    from evidence.effects.escalc import escalc
    from synthesis.diagnostics.asymmetry import count_asymmetry
    from synthesis.pooled import Pooled, pool
    from synthesis.pooled_counts import CountsPooled, pool_counts
    from synthesis.regression.api import metareg
    from synthesis.regression.location_scale import location_scale
    from synthesis.regression.location_scale_result import LocationScaleRegression
    from synthesis.regression.result import MetaRegression
    from synthesis.regression.subgroup_result import Subgroups
    from synthesis.regression.subgroups import subgroups

__all__ = [
    "CountsPooled",
    "EffectSizes",
    "LocationScaleRegression",
    "MetaRegression",
    "Pooled",
    "Subgroups",
    "count_asymmetry",
    "escalc",
    "location_scale",
    "metareg",
    "pool",
    "pool_counts",
    "subgroups",
]

_HOME = {
    "CountsPooled": "synthesis.pooled_counts",
    "EffectSizes": "evidence.effects.columns",
    "LocationScaleRegression": "synthesis.regression.location_scale_result",
    "MetaRegression": "synthesis.regression.result",
    "Pooled": "synthesis.pooled",
    "Subgroups": "synthesis.regression.subgroup_result",
    "count_asymmetry": "synthesis.diagnostics.asymmetry",
    "escalc": "evidence.effects.escalc",
    "location_scale": "synthesis.regression.location_scale",
    "metareg": "synthesis.regression.api",
    "pool": "synthesis.pooled",
    "pool_counts": "synthesis.pooled_counts",
    "subgroups": "synthesis.regression.subgroups",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'synthesis' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
