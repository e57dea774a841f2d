"""Characteristics of the studies: who was studied, what was measured, and where it is reported."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.records.schema import Age, Population, Record, Report
from evidence.selection.selection import Candidate
from evidence.wording import enumerate_words
from synthesis.paper.paper_table import PaperTable, Reported, Row, paper_table
from synthesis.paper.rounded import Cell, as_printed, count

_HEADINGS = (
    ("study", "Study"),
    ("cohort", "Cohort"),
    ("country", "Country"),
    ("design", "Design"),
    ("years", "Years"),
    ("n", "Persons"),
    ("women", "Women (%)"),
    ("age", "Age (years)"),
    ("exposure", "Exposure"),
    ("outcome", "Outcome"),
    ("adjustment", "Adjustment"),
    ("reports", "Reports"),
)


def study_table(material: Reported) -> PaperTable:
    """One row a study that an analysis shows, with a number or without one."""
    shown: dict[str, list[Candidate]] = {}
    for result in material.results:
        for found in result.candidates:
            shown.setdefault(found.record.study, []).append(found)
    rows = [_row(found) for found in sorted(shown.values(), key=lambda each: each[0].label.casefold())]
    return paper_table(
        "studies",
        "Characteristics of the studies",
        _HEADINGS,
        rows,
        ("Persons, women and age are of the whole study, as its reports print them; exposures, outcomes and "
         "adjustment of the estimates that the analyses show.",),
        "No study answers the question of an analysis.",
    )  # fmt: skip


def _row(found: list[Candidate]) -> Row:
    record = found[0].record
    estimates = [each.estimate for each in found]
    return {
        "study": found[0].label,
        "cohort": _joined([record.cohort.name, f"wave {record.cohort.wave}" if record.cohort.wave else None]),
        "country": record.cohort.country,
        "design": record.design,
        "years": record.cohort.years,
        "n": None if record.population.n is None else count(int(record.population.n)),
        "women": _women(record.population),
        "age": _age(record.population.age),
        "exposure": _each(
            f"{exposure.name} ({exposure.unit})" for exposure in map(record.exposure_of, estimates)
        ),
        "outcome": _each(map(_outcome, found)),
        "adjustment": _each(_model(record, each) for each in found),
        "reports": _each(
            _report(record.reports[name]) for name in dict.fromkeys(each.where.report for each in estimates)
        ),
    }


def _women(population: Population) -> Cell:
    """As printed; of a percentage of men what is left."""
    if population.women is not None:
        return as_printed(float(population.women.value), population.women.text.strip().rstrip("%").strip())
    if population.men is None:
        return None
    rest = 100 - population.men.value
    return as_printed(float(rest), format(rest, "f"))


def _age(age: Age | None) -> str | None:
    if age is None:
        return None
    parts = []
    if age.mean is not None:
        parts.append(f"mean {age.mean}" + (f" (SD {age.sd})" if age.sd is not None else ""))
    if age.median is not None:
        parts.append(f"median {age.median}")
    if age.minimum is not None and age.maximum is not None:
        parts.append(f"{age.minimum} to {age.maximum}")
    elif age.minimum is not None:
        parts.append(f"{age.minimum} and over")
    elif age.maximum is not None:
        parts.append(f"up to {age.maximum}")
    return ", ".join(parts) or None


def _outcome(found: Candidate) -> str:
    outcome = found.record.outcome_of(found.estimate)
    inside = [outcome.site, outcome.unit if outcome.unit != "not stated" else None, outcome.method]
    return f"{outcome.name} ({_joined(inside)})" if any(inside) else outcome.name


def _model(record: Record, found: Candidate) -> str:
    model = record.model_of(found.estimate)
    covariates = model.covariates
    if isinstance(covariates, str) or not covariates:
        return model.adjustment
    return f"{model.adjustment}: {enumerate_words(covariates)}"


def _report(report: Report) -> str:
    """The citation, and what finds it: doi, else PMID, else address; and a status that needs a word."""
    found = f"doi:{report.doi}" if report.doi else f"PMID {report.pmid}" if report.pmid else report.url
    said = [report.citation.rstrip(".")]
    if found and found.removeprefix("doi:") not in report.citation:
        said.append(found)
    if report.status != "published":
        said.append(report.status)
    return ". ".join(said)


def _joined(parts: Iterable[str | None]) -> str:
    return ", ".join(part for part in parts if part)


def _each(texts: Iterable[str]) -> str:
    """Each text once."""
    return "; ".join(dict.fromkeys(texts))
