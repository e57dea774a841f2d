"""Many cases of one kind: some for every day, all of them for the continuous integration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

_MARKED = type(pytest.param())


def thinned(cases: Iterable[Any], every: int = 3) -> list[Any]:
    """The cases of a parametrized test; all but the first of each `every` are among the long ones.

    A case is one value: several that belong together are given as a tuple. One that has marks keeps them.
    """

    def one(i: int, case: Any) -> Any:
        if isinstance(case, _MARKED):
            return case
        values = case if isinstance(case, tuple) else (case,)
        return pytest.param(*values, marks=pytest.mark.long if i % every else ())

    return [one(i, case) for i, case in enumerate(cases)]
