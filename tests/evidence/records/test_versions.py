"""A review as its files were at another time, and the files that a release keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import load_review, review_from_files
from evidence.records.review_folder import is_released
from tests.evidence.records.samples import TEXT, bent
from tests.evidence.records.test_review import REVIEW

FILES = {
    "studies/b.yaml": TEXT.encode(),
    "studies/a.yaml": bent(("n: 1426", "n: many")).encode(),
    "studies/c.yaml": "\ufeff".encode() + TEXT.encode(),
    "review.yaml": REVIEW.encode(),
}


def test_a_review_of_bytes_is_the_one_that_its_folder_holds(tmp_path: Path) -> None:
    for name, held in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(held)
    there, found = load_review(tmp_path), review_from_files(tmp_path, FILES)
    assert found.review == there.review
    assert [each.path for each in found.documents] == [each.path for each in there.documents]
    assert [each.model for each in found.documents] == [each.model for each in there.documents]
    assert [each.model is None for each in found.documents] == [True, False, False]
    assert found.problems == there.problems != ()


def test_without_its_file_there_is_no_review_and_a_byte_that_is_no_letter_is_no_end(tmp_path: Path) -> None:
    files = {"studies/a.yaml": TEXT.encode().replace(b"A study", b"\xff")}
    found = review_from_files(tmp_path, files)
    assert found.problems != ()
    (document,) = found.documents
    assert document.model is not None
    assert document.model.title == "\ufffd"


def test_records_of_equal_bytes_are_read_once_and_stand_where_they_stood(tmp_path: Path) -> None:
    now = review_from_files(tmp_path / "now", FILES)
    known = {FILES[f"studies/{each.path.name}"]: each for each in now.documents}
    before = review_from_files(tmp_path / "before", {**FILES, "studies/d.yaml": b"study: ["}, known)
    broken, whole, third, other = before.documents
    assert (whole.model, third.model) == (now.documents[1].model, now.documents[2].model)
    assert whole.model is now.documents[1].model
    assert whole.path == tmp_path / "before" / "studies" / "b.yaml"
    assert whole.tree is not None
    assert whole.tree.path == whole.path
    again = review_from_files(tmp_path / "now", FILES, known)
    assert all(one is other for one, other in zip(again.documents, now.documents, strict=True))
    assert broken.problems == now.documents[0].problems != ()
    assert other.model is None


@pytest.mark.parametrize("missing", [None, "manifest.json", "summary.csv", "inputs"])
def test_a_release_is_a_folder_of_inputs_beside_its_manifest_and_summary(
    missing: str | None, tmp_path: Path
) -> None:
    folder = tmp_path / "2026" / ("elsewhere" if missing == "inputs" else "inputs")
    path = folder / "studies" / "a.yaml"
    path.parent.mkdir(parents=True)
    for name in ("manifest.json", "summary.csv"):
        if name != missing:
            (folder.parent / name).touch()
    assert is_released(path) is (missing is None)
