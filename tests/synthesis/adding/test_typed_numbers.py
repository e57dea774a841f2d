"""Numbers as typed for `add`: whole printed forms of a group and of an estimate are taken apart."""

from __future__ import annotations

import pytest

from synthesis.adding.answers import expanded, group_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12/40", {"events": "12", "n": "40"}),
        ("1,204 / 2,310", {"events": "1204", "n": "2310"}),
        ("12/310.5 person-years", {"events": "12", "person_time": "310.5"}),
        ("12 in 1,310 patient years", {"events": "12", "person_time": "1310"}),
        ("25: 5.2 ± 1.1", {"n": "25", "mean": "5.2", "sd": "1.1"}),
        ("n = 25, 5.2 (1.1)", {"n": "25", "mean": "5.2", "sd": "1.1"}),
        ("5.2 ± 1.1 (n = 25)", {"n": "25", "mean": "5.2", "sd": "1.1"}),
        ("-5.20 (1.1), n=1,025", {"n": "1025", "mean": "-5.20", "sd": "1.1"}),
        ("50: 23 (46 %)", {"n": "50", "events": "23"}),
        ("25: 5,2 ± 1,1", {"n": "25", "mean": "5.2", "sd": "1.1"}),
        ("40: median 12 [9; 16]", {"n": "40", "median": "12", "q1": "9", "q3": "16"}),
        ("50: 23/50", {"n": "50", "events": "23"}),
    ],
)
def test_the_numbers_of_a_group_are_read_as_papers_print_them(text: str, numbers: dict[str, str]) -> None:
    assert group_numbers(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "5.2 ± 1.1",
        "25: 5.2",
        "25: 12 [9; 16]",
        "x/y",
        "",
        "25: median 3",
        "50: 23/40",
        "25: median 5.2 ± 1.1",
    ],
)
def test_what_is_no_whole_set_of_numbers_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"are no numbers of a group; expected e\.g\. 12/40"):
        group_numbers(text)


def test_an_estimate_typed_with_its_interval_is_taken_apart() -> None:
    assert expanded({"estimate": "0.84 (0.63–1.12)"}) == {"estimate": "0.84", "ci": "0.63; 1.12"}
    whole = expanded({"estimate": "0.84 (90% CI 0.63 to 1.12, p = 0.24)"})
    assert whole == {"estimate": "0.84", "ci": "0.63; 1.12", "p": "0.24", "level": "90 %"}
    both = expanded({"estimate": "0.84 (0.63-1.12)", "ci": "0.6, 1.1"})
    assert both == {"estimate": "0.84", "ci": "0.6, 1.1"}, "what is said by itself counts"
    comma = expanded({"estimate": "1,21 [0,84; 1,73]"})
    assert comma == {"estimate": "1.21", "ci": "0.84; 1.73"}
    assert expanded({"estimate": "NR", "outcome": "BMD"}) == {"not-reported": "NR", "outcome": "BMD"}
    for plain in ({"estimate": "0.84"}, {"estimate": "x"}, {"estimate": "NR", "p": "0.03"}, {}):
        assert expanded(plain) == plain
