"""Pooling, figures, report and commands of a living meta-analysis.

The functions below are loaded when first used, so that `import synthesis` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evidence.effects.columns import EffectSizes
    from evidence.effects.escalc import escalc
    from synthesis.bulk.bulk_result import BulkPooled
    from synthesis.bulk.table_api import pool_table
    from synthesis.clustered.dependent_api import pool_dependent
    from synthesis.clustered.dependent_result import DependentPooled
    from synthesis.curves.dose_response_api import dose_response
    from synthesis.curves.dose_response_result import DoseResponse
    from synthesis.diagnostics.asymmetry import count_asymmetry
    from synthesis.planning.next_study_api import next_study
    from synthesis.planning.plan_update_api import plan_update
    from synthesis.planning.sequential_api import sequential
    from synthesis.pooled import Pooled, pool
    from synthesis.pooled_counts import CountsPooled, pool_counts
    from synthesis.pooling.dependent.covariance import Covariance, covariance
    from synthesis.posterior.bayes_api import bayes
    from synthesis.posterior.bayesian import Bayesian
    from synthesis.posterior.moderated import BayesianRegression
    from synthesis.posterior.robust_result import RobustBayesian
    from synthesis.rare_events.rare_api import pool_rare
    from synthesis.rare_events.rare_result import RarePooled
    from synthesis.regression.api import metareg
    from synthesis.regression.location_scale import location_scale
    from synthesis.regression.location_scale_result import LocationScaleRegression
    from synthesis.regression.result import MetaRegression
    from synthesis.regression.subgroup_result import Subgroups
    from synthesis.regression.subgroups import subgroups
    from synthesis.unprinted.unreported_api import UnreportedPooled, pool_unreported
    from synthesis.without_pooling.albatross import albatross_plot
    from synthesis.without_pooling.combine_p import CombinedPValues, combine_p
    from synthesis.without_pooling.sign_test import SignTest, sign_test
    from synthesis.without_pooling.summarise_effects import EffectSummary, summarise_effects

__all__ = [
    "Bayesian",
    "BayesianRegression",
    "BulkPooled",
    "CombinedPValues",
    "CountsPooled",
    "Covariance",
    "DependentPooled",
    "DoseResponse",
    "EffectSizes",
    "EffectSummary",
    "LocationScaleRegression",
    "MetaRegression",
    "Pooled",
    "RarePooled",
    "RobustBayesian",
    "SignTest",
    "Subgroups",
    "UnreportedPooled",
    "albatross_plot",
    "bayes",
    "combine_p",
    "count_asymmetry",
    "covariance",
    "dose_response",
    "escalc",
    "location_scale",
    "metareg",
    "next_study",
    "plan_update",
    "pool",
    "pool_counts",
    "pool_dependent",
    "pool_rare",
    "pool_table",
    "pool_unreported",
    "sequential",
    "sign_test",
    "subgroups",
    "summarise_effects",
]

_HOME = {
    "Bayesian": "synthesis.posterior.bayesian",
    "BayesianRegression": "synthesis.posterior.moderated",
    "BulkPooled": "synthesis.bulk.bulk_result",
    "CombinedPValues": "synthesis.without_pooling.combine_p",
    "CountsPooled": "synthesis.pooled_counts",
    "Covariance": "synthesis.pooling.dependent.covariance",
    "DependentPooled": "synthesis.clustered.dependent_result",
    "DoseResponse": "synthesis.curves.dose_response_result",
    "EffectSizes": "evidence.effects.columns",
    "EffectSummary": "synthesis.without_pooling.summarise_effects",
    "LocationScaleRegression": "synthesis.regression.location_scale_result",
    "MetaRegression": "synthesis.regression.result",
    "Pooled": "synthesis.pooled",
    "RarePooled": "synthesis.rare_events.rare_result",
    "RobustBayesian": "synthesis.posterior.robust_result",
    "SignTest": "synthesis.without_pooling.sign_test",
    "Subgroups": "synthesis.regression.subgroup_result",
    "UnreportedPooled": "synthesis.unprinted.unreported_api",
    "albatross_plot": "synthesis.without_pooling.albatross",
    "bayes": "synthesis.posterior.bayes_api",
    "combine_p": "synthesis.without_pooling.combine_p",
    "count_asymmetry": "synthesis.diagnostics.asymmetry",
    "covariance": "synthesis.pooling.dependent.covariance",
    "dose_response": "synthesis.curves.dose_response_api",
    "escalc": "evidence.effects.escalc",
    "location_scale": "synthesis.regression.location_scale",
    "metareg": "synthesis.regression.api",
    "next_study": "synthesis.planning.next_study_api",
    "plan_update": "synthesis.planning.plan_update_api",
    "pool": "synthesis.pooled",
    "pool_counts": "synthesis.pooled_counts",
    "pool_dependent": "synthesis.clustered.dependent_api",
    "pool_rare": "synthesis.rare_events.rare_api",
    "pool_table": "synthesis.bulk.table_api",
    "pool_unreported": "synthesis.unprinted.unreported_api",
    "sequential": "synthesis.planning.sequential_api",
    "sign_test": "synthesis.without_pooling.sign_test",
    "subgroups": "synthesis.regression.subgroups",
    "summarise_effects": "synthesis.without_pooling.summarise_effects",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'synthesis' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
