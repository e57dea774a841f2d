"""A first review.yaml for what was imported: one analysis for each outcome and measure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from evidence.records.schema import Record
from evidence.records.vocabulary import NOT_STATED, Measure
from evidence.records.writing import text_to_yaml
from evidence.sources.entries import free_name, slug
from evidence.sources.revman.analyses import RevManAnalysis

MOST_ANALYSES = 200


@dataclass(frozen=True)
class _Planned:
    name: str
    title: str
    outcome: str
    measure: Measure
    exposure: str
    group: str | None = None
    """The subgroup it is about, `each` for one row a subgroup."""
    per: str | None = None
    unit: str | None = None
    sex: bool = False
    labels: tuple[str, str] = ("", "")
    random: bool = True


def review_text(
    name: str, title: str, records: Sequence[Record], outcomes: Sequence[RevManAnalysis] = ()
) -> str:
    """The text of a review.yaml with an analysis for each outcome of the records.

    outcomes: of a RevMan file, whose analyses keep their numbers, names, models and labels. What nobody has
    stated yet is said to be so, for a person to fill in.
    """
    planned = list(_of_outcomes(outcomes)) if outcomes else list(_of_records(records))
    first = planned[0]
    lines = [
        "# What was imported, as a review: complete the question, and choose what the analyses are to be.",
        f"review: {text_to_yaml(name)}",
        f"title: {text_to_yaml(title)}",
        "question:",
        "  population: not stated",
        f"  exposure: {text_to_yaml(first.exposure)}",
        f"  outcome: {text_to_yaml(first.outcome)}",
        "  design: not stated",
        f"scale: {_scale(first)}",
    ]
    if any(record.comparisons for record in records):
        lines.append("arms: combine  # of a study's arms with one reference; or lowest, highest, each")
    if all(not each.random for each in planned):
        lines.append("method: {estimator: EE, test: z}  # equal effects, as in the file that was imported")
    lines.append("analyses:")
    for each in planned[:MOST_ANALYSES]:
        lines += _analysis(each, first)
    return "\n".join(lines) + "\n"


def _scale(each: _Planned) -> str:
    parts = [f"measure: {each.measure}", f"exposure: {text_to_yaml(each.exposure, inside_brackets=True)}"]
    if each.per is not None:
        parts.append(f"per: {text_to_yaml(each.per, inside_brackets=True)}")
    if each.unit is not None:
        parts.append(f"unit: {text_to_yaml(each.unit, inside_brackets=True)}")
    return f"{{{', '.join(parts)}}}"


def _analysis(each: _Planned, first: _Planned) -> list[str]:
    lines = [
        f"  - id: {text_to_yaml(each.name)}",
        f"    title: {text_to_yaml(each.title)}",
        f"    outcome: {{name: {text_to_yaml(each.outcome, inside_brackets=True)}}}",
    ]
    stratum = [f"group: {text_to_yaml(each.group, inside_brackets=True)}"] if each.group else []
    stratum += ["sex: each"] if each.sex else []
    if stratum:
        lines.append(f"    stratum: {{{', '.join(stratum)}}}")
    if _scale(each) != _scale(first):
        lines.append(f"    scale: {_scale(each)}")
    if all(each.labels):
        lower, higher = (text_to_yaml(label, inside_brackets=True) for label in each.labels)
        lines.append(f"    direction: {{lower: {lower}, higher: {higher}}}")
    return lines


def _of_outcomes(outcomes: Iterable[RevManAnalysis]) -> Iterable[_Planned]:
    for each in outcomes:
        title = f"{each.number} {each.title}"
        groups = each.groups if not each.overall else ()
        whole = _Planned(
            name=slug(each.number),
            title=title,
            outcome=each.name,
            measure=each.measure,
            exposure=each.exposed,
            group="each" if each.groups else None,
            labels=each.labels,
            random=each.random,
        )
        for group in groups:
            name = slug(f"{each.number} {group}")[:80]
            yield replace(whole, name=name, title=f"{title}, {group}", group=group)
        if not groups:
            yield whole


def _of_records(records: Iterable[Record]) -> Iterable[_Planned]:
    found: dict[tuple[object, ...], _Planned] = {}
    for record in records:
        for _, estimate in record.placed_estimates:
            effect = estimate.effect
            if effect is None:
                continue
            outcome, exposure = record.outcome_of(estimate), record.exposure_of(estimate)
            per = None if effect.per in (None, NOT_STATED) else effect.per
            unit = None if outcome.unit == NOT_STATED else outcome.unit
            group = "each" if estimate.stratum.group else None
            sex = estimate.stratum.sex is not None
            key = (outcome.name, effect.measure, exposure.name, per, unit, group, sex)
            if key not in found:
                words = [
                    outcome.name,
                    effect.measure,
                    *(["by subgroup"] if group else []),
                    *(["by sex"] if sex else []),
                ]
                name = slug(" ".join(words))[:80] or "analysis"
                found[key] = _Planned(
                    name=free_name(name, {other.name for other in found.values()}),
                    title=", ".join([outcome.name[:1].upper() + outcome.name[1:], *words[2:]]),
                    outcome=outcome.name,
                    measure=effect.measure,
                    exposure=exposure.name,
                    group=group,
                    per=per,
                    unit=unit,
                    sex=sex,
                )
    return found.values()
