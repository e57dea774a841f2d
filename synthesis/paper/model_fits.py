"""What scripts reproduce of a model of dependent effects: its rows, covariance, clusters, and tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy.sparse import dok_array

from evidence.records.effects_model import EffectsModel
from evidence.selection.dependence import Dependence
from evidence.selection.grouping import group_of
from synthesis.clustered.dependent_result import DependentPooled
from synthesis.paper.fits import OVERALL
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.modelled import error_covariance

TEST_OF = "test of {}"


@dataclass(frozen=True)
class ModelFit:
    """One fit of a model: rows in the order of yi and vi; covariances: (i, j, value) of places i < j.

    moderators: each with the level of every row, none for a summary. test: of the coefficients.
    """

    name: str
    labels: tuple[str, ...]
    yi: tuple[float, ...]
    vi: tuple[float, ...]
    covariances: tuple[tuple[int, int, float], ...]
    cluster: tuple[str, ...]
    site: tuple[str, ...]
    model: str
    method: str
    test: str
    moderators: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def by_site(self) -> bool:
        """Whether the model has a random effect for each site."""
        return self.model in ("SCE", "CMVE") and len(set(self.site)) > 1

    @property
    def of_estimates(self) -> bool:
        """Whether it has random effects of estimates beside those of clusters."""
        return self.model in ("CHE", "HE") and len(set(self.cluster)) < len(self.yi)


def model_fits_of(result: AnalysisResult) -> Iterator[ModelFit]:
    """The summaries of an analysis under a model, then its model with moderators."""
    model = result.review.model_of(result.analysis)
    if model is None:
        return
    for group in result.summarised:
        if group.model is not None and group.model.summary is not None:
            name = OVERALL if group is result.overall else group.name or ""
            yield _fit(model, group.model.dependence, name, group.model.summary.fit)
    found = result.moderated
    if found is not None and found.fit is not None:
        yield _fit(model, found.dependence, "", found.fit, [each.name for each in found.tests])


def _fit(
    model: EffectsModel,
    dependence: Dependence,
    name: str,
    fit: DependentPooled,
    moderators: Sequence[str] = (),
) -> ModelFit:
    rows = dependence.rows
    covariance = error_covariance(dependence, model)
    entries = dok_array(covariance.matrix).items()
    return ModelFit(
        name,
        tuple(row.candidate.name for row in rows),
        tuple(row.effect.yi for row in rows),
        tuple(covariance.vi.tolist()),
        tuple(sorted((int(i), int(j), float(value)) for (i, j), value in entries if i < j)),
        covariance.cluster,
        tuple(row.candidate.site for row in rows),
        model.named,
        fit.method,
        fit.test,
        tuple((each, tuple(group_of(row.candidate, each) for row in rows)) for each in moderators),
    )
