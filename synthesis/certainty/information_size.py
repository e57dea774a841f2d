"""The optimal information size: persons that one adequate trial of the effect would need."""

from __future__ import annotations

import math

from scipy.special import ndtri

ALPHA, POWER = 0.05, 0.80
SOURCE = (
    "Optimal information size (Guyatt et al. 2011, J Clin Epidemiol 64:1283-1293; GRADE guidance 34 asks for "
    "it where the relative effect is large)"
)


def information_size(risk: float, other: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Persons in two groups of one size in which a difference of two risks is found with this power.

    The usual formula for two proportions, with the pooled one under no difference (Fleiss, Levin & Paik 2003,
    Statistical Methods for Rates and Proportions, chapter 4), without a correction for continuity. Raises
    ValueError for risks that are equal or not between 0 and 1.
    """
    if not (0.0 < risk < 1.0 and 0.0 < other < 1.0) or risk == other:
        raise ValueError(f"risks are {risk} and {other}; expected two between 0 and 1")
    mean = (risk + other) / 2.0
    none = float(ndtri(1.0 - alpha / 2.0)) * math.sqrt(2.0 * mean * (1.0 - mean))
    some = float(ndtri(power)) * math.sqrt(risk * (1.0 - risk) + other * (1.0 - other))
    return 2 * math.ceil(((none + some) / (risk - other)) ** 2)
