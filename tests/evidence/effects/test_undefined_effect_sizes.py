"""No measure gives a number where there is none, and each says why."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from evidence.effects.forms import MEASURES, Compute

SOUND = {
    "m1i": 12.0, "m2i": 11.0, "sd1i": 2.0, "sd2i": 2.5, "n1i": 20.0, "n2i": 25.0, "ri": 0.4, "ni": 30.0,
    "ti": 1.5, "mi": 4.0, "r2i": 0.4, "sdi": 2.0, "ai": 0.8, "di": 0.3, "pi": 0.2,
    "fi": 2.2, "signi": 1.0, "oei": -4.0, "voei": 9.0, "eventsi": 40.0, "events1i": 15.0, "events2i": 20.0,
    "pre1i": 10.0, "post1i": 12.0, "pre2i": 10.0, "post2i": 11.0,
}  # fmt: skip
IMPOSSIBLE = {"sd1i": 0.0, "sd2i": -1.0, "n1i": 1.0, "n2i": 1.0, "ni": 1.0, "sdi": 0.0, "pi": 1.5}
IMPOSSIBLE |= {"fi": -1.0, "signi": 0.5, "voei": 0.0, "eventsi": 0.0, "events1i": 0.0, "events2i": -1.0}
OUTSIDE = {"ri": (-1.5, -1.0, 1.0, 1.5), "r2i": (-0.5, 0.0, 1.0, 1.5), "ai": (1.0, 1.5)}
LOGS_OF_MEANS = {"ROM", "ROMBC", "CVR", "ROMC", "CVRC", "MNLN", "CVLN"}

ROOMS = ("means", "ratios", "paired", "correlations", "hazard_ratios")
CASES = [
    (name, form.compute)
    for name, measure in MEASURES.items()
    for form in measure.forms
    if form.compute.__module__.rpartition(".")[2] in ROOMS
]


def columns_of(compute: Compute) -> list[str]:
    parameters = inspect.signature(compute).parameters.values()
    return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]


@pytest.mark.parametrize(("measure", "compute"), CASES)
def test_a_measure_is_undefined_with_a_reason_exactly_where_a_number_is_unsound(
    measure: str, compute: Compute
) -> None:
    names = columns_of(compute)
    bad = [(name, value) for name in names for value in (np.nan, np.inf)]
    harmless = ("n1i", "n2i") if measure == "HR" else ()  # one person in a group is enough for it
    bad += [(name, IMPOSSIBLE[name]) for name in names if name in IMPOSSIBLE and name not in harmless]
    bad += [(name, value) for name in names for value in OUTSIDE.get(name, ())]
    bad += [(name, 0.0) for name in names if measure in LOGS_OF_MEANS and name in ("m1i", "m2i", "mi")]
    data = {name: np.full(len(bad) + 1, SOUND[name]) for name in names}
    for row, (name, value) in enumerate(bad):
        data[name][row] = value
    found = compute(**data)
    assert found.measure == measure
    assert_array_equal(found.defined, [False] * len(bad) + [True])
    assert all(found.notes[:-1])
    assert found.vi[-1] > 0
    assert len(bad) >= 4


@pytest.mark.parametrize(("measure", "compute"), CASES)
def test_no_studies_give_no_effect_sizes(measure: str, compute: Compute) -> None:
    found = compute(**{name: [] for name in columns_of(compute)})
    assert found.k == 0


@pytest.mark.parametrize(("measure", "compute"), CASES)
def test_the_way_back_keeps_the_order_up_to_the_ends_of_the_line(measure: str, compute: Compute) -> None:
    found = compute(**{name: SOUND[name] for name in columns_of(compute)})
    carried = found.back([-np.inf, found.yi[0] - 1, found.yi[0], found.yi[0] + 1, np.inf])
    assert (np.diff(carried[1:4]) > 0).all()
    assert not np.isnan(carried).any()


def test_every_measure_is_checked() -> None:
    assert len(CASES) == 40
