"""Numbers that belong together: how far apart they may stand, and what may stand between them."""

from __future__ import annotations

import pytest

from tests.evidence.sources.test_finding import AT, told

ALONE = (
    (AT, "at: Results}"),
    ("population: {n: 1426, women: 54.2 %, age: {minimum: 50, mean: 62.6, sd: 8.0}}\n", ""),
)
NOT_TOGETHER = [("source-not-found", "'0.0079 0.002 0.0135' does not stand together in the text")]


def another(printed: str) -> list[tuple[str, str]]:
    return [("source-differs", f"the text prints {printed} where the record has 0.0079")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0.0079 0.002 0.0135 0.006", []),
        ("0.0079 (95 % CI 0.002, 0.0135) 0.006", []),
        ("0.0079 1 99 0.002 2 0.0135 0.006", []),
        ("0.0079 1 2 3 0.002 0.0135 0.006", another("3")),
        ("0.0079 100 0.002 0.0135 0.006", another("100")),
        ("0.0079 8.0 0.002 0.0135 0.006", another("8.0")),
        ("0.0079 1.5 0.002 0.0135 0.006", another("1.5")),
        ("0.0078 0.002 0.0135 0.006", another("0.0078")),
        ("7 0.0078 (95 % CI 0.002, 0.0135) 0.006", another("0.0078")),
        ("0.0078 (95 % or 99 % CI 0.002, 0.0135) 0.006", another("0.0078")),
        ("0.0078 95 % 96 % 97 % 0.002, 0.0135, 0.006", NOT_TOGETHER),
        ("95 % CI 0.002, 0.0135, 0.006; 0.0078", NOT_TOGETHER),
        ("0.002, 0.0135, 0.006", NOT_TOGETHER),
    ],
)
def test_at_most_two_percentages_or_small_whole_numbers_stand_between(
    text: str, says: list[tuple[str, str]]
) -> None:
    assert told(*ALONE, text=text) == says


def test_a_limit_of_an_interval_is_not_its_p() -> None:
    says = told(*ALONE, ("p: 0.006", "p: 0.0135"), text="0.0079 (0.002, 0.0135) 0.006")
    assert says == [("source-differs", "0.0135 does not stand beside 0.0079")]


@pytest.mark.parametrize(("letters", "near"), [(159, True), (160, False)])
def test_at_most_160_characters_stand_between(letters: int, near: bool) -> None:
    """The letters and the blank after them."""
    gap = "x" * letters
    assert told(*ALONE, text=f"0.0079 {gap} 0.002 {gap} 0.0135 0.006") == ([] if near else NOT_TOGETHER)
    assert told(*ALONE, text=f"0.0078 {gap} 0.002 0.0135 0.006") == (
        another("0.0078") if near else NOT_TOGETHER
    )
