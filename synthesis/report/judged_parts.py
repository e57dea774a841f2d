"""Certainty and risk of bias on the page, as data: what is rated, by whom, on which numbers; lights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

LightLook: TypeAlias = Literal["good", "almost", "some", "bad", "worst", "unclear", "none", "apart", "number"]


@dataclass(frozen=True)
class RatedDomain:
    """One domain of a result: its word, a symbol, and who says so.

    symbol: how far certainty is lowered or raised, or its level; by: `suggested`, or the name of a person.
    reason: a person's; overridden: what the numbers suggest in place of it. numbers: sentences; data: what a
    judgement would name.
    """

    domain: str
    word: str
    symbol: str
    by: str
    stale: bool
    reason: str
    overridden: str
    numbers: tuple[str, ...]
    source: str
    data: str


@dataclass(frozen=True)
class RatedRow:
    """A result in GRADE's form. anchor: of what its certainty rests on; pooled: of its pooled value."""

    anchor: str
    pooled: str
    title: str
    effect: str
    size: str
    absolute: tuple[str, ...]
    notes: tuple[str, ...]
    whole: RatedDomain
    rated: tuple[RatedDomain, ...]
    unrated: tuple[RatedDomain, ...]

    @property
    def domains(self) -> tuple[RatedDomain, ...]:
        """Certainty as a whole, then every domain, those first that are rated."""
        return (self.whole, *self.rated, *self.unrated)


@dataclass(frozen=True)
class CertaintyShown:
    """Every result whose certainty the review rates; notes: what is said of all, or why there is none."""

    rows: tuple[RatedRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ShownLight:
    """A judgement as a disc with a sign; a number of stars has no disc."""

    word: str
    sign: str
    look: LightLook


@dataclass(frozen=True)
class LightRow:
    """A study and its lights, one a column, None where nothing is judged; to: the anchor of its record."""

    label: str
    to: str
    lights: tuple[ShownLight | None, ...]


@dataclass(frozen=True)
class LightTable:
    """The judgements of one tool; groups: of columns, with how many each has. heads: short, and in full."""

    title: str
    groups: tuple[tuple[str, int], ...]
    heads: tuple[tuple[str, str], ...]
    rows: tuple[LightRow, ...]
    key: tuple[ShownLight, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ShownShare:
    """A part of a bar: its light, where it starts and how long it is in per cent, and that as it is told.

    fill, ink: colours of a part and its sign; '' where they are the light's.
    """

    light: ShownLight
    start: float
    length: float
    told: str
    fill: str
    ink: str


@dataclass(frozen=True)
class ShareRow:
    """A domain, and a bar for each way of counting."""

    domain: str
    bars: tuple[tuple[ShownShare, ...], ...]


@dataclass(frozen=True)
class ShareTable:
    """Shares of each judgement in an analysis or a group; without rows the notes say why there are none."""

    title: str
    countings: tuple[str, ...]
    rows: tuple[ShareRow, ...]
    key: tuple[ShownLight, ...]
    notes: tuple[str, ...]
