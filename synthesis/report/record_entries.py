"""The records of a review as the page shows them: reports, models, readings, and every estimate."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from evidence.records.review import LoadedReview
from evidence.records.schema import Model, Record, Report
from evidence.selection.accounting import in_no_analysis
from evidence.selection.selection import Candidate, Chosen, candidates
from evidence.wording import counted, enumerate_words
from synthesis.report.anchors import entry_anchor, model_anchor, record_anchor, report_anchor, row_anchors
from synthesis.report.conversion_steps import asked_words, conversion_steps, printed_words
from synthesis.report.page_parts import EstimateEntry, Fact, RecordShown
from synthesis.review.analysis_result import AnalysisResult


@dataclass
class _Uses:
    """Where an estimate stands in the analyses: rows, conversions (each once), and why it is outside."""

    enters: list[Fact] = field(default_factory=list)
    steps: dict[tuple[Fact, ...], str] = field(default_factory=dict)
    outside: dict[str, list[str]] = field(default_factory=dict)


def records_shown(loaded: LoadedReview, results: Sequence[AnalysisResult]) -> tuple[RecordShown, ...]:
    """Every record that can be read, with every estimate of it, those of no analysis too."""
    uses: dict[str, _Uses] = defaultdict(_Uses)
    every: dict[str, Candidate] = {each.name: each for each in candidates(loaded.review, loaded.records)}
    for result in results:
        _note_uses(result, uses, every)
    for left in in_no_analysis(loaded.review, loaded.records, [result.selection for result in results]):
        uses[left.candidate.name].outside.setdefault(left.reason, [])
    of_study: dict[str, list[Candidate]] = defaultdict(list)
    for found in every.values():
        of_study[found.record.study].append(found)
    ordered = sorted(loaded.records, key=lambda record: (record.label or record.study).casefold())
    return tuple(_record(each, of_study[each.study], uses) for each in ordered)


def _note_uses(result: AnalysisResult, uses: dict[str, _Uses], every: dict[str, Candidate]) -> None:
    rows, title = row_anchors(result), result.analysis.title
    for chosen in result.selection.chosen:
        found = chosen.candidate
        every.setdefault(found.name, found)
        uses[found.name].enters.append(Fact(title, _weightless(chosen), rows.get(found.name, "")))
        uses[found.name].steps.setdefault(
            conversion_steps(chosen, result.scale, result.analysis.accept), title
        )
    for found in result.selection.silent:
        every.setdefault(found.name, found)
        uses[found.name].enters.append(Fact(title, "shown without a number", rows.get(found.name, "")))
    for left in (*result.selection.left_out, *result.selection.other_models):
        every.setdefault(left.candidate.name, left.candidate)
        uses[left.candidate.name].outside.setdefault(left.reason, []).append(title)


def _weightless(chosen: Chosen) -> str:
    combined = chosen.candidate.made_of
    return f"made of {enumerate_words(combined)}" if len(combined) > 1 else ""


def _record(record: Record, found: Sequence[Candidate], uses: Mapping[str, _Uses]) -> RecordShown:
    study, anchor = record.study, record_anchor(record.study)
    estimates = tuple(_entry(each, uses.get(each.name, _Uses())) for each in found)
    names = Counter(each.report for each in estimates)
    return RecordShown(
        anchor=anchor,
        title=record.label or record.study,
        facts=tuple(_facts(record)),
        reports=tuple(
            (report_anchor(study, name), _report(report, record)) for name, report in record.reports.items()
        ),
        models=tuple((model_anchor(study, name), _model(name, each)) for name, each in record.models.items()),
        reading=tuple(_reading(record)),
        estimates=estimates,
        main_report=max(names, key=names.__getitem__, default=""),
    )


def _facts(record: Record) -> Iterator[Fact]:
    yield Fact("Study", record.title)
    yield Fact("Design", record.design)
    cohort = record.cohort
    words = [cohort.name, f"wave {cohort.wave}" if cohort.wave else None, cohort.years, cohort.country]
    yield Fact("Cohort", ", ".join(word for word in words if word))
    population = record.population
    people = [population.description, None if population.n is None else f"n = {population.n}"]
    if any(people):
        yield Fact("Persons", "; ".join(each for each in people if each))
    for exposure in record.exposures.values():
        if exposure.note:
            yield Fact(f"Exposure, {exposure.name}", exposure.note)
    if record.generated is not None:
        yield Fact("Computed", f"by the protocol {record.generated.protocol} from the survey's own files")
    if record.note:
        yield Fact("Note", record.note)


def _report(report: Report, record: Record) -> Fact:
    said = [report.citation.rstrip(".") + "."]
    if report.status != "published":
        said.append(f"Status: {report.status}.")
    if report.superseded_by:
        later = record.reports.get(report.superseded_by)
        said.append(f"Superseded by {(later.label if later else None) or report.superseded_by}.")
    said.append(f"Read: {report.read}.")
    if report.note:
        said.append(report.note)
    return Fact(report.label or report.dated(record.cohort.name), " ".join(said), _address(report))


def _address(report: Report) -> str:
    """Of the report: by its DOI, its PMID, else the address that the record gives if it is one of the web."""
    if report.doi:
        return f"https://doi.org/{quote(report.doi)}"
    if report.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{report.pmid}/"
    url = report.url or ""
    return url if url.startswith(("https://", "http://")) else ""


def _model(name: str, model: Model) -> Fact:
    covariates = model.covariates
    adjusted = f"adjustment: {model.adjustment}"
    if isinstance(covariates, str):
        adjusted += f"; covariates {covariates}"
    elif covariates:
        adjusted += f", for {enumerate_words(covariates)}"
    return Fact(model.name or name, f"{model.type}; {adjusted}")


def _reading(record: Record) -> Iterator[str]:
    extraction = record.extraction
    yield f"Read by {extraction.by} on {extraction.on}."
    second = record.second_reading or extraction.second
    if second is not None:
        yield f"Read a second time by {second.by} on {second.on}."
    elif record.generated is None:
        yield "Not read a second time."
    if extraction.note:
        yield extraction.note


def _entry(found: Candidate, uses: _Uses) -> EstimateEntry:
    record, estimate, anchor = found.record, found.estimate, entry_anchor(found)
    models, model = list(record.models), estimate.model
    return EstimateEntry(
        anchor=anchor,
        of=_of(found),
        title=", ".join(filter(None, (found.stratum.describe(), found.arm))),
        at=estimate.where.at,
        quote=estimate.where.quote or "",
        printed=_printed(found),
        steps=tuple(_all_steps(uses)),
        enters=tuple(uses.enters),
        outside=tuple(Fact(_named(titles), reason) for reason, titles in uses.outside.items()),
        readings=tuple(_readings(record, estimate.id)),
        note=" ".join(each for each in (estimate.note, estimate.not_poolable) if each),
        report=estimate.where.report,
        model=model if model is not None else models[0],
    )


def _named(titles: Sequence[str]) -> str:
    """In what an estimate is not pooled: in analyses by their titles, in several of them, or in any."""
    if not titles:
        return "any analysis"
    return titles[0] if len(titles) == 1 else counted(len(titles), "analysis")


def _of(found: Candidate) -> str:
    """What it is a number of: `BMD, hip: slope, BMD (g/cm²) per 1 g/dL`."""
    record, effect = found.record, found.estimate.effect
    outcome, exposure = record.outcome_of(found.estimate), record.exposure_of(found.estimate)
    where = "" if found.site.casefold() == outcome.name.casefold() else f", {found.site}"
    asked = "" if effect is None else f": {asked_words(effect, outcome, exposure.printed_unit or '')}"
    return f"{outcome.name}{where}{asked}"


def _printed(found: Candidate) -> str:
    estimate = found.estimate
    if estimate.not_reported is not None:
        return f"no number; the report says: {estimate.not_reported.said}"
    assert estimate.effect is not None  # an estimate has a number or none
    persons = f", n = {estimate.n}" if estimate.n is not None else ""
    computed = found.record.generated is not None or found.standing == "re-analysis"
    return printed_words(estimate.effect, shortened=computed) + persons


def _all_steps(uses: _Uses) -> Iterator[Fact]:
    """The way to each scale on which it is pooled."""
    several = len(uses.steps) > 1
    for steps, title in uses.steps.items():
        if several:
            yield Fact("For", title)
        yield from steps


def _readings(record: Record, name: str) -> Iterator[str]:
    """What a second reading says of one estimate, and what was settled."""
    second = record.second_reading
    settled = [each for each in record.resolved if each.of == name]
    if second is not None and name in second.estimates:
        keys = counted(len(second.estimates[name]), "part")
        yield f"Read a second time by {second.by} on {second.on}: {keys}" + (
            "." if settled else ", nothing to settle."
        )
    for each in settled:
        yield (
            f"{each.key}: first {each.first or 'nothing'}, second {each.second or 'nothing'}; {each.by} took "
            f"the {each.took} on {each.on}: {each.why}"
        )
