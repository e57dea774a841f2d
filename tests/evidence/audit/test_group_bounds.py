"""Two groups beside their estimate: both sides of the remaining bounds, the places and the words."""

from __future__ import annotations

import pytest

from tests.evidence.audit.further_cases import COUNTS, MEANS, grouped, of_outcome
from tests.evidence.audit.records import beta, estimate, estimates, place, problems, told

OTHER_PERSONS = "Are n, SDs or events those of other persons, or is the level of the interval another one?"
SAME_SIZE = ("n: 30, mean: 3.0, sd: 1", "n: 30, mean: 2.0, sd: 1")


@pytest.mark.parametrize(
    ("printed", "first", "second", "flagged"),
    [
        # 60 against 45 and 46 of 100: logs 0.606 and 0.566, 2.12 and 1.98 of their errors
        ("OR, estimate: 0.60, ci: [0.50, 0.72]", 60, 45, True),
        ("OR, estimate: 0.60, ci: [0.50, 0.72]", 60, 46, False),
        # 45 against 60: the mirror image the other way round
        ("OR, estimate: 1.70, ci: [1.40, 2.06]", 45, 60, True),
        ("OR, estimate: 1.70, ci: [1.40, 2.06]", 46, 60, False),
    ],
)
def test_groups_are_clearly_apart_from_two_standard_errors(
    printed: str, first: int, second: int, flagged: bool
) -> None:
    groups = (f"n: 100, events: {first}", f"n: 100, events: {second}")
    assert len(told(grouped(printed, groups, crude=False), "groups-exchanged")) == flagged


def test_the_mirror_image_is_told_with_what_the_groups_give() -> None:
    text = grouped(
        "OR, estimate: 0.16, ci: [0.09, 0.30]", ("n: 100, events: 60", "n: 100, events: 20"), crude=False
    )
    (found,) = problems(text, "groups-exchanged")
    assert found.says == (
        "OR 0.16 is about the mirror image of 6.00, which its groups give without adjustment"
    )
    assert found.hint == "Is the reference group the first one, or the estimate the other way round?"
    assert place(text, found).startswith("0.16")


def test_an_estimate_outside_its_scale_has_no_mirror_image() -> None:
    assert told(grouped("OR, estimate: -0.16, se: 0.1", COUNTS, crude=False), "groups-exchanged") == []


@pytest.mark.parametrize(
    ("printed", "groups", "word"),
    [
        # root of 10 * 20 / 30^3 + 5 * 35 / 40^3 = 0.1007, by 1.4: 0.0719
        ("RD, estimate: 0.21, se: 0.072", COUNTS, None),
        ("RD, estimate: 0.21, se: 0.071", COUNTS, "narrower"),
        ("RD, estimate: 20.8, se: 7.2", COUNTS, None),
        ("RD, estimate: 20.8, se: 7.1", COUNTS, "narrower"),
        # of one size, perhaps pairs: a fifth of 0.1291, by 1.15: 0.0225
        ("MD, estimate: 1.0, se: 0.023", SAME_SIZE, None),
        ("MD, estimate: 1.0, se: 0.021", SAME_SIZE, "narrower"),
        # 0.265 by 1.15: 0.230
        ("MD, estimate: 1.0, se: 0.231", MEANS, None),
        ("MD, estimate: 1.0, se: 0.229", MEANS, "narrower"),
        # twice 0.615
        ("OR, estimate: 3.5, se: 1.235", COUNTS, "wider"),
        ("OR, estimate: 3.5, se: 1.230", COUNTS, None),
    ],
)
def test_an_error_is_within_a_factor_of_that_of_the_groups(
    printed: str, groups: tuple[str, str], word: str | None
) -> None:
    text = grouped(printed, groups)
    found = problems(text, "interval-against-groups")
    assert len(found) == (word is not None)
    for each in found:
        assert f" is {word} than the groups allow, which give " in each.says
        assert place(text, each).startswith(printed.rpartition(" ")[2])
        assert each.hint == OTHER_PERSONS


def test_an_interval_too_narrow_or_too_wide_is_told_at_the_interval() -> None:
    # log 4.145 / 2.955 = 0.3384 over twice 2.131, log 4.155 / 2.945 = 0.3442 over twice 1.960
    text = grouped("OR, estimate: 3.5, ci: [2.95, 4.15]", COUNTS)
    (found,) = problems(text, "interval-against-groups")
    assert found.says == (
        "a standard error of 0.079 to 0.088 is narrower than the groups allow, which give 0.62"
    )
    assert place(text, found).startswith(("ci", "[2.95", "2.95"))


@pytest.mark.parametrize(
    ("printed", "groups", "flagged"),
    [
        # z from 0.974 (a t of 1.006 with 15 degrees of freedom) to 2.059, by 0.35 + 0.9 * 0.615
        ("OR, estimate: 3.5, p: 0.0029", COUNTS, True),
        ("OR, estimate: 3.5, p: 0.0032", COUNTS, False),
        ("OR, estimate: 3.5, p: 0.97", COUNTS, True),
        ("OR, estimate: 3.5, p: 0.94", COUNTS, False),
        # 0.95 over twice 0.291: t = 1.632, p = 0.124, as a normal deviate 1.540; less by 1.4
        ("MD, estimate: 1.0, p: 0.90", MEANS, True),
        ("MD, estimate: 1.0, p: 0.88", MEANS, False),
    ],
)
def test_p_alone_may_miss_by_the_distance_of_usual_tests(
    printed: str, groups: tuple[str, str], flagged: bool
) -> None:
    text = grouped(printed, groups)
    found = problems(text, "interval-against-groups")
    assert len(found) == flagged
    for each in found:
        p = printed.rpartition(": ")[2]
        measure = printed.partition(",")[0]
        size = {"OR": "3.5", "MD": "1.0"}[measure]
        error = {"OR": "0.62", "MD": "0.26 to 0.29"}[measure]
        assert each.says == (
            f"p = {p} is not that of {measure} {size} in these groups, which give a standard error of {error}"
        )
        assert each.hint == "Is p that of another comparison, or are n, SDs or events wrong?"
        assert place(text, each).startswith(p)


@pytest.mark.parametrize(
    ("events", "se", "flagged"),
    [
        # 1/10 + 1/20 + 1/1 + 1/39, root 1.084, over twice 1.235 and 1.229: one event
        (1, "0.45", False),
        (1, "0.43", True),
        # and of five events 0.615 over 1.2 times 1.225 and 1.222
        (5, "0.42", False),
        (5, "0.40", True),
    ],
)
def test_of_few_events_robust_errors_may_be_too_small(events: int, se: str, flagged: bool) -> None:
    groups = ("n: 30, events: 10", f"n: 40, events: {events}")
    text = grouped(f"OR, estimate: 3.1, se: {se}", groups, crude=False)
    found = problems(text, "narrower-than-counts")
    assert len(found) == flagged
    least = {1: "1.1", 5: "0.62"}[events]
    for each in found:
        assert each.says.endswith(f"is less than {least}, the least that 10 and {events} events allow for OR")
        assert place(text, each).startswith(se)
        assert each.hint == OTHER_PERSONS.replace("n, SDs or events", "the events")


def test_persons_of_unequal_groups_are_counted_together() -> None:
    text = grouped("OR", COUNTS, n=40)
    (found,) = problems(text, "n-against-groups")
    assert found.says == "the groups have 30 + 40 = 70 persons, the estimate only 40"
    assert (found.hint, place(text, found)) == ("Were some excluded, or is a digit wrong?", "40")
    assert told(grouped("OR", ("n: 30, events: 31", COUNTS[1]), n=40), "n-against-groups") == []


@pytest.mark.parametrize(("estimate", "flagged"), [("1048574.70", False), ("1048574.69", True)])
def test_a_large_number_on_the_very_edge_follows_from_its_groups(estimate: str, flagged: bool) -> None:
    # 1048575.055 less 0.35 is 1048574.705, to which the estimate reaches; not so in binary numbers
    groups = ("n: 30, mean: 1048575.06, sd: 1.0", "n: 30, mean: 0.3, sd: 1.0")
    assert len(told(grouped(f"MD, estimate: {estimate}", groups), "effect-against-groups")) == flagged


# SDs.


@pytest.mark.parametrize(
    ("estimate", "flagged"),
    # 0.9 / 1.2084 to 1.1 / 1.1085 over the root of 35 and by 15 per cent: 0.1070 to 0.1929
    [("0.106", False), ("0.107", True), ("0.193", True), ("0.194", False)],
)
def test_an_smd_smaller_by_the_root_of_n_is_told_within_15_per_cent(estimate: str, flagged: bool) -> None:
    found = told(grouped(f"SMD, estimate: {estimate}", MEANS), "se-in-place-of-sd")
    says = (
        f"SMD {estimate} does not follow from its groups, which give 0.74 to 0.99: "
        "about the square root of 35 times as much"
    )
    assert [words for words, _ in found] == ([says] if flagged else [])


@pytest.mark.parametrize(("sd", "flagged"), [("2.0", False), ("2.1", True)])
def test_an_sd_on_the_very_edge_of_its_bounds_is_possible(sd: str, flagged: bool) -> None:
    # a mean of up to 1.05, two persons: root of 0.975 * 1.95 * 2 = 1.95
    groups = (f"n: 2, mean: 1.0, sd: {sd}", "n: 2, mean: 1.0, sd: 0.5")
    found = told(of_outcome("bounds: [0.075, 3.0]", grouped("MD", groups)), "sd-above-bounds")
    assert len(found) == flagged


@pytest.mark.parametrize(("sd", "flagged"), [("1.97", False), ("1.96", True)])
def test_an_sd_on_the_very_edge_of_its_range_is_possible(sd: str, flagged: bool) -> None:
    # 8.95 less 1.05, over the root of 16: 1.975
    groups = (f"n: 8, mean: 5.0, sd: {sd}, minimum: 1.0, maximum: 9.0", MEANS[1])
    found = told(grouped("MD", groups), "sd-against-range")
    assert len(found) == flagged


# Groups in strata.


def strata(by: tuple[str, ...], whole: tuple[str, str], *parts: tuple[str, str]) -> str:
    """A comparison of all and of each stratum, by the numbers of both groups."""
    return estimates(
        *(
            estimate(
                f"a{at}", f"effect: {{measure: OR, groups: [{{name: a, {a}}}, {{name: b, {b}}}]}}", stratum
            )
            for at, (stratum, (a, b)) in enumerate(zip(("{}", *by), (whole, *parts), strict=True))
        )
    )


SEX = ("{sex: men}", "{sex: women}")
AGE = ("{age: 18-49}", "{age: 50+}")
ALL = ("n: 100, events: 20", "n: 100, events: 10")


@pytest.mark.parametrize(
    ("by", "first", "second", "says"),
    [
        (SEX, ("n: 40, events: 8", "n: 40, events: 4"), ("n: 60, events: 12", "n: 60, events: 6"), None),
        (
            SEX,
            ("n: 40, events: 8", "n: 40, events: 4"),
            ("n: 60, events: 12", "n: 60, events: 5"),
            "the strata by sex have 4 + 5 = 9 events in this group, all have 10",
        ),
        (
            SEX,
            ("n: 40, events: 8", "n: 40, events: 4"),
            ("n: 61, events: 12", "n: 60, events: 6"),
            "the strata by sex have 40 + 61 = 101 persons in this group, all have 100",
        ),
        (AGE, ("n: 40, events: 8", "n: 40, events: 4"), ("n: 60, events: 12", "n: 60, events: 5"), None),
        (
            AGE,
            ("n: 40, events: 8", "n: 40, events: 4"),
            ("n: 60, events: 12", "n: 60, events: 7"),
            "the strata by age have 4 + 7 = 11 events in this group, all have 10",
        ),
        # of the second stratum, or of all, no events are printed
        (
            AGE,
            ("n: 40, events: 28", "n: 40, events: 4"),
            ("n: 60, mean: 1, sd: 1", "n: 60, mean: 1, sd: 1"),
            None,
        ),
        # cannot be, and is told by itself
        (SEX, ("n: 40, events: 8.5", "n: 40, events: 4"), ("n: 60, events: 13", "n: 60, events: 6"), None),
    ],
)
def test_groups_add_up_over_strata(
    by: tuple[str, ...], first: tuple[str, str], second: tuple[str, str], says: str | None
) -> None:
    text = strata(by, ALL, first, second)
    found = problems(text, "groups-across-strata")
    assert [each.says for each in found] == ([] if says is None else [says])
    for each in found:
        assert each.hint == "Is a digit wrong, or are groups exchanged in a stratum?"
        assert place(text, each).startswith(says.rpartition(" ")[2] if says else "")


@pytest.mark.parametrize(
    ("n", "says"),
    [("1000", None), ("1001", "1001 persons in men, and only 1000 in all"), ("1000.5", None), (None, None)],
)
def test_a_stratum_has_no_more_persons_than_all(n: str | None, says: str | None) -> None:
    part = beta("men", "0.0079", "{sex: men}", n=5)
    part = part.replace("    n: 5\n", "" if n is None else f"    n: {n}\n")
    text = estimates(beta("all", "0.0079", n=1000), beta("other", "0.0079", n=900), part)
    found = problems(text, "n-above-whole")
    assert [each.says for each in found] == ([] if says is None else [says])
    for each in found:
        assert each.hint == "Is a digit wrong, or a row exchanged?"
        assert place(text, each) == n
    assert told(text.replace("    n: 1000\n", "").replace("    n: 900\n", ""), "n-above-whole") == []
