"""Records with one thing bent, and what a rule says of them."""

from __future__ import annotations

from pathlib import Path

from evidence.audit.auditing import audit_record
from evidence.records.parsing import Problem
from evidence.records.reading import record_from_text
from evidence.records.trust import fingerprint
from tests.evidence.records.samples import TEXT


def record_hash(text: str) -> str:
    """What `check` calls the data of the estimate hip-men."""
    found = record_from_text(text, Path("lee-2019.yaml")).model
    assert found is not None
    return fingerprint(found, "hip-men") or ""


HEAD = TEXT[: TEXT.index("estimates:")]
TAIL = TEXT[TEXT.index("extraction:") :]
ESTIMATES = TEXT[TEXT.index("estimates:") : TEXT.index("extraction:")]
POPULATION = "population: {n: 1426, women: 54.2 %, age: {minimum: 50, mean: 62.6, sd: 8.0}}"
REPORT = (
    "lee-2019: {type: journal article, status: published, citation: Lee 2019, year: 2019, read: full text}"
)
UNADJUSTED = (
    "{type: linear regression, adjustment: full, covariates: [age, sex]}",
    "{type: crude, adjustment: none}",
)
MEN_AND_WOMEN = (("men", "-0.0056, ci: [-0.0089, -0.0024]"), ("women", "-0.0097, ci: [-0.0127, -0.0068]"))


def estimate(
    name: str, body: str, stratum: str = "{}", at: str = "Table 2", n: int | None = None, outcome: str = "hip"
) -> str:
    """One entry of `estimates`."""
    count = "" if n is None else f"    n: {n}\n"
    return (
        f"  - id: {name}\n    outcome: {outcome}\n    stratum: {stratum}\n{count}"
        f"    {body}\n    where: {{report: lee-2019, at: '{at}'}}\n"
    )


def beta(name: str, numbers: str, stratum: str = "{}", at: str = "Table 2", n: int | None = None) -> str:
    """A slope with its numbers, e.g. `0.0079, ci: [0.002, 0.0135]`."""
    return estimate(name, f"effect: {{measure: beta, per: 1 g/dL, estimate: {numbers}}}", stratum, at, n)


def estimates(*entries: str) -> str:
    return HEAD + "estimates:\n" + "".join(entries) + TAIL


def replaced(*changes: tuple[str, str], text: str = TEXT) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def population(text: str) -> str:
    return replaced((POPULATION, f"population: {text}"))


def flow(*steps: str) -> str:
    listed = "".join(f"    - {{{step}}}\n" for step in steps)
    return replaced(
        ("extraction:", f"flow:\n  where: {{report: lee-2019, at: Figure 1}}\n  steps:\n{listed}extraction:")
    )


def baseline(*rows: str, columns: str = "[All, Q1, Q2]", whole: str = "whole: All") -> str:
    listed = "".join(f"      - {row}\n" for row in rows)
    head = f"  - where: {{report: lee-2019, at: Table 1}}\n    columns: {columns}\n    {whole}\n    rows:\n"
    return replaced(("extraction:", f"baseline:\n{head}{listed}extraction:"))


def strata(
    whole: str, parts: tuple[tuple[str, str], ...], whole_n: int | None = None, ns: tuple[int, ...] = ()
) -> str:
    entries = [beta("all", whole, n=whole_n)]
    for position, (sex, numbers) in enumerate(parts):
        entries.append(beta(sex, numbers, f"{{sex: {sex}}}", n=ns[position] if ns else None))
    return estimates(*entries)


def second_report(words: str) -> str:
    return replaced((REPORT, f"{REPORT}\n  other: {{{words}, citation: Other, year: 2018, read: abstract}}"))


def groups(measure: str, exposed: str) -> str:
    """A comparison by raw numbers, of which the first group is given."""
    other = "n: 30, mean: 2, sd: 2" if measure == "MD" else "n: 30, events: 3"
    body = f"effect: {{measure: {measure}, groups: [{{name: a, {exposed}}}, {{name: b, {other}}}]}}"
    return estimates(estimate("a", body))


def classes(measure: str, *arms: str, crude: bool = False) -> str:
    """A record with classes of which the first is the reference."""
    listed = "".join(
        f"      - {{id: q{place}, name: Q{place}, {'reference: true, ' if place == 1 else ''}{arm}}}\n"
        for place, arm in enumerate(arms, start=1)
    )
    added = (
        f"comparisons:\n  - id: quarters\n    outcome: hip\n    measure: {measure}\n    arms:\n{listed}"
        "    where: {report: lee-2019, at: Table 3}\nextraction:"
    )
    text = replaced(("extraction:", added), text=estimates())
    text = text.replace("estimates:\n", "estimates: []\n")
    return replaced(UNADJUSTED, text=text) if crude else text


def acknowledging(entry: str, *changes: tuple[str, str]) -> str:
    """The record with one acknowledgement; reading and date stand in it."""
    added = f"acknowledged:\n  - {{{entry}, by: me, on: 2026-11-28, why: seen}}\nextraction:"
    return replaced(("extraction:", added), *changes)


BACK = "[0.0135, 0.002]"
HIP_MEN = record_hash(TEXT)
REVERSED = record_hash(replaced(("[0.002, 0.0135]", BACK)))


def problems(text: str, rule: str) -> list[Problem]:
    """What one rule says of a valid record."""
    document = record_from_text(text, Path("lee-2019.yaml"))
    assert document.model is not None, [problem.says for problem in document.problems]
    return [problem for problem in audit_record(document) if problem.rule == rule]


def told(text: str, rule: str) -> list[tuple[str, str | None]]:
    """Words and hint of all that one rule says of a valid record."""
    return [(problem.says, problem.hint) for problem in problems(text, rule)]


def place(text: str, problem: Problem) -> str:
    """The text of a record from the place of a finding to the end of the line."""
    return text.splitlines()[problem.place.line - 1][problem.place.column - 1 :]
