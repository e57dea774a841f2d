"""The maximum of the likelihood of results with numbers and of what is said of those without."""

from __future__ import annotations

from scipy import special

from synthesis.pooling.mean.inference import normal_quantile
from synthesis.pooling.unreported.likelihood import Unprinted
from synthesis.pooling.unreported.unreported_fit import UnreportedFit, maximise
from synthesis.unprinted.silent_studies import SilentStudies


def fitted(studies: SilentStudies, unprinted: Unprinted, method: str, level: float) -> UnreportedFit:
    """The maximum of the likelihood with these unprinted results."""
    chi2 = normal_quantile(level) ** 2
    return maximise(studies.printed.yi, studies.printed.vi, unprinted, method == "ML", chi2)


def ratio_p(statistic: float) -> float:
    """P of twice a loss of log-likelihood, on one degree of freedom."""
    return float(special.chdtrc(1.0, statistic))
