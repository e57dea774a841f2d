"""Estimates against the raw numbers of their groups: both sides of every bound, and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.audit.auditing import contradicted_estimates
from evidence.records.parsing import Severity
from evidence.records.reading import record_from_text
from tests.evidence.audit.further_cases import COUNTS, MEANS, grouped
from tests.evidence.audit.records import UNADJUSTED, place, problems, replaced, told

EXACT = ("n: 30, mean: 3.0, sd: 1", "n: 30, mean: 2.0, sd: 1")
DIGIT = "Is the estimate adjusted, or a digit wrong?"
EXCHANGED = "It follows when the groups are exchanged: is the reference group the first one?"
OTHERS = "It is that of the persons without the event."


@pytest.mark.parametrize(
    ("measure", "printed", "groups", "gives", "hint"),
    [
        # 10 * 35 / (20 * 5); conditional 3.43, Peto 3.25, with halves 3.31
        ("OR", "3.5", COUNTS, None, None),
        ("OR", "3.43", COUNTS, None, None),
        ("OR", "3.31", COUNTS, None, None),
        ("OR", "3.6", COUNTS, "3.50", DIGIT),
        ("OR", "3.44", COUNTS, "3.50", DIGIT),
        ("OR", "0.29", COUNTS, "3.50", EXCHANGED),
        ("OR", "0.286", COUNTS, "3.50", EXCHANGED),
        ("OR", "0.283", COUNTS, "3.50", DIGIT),
        # (10 / 30) / (5 / 40) = 2.667; of the others (20 / 30) / (35 / 40) = 0.762
        ("RR", "2.67", COUNTS, None, None),
        ("RR", "2.66", COUNTS, "2.67", DIGIT),
        ("RR", "0.375", COUNTS, "2.67", EXCHANGED),
        ("RR", "0.76", COUNTS, "2.67", OTHERS),
        # 10 / 30 - 5 / 40 = 0.2083
        ("RD", "0.21", COUNTS, None, None),
        ("RD", "20.8", COUNTS, None, None),
        ("RD", "0.22", COUNTS, "0.208", DIGIT),
        ("RD", "-20.8", COUNTS, "0.208", EXCHANGED),
        # 10 * 39 / (20 * 1), and 29 * 35 / (1 * 5)
        ("OR", "19.5", (COUNTS[0], "n: 40, events: 1"), None, None),
        ("OR", "19.4", (COUNTS[0], "n: 40, events: 1"), "19.5", DIGIT),
        ("OR", "203", ("n: 30, events: 29", COUNTS[1]), None, None),
        ("OR", "202", ("n: 30, events: 29", COUNTS[1]), "203", DIGIT),
        # An empty cell: papers add a half, or not.
        ("OR", "9.9", ("n: 30, events: 0", COUNTS[1]), None, None),
        ("OR", "9.9", ("n: 30, events: 30", COUNTS[1]), None, None),
        ("RR", "9.9", (COUNTS[0], "n: 40, events: 0"), None, None),
        # 2.95 to 3.05 less 1.95 to 2.05
        ("MD", "0.9", EXACT, None, None),
        ("MD", "1.1", EXACT, None, None),
        ("MD", "0.894", EXACT, "0.900 to 1.10", DIGIT),
        ("MD", "0.900", EXACT, None, None),
        ("MD", "1.100", EXACT, None, None),
        ("MD", "1.106", EXACT, "0.900 to 1.10", DIGIT),
        ("MD", "-1.0", EXACT, "0.900 to 1.10", EXCHANGED),
        # 0.9 / 1.5 to 1.1 / 0.5
        ("SMD", "2.2", EXACT, None, None),
        ("SMD", "0.60", EXACT, None, None),
        ("SMD", "2.4", EXACT, "0.600 to 2.20", DIGIT),
        ("SMD", "-1.0", EXACT, "0.600 to 2.20", EXCHANGED),
        # Nothing to compare with.
        ("HR", "9.9", COUNTS, None, None),
        ("MD", "9.9", COUNTS, None, None),
        ("OR", "9.9", MEANS, None, None),
        ("OR", "9.9", (COUNTS[0], MEANS[1]), None, None),
        ("MD", "9.9", (MEANS[0], COUNTS[1]), None, None),
        ("OR", "9.9", ("n: 30, events: 31", COUNTS[1]), None, None),  # cannot be
        ("MD", "9.9", ("n: 30, mean: 3.0, sd: -1", MEANS[1]), None, None),
    ],
)
def test_an_unadjusted_estimate_follows_from_its_groups(
    measure: str, printed: str, groups: tuple[str, str], gives: str | None, hint: str | None
) -> None:
    text = grouped(f"{measure}, estimate: {printed}", groups)
    says = f"{measure} {printed} does not follow from its groups, which give {gives}"
    found = problems(text, "effect-against-groups")
    assert [problem.says for problem in found] == ([] if gives is None else [says])
    for problem in found:
        assert str(hint) in str(problem.hint)
        assert place(text, problem).startswith(printed)
        assert problem.severity == (Severity.ERROR if hint == EXCHANGED else Severity.WARNING)
    assert told(replaced((UNADJUSTED[1], UNADJUSTED[0]), text=text), "effect-against-groups") == []


def test_a_slope_is_not_that_of_two_groups() -> None:
    text = grouped("OR, per: 1 g/dL, estimate: 1.2", COUNTS)
    assert told(text, "effect-against-groups") == []
    assert len(told(text.replace("per: 1 g/dL, ", ""), "effect-against-groups")) == 1


@pytest.mark.parametrize(
    ("estimate", "said"), [("4.9", 0), ("4.94", 0), ("4.8", 1), ("140", 1), ("710", 1), ("-800", 1)]
)
def test_a_logarithm_is_compared_as_its_ratio_however_large(estimate: str, said: int) -> None:
    """The groups give 20 x 21 / (1 x 3) = 140, of which the logarithm is 4.942."""
    text = grouped(f"OR, estimate: {estimate}, log: true", ("n: 21, events: 20", "n: 24, events: 3"))
    assert len(told(text, "effect-against-groups")) == said


def test_groups_without_a_printed_estimate_contradict_nothing() -> None:
    assert told(grouped("OR", COUNTS), "effect-against-groups") == []


def test_exchanged_groups_keep_an_estimate_out_of_a_pool_until_one_number_is_trusted() -> None:
    text = grouped("OR, estimate: 0.29, ci: [0.09, 0.95]", COUNTS)
    (problem,) = problems(text, "effect-against-groups")
    assert problem.hint is not None
    assert problem.hint.endswith("say which number to trust: 'use: ci' or 'use: groups'.")
    for use, kept_out in (("", True), (", use: ci", False), (", use: groups", False)):
        record = record_from_text(
            text.replace("ci: [0.09, 0.95]", f"ci: [0.09, 0.95]{use}"), Path("a.yaml")
        ).model
        assert record is not None
        reasons = contradicted_estimates([record])
        assert list(reasons) == ([("lee-2019", "a")] if kept_out else [])
        assert all("does not follow from its groups" in reason for reason in reasons.values())


def test_what_a_person_has_settled_is_a_warning_that_says_so() -> None:
    text = grouped("OR, estimate: 0.29, ci: [0.09, 0.95], use: ci", COUNTS)
    (problem,) = problems(text, "effect-against-groups")
    assert problem.severity is Severity.WARNING
    assert problem.says.endswith("; the record uses the interval")


CLEAR = ("n: 100, events: 60", "n: 100, events: 20")
"""OR 6.0: log 1.79, standard error 0.323."""


@pytest.mark.parametrize(
    ("printed", "flagged"),
    [
        ("OR, estimate: 0.16, ci: [0.09, 0.30]", True),
        ("OR, estimate: 0.30, ci: [0.22, 0.42]", True),  # log -1.20: 0.59 from the mirror image
        ("OR, estimate: 0.33, ci: [0.23, 0.45]", False),  # log -1.11: 0.68, more than two errors
        ("OR, estimate: 0.16, ci: [0.0274, 0.934]", True),  # 2.04 of its own standard errors
        ("OR, estimate: 0.16, ci: [0.0249, 1.03]", False),  # 1.93
        ("OR, estimate: 6.2, ci: [3.2, 12.0]", False),
        ("OR, estimate: 0.16, p: 0.001", False),
        ("HR, estimate: 0.16, ci: [0.09, 0.30]", False),
        ("RR, estimate: 0.33, ci: [0.22, 0.50]", True),
        ("RD, estimate: -0.40, ci: [-0.52, -0.28]", False),  # its unit is not known
    ],
)
def test_adjustment_makes_no_mirror_image(printed: str, flagged: bool) -> None:
    found = told(grouped(printed, CLEAR, crude=False), "groups-exchanged")
    assert len(found) == flagged
    assert told(grouped(printed, CLEAR), "groups-exchanged") == []
    for says, hint in found:
        assert "is about the mirror image of" in says
        assert hint is not None


@pytest.mark.parametrize(("b", "flagged"), [("20", True), ("35", False)])
def test_a_mirror_image_needs_groups_that_are_clearly_apart(b: str, flagged: bool) -> None:
    # 60 against 35 of 100: log 1.02, 3.5 errors; the estimate is still within two errors of it
    groups = (CLEAR[0], f"n: 100, events: {b}")
    assert (
        len(told(grouped("OR, estimate: 0.16, ci: [0.09, 0.30]", groups, crude=False), "groups-exchanged"))
        == flagged
    )


@pytest.mark.parametrize(
    ("printed", "groups", "words"),
    [
        # Woolf: root of 1/10 + 1/20 + 1/5 + 1/35 = 0.615; allowed 0.615 / 1.28 to 2 * 0.615
        ("OR, estimate: 3.5, se: 0.49", COUNTS, None),
        (
            "OR, estimate: 3.5, se: 0.46",
            COUNTS,
            "is narrower than the groups allow, which give 0.62",
        ),
        ("OR, estimate: 3.5, se: 1.23", COUNTS, None),
        ("OR, estimate: 3.5, se: 1.24", COUNTS, "is wider than the groups allow"),
        # Katz: root of 1/10 - 1/30 + 1/5 - 1/40 = 0.4916, by 1.4 and 2
        ("RR, estimate: 2.67, se: 0.35", COUNTS, None),
        ("RR, estimate: 2.67, se: 0.34", COUNTS, "is narrower"),
        # root of 1/10 + 1/5 = 0.548
        ("HR, estimate: 3.0, se: 0.45", COUNTS, None),
        ("HR, estimate: 3.0, se: 0.40", COUNTS, "is narrower"),
        # Student or Welch 0.276 to 0.280, of rounding 0.265 to 0.291
        ("MD, estimate: 1.0, se: 0.24", MEANS, None),
        ("MD, estimate: 1.0, se: 0.22", MEANS, "is narrower"),
        ("MD, estimate: 1.0, se: 0.58", MEANS, None),
        ("MD, estimate: 1.0, se: 0.60", MEANS, "is wider"),
        # groups of one size may be pairs
        ("MD, estimate: 1.0, se: 0.08", EXACT, None),
        ("MD, estimate: 1.0, se: 0.01", EXACT, "is narrower"),
        # what does not follow from the groups is told by itself
        ("OR, estimate: 4.5, se: 0.10", COUNTS, None),
        ("beta, estimate: 4.5, se: 0.10", COUNTS, None),
    ],
)
def test_a_standard_error_is_that_of_the_groups_up_to_a_factor(
    printed: str, groups: tuple[str, str], words: str | None
) -> None:
    found = told(grouped(printed, groups), "interval-against-groups")
    assert len(found) == (words is not None)
    assert all(str(words) in says for says, _ in found)


@pytest.mark.parametrize(
    ("printed", "groups", "flagged"),
    [
        # log 1.2528 over 0.615: z = 2.04, p = 0.042, with twice the error 0.31
        ("OR, estimate: 3.5, p: 0.04", COUNTS, False),
        ("OR, estimate: 3.5, p: 0.80", COUNTS, False),
        ("OR, estimate: 3.5, p: 0.0001", COUNTS, True),
        ("OR, estimate: 3.5, p: < 0.05", COUNTS, False),
        ("OR, estimate: 3.5, p: 0.0001, test: Fisher exact", COUNTS, False),
        ("OR, estimate: 6.0, p: 0.40", CLEAR, True),  # z = 5.5, with twice the error 2.8
        ("MD, estimate: 1.0, p: 0.0000001", MEANS, False),  # a rank test may see more
        ("MD, estimate: 1.0, p: 1e-15", MEANS, False),
        ("OR, estimate: 3.5, p: 1e-15", COUNTS, True),
    ],
)
def test_p_alone_is_that_of_the_groups_by_some_test(
    printed: str, groups: tuple[str, str], flagged: bool
) -> None:
    found = told(grouped(printed, groups), "interval-against-groups")
    assert len(found) == flagged
    assert all("is not that of" in says for says, _ in found)


@pytest.mark.parametrize(
    ("measure", "se", "flagged"),
    [
        # 0.615 / (1.1 + 0.3 * 0.4) / (1 + 1/5) = 0.42 for OR; HR 0.548 / 1.46 = 0.37; IRR 0.34
        ("OR", "0.43", False),
        ("OR", "0.39", True),
        ("HR", "0.39", False),
        ("HR", "0.35", True),
        ("IRR", "0.36", False),
        ("IRR", "0.31", True),
        ("RR", "0.10", False),
    ],
)
def test_an_adjusted_ratio_is_no_more_precise_than_its_events(measure: str, se: str, flagged: bool) -> None:
    text = grouped(f"{measure}, estimate: 3.1, se: {se}", COUNTS, crude=False)
    found = told(text, "narrower-than-counts")
    assert len(found) == flagged
    assert all(f"the least that 10 and 5 events allow for {measure}" in says for says, _ in found)


@pytest.mark.parametrize(
    ("n", "said"),
    [(70, []), (69, ["the groups have 30 + 40 = 70 persons, the estimate only 69"]), (2000, [])],
)
def test_both_groups_are_no_more_than_all(n: int, said: list[str]) -> None:
    assert [says for says, _ in told(grouped("OR", COUNTS, n=n), "n-against-groups")] == said


@pytest.mark.parametrize(("n", "flagged"), [(30, False), (31, True), (29, True)])
def test_pairs_are_counted_once(n: int, flagged: bool) -> None:
    assert len(told(grouped("MD", EXACT, n=n), "n-against-groups")) == flagged
