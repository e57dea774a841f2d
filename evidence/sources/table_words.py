"""Words of tables that mean one word of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Words: TypeAlias = Mapping[str, tuple[str, ...]]

SEXES: Words = {
    "men": ("m", "male", "males", "men", "man", "boys"),
    "women": ("f", "female", "females", "women", "woman", "girls"),
    "": (
        *("both", "both sexes", "all", "mixed", "any", "combined", "m&f", "m/f", "m+f", "f/m"),
        *("men and women", "male and female", "males and females"),
    ),
}
ADJUSTMENTS: Words = {
    "none": ("none", "no", "unadjusted", "crude", "univariable", "univariate", "false", "0"),
    "minimal": ("minimal", "minimally adjusted", "age-adjusted", "age and sex", "age, sex", "partial"),
    "full": ("full", "fully adjusted", "yes", "adjusted", "multivariable", "multivariate", "true", "1"),
    "not stated": ("not stated", "unclear"),
}
