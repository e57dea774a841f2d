"""What figures of judgements show, before anything has a place: rows of lights, and bars of their shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from synthesis.drawing.fonts import plain


@dataclass(frozen=True)
class Light:
    """A word of judgement as a disc with a sign, so that colour is never alone; without a fill a number."""

    word: str
    sign: str
    fill: str
    ink: str
    edge: str = ""


@dataclass(frozen=True)
class JudgedColumn:
    """What is judged: a short head, its name, which the legend has, and what joins it with others."""

    head: str
    name: str
    group: str


@dataclass(frozen=True)
class JudgedRow:
    """A study or a result and its lights, one a column, None where nothing is judged."""

    label: str
    lights: tuple[Light | None, ...]


@dataclass(frozen=True)
class JudgedTable:
    """Lights of every row under every column; description: the text alternative."""

    title: str
    columns: tuple[JudgedColumn, ...]
    rows: tuple[JudgedRow, ...]
    key: tuple[Light, ...]
    description: str
    footnotes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wrong = next((row.label for row in self.rows if len(row.lights) != len(self.columns)), None)
        if wrong is not None:
            raise ValueError(f"row '{wrong}' has not as many lights as there are columns")


@dataclass(frozen=True)
class JudgedShare:
    """How much of one bar has a judgement: a fraction of 1."""

    light: Light
    share: float

    @property
    def per_cent(self) -> str:
        """As every figure and text tells it, without its sign."""
        return f"{100.0 * self.share:.0f}"


@dataclass(frozen=True)
class JudgedBar:
    """One domain: a bar for each way of counting, in the order of the figure's countings."""

    name: str
    group: str
    bars: tuple[tuple[JudgedShare, ...], ...]


@dataclass(frozen=True)
class JudgedBars:
    """Shares of each judgement, domain by domain; countings: what the bars of a domain count, e.g. weight."""

    title: str
    countings: tuple[str, ...]
    domains: tuple[JudgedBar, ...]
    key: tuple[Light, ...]
    description: str
    footnotes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for domain in self.domains:
            if len(domain.bars) != len(self.countings):
                raise ValueError(f"'{domain.name}' has {len(domain.bars)} bars; expected one a counting")
            for bar in domain.bars:
                if any(not 0.0 <= each.share <= 1.0 for each in bar):
                    raise ValueError(f"a share of '{domain.name}' is no fraction of 1")


AnyJudged: TypeAlias = JudgedTable | JudgedBars


def words_of_judged(figure: AnyJudged) -> list[str]:
    """Every text of a figure of judgements, to find the fonts that draw it."""
    return [plain(text) for text in (figure.title, *figure.footnotes, *_names(figure), *_signs(figure))]


def _names(figure: AnyJudged) -> Iterator[str]:
    if isinstance(figure, JudgedBars):
        yield from figure.countings
        yield from (text for domain in figure.domains for text in (domain.name, domain.group))
        return
    yield from (text for column in figure.columns for text in (column.head, column.name, column.group))
    yield from (row.label for row in figure.rows)


def _signs(figure: AnyJudged) -> Iterator[str]:
    yield "Study 0123456789 %:"
    yield from (text for light in figure.key for text in (light.word, light.sign))
    if isinstance(figure, JudgedBars):
        yield from (each.light.sign for domain in figure.domains for bar in domain.bars for each in bar)
