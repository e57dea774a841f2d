"""What stood beside the effects of a regression: plots alone read it, it is no part of the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from synthesis.plots.given import Given
from synthesis.pooling.kernel.effects import Mask
from synthesis.regression.design_matrix import Recipe


@dataclass(frozen=True, eq=False)
class Behind:
    """The table the effects came from, and the moderators of the studies in the model, by name.

    recipe: of the mean's design, where the result itself does not hold it. members: of subgroups, (g, k).
    """

    given: Given = field(default_factory=Given)
    moderators: Mapping[str, list[Any]] = field(default_factory=dict)
    recipe: Recipe | None = None
    members: Mask | None = None


Result = TypeVar("Result")


def remembering(result: Result, behind: Behind) -> Result:
    """The same result, a frozen one, with what stood behind it."""
    object.__setattr__(result, "_behind", behind)
    return result
