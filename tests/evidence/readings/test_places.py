"""Where each printing stands, what lists are called, and which names and rows are taken for each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.readings.leaves import as_default
from evidence.readings.reviewing import compare_files, problems_of_readings
from evidence.readings.side_by_side import Printing, agreements
from evidence.readings.values import most_alike
from evidence.records.parsing import Place
from evidence.records.reading import read_record
from evidence.sources.cells import SheetError
from tests.evidence.readings.samples import SECOND, compared, record, settled, told, written
from tests.evidence.readings.test_of_records import judged
from tests.evidence.readings.test_of_tables import compared as tables
from tests.evidence.records.samples import TEXT

MORE = """\
flow:
  where: {report: lee-2019, at: F}
  steps:
    - {what: enrolled, start: 2000}
    - {what: analysed, left: 1426}
baseline:
  - where: {report: lee-2019, at: Table 1}
    columns: [men, women]
    rows:
      - {variable: age, mean_sd: [[61.0, 8.0], [62.0, 9.0]]}
      - {variable: smoker, percent: {yes: [30, 10], no: [70, 90]}}
      - {variable: age, mean_sd: [[1.0, 0.8], [2.0, 0.9]]}
extraction:"""
FULL = TEXT.replace(
    "  adjusted: {type: linear regression, adjustment: full, covariates: [age, sex]}",
    "  adjusted:\n    type: linear regression\n    adjustment: full\n"
    "    covariates:\n      - age\n      - sex",
).replace("extraction:", MORE)


def test_each_printing_of_a_record_stands_where_it_is_said_to(tmp_path: Path) -> None:
    text = FULL.replace(
        "extraction:", "risk_of_bias:\n  - {tool: RoB 2, domain: D1, judgement: low, support: S}\nextraction:"
    )
    (found,) = compared(tmp_path, text, text.replace("schema: 1\n", "").replace("extractor-1", "B"))
    checked = 0
    for cell in found.cells:
        for each in (cell.first, cell.second):
            line = each.place.path.read_text("utf-8").splitlines()[each.place.line - 1]
            assert each.text is not None
            assert line[each.place.column - 1 :].startswith(each.text.split(", ")[0]), cell
            checked += 1
    assert checked == 2 * 53


def test_entries_of_lists_are_called_by_their_variable_or_else_by_their_number(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, FULL, FULL.replace("extractor-1", "B"))
    keys = {cell.key for cell in found.cells if cell.of in ("flow", "baseline")}
    assert keys == {
        *(
            "where.report",
            "1.where.report",
            "1.columns",
            "steps.1.what",
            "steps.1.start",
            "steps.2.what",
            "steps.2.left",
        ),
        *(
            f"1.rows.{name}.mean_sd.{column}.{part}"
            for name in ("age", "age 2")
            for column in "12"
            for part in "12"
        ),
        *(f"1.rows.smoker.percent.{name}.{column}" for name in ("yes", "no") for column in "12"),
    }


def test_a_list_without_entries_is_no_cell(tmp_path: Path) -> None:
    text = TEXT.replace("[age, sex]", "[]")
    (found,) = compared(tmp_path, text, text.replace("extractor-1", "B"))
    assert "models.covariates" not in {cell.column for cell in found.cells}
    (found,) = compared(tmp_path, TEXT, TEXT.replace("[age, sex]", "[age]").replace("extractor-1", "B"))
    assert told(found) == [("models", "adjusted.covariates", "value", 14, "age, sex", 14, "age")]


def test_numbers_in_lists_are_compared_one_by_one(tmp_path: Path) -> None:
    texts = [TEXT.replace("p: 0.006", f"p: 0.006, f: {{value: 7.6, df: [1, {df}]}}") for df in (640, 641)]
    (found,) = compared(tmp_path, texts[0], texts[1].replace("extractor-1", "B"))
    assert [each[1:3] for each in told(found)] == [("effect.f.df.2", "value")]
    mixed = [text.replace("[age, sex]", "[age, 12]") for text in (TEXT, TEXT.replace("extractor-1", "B"))]
    (found,) = compared(tmp_path, *mixed)
    assert {cell.key for cell in found.cells} >= {"adjusted.covariates.1", "adjusted.covariates.2"}


def test_yes_and_true_are_words_where_the_schema_has_no_yes_or_no(tmp_path: Path) -> None:
    texts = [TEXT.replace("sex: men", f"group: '{word}'") for word in ("yes", "true")]
    (found,) = compared(tmp_path, texts[0], texts[1].replace("extractor-1", "B"))
    assert [each[1:3] for each in told(found)] == [("stratum.group", "value")]


def test_the_first_of_several_judges_is_compared_and_what_one_did_not_judge(tmp_path: Path) -> None:
    text = judged("D1: low", "D2: low")
    (found,) = compared(tmp_path, text, judged("D2: low", "D3: high").replace("extractor-1", "B"))
    assert told(found) == [
        ("risk_of_bias", "RoB 2 / randomization process", "only first", 22, "low", 22, None),
        ("risk_of_bias", "RoB 2 / missing outcome data", "only second", 22, None, 23, "high"),
    ]
    for both in ((TEXT, text), (text, TEXT)):
        (found,) = compared(tmp_path, both[0], both[1].replace("extractor-1", "B"))
        assert not any(cell.rated for cell in found.cells)


# Which is which.


def estimate(name: str, group: str) -> str:
    return (
        f"  - id: {name}\n    outcome: hip\n    stratum: {{group: {group}}}\n"
        "    not_reported: {said: NS}\n    where: {report: lee-2019, at: T}\n"
    )


def with_estimates(*entries: str) -> str:
    return TEXT.replace("extraction:", "".join(entries) + "extraction:")


@pytest.mark.parametrize(
    ("ours", "theirs", "lone"),
    [
        ({"a": "Over 65", "b": "75+"}, {"c": "Over 65", "d": "75+"}, 0),
        ({"a": "Over 65", "b": "75+"}, {"c": "over  65"}, 1),
        ({"a": "Over 65"}, {"c": "75+"}, 2),
        ({"a": "Over 65", "b": "Over 65"}, {"c": "Over 65"}, 3),  # either may be meant
        ({"a": "Over 65"}, {"c": "Over 65", "d": "Over 65"}, 3),
    ],
)
def test_estimates_are_paired_where_only_one_of_each_is_about_the_same(
    tmp_path: Path, ours: dict[str, str], theirs: dict[str, str], lone: int
) -> None:
    texts = [with_estimates(*(estimate(*each) for each in entries.items())) for entries in (ours, theirs)]
    (found,) = compared(tmp_path, texts[0], texts[1].replace("extractor-1", "B"))
    assert len(found.lone) == lone
    assert len(found.notes) == (len(ours) + len(theirs) - lone) / 2


@pytest.mark.parametrize(
    ("ours", "theirs"), [(("a",), ("b", "c")), (("a", "b"), ("c",)), (("a", "b"), ("c", "d"))]
)
def test_names_are_taken_for_each_other_only_where_one_is_left_on_each_side(
    tmp_path: Path, ours: tuple[str, ...], theirs: tuple[str, ...]
) -> None:
    def named(names: tuple[str, ...]) -> str:
        more = "".join(f"  {name}: {{name: BMD, site: {name}}}\n" for name in names)
        return TEXT.replace("models:", f"{more}models:")

    (found,) = compared(tmp_path, named(ours), named(theirs).replace("extractor-1", "B"))
    assert found.notes == ()
    assert [(each.of, each.key) for each in found.lone] == [("outcomes", name) for name in (*ours, *theirs)]


def test_the_name_that_was_perhaps_meant_is_looked_for_among_the_first_five_hundred() -> None:
    others = [f"{number:06}" for number in range(500)]
    assert most_alike("hemoglobin", [*others[:499], "haemoglobin"]) == "haemoglobin"
    assert most_alike("hemoglobin", [*others, "haemoglobin"]) is None


# What was settled, and what cannot be read.


def test_what_both_had_read_is_known_only_of_a_single_settled_value(tmp_path: Path) -> None:
    def before(entry: str) -> dict[str, object]:
        text = record(SECOND, settled(f"of: hip-men, {entry}"), text=TEXT.replace("0.0079", "0.0078"))
        (found,) = compared(tmp_path, text)
        return {cell.key: cell.pair for cell in found.cells if cell.resolution is not None}

    assert before("key: effect.estimate, took: second, first: 0.0079") == {
        "effect.estimate": ("0.0079", "0.0078")
    }
    assert before("key: effect.estimate, took: second") == {"effect.estimate": None}
    assert before("key: effect.ci, took: second, first: '0.02, 0.13'") == {
        "effect.ci.lower": None,
        "effect.ci.upper": None,
    }


def test_a_key_that_is_not_settled_keeps_what_both_read(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, record())
    pairs = {cell.key: cell.pair for cell in found.cells}
    assert pairs["effect.estimate"] == ("0.0079", "0.0078")
    assert pairs["n"] is None


def test_an_unreadable_file_beside_a_record_of_another_name_is_its_own_error(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, TEXT.replace("study: lee-2019", "study: kim-2020"), "study: [\n")
    assert [each.rule for each in found.problems] == ["yaml"]
    assert (found.cells, found.lone) == ((), ())


@pytest.mark.parametrize(("differences", "said_of"), [(50, 50), (51, 51)])
def test_fifty_differences_are_told_and_of_more_their_number(
    tmp_path: Path, differences: int, said_of: int
) -> None:
    def table(start: int) -> str:
        columns = [f"c{number}" for number in range(differences)]
        numbers = [start + number % 40 for number in range(differences)]
        return TEXT.replace(
            "extraction:",
            f"baseline:\n  - where: {{report: lee-2019, at: T}}\n    columns: {columns}\n    rows:\n"
            f"      - {{variable: x, percent: {{yes: {numbers}}}}}\nextraction:",
        )

    document = read_record(written(tmp_path, table(1), table(50).replace("extractor-1", "B")))
    found = problems_of_readings(document)
    assert len(found) == said_of
    assert [each.says for each in found if each.rule == "more"] == (
        [] if differences == 50 else ["and 1 more like these or others in this file"]
    )


def test_of_keys_settled_together_those_that_agreed_are_no_disagreement(tmp_path: Path) -> None:
    text = record(SECOND, settled("of: hip-men, key: effect, took: first"))
    counted = {each.key: each.agreed for each in agreements(compared(tmp_path, text))}
    assert (counted["effect.estimate"], counted["effect.ci.lower"], counted["effect.p"]) == (0, 1, 1)


def test_a_note_tells_what_may_be_meant_or_else_what_to_do(tmp_path: Path) -> None:
    def hints(name: str) -> list[str | None]:
        document = read_record(written(tmp_path, record(SECOND.replace("hip-men:", f"{name}:"))))
        return [each.hint for each in problems_of_readings(document)]

    todo = "Look into the paper together; then say under 'resolved' whose value counts, and why."
    assert hints("hip-man") == ["Is it the estimate 'hip-men' of the other?"]
    assert hints("else") == [todo]
    assert hints("hip-men") == [todo] * 2


def test_two_records_or_two_tables_are_compared_and_no_record_with_a_table(tmp_path: Path) -> None:
    files = {"a.yaml": TEXT, "b.YML": TEXT.replace("0.0079", "0.0078"), "c.csv": "study,n\nLee,1\n"}
    paths = {name: tmp_path / name for name in files}
    for name, text in files.items():
        paths[name].write_text(text, encoding="utf-8")
    assert compare_files(paths["a.yaml"], paths["b.YML"]).unresolved == 1
    assert len(compare_files(paths["c.csv"], paths["c.csv"]).cells) == 1
    for first, second in (("a.yaml", "c.csv"), ("c.csv", "a.yaml")):
        with pytest.raises(ValueError, match=f"'{first}' and '{second}' are of different kinds"):
            compare_files(paths[first], paths[second])


# Tables.


def test_each_cell_of_a_table_stands_where_it_is_said_to(tmp_path: Path) -> None:
    first, second = "n,study,dose\n1,Lee,5\n2,Kim,6\n", "study,dose,n\nKim,6,2\nLee,5,1\n"
    found = tables(tmp_path, first, second)
    for cell in found.cells:
        for each, text in ((cell.first, first), (cell.second, second)):
            assert text.splitlines()[each.place.line - 1].split(",")[each.place.column - 1] == each.text
    assert [(cell.of, cell.key) for cell in found.cells] == [
        *(("Lee", "n"), ("Lee", "dose"), ("Kim", "n"), ("Kim", "dose")),
    ]
    lone = tables(tmp_path, "study,n,age\nLee,1,2\n", "study,n\nLee,1\n").lone
    assert [(each.name, each.place.line, each.place.column, each.hint) for each in lone] == [
        ("age", 1, 3, None)
    ]


def test_repeated_names_are_counted(tmp_path: Path) -> None:
    found = tables(tmp_path, "study,n,n,n\nLee,1,2,3\n", "study,n3,n2,n\nLee,3,2,1\n")
    assert (found.unresolved, found.lone, len(found.cells)) == (0, (), 3)
    found = tables(tmp_path, "study,n,n2,n\nLee,1,2,3\n", "study,n,n2,n3\nLee,1,2,3\n")
    assert (found.unresolved, found.lone, len(found.cells)) == (0, (), 3)
    found = tables(tmp_path, "study,n,\nLee,1,2\n", "study,n,column 3\nLee,1,2\n")
    assert (found.unresolved, found.lone, len(found.cells)) == (0, (), 2)


def test_an_empty_cell_is_no_likeness(tmp_path: Path) -> None:
    found = tables(tmp_path, "study,a,b\nLee,1,\n", "study,a,b\nLee,9,\nLee,1,5\n")
    assert [(cell.second.place.line, cell.second.text) for cell in found.cells] == [(3, "1"), (3, "5")]


@pytest.mark.parametrize(("studies", "more"), [(5, False), (6, True)])
def test_five_studies_with_several_rows_are_named(tmp_path: Path, studies: int, more: bool) -> None:
    text = "study,n\n" + "".join(f"S{number},1\nS{number},2\n" for number in range(1, studies + 1))
    note = tables(tmp_path, text, text).notes[1]
    assert f"(S1, S2, S3, S4, S5{' ...' if more else ''})" in note


def test_fifty_rows_are_told_with_the_one_that_may_be_meant(tmp_path: Path) -> None:
    first = "study,n\n" + "".join(f"Johnson {1000 + number},1\n" for number in range(51))
    found = tables(tmp_path, first, "study,n\nJohnston 1000,1\n")
    hints = [each.hint is not None for each in found.lone if each.first_has_it]
    assert hints == [True] * 50 + [False]


@pytest.mark.parametrize(
    ("first", "second", "by"),
    [
        ("Study,DOI", "what,doi", "'DOI'"),
        ("what,doi", "Study,DOI", "'doi'"),
        ("title,PMID,DOI", "doi,pmid,title", "'PMID'"),
        ("Author,n", "author,year", None),
        ("Author,year", "author,n", None),
        ("n,year", "m,year", None),
    ],
)
def test_a_key_is_one_that_both_tables_have(tmp_path: Path, first: str, second: str, by: str | None) -> None:
    def note() -> str:
        return tables(tmp_path, f"{first}\na,b,c\n", f"{second}\na,b,c\n").notes[0]

    if by is None:
        with pytest.raises(SheetError, match="no column of both tables"):
            note()
    else:
        assert note().startswith(f"rows by {by} of the first")


def test_of_several_missing_columns_the_first_is_said(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="has no column 'x'"):
        tables(tmp_path, "study,n\nLee,1\n", "study,n\nLee,1\n", "study", "x", "y")
    with pytest.raises(SheetError, match=r"'a.csv', row 1: has no column 'arm'"):
        tables(tmp_path, "study,n\nLee,1\n", "study,n,arm\nLee,1,a\n", "study", "arm")


def test_what_is_left_out_stands_where_its_entry_begins() -> None:
    here, there = Place(Path("a.yaml"), 3), Place(Path("b.yaml"), 9)
    assert as_default("arms.a.reference", here, Printing(there, "no", "false")) == Printing(
        here, "no", "false"
    )
    assert as_default("level", here, Printing(there, "95%")) == Printing(here, "95%")
    for key, text in (("level", "90%"), ("outcome", "false")):
        assert as_default(key, here, Printing(there, text)) == Printing(here, None)


def test_a_judgement_that_is_not_there_would_stand_where_the_reader_s_others_do(tmp_path: Path) -> None:
    paths = tmp_path / "a.yaml", tmp_path / "b.yaml"
    for path, text in zip(paths, (judged("D1: low", "D2: low"), judged("D1: low", "D3: low")), strict=True):
        path.write_text(text, encoding="utf-8")
    cells = [cell for cell in compare_files(*paths).cells if cell.rated]
    assert [(cell.first.text, cell.second.text) for cell in cells] == [
        ("low", "low"), ("low", None), (None, "low"),
    ]  # fmt: skip
    assert [(cell.first.place.path, cell.second.place.path) for cell in cells] == [paths] * 3
