"""matplotlib's PDF backend with fonts cut down by `truetype`, a hundred times faster than by fontTools.

matplotlib knows no setting for how fonts are cut down. So its module is loaded once more under our own
hands, and that copy, which nobody else sees, gets our function: `savefig(backend="module://...")` finds it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from inspect import signature
from io import BytesIO
from types import SimpleNamespace
from typing import Any, NamedTuple

from synthesis.drawing.truetype import font_subset


class _Subset(NamedTuple):
    """What matplotlib's backend asks of a font that has been cut down."""

    font: bytes
    glyph_index_map: dict[int, int]


@contextmanager
def _get_glyphs_subset(fontfile: str, glyphs: Iterable[int]) -> Iterator[_Subset]:
    made = font_subset(str(fontfile), glyphs)
    yield _Subset(made.data, made.numbers)


_NAME = "matplotlib.backends.backend_pdf_of_synthesis"  # relative imports in it find what is beside it


def _own_copy() -> Any:
    theirs = find_spec("matplotlib.backends.backend_pdf")
    spec = spec_from_file_location(_NAME, theirs.origin if theirs else None)
    assert spec is not None
    assert spec.loader is not None
    module: Any = module_from_spec(spec)
    sys.modules[_NAME] = module  # it looks itself up
    spec.loader.exec_module(module)
    fonts = module._backend_pdf_ps
    # Before matplotlib 3.11 fonts are cut down by character; there its own function stays.
    if list(signature(fonts.get_glyphs_subset).parameters) == ["fontfile", "glyphs"]:
        ours = {"get_glyphs_subset": _get_glyphs_subset, "font_as_file": BytesIO}
        module._backend_pdf_ps = SimpleNamespace(**{**vars(fonts), **ours})
    return module


FigureCanvas = _own_copy().FigureCanvasPdf
