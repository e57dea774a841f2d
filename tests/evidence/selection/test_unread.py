"""Which analyses may lack an estimate of a record that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.records.review import LoadedReview, load_review
from evidence.selection.unread import unread_of
from tests.evidence.records.samples import TEXT, bent
from tests.evidence.records.test_review import REVIEW

TWO = REVIEW.replace(
    "analyses:",
    "same: {outcomes: {BMD: [areal density]}}\nanalyses:\n"
    "  - {id: falls, title: Falls, outcome: {name: falls}}",
)


def loaded(folder: Path, *texts: str) -> LoadedReview:
    (folder / "studies").mkdir(exist_ok=True)
    (folder / "review.yaml").write_text(TWO, encoding="utf-8")
    for number, text in enumerate(texts):
        (folder / "studies" / f"{number}.yaml").write_text(text, encoding="utf-8")
    return load_review(folder)


@pytest.mark.parametrize(
    ("text", "of_bmd", "of_falls"),
    [
        (TEXT, False, False),
        (bent(("n: 1426", "n: many")), True, False),
        ("study: [", False, False),
        ("study: [  # bmd", True, False),
        ("study: [ Areal Density", True, False),
        ("study: [ falls", False, True),
        ("study: [ BMDs, rainfalls", False, False),
        ("study: [ falls and BMD", True, True),
    ],
)
def test_a_record_that_cannot_be_read_counts_where_it_names_the_outcome(
    text: str, of_bmd: bool, of_falls: bool, tmp_path: Path
) -> None:
    review = loaded(tmp_path, text)
    falls, men, _ = review.review.analyses
    assert (men.id, falls.id) == ("men", "falls")
    found = [unread_of(review, each) == ("studies/0.yaml",) for each in (men, falls)]
    assert found == [of_bmd, of_falls]
    assert len(review.unread) == (text != TEXT)


def _folder(path: Path) -> None:
    path.mkdir()


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5_000_000)


@pytest.mark.parametrize("make", [_folder, _endless, _large])
def test_a_file_of_which_nothing_can_be_read_counts_for_every_analysis(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    loaded(tmp_path, TEXT)
    make(tmp_path / "studies" / "9.yaml")
    review = load_review(tmp_path)
    for analysis in review.review.analyses:
        assert unread_of(review, analysis) == ("studies/9.yaml",)


def test_all_such_records_are_named_in_the_order_of_their_files(tmp_path: Path) -> None:
    review = loaded(tmp_path, "study: [ BMD", TEXT, "study: ] BMD")
    assert unread_of(review, review.review.analyses[1]) == ("studies/0.yaml", "studies/2.yaml")


def test_a_text_in_another_encoding_is_searched_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    loaded(tmp_path)
    (tmp_path / "studies" / "9.yaml").write_bytes("study: Müller  # BMD".encode("latin-1"))
    review = load_review(tmp_path)
    falls, men, _ = review.review.analyses
    assert [unread_of(review, each) for each in (falls, men)] == [(), ("studies/9.yaml",)]
