"""Imported records beside those that are there: unchanged, longer, or told as different."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from evidence.records.effect import Effect
from evidence.records.reading import read_record
from evidence.records.schema import Record
from evidence.sources.entries import Plain
from evidence.sources.joining import Joined, difference, joined, write_all
from evidence.sources.record_making import records_from
from tests.evidence.sources.importing import DAY, as_recognised

HEAD = "study,outcome,OR,lower,upper\n"
FIRST = "A 2010,bleeding,2,1,4\n"
SECOND = "A 2010,pain,3,1,9\n"


def made(rows: str, on: datetime.date = DAY, header: str = HEAD) -> Plain:
    found, skipped = records_from(as_recognised(header + rows)[0], "AB", on)
    assert skipped == []
    return found[0]


def bring_in(folder: Path, rows: str, force: bool = False, header: str = HEAD) -> Joined:
    """One import as the command does it; what became of its one record."""
    result = joined(made(rows, header=header), folder / "studies", "From t.csv", force)
    folder.mkdir(exist_ok=True)
    assert write_all([result], force) == []
    return result


def there(folder: Path) -> Record:
    model = read_record(folder / "studies" / "a-2010.yaml").model
    assert model is not None
    return model


def test_a_new_record_is_written_with_the_comment_and_the_same_again_changes_nothing(tmp_path: Path) -> None:
    assert bring_in(tmp_path, FIRST).state == "new"
    path = tmp_path / "studies" / "a-2010.yaml"
    text = path.read_text()
    assert text.startswith("# From t.csv\nschema: 1\nstudy: a-2010\n")
    assert bring_in(tmp_path, FIRST).state == "unchanged"
    later = joined(made(FIRST, datetime.date(2027, 1, 1)), tmp_path / "studies", "Another comment")
    assert (later.state, later.text) == ("unchanged", None)
    assert path.read_text() == text


def test_more_rows_are_added_and_what_a_person_typed_stays(tmp_path: Path) -> None:
    bring_in(tmp_path, FIRST)
    path = tmp_path / "studies" / "a-2010.yaml"
    text = path.read_text().replace("estimates:", "# my own remark\nestimates:  # seen twice")
    path.write_text(text)
    result = bring_in(tmp_path, SECOND)
    assert (result.state, result.says) == ("longer", "added: pain")
    longer = path.read_text()
    assert [line for line in text.splitlines() if line not in longer.splitlines()] == []
    assert "# my own remark\nestimates:  # seen twice\n" in longer
    assert [each.id for each in there(tmp_path).estimates] == ["bleeding", "pain"]
    assert list(there(tmp_path).outcomes) == ["bleeding", "pain"]
    assert bring_in(tmp_path, FIRST + SECOND).state == "unchanged"


def test_a_row_may_stand_elsewhere_than_it_did(tmp_path: Path) -> None:
    bring_in(tmp_path, FIRST + SECOND)
    assert bring_in(tmp_path, SECOND + FIRST).state == "unchanged"
    added = bring_in(tmp_path, "A 2010,fever,5,4,6\n" + SECOND + FIRST)
    assert (added.state, added.says) == ("longer", "added: fever")


def test_two_equal_rows_are_two_estimates(tmp_path: Path) -> None:
    bring_in(tmp_path, FIRST)
    again = bring_in(tmp_path, FIRST + FIRST)
    assert (again.state, again.says) == ("longer", "added: bleeding-2")
    assert bring_in(tmp_path, FIRST + FIRST).state == "unchanged"


def test_what_a_person_has_said_more_of_is_the_same_still(tmp_path: Path) -> None:
    header = "study,outcome,beta,se\n"
    bring_in(tmp_path, "A 2010,BMD,2,1\n", header=header)
    path = tmp_path / "studies" / "a-2010.yaml"
    text = path.read_text()
    for before, after in (
        ("not-stated: {name: not stated, unit: not stated}", "not-stated: {name: lead, unit: µg/dL}"),
        ("per: not stated", "per: 1 µg/dL"), ("bmd: {name: BMD}", "bmd: {name: BMD, unit: g/cm²}"),
        ("read: secondary source", "read: full text"), ("design: not stated", "design: cohort"),
    ):  # fmt: skip
        assert before in text, before
        text = text.replace(before, after)
    path.write_text(text)
    assert there(tmp_path).exposures["not-stated"].name == "lead"
    assert bring_in(tmp_path, "A 2010,BMD,2,1\n", header=header).state == "unchanged"
    assert bring_in(tmp_path, "A 2010,BMD,2,1\nA 2010,IQ,2,1\n", header=header).state == "longer"
    assert there(tmp_path).exposures["not-stated"].name == "lead"
    assert bring_in(tmp_path, "A 2010,BMD,2.5,1\n", header=header).state == "different"


def test_a_new_question_under_a_name_that_is_taken_gets_a_name_of_its_own(tmp_path: Path) -> None:
    header = "study,outcome,unit,exposure,model,OR,se\n"
    bring_in(tmp_path, "A 2010,BMD,g,lead,M,2,1\n", header=header)
    second = bring_in(tmp_path, "A 2010,BMD,mg,lead,M,3,1\nA 2010,IQ,g,lead,M,3,1\n", header=header)
    assert (second.text, "'bmd' is another there: outcome is bmd there and bmd-2" in second.says) == (
        None,
        True,
    )
    third = bring_in(tmp_path, "A 2010,IQ,g,tin,M,3,1\n", header=header)
    assert third.state == "longer"
    iq = there(tmp_path).estimates[1]
    assert (iq.outcome, iq.exposure, iq.model) == ("iq", "tin", "m")


def test_other_numbers_are_told_and_only_force_takes_them(tmp_path: Path) -> None:
    bring_in(tmp_path, FIRST)
    path = tmp_path / "studies" / "a-2010.yaml"
    text = path.read_text()
    other = bring_in(tmp_path, FIRST.replace(",4", ",5"))
    assert (other.state, other.text) == ("different", None)
    assert other.says == "'bleeding' is another there: effect ci 2 is 4 there and 5 in the file"
    assert path.read_text() == text
    forced = bring_in(tmp_path, FIRST.replace(",4", ",5"), force=True)
    assert (forced.state, forced.says) == ("different", "")
    (estimate,) = there(tmp_path).estimates
    assert estimate.effect is not None
    assert estimate.effect.ci is not None
    assert str(estimate.effect.ci[1]) == "5"


def test_what_is_added_beside_a_contradiction_is_not_written_either(tmp_path: Path) -> None:
    bring_in(tmp_path, FIRST)
    assert bring_in(tmp_path, FIRST.replace("2,1", "3,1") + SECOND).text is None
    assert len(there(tmp_path).estimates) == 1


def test_a_list_that_became_longer_or_a_part_that_is_new_is_a_difference(tmp_path: Path) -> None:
    header = "study,outcome,OR,lower,upper,covariates,model\n"
    bring_in(tmp_path, "A 2010,BMD,2,1,4,age,M\n", header=header)
    other = bring_in(tmp_path, "A 2010,BMD,2,1,4,age; sex,M\n", header=header)
    assert other.state == "different"
    groups = "study,outcome,measure,events1,n1,events2,n2\n"
    result = bring_in(tmp_path, "A 2010,BMD,OR,4,40,5,41\n", header=groups)
    assert result.state == "different"


def test_a_file_with_errors_is_left_alone(tmp_path: Path) -> None:
    bring_in(tmp_path, FIRST)
    path = tmp_path / "studies" / "a-2010.yaml"
    path.write_text("study: [")
    result = bring_in(tmp_path, FIRST, force=True)
    assert (result.state, result.says) == ("different", "its file has errors: mend it first, see: check")
    assert path.read_text() == "study: ["


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"on: 2026-03-14", b"on: 2026-02-30"), (b"bleeding", b"bleed\xefng"), (b"on: 2026-03-14", b"on: then")],
)
def test_a_file_with_a_day_that_is_none_or_in_other_letters_has_errors(
    old: bytes, new: bytes, tmp_path: Path
) -> None:
    bring_in(tmp_path, FIRST)
    path = tmp_path / "studies" / "a-2010.yaml"
    written = path.read_bytes()
    assert old in written
    path.write_bytes(written.replace(old, new))
    result = bring_in(tmp_path, FIRST)
    assert (result.state, result.says) == ("different", "its file has errors: mend it first, see: check")


def test_an_imported_record_that_its_file_would_not_say_is_invalid(tmp_path: Path) -> None:
    plain = made(FIRST)
    plain["estimates"][0]["exposure"] = "unknown"
    result = joined(plain, tmp_path, "c")
    assert (result.state, result.text) == ("invalid", None)
    assert "'unknown'" in result.says


def test_a_record_that_the_schema_refuses_is_told_with_its_key(tmp_path: Path) -> None:
    plain = made(FIRST)
    plain["estimates"][0]["effect"]["measure"] = "PANSS"
    result = joined(plain, tmp_path, "c")
    assert (result.state, result.text, result.record) == ("invalid", None, None)
    assert result.says.startswith("estimates 0 effect measure: ")


def test_arms_are_added_to_and_compared_as_well(tmp_path: Path) -> None:
    header = "study,outcome,arm,n,events\n"
    rows = "".join(f"A 2010,pain,{arm},40,{events}\n" for arm, events in (("x", 4), ("y", 5), ("placebo", 6)))

    def arms(text: str, force: bool = False) -> Joined:
        found, _ = records_from(as_recognised(header + text, measure="OR")[0], "AB", DAY)
        result = joined(found[0], tmp_path / "studies", "c", force)
        assert write_all([result], force) == []
        return result

    assert arms(rows).state == "new"
    assert arms(rows).state == "unchanged"
    assert arms(rows + rows.replace("pain", "fever")).says == "added: fever"
    changed = arms(rows.replace("40,5", "40,7"))
    assert changed.says == "'pain' is another there: arms 3 events is 5 there and 7 in the file"


def test_judgements_of_bias_are_added_once(tmp_path: Path) -> None:
    bias = {"tool": "Cochrane RoB", "domain": "Blinding", "judgement": "Low", "support": "s"}
    for count, state in ((0, "new"), (1, "longer"), (1, "unchanged")):
        plain = {**made(FIRST), "risk_of_bias": [bias] * count}
        result = joined(plain, tmp_path / "studies", "c")
        assert result.state == state
        assert write_all([result]) == []
    assert len(there(tmp_path).risk_of_bias) == 1


def test_files_that_appear_meanwhile_win_and_are_told(tmp_path: Path) -> None:
    result = joined(made(FIRST), tmp_path / "studies", "c")
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "a-2010.yaml").write_text("mine")
    (why,) = write_all([result])
    assert "a file of that name exists" in why
    assert (tmp_path / "studies" / "a-2010.yaml").read_text() == "mine"
    assert [path.name for path in (tmp_path / "studies").iterdir()] == ["a-2010.yaml"]


@pytest.mark.parametrize("end", ["", "\n\n# the end\n"])
def test_a_record_of_any_layout_is_added_to_or_left_alone(tmp_path: Path, end: str) -> None:
    bring_in(tmp_path, FIRST)
    path = tmp_path / "studies" / "a-2010.yaml"
    text = path.read_text()
    head, _, tail = text.partition("estimates:")
    layouts = (
        f"{head}estimates:" + re.sub(r"(?m)^  ", "", tail),
        text.replace("\n\n", "\n"),
        text.replace("outcomes:\n  bleeding: {name: bleeding}", "outcomes: {bleeding: {name: bleeding}}"),
        text.replace("\n", "\r\n"),
        "\ufeff" + text,
    )
    for layout in layouts:
        path.write_bytes((layout.rstrip() + "\n" + end).encode())
        before = there(tmp_path)
        result = bring_in(tmp_path, SECOND)
        assert result.state in ("longer", "different")
        after = there(tmp_path)
        assert after.estimates[:1] == before.estimates
        assert len(after.estimates) == (2 if result.state == "longer" else 1)
        assert result.state == "longer", layout
    assert len(layouts) == 5


def test_what_a_new_part_leaves_at_its_default_is_no_difference() -> None:
    plain = Effect.model_validate({"measure": "OR", "estimate": "0.5"})
    logged = Effect.model_validate({"measure": "OR", "estimate": "0.5", "log": True})
    assert difference(logged, plain) == []
    assert difference(plain, logged) == [(("log",), None, True)]
    assert difference(plain, logged, {"log"}) == []


def test_of_two_equal_rows_the_one_at_the_place_that_is_there_is_known_whatever_it_is_called(
    tmp_path: Path,
) -> None:
    bring_in(tmp_path, SECOND + FIRST)
    path = tmp_path / "studies" / "a-2010.yaml"
    text = path.read_text()
    assert text.count("id: bleeding") == 1
    path.write_text(text.replace("id: bleeding", "id: haemorrhage"))
    assert bring_in(tmp_path, FIRST + FIRST).says == "added: bleeding"
    rows = {each.id: each.where.at.partition(", ")[2][:5] for each in there(tmp_path).estimates}
    assert rows == {"pain": "row 2", "haemorrhage": "row 3", "bleeding": "row 2"}
