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

    def _statements(self) -> tuple[str, ...]:
        """What stands between the rows and the method."""
        return ()

    def __str__(self) -> str:
        rows = self._rows()
        width = max(len(name) for name, _ in rows)
        said = (*self._statements(), self.method_sentence, *(f"Note: {note}" for note in self.notes))
        lines = [self._title(), *(f"  {n:<{width}}  {t}" for n, t in rows), *(f"  {line}" for line in said)]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(n)}</th><td>{html.escape(t)}</td></tr>" for n, t in self._rows()
        )
        said = (*self._statements(), self.method_sentence, *self.notes)
        below = "".join(f"<p>{html.escape(line)}</p>" for line in said)
        return f"<table><caption>{html.escape(self._title())}</caption><tbody>{rows}</tbody></table>{below}"
