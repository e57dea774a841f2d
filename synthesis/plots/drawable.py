"""The one `plot` of every result that can be drawn; what it is told goes on to the drawing as one request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, Unpack, overload

from synthesis.plots.extra_columns import ExtraColumns, extra_columns
from synthesis.plots.given import Given

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot
    from synthesis.drawing.picture import Picture

Formats: TypeAlias = str | Iterable[str] | None


class PlotWords(TypedDict, total=False):
    """The words of a plot, those of synthesis.plots.subject.Words."""

    title: str
    effect: str
    log: bool
    null: float | None
    lower: str
    higher: str


class PlotOptions(PlotWords, total=False):
    """Everything that a plot can be told beside its kind and its path."""

    width: Any
    format: Formats
    data: Any
    columns: Any
    risk_of_bias: Any
    mods: Any


@dataclass(frozen=True, eq=False)
class PlotRequest:
    """A plot as it was asked for; what was not is None, and of the words absent."""

    kind: str
    data: Any
    columns: Any
    risk_of_bias: Any
    mods: Any
    words: Mapping[str, Any]

    def extra(self, given: Given, labels: Sequence[str]) -> ExtraColumns:
        """The columns of a forest plot of these studies."""
        return extra_columns(self.columns, self.risk_of_bias, given, labels)


class Drawable(ABC):
    """A result with plots."""

    @abstractmethod
    def _drawn(self, request: PlotRequest) -> Plot:
        """The chart or forest plot asked for, not yet laid out."""

    @overload
    def plot(self, kind: str = ..., path: None = ..., **options: Unpack[PlotOptions]) -> Picture: ...

    @overload
    def plot(self, kind: str, path: str | Path, **options: Unpack[PlotOptions]) -> list[Path]: ...

    def plot(
        self,
        kind: str = "forest",
        path: str | Path | None = None,
        *,
        width: Any = None,
        format: Formats = None,
        data: Any = None,
        columns: Any = None,
        risk_of_bias: Any = None,
        mods: Any = None,
        **words: Unpack[PlotWords],
    ) -> Picture | list[Path]:
        """Draw the result: "forest", or another of the kinds that its class names.

        path: with the suffix of a format (png, svg, pdf, eps, tiff), or without one for PNG, SVG and PDF, or
        those of `format`; the paths of the files are returned. Without a path the picture is, which notebooks
        show and which has `save`, `sized` and `size`. width: as printed, "85mm", "174mm", "slide" or
        millimetres; letters keep their size. data: the table of the studies, that of the result when None.
        columns, risk_of_bias: of a forest plot, see synthesis.plots.extra_columns.extra_columns. mods: of a
        bubble plot, a column of `data` or k numbers; of a model, the names of its moderators, all when None.
        words: title, effect (axis label), log, null, lower, higher (what lies on either side of no effect);
        see synthesis.plots.subject.Words. Effects that `escalc` made bring effect, log and null.

        Raises ValueError for another kind, word, column, moderator or width, and
        synthesis.plots.subject.NotDefinedError, with the reason as a sentence, where this result has no such
        plot.
        """
        from synthesis.drawing.picture import Picture
        from synthesis.drawing.printing import as_width

        request = PlotRequest(kind, data, columns, risk_of_bias, mods, words)
        picture = Picture(self._drawn(request), as_width(width))
        if path is not None:
            return picture.save(path, format=format)
        if format is not None:
            raise ValueError(f"format is {format!r} without a path; expected a path, or no format")
        return picture
