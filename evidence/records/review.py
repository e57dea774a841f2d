"""A review: the question it asks, and the analyses that answer it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from evidence.records.parsing import Problem
from evidence.records.printed import Percent
from evidence.records.reading import Document, read_model, read_record
from evidence.records.schema import Adjustment, Contrast, Id, Measure, Part, Record, SchemaVersion, Text
from evidence.records.units import UnitError, parse_quantity

SHIPPED = Path(__file__).parents[1] / "hemoglobin-bmd"

Standing = Literal[
    "re-analysis", "corrected", "published", "preprint", "conference abstract", "superseded", "retracted"
]
"""A report's status as analyses see it: a superseded preprint stands as superseded."""

EACH = "each"


class Question(Part):
    """What the review asks (PECO)."""

    population: Text
    exposure: Text
    comparator: Text | None = None
    outcome: Text
    design: Text


class TargetScale(Part):
    """The one scale on which effects are compared."""

    measure: Measure
    exposure: Text = Field(description="Name of the exposure, as in the records.")
    per: Text | None = Field(None, description="Exposure step, e.g. 1 g/dL.")
    versus: Contrast | None = None
    unit: Text | None = Field(None, description="Outcome unit of slopes and differences, e.g. g/cm2.")

    @field_validator("per", "unit")
    @classmethod
    def _readable_unit(cls, given: str | None) -> str | None:
        if given is not None:
            try:
                parse_quantity(given)
            except UnitError as error:
                raise ValueError(f"{error}; expected e.g. 1 g/dL") from None
        return given


class Method(Part):
    """How effects are pooled; the defaults are today's guidance."""

    estimator: Text = "REML"
    test: Text = "HKSJ"
    level: Percent = Percent.parse("95 %")
    prediction: Text = "t(k-1)"


class Direction(Part):
    """What lies on either side of the null, in the reader's words."""

    lower: Text
    higher: Text


class OutcomeFilter(Part):
    """Which outcomes enter an analysis."""

    name: Text
    sites: tuple[Text, ...] = ()


class StratumFilter(Part):
    """Which strata enter: a value, `each` for one row per value, or nothing for undivided estimates."""

    sex: Literal["men", "women", "each"] | None = None
    ancestry: Text | None = None
    age: Text | None = None
    group: Text | None = None


class Analysis(Part):
    """One pooled question of the review."""

    id: Id
    title: Text
    outcome: OutcomeFilter
    stratum: StratumFilter = StratumFilter()
    group_by: Literal["site"] | None = Field(
        None, description="Rows in groups, without a summary across them."
    )
    reports: tuple[Standing, ...] | None = Field(None, description="Overrides the review's list.")
    adjustment: tuple[Adjustment, ...] | None = Field(None, description="Overrides the review's list.")
    overlap: tuple[Id, ...] = Field(
        (),
        description="Studies in order of preference where two share persons and their reports rank the same.",
    )
    scale: TargetScale | None = None
    direction: Direction | None = None
    note: Text | None = None


class Review(Part):
    """review.yaml."""

    schema_version: SchemaVersion = Field(1, alias="schema")
    review: Id
    title: Text
    question: Question
    scale: TargetScale
    direction: Direction | None = None
    sites: dict[Text, tuple[Text, ...]] = Field(
        default={}, description="Names of the same place: the one to use, then the others that papers use."
    )
    method: Method = Method()
    reports: tuple[Standing, ...] = Field(
        ("re-analysis", "corrected", "published", "preprint"),
        min_length=1,
        description="Which reports enter, the preferred first.",
    )
    adjustment: tuple[Adjustment, ...] = Field(
        ("full", "not stated", "minimal", "none"),
        min_length=1,
        description="Which models enter, the preferred first; one per study and stratum.",
    )
    analyses: tuple[Analysis, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_analysis_once(self) -> Self:
        names = [analysis.id for analysis in self.analyses]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two analyses are called '{twice[0]}'")
        return self

    def site_name(self, printed: str) -> str:
        """The review's name for a place, whatever a paper calls it."""
        wanted = printed.casefold()
        for name, others in self.sites.items():
            if wanted == name.casefold() or wanted in (other.casefold() for other in others):
                return name
        return printed

    def scale_of(self, analysis: Analysis) -> TargetScale:
        """The analysis's own target scale, or the review's."""
        return analysis.scale or self.scale


@dataclass(frozen=True)
class LoadedReview:
    """A review folder as read: review.yaml and every record."""

    folder: Path
    document: Document[Review]
    documents: tuple[Document[Record], ...]

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What stands in the way of using the review; empty when everything was read."""
        return (*self.document.problems, *(problem for each in self.documents for problem in each.problems))

    @property
    def review(self) -> Review:
        """review.yaml; only for a review without problems."""
        assert self.document.model is not None
        return self.document.model

    @property
    def records(self) -> tuple[Record, ...]:
        """Every record that could be read."""
        return tuple(each.model for each in self.documents if each.model is not None)


def record_paths(folder: Path) -> list[Path]:
    """The record files of a review folder, sorted by name."""
    return sorted(path for path in (folder / "studies").glob("*.yaml") if not path.name.startswith("."))


def load_review(folder: Path) -> LoadedReview:
    """Read a review folder; problems are kept, not raised."""
    documents = tuple(read_record(path) for path in record_paths(folder))
    return LoadedReview(folder, read_model(folder / "review.yaml", Review), documents)


# JSON Schema of records and reviews, as editors need it: they see the numbers and words of YAML.


_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a file.

    Values are read as the text that was typed, so where a text is expected a number is as good
    (`years: 2008`), and `yes` and `no` are booleans.
    """
    schema: dict[str, Any] = _loosened(model.model_json_schema(by_alias=True))
    return {"$schema": _DIALECT, **schema}


def _loosened(part: Any) -> Any:
    if isinstance(part, list):
        return [_loosened(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: _loosened(value) for key, value in part.items()}
    if found.get("type") == "string" and "enum" not in found and "const" not in found:
        found["type"] = ["string", "number"]
    elif found.get("type") == "boolean":
        del found["type"]
        found["enum"] = [True, False, "yes", "no"]
    return found
