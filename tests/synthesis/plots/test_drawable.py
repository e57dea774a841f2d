"""The one `plot` of every result: its arguments are typed, named in its help, and refused in one form."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pandas as pd
import pytest

from synthesis import location_scale, metareg, pool, pool_counts, subgroups
from synthesis.plots.drawable import Drawable, PlotOptions, PlotWords
from synthesis.plots.subject import NotDefinedError, Words

TABLE = pd.DataFrame(
    {
        "y": [0.1, 0.5, 0.2, 0.9, 0.4, 0.6],
        "v": [0.1, 0.2, 0.1, 0.3, 0.2, 0.1],
        "dose": [1.0, 2.0, 3.0, 4.0, 5.0, 7.0],
        "sex": ["m", "w"] * 3,
        "ai": [5, 6, 7, 8, 9, 4],
        "bi": [50] * 6,
        "ci": [9, 9, 8, 12, 9, 7],
        "di": [45] * 6,
    }
)
RESULTS: dict[str, Callable[[], Drawable]] = {
    "pool": lambda: pool("y", "v", data=TABLE),
    "metareg": lambda: metareg("y", "v", mods="~ dose", data=TABLE),
    "subgroups": lambda: subgroups("y", "v", by="sex", data=TABLE),
    "location_scale": lambda: location_scale("y", "v", mods="~ dose", scale="~ dose", data=TABLE),
    "pool_counts": lambda: pool_counts("OR", data=TABLE, ai="ai", bi="bi", ci="ci", di="di"),
}


def test_every_argument_stands_in_the_signature_and_in_the_types() -> None:
    given = inspect.signature(Drawable.plot).parameters
    own = [name for name in given if given[name].kind is inspect.Parameter.KEYWORD_ONLY]
    assert {*own, *PlotWords.__annotations__} == set(PlotOptions.__annotations__)
    assert list(PlotWords.__annotations__) == [f.name for f in fields(Words)]
    said = inspect.getdoc(Drawable.plot) or ""
    for name in (*PlotOptions.__annotations__, "path"):
        assert name in said, name


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_refuses_in_the_same_words(name: str) -> None:
    result = RESULTS[name]()
    other = "labbe" if name == "pool_counts" else "bubble"
    for options, says in (
        ({"kind": "pie"}, "unknown kind of plot 'pie'"),
        ({"colums": ["dose"]}, r"unknown word of a plot 'colums'.*did you mean 'columns'"),
        ({"mods": "dose"}, "mods belongs to a bubble plot; a forest plot has no use for it"),
        ({"kind": other, "columns": ["dose"]}, f"columns belongs to a forest plot; a {other} plot"),
        ({"kind": other, "risk_of_bias": "sex"}, f"risk_of_bias belongs to a forest plot; a {other} plot"),
        ({"format": "png"}, "format is 'png' without a path; expected a path, or no format"),
        ({"width": "5mm"}, "width is '5mm', 5 mm; expected 60 to 500 mm"),
        ({"log": 2}, "log is 2; expected True or False"),
    ):
        arguments: Any = options
        with pytest.raises(ValueError, match=says):
            result.plot(**arguments)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("metareg", "A meta-regression has no gosh plot; it has forest and bubble."),
        ("location_scale", "A location-scale model has no gosh plot; it has forest and bubble."),
        ("pool_counts", "A common effect of counts has no gosh plot; it has forest and labbe."),
    ],
)
def test_a_kind_of_other_results_is_refused_with_those_of_its_own(name: str, says: str) -> None:
    with pytest.raises(NotDefinedError, match=says):
        RESULTS[name]().plot("gosh")
