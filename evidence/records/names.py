"""Names of the same thing, declared once for a review, because papers call it differently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from evidence.records.part import Part, Text

NameKind = Literal["cohorts", "outcomes", "exposures", "groups"]


class Same(Part):
    """Names of the same thing: the one to use, then the others that papers use."""

    cohorts: dict[Text, tuple[Text, ...]] = Field(default={})
    outcomes: dict[Text, tuple[Text, ...]] = Field(default={})
    exposures: dict[Text, tuple[Text, ...]] = Field(default={})
    groups: dict[Text, tuple[Text, ...]] = Field(
        default={}, description="Groups that are compared, e.g. anemia: [anaemia, Hb < 12 g/dL]."
    )

    def name(self, kind: NameKind, printed: str) -> str:
        """The review's name for what a paper calls so."""
        return review_name(getattr(self, kind), printed)

    def are_one(self, kind: NameKind, first: str, second: str) -> bool:
        """Whether two names are of one thing, by the review's names."""
        return name_key(self.name(kind, first)) == name_key(self.name(kind, second))


def review_name(known: Mapping[str, tuple[str, ...]], printed: str) -> str:
    """The name of which a paper's is another; the paper's own where the review has none."""
    wanted = name_key(printed)
    for name, others in known.items():
        if wanted in (name_key(name), *map(name_key, others)):
            return name
    return printed


def name_key(name: str) -> str:
    """What two spellings of one name share: case and blanks make no difference."""
    return " ".join(name.casefold().split())
