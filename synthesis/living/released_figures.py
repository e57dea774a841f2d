"""The figures of a release: whether what they show follows, and whether only their drawing is another.

Other versions of matplotlib place a line elsewhere by a hair, and compress otherwise: such a figure has
another hash and the same numbers. SVG and PDF files keep text as text, which is compared with what is laid
out now; of a PNG file the pixels are compared with those that are drawn here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

from synthesis.drawing.forest_table import ForestTable
from synthesis.drawing.layout import lay_out_pages
from synthesis.living.releases import FIGURES
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.forest_table import forest_table

_TEXT = "{http://www.w3.org/2000/svg}text"


@dataclass(frozen=True)
class Figure:
    """How many numbers of a figure were compared, and what does not follow; empty where all does."""

    numbers: int
    fault: str = ""


def compare_figures(
    folder: Path, results: Mapping[str, AnalysisResult], other: Collection[str]
) -> dict[str, Figure]:
    """What the figures of a release's folder show beside what follows from its records, by their file names.

    other: files, as `figures/hip.svg`, that have another hash than was released: pixels of these alone are
    compared.
    """
    found = {}
    for name, result in results.items():
        table = forest_table(result) if result.k else None
        for kind, compare in _KINDS.items():
            path = f"{FIGURES}/{name}.{kind}"
            asked = kind != "png" or path in other
            if table is not None and asked and (folder / path).is_file():
                found[path] = compare((folder / path).read_bytes(), table)
    return found


def _svg(data: bytes, table: ForestTable) -> Figure:
    """The last page of a figure, which has its summary."""
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError:
        return Figure(0, "cannot be read")
    shown = ["".join(line.itertext()) for line in root.iter(_TEXT)]
    return _compared(shown, [line.text for line in list(lay_out_pages(table))[-1].texts])


def _pdf(data: bytes, table: ForestTable) -> Figure:
    """All pages of a figure."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is said once
    try:
        shown = [page.extract_text() for page in PdfReader(BytesIO(data)).pages]
    except (PyPdfError, ValueError, KeyError):
        return Figure(0, "cannot be read")
    return _compared(shown, [line.text for page in lay_out_pages(table) for line in page.texts])


def _png(data: bytes, table: ForestTable) -> Figure:
    """Of pixels no number can be read."""
    from PIL import Image, UnidentifiedImageError

    from synthesis.drawing.encoding import encode
    from synthesis.drawing.saving import figure_of

    try:
        shown = Image.open(BytesIO(data)).convert("RGB")
    except (UnidentifiedImageError, OSError):
        return Figure(0, "cannot be read")
    follows = Image.open(BytesIO(encode(figure_of(table), "png"))).convert("RGB")
    same = (shown.size, shown.tobytes()) == (follows.size, follows.tobytes())
    return Figure(0, "" if same else "is neither the file that was released nor the one that is drawn here")


_KINDS: dict[str, Callable[[bytes, ForestTable], Figure]] = {"svg": _svg, "pdf": _pdf, "png": _png}


def _compared(shown: Sequence[str], follows: Sequence[str]) -> Figure:
    """How many numbers follow, and the first words in place of others; lines may be broken elsewhere."""
    words, expected = " ".join(shown).split(), " ".join(follows).split()
    numbers = sum(any(sign.isdecimal() for sign in word) for word in expected)
    for kind, a, b, c, d in SequenceMatcher(None, words, expected, autojunk=False).get_opcodes():
        if kind != "equal":
            there, due = " ".join(words[a:b]) or "nothing", " ".join(expected[c:d]) or "nothing"
            return Figure(numbers, f"shows '{there}' where '{due}' follows")
    return Figure(numbers)
