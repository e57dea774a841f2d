"""Results that show themselves as named rows, a sentence on the method and notes: as text and as HTML."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod

from synthesis.pooling.as_data import AsData


class NamedRows(AsData, ABC):
    """A frozen result with a title, rows of a name and a text, its method in a sentence, and notes."""

    method_sentence: str
    notes: tuple[str, ...]

    @abstractmethod
    def _title(self) -> str: ...

    @abstractmethod
    def _rows(self) -> list[tuple[str, str]]: ...

    def __str__(self) -> str:
        rows = self._rows()
        width = max(len(name) for name, _ in rows)
        lines = [self._title(), *(f"  {n:<{width}}  {t}" for n, t in rows), f"  {self.method_sentence}"]
        return "\n".join([*lines, *(f"  Note: {note}" for note in self.notes)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(n)}</th><td>{html.escape(t)}</td></tr>" for n, t in self._rows()
        )
        sentences = "".join(f"<p>{html.escape(text)}</p>" for text in (self.method_sentence, *self.notes))
        return f"<table><tbody>{rows}</tbody></table>{sentences}"
