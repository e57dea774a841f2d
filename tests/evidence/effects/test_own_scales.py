"""Each measure's values carried back to the scale on which a paper prints them, by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from evidence.effects.columns import EffectSizes
from evidence.effects.conversions import per_sd
from evidence.effects.escalc import escalc

TWO_MEANS = {"m1i": 6.0, "sd1i": 2.0, "n1i": 40, "m2i": 5.0, "sd2i": 1.0, "n2i": 40}
PAIRED = {"m1i": 6.0, "sd1i": 2.0, "m2i": 5.0, "sd2i": 1.0, "ri": 0.5, "ni": 40}
ONE_MEAN = {"mi": 5.0, "sdi": 2.0, "ni": 40}
ALPHA = {"ai": 0.8, "mi": 10, "ni": 50}
OF_40 = math.exp(1 / (2 * 39))  # what the bias of a log SD of 40 persons is taken for


@pytest.mark.parametrize(
    ("measure", "columns", "value", "no_effect"),
    [
        ("COR", {"ri": 0.5, "ni": 30}, 0.5, 0.0),
        ("ZCOR", {"ri": 0.5, "ni": 30}, 0.5, 0.0),
        ("PCOR", {"ti": 2, "ni": 30, "mi": 2}, 2 / math.sqrt(31), 0.0),
        ("ZPCOR", {"ti": 2, "ni": 30, "mi": 2}, 2 / math.sqrt(31), 0.0),
        ("ZSPCOR", {"ti": 2, "ni": 30, "mi": 2, "r2i": 0.4}, 2 * math.sqrt(0.6 / 27), 0.0),
        ("ARAW", ALPHA, 0.8, None),
        ("AHW", ALPHA, 0.8, None),
        ("ABT", ALPHA, 0.8, None),
        ("MN", ONE_MEAN, 5.0, None),
        ("MNLN", ONE_MEAN, 5.0, None),
        ("CVLN", ONE_MEAN, 0.4 * OF_40, None),
        ("SDLN", {"sdi": 2.0, "ni": 40}, 2.0 * OF_40, None),
        ("MD", TWO_MEANS, 1.0, 0.0),
        ("ROM", TWO_MEANS, 1.2, 1.0),
        ("CVR", TWO_MEANS, 5 / 3, 1.0),
        ("VR", {"sd1i": 2.0, "n1i": 40, "sd2i": 1.0, "n2i": 40}, 2.0, 1.0),
        ("MC", PAIRED, 1.0, 0.0),
        ("ROMC", PAIRED, 1.2, 1.0),
        ("CVRC", PAIRED, 5 / 3, 1.0),
        ("VRC", {"sd1i": 2.0, "sd2i": 1.0, "ri": 0.5, "ni": 40}, 2.0, 1.0),
    ],
)
def test_an_effect_size_is_carried_back_to_what_is_printed(
    measure: Any, columns: dict[str, float], value: float, no_effect: float | None
) -> None:
    found: EffectSizes = escalc(measure, **columns)
    assert found.scale.back(found.yi) == pytest.approx([value], rel=1e-12)
    assert found.scale.null == no_effect


def test_an_sd_that_is_taken_as_known_is_said_of_every_study() -> None:
    found = per_sd([0.2, 0.3], [0.01, 0.01], [2.0, 3.0])
    assert [note for note in found.notes if "sampling error of the SD" in note] == list(found.notes)
    assert len(found.notes) == 2
