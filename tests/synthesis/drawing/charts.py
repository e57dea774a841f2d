"""Charts that between them hold every kind of mark and every difficulty, and rulers to measure them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Dots, Mark, Note, Panel, ReferenceLine
from synthesis.drawing.shapes import Box, Layout
from synthesis.drawing.style import BAND_FILL

X, Y = ChartAxis("Effect (g/cm²)", -1.0, 1.0), ChartAxis("Standard error", 0.0, 1.0)
RATIO = ChartAxis("Risk ratio", 0.01, 100.0, scale="log")


def chart(*marks: Mark, x: ChartAxis = X, y: ChartAxis = Y) -> Chart:
    """One panel with these marks."""
    return Chart("A chart", ((Panel(x, y, marks),),), "What it shows.", footnotes=("How to read it.",))


def cloud(k: int, seed: int = 1) -> Dots:
    """k named dots about the middle of the axes."""
    rng = np.random.default_rng(seed)
    x, y = np.clip(rng.normal(0.0, 0.35, k), -0.98, 0.98), rng.uniform(0.02, 0.98, k)
    return Dots(x, y, labels=tuple(f"Author {i} {1980 + i % 45}" for i in range(k)), name="study")


def _plain() -> Chart:
    line = np.linspace(-1.0, 1.0, 21)
    band = Area(np.array([-1.0, 1.0, 1.0]), np.array([0.2, 0.2, 0.6]), BAND_FILL, "band")
    return chart(
        band, ChartCurve(line, line**2, name="parabola"), ReferenceLine("x", 0.0, name="no effect"), cloud(12)
    )


def _reversed_log() -> Chart:
    dots = replace(cloud(12), x=10.0 ** cloud(12).x)
    return chart(dots, Note(99.0, 0.5, "at the edge"), x=replace(RATIO, reversed=True))


def _long_words() -> Chart:
    long = "A name so long that it cannot stand on one line of a page that is seven inches wide, and wraps"
    dots = replace(cloud(6), labels=tuple(f"{long} {i}" for i in range(6)), name=f"{long} {long}")
    ticks = tuple((0.1 * i, f"{i}: {long}") for i in range(10))
    panel = Panel(replace(X, label=long), replace(Y, label=long, ticks=ticks), (dots,), title=long)
    return Chart(long, ((panel,),), long, subtitle=f"{long} {long}", footnotes=(f"{long} {long}", "x" * 300))


def _grid() -> Chart:
    small = Panel(
        X, replace(Y, label=""), (cloud(5), ChartCurve(np.array([-1.0, 1.0]), np.array([0.0, 1.0])))
    )
    ticks = Panel(X, replace(Y, ticks=tuple((0.2 * i, f"a long name of row {i}") for i in range(6))), ())
    return Chart("Panels", ((small, ticks, small), (ticks, small), (small,)), "Six panels.")


def _scripts() -> Chart:
    dots = replace(cloud(3), labels=("山田 2020", "Müller–Łukasz 2019", "مثال 2021"), name="研究")
    return replace(chart(dots), title="骨密度とヘモグロビン $x_1^2$ <&> \\alpha")


def _bare() -> Chart:
    return Chart("", ((Panel(replace(X, label=""), replace(Y, label=""), ()),),), "")


CHARTS: dict[str, Callable[[], Chart]] = {
    "plain": _plain,
    "reversed log": _reversed_log,
    "long words": _long_words,
    "grid": _grid,
    "scripts": _scripts,
    "bare": _bare,
    "two hundred": lambda: chart(cloud(200)),
}


def overlap(a: Box, b: Box, by: float = 0.01) -> bool:
    """Whether two boxes share more than a hair."""
    return a[0] + by < b[2] and b[0] + by < a[2] and a[1] + by < b[3] and b[1] + by < a[3]


def dot_boxes(layout: Layout) -> Iterator[Box]:
    """The squares about all circles of the panels."""
    for circles in layout.circles:
        for (x, y), r in zip(circles.centres, circles.radii, strict=True):
            yield x - r, y - r, x + r, y + r


def outside_page(layout: Layout) -> list[str]:
    """Texts that reach over an edge of the page."""
    return [
        text.text
        for text in layout.texts
        if text.box[0] < -0.01
        or text.box[1] < -0.01
        or text.box[2] > layout.width + 0.01
        or text.box[3] > layout.height + 0.01
    ]


def colliding(layout: Layout) -> list[tuple[str, str]]:
    """Pairs of texts that overlap, whatever they are."""
    texts = sorted((text for text in layout.texts if text.text.strip()), key=lambda text: text.box[1])
    return [
        (a.text, b.text)
        for i, a in enumerate(texts)
        for b in texts[i + 1 :]
        if b.box[1] < a.box[3] and overlap(a.box, b.box, 0.3)
    ]
