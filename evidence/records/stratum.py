"""Which of a study's persons an estimate is about."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from evidence.records.part import Part, Text

_RANGE = re.compile(r"^(?:(?P<only>\d+)|(?P<low>\d+)-(?P<high>\d+)|(?P<open>\d+)\+|<(?P<below>\d+))$")


class Stratum(Part):
    """The part of the study's persons that an estimate is about; empty for all of them."""

    sex: Literal["men", "women"] | None = None
    ancestry: Text | None = None
    age: Annotated[str, StringConstraints(pattern=_RANGE.pattern)] | None = Field(
        default=None, description="Years, e.g. 50+, 18-49 or <65."
    )
    group: Text | None = Field(
        default=None, description="Any other division; different names are different persons."
    )

    @property
    def age_span(self) -> tuple[float, float]:
        """Lowest and highest age in whole years, both included."""
        match = _RANGE.match(self.age or "0+")
        assert match is not None  # the pattern is part of the field
        if match["only"]:
            return float(match["only"]), float(match["only"])
        if match["open"]:
            return float(match["open"]), float("inf")
        if match["below"]:
            return 0.0, float(match["below"]) - 1
        low, high = sorted((float(match["low"]), float(match["high"])))
        return low, high

    def describe(self) -> str:
        """The stratum in words, `all` for everybody."""
        parts = [self.sex, self.ancestry, f"age {self.age}" if self.age else None, self.group]
        return ", ".join(part for part in parts if part) or "all"
