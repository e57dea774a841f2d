"""Risk of bias: judgements in the words of their tools, whole, and overall as the domains allow."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.audit.assessments import Assessment, assessments, of_known_tools
from evidence.audit.rule import ERROR, NOTE, RECORD_RULES, WARNING, Finding
from evidence.records.parsing import KeyPath
from evidence.records.printed import shorten
from evidence.records.risk_of_bias import (
    OVERALL,
    JudgementWord,
    Tool,
    find_tool,
    find_word,
    is_overall,
    known_tools,
    nearest,
    versions_of,
)
from evidence.records.schema import Record
from evidence.wording import enumerate_words


@RECORD_RULES.rule("bias-tool", NOTE)
def bias_tool(record: Record) -> Iterator[Finding]:
    """The words of a risk-of-bias tool are checked if the tool is known."""
    told = set()
    for index, each in enumerate(record.risk_of_bias):
        if find_tool(each.tool, each.version) is not None or (each.tool, each.version) in told:
            continue
        told.add((each.tool, each.version))
        versions = versions_of(each.tool)
        if versions:
            says = f"version '{shorten(each.version or '')}' of {each.tool} is not known: no word is checked"
            yield Finding(("risk_of_bias", index, "version"), says, f"Known: {enumerate_words(versions)}.")
            continue
        names = list(dict.fromkeys(tool.tool for tool in known_tools()))
        close = nearest(each.tool, names)
        says = f"the tool '{shorten(each.tool)}' is not known: no word is checked"
        meant = f"Did you mean '{close}'? " if close else ""
        yield Finding(("risk_of_bias", index, "tool"), says, f"{meant}Known: {enumerate_words(names)}.")


@RECORD_RULES.rule("bias-domain", WARNING)
def bias_domain(record: Record) -> Iterator[Finding]:
    """A judged domain is one that the tool has, and its applicability one that the tool asks about."""
    for index, each, tool in of_known_tools(record):
        at: KeyPath = ("risk_of_bias", index)
        found = tool.domain(each.domain)
        if tool.place(each.domain) is None:
            names = [domain.name for domain in tool.domains]
            close = nearest(each.domain, names)
            hint = f"Did you mean '{close}'?" if close else f"Its domains: {enumerate_words(names)}."
            says = f"{tool.title} has no domain '{shorten(each.domain)}'"
            yield Finding((*at, "domain"), says, hint)
        elif each.applicability is not None and not (found and found.applicability):
            yield Finding(
                (*at, "applicability"),
                f"{tool.title} does not ask about the applicability of '{each.domain}'",
            )


@RECORD_RULES.rule("bias-judgement", ERROR)
def bias_judgement(record: Record) -> Iterator[Finding]:
    """A judgement of risk of bias is one of the tool's words for that domain."""
    for index, each, tool in of_known_tools(record):
        found = tool.domain(each.domain)
        if found is None and not is_overall(each.domain):
            continue
        asked = [("judgement", each.judgement, tool.words(None if is_overall(each.domain) else found))]
        if each.applicability is not None and found is not None and found.applicability:
            asked.append(("applicability", each.applicability, tool.applicability))
        for key, given, words in asked:
            if find_word(words, given) is None:
                yield Finding(("risk_of_bias", index, key), *_no_such_word(tool, given, words))


def _no_such_word(tool: Tool, given: str, words: tuple[JudgementWord, ...]) -> tuple[str, str]:
    names = [word.word for word in words]
    close = nearest(given, names)
    meant = f"Did you mean '{close}'? " if close else ""
    unit = "stars" if tool.most_stars else "judgements"
    return f"'{shorten(given)}' is no judgement of {tool.title}", f"{meant}Its {unit}: {', '.join(names)}."


@RECORD_RULES.rule("bias-twice", WARNING)
def bias_twice(record: Record) -> Iterator[Finding]:
    """One person judges each domain of a result once."""
    seen: dict[tuple[object, ...], int] = {}
    for index, each, tool in of_known_tools(record):
        key = (tool.title, each.by, each.report, each.estimate, tool.place(each.domain))
        first = seen.setdefault(key, index)
        if key[-1] is not None and first != index:
            before = record.risk_of_bias[first].judgement
            says = f"'{each.domain}' is judged a second time; no. {first + 1} of this list says '{before}'"
            hint = "Where two persons judged, 'by' says who; where two results, 'estimate' says which."
            yield Finding(("risk_of_bias", index, "domain"), says, hint)


@RECORD_RULES.rule("bias-missing", WARNING)
def bias_missing(record: Record) -> Iterator[Finding]:
    """An assessment of risk of bias judges every domain of its tool."""
    found = assessments(record)
    in_domains = {one.tool.title for one in found if one.words}
    for one in found:
        # an overall judgement that several persons agreed on stands by itself beside theirs
        agreed = one.domains.keys() == {OVERALL} and one.tool.title in in_domains
        if one.domains and one.lacking and not agreed:
            index, _ = next(iter(one.domains.values()))
            lacking = enumerate_words([f"'{name}'" for name in one.lacking])
            says = f"{one.tool.title} of {one.of} lacks {lacking}"
            yield Finding(
                ("risk_of_bias", index), says, "Judge each domain; the overall judgement follows from them."
            )


@RECORD_RULES.rule("bias-result", NOTE)
def bias_result(record: Record) -> Iterator[Finding]:
    """Where a tool judges each result, the overall judgement says which result it is about."""
    if len(record.placed_estimates) < 2:
        return
    told = set()
    for index, each, tool in of_known_tools(record):
        if (
            tool.judges == "result"
            and each.estimate is None
            and is_overall(each.domain)
            and tool.title not in told
        ):
            told.add(tool.title)
            says = f"{tool.title} judges each result, and this overall judgement names none"
            hint = f"Add 'estimate:' with an id, e.g. {record.placed_estimates[0][1].id}."
            yield Finding(("risk_of_bias", index), says, hint)


@RECORD_RULES.rule("bias-overall-better", ERROR)
def bias_overall_better(record: Record) -> Iterator[Finding]:
    """The overall risk of bias is at least that of the worst domain, and low only if every domain is."""
    for one in assessments(record):
        if one.tool.overall != "worst" or one.overall is None or one.overall[1].level is None:
            continue
        index, word = one.overall
        worst = max(one.levels, key=one.levels.__getitem__, default=None)
        if worst is None or one.levels[worst] <= (word.level or 0):
            worst = next((name for name in one.words if name not in one.levels and word.level == 0), None)
        if worst is not None:
            name = next(domain.name for domain in one.tool.domains if domain.id == worst)
            says = f"overall '{word.word}' for {one.of}, but '{name}' is '{one.words[worst].word}'"
            hint = f"By {one.tool.title} a result is at least as biased as its worst domain."
            yield Finding(("risk_of_bias", index, "judgement"), says, hint)


@RECORD_RULES.rule("bias-overall-worse", WARNING)
def bias_overall_worse(record: Record) -> Iterator[Finding]:
    """The overall risk of bias is no worse than the domains together make it."""
    for one in assessments(record):
        if one.tool.overall != "worst" or one.overall is None or one.lacking or not one.words:
            continue
        index, word = one.overall
        says = f"overall '{word.word}' for {one.of} is worse than its domains make it"
        hint = "It is as bad as the worst domain, or one step worse where several domains are as bad."
        if len(one.words) > len(one.levels):
            continue  # a domain without information may be anything
        if word.level is None:
            says, hint = f"overall '{word.word}' for {one.of}, though every domain has its judgement", ""
        elif word.level <= _most_allowed(one):
            continue
        yield Finding(("risk_of_bias", index, "judgement"), says, hint or None)


def _most_allowed(one: Assessment) -> int:
    """The worst overall level: that of the worst domain, one step above it where two or more are as bad.

    RoB 2: several 'some concerns' may lower confidence so far that a result is at high risk (Sterne 2019,
    table 1); ROBINS-I: several 'serious' may add up to 'critical' (its guidance of 2016, section 3.7). In
    QUADAS-2 concerns about applicability put a study at risk too (Whiting 2011).
    """
    levels = list(one.levels.values())
    worst = max([*levels, *one.concerns])
    return worst + (levels.count(worst) > 1 and worst > 0)


@RECORD_RULES.rule("bias-stars", ERROR)
def bias_stars(record: Record) -> Iterator[Finding]:
    """The stars of a heading are those of its items together, and all stars those of the headings."""
    for one in assessments(record):
        if one.tool.overall == "sum":
            yield from _other_sums(one)


def _other_sums(one: Assessment) -> Iterator[Finding]:
    stars = {name: int(word.word) for name, word in one.words.items()}
    counts: list[int | None] = []
    for domain in one.tool.domains:
        if domain.part_of is not None:
            continue
        total = _sum_of_items(one, stars, domain.id)
        counts.append(stars.get(domain.id, total))
        if domain.id in stars and total is not None and stars[domain.id] != total:
            says = (
                f"'{domain.name}' has {stars[domain.id]} stars for {one.of}, its items have {total} together"
            )
            yield Finding(("risk_of_bias", one.domains[domain.id][0], "judgement"), says)
    known = [count for count in counts if count is not None]
    if one.overall is not None and len(known) == len(counts) and int(one.overall[1].word) != sum(known):
        says = f"overall {one.overall[1].word} stars for {one.of}, but its domains have {sum(known)} together"
        yield Finding(("risk_of_bias", one.overall[0], "judgement"), says)


def _sum_of_items(one: Assessment, stars: dict[str, int], heading: str) -> int | None:
    """The stars of a heading's items; None where it has none or one of them is not judged."""
    items = [domain.id for domain in one.tool.domains if domain.part_of == heading]
    return sum(stars[item] for item in items) if items and all(item in stars for item in items) else None
