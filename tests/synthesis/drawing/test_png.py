"""PNG files: the pixels, the size on paper and the words come back."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from synthesis.drawing.png import png_bytes


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 7, 3), (40, 3, 3), (33, 65, 3)])
def test_another_reader_finds_the_same_pixels(shape: tuple[int, int, int]) -> None:
    pixels = np.random.default_rng(7).integers(0, 256, shape, dtype=np.uint8)
    with Image.open(BytesIO(png_bytes(pixels, 300, {}))) as image:
        image.load()
        assert image.mode == "RGB"
        assert_array_equal(np.asarray(image), pixels)


def test_words_of_every_script_and_the_resolution_come_back() -> None:
    words = {"Title": "τ² − 李 é", "Description": "a\nb"}
    data = png_bytes(np.zeros((2, 2, 3), np.uint8), 300, words)
    with Image.open(BytesIO(data)) as image:
        image.load()
        assert {key: image.info[key] for key in words} == words
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    with Image.open(BytesIO(data)) as image:
        image.verify()


def test_repeated_rows_cost_next_to_nothing() -> None:
    row = np.random.default_rng(1).integers(0, 256, (1, 1000, 3), dtype=np.uint8)
    assert len(png_bytes(np.repeat(row, 500, axis=0), 300, {})) < 0.01 * 500 * row.size
