"""A review's page: every section of it, from its results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidence.literature.flow.searched_days import day_in_words
from evidence.records.review import LoadedReview
from evidence.records.schema import Record, Report
from evidence.selection.accounting import in_no_analysis
from evidence.selection.selection import Contradicted
from evidence.wording import counted
from synthesis.living.changes import Changes
from synthesis.living.judgements import outdated, outdated_certainty
from synthesis.paper.curve_tables import class_table, coefficient_table, dose_effects_table
from synthesis.paper.fits import ScriptParts
from synthesis.paper.manuscript import Passage, cited_in
from synthesis.paper.method_sentences import method_sentences_of
from synthesis.paper.paper_table import Reported
from synthesis.paper.python_script import python_parts
from synthesis.paper.r_script import r_parts
from synthesis.paper.references import known_references
from synthesis.paper.study_table import study_table
from synthesis.paper.trust_tables import bias_table
from synthesis.paper.unprinted_table import unprinted_table
from synthesis.report.analysis_sections import analysis_section
from synthesis.report.certainty_shown import certainty_shown
from synthesis.report.does_it_hold import said_once
from synthesis.report.findings_of_records import findings_of
from synthesis.report.flow_of_records import flow_of_records
from synthesis.report.lights_shown import lights_shown
from synthesis.report.linked_tables import Links, condensed, linked
from synthesis.report.not_pooled import left_out_table, silent_table
from synthesis.report.page_parts import Fact, Refusal, ReportPage, ScriptShown, ShownTable
from synthesis.report.record_entries import records_shown
from synthesis.report.regenerated_beside import regenerated_table
from synthesis.report.shares_shown import shares_shown
from synthesis.report.since_release import since_release
from synthesis.report.summary_of_findings import summaries_told
from synthesis.review.bayesian_words import bayesian_sentences
from synthesis.review.captions import pretty_unit
from synthesis.review.overview import common_sentences, own_sentences
from synthesis.review.searched import searched_of

_CHARACTERISTICS = {
    "Setting": ("Cohort", "Country", "Design", "Years"),
    "Who": ("Persons", "Women (%)", "Age (years)"),
    "Measured": ("Exposure", "Outcome"),
}
_OF_CURVES = (class_table, coefficient_table, dose_effects_table)


def report_page(material: Reported, refusals: Mapping[str, str], contradicted: Contradicted) -> ReportPage:
    """The page of a review whose analyses are pooled.

    refusals: why others are not, by id; contradicted: estimates that never enter, as for `select`.
    """
    loaded, results = material.loaded, material.results
    passages = tuple(_methods(material))
    references = cited_in(passages, known_references())
    titles = {analysis.id: analysis.title for analysis in loaded.review.analyses}
    by_bayes = bayesian_sentences(
        [group.bayesian for each in results for group in each.summarised if group.bayesian is not None]
    )
    said = {*own_sentences(results), *by_bayes}
    analyses, reading = said_once(
        [
            analysis_section(loaded, result, decimals, contradicted, said)
            for result, decimals in material.with_decimals()
        ]
    )
    lights = lights_shown(material)
    return ReportPage(
        title=loaded.review.title,
        name=loaded.review.review,
        question=tuple(_question(loaded)),
        current=tuple(_current(material)),
        since=since_release(loaded.folder),
        findings=summaries_told(material),
        certainty=certainty_shown(material),
        methods=(*common_sentences(results), *by_bayes),
        analyses=analyses,
        reading=reading,
        refused=tuple(Refusal(titles[name], reason) for name, reason in refusals.items()),
        regenerated=regenerated_table(loaded),
        tables=tuple(_tables(material, titles)),
        lights=lights,
        shares=shares_shown(material, {note for table in lights for note in table.notes}),
        flow=flow_of_records(loaded),
        accounting=tuple(_accounting(material)),
        audit=findings_of(loaded),
        passages=passages,
        references=tuple(each.in_words() for each in references),
        cited=tuple(each.key for each in references),
        records=records_shown(loaded, results),
        scripts=_scripts(material),
    )


def _methods(material: Reported) -> Iterator[Passage]:
    """Every sentence on how it was done once, under the analyses of which it is said."""
    titles = [result.analysis.title for result in material.results]
    said: dict[str, list[str]] = {}
    for result in material.results:
        for sentence in dict.fromkeys(method_sentences_of(result)):
            said.setdefault(sentence, []).append(result.analysis.title)
    of: dict[str, list[str]] = {}
    for sentence, among in said.items():
        of.setdefault(_named(among, titles), []).append(sentence)
    yield from (Passage(heading, (" ".join(sentences),)) for heading, sentences in of.items())


def _named(among: list[str], titles: list[str]) -> str:
    """The analyses that are meant, by the fewer names."""
    others = [title for title in titles if title not in among]
    if not others:
        return "All analyses"
    return f"All but {'; '.join(others)}" if len(others) < len(among) else "; ".join(among)


def _question(loaded: LoadedReview) -> Iterator[Fact]:
    question, scale = loaded.review.question, loaded.review.scale
    yield Fact("Population", question.population)
    yield Fact("Exposure", question.exposure)
    if question.comparator:
        yield Fact("Comparator", question.comparator)
    yield Fact("Outcome", question.outcome)
    yield Fact("Design", question.design)
    unit = f" in {pretty_unit(scale.unit)}" if scale.unit else ""
    step = f" per {scale.per}" if scale.per else ""
    against = f", {scale.versus.exposed} against {scale.versus.reference}" if scale.versus else ""
    yield Fact("Scale", f"{scale.measure} of {scale.exposure}{step}{unit}{against}")


def _current(material: Reported) -> Iterator[Fact]:
    """How current the review is: searched, read, published, and what is older than its data."""
    records = material.loaded.records
    searched = searched_of(material.loaded)
    yield Fact("Literature", searched.sentence.rstrip(".") or "Day of the search not stated")
    estimates = sum(len(record.placed_estimates) for record in records)
    yield Fact("Records", f"{counted(len(records), 'record')}, {counted(estimates, 'estimate')}")
    yield Fact("Last record read", day_in_words(max(record.extraction.on for record in records)))
    years = [report.year for record in records for report in _printed(record) if report.year is not None]
    if years:
        yield Fact("Reports", f"{min(years)} to {max(years)}")
    stale_ones = [*outdated(records, Changes((), (), (), 0)), *outdated_certainty(material.loaded)]
    for stale in stale_ones:
        yield Fact("Judgement older than its data", stale)
    for path in material.loaded.unread:
        yield Fact("Cannot be read", path.path.name)


def _printed(record: Record) -> list[Report]:
    return [each for each in record.reports.values() if each.status != "re-analysis"]


def _tables(material: Reported, titles: Mapping[str, str]) -> Iterator[ShownTable]:
    """Characteristics, risk of bias, what has no number, what was left out; others where there are rows."""
    links = Links(material.loaded)
    yield condensed(linked(study_table(material), links, titles), _CHARACTERISTICS)
    yield linked(bias_table(material), links, titles)
    yield silent_table(material)
    for make in (unprinted_table, *_OF_CURVES):
        table = make(material)
        if table.rows:
            yield linked(table, links, titles)
    yield left_out_table(material)


def _accounting(material: Reported) -> Iterator[Fact]:
    """From records to analyses: where every estimate went, each counted once."""
    records, selections = material.loaded.records, [result.selection for result in material.results]
    every = {f"{record.study}/{each.id}" for record in records for _, each in record.placed_estimates}
    pooled = {
        f"{row.candidate.record.study}/{name}"
        for each in selections
        for row in each.chosen
        for name in (row.candidate.estimate.id, *row.candidate.stands_for)
    }
    silent = {found.name for each in selections for found in each.silent} - pooled
    outside = (
        {left.candidate.name for each in selections for left in (*each.left_out, *each.other_models)}
        - pooled
        - silent
    )
    unnamed = in_no_analysis(material.loaded.review, records, selections)
    studies = {name.partition("/")[0] for name in pooled & every}
    yield Fact("Recorded", f"{counted(len(every), 'estimate')} in {counted(len(records), 'record')}")
    yield Fact("Pooled in an analysis", f"{len(pooled & every):,}, of {counted(len(studies), 'record')}")
    yield Fact("Examined, no number reported", f"{len(silent):,}")
    yield Fact("Left out, or another model is pooled", f"{len(outside & every):,}")
    yield Fact("In no analysis", f"{len(unnamed):,}")


def _scripts(material: Reported) -> tuple[ScriptShown, ...]:
    """The script in each language, analysis by analysis, or why there is none."""
    found = []
    for language, ending, parts_of in (("Python", "py", python_parts), ("R", "R", r_parts)):
        try:
            parts = parts_of(material.results) if material.results else ScriptParts("", {}, "")
            why = "" if material.results else "there is no analysis that a script could reproduce"
        except ValueError as reason:
            parts, why = ScriptParts("", {}, ""), str(reason)
        found.append(ScriptShown(language, ending, parts, why))
    return tuple(found)
