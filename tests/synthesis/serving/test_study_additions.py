"""A new study or estimate from a form: the record that `add` would write, refusals at their fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.reading import read_record
from evidence.records.review import LoadedReview, load_review
from synthesis.adding.fields import ESTIMATE_FIELDS, STUDY_FIELDS
from synthesis.serving.study_additions import add_estimate, add_study, asked_fields, in_words
from synthesis.serving.study_files import NoStudyError, read_study
from tests.synthesis.commands.adding import ESTIMATE, STUDY, add, as_options
from tests.synthesis.serving.served import text_of, write, write_review


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedReview:
    return load_review(write_review(tmp_path / "r"))


BOTH = STUDY | ESTIMATE | {"on": "2026-11-21"}


def test_the_form_writes_what_add_writes(loaded: LoadedReview, tmp_path: Path) -> None:
    done = add_study(loaded, BOTH, False)
    assert (done.status, done.told["says"], done.told["name"]) == (200, "Saved.", "lee-2019")
    other = write_review(tmp_path / "other")
    assert "wrote" in add(other, *as_options(STUDY, ESTIMATE, {"on": "2026-11-21"})).output
    assert text_of(loaded.folder, "lee-2019") == text_of(other, "lee-2019")


def test_a_question_shows_the_text_and_writes_nothing(loaded: LoadedReview) -> None:
    done = add_study(loaded, BOTH | {"estimate": "2.90", "typo": "x"}, True)
    assert done.status == 200
    assert "study: lee-2019" in str(done.told["text"])
    found = done.told["findings"]
    assert isinstance(found, list)
    assert [each["field"] for each in found] == ["estimates/id=hip-fracture/effect/estimate"]
    assert len(list((loaded.folder / "studies").iterdir())) == 2


def test_every_wrong_answer_is_told_at_its_field_at_once(loaded: LoadedReview) -> None:
    typed = BOTH | {"year": "soon", "ci": "1", "per": "1 g/dL", "doi": "x"}
    done = add_study(loaded, typed, False)
    assert done.status == 422
    fields = done.told["fields"]
    assert isinstance(fields, dict)
    assert set(fields) == {"year", "ci", "per", "doi"}
    assert fields["ci"] == "'1' is not a lower and an upper limit; expected e.g. 1.11, 1.41"
    assert fields["per"].startswith("“Step of the exposure, for slopes” is for slopes, “Exposed group, for ")
    asked = add_study(loaded, typed, True)
    assert (asked.status, asked.told["fields"], asked.told["says"]) == (200, fields, "")
    assert len(list((loaded.folder / "studies").iterdir())) == 2


def test_what_is_missing_is_told_when_it_is_to_be_written_and_not_while_one_types(
    loaded: LoadedReview,
) -> None:
    typed = {"citation": "Lee J. Bone", "year": "2019", "title": "  "}
    asked = add_study(loaded, typed, True)
    assert (asked.status, asked.told["fields"], asked.told["suggested"]) == (200, {}, "lee-2019")
    done = add_study(loaded, typed, False)
    fields = done.told["fields"]
    assert isinstance(fields, dict)
    assert done.status == 422
    assert done.told["says"] == "Nothing was written yet: see the fields that are marked."
    assert fields["title"] == fields["design"] == fields["outcome"] == "this cannot stay empty"
    assert fields["estimate"] == (
        "“Estimate as printed, every digit, its interval too; empty if none is”, “Numbers of the exposed "
        "group: events/persons, or persons: mean ± SD” and “The same of the reference group”, or “What does "
        "the paper say of it?”"
    )
    assert "doi" not in fields


def test_a_name_or_doi_that_is_there_leads_to_its_file(loaded: LoadedReview) -> None:
    assert add_study(loaded, BOTH, False).status == 200
    again = load_review(loaded.folder)
    done = add_study(again, BOTH, False)
    assert done.told["fields"] == {
        "study": "lee-2019.yaml is there already; open it, and add an estimate to it"
    }
    done = add_study(again, BOTH | {"study": "lee-2020", "doi": "10.1000/LEE.1"}, True)
    assert done.told["fields"] == {
        "doi": "lee-2019.yaml has the DOI 10.1000/Lee.1 already; open it, and add an estimate to it"
    }
    late = add_study(loaded, BOTH, False)  # as the review was before: the file itself is looked at
    assert late.status == 422
    assert text_of(loaded.folder, "lee-2019") == text_of(again.folder, "lee-2019")


def test_of_two_that_add_one_name_at_once_one_is_told(
    loaded: LoadedReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthesis.serving.study_additions.taken_place", lambda loaded, study: None)
    assert add_study(loaded, BOTH, False).status == 200
    before = text_of(loaded.folder, "lee-2019")
    done = add_study(loaded, BOTH | {"title": "Other"}, False)
    assert done.status == 409
    assert str(done.told["says"]).endswith("lee-2019.yaml' was not written: a file of that name exists.")
    assert text_of(loaded.folder, "lee-2019") == before


def test_what_cannot_be_written_and_what_leads_elsewhere_is_refused(
    loaded: LoadedReview, tmp_path: Path
) -> None:
    studies = loaded.folder / "studies"
    studies.rename(tmp_path / "elsewhere")
    studies.symlink_to(tmp_path / "elsewhere")
    done = add_study(loaded, BOTH, False)
    assert done.status == 403
    assert "is a link or leads out of the review" in str(done.told["says"])
    studies.unlink()
    studies.write_text("a file")
    assert add_study(loaded, BOTH, False).status in (403, 507)
    assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == ["one.yaml", "two.yaml"]


def test_a_name_that_is_no_name_of_a_file_of_studies_is_refused(loaded: LoadedReview) -> None:
    for name in ("../x", "a/b", "/etc/x", "..", "ä", "A", "a\\b", "a\x00b"):
        done = add_study(loaded, BOTH | {"study": name}, False)
        fields = done.told["fields"]
        assert isinstance(fields, dict)
        assert (done.status, list(fields)) == (422, ["study"])
    assert len(list(loaded.folder.rglob("*.yaml"))) == 3


ANOTHER = {
    "outcome": "BMD", "site": "hip", "outcome-unit": "g/cm2", "sex": "women",
    "estimate": "0.05 (-0.01 to 0.11)", "measure": "beta", "per": "1 g/dL",
    "model-type": "linear", "adjustment": "full", "at": "Table 3",
}  # fmt: skip


def test_an_estimate_is_added_below_the_others_and_comments_stay(loaded: LoadedReview) -> None:
    before, seen = text_of(loaded.folder), read_study(loaded.folder, "one").hash
    asked = add_estimate(loaded, "one", seen, ANOTHER, "", True)
    assert "hip-women" in str(asked.told["text"])
    assert text_of(loaded.folder) == before
    done = add_estimate(loaded, "one", seen, ANOTHER, "", False)
    assert (done.status, done.told["says"], done.told["name"]) == (200, "Saved.", "one")
    after = text_of(loaded.folder)
    assert after.startswith("# read twice\n")
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    record = read_record(loaded.folder / "studies" / "one.yaml").model
    assert record is not None
    assert [each.id for each in record.estimates] == ["hip-a", "hip-b", "hip-women"]


def test_an_estimate_is_not_added_to_a_file_that_was_changed_or_cannot_be_read(loaded: LoadedReview) -> None:
    seen = read_study(loaded.folder, "one").hash
    write(loaded.folder, "one", text_of(loaded.folder).replace("The study one", "Theirs"))
    theirs = text_of(loaded.folder)
    done = add_estimate(loaded, "one", seen, ANOTHER, "", False)
    assert (done.status, done.told["base"]) == (409, read_study(loaded.folder, "one").hash)
    assert text_of(loaded.folder) == theirs
    assert add_estimate(loaded, "one", str(done.told["base"]), ANOTHER, "", False).status == 200
    write(loaded.folder, "one", "study: {")
    broken = add_estimate(loaded, "one", read_study(loaded.folder, "one").hash, ANOTHER, "", False)
    assert broken.told["says"] == "Nothing was written yet: the record cannot be read: mend it first"
    with pytest.raises(NoStudyError):
        add_estimate(loaded, "gone", "", ANOTHER, "", False)


def test_what_is_wrong_or_missing_of_an_estimate_is_told_at_its_field(loaded: LoadedReview) -> None:
    seen = read_study(loaded.folder, "one").hash
    done = add_estimate(loaded, "one", seen, ANOTHER | {"p": "often", "at": ""}, "", False)
    fields = done.told["fields"]
    assert isinstance(fields, dict)
    assert set(fields) == {"p", "at"}
    assert fields["at"] == "this cannot stay empty"
    asked = add_estimate(loaded, "one", seen, {"p": "often"}, "", True)
    assert isinstance(asked.told["fields"], dict)
    assert list(asked.told["fields"]) == ["p"]
    lost = add_estimate(loaded, "one", seen, ANOTHER, "second", False)
    assert lost.told["says"] == "Nothing was written yet: --report: expected one of 'one': first"


@pytest.mark.parametrize("only_check", [True, False])
def test_a_question_whose_answer_is_no_is_a_success_and_writing_what_is_refused_is_none(
    loaded: LoadedReview, only_check: bool
) -> None:
    seen = read_study(loaded.folder, "one").hash
    answers = (
        add_estimate(loaded, "one", seen, {"p": "often"}, "", only_check),
        add_estimate(loaded, "one", seen, ANOTHER, "second", only_check),
        add_study(loaded, {"year": "soon"}, only_check),
        add_study(loaded, BOTH | {"study": "one"}, only_check),
    )
    assert [each.status for each in answers] == [200 if only_check else 422] * 4
    says = "Nothing was written yet: see the fields that are marked."
    silent = "" if only_check else says
    assert [each.told["says"] for each in answers] == [
        silent, "Nothing was written yet: --report: expected one of 'one': first", silent, silent,
    ]  # fmt: skip


def test_fields_are_filled_with_what_is_usual_and_say_what_must_be(loaded: LoadedReview) -> None:
    asked = {each.field.name: each for each in asked_fields(loaded, (*STUDY_FIELDS, *ESTIMATE_FIELDS), "Ana")}
    assert {name: each.usual for name, each in asked.items() if each.usual} == {
        "type": "journal article", "status": "published", "exposure": "hemoglobin", "exposure-unit": "g/dL",
        "by": "Ana", "outcome": "BMD", "measure": "beta", "per": "1 g/dL", "outcome-unit": "g/cm2",
    }  # fmt: skip
    must = {name for name, each in asked.items() if each.must}
    assert {"citation", "study", "outcome", "at"} <= must
    assert not {"doi", "measure", "estimate", "label"} & must
    assert asked["label"].rare
    assert not asked["doi"].rare
    assert "journal article" in asked["type"].choices
    assert asked_fields(loaded, STUDY_FIELDS)[-2].usual == ""


def test_a_sentence_about_options_becomes_one_about_fields() -> None:
    assert in_words("--reference needs --exposed") == (
        "“Reference group” needs “Exposed group, for comparisons of groups”"
    )
    assert in_words("--unknown stays") == "--unknown stays"
