"""Who read, judged, acknowledged or computed what is in a record, and when."""

from __future__ import annotations

import datetime
from typing import Any, Literal

from pydantic import Field

from evidence.records.part import Id, Part, Sha256, Text
from evidence.records.vocabulary import Use


class Judgement(Part):
    """One risk-of-bias judgement; the words of the known tools stand in evidence/records/risk-of-bias/."""

    tool: Text = Field(description="E.g. RoB 2, ROBINS-I, QUADAS-2, NOS cohort.")
    version: Text | None = Field(None, description="Of the tool, e.g. 2019; else its newest.")
    domain: Text = Field(description="As the tool calls it or by its short name, e.g. D1; or overall.")
    judgement: Text
    applicability: Text | None = Field(None, description="Concerns about applicability, where the tool asks.")
    support: Text
    report: Id | None = None
    estimate: Id | None = Field(
        None, description="The result that is judged, where the tool judges each result."
    )
    by: Text | None = Field(None, description="Who judged, where several did.")
    on: datetime.date | None = None


class Reading(Part):
    """Who extracted, and when."""

    by: Text
    on: datetime.date


class Extraction(Reading):
    """Who extracted, who checked it a second time, and what is open."""

    second: Reading | None = None
    note: Text | None = None


class SecondReading(Reading):
    """What another person read in the same papers: of each estimate the keys that were read, as printed."""

    estimates: dict[Id, dict[Text, Any]] = Field(
        {}, description="By the estimate's id, e.g. {n: 1426, effect: {estimate: 0.0020}}."
    )
    comparisons: dict[Id, dict[Text, Any]] = Field(
        {}, description="By the comparison's id, e.g. {arms: [{id: high, n: 40}]}."
    )
    risk_of_bias: tuple[Judgement, ...] = ()


class Resolution(Reading):
    """What two readings differed in, as settled: by whom, when, whose value was taken and why."""

    of: Text = Field(description="The id of the estimate, or the key of the record, e.g. risk_of_bias.")
    key: Text = Field(description="What was read, e.g. n, effect.ci; of risk of bias: tool / domain.")
    took: Literal["first", "second", "other"] = Field(
        description="The value that the record has now: as it had been, as read by the second, or another."
    )
    first: Text | None = Field(None, description="What the first had read, as printed.")
    second: Text | None = Field(None, description="What the second has read, as printed.")
    why: Text


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
