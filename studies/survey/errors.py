"""What can be wrong with a survey design or with what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence


class SurveyError(ValueError):
    """One sentence: what is wrong, where, what was expected."""


class CollinearError(SurveyError):
    """Columns that the columns before them already determine; `columns` names them."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        super().__init__(
            f"collinear columns in this domain: {', '.join(self.columns)}; each is determined by the columns "
            "before it, so it has no coefficient of its own: leave it out"
        )
