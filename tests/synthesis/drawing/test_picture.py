"""What `plot` returns without a path: shown by notebooks, sized, saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthesis.drawing.forest_table import ForestTable
from synthesis.drawing.picture import Picture
from synthesis.drawing.printing import as_width


def test_a_picture_shows_itself_in_its_printed_size_and_in_words(small: ForestTable) -> None:
    picture = Picture(small, as_width("85mm"))
    data, look = picture._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert "<svg" in data["image/svg+xml"]
    assert data["image/svg+xml"] == picture._repr_svg_()
    assert look == {"image/png": {"width": round(85 / 25.4 * 96)}}
    assert data["text/plain"] == repr(picture)
    assert repr(picture).startswith(f"{small.title} (85 × ")
    assert picture.description in repr(picture)
    assert picture.title == small.title


def test_a_picture_is_sized_without_being_changed(small: ForestTable) -> None:
    usual = Picture(small)
    narrow = usual.sized("85mm")
    assert narrow.size[0] == pytest.approx(85.0, abs=0.01)
    assert usual.width is None
    assert narrow.size[1] > usual.size[1], "names and small print wrap"
    with pytest.raises(ValueError, match="width is '5mm'"):
        usual.sized("5mm")


@pytest.mark.long
def test_a_picture_is_saved_as_its_path_and_width_say(small: ForestTable, tmp_path: Path) -> None:
    picture = Picture(small)
    assert [p.name for p in picture.save(tmp_path / "a.svg", width="85mm")] == ["a.svg"]
    assert 'width="240.94' in (tmp_path / "a.svg").read_text().partition("viewBox")[0]
    assert [p.name for p in picture.save(tmp_path / "b")] == ["b.png", "b.svg", "b.pdf"]
    assert [p.name for p in picture.save(tmp_path / "c", format="eps")] == ["c.eps"]
    with pytest.raises(ValueError, match="unknown figure format 'gif'"):
        picture.save(tmp_path / "d", format="gif")
    assert len(list(tmp_path.iterdir())) == 5
