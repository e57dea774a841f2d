"""Reviews of RevMan 5: every kind of outcome, subgroups, references, risk of bias, broken and hostile XML."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.sources.cells import SheetError
from evidence.sources.entries import Plain
from tests.evidence.sources.importing import records_of
from tests.evidence.sources.revman.files import COUNTS, outcome, review, rm5


def only_effect(path: Path) -> Plain:
    (entry,) = review(path).entries
    assert entry.effect is not None
    return entry.effect


def test_counts_come_in_with_what_the_review_says_of_their_study_and_analysis(tmp_path: Path) -> None:
    labels = (
        "<GROUP_LABEL_1>Zinc</GROUP_LABEL_1><GROUP_LABEL_2>Placebo</GROUP_LABEL_2>"
        "<GRAPH_LABEL_1>Favours zinc</GRAPH_LABEL_1><GRAPH_LABEL_2>Favours placebo</GRAPH_LABEL_2>"
    )
    data = f'<DICH_DATA STUDY_ID="STD-Abel-2001" {COUNTS}/>'
    found = review(rm5(tmp_path, outcome("DICH", labels + data, NO="3", EFFECT_MEASURE="RR", RANDOM="YES")))
    (entry,) = found.entries
    assert entry.effect == {
        "measure": "RR",
        "versus": {"exposed": "Zinc", "reference": "Placebo"},
        "groups": [{"name": "Zinc", "n": "40", "events": "4"}, {"name": "Placebo", "n": "41", "events": "9"}],
    }
    assert (entry.study, entry.year, entry.n) == ("Abel 2001", 2001, "81")
    assert entry.facts["citation"] == "Abel A. Zinc in colds. J Colds 2001;7(2):1-9"
    assert entry.at == "zinc.rm5, analysis 1.3, line 8"
    (analysis,) = found.outcomes
    assert (found.title, analysis.number, analysis.name, analysis.random, analysis.overall) == (
        "Zinc for colds", "1.3", "Cough", True, True,
    )  # fmt: skip
    assert analysis.labels == ("Favours zinc", "Favours placebo")
    (record,) = records_of(list(found.entries))
    assert (record.study, record.title, record.estimates[0].id) == ("abel-2001", "Zinc in colds", "1-3")


def test_means_estimates_and_observed_less_expected_have_their_own_numbers(tmp_path: Path) -> None:
    means = 'MEAN_1="4.10" MEAN_2="-5.0" SD_1="1.0" SD_2="1.25" TOTAL_1="40" TOTAL_2="41"'
    data = f'<CONT_DATA STUDY_ID="STD-Abel-2001" {means}/>'
    groups = only_effect(rm5(tmp_path, outcome("CONT", data, NO="1", EFFECT_MEASURE="SMD")))["groups"]
    assert groups == [
        {"name": "experimental", "n": "40", "mean": "4.10", "sd": "1"},
        {"name": "control", "n": "41", "mean": "-5", "sd": "1.25"},
    ]
    data = '<IV_DATA STUDY_ID="STD-Abel-2001" ESTIMATE="-0.25" SE="0.125"/>'
    versus = {"exposed": "experimental", "reference": "control"}
    for measure, log in (("HR", {"log": True}), ("MD", {})):
        effect = only_effect(rm5(tmp_path, outcome("IV", data, NO="1", EFFECT_MEASURE=measure)))
        assert effect == {"measure": measure, "versus": versus, "estimate": "-0.25", "se": "0.125"} | log
    data = '<IPD_DATA STUDY_ID="STD-Abel-2001" O_E="-1.75" VAR="3.5"/>'
    effect = only_effect(rm5(tmp_path, outcome("IPD", data, NO="1", EFFECT_MEASURE="PETO_OR")))
    assert effect == {"measure": "PETO", "versus": versus, "columns": {"oei": "-1.75", "voei": "3.5"}}
    data = f'<DICH_DATA STUDY_ID="STD-Abel-2001" {COUNTS}/>'
    assert (
        only_effect(rm5(tmp_path, outcome("DICH", data, NO="1", EFFECT_MEASURE="PETO_OR")))["measure"] == "OR"
    )


def test_subgroups_are_strata_and_may_stay_apart(tmp_path: Path) -> None:
    data = f'<DICH_DATA STUDY_ID="STD-Abel-2001" {COUNTS}/>'
    inside = "".join(f"<DICH_SUBGROUP><NAME>{name}</NAME>{data}</DICH_SUBGROUP>" for name in ("Men", "Women"))
    for totals, overall in (("YES", True), ("SUB", False), ("NO", False)):
        found = review(rm5(tmp_path, outcome("DICH", inside, NO="1", EFFECT_MEASURE="OR", TOTALS=totals)))
        assert [entry.facts["group"] for entry in found.entries] == ["Men", "Women"]
        assert (found.outcomes[0].groups, found.outcomes[0].overall) == (("Men", "Women"), overall)
    (record,) = records_of(list(found.entries))
    assert [each.id for each in record.estimates] == ["1-1-men", "1-1-women"]


def test_an_outcome_that_is_analysed_twice_with_the_same_numbers_is_recorded_once(tmp_path: Path) -> None:
    names = ("Abel-2001", "Berg")
    data = [f'<DICH_DATA STUDY_ID="STD-{name}" {COUNTS}/>' for name in names]
    both = outcome("DICH", "".join(data), NO="1", EFFECT_MEASURE="OR")
    both += outcome("DICH", "".join(reversed(data)), NO="2", EFFECT_MEASURE="OR", RANDOM="YES")
    found = review(rm5(tmp_path, both))
    assert [(each.name, each.title, each.random) for each in found.outcomes] == [
        ("Cough", "Cough", False), ("Cough", "Cough", True),
    ]  # fmt: skip
    assert [(entry.study, entry.facts["outcome"], entry.at) for entry in found.entries] == [
        ("Abel 2001", "Cough", "zinc.rm5, analysis 1.1, line 8; zinc.rm5, analysis 1.2, line 8"),
        ("Berg", "Cough", "zinc.rm5, analysis 1.1, line 8; zinc.rm5, analysis 1.2, line 8"),
    ]


@pytest.mark.parametrize("change", ["events", "group", "studies"])
def test_other_numbers_of_one_outcome_are_named_with_their_comparison_and_then_their_number(
    change: str, tmp_path: Path
) -> None:
    data = f'<DICH_DATA STUDY_ID="STD-Abel-2001" {COUNTS}/>'
    other = {
        "events": data.replace('EVENTS_1="4"', 'EVENTS_1="5"'),
        "group": f"<DICH_SUBGROUP><NAME>Men</NAME>{data}</DICH_SUBGROUP>",
        "studies": data + data.replace("Abel-2001", "Berg"),
    }[change]
    inside = [data, other, other.replace('EVENTS_2="9"', 'EVENTS_2="8"')]
    several = "".join(
        outcome("DICH", each, NO=str(number), EFFECT_MEASURE="OR") for number, each in enumerate(inside, 1)
    )
    found = review(rm5(tmp_path, several))
    expected = ["Cough", "Cough, Zinc", "Cough (1.3)"]
    assert [each.name for each in found.outcomes] == expected
    assert {entry.facts["outcome"] for entry in found.entries} == set(expected)


def test_a_study_takes_its_year_from_its_reference_or_has_none(tmp_path: Path) -> None:
    data = "".join(
        f'<DICH_DATA STUDY_ID="STD-{name}" {COUNTS}/>' for name in ("Berg", "Cole", "Dahl-1999", "X")
    )
    found = review(rm5(tmp_path, outcome("DICH", data, NO="1", EFFECT_MEASURE="OR")))
    assert [(entry.study, entry.year) for entry in found.entries] == [
        ("Berg", 2002), ("Cole", None), ("Dahl 1999", 1999), ("X", None),
    ]  # fmt: skip
    records = records_of(list(found.entries))
    assert [(record.study, *(each.year for each in record.reports.values())) for record in records] == [
        ("berg-2002", 2002), ("cole", None), ("dahl-1999", 1999), ("x", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "numbers", "why"),
    [
        ("DICH", 'EVENTS_1="4" EVENTS_2="9" TOTAL_1="0" TOTAL_2="41"', "no complete numbers of both groups"),
        ("DICH", 'EVENTS_1="4" EVENTS_2="9" TOTAL_1="40"', "no complete numbers"),
        ("DICH", 'EVENTS_1="4.5" EVENTS_2="9" TOTAL_1="40" TOTAL_2="41"', "no complete numbers"),
        ("DICH", 'EVENTS_1="-4" EVENTS_2="9" TOTAL_1="40" TOTAL_2="41"', "no complete numbers"),
        ("CONT", 'MEAN_1="4" SD_1="0" TOTAL_1="9" MEAN_2="5" SD_2="1" TOTAL_2="9"', "no complete numbers"),
        ("CONT", 'MEAN_1="" SD_1="1" TOTAL_1="9" MEAN_2="5" SD_2="1" TOTAL_2="9"', "no complete numbers"),
        ("IV", 'ESTIMATE="0.5" SE="0"', "no estimate with a standard error"),
        ("IV", 'SE="1"', "no estimate with a standard error"),
        ("IV", 'ESTIMATE="nan" SE="1"', "no estimate with a standard error"),
        ("IPD", 'O_E="0.5" VAR="0"', "no O - E with a variance"),
        ("IPD", 'O_E="" VAR="1"', "no O - E with a variance"),
    ],
)
def test_data_without_numbers_are_told(kind: str, numbers: str, why: str, tmp_path: Path) -> None:
    measure = "MD" if kind == "CONT" else "OR"
    data = f'<{kind}_DATA STUDY_ID="STD-Abel-2001" {numbers}/>'
    found = review(rm5(tmp_path, outcome(kind, data, NO="1", EFFECT_MEASURE=measure)))
    assert found.entries == ()
    assert [why in each.why for each in found.skipped] == [True]


def test_spreads_below_one_come_in(tmp_path: Path) -> None:
    means = 'MEAN_1="0.5" SD_1="0.25" TOTAL_1="1" MEAN_2="0" SD_2="0.5" TOTAL_2="1"'
    for kind, numbers, measure in (
        ("CONT", means, "MD"), ("IV", 'ESTIMATE="0" SE="0.5"', "MD"), ("IPD", 'O_E="0" VAR="0.5"', "OR"),
    ):  # fmt: skip
        data = f'<{kind}_DATA STUDY_ID="STD-Abel-2001" {numbers}/>'
        found = review(rm5(tmp_path, outcome(kind, data, NO="1", EFFECT_MEASURE=measure)))
        assert (len(found.entries), found.skipped) == (1, ()), kind


def test_groups_without_events_come_in_as_they_are(tmp_path: Path) -> None:
    data = '<DICH_DATA STUDY_ID="STD-Abel-2001" EVENTS_1="0" EVENTS_2="0" TOTAL_1="1" TOTAL_2="41"/>'
    groups = only_effect(rm5(tmp_path, outcome("DICH", data, NO="1", EFFECT_MEASURE="OR")))["groups"]
    assert [(group["events"], group["n"]) for group in groups] == [("0", "1"), ("0", "41")]


def test_texts_and_unknown_measures_are_told_once_an_analysis(tmp_path: Path) -> None:
    both = outcome("OTHER", '<OTHER_DATA STUDY_ID="STD-Abel-2001"/>', NO="1") + outcome("OTHER", "", NO="2")
    both += outcome("DICH", f'<DICH_DATA STUDY_ID="STD-Abel-2001" {COUNTS}/>', NO="3", EFFECT_MEASURE="MD")
    found = review(rm5(tmp_path, both))
    assert [(each.at, each.why) for each in found.skipped] == [
        ("zinc.rm5, analysis 1.1", "its data are text, not numbers"),
        ("zinc.rm5, analysis 1.3", "its effect measure 'MD' is not known"),
    ]
    assert (found.entries, found.outcomes) == ((), ())


def test_judgements_of_bias_come_with_the_study(tmp_path: Path) -> None:
    entries = "".join(
        f'<QUALITY_ITEM_DATA_ENTRY STUDY_ID="STD-{study}" RESULT="{result}"><DESCRIPTION>{why}</DESCRIPTION>'
        "</QUALITY_ITEM_DATA_ENTRY>"
        for study, result, why in (
            ("Abel-2001", "YES", "by computer"), ("Berg", "NO", ""), ("Cole", "UNKNOWN", ""),
            ("Cole", "?", ""),
        )
    )  # fmt: skip
    bias = f"<QUALITY_ITEM><NAME>Allocation</NAME>{entries}</QUALITY_ITEM>"
    data = "".join(f'<DICH_DATA STUDY_ID="STD-{name}" {COUNTS}/>' for name in ("Abel-2001", "Berg"))
    path = rm5(tmp_path, outcome("DICH", data, NO="1", EFFECT_MEASURE="OR"), more=bias)
    judged = [(each["judgement"], each["support"]) for entry in review(path).entries for each in entry.bias]
    assert judged == [("Low", "by computer"), ("High", "not stated")]
    records = records_of(list(review(path).entries))
    assert [record.risk_of_bias[0].domain for record in records] == ["Allocation", "Allocation"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is no XML that can be read"),
        ("<COCHRANE_REVIEW>", "is no XML that can be read"),
        ("study,beta\nA 2010,1\n", "is no XML that can be read"),
        ("<html/>", "it begins with <html>"),
        ("PK\x03\x04", "is no XML that can be read"),
    ],
)
def test_what_is_no_review_of_revman_is_refused(content: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "a.rm5"
    path.write_text(content)
    with pytest.raises(SheetError, match=why):
        review(path)
    with pytest.raises(SheetError, match="cannot be read"):
        review(tmp_path / "b.rm5")


def test_a_review_of_more_than_100_mb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.rm5"
    for size, why in ((100_000_001, "is larger than 100 MB"), (100_000_000, "is no XML that can be read")):
        with path.open("wb") as stream:
            stream.truncate(size)
        with pytest.raises(SheetError, match=why):
            review(path)


def test_entities_neither_grow_nor_fetch(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    bomb = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 20))
    for declared, used in (
        (bomb, "&a19;"),
        (bomb, "&a0;"),
        (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "&x;"),
    ):
        path = tmp_path / "a.rm5"
        path.write_text(
            f"<!DOCTYPE COCHRANE_REVIEW [{declared}]><COCHRANE_REVIEW><COVER_SHEET><TITLE>T{used}</TITLE>"
            "</COVER_SHEET></COCHRANE_REVIEW>"
        )
        try:
            title = review(path).title
        except SheetError:
            title = ""
        assert "secret" not in title
        assert "lol" not in title
