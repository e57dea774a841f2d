"""Who read, judged, acknowledged or computed what is in a record, and when."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import Field

from evidence.records.part import Id, Part, Sha256, Text
from evidence.records.vocabulary import Use


class Judgement(Part):
    """One risk-of-bias judgement."""

    tool: Text
    domain: Text
    judgement: Text
    support: Text
    report: Id | None = None


class Reading(Part):
    """Who extracted, and when."""

    by: Text
    on: datetime.date


class Extraction(Reading):
    """Who extracted, who checked it a second time, and what is open."""

    second: Reading | None = None
    note: Text | None = None


class Acknowledgement(Reading):
    """A misprint that a person has looked at: who, when, why, and what is used instead."""

    finding: Text = Field(description="The name that `check` prints in brackets, e.g. limits-reversed.")
    of: Text = Field(
        description="The id of the estimate, or the key of the record, e.g. flow, whose data it is about."
    )
    why: Text
    use: Use | Literal["nothing"] | None = Field(
        None, description="Of an estimate: the printed number that is used instead, or nothing."
    )
    data: Text | None = Field(
        None, description="What the judgement was made on, as `check` names it; other data need a new look."
    )


class Generated(Part):
    """Where the numbers of a record come from that a program wrote and no person may edit."""

    protocol: Id = Field(description="The protocol that was run.")
    inputs: dict[Text, Sha256] = Field(description="The sha256 of every data file, by its name.")
    software: dict[Text, Text] = Field(description="Versions of what computed the numbers.")
