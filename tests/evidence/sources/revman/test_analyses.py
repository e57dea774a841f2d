"""What the names in a RevMan file mean: tools for risk of bias, and measures of the kinds of data."""

from __future__ import annotations

import pytest

from evidence.sources.revman.analyses import measure_said, number_in, tool_of


@pytest.mark.parametrize(
    ("domains", "tool"),
    [
        (("Random sequence generation", "Selective reporting"), "Cochrane RoB"),
        (("Selective reporting",), "Cochrane RoB"),  # both tools have it
        (("Randomization process", "Missing outcome data"), "RoB 2"),
        (("Other", "Deviations from intended interventions"), "RoB 2"),
        (("Other",), "Cochrane RoB"),
        ((), "Cochrane RoB"),
    ],
)
def test_a_domain_that_only_the_newer_tool_has_tells_it(domains: tuple[str, ...], tool: str) -> None:
    assert tool_of(domains) == tool


@pytest.mark.parametrize(
    ("text", "kind", "measure"),
    [
        ("Risk Ratio", "counts", "RR"),
        ("peto_or", "counts", "OR"),
        ("Std. Mean  Difference", "means", "SMD"),
        ("Risk Ratio", "means", None),
        ("HR", "counts", None),
        ("HR", "observed", "HR"),
        ("RR", "observed", None),
        ("rate ratio", "generic", "IRR"),
        ("OR", "text", None),
        ("PANSS", "means", None),
        (None, "counts", None),
    ],
)
def test_a_measure_is_taken_where_data_of_the_kind_can_have_it(
    text: str | None, kind: str, measure: str | None
) -> None:
    assert measure_said(text, kind) == measure


def test_a_number_is_finite() -> None:
    read = [number_in(text) for text in ("1.5", "-2", "1e3", "", None, "x", "nan", "inf", "-inf")]
    assert read == [1.5, -2.0, 1000.0, None, None, None, None, None, None]
