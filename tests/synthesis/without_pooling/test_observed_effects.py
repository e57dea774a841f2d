"""Median, quartiles and range of observed effects, and the exact interval of the median."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import synthesis
from synthesis.without_pooling.observed_effects import fewest_for, median_rank


def exact_coverage(r: int, k: int) -> Fraction:
    """That the median lies between the r-th smallest and the r-th largest of k: by counting."""
    return 1 - 2 * sum((Fraction(math.comb(k, i), 2**k) for i in range(r)), Fraction(0))


@pytest.mark.parametrize("level", [0.5, 0.75, 0.9, 0.95, 0.99])
def test_the_interval_of_the_median_is_the_shortest_pair_that_holds_its_level(level: float) -> None:
    compared = 0
    for k in range(1, 61):
        rank, attained = median_rank(k, level)
        wanted = Fraction(str(level))
        usable = [r for r in range(1, (k + 1) // 2 + 1) if 2 * r <= k and exact_coverage(r, k) >= wanted]
        assert rank == (usable[-1] if usable else 0)
        assert_allclose(attained, float(exact_coverage(rank or 1, k)), rtol=1e-12, atol=1e-15)
        compared += 1
    assert compared == 60


@pytest.mark.parametrize(("level", "fewest"), [(0.5, 2), (0.9, 5), (0.95, 6), (0.99, 8), (0.999, 11)])
def test_the_range_holds_the_median_from_so_many_effects_on(level: float, fewest: int) -> None:
    """1 - 2 (1/2)^k: 0.9375 for 5 effects, 0.96875 for 6."""
    assert fewest_for(level) == fewest
    assert median_rank(fewest, level)[0] >= 1
    assert median_rank(fewest - 1, level)[0] == 0


def test_intervals_of_published_tables() -> None:
    """Ranks at 95 % of any table of the sign test: of 10 effects the 2nd, of 20 the 6th."""
    assert [median_rank(k, 0.95)[0] for k in (8, 9, 10, 15, 20, 25)] == [1, 2, 2, 4, 6, 8]
    assert_allclose(median_rank(10, 0.95)[1], 1 - 2 * 11 / 1024, rtol=1e-14)


def by_hand(values: list[Fraction], share: Fraction) -> Fraction:
    """Definition 7 of Hyndman & Fan: the value at 1 + (k - 1) p of the ordered ones."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    whole = math.floor(place)
    if whole + 1 == len(ordered):
        return ordered[whole]
    return ordered[whole] + (place - whole) * (ordered[whole + 1] - ordered[whole])


def test_quartiles_interpolate_between_ordered_effects() -> None:
    compared = 0
    for k in (1, 2, 3, 4, 5, 6, 7, 8, 13):
        values = [Fraction((37 * i) % 101 - 50, 64) for i in range(1, k + 1)]
        found = synthesis.summarise_effects([float(v) for v in values]).overall
        expected = [by_hand(values, Fraction(q, 4)) for q in range(5)]
        five = (found.lowest, found.q1, found.median, found.q3, found.highest)
        assert_allclose(five, [float(v) for v in expected], rtol=1e-14)
        assert found.k == k
        compared += 5
    assert compared == 45


def test_the_ends_of_the_interval_are_effects() -> None:
    """Of ten the second from either end: 1 - 2 (1 + 10) / 1024."""
    found = synthesis.summarise_effects([5.0, 1, 9, 2, 8, 3, 7, 10, 4, 6]).overall
    assert (found.ci_low, found.ci_high, found.median) == (2.0, 9.0, 5.5)
    assert_allclose(found.attained, 1002 / 1024, rtol=1e-14)
    assert "(95% CI [2, 9] by order statistics, attained 97.85%)" in found.told
    wide = synthesis.summarise_effects(np.arange(1.0, 11), level=99).overall
    assert (wide.ci_low, wide.ci_high, wide.level) == (1.0, 10.0, 0.99)


def test_too_few_effects_have_no_interval_and_a_sentence() -> None:
    found = synthesis.summarise_effects([0.1, 0.2, 0.3, 0.4, 0.5])
    assert math.isnan(found.overall.ci_low)
    assert math.isnan(found.overall.ci_high)
    assert found.notes[0] == (
        "With 5 effects the median has no 95% interval without assumptions: even the range holds it with "
        "probability 0.9375 only; 6 effects would be needed."
    )
    assert found.sentence == "Median 0.3 of 5 effects, interquartile range 0.2 to 0.4, range 0.1 to 0.5."
    enough = synthesis.summarise_effects([0.1, 0.2, 0.3, 0.4, 0.5], level=0.9)
    assert (enough.overall.ci_low, enough.overall.ci_high) == (0.1, 0.5)
    assert enough.overall.too_few == ""
    assert len(enough.notes) == 2
    assert len(synthesis.summarise_effects([0.1]).notes) == 2


def test_groups_are_summarised_beside_all_in_the_order_they_appear() -> None:
    table = pd.DataFrame(
        {
            "effect": [0.5, 0.1, None, 0.3, 0.2, 0.9],
            "bias": ["low", "high", "high", "low", None, "  "],
            "study": [*"abcdef"],
        }
    )
    found = synthesis.summarise_effects("effect", by="bias", data=table, slab="study")
    assert [(part.name, part.labels, part.median) for part in found.parts] == [
        ("", tuple("abdef"), 0.3),
        ("low", ("a", "d"), 0.4),
        ("high", ("b",), 0.1),
        ("not stated", ("e", "f"), 0.55),
    ]
    assert found.missing == ("c",)
    assert "Without an effect, and left out: c." in found.notes
    assert any(note.startswith("low: With 2 effects") for note in found.notes)
    assert "  high: one effect, 0.1." in str(found).splitlines()
    frame = found.to_frame()
    assert frame["name"].tolist() == ["", "low", "high", "not stated"]
    assert_allclose(frame["median"], [0.3, 0.4, 0.1, 0.55])
    assert frame["ci_low"].isna().all()
    assert found.to_dict()["groups"][0]["yi"] == [0.5, 0.3]
    assert "<p>Note: " in found._repr_html_()


def test_limits_stand_in_the_notes_with_where_they_are_said() -> None:
    found = synthesis.summarise_effects([0.1, 0.2], slab=["a", "a"])
    assert found.notes[0] == "Labels repeat: these estimates are not independent."
    assert "has not been evaluated (Cochrane Handbook, section 12.2.1.1 and table 12.2.a)" in found.notes[-2]
    assert "not of the mean that a pool estimates" in found.notes[-1]
    assert "definition 7 of Hyndman & Fan 1996" in found.method_sentence
    assert "95% interval of the median by order statistics" in found.method_sentence


def test_effects_of_escalc_are_those_of_its_yi() -> None:
    sizes = synthesis.escalc("RR", ai=[4, 6, 3], bi=[119, 300, 228], ci=[11, 29, 11], di=[128, 274, 209])
    found = synthesis.summarise_effects(sizes).overall
    assert found.yi.tolist() == sizes.yi.tolist()
    assert found.median == sorted(sizes.yi.tolist())[1]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"yi": [0.1, math.inf], "slab": ["a", "b"]}, "b: its effect is inf; expected a finite number"),
        ({"yi": [None, math.nan]}, "yi has no effect; expected that of one study at least"),
        ({"yi": []}, "yi has no effect"),
        ({"yi": "effect"}, "yi is 'effect'; expected an effect of each study, or a column of `data`"),
        ({"yi": 0.3}, "yi is 0.3; expected an effect"),
        ({"yi": [0.1, "x"]}, "yi"),
        ({"yi": [0.1, 0.2], "by": 3}, "by is 3; expected a group for each study, or a column of `data`"),
        ({"yi": [0.1, 0.2], "by": ["low"]}, "by has 1 values for 2 studies; expected one of each"),
        ({"yi": [0.1, 0.2], "level": 1.0}, "level"),
    ],
)
def test_what_cannot_be_summarised_is_refused_with_a_sentence(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        synthesis.summarise_effects(**asked)
