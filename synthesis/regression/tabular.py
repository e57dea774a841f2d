"""How results show themselves: a title, an aligned table, facts and sentences; and as plain Python."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from evidence.wording import fixed, interval, number, p_number
from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array

Cells = Sequence[str]


class Tabular(AsData, ABC):
    """A frozen result with text, HTML, data frame and dictionary views of the same numbers."""

    @abstractmethod
    def _title(self) -> str: ...

    @abstractmethod
    def _header(self) -> Cells:
        """Column names of the printed table, the first of which is that of the row names."""

    @abstractmethod
    def _body(self) -> list[Cells]:
        """Printed rows, each as long as the header."""

    @abstractmethod
    def _columns(self) -> dict[str, Any]:
        """Columns of the data frame, in full precision."""

    def _facts(self) -> list[tuple[str, str]]:
        """Further numbers, one name and text a row."""
        return []

    def _sentences(self) -> tuple[str, ...]:
        return ()

    def __str__(self) -> str:
        facts = self._facts()
        width = max((len(name) for name, _ in facts), default=0)
        return "\n".join(
            [
                self._title(),
                *("  " + line for line in aligned([self._header(), *self._body()])),
                *(f"  {name:<{width}}  {text}" for name, text in facts),
                *("  " + sentence for sentence in self._sentences()),
            ]
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in self._header())
        rows = "".join(_html_row(cells) for cells in self._body())
        span = len(self._header()) - 1
        facts = "".join(
            f'<tr><th>{html.escape(name)}</th><td colspan="{span}">{html.escape(text)}</td></tr>'
            for name, text in self._facts()
        )
        sentences = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self._sentences())
        return (
            f"<table><caption>{html.escape(self._title())}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}{facts}</tbody></table>{sentences}"
        )


class CoefficientsShown(Protocol):
    """What the printed table of coefficients reads of a result; arrays of shape (p,)."""

    @property
    def estimate(self) -> Array: ...
    @property
    def se(self) -> Array: ...
    @property
    def statistic(self) -> Array: ...
    @property
    def df(self) -> Array: ...
    @property
    def p_value(self) -> Array: ...
    @property
    def ci_low(self) -> Array: ...
    @property
    def ci_high(self) -> Array: ...


def coefficient_rows(result: CoefficientsShown, names: Sequence[str], with_df: bool) -> list[Cells]:
    """A printed row a coefficient: estimate, se, statistic, df where they are shown, p and interval."""
    return [
        (
            name,
            number(result.estimate[i]),
            number(result.se[i]),
            fixed(result.statistic[i], 3),
            *((number(result.df[i]),) if with_df else ()),
            p_number(result.p_value[i]),
            interval((result.ci_low[i], result.ci_high[i])),
        )
        for i, name in enumerate(names)
    ]


def aligned(rows: Sequence[Cells]) -> list[str]:
    """Lines with the first column to the left and numbers to the right."""
    widths = list(map(lambda *column: max(map(len, column)), *rows))
    return [
        "  ".join(
            cell.rjust(widths[i]) if i else cell.ljust(widths[i]) for i, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]


def _html_row(cells: Cells) -> str:
    name, *rest = (html.escape(cell) for cell in cells)
    return f"<tr><th>{name}</th>" + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
