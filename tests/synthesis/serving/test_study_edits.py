"""Edits of a study: written in its place, checked at its fields, never over what somebody else wrote."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from evidence.records.writing import WritingError
from evidence.records.writing.exchanging import ChangedMeanwhileError
from synthesis.serving.study_edits import Edited, edit_text, edit_values
from synthesis.serving.study_files import NoStudyError, read_study
from tests.synthesis.serving.served import text_of, write, write_review

P = "estimates/id=hip-a/effect/p"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_review(tmp_path / "r")


def values(folder: Path, typed: dict[str, str], seen: str | None = None, check: bool = False) -> Edited:
    return edit_values(folder, "one", read_study(folder, "one").hash if seen is None else seen, typed, check)


def moved(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_a_value_is_written_in_its_place_and_the_answer_has_the_new_hash(folder: Path) -> None:
    before = text_of(folder)
    done = values(folder, {"title": "Another title", "cohort/country": "KR"})
    assert (done.status, done.told["says"], done.told["findings"]) == (200, "Saved.", [])
    assert done.told["base"] == read_study(folder, "one").hash
    assert moved(before, text_of(folder)) == [
        "-title: The study one", "+title: Another title", "-cohort: {name: one}",
        "+cohort: {name: one, country: KR}",
    ]  # fmt: skip


def test_a_question_writes_nothing_and_finds_at_the_field(folder: Path) -> None:
    before = text_of(folder)
    done = values(folder, {"estimates/id=hip-b/effect/ci": "0.40; 0.50"}, check=True)
    assert done.status == 200
    found = done.told["findings"]
    assert isinstance(found, list)
    assert [(each["severity"], each["field"]) for each in found] == [
        ("error", "estimates/id=hip-b/effect/estimate")
    ]
    assert "0.30 lies outside its own 95% interval" in found[0]["says"]
    assert found[0]["hint"]
    assert text_of(folder) == before


def test_what_contradicts_itself_is_saved_and_said(folder: Path) -> None:
    done = values(folder, {"estimates/id=hip-b/effect/ci": "0.40; 0.50"})
    assert (done.status, done.told["says"]) == (200, "Saved; 1 error to look at.")
    assert "ci: [0.40, 0.50]" in text_of(folder)


def test_a_record_is_not_made_unreadable_and_its_field_has_the_sentence(folder: Path) -> None:
    before = text_of(folder)
    done = values(folder, {"reports/first/year": "soon", "estimates/id=hip-a/effect/estimate": ""})
    assert done.status == 422
    assert done.told["says"] == "Nothing was written: the record could not be read any more."
    found = done.told["findings"]
    assert isinstance(found, list)
    assert ("reports/first/year", "'year': 'soon' is not a whole number; expected e.g. 1426") in [
        (each["field"], each["says"]) for each in found
    ]
    assert text_of(folder) == before


def test_each_value_that_cannot_be_is_named_by_itself(folder: Path) -> None:
    before = text_of(folder)
    typed = {
        "estimates/id=hip-a/effect/ci": "1", "estimates/id=gone/n": "3", "outcomes/hip": "x", "title": "T",
        "nothing/here": "x",
    }  # fmt: skip
    done = values(folder, typed)
    gone = "nothing stands here any more; edit the text"
    assert done.status == 422
    assert done.told["fields"] == {
        "estimates/id=hip-a/effect/ci": "'1' is not a lower and an upper limit; expected e.g. 1.11, 1.41",
        "estimates/id=gone/n": gone,
        "outcomes/hip": gone,
        "nothing/here": gone,
    }
    assert text_of(folder) == before


def test_a_file_that_was_changed_meanwhile_is_shown_and_not_written(folder: Path) -> None:
    seen = read_study(folder, "one").hash
    write(folder, "one", text_of(folder).replace("The study one", "Theirs").replace("hip-b", "hip-c"))
    theirs = text_of(folder)
    ci = "estimates/id=hip-a/effect/ci"
    done = values(folder, {"title": "Mine", P: "0.05", ci: "0, 1", "estimates/id=hip-b/n": "5"}, seen)
    assert done.status == 409
    assert done.told["now"] == {"title": "Theirs", P: "", ci: "0.00, 0.20", "estimates/id=hip-b/n": None}
    assert done.told["base"] == read_study(folder, "one").hash
    assert str(done.told["says"]).startswith(
        "Somebody else has changed this file since you began. Nothing was"
    )
    assert values(folder, {"title": "Mine"}, seen, check=True).status == 409
    assert text_of(folder) == theirs
    again = values(folder, {"title": "Mine"}, str(done.told["base"]))
    assert again.status == 200
    assert "title: Mine" in text_of(folder)
    write(folder, "one", "study: {")
    broken = values(folder, {"title": "Mine"}, seen)
    assert (broken.status, broken.told["now"]) == (409, {"title": None})


def test_who_is_overtaken_in_the_last_moment_is_told_to_ask_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(path: Path, text: str, seen: str) -> None:
        raise ChangedMeanwhileError("changed")

    def full(path: Path, text: str, seen: str) -> None:
        raise WritingError("'one.yaml' was not written: no space left on device")

    monkeypatch.setattr("synthesis.serving.study_edits.exchange", overtaken)
    done = values(folder, {"title": "Mine"})
    assert (done.status, done.told["again"]) == (409, True)
    monkeypatch.setattr("synthesis.serving.study_edits.exchange", full)
    done = values(folder, {"title": "Mine"})
    assert (done.status, done.told) == (507, {"says": "'one.yaml' was not written: no space left on device."})


def test_nothing_typed_changes_nothing(folder: Path) -> None:
    path = folder / "studies" / "one.yaml"
    before = path.stat()
    assert values(folder, {}).status == 200
    assert values(folder, {"title": "The study one"}).status == 200
    assert path.stat().st_ino == before.st_ino


def test_values_of_a_file_that_is_no_yaml_are_edited_as_text(folder: Path) -> None:
    write(folder, "one", "study: {")
    done = values(folder, {"title": "Mine"})
    assert (done.status, done.told["fields"]) == (422, {"title": "the file is no YAML; edit its text"})


def test_a_value_that_cannot_be_changed_in_its_place_is_left_to_the_text(folder: Path) -> None:
    text = text_of(folder).replace("{type: linear, adjustment: full}", "{type: linear, adjustment: full, covariates: [age, # years\n sex]}")  # fmt: skip # noqa: E501
    write(folder, "one", text)
    done = values(folder, {"models/full/covariates": "age"})
    assert done.status == 422
    assert done.told["fields"] == {
        "models/full/covariates": "'covariates' has comments among its entries; edit the text"
    }
    assert text_of(folder) == text


def whole(folder: Path, text: str, seen: str | None = None, check: bool = False) -> Edited:
    return edit_text(folder, "one", read_study(folder, "one").hash if seen is None else seen, text, check)


def test_a_text_is_saved_with_one_end_and_the_files_own_ends_of_lines(folder: Path) -> None:
    text = text_of(folder).replace("The study one", "New")
    assert whole(folder, text.rstrip("\n")).status == 200
    assert text_of(folder) == text
    path = folder / "studies" / "one.yaml"
    path.write_bytes(text.replace("\n", "\r\n").encode())
    assert whole(folder, text.replace("New", "Newer")).status == 200
    assert path.read_bytes() == text.replace("New", "Newer").replace("\n", "\r\n").encode()


def test_a_text_that_is_no_record_is_refused_unless_the_file_was_none_either(folder: Path) -> None:
    before = text_of(folder)
    done = whole(folder, "study: {one")
    assert done.status == 422
    found = done.told["findings"]
    assert isinstance(found, list)
    assert [(each["severity"], each["field"], each["line"]) for each in found] == [("error", "", 2)]
    assert text_of(folder) == before
    write(folder, "one", "study: {one")
    done = whole(folder, "study: one\n")
    assert (done.status, done.told["says"]) == (200, "Saved; the record cannot be read yet.")
    assert text_of(folder) == "study: one\n"
    assert whole(folder, before).told["says"] == "Saved."


def test_of_two_texts_both_are_shown_with_what_differs(folder: Path) -> None:
    seen, mine = read_study(folder, "one").hash, text_of(folder).replace("The study one", "Mine")
    write(folder, "one", text_of(folder).replace("The study one", "Theirs"))
    theirs = text_of(folder)
    done = whole(folder, mine, seen)
    assert (done.status, done.told["text"]) == (409, theirs)
    lines = done.told["difference"]
    assert isinstance(lines, list)
    assert lines[:2] == ["--- the file now", "+++ yours"]
    assert [line for line in lines[2:] if line[0] in "+-"] == ["-title: Theirs", "+title: Mine"]
    assert [line[0] for line in lines[2:]] == ["@", " ", " ", "-", "+", " ", " "], "two lines around it"
    assert text_of(folder) == theirs
    write(folder, "one", "x\n" * 500)
    cut = whole(folder, "y\n" * 500, seen).told["difference"]
    assert isinstance(cut, list)
    assert (len(cut), cut[-1]) == (401, "... and more")
    write(folder, "one", "x\n" * 200)
    whole_difference = whole(folder, "y\n" * 197, seen).told["difference"]  # with three lines above them
    assert isinstance(whole_difference, list)
    assert (len(whole_difference), whole_difference[-1]) == (400, "+y")


@pytest.mark.parametrize("name", ["gone", "../review", "..", ".one", "one.yaml", "", "studies/one", "\x00"])
def test_only_files_of_studies_are_read_and_written(folder: Path, name: str) -> None:
    with pytest.raises(NoStudyError, match=r"the review has no file studies/"):
        edit_values(folder, name, "", {}, False)
    with pytest.raises(NoStudyError, match=r"the review has no file studies/"):
        edit_text(folder, name, "", "x", False)


def test_a_link_and_a_folder_that_leads_elsewhere_are_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(text_of(folder))
    (folder / "studies" / "link.yaml").symlink_to(outside)
    with pytest.raises(NoStudyError, match=r"studies/link\.yaml is a link or leads out of the review"):
        read_study(folder, "link")
    (folder / "studies").rename(tmp_path / "elsewhere")
    (folder / "studies").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NoStudyError, match=r"studies/one\.yaml is a link or leads out of the review"):
        read_study(folder, "one")


def test_bytes_that_are_no_text_are_shown_and_are_no_record(folder: Path) -> None:
    path = folder / "studies" / "one.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + text_of(folder).encode())
    assert read_study(folder, "one").document.model is not None
    path.write_bytes(path.read_bytes().replace(b"The study", b"The \xe9tude"))
    file = read_study(folder, "one")
    assert "The \N{REPLACEMENT CHARACTER}tude" in file.text
    assert [each.rule for each in file.document.problems] == ["encoding"]
    path.unlink()
    path.mkdir()
    with pytest.raises(NoStudyError, match=r"studies/one\.yaml: the file is a directory"):
        read_study(folder, "one")
