"""SDs and standard errors: both sides of every bound, and what is said."""

from __future__ import annotations

import math

import pytest

from evidence.audit.sd_rules import largest_sd
from evidence.records.parsing import Severity
from evidence.records.printed import Printed
from tests.evidence.audit.further_cases import MEANS, grouped, of_outcome
from tests.evidence.audit.records import place, population, problems, told

# SDs 1.1 and 1.2 of 30 and 40 persons: errors of 0.265 to 0.291 with their rounding; as standard errors they
# would give 1.563 (Welch) to 1.776 (Student), which 15 per cent make 1.33 to 2.04.


@pytest.mark.parametrize(
    ("printed", "crude", "says"),
    [
        (
            "MD, estimate: 1.0, ci: [-2.2, 4.2]",
            True,
            "They fit as standard errors: as SDs they would be about",
        ),
        ("MD, estimate: 1.0, se: 1.34", True, "They fit as standard errors"),
        ("MD, estimate: 1.0, se: 1.30", True, None),
        ("MD, estimate: 1.0, se: 2.0", True, "They fit as standard errors"),
        ("MD, estimate: 1.0, se: 2.2", True, None),
        # adjusted for the value before
        ("MD, estimate: 1.3, se: 0.60", False, "They fit as standard errors"),
        ("MD, estimate: 1.3, se: 0.58", False, None),
        ("MD, estimate: 1.3, se: 0.50", False, None),
        ("MD, estimate: 1.0, se: 1.1", True, "A standard deviation stands where the standard error belongs."),
        ("MD, estimate: 1.0, se: 1.2", True, "A standard deviation stands where the standard error belongs."),
        ("MD, estimate: 1.0, se: 0.9", True, None),
        ("MD, estimate: 1.4, se: 1.1", True, None),  # does not follow from the groups: told by itself
        ("MD, estimate: 1.0", True, None),
        ("RR, estimate: 1.0, se: 1.5", True, None),
    ],
)
def test_sds_that_fit_only_as_standard_errors_are_such(printed: str, crude: bool, says: str | None) -> None:
    text = grouped(printed, MEANS, crude=crude)
    found = problems(text, "se-in-place-of-sd")
    assert len(found) == (says is not None)
    for problem in found:
        assert str(says) in str(problem.hint)
        assert problem.severity == (Severity.ERROR if crude else Severity.WARNING)
        assert "SDs 1.1 and 1.2 give" in problem.says
        assert place(text, problem).startswith(("groups", "0", "1", "2"))
    if found:
        assert told(text, "interval-against-groups") == []
        assert told(text, "effect-against-groups") == []


def test_the_sds_that_are_meant_are_told() -> None:
    ((says, hint),) = told(grouped("MD, estimate: 1.0, ci: [-2.2, 4.2]", MEANS), "se-in-place-of-sd")
    # root of 1.05^2 / 30 + 1.15^2 / 40 = 0.264; half a width of 3.15 to 3.25 over 2.13 to 1.96
    given = "the SDs 1.1 and 1.2 give a difference with a standard error of 0.26 to 0.29"
    assert says == f"{given}, not 1.5 to 1.7"
    # 1.1 sqrt 30 = 6.02, 1.2 sqrt 40 = 7.59
    assert hint is not None
    assert hint.startswith("They fit as standard errors: as SDs they would be about 6.0 and 7.6.")


@pytest.mark.parametrize(("n", "flagged"), [(9, True), (8, False)])
def test_small_groups_are_left_alone(n: int, flagged: bool) -> None:
    # as standard errors: root of 1.21 + 1.44 = 1.63
    groups = (f"n: {n}, mean: 3.0, sd: 1.1", f"n: {n}, mean: 2.0, sd: 1.2")
    assert len(told(grouped("MD, estimate: 1.0, se: 1.63", groups), "se-in-place-of-sd")) == flagged


@pytest.mark.parametrize(
    ("estimate", "flagged"),
    [
        ("0.85", False),  # 1 / 1.16 and its like
        ("0.146", True),  # less by the square root of 35
        ("0.10", False),
        ("0.30", False),
    ],
)
def test_an_smd_tells_standard_errors_by_its_size(estimate: str, flagged: bool) -> None:
    # 0.9 / 1.2 to 1.1 / 1.1, over 5.92 and by 15 per cent: 0.108 to 0.197
    found = told(grouped(f"SMD, estimate: {estimate}", MEANS), "se-in-place-of-sd")
    assert len(found) == flagged
    assert all("about the square root of 35 times as much" in says for says, _ in found)


@pytest.mark.parametrize(
    ("first", "flagged"),
    [
        # 1.2 over 0.20 is 6.0, the root of 30 is 5.48; with rounding and a factor of 1.5
        ("n: 30, mean: 3.0, sd: 0.20", True),
        ("n: 30, mean: 3.0, sd: 0.140", True),
        ("n: 30, mean: 3.0, sd: 0.135", False),
        ("n: 30, mean: 3.0, sd: 0.340", True),
        ("n: 30, mean: 3.0, sd: 0.345", False),
        ("n: 16, mean: 3.0, sd: 0.30", True),
        ("n: 15, mean: 3.0, sd: 0.31", False),
        ("n: 30, mean: 3.1, sd: 0.20", False),  # other means
        ("n: 30, mean: -2.9, sd: 0.20", True),
        ("n: 30, mean: 3.0, sd: 0.0", False),
        ("n: 30, events: 3", False),
    ],
)
def test_one_sd_that_is_smaller_by_the_root_of_n_is_a_standard_error(first: str, flagged: bool) -> None:
    for groups in ((first, MEANS[1]), (MEANS[1], first)):
        found = told(grouped("MD", groups), "sds-far-apart")
        assert len(found) == flagged
        assert all("of 'a'" in says and "of 'b'" in says for says, _ in found)


@pytest.mark.parametrize(("sd", "flagged"), [("2.0", True), ("2.1", False)])
def test_skewed_data_have_sds_above_their_means(sd: str, flagged: bool) -> None:
    groups = ("n: 30, mean: 2.0, sd: 0.38", f"n: 40, mean: 2.0, sd: {sd}")
    assert len(told(grouped("MD", groups), "sds-far-apart")) == flagged


# Bounds.


@pytest.mark.parametrize(
    ("mean", "n", "expected"),
    [
        ("5.000000", 2, math.sqrt(50)),  # 0 and 10
        ("5.000000", 10, math.sqrt(25 * 10 / 9)),
        ("2.000000", 5, math.sqrt(16 * 5 / 4)),  # one of five at 10
        ("2.000000", None, math.sqrt(32)),
        ("0.000000", 10, 0.0),
        ("10.00000", 10, 0.0),
    ],
)
def test_the_largest_sd_is_that_of_values_at_the_bounds(mean: str, n: int | None, expected: float) -> None:
    assert largest_sd(Printed.parse(mean), 0.0, 10.0, n) == pytest.approx(expected, abs=1e-2)


def test_the_largest_sd_is_that_of_the_mean_nearest_to_the_middle() -> None:
    # 3 may be up to 3.5, and 7 down to 6.5: root of 3.5 * 6.5
    for mean in ("3", "7"):
        assert largest_sd(Printed.parse(mean), 0.0, 10.0, 10**6) == pytest.approx(math.sqrt(22.75), rel=1e-5)
    assert largest_sd(Printed.parse("5"), 0.0, 10.0, 10**6) == pytest.approx(5.0, rel=1e-5)
    for mean, n in (("-0.6", 10), ("10.6", 10), ("5", 1), ("5", 0)):
        assert largest_sd(Printed.parse(mean), 0.0, 10.0, n) is None


@pytest.mark.parametrize(
    ("first", "says"),
    [
        ("n: 20, mean: 2.00, sd: 2.05", None),  # 2 times the root of 20 / 19 is 2.052
        (
            "n: 20, mean: 2.00, sd: 2.06",
            "SD 2.06 of 'a' is impossible: values from 0 to 4 with the mean 2.00 allow at most 2.05",
        ),
        ("n: 20, mean: 5.00, sd: 2.06", None),  # the mean is told by itself
        ("n: 20, mean: 2.00, sd: -9.0", None),
    ],
)
def test_an_sd_is_within_what_bounds_allow(first: str, says: str | None) -> None:
    text = of_outcome("bounds: [0, 4]", grouped("MD", (first, "n: 20, mean: 1.00, sd: 0.50")))
    assert [problem.says for problem in problems(text, "sd-above-bounds")] == ([] if says is None else [says])
    for bounds in ("[4, 0]", "[0, 4e30]"):
        assert told(text.replace("[0, 4]", bounds), "sd-above-bounds") == []


@pytest.mark.parametrize(
    ("age", "says"),
    [
        # to 61, as completed years: root of (55.05 - 49.5) (61 - 55.05) 100 / 99 = 5.77
        ("{n: 100, age: {minimum: 50, maximum: 60, mean: 55.0, sd: 5.8}}", None),
        ("{n: 100, age: {minimum: 50, maximum: 60, mean: 55.0, sd: 5.9}}", "allow at most 5.78"),
        # least: 29 over the root of 2 * 399 = 1.027, and 20 times as much at most 15.4
        ("{n: 400, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 0.02}}", None),  # nor as a standard error
        ("{n: 400, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 0.75}}", "for 400 persons aged 50 to 80"),
        ("{n: 400, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 0.057}}", "too small"),
        ("{n: 400, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 0.050}}", None),
        ("{n: 400, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 0.80}}", None),  # 16.1 is too large
        ("{n: 9, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 4.5}}", "too small"),
        ("{n: 8, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 4.5}}", None),
        ("{age: {minimum: 50, maximum: 80, mean: 62.0, sd: 30.0}}", "allow at most"),
        ("{n: 1, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 30.0}}", "allow at most"),
        ("{n: 400, age: {minimum: 80, maximum: 50, mean: 62.0, sd: 30.0}}", None),
        ("{n: 400, age: {minimum: 50, maximum: 80, mean: 62.0, sd: -1}}", None),
        ("{n: 400, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 1e300}}", None),
        ("{n: 400, age: {minimum: 50, maximum: 80, mean: 90.0, sd: 30.0}}", None),
        ("{n: 400, age: {minimum: 50, maximum: 80, sd: 30.0}}", None),
        # of adults: 0.70 times the root of n between 3 and 25, less than 0.75, a mean of 18
        ("{n: 18, age: {mean: 62.0, sd: 0.70}}", None),
        ("{n: 19, age: {mean: 62.0, sd: 0.70}}", "SD 0.70 is too small for 19 adults"),
        ("{n: 1275, age: {mean: 62.0, sd: 0.70}}", "SD 0.70 is too small for 1275 adults"),
        ("{n: 1276, age: {mean: 62.0, sd: 0.70}}", None),
        ("{n: 400, age: {mean: 62.0, sd: 0.74}}", "too small"),
        ("{n: 400, age: {mean: 62.0, sd: 0.75}}", None),
        ("{n: 400, age: {mean: 18.0, sd: 0.70}}", "too small"),
        ("{n: 400, age: {mean: 17.9, sd: 0.70}}", None),
    ],
)
def test_the_sd_of_age_is_one_that_the_ages_allow(age: str, says: str | None) -> None:
    found = problems(population(age), "sd-of-age")
    assert len(found) == (says is not None)
    for problem in found:
        assert str(says) in problem.says
        assert problem.severity == (Severity.WARNING if "too small" in problem.says else Severity.ERROR)


def test_an_age_whose_sd_is_a_standard_error_tells_the_sd() -> None:
    ((_, hint),) = told(
        population("{n: 400, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 0.4}}"), "sd-of-age"
    )
    assert hint == "Is it a standard error? The SD would be 8.0."


@pytest.mark.parametrize(
    ("sd", "hint"),
    [
        # least: 7.9 over the root of 60 = 1.02; most: 4.05 times the root of 30 / 29 = 4.12
        ("0.96", "Is it a standard error? The SD would be 5.3."),
        ("1.02", None),
        ("4.1", None),
        ("4.2", "A shifted decimal point, a range or a variance?"),
    ],
)
def test_an_sd_is_one_of_the_printed_range(sd: str, hint: str | None) -> None:
    groups = (f"n: 30, mean: 5.0, sd: {sd}, minimum: 1.0, maximum: 9.0", MEANS[1])
    found = problems(grouped("MD", groups), "sd-against-range")
    assert len(found) == (hint is not None)
    for problem in found:
        assert (
            problem.says
            == f"SD {sd} of 'a' is impossible: 30 values from 1.0 to 9.0 have one of 1.02 to 4.12"
        )
        assert str(problem.hint).startswith(str(hint))
        assert problem.severity is Severity.ERROR


def test_sds_that_look_like_standard_errors_are_never_offered_as_the_numbers_to_trust() -> None:
    """Pooled by its groups as they stand, the estimate would be far too precise."""
    groups = ("n: 100, mean: 3.0, sd: 0.20", "n: 100, mean: 2.0, sd: 0.20")
    (problem,) = problems(grouped("MD, estimate: 1.0, ci: [0.446, 1.554]", groups), "se-in-place-of-sd")
    assert problem.severity is Severity.ERROR
    assert problem.hint is not None
    assert problem.hint.endswith("say which number to trust: 'use: ci'.")
    assert "use: groups" not in problem.hint
