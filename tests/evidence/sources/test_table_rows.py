"""Rows of a table become entries; one that cannot be read is told with its cell, and the others come in."""

from __future__ import annotations

import pytest

from evidence.sources.cells import SheetError
from tests.evidence.sources.importing import as_recognised, records_of, table, with_plan

PRINTED = {"s": "study", "e": "estimate", "i": "ci", "l": "ci_low", "h": "ci_high", "v": "variance"}
COUNTS = {"s": "study", "a": "events1", "n": "n1", "c": "events2", "m": "n2"}


def effect(header: str, row: str, **values: str) -> dict[str, object]:
    """The effect of one row whose columns are named by their roles."""
    names = [each.strip() for each in header.split(";")]
    text = f"s;{header}\nA 2010;{row}\n"
    columns = {"s": "study"} | {name: name for name in names}
    entries, skipped = with_plan(text, columns=columns, values={"measure": "OR", **values})
    if skipped:
        raise AssertionError(skipped[0].why)
    assert entries[0].effect is not None
    return entries[0].effect


def why_not(header: str, row: str, **values: str) -> str:
    with pytest.raises(AssertionError) as caught:
        effect(header, row, **values)
    return str(caught.value)


def test_everything_that_a_row_prints_of_an_effect_comes_in() -> None:
    base = {"measure": "OR", "estimate": "0.84"}
    read: list[tuple[str, str, dict[str, object]]] = [
        ("estimate", "0.84 (0.63–1.12)", {"ci": ["0.63", "1.12"]}),
        ("estimate", "0.84 (90% CI 0.63–1.12)", {"ci": ["0.63", "1.12"], "level": "90 %"}),
        ("estimate", "0.84 (0.63–1.12), p = 0.2", {"ci": ["0.63", "1.12"], "p": "0.2"}),
        ("estimate; ci", "0.84; 0.63, 1.12", {"ci": ["0.63", "1.12"]}),
        ("estimate; ci_low; ci_high", "0.84; 0.63; 1.12", {"ci": ["0.63", "1.12"]}),
        ("estimate; ci_low; ci_high", "0.84 (0.63-1.12); 0.63; 1.12", {"ci": ["0.63", "1.12"]}),
        ("estimate; se; p", "0.84; 0.15; <0.001", {"se": "0.15", "p": "< 0.001"}),
        ("estimate; se; p", "0.84; 0.15; NS", {"se": "0.15", "p": "NS"}),
        ("estimate; se; p", "0.84; 0.15; **", {"se": "0.15", "p": "**"}),
        ("estimate; se; p", "0.84; 0.15; NR", {"se": "0.15"}),
        ("estimate", "0.84 (SE 0.15)", {"se": "0.15"}),
        ("estimate; variance", "0.84; 0.0225", {"se": "0.15"}),
        ("estimate; variance; se", "0.84; 0.0225; 0.2", {"se": "0.2"}),
        ("estimate; t; df", "0.84; 2.1; 29", {"t": "2.1", "df": "29"}),
    ]
    for header, row, more in read:
        assert effect(header, row) == base | more, row
    assert len(read) == 14


def test_what_holds_for_every_row_is_said_of_its_effect() -> None:
    found = effect("estimate; ci", "0.84; 0.63, 1.12", level="99", log="true", change="true")
    assert (found["level"], found["log"], found["change"]) == ("99 %", True, True)
    assert "change" not in effect("estimate; ci", "0.84; 0.63, 1.12", change="false")
    assert "log" not in effect("estimate; ci", "0.84; 0.63, 1.12", log="false")
    assert "log" not in effect("estimate; se", "0.84; 1", log="true", measure="MD"), "a difference has none"
    assert effect("estimate; se", "0.84; 1", measure="beta")["per"] == "not stated"
    assert effect("estimate; se", "0.84; 1", per="1 SD", measure="beta")["per"] == "1 SD"
    assert effect("estimate; se", "0.84; 1", exposed="high", reference="low")["versus"] == {
        "exposed": "high", "reference": "low",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "row", "why"),
    [
        ("estimate; se", "1*; –", "the reference class"),
        ("estimate; se", "1.00 (ref); 1", "the reference class"),
        ("estimate; se", "Reference; 1", "the reference class"),
        ("estimate; se", "0.84*; 0.1", "column 'estimate': '0.84*' carries a sign of a footnote"),
        ("estimate; se", "84 %; 0.1", "is a percentage"),
        ("estimate; se", "< 0.84; 0.1", "'< 0.84' is no estimate"),
        ("estimate; se", "0.84 (0.15); 0.1", "'0.84 (0.15)' is no estimate"),
        ("estimate; se", "12/40; 0.1", "is no estimate"),
        ("estimate; se", "0.84; 0.1, 0.2", "column 'se': '0.1, 0.2' has more than one number"),
        ("estimate; ci", "0.84; 0.63", "'0.63' is no interval"),
        ("estimate; ci_low; ci_high", "0.84; 0.63;", "only one limit"),
        ("estimate; ci_low; ci_high", "0.84 (0.63-1.12); 0.64; 1.12", "different intervals"),
        ("estimate; ci", "0.84 (0.63-1.12); 0.63, 1.13", "different intervals"),
        ("estimate; variance", "0.84; 0", "a variance cannot be 0"),
        ("estimate; variance", "0.84; -1", "a variance cannot be -1"),
        ("estimate; variance", "0.84; < 0.1", "a variance cannot be < 0.1"),
        ("estimate; variance", "0.84; 1e999", "a variance cannot be 1e999"),
        ("estimate; se", "; 0.1", "no number of an effect or of its groups"),
        ("events1; n1; events2; n2", "; 40; 5; 41", "one of the two groups has no numbers"),
        ("events1; n1; events2; n2", "4.5; 40; 5; 41", "column 'events1': '4.5' is no whole number"),
        ("events1; n1; events2; n2", "4 (5); 40; 5; 41", "'4 (5)' has more than one number"),
        ("events1; n1; events2; n2", "4/40; 39; 5; 41", "the total is 40 in '4/40' and 39 in its own column"),
        ("mean1; n1; mean2; n2", "0.5-0.7; 40; 5; 41", "'0.5-0.7' is no mean"),
    ],
)
def test_a_row_that_says_something_else_is_told_with_its_cell(header: str, row: str, why: str) -> None:
    assert why in why_not(header, row)


def test_numbers_of_two_groups_come_in_from_one_cell_or_several() -> None:
    def groups(header: str, row: str) -> object:
        return effect(header, row, exposed="zinc", reference="placebo")["groups"]

    zinc, placebo = {"name": "zinc"}, {"name": "placebo"}
    counts = [zinc | {"events": "4", "n": "40"}, placebo | {"events": "5", "n": "1041"}]
    assert groups("events1; n1; events2; n2", "4; 40; 5; 1,041.0") == counts
    assert groups("events1; events2", "4/40 (10 %); 5/1,041.0") == counts
    assert groups("events1; n1; events2; n2", "4 (10 %); 40; 5/1041; 1041") == counts
    assert groups("events1; non_events1; events2; non_events2", "4; 36; 5; 1036") == counts
    means = [zinc | {"mean": "-5.2", "sd": "1.1", "n": "4"}, placebo | {"mean": "4", "sd": "1", "n": "5"}]
    assert groups("mean1; sd1; n1; mean2; sd2; n2", "−5.2; 1.1; 4; 4; 1; 5") == means
    assert groups("mean1; n1; mean2; n2", "−5.2 ± 1.1; 4; 4 (1); 5") == means
    errors = [zinc | {"mean": "5", "se": "1", "n": "4"}, placebo | {"mean": "4", "se": "2", "n": "5"}]
    assert groups("mean1; n1; mean2; n2", "5 (SE 1); 4; 4 (SE 2); 5") == errors
    medians = "median1; q11; q31; n1; median2; minimum2; maximum2; n2"
    assert groups(medians, "5; 4; 7; 40; 3; 1; 9; 41") == [
        zinc | {"median": "5", "q1": "4", "q3": "7", "n": "40"},
        placebo | {"median": "3", "minimum": "1", "maximum": "9", "n": "41"},
    ]
    assert groups("events1; person_time1; events2; person_time2", "4; 120.5; 5; 130") == [
        zinc | {"events": "4", "person_time": "120.5"}, placebo | {"events": "5", "person_time": "130"},
    ]  # fmt: skip


def test_a_share_in_brackets_is_that_of_the_two_counts_to_one_percent() -> None:
    def read(cell: str, more: str = "40") -> object:
        entries, skipped = with_plan(
            f"s;n (%);more;c;m\nA 2010;{cell};{more};5;41\n",
            columns={"s": "study", "n (%)": "events1", "more": "n1", "c": "events2", "m": "n2"},
            values={"measure": "OR", "exposed": "zinc"},
        )
        if skipped:
            return skipped[0].why
        effect = entries[0].effect or {}
        return effect["groups"][0]

    for share in ("29", "30", "31"):
        assert read(f"12 ({share})") == {"name": "zinc", "events": "12", "n": "40"}, share
    for share in ("28.9", "31.1", "3"):
        assert read(f"12 ({share})") == f"'12 ({share})': 12 of 40 is not {share} %"
    assert read("1 (100)", "1") == {"name": "zinc", "events": "1", "n": "1"}


def test_the_persons_of_both_groups_are_the_row_s_unless_it_says_its_own() -> None:
    text = "s,a,n,c,m,all\nA 2010,4,40,5,41,\nB 2010,4,40,5,41,79\n"
    columns = {**COUNTS, "all": "n"}
    entries, _ = with_plan(text, columns=columns, values={"measure": "OR"})
    assert [entry.n for entry in entries] == ["81", "79"]


def test_what_stands_in_the_place_of_a_number_is_kept() -> None:
    entries, _ = as_recognised("study,beta,se,n\nA 2010,NR,,40\n")
    assert (entries[0].effect, entries[0].said, entries[0].n) == (None, "NR", "40")
    (record,) = records_of(entries)
    assert record.estimates[0].not_reported is not None
    assert record.estimates[0].not_reported.said == "NR"


def test_rows_are_told_by_their_number_and_the_rest_come_in() -> None:
    text = (
        "study,year,OR,lower,upper,sex\n"
        "A,2010,2,1,4,men\n"
        "B,,2,1,4,men\n"
        ",2011,2,1,4,men\n"
        "C,2012,2,1\n"
        "D,2013,2,1,4,men,5\n"
        "E,2014,two,1,4,men\n"
        "F,2015,2,1,4,dogs\n"
        "\n"
        "G,2016,2,1,4,F\n"
    )
    entries, skipped = as_recognised(text)
    assert [(each.study, each.at) for each in entries] == [
        ("A", "t.csv, row 2, OR, lower, upper"), ("B", "t.csv, row 3, OR, lower, upper"),
        ("F", "t.csv, row 8, OR, lower, upper"),
        ("G", "t.csv, row 10, OR, lower, upper"),
    ]  # fmt: skip
    assert [(each.at.rpartition(" ")[2], each.why) for each in skipped] == [
        ("4", "no study is named"),
        ("5", "it has 4 cells, and the header has 6"),
        ("6", "it has 7 cells, and the header has 6"),
        ("7", "column 'OR': 'two' is no number as papers print them; expected e.g. 0.84 (0.63-1.12)"),
    ]
    assert [each.facts.get("sex") for each in entries] == ["men", "men", None, "women"]


def test_cells_missing_at_the_end_of_every_column_that_has_a_name_are_no_fault() -> None:
    entries, skipped = as_recognised("study,OR,lower,upper,,\nA 2010,2,1,4\nB 2010,2,1,4,,,\n")
    assert (len(entries), skipped) == (2, [])


def test_studies_are_named_with_their_year() -> None:
    def named(header: str, row: str, **values: str) -> tuple[str, int | None]:
        columns = {name: name for name in header.split(";")} | {"e": "estimate"}
        (entry,), _ = with_plan(f"{header};e\n{row};2\n", columns=columns, values={"measure": "OR", **values})
        return entry.study, entry.year

    assert named("study", "Berg 2012") == ("Berg 2012", 2012)
    assert named("study", "Yoshino_2021") == ("Yoshino 2021", 2021)
    assert named("study;year", "Berg;2012.0") == ("Berg", 2012)
    assert named("study;year", "Trial 2001;2012") == ("Trial 2001", 2012)
    assert named("author;year", "Berg;2012") == ("Berg 2012", 2012)
    assert named("study;author;year", "R01;Berg;2012") == ("Berg 2012 (R01)", 2012)
    assert named("study;author;year", "SAMBA;Berg;2012") == ("SAMBA", 2012)
    assert named("study;citation", "SAMBA;Berg. BMJ 1999;3:4".replace(";3", ", 3")) == ("SAMBA", 1999)
    assert named("study", "NCT04072354 (2019)") == ("NCT04072354 (2019)", 2019)
    assert named("study;year", "SAMBA;", year="1998") == ("SAMBA", 1998)


def test_words_for_the_same_and_identifiers_are_brought_into_one_form() -> None:
    def facts(role: str, text: str) -> str | None:
        (entry,), _ = with_plan(
            f"s;f;e\nA 2010;{text};2\n",
            columns={"s": "study", "f": role, "e": "estimate"},
            values={} if role == "measure" else {"measure": "OR"},
        )
        return entry.facts.get(role)

    for role, text, form in (
        ("doi", "https://doi.org/10.1000/x", "10.1000/x"), ("doi", "doi: 10.1000/x", "10.1000/x"),
        ("doi", "10.1000/x", "10.1000/x"), ("pmid", "PMID: 123", "123"), ("pmid", "123.0", "123"),
        ("sex", "Males", "men"), ("sex", "f", "women"), ("sex", "Both", None), ("sex", "", None),
        ("adjustment", "Crude", "none"), ("adjustment", "None", "none"), ("adjustment", "yes", "full"),
        ("adjustment", "age, sex", "minimal"), ("adjustment", "", None), ("measure", "odds ratio", "OR"),
        ("measure", "ZCOR", "ZCOR"), ("note", "two  words", "two words"), ("note", "-", None),
    ):  # fmt: skip
        assert facts(role, text) == form, (role, text)
    with pytest.raises(ValueError, match="not enough values"):
        facts("measure", "PANSS")


@pytest.mark.parametrize(
    ("sex", "expected"),
    [
        ("H", "men"), ("Hommes", "men"), ("hombre", "men"), ("Männer", "men"), ("W", "women"),
        ("femmes", "women"), ("Mujeres", "women"), ("H/F", None), ("female/male", None), ("Mixed", None),
        ("beide", None), ("total", None),
    ],
)  # fmt: skip
def test_a_sex_is_read_in_the_words_of_several_languages(sex: str, expected: str | None) -> None:
    entries, _ = as_recognised(f"study,sex,OR,lower,upper\nA 2010,{sex},2,1,4\nA 2010,women,2,1,4\n")
    assert (entries[0].facts.get("sex"), entries[0].unknown) == (expected, ())


def test_m_is_a_woman_beside_h_and_a_man_beside_f() -> None:
    def read(*sexes: str) -> list[str | None]:
        rows = "".join(f"A 2010,{sex},2,1,4\n" for sex in sexes)
        entries, _ = as_recognised("study,sex,OR,lower,upper\n" + rows)
        return [each.facts.get("sex") for each in entries]

    assert read("H", "M") == ["men", "women"]
    assert read("M", "F") == ["men", "women"]
    assert read("H", "F", "M") == ["men", "women", "men"]
    assert read("M", "men") == ["men", "men"]


def test_words_that_no_record_has_stand_in_the_note_and_their_row_comes_in() -> None:
    head = "study,sex,adjusted,pmid,note,OR,lower,upper\n"
    entries, skipped = as_recognised(
        head
        + "A 2010,men,yes,1,n,2,1,4\n"
        + "B 2010,mostly men,model 3,PM,as printed,2,1,4\n"
        + "C 2010,f,no,2,,2,1,4\n"
    )
    said = ("PMID in the table: PM", "sex in the table: mostly men", "adjustment in the table: model 3")
    assert [each.unknown for each in entries] == [(), said, ()]
    assert entries[1].facts["note"] == "; ".join(("as printed", *said))
    assert not {"sex", "adjustment", "pmid"} & set(entries[1].facts)
    assert skipped == []


def test_of_an_arm_words_that_no_record_has_are_told_as_well() -> None:
    entries, _ = as_recognised(
        "study,arm,n,events,sex\nA 2010,zinc,40,4,mostly men\nA 2010,soap,41,9,m\n", measure="RR"
    )
    assert [each.unknown for each in entries] == [("sex in the table: mostly men",), ()]
    assert [(each.arm or {}).get("events") for each in entries] == ["4", "9"]


def test_only_the_rows_are_taken_that_the_plan_asks_for() -> None:
    text = "s,e,main,drug\nA 2010,1,1,x\nB 2010,2,0,x\nC 2010,3,1,Y\nD 2010,4,1,z\n"
    entries, skipped = with_plan(
        text,
        columns={"s": "study", "e": "estimate"},
        values={"measure": "OR"},
        only={"main": "1", "drug": ["X", "y"]},
    )
    assert ([each.study for each in entries], skipped) == (["A 2010", "C 2010"], [])


def test_a_plan_with_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    for plan in ({"columns": {"x": "study"}}, {"columns": {}, "only": {"x": "1"}}):
        with pytest.raises(SheetError, match=r"'t.csv': there is no column 'x'") as caught:
            with_plan("s,e\nA,1\n", **plan)
        assert caught.value.hint == "It has: s, e."
    with pytest.raises(SheetError, match="there are several columns 's'"):
        with_plan("s,s\nA,1\n", columns={"s": "study"})


def test_files_with_decimal_commas_and_with_points_give_the_same() -> None:
    point = 'study,n,OR,SE\nA 2010,"1,250",0.84,0.125\nB 2011,40,1.21,0.25\n'
    comma = "study;n;OR;SE\nA 2010;1.250;0,84;0,125\nB 2011;40;1,21;0,25\n"
    read = [as_recognised(text)[0] for text in (point, comma)]
    assert [(each.n, each.effect) for each in read[0]] == [(each.n, each.effect) for each in read[1]]
    assert read[0][0].n == "1250"
    assert len(table(comma).rows) == 2


def test_a_quotation_and_a_place_in_the_paper_stand_beside_the_row() -> None:
    (entry,), _ = as_recognised("study,OR,se,page,quote\nA 2010,2,1,p. 4,doubled\n")
    assert (entry.at, entry.quote) == ("p. 4; t.csv, row 2, OR, se", "doubled")


@pytest.mark.parametrize(
    ("rows", "studies", "left_out"),
    [
        ("A 2010,hip,1,0.5\n,spine,2,0.4\nB 2011,hip,3,0.4\n", ["A 2010", "A 2010", "B 2011"], []),
        # nothing stands above the first
        (",hip,1,0.5\nA 2010,spine,2,0.4\n", ["A 2010"], [("t.csv, row 2", "no study is named")]),
        # without a number a row is not of the study above it
        ("A 2010,hip,1,0.5\n,wrist,,\n,spine,2,0.4\n", ["A 2010", "A 2010"], []),
    ],
)
def test_a_row_with_numbers_and_no_study_is_of_the_study_above_it(
    rows: str, studies: list[str], left_out: list[tuple[str, str]]
) -> None:
    entries, skipped = as_recognised("study,outcome,beta,se\n" + rows)
    assert [entry.study for entry in entries] == studies
    assert [(each.at, each.why) for each in skipped] == left_out


def test_the_study_above_may_stand_in_the_last_column() -> None:
    header = "outcome,beta,se,study\n"
    entries, skipped = as_recognised(f"{header}hip,1,0.5,A 2010\nspine,2,0.4,\nwrist,2,0.4\n")
    assert [entry.study for entry in entries] == ["A 2010", "A 2010"]
    assert [each.why for each in skipped] == ["it has 3 cells, and the header has 4"]
