"""What the rules about risk of bias must flag, and what they must leave alone."""

from __future__ import annotations

from tests.evidence.audit.records import HEAD, TAIL, beta
from tests.evidence.records.samples import TEXT


def judged(*entries: str, tool: str = "RoB 2", text: str = TEXT) -> str:
    """The record with judgements, e.g. 'D1: low' or 'D1: low, by: A'; the support is the same in all."""
    listed = "".join(
        f"  - {{tool: {tool}, support: S, domain: {domain}, judgement: {rest}}}\n"
        for domain, _, rest in (entry.partition(": ") for entry in entries)
    )
    return text.replace("extraction:", f"risk_of_bias:\n{listed}extraction:")


def five(
    *words: str, overall: str | None = None, more: str = "", tool: str = "RoB 2", text: str = TEXT
) -> str:
    """All domains D1, D2 ..., and the overall judgement."""
    entries = [f"D{number}: {word}{more}" for number, word in enumerate(words, 1)]
    return judged(*entries, *([f"overall: {overall}{more}"] if overall else []), tool=tool, text=text)


LOW = ("low",) * 5
SEVEN = ("low",) * 7
TWO_RESULTS = HEAD + "estimates:\n" + beta("a", "1, se: 1") + beta("b", "2, se: 1", "{sex: men}") + TAIL
STARS = ("S: 4", "C: 2", "O: 3")
ITEMS = ("S1: 1", "S2: 1", "S3: 1", "S4: 0", "C: '*'", "O1: ★", "O2: 0 stars", "O3: 1 star")

APPLICABLE = tuple(f"D{number}: low, applicability: low" for number in (1, 2, 3))


def quadas(applicability: str, overall: str = "low", domain: str = "D1") -> str:
    words = [f"D{number}: low" for number in (1, 2, 3, 4)]
    words = [word + (f", applicability: {applicability}" if word[:2] == domain else "") for word in words]
    return judged(*words, f"overall: {overall}", tool="QUADAS-2")


FLAGGED: dict[str, list[str]] = {
    "bias-tool": [
        judged("D1: low", "D2: low", tool="Rob 3"),
        judged("D1: low", tool="NOS"),
        judged("D1: low, version: '2016'"),
        judged("D1: low, version: V3", tool="ROBINS-I"),
    ],
    "bias-domain": [
        judged("Allocation concealment: low"),
        judged("D6: low"),
        judged("D5: low", tool="QUADAS-2"),
        judged("D1: low, applicability: low"),
        quadas("low", domain="D4"),
        judged("overall: low, applicability: low", tool="QUADAS-2"),
    ],
    "bias-judgement": [
        judged("D1: Lwo"),
        judged("D1: unclear"),
        judged("overall: unclear"),
        judged("D1: high", tool="ROBINS-I"),
        judged("D1: no information", tool="ROBINS-I V2"),
        judged("D1: very high"),
        judged("S1: 2", tool="NOS cohort"),
        judged("S: 5", tool="NOS cohort"),
        judged("overall: 10", tool="NOS case-control"),
        judged("Q1: high", tool="JBI cohort"),
        quadas("some"),
    ],
    "bias-twice": [
        judged("D1: low", "D1: low"),
        judged("D1: low, by: A", "D1: high, by: B", "randomization process: low, by: A"),
    ],
    "bias-missing": [
        judged("D1: low", "D2: low", "D3: low", "D4: low"),
        judged("overall: low"),
        judged(*STARS[:2], tool="NOS cohort"),
        judged(*ITEMS[1:], tool="NOS cohort"),
        judged("D2: low, estimate: hip-men", "D1: low"),
        quadas("low"),
    ],
    "bias-result": [five(*LOW, overall="low", text=TWO_RESULTS)],
    "bias-overall-better": [
        five("low", "low", "low", "low", "some concerns", overall="low"),
        five("low", "low", "high", "low", "some concerns", overall="some concerns"),
        five("low", "low", "low", "low", "low", "serious", "critical", overall="serious", tool="ROBINS-I"),
        five("low", "low", "low", "low", "low", "low", "no information", overall="low", tool="ROBINS-I"),
        five(*SEVEN[:6], "high", overall="some concerns", tool="ROBINS-E"),
        judged("D1: low", "D2: low", "D3: unclear", "D4: low", "overall: low", tool="QUADAS-2"),
        judged("D1: high", "overall: low, estimate: hip-men"),
    ],
    "bias-overall-worse": [
        five(*LOW, overall="some concerns"),
        five("low", "low", "low", "low", "some concerns", overall="high"),
        five(*SEVEN[:6], "moderate", overall="serious", tool="ROBINS-I"),
        five("moderate", "moderate", *SEVEN[:5], overall="critical", tool="ROBINS-I"),
        five(*SEVEN, overall="no information", tool="ROBINS-I"),
        judged(*APPLICABLE, "D4: low", "overall: at risk of bias", tool="QUADAS-2"),
        judged(
            *(each.replace("applicability: low", "applicability: some") for each in APPLICABLE),
            *("D4: low", "overall: at risk of bias"),
            tool="QUADAS-2",
        ),
    ],
    "bias-stars": [
        judged(*STARS, "overall: 8", tool="NOS cohort"),
        judged(*ITEMS, "overall: 7", tool="NOS cohort"),
        judged("S: 4", *ITEMS[:4], *STARS[1:], tool="NOS cohort"),
    ],
}

LEFT_ALONE: dict[str, list[str]] = {
    "bias-tool": [
        TEXT,
        *(
            judged("D1: low", tool=name)
            for name in ("RoB 2", "RoB2", "rob-2", "Cochrane RoB 2", "'RoB 2 (2019)'")
        ),
        judged("D1: low, version: '2019'"),
        judged("D1: low, version: 22 August 2019"),
        *(judged("D1: low, version: V2", tool=name) for name in ("ROBINS-I", "ROBINS-I V2")),
        judged("Q1: yes, version: '2017'", tool="JBI RCT"),
    ],
    "bias-domain": [
        judged("D1: low", "Bias due to deviations from intended interventions: low", "3: low"),
        judged(
            "Bias arising from the randomisation process: low", "Domain 4: low", "Overall risk of bias: low"
        ),
        judged("D1b: low", "DS: low"),
        quadas("high"),
        judged("anything: low", tool="Our own"),
        judged("Q11: yes", tool="JBI cohort"),
    ],
    "bias-judgement": [
        judged("Allocation concealment: unclear"),  # no domain of the tool
        quadas("some", domain="D4"),
        judged("overall: low, applicability: some", tool="QUADAS-2"),
        judged("D1: Low", "D2: HIGH", "D3: Some concerns", "D4: low risk of bias", "D5: High risk"),
        judged("D1: no information", tool="ROBINS-I"),
        judged("D1: low except for concerns about uncontrolled confounding", tool="ROBINS-E"),
        judged(*ITEMS, tool="NOS cohort"),
        judged(*STARS, "overall: 9 stars", tool="NOS cohort"),
        judged("Q1: yes", "Q2: N/A", "overall: include", tool="JBI cohort"),
        quadas("unclear concern"),
        judged("anything: Lwo", tool="Our own"),
        judged("anything: Lwo"),
    ],
    "bias-twice": [
        judged("Allocation concealment: low", "Allocation concealment: low"),
        judged("D1: low, by: A", "D1: high, by: B", "D2: low"),
        judged("D1: low", "D1: high, estimate: hip-men", "D1: high, report: lee-2019"),
        judged("other: low", "other: low"),
    ],
    "bias-missing": [
        judged("Allocation concealment: low"),
        five(*LOW),
        judged(*STARS, tool="NOS cohort"),
        judged(*ITEMS, tool="NOS cohort"),
        judged("D1: low", tool="Our own"),
        five(*LOW, more=", by: A"),
        judged(*(f"D{number}: low, by: A" for number in range(1, 6)), "overall: low, by: A and B"),
        judged("D1: low", *(f"D{number}: low, estimate: hip-men" for number in range(2, 6))),
        judged(*(f"D{number}: low" for number in range(1, 6)), "overall: low, report: lee-2019"),
        judged(*(f"D{number}: low" for number in range(1, 5)), tool="QUADAS-2"),
        judged(*APPLICABLE, "D4: low", tool="QUADAS-2"),
    ],
    "bias-result": [
        five(*LOW, overall="low"),
        five(*LOW, text=TWO_RESULTS),
        five(*LOW, overall="low", more=", estimate: a", text=TWO_RESULTS),
        judged(*STARS, "overall: 9", tool="NOS cohort", text=TWO_RESULTS),
    ],
    "bias-overall-better": [
        five(*LOW, overall="low"),
        five("low", "low", "high", "low", "some concerns", overall="high"),
        five(*SEVEN[:6], "no information", overall="moderate", tool="ROBINS-I"),
        five("low except confounding", *SEVEN[:6], overall="low", tool="ROBINS-E"),
        judged("D1: high, by: A", "overall: low, by: B"),
        judged("D1: high", "D1: low, estimate: hip-men", "overall: low, estimate: hip-men"),
        judged("Q1: no", "overall: include", tool="JBI cohort"),
        judged("D1: Lwo", "overall: low"),
    ],
    "bias-overall-worse": [
        five(*("good",) * 5, overall="high"),
        five("low", "low", "low", "some concerns", "some concerns", overall="high"),
        five("serious", "serious", *SEVEN[:5], overall="critical", tool="ROBINS-I"),
        five("low", "low", "low", "low", "high", overall="high"),
        five(*SEVEN[:6], "no information", overall="no information", tool="ROBINS-I"),
        five(*SEVEN[:6], "no information", overall="critical", tool="ROBINS-I"),
        judged("D1: low", "overall: high"),
        judged("overall: high"),
        judged(
            *APPLICABLE[:2], "D3: low, applicability: high", "D4: low", "overall: at risk", tool="QUADAS-2"
        ),
        quadas("low", overall="at risk of bias"),
        quadas("unclear", overall="high"),
    ],
    "bias-stars": [
        judged(*STARS, "overall: 9", tool="NOS cohort"),
        judged(*ITEMS, "overall: 6", tool="NOS cohort"),
        judged("S: 3", *ITEMS, "overall: 6", tool="NOS cohort"),
        judged("S: 3", "S1: 0", *STARS[1:], "overall: 8", tool="NOS cohort"),
        judged("S: 3", "overall: 8", tool="NOS cohort"),
        five("low", "high", overall="low"),
    ],
}
