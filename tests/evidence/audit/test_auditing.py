"""What becomes of a finding: settled by `use`, acknowledged, with a way out, sorted by place."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.audit.auditing import audit_record, audit_review, contradicted_estimates
from evidence.records.parsing import Severity
from evidence.records.reading import record_from_text
from evidence.records.schema import Record
from evidence.records.trust import fingerprint
from tests.evidence.audit.records import (
    BACK,
    HIP_MEN,
    acknowledging,
    baseline,
    beta,
    estimate,
    estimates,
    place,
    problems,
    replaced,
    told,
)
from tests.evidence.records.samples import TEXT, bent

WRONG_SCALE = ("ci: [0.002, 0.0135], level: 95 %", "ci: [0.002, 0.0135], se: 0.05")
LONG = "To pool it all the same, say which number to trust: "


def record(text: str) -> Record:
    found = record_from_text(text, Path("lee-2019.yaml")).model
    assert found is not None
    return found


# Ways out.


@pytest.mark.parametrize(
    ("change", "rule", "ways"),
    [
        (WRONG_SCALE, "se-against-interval", "'use: ci', 'use: se' or 'use: p'."),
        (("[0.002, 0.0135]", BACK), "limits-reversed", "'use: p'."),
        (("p: 0.006", "p: 1.6"), "p-impossible", "'use: ci'."),
        (("p: 0.006", "p: 0.6"), "p-against-significance", "'use: ci' or 'use: p'."),
        (("0.0079, ci", "0.0179, ci"), "estimate-outside-interval", "'use: p'."),
        (("p: 0.006", "p: 0.6, use: ci"), "p-against-significance", None),
        (("0.0079, ci: [0.002, 0.0135]", "1e300, ci: [0.002, 0.0135]"), "number-impossible", None),
    ],
)
def test_an_error_tells_which_numbers_alone_can_be_true(
    change: tuple[str, str], rule: str, ways: str | None
) -> None:
    found = told(replaced(change), rule)
    ((_, hint),) = found
    assert (hint or "").partition(LONG)[2] == (ways or "")


def test_a_number_of_persons_that_cannot_be_is_not_needed_by_an_interval() -> None:
    body = "effect: {measure: r, estimate: 0.30, ci: [0.11, 0.47], p: 0.003}"
    ((_, hint),) = told(estimates(estimate("a", body, n=-1)), "count-impossible")
    assert hint == f"A slip in a digit, a sign or the power of ten? {LONG}'use: ci' or 'use: p'."
    ((_, hint),) = told(
        estimates(estimate("a", body.replace("0.003", "0.3"), n=100)), "p-against-significance"
    )
    assert hint is not None
    assert hint.endswith(f"{LONG}'use: ci', 'use: p' or 'use: n'.")


def test_what_was_not_reported_and_parts_of_a_record_have_no_way_out() -> None:
    slip = "A slip in a digit, a sign or the power of ten?"
    silent = estimates(estimate("a", "not_reported: {said: small}", n=-1))
    for text in (silent, replaced(("n: 1426", "n: -1"))):
        assert [hint for _, hint in told(text, "count-impossible")] == [slip]


# An impossible p-value.

MEANT = (
    "Several single slips would each explain it: p = 0.007: one digit wrong? p = 0.0071: the p-value alone "
    f"wrong? Check the full text. {LONG}'use: ci'."
)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (replaced(("p: 0.006", "p: 1.007")), MEANT),  # z = 0.0079 / (0.0115 / 3.92) = 2.693
        (  # no other number tells what p should be
            estimates(beta("a", "0.0079, p: 1.007")),
            "A shifted decimal point, or another number of the row?",
        ),
        (
            estimates(
                estimate(
                    "a",
                    "effect: {measure: OR, p: 1.007, "
                    "groups: [{name: a, n: 30, events: 10}, {name: b, n: 30, events: 5}]}",
                )
            ),
            f"A shifted decimal point, or another number of the row? {LONG}'use: groups'.",
        ),
        (
            baseline("{variable: x, mean_sd: [[1, 2], [1, 2], [1, 2]], p: 1.007}"),
            "A shifted decimal point?",
        ),
    ],
)
def test_a_p_value_that_cannot_be_and_what_was_meant(text: str, hint: str) -> None:
    assert told(text, "p-impossible") == [("p 1.007 cannot be: a p-value lies between 0 and 1", hint)]


def test_of_several_impossible_p_values_each_is_explained_by_its_own_numbers() -> None:
    text = estimates(
        beta("a", "0.0079, p: 1.007"), beta("b", "0.0079, ci: [0.002, 0.0135], p: 1.007", "{sex: men}")
    )
    assert [hint for _, hint in told(text, "p-impossible")] == [
        "A shifted decimal point, or another number of the row?",
        MEANT,
    ]


# What `use` settles.


def test_what_use_settles_is_a_warning_that_says_what_is_used() -> None:
    rule = "se-against-interval"
    (before,) = problems(replaced(WRONG_SCALE), rule)
    (settled,) = problems(replaced(WRONG_SCALE, ("p: 0.006", "p: 0.006, use: ci")), rule)
    assert (before.severity, settled.severity) == (Severity.ERROR, Severity.WARNING)
    assert settled.says == f"{before.says}; the record uses the interval"
    assert before.hint == f"{settled.hint} {LONG}'use: ci', 'use: se' or 'use: p'."


def test_a_finding_that_remains_is_not_settled() -> None:
    text = replaced(("p: 0.006", "p: 1.6, use: p"))
    (problem,) = problems(text, "p-impossible")
    assert problem.severity is Severity.ERROR
    assert problem.says == "p 1.6 cannot be: a p-value lies between 0 and 1"


TWICE = (
    beta("a", "0.0079, ci: [0.0020, 0.0135], se: 0.003{use}", "{sex: men}", "Here"),
    beta("b", "0.0079, ci: [0.0020, 0.0135]", "{sex: women}", "There"),
)


def test_a_finding_about_another_estimate_keeps_its_words() -> None:
    for entries in (TWICE, TWICE[::-1]):
        text = estimates(*entries)
        ((plain, hint),) = told(text.replace("{use}", ""), "identical-estimates")
        used = "; the record uses the standard error" if entries[1] is TWICE[0] else ""
        (problem,) = problems(text.replace("{use}", ", use: se"), "identical-estimates")
        assert (problem.says, problem.hint) == (plain + used, hint)
        assert problem.severity is Severity.WARNING


def test_a_finding_about_another_part_of_the_record_keeps_its_severity() -> None:
    changes = (WRONG_SCALE, ("women: 54.2 %", "women: 154.2 %"))
    for use in ("p: 0.006", "p: 0.006, use: ci"):
        (problem,) = problems(replaced(*changes, ("p: 0.006", use)), "percent-impossible")
        assert problem.severity is Severity.ERROR
        assert problem.says.startswith("154.2 %")
        assert "uses" not in problem.says


# Which estimates are kept out.


def test_the_estimates_of_all_records_that_cannot_be_are_kept_out_with_the_reason() -> None:
    broken = record(
        estimates(
            beta("fine", "0.0079, ci: [0.002, 0.0135]", "{sex: men}"),
            beta("outside", "0.0179, ci: [0.002, 0.0135]", "{sex: women}"),
            beta("odd", "0.0079, ci: [0.002, 0.0135], p: 0.012", "{ancestry: a}"),
            beta("large", "1e30, ci: [0.002, 0.0135]", "{ancestry: b}"),
            beta("nobody", "0.0079, ci: [0.002, 0.0135]", "{ancestry: c}", n=-1),
            estimate("silent", "not_reported: {said: small}", "{ancestry: d}"),
        )
    )
    other = record(bent(("study: lee-2019", "study: other"), ("p: 0.006", "p: 0.6")))
    found = contradicted_estimates([record(TEXT), broken, other])
    assert list(found) == [
        ("lee-2019", "outside"),
        ("lee-2019", "large"),
        ("lee-2019", "nobody"),
        ("other", "hip-men"),
    ]
    assert found["lee-2019", "large"] == "1e30 is too large for any study"
    assert found["lee-2019", "nobody"] == "there cannot be -1 persons"
    assert "outside its own" in found["lee-2019", "outside"]


# Documents.


def test_findings_are_sorted_by_place() -> None:
    text = replaced(("women: 54.2 %", "women: 154.2 %"), ("p: 0.006", "p: 1.6"), ("2010-2012", "2012-2010"))
    found = audit_record(record_from_text(text, Path("lee-2019.yaml")))
    assert [problem.rule for problem in found] == ["years-impossible", "percent-impossible", "p-impossible"]
    assert [place(text, problem)[:5] for problem in found] == ["2012-", "154.2", "1.6}"]


INVALID = "schema: 1\nstudy: broken\n"


def test_what_is_no_record_or_no_review_is_passed_over() -> None:
    document = record_from_text(INVALID, Path("broken.yaml"))
    assert document.tree is not None
    assert document.model is None
    assert audit_record(document) == []
    readable = record_from_text(TEXT, Path("a.yaml"))
    assert audit_review([document, readable]) == []
    (first, *_) = audit_review([readable, document, record_from_text(TEXT, Path("b.yaml"))])
    assert first.place.path == Path("b.yaml")


def test_findings_among_records_are_sorted_by_file_and_line() -> None:
    documents = [record_from_text(TEXT, Path(f"{name}.yaml")) for name in ("c", "b", "a")]
    found = audit_review(documents)
    assert [(problem.place.path.stem, problem.rule) for problem in found] == [
        (name, rule) for name in ("a", "b") for rule in ("study-twice", "cohorts-overlap", "report-twice")
    ]


# Acknowledgements.


@pytest.mark.parametrize(
    ("entry", "says", "hint", "at"),
    [
        (
            "of: hip-men, finding: limits-revers, data: x",
            "no finding is called 'limits-revers'",
            "Did you mean 'limits-reversed'?",
            "limits-revers,",
        ),
        (
            "of: hip-man, finding: limits-reversed, data: x",
            "the record has no estimate and no part called 'hip-man'",
            "Did you mean 'hip-men'?",
            "hip-man,",
        ),
        (
            "of: populatio, finding: limits-reversed, data: x",
            "the record has no estimate and no part called 'populatio'",
            "Did you mean 'population'?",
            "populatio,",
        ),
        (
            "of: xyz, finding: limits-reversed, data: x",
            "the record has no estimate and no part called 'xyz'",
            "Known: hip-men, cohort, reports, population, exposures, outcomes, models, flow, baseline, "
            "risk_of_bias.",
            "xyz,",
        ),
        (
            "of: hip-men, finding: limits-reversed",
            "the acknowledgement of limits-reversed does not say what data it was made on",
            f"If the numbers of 'hip-men' are as you saw them, add 'data: {HIP_MEN}'.",
            "{of: hip-men",
        ),
        (
            "of: hip-men, finding: limits-reversed, data: 0123456789ab",
            "the numbers of 'hip-men' have changed since me acknowledged limits-reversed on 2026-11-28; it "
            "no longer counts",
            f"Look again; if it still holds, write 'data: {HIP_MEN}'.",
            "0123456789ab",
        ),
        (
            f"of: hip-men, finding: limits-reversed, data: {HIP_MEN}",
            "'hip-men' has no finding limits-reversed to acknowledge",
            "Delete the entry, or name the finding that 'check' prints in brackets.",
            "limits-reversed,",
        ),
    ],
)
def test_an_acknowledgement_that_does_not_count(entry: str, says: str, hint: str, at: str) -> None:
    text = acknowledging(entry)
    assert told(text, "acknowledgement-open") == [(says, hint)]
    assert place(text, problems(text, "acknowledgement-open")[0]).startswith(at)


def test_a_rule_across_records_may_be_acknowledged_in_one_of_them() -> None:
    text = acknowledging("of: reports, finding: report-twice, data: x")
    text = text.replace("data: x", f"data: {fingerprint(record(text), 'reports')}")
    assert told(text, "acknowledgement-open") == []
    other = bent(("study: lee-2019", "study: other"), ("name: LEE", "name: OTHER"))
    documents = [record_from_text(each, Path(f"{i}.yaml")) for i, each in enumerate((other, text))]
    (found,) = audit_review(documents)
    assert (found.rule, found.severity) == ("report-twice", Severity.NOTE)
    assert found.says.endswith("; acknowledged by me on 2026-11-28: seen")
    assert [problem.severity for problem in audit_review(documents[::-1])] == [Severity.WARNING]


def test_at_most_60_names_are_suggested() -> None:
    many = estimates(*(beta(f"e{i}", "0.0079, se: 0.003", f"{{ancestry: '{i}'}}") for i in range(70)))
    added = (
        "acknowledged: [{of: zzz, finding: limits-reversed, by: me, on: 2026-11-28, why: seen}]\nextraction:"
    )
    ((_, hint),) = told(replaced(("extraction:", added), text=many), "acknowledgement-open")
    assert hint == f"Known: {', '.join(f'e{i}' for i in range(60))}."


@pytest.mark.parametrize(
    ("text", "says", "at"),
    [
        (
            replaced(("level: 95 %", "use: se")),
            "'use' names the standard error, which is not printed",
            "se,",
        ),
        (
            acknowledging("of: hip-men, finding: limits-reversed, use: t, data: x"),
            "'use' names the test statistic, which 'hip-men' does not print",
            "t,",
        ),
        (
            acknowledging(
                "of: hip-men, finding: limits-reversed, use: p, data: x", ("level: 95 %", "use: ci")
            ),
            "'use: p' stands here and 'use: ci' in the effect itself",
            "p,",
        ),
        (acknowledging("of: hip-men, finding: limits-reversed, use: ci, data: x"), None, ""),
        (
            acknowledging(
                "of: hip-men, finding: limits-reversed, use: p, data: x", ("level: 95 %", "use: p")
            ),
            None,
            "",
        ),
        (
            acknowledging(
                "of: hip-men, finding: limits-reversed, use: nothing, data: x", ("level: 95 %", "use: p")
            ),
            None,
            "",
        ),
        (
            acknowledging("of: hip-men, finding: limits-reversed, data: x", ("level: 95 %", "use: p")),
            None,
            "",
        ),
    ],
)
def test_use_names_a_printed_number_and_the_same_in_both_places(text: str, says: str | None, at: str) -> None:
    found = problems(text, "use-not-printed")
    assert [problem.says for problem in found] == ([] if says is None else [says])
    for problem in found:
        assert place(text, problem).startswith(at)


def test_use_of_what_was_not_reported_is_passed_over() -> None:
    text = estimates(estimate("hip-men", "not_reported: {said: small}"))
    added = "{of: hip-men, finding: p-missing, use: t, by: me, on: 2026-11-28, why: seen}"
    text = replaced(("extraction:", f"acknowledged: [{added}]\nextraction:"), text=text)
    assert told(text, "use-not-printed") == []


def test_only_the_finding_that_is_named_is_acknowledged() -> None:
    data = fingerprint(record(replaced(WRONG_SCALE)), "hip-men")
    entry = f"of: hip-men, finding: se-against-interval, data: {data}"
    text = acknowledging(entry, WRONG_SCALE)
    severities = {
        problem.rule: problem.severity
        for problem in audit_record(record_from_text(text, Path("lee-2019.yaml")))
    }
    assert severities["se-against-interval"] is Severity.NOTE
    assert severities["p-against-se"] is Severity.ERROR
    assert "acknowledgement-open" not in severities
    stale = acknowledging(entry, WRONG_SCALE, ("0.0079", "0.0078"))
    (problem,) = problems(stale, "se-against-interval")
    assert problem.severity is Severity.ERROR
    assert "acknowledged" not in problem.says
