"""Colours, sizes and drawing settings shared by the figures.

Colours follow Okabe & Ito's palette (Wong 2011, Nature Methods 8:441): told apart by colour-blind readers,
and ordered by lightness so that they also survive printing in grey.
"""

from dataclasses import dataclass
from typing import Any

INK = "#1A1A1A"
MUTED = "#595959"
NULL_LINE = "#8C8C8C"
STUDY_FILL = "#56B4E9"
SUMMARY_FILL = "#0072B2"
SUBGROUP_FILL = "#FFFFFF"
PREDICTION_FILL = "#E69F00"
ACCENT = "#D55E00"
BAND_FILL = "#E4ECF2"
BACKGROUND = "#FFFFFF"
FITTED_FILL = "#C9C9C9"
LIGHT_LOOKS = {  # colour of the light, its sign, and the colour of that
    "low": ("#009E73", "+", "#FFFFFF"),
    "some concerns": ("#F0E442", "!", INK),
    "high": ("#D55E00", "−", "#FFFFFF"),
    "unclear": ("#C4C4C4", "?", INK),
}
CONTOUR_FILLS = ("#E8E8E8", "#D4D4D4", "#BFBFBF")  # p below 0.1, 0.05 and 0.01

POINTS_PER_INCH = 72.0
PNG_DPI = 300
TIFF_DPI = 600
SMALLEST_TYPE = 7.0  # points: what journals accept
PAGE_WIDTH = 7.0 * POINTS_PER_INCH

# Figures with axes of matplotlib's own.
FAINT = "#C4C4C4"
POINTS = "#7A7A7A"
CURVE = SUMMARY_FILL
SECOND = ACCENT
BOX_FILL = "#F4F7FA"
BAND_OPACITY = 0.22
CURVE_WIDTH = 1.5
BODY, SMALL, HEADING = 8.0, 7.0, 9.0
INCHES_WIDE = PAGE_WIDTH / POINTS_PER_INCH

SETTINGS: dict[Any, Any] = {
    "font.family": ["Liberation Sans", "DejaVu Sans"],
    "font.size": BODY,
    "axes.titlesize": HEADING,
    "axes.titleweight": "bold",
    "axes.labelsize": BODY,
    "axes.linewidth": 0.6,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "text.color": INK,
    "text.hinting": "none",
    "text.usetex": False,
    "path.simplify": False,
    "savefig.bbox": None,
    "svg.fonttype": "none",
    "svg.hashsalt": "synthesis",
    "pdf.compression": 6,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
}
"""How figures are drawn and saved, whatever a user's own matplotlib settings are."""


@dataclass(frozen=True)
class Sizes:
    """Lengths in points: the body text, the distance between rows, and what hangs on them."""

    body: float
    pitch: float

    @property
    def small(self) -> float:
        """Small print: heterogeneity lines, tick labels, footnotes."""
        return max(SMALLEST_TYPE, self.body - 0.75)

    @property
    def title(self) -> float:
        """The title of the figure."""
        return self.body + 1.5

    @property
    def line(self) -> float:
        """Distance between the lines of one wrapped text."""
        return 1.25 * self.body

    @property
    def gap(self) -> float:
        """White between columns."""
        return 1.5 * self.body

    @property
    def light(self) -> float:
        """Diameter of a light."""
        return min(1.2 * self.body, 0.85 * self.pitch)

    @property
    def indent(self) -> float:
        """How far the rows of a subgroup are set in."""
        return 1.1 * self.body

    @property
    def margin(self) -> float:
        """White around the figure."""
        return 0.75 * self.body


NARROW_PAGE = 340.0
"""Points, 120 mm: what is narrower is one column of a journal."""


def sizes_for(rows: int, page: float | None = None) -> Sizes:
    """Comfortable type for a page of rows, smaller as the table grows and on a narrow page."""
    if rows > 110:
        return Sizes(body=SMALLEST_TYPE, pitch=9.75)
    if rows > 50 or (page is not None and page < NARROW_PAGE):
        return Sizes(body=7.25, pitch=10.75)
    return Sizes(body=8.0, pitch=12.5)
