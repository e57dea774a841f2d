"""A record's file grows in its place: what was typed stays, line by line, and what is added follows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.reading import record_from_text
from evidence.records.schema import Record
from evidence.records.writing import WritingError
from evidence.records.writing.extending import extended
from tests.evidence.records.samples import TEXT, bent

WOMEN = """\
  - id: hip-women
    outcome: hip
    stratum: {sex: women}
    effect: {measure: beta, per: 1 g/dL, estimate: 0.01, p: 0.02}
    where: {report: lee-2019, at: Table 2}
"""
BIAS = "risk_of_bias: [{tool: NOS, domain: Selection, judgement: low, support: said}]\n"
MEN = TEXT[TEXT.index("  - id: hip-men") : TEXT.index("extraction:")]


def read(text: str) -> Record:
    document = record_from_text(text, Path("r.yaml"))
    assert document.model is not None, document.problems
    return document.model


def grown(folder: Path, before: str, after: str) -> str:
    """The file `before` as it becomes for the record `after`."""
    path = folder / "lee-2019.yaml"
    path.write_text(before, encoding="utf-8")
    text, whole = extended(path, read(before), read(after))
    assert read(text) == whole
    return text


LAST = "    where: {report: lee-2019, at: Table 2}"


def added(before: str, after: str, above: str = LAST) -> str:
    """What was added right below a line; every other line is as it was."""
    old, new = before.splitlines(), after.splitlines()
    at, count = old.index(above) + 1, len(new) - len(old)
    assert (new[:at], new[at + count :]) == (old[:at], old[at:])
    return "\n".join(new[at : at + count])


@pytest.mark.parametrize(
    "tail",
    ["extraction:", "# who\nextraction:", "\n# who\nextraction:", "# one\n\n# two\nextraction:"],
)
def test_an_estimate_follows_the_last_one_and_remarks_below_stay_below(tail: str, tmp_path: Path) -> None:
    before = bent(("extraction:", tail))
    new = added(before, grown(tmp_path, before, bent(("extraction:", f"{WOMEN}extraction:"))))
    assert new.startswith("\n  - id: hip-women\n    outcome: hip\n")


def test_what_is_added_stands_as_far_in_as_what_is_there(tmp_path: Path) -> None:
    after = bent(("extraction:", f"{WOMEN}extraction:"))
    for indent in ("", "    "):
        moved = "".join(f"{indent}{line[2:]}\n" for line in MEN.splitlines())
        before = bent((MEN, moved))
        last = moved.splitlines()[-1]
        new = added(before, grown(tmp_path, before, after), last)
        assert new.startswith(f"\n{indent}- id: hip-women\n{indent}  outcome: hip\n")
    before = bent((MEN, f"\n  # a remark\n{MEN}"))
    assert added(before, grown(tmp_path, before, after)).startswith("\n  - id: hip-women\n")


def test_parts_with_names_grow_without_a_blank_line(tmp_path: Path) -> None:
    hip = "  hip: {name: BMD, site: hip, unit: g/cm2, unit_stated: no}\n"
    neck = hip.replace("hip", "neck").replace("no}", "true}")
    after = bent((hip, f"{hip}{neck}"))
    for before in (TEXT, bent((hip, f"{hip}  # more\n"))):
        below = [line for line in before.splitlines() if "hip:" in line or line.startswith("  #")][-1]
        new = added(before, grown(tmp_path, before, after), below)
        assert new == "  neck: {name: BMD, site: neck, unit: g/cm2}"


def test_a_block_on_one_line_is_written_anew(tmp_path: Path) -> None:
    hip = "  hip: {name: BMD, site: hip, unit: g/cm2}\n"
    flow = "outcomes: {hip: {name: BMD, site: hip, unit: g/cm2}}\n"
    both = "outcomes:\n" + hip + hip.replace("hip", "neck")
    block = TEXT[TEXT.index("outcomes:") : TEXT.index("models:")]
    broken = (
        flow.replace("BMD, ", "BMD,\n    "),
        flow.replace("hip: {", "hip:\n    {", 1),
        flow.replace("hip: {", "hip:  # why: so\n    {", 1),
        flow.replace("}}", "}\n}").replace("{hip", "{\n  hip"),
    )
    for typed in (flow, flow.replace("\n", "  # a: b\n"), *broken):
        assert grown(tmp_path, bent((block, typed)), bent((block, both))) == bent((block, both))


def test_a_part_that_was_not_there_comes_before_who_extracted_and_the_remark_on_it(tmp_path: Path) -> None:
    for remark in ("", "# one\n# two\n", "# one\n# two\n# three\n"):
        before = bent(("extraction:", f"{remark}extraction:"))
        new = added(before, grown(tmp_path, before, bent(("extraction:", f"{BIAS}extraction:"))))
        assert new == BIAS


def test_what_comes_before_a_remark_in_the_first_line_comes_first(tmp_path: Path) -> None:
    by = TEXT[TEXT.index("extraction:") :]
    before = f"# who\n{by}{TEXT.removesuffix(by)}"
    assert grown(tmp_path, before, bent(("extraction:", f"{BIAS}extraction:"))) == f"{BIAS}\n{before}"


def test_before_a_second_model_joins_the_entries_name_the_first(tmp_path: Path) -> None:
    crude = "  crude: {type: linear regression, adjustment: none}\n"
    more = WOMEN.replace("outcome: hip\n", "outcome: hip\n    model: crude\n")
    after = bent(
        ("estimates:\n", f"{crude}estimates:\n"),
        ("    outcome: hip\n", "    outcome: hip\n    model: adjusted\n"),
        ("extraction:", f"{more}extraction:"),
    )
    text = grown(tmp_path, TEXT, after)
    assert read(text) == read(after)
    assert text.count("model: adjusted") == text.count("model: crude") == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([("estimate: 0.0079", "estimate: 0.0078")], "'estimates' of 'lee-2019' would be changed"),
        ([("name: BMD", "name: BMC")], "'outcomes' of 'lee-2019' would be changed"),
        ([("title: A study", "title: Another")], "more of 'lee-2019' than its estimates would change"),
    ],
)
def test_what_would_change_is_for_a_person_to_do(
    changes: list[tuple[str, str]], says: str, tmp_path: Path
) -> None:
    with pytest.raises(WritingError, match=says):
        grown(tmp_path, TEXT, bent(*changes))


def test_a_mark_at_the_beginning_of_a_file_is_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "lee-2019.yaml"
    path.write_text(TEXT, encoding="utf-8-sig")
    after = read(bent(("extraction:", f"{WOMEN}extraction:")))
    assert extended(path, read(TEXT), after)[0].startswith("schema: 1\n")


def test_what_fits_one_line_is_added_one_entry_a_line(tmp_path: Path) -> None:
    judged = "risk_of_bias:\n  - {tool: NOS, domain: Selection, judgement: low, support: said}\n"
    other = "  - {tool: NOS, domain: Outcome, judgement: low, support: said}\n"
    third = other.replace("Outcome", "Comparability")
    before = bent(("extraction:", f"{judged}extraction:"))
    after = bent(("extraction:", f"{judged}{other}{third}extraction:"))
    assert grown(tmp_path, before, after) == after
