"""A review: the question it asks, and the analyses that answer it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from evidence.choices import named
from evidence.records.bayes_choice import AskedFor, BayesChoice, bayes_faults
from evidence.records.certainty_choice import CertaintyChoice
from evidence.records.dose_choice import DoseResponseChoice, dose_faults
from evidence.records.effects_model import EffectsModel, model_faults
from evidence.records.method_names import ESTIMATOR_NAMES, PREDICTION_NAMES, TEST_NAMES
from evidence.records.names import Same, name_key, review_name
from evidence.records.parsing import KeyPath, Problem, Severity
from evidence.records.part import Id, Part, Text
from evidence.records.possible import is_a_level, level_fault
from evidence.records.printed import Percent
from evidence.records.reading import Document, model_from_text, read_model, read_record, record_from_text
from evidence.records.review_folder import REVIEW_FILE, misplaced, record_paths
from evidence.records.saved_searches import SavedSearch
from evidence.records.scales import RATIOS, analysis_scale
from evidence.records.schema import Cohort, Record
from evidence.records.screening_choice import ScreeningChoice
from evidence.records.target_scale import TargetScale, scale_faults
from evidence.records.unreported import Unreported, unreported_faults
from evidence.records.vocabulary import Adjustment, Measure, SchemaVersion

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


class Method(Part):
    """How effects are pooled; the defaults are today's guidance."""

    estimator: Text = "REML"
    test: Text = "HKSJ"
    level: Percent = Percent.parse("95 %")
    prediction: Text = "t(k-1)"
    model: EffectsModel | None = Field(
        None, description="Pools estimates that share persons, such as several sites of one study."
    )


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


CORRELATED = "correlated"
ArmsWord = Literal["combine", "lowest", "highest", "each", "correlated"]
ColumnWord = Literal["adjusted", "n", "events", "means", "risk of bias", "domains"]


class Analysis(Part):
    """One pooled question of the review."""

    id: Id
    title: Text
    outcome: OutcomeFilter
    stratum: StratumFilter = StratumFilter()
    group_by: Text | None = Field(
        None,
        description="Rows in groups: by site, sex, ancestry, age, group, adjustment, status, type, design, "
        "country, risk of bias, or a name among the records' properties. Where no person stands in two "
        "groups, with an overall summary and the test of their difference.",
    )
    tau2: Literal["separate", "common"] = Field(
        "separate", description="Of groups: each its own variance between studies, or one for all of them."
    )
    reports: tuple[Standing, ...] | None = Field(None, description="Overrides the review's list.")
    adjustment: tuple[Adjustment, ...] | None = Field(None, description="Overrides the review's list.")
    overlap: tuple[Id, ...] = Field(
        (),
        description="Studies in order of preference where two share persons and their reports rank the same.",
    )
    arms: ArmsWord | None = Field(None, description="Overrides the review's word.")
    model: EffectsModel | None = Field(None, description="Overrides the review's, under `method`.")
    bayes: BayesChoice | None = Field(None, description="Overrides the review's.")
    moderators: tuple[Text, ...] = Field(
        (), description="With a model: what effects may differ by, named as in `group_by`, e.g. [site, sex]."
    )
    accept: tuple[Measure, ...] = Field(
        (), description="Ratios that are pooled as if they were the scale's measure, e.g. [HR, RR, OR]."
    )
    columns: tuple[ColumnWord, ...] | None = Field(None, description="Overrides the review's list.")
    unreported: dict[Text, Unreported] = Field(
        default={},
        description="Results without a number that count, by study or study/estimate, and as what: "
        "{imos-4/hip-women: {said: not significant, n: 773}}. Shown beside the usual pool, not in its place.",
    )
    dose_response: DoseResponseChoice | None = Field(
        None,
        description="Pools the classes of an exposure as a curve over its dose, by the review's `method`.",
    )
    certainty: CertaintyChoice | None = None
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
    same: Same = Same()
    within: dict[Text, tuple[Text, ...]] = Field(
        default={}, description="Cohorts that lie inside others, e.g. Korean NHIS Senior: [Korean NHIS]."
    )
    distinct: tuple[tuple[Text, Text], ...] = Field(
        (), description="Pairs of names that look alike and are not the same."
    )
    arms: ArmsWord | None = Field(
        None,
        description="Of arms or classes that share a reference: combine them, take the lowest or highest, "
        "show each, or pool them all as the correlated effects they are.",
    )
    overlap: tuple[Id, ...] = Field(
        (),
        description="Studies in order of preference where two share persons; an analysis's own come first.",
    )
    columns: tuple[ColumnWord, ...] | None = Field(
        None,
        description="Columns of forest plots between study and effect: of persons, events or means of both "
        "groups, and risk of bias as a light, or a light for each of its domains.",
    )
    method: Method = Method()
    bayes: BayesChoice | None = Field(None, description="A second, Bayesian summary; which is primary.")
    searched_to: datetime.date | None = Field(
        None, description="The day up to which the literature was searched, e.g. 2026-11-01."
    )
    screening: ScreeningChoice = Field(
        ScreeningChoice(), description="How citations of the literature are screened."
    )
    searches: tuple[SavedSearch, ...] = Field((), description="What `literature update` asks again.")
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
        return review_name(self.sites, printed)

    def cohort_as_meant(self, cohort: Cohort) -> Cohort:
        """A cohort by the review's names, with everything that it lies inside, however far."""
        name = self.same.name("cohorts", cohort.name)
        inside = {self._cohort_key(inner): outer for inner, outer in self.within.items()}
        around: dict[str, str] = {}
        waiting = [*cohort.part_of, *inside.get(self._cohort_key(name), ())]
        while waiting:
            outer = self.same.name("cohorts", waiting.pop())
            key = self._cohort_key(outer)
            if key not in around and key != self._cohort_key(name):
                around[key] = outer
                waiting += inside.get(key, ())
        return cohort.model_copy(update={"name": name, "part_of": tuple(around.values())})

    def _cohort_key(self, name: str) -> str:
        return name_key(self.same.name("cohorts", name))

    def overlap_of(self, analysis: Analysis) -> tuple[str, ...]:
        """Studies in order of preference: the analysis's own first, then the review's."""
        return tuple(dict.fromkeys((*analysis.overlap, *self.overlap)))

    def arms_of(self, analysis: Analysis) -> ArmsWord | None:
        """What becomes of arms that share a reference: the analysis's word, or the review's."""
        return analysis.arms or self.arms

    def model_of(self, analysis: Analysis) -> EffectsModel | None:
        """The model of an analysis of dependent effects: its own, or the review's; a curve has none."""
        return None if analysis.dose_response is not None else analysis.model or self.method.model

    def bayes_of(self, analysis: Analysis) -> BayesChoice | None:
        """The Bayesian summary that an analysis asks for: its own, or the review's; a curve has none."""
        return None if analysis.dose_response is not None else analysis.bayes or self.bayes

    def columns_of(self, analysis: Analysis) -> tuple[ColumnWord, ...] | None:
        """Columns of a forest plot: the analysis's own, or the review's; None for the usual one."""
        return self.columns if analysis.columns is None else analysis.columns

    def scale_of(self, analysis: Analysis) -> TargetScale:
        """The analysis's own target scale, or the review's."""
        return analysis.scale or self.scale


class ReviewFault(NamedTuple):
    """A choice of review.yaml with which nothing can be pooled: rule, key path, words and hint."""

    rule: str
    at: KeyPath
    says: str
    hint: str | None = None


def review_faults(review: Review) -> Iterator[ReviewFault]:
    """What in review.yaml is read well and cannot be: steps that turn signs, unknown methods, no level."""
    scales: list[tuple[KeyPath, TargetScale]] = [(("scale",), review.scale)]
    scales += [
        (("analyses", index, "scale"), analysis.scale)
        for index, analysis in enumerate(review.analyses)
        if analysis.scale is not None
    ]
    for at, scale in scales:
        yield from (ReviewFault(*fault) for fault in scale_faults(scale, at))
    yield from _accept_faults(review)
    yield from _method_faults(review.method)
    yield from _model_faults(review)
    yield from _bayes_faults(review)
    for index, analysis in enumerate(review.analyses):
        scale, by, model = review.scale_of(analysis), analysis.group_by, review.model_of(analysis)
        faults = unreported_faults(
            analysis.unreported, ("analyses", index), scale.measure, by is not None, model is not None
        )
        yield from (ReviewFault(*fault) for fault in faults)
        curve = analysis.dose_response
        if curve is not None:
            wrong = dose_faults(curve, ("analyses", index), dict(analysis), review.method.estimator)
            yield from (ReviewFault(*fault) for fault in wrong)


def _bayes_faults(review: Review) -> Iterator[ReviewFault]:
    """Priors that are none, and Bayesian summaries of what has none."""
    whole = review.scale
    usual = analysis_scale(whole.measure)
    every = []
    for each in review.analyses:
        model, own = review.model_of(each), review.scale_of(each)
        scale = analysis_scale(own.measure)
        other = (scale, own.per, own.unit) != (usual, whole.per, whole.unit)
        name = None if model is None else model.name
        every.append(AskedFor(each.bayes, scale, name, each.tau2 == "common", other))
    yield from (ReviewFault(*fault) for fault in bayes_faults(review.bayes, usual, every))


def _model_faults(review: Review) -> Iterator[ReviewFault]:
    """Models of dependent effects that are none, and keys that go with or without one."""
    yield from (ReviewFault(*fault) for fault in model_faults(review.method.model, ("method", "model")))
    for index, analysis in enumerate(review.analyses):
        at: KeyPath = ("analyses", index)
        yield from (ReviewFault(*fault) for fault in model_faults(analysis.model, (*at, "model")))
        model = review.model_of(analysis)
        if analysis.moderators and model is None:
            says = "'moderators' are tested in a model of dependent effects, and none is named"
            hint = "Add 'model: {name: CHE, rho: 0.6}', or compare independent groups with 'group_by'."
            yield ReviewFault("method-mismatch", (*at, "moderators"), says, hint)
        if model is not None and analysis.tau2 == "common":
            says = f"'tau2: common' is of groups without a model; model {model.name} has variances of its own"
            yield ReviewFault("method-mismatch", (*at, "tau2"), says, "Leave 'tau2' out.")


def _accept_faults(review: Review) -> Iterator[ReviewFault]:
    """Measures that cannot stand for the scale's: what is no ratio of two groups is another quantity."""
    for index, analysis in enumerate(review.analyses):
        measure = review.scale_of(analysis).measure
        for place, other in enumerate(analysis.accept):
            wrong = next((each for each in (measure, other) if each not in RATIOS), None)
            if wrong is not None:
                says = f"'accept' takes {other} for {measure}, but {wrong} is no ratio of two groups"
                hint = f"Only {', '.join(sorted(RATIOS))} may stand for one another."
                yield ReviewFault("accept-other-scale", ("analyses", index, "accept", place), says, hint)


def _method_faults(method: Method) -> Iterator[ReviewFault]:
    chosen: dict[str, str] = {}
    for key, given, allowed in (
        ("estimator", method.estimator, ESTIMATOR_NAMES),
        ("test", method.test, TEST_NAMES),
        ("prediction", method.prediction, PREDICTION_NAMES),
    ):
        try:
            chosen[key] = named(given, allowed, key)
        except ValueError as error:
            yield ReviewFault("method-unknown", ("method", key), str(error))
    if not is_a_level(method.level):
        fault = level_fault(("method", "level"), method.level)
        yield ReviewFault("review-level", fault.at, fault.says, fault.hint)
    estimator = chosen.get("estimator")
    demanded = TEST_NAMES.get(chosen.get("test", ""))
    if estimator is not None and demanded is not None and estimator != demanded:
        says = f"test '{chosen['test']}' is defined for estimator '{demanded}' alone, not for '{estimator}'"
        yield ReviewFault("method-mismatch", ("method", "test"), says, f"Choose 'estimator: {demanded}'.")
    if estimator == "EE" and PREDICTION_NAMES.get(chosen.get("prediction", "")) == "heterogeneity":
        says = f"prediction '{chosen['prediction']}' is about heterogeneity, which estimator 'EE' rules out"
        yield ReviewFault("method-mismatch", ("method", "prediction"), says, "Choose another of the two.")


@dataclass(frozen=True)
class LoadedReview:
    """A review folder as read: review.yaml and every record.

    misplaced: problems of the folder itself: no studies/, or YAML files that nothing reads.
    """

    folder: Path
    document: Document[Review]
    documents: tuple[Document[Record], ...]
    misplaced: tuple[Problem, ...] = ()

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that was not read as it stands; empty when everything was."""
        of_records = (problem for each in self.documents for problem in each.problems)
        return (*self.misplaced, *self.own_problems, *of_records)

    @cached_property
    def own_problems(self) -> tuple[Problem, ...]:
        """Those of review.yaml, without which nothing can be pooled."""
        return (*self.document.problems, *faults_as_problems(self.document))

    @property
    def unread(self) -> tuple[Document[Record], ...]:
        """The records that could not be read: nothing of them is used, and the others are."""
        return tuple(each for each in self.documents if each.model is None)

    @property
    def review(self) -> Review:
        """review.yaml; only for a review without problems."""
        assert self.document.model is not None
        return self.document.model

    @property
    def records(self) -> tuple[Record, ...]:
        """Every record that could be read."""
        return tuple(each.model for each in self.documents if each.model is not None)


def faults_as_problems(document: Document[Review]) -> Iterator[Problem]:
    """The faults of a readable review.yaml at their places."""
    if document.model is not None and document.tree is not None:
        for rule, at, says, hint in review_faults(document.model):
            yield document.tree.problem(at, Severity.ERROR, rule, says, hint)


def load_review(folder: Path) -> LoadedReview:
    """Read a review folder; problems are kept, not raised."""
    documents = tuple(read_record(path) for path in record_paths(folder))
    review = read_model(folder / REVIEW_FILE, Review)
    return LoadedReview(folder, review, documents, tuple(misplaced(folder)))


def review_from_files(
    folder: Path, files: Mapping[str, bytes], known: Mapping[bytes, Document[Record]] | None = None
) -> LoadedReview:
    """A review as it stood elsewhere or at another time; problems are kept, not raised.

    files: what `review.yaml` and `studies/NAME.yaml` hold, under these names; folder: where they stand or
    stood. known: records that are read already, by their bytes: of two versions of a review most are equal.
    """
    documents = []
    for name in sorted(name for name in files if name != REVIEW_FILE):
        held, path = files[name], folder / name
        read = None if known is None else known.get(held)
        documents.append(record_from_text(_text(held), path) if read is None else read.at(path))
    review = model_from_text(_text(files.get(REVIEW_FILE, b"")), folder / REVIEW_FILE, Review)
    return LoadedReview(folder, review, tuple(documents))


def _text(held: bytes) -> str:
    return held.decode("utf-8-sig", errors="replace")
