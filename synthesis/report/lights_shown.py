"""Risk of bias on the page: a light for each study and domain, in the words and signs of the figures."""

from __future__ import annotations

from itertools import groupby

from synthesis.drawing.judged_table import JudgedTable, Light
from synthesis.paper.paper_table import Reported
from synthesis.report.anchors import record_anchor
from synthesis.report.judged_parts import LightLook, LightRow, LightTable, ShownLight
from synthesis.review.bias_of_review import lights_of_review

LOOKS: dict[str, LightLook] = {
    "+": "good",
    "±": "almost",
    "!": "some",
    "−": "bad",
    "×": "worst",
    "?": "unclear",
    "/": "none",
    "≠": "apart",
}
"""The name of a disc on the page by the sign in it; a number of stars has none."""


def lights_shown(material: Reported) -> tuple[LightTable, ...]:
    """One table for each tool that the studies of the analyses are judged by."""
    return tuple(_told(table, studies) for table, studies in lights_of_review(material.results))


def _told(table: JudgedTable, studies: tuple[str, ...]) -> LightTable:
    return LightTable(
        title=table.title,
        groups=tuple((name, len(list(some))) for name, some in groupby(c.group for c in table.columns)),
        heads=tuple((column.head, column.name) for column in table.columns),
        rows=tuple(
            LightRow(row.label, record_anchor(studies[place]), tuple(map(_light, row.lights)))
            for place, row in enumerate(table.rows)
        ),
        key=tuple(shown_light(light) for light in table.key if light.fill),
        notes=table.footnotes,
    )


def _light(light: Light | None) -> ShownLight | None:
    return None if light is None else shown_light(light)


def shown_light(light: Light) -> ShownLight:
    """A disc where its sign has a look."""
    return ShownLight(light.word, light.sign, LOOKS.get(light.sign, "number") if light.fill else "number")
