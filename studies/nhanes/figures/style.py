"""Colours, sizes and settings that the figures share.

Colours are Okabe & Ito's (Wong 2011, Nature Methods 8:441): colour-blind readers can tell them apart.
"""

from __future__ import annotations

from typing import Any

INK = "#1A1A1A"
MUTED = "#595959"
FAINT = "#C4C4C4"
POINTS = "#7A7A7A"
CURVE = "#0072B2"
SECOND = "#D55E00"
BOX_FILL = "#F4F7FA"

BODY = 8.0
SMALL = 7.0
HEADING = 9.0

PAGE_WIDTH = 7.0  # inches: two columns of a journal
DPI = 300
BAND_OPACITY = 0.22
CURVE_WIDTH = 1.5

SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
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
    "text.color": INK,
    "text.usetex": False,
    "text.hinting": "none",
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
    "savefig.bbox": None,
    "savefig.dpi": DPI,
    "svg.fonttype": "none",
    "svg.hashsalt": "nhanes",
    "pdf.fonttype": 42,
    "pdf.compression": 6,
}
