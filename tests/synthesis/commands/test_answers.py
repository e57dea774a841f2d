"""Answers as typed: one rule for decimal commas, here as in files."""

from __future__ import annotations

import pytest

from synthesis.commands.answers import limits, refusal
from synthesis.commands.fields import FIELDS


@pytest.mark.parametrize("text", ["0,92", "1,32", "1,325", "[0,92; 1,32]", "0,92 to 1,32", "0,92, 1,32"])
def test_a_decimal_comma_is_never_read_as_two_limits(text: str) -> None:
    with pytest.raises(ValueError, match="is not a lower and an upper limit"):
        limits(text)


@pytest.mark.parametrize(
    ("text", "pair"), [("1, 2", ("1", "2")), ("1.11,1.41", ("1.11", "1.41")), ("1.11-1.41", ("1.11", "1.41"))]
)
def test_two_limits_with_points_are_read(text: str, pair: tuple[str, str]) -> None:
    assert limits(text) == pair


@pytest.mark.parametrize("name", ["estimate", "se", "p", "n", "women"])
def test_every_number_is_refused_with_what_it_may_mean(name: str) -> None:
    assert "0.92" in (refusal(FIELDS[name], "0,92 %" if name == "women" else "0,92") or "")


@pytest.mark.parametrize(("name", "text"), [("p", "1.2"), ("women", "154 %"), ("year", "19"), ("n", "-3")])
def test_what_cannot_be_is_asked_again(name: str, text: str) -> None:
    assert "does not fit; expected e.g." in (refusal(FIELDS[name], text) or "")
