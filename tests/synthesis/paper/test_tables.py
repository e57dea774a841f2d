"""What stands in each table: studies, what is left out and why, judgements, findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.paper.contents import PARTS, manuscript
from synthesis.paper.paper_table import Heading, PaperTable, Reported, for_pages, shown
from synthesis.paper.rounded import RULE
from tests.synthesis.paper.making import by_sex, material, pooled_of
from tests.synthesis.review.made import record, review, silent, slope

BIAS = """risk_of_bias:
  - {tool: RoB 2, domain: D1, judgement: low, support: Drawn by lot., by: reader-1}
extraction"""


def table(reported: Reported, name: str) -> list[dict[str, str]]:
    (found,) = manuscript(reported, [name]).tables
    names = [heading.name for heading in found.headings]
    return [dict(zip(names, map(shown, row), strict=True)) for row in found.rows]


def only(reported: Reported, name: str) -> PaperTable:
    return manuscript(reported, [name]).tables[0]


def test_studies_are_those_that_an_analysis_shows_with_what_they_report(tmp_path: Path) -> None:
    population = "{n: 1234, women: 54.2 %, age: {mean: 62.6, sd: 8.0, minimum: 50}}"
    text = record("a", [slope("one", "0.020", "0.010, 0.030")], population=population)
    text = text.replace("cohort: {name: a}", "cohort: {name: A cohort, country: DE, years: 2001-2005}")
    text = text.replace("citation: 1, ", "citation: Doe J. A paper, doi: 10.1000/182, ")
    text = text.replace(
        "{type: linear, adjustment: full}", "{type: linear, adjustment: full, covariates: [age, sex]}"
    )
    records = {
        "a": text,
        "quiet": record("quiet", [silent("one")], population="{men: 100 %}"),
        "other": record(
            "other", ["id: x, outcome: hip, model: full, stratum: {sex: men}, not_reported: {said: no}"]
        ),
    }
    rows = table(material(review(tmp_path, records)), "studies")
    assert [row["study"] for row in rows] == ["A", "QUIET"]
    first, second = rows
    assert {name: first[name] for name in ("cohort", "country", "design", "years", "n", "women", "age")} == {
        "cohort": "A cohort",
        "country": "DE",
        "design": "cohort",
        "years": "2001-2005",
        "n": "1,234",
        "women": "54.2",
        "age": "mean 62.6 (SD 8.0), 50 and over",
    }
    assert first["exposure"] == "hemoglobin (g/dL)"
    assert first["outcome"] == "BMD (hip, g/cm2)"
    assert first["adjustment"] == "full: age and sex"
    assert first["reports"] == "Doe J. A paper. doi:10.1000/182"
    assert (second["women"], second["n"]) == ("0", "")


@pytest.mark.parametrize(
    ("status", "report", "shown_as"),
    [
        ("published", "citation: Doe J.", "Doe J"),
        ("published", "citation: Doe J., pmid: 123", "Doe J. PMID 123"),
        ("published", "citation: Doe J, pmid: 123, doi: 10.1000/182", "Doe J. doi:10.1000/182"),
        ("published", 'citation: Doe J, url: "https://example.org/p"', "Doe J. https://example.org/p"),
        ("published", "citation: Doe J 10.1000/182, doi: 10.1000/182", "Doe J 10.1000/182"),
        ("preprint", "citation: Doe J, pmid: 123", "Doe J. PMID 123. preprint"),
    ],
)
def test_a_report_stands_with_what_finds_it_once(
    status: str, report: str, shown_as: str, tmp_path: Path
) -> None:
    text = record("a", [slope("one", "0.020", "0.010, 0.030")], status=status)
    made = material(review(tmp_path, {"a": text.replace("citation: 1,", f"{report},")}))
    assert [row["reports"] for row in table(made, "studies")] == [shown_as]


@pytest.mark.parametrize(
    ("population", "women"),
    [
        ("{women: 54.20 %}", "54.20"),
        ("{men: 45.8 %}", "54.2"),
        ("{women: 10 %, men: 90 %}", "10"),
        ("{}", ""),
    ],
)
def test_women_are_as_printed_or_what_is_left_of_men(population: str, women: str, tmp_path: Path) -> None:
    text = record("a", [slope("one", "0.020", "0.010, 0.030")], population=population)
    (row,) = table(material(review(tmp_path, {"a": text})), "studies")
    assert row.get("women", "") == women


def test_what_is_left_out_silent_or_asked_for_by_no_analysis_is_told_with_its_reason(tmp_path: Path) -> None:
    records = {
        "a": record(
            "a", [slope("one", "0.020", "0.010, 0.030"), slope("less", "0.030", "0.010, 0.050", "least")]
        ),
        "b": record("b", [slope("one", "0.010", "0.000, 0.020")], status="retracted"),
        "c": record("c", [silent("quiet")]),
        "d": record("d", [f"{slope('men', '0.010', '0.000, 0.020')}, stratum: {{sex: men}}"]),
    }
    reported = material(review(tmp_path, records))
    rows = table(reported, "left-out")
    told = {(row["study"], row["estimate"]): (row["what"], row["reason"]) for row in rows}
    assert told["A", "less"][0] == "another model is pooled"
    assert told["B", "one"] == ("left out", "report is retracted")
    assert told["C", "quiet"] == ("examined, no number reported", "the report says: not significant")
    assert told["D", "men"][0] == "in no analysis"
    assert len(rows) == 4
    part = Reported(reported.loaded, reported.results, reported.decimals, whole=False)
    assert ("D", "men") not in {(row["study"], row["estimate"]) for row in table(part, "left-out")}


def test_judgements_of_the_studies_shown_are_listed_and_their_absence_is_told(tmp_path: Path) -> None:
    reported = pooled_of(tmp_path, 2)
    assert only(reported, "bias").notes == ("No judgement of risk of bias is recorded for these studies.",)
    path = tmp_path / "studies" / "s0.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("extraction", BIAS), encoding="utf-8")
    (row,) = table(material(load_review(tmp_path)), "bias")
    assert row == {
        "study": "S0",
        "tool": "RoB 2",
        "domain": "D1",
        "judgement": "low",
        "support": "Drawn by lot.",
        "by": "reader-1",
    }


def test_findings_have_their_file_within_the_review_and_their_line(tmp_path: Path) -> None:
    review(tmp_path, {"a": record("a", [slope("one", "0.050", "0.010, 0.030")])})
    rows = table(material(load_review(tmp_path)), "audit")
    found = [row for row in rows if row["rule"] == "estimate-outside-interval"]
    assert [(row["severity"], row["file"]) for row in found] == [("error", "studies/a.yaml")]
    lines = (tmp_path / "studies" / "a.yaml").read_text(encoding="utf-8").splitlines()
    assert "0.050" in lines[int(found[0]["line"]) - 1]


def test_the_rule_of_rounding_stands_below_tables_with_rounded_numbers_alone(tmp_path: Path) -> None:
    made = manuscript(by_sex(tmp_path), PARTS)
    assert [each.name for each in made.tables] == [
        "studies",
        "effects",
        "summary",
        "left-out",
        "bias",
        "audit",
    ]
    with_rule = {each.name for each in made.tables if RULE in each.notes}
    assert with_rule == {"effects", "summary"}


def test_persons_are_summed_where_every_row_states_them(tmp_path: Path) -> None:
    rows = {row["group"]: row for row in table(by_sex(tmp_path), "summary")}
    assert {name: row["n"] for name, row in rows.items()} == {"men": "600", "women": "360", "overall": "960"}
    assert (rows["overall"]["k"], rows["overall"]["studies"]) == ("9", "6")
    (alone,) = table(pooled_of(tmp_path / "other", 2), "summary")
    assert "n" not in alone


def test_the_wald_interval_stands_beside_a_narrower_one(tmp_path: Path) -> None:
    same = {name: record(name, [slope("one", "0.020", "0.008, 0.032")]) for name in ("a", "b", "c")}
    reported = material(review(tmp_path, same))
    (row,) = table(reported, "summary")
    pooled = reported.results[0].groups[0].pooled
    assert pooled is not None
    assert pooled.narrower_than_wald
    shown_ends = (float(row["wald_low"]), float(row["wald_high"]))
    assert shown_ends == tuple(round(end, reported.decimals[0]) for end in pooled.wald)
    assert any("both are given" in note for note in only(reported, "summary").notes)


def test_an_effect_that_all_rows_share_is_a_note_on_pages_and_a_column_in_data(tmp_path: Path) -> None:
    whole = only(pooled_of(tmp_path, 2), "summary")
    page = for_pages(whole)
    assert "effect" in {heading.name for heading in whole.headings}
    assert "effect" not in {heading.name for heading in page.headings}
    assert page.notes[0] == "Effect: Change in BMD (g/cm²) per 1 g/dL hemoglobin."
    assert page.notes[1:] == whole.notes
    texts = [heading.words for heading in page.headings]
    assert texts[texts.index("Estimate [CI]") + 1] == "p"
    cell = page.rows[0][texts.index("Estimate [CI]")]
    assert isinstance(cell, str)
    assert cell.count("[") == 1
    other = PaperTable("t", "T", (Heading("effect", "Effect"),), (("a",), ("b",)))
    assert for_pages(other) == other


@pytest.mark.parametrize(("of_women", "tested"), [((), False), (("0.011",), True), (("0.010",), False)])
def test_the_line_of_all_groups_has_a_test_of_difference_where_there_is_one(
    of_women: tuple[str, ...], tested: bool, tmp_path: Path
) -> None:
    """None with one study a group, and none where two equal estimates leave a group without an error."""
    women = ("0.010", *of_women)
    men = ("0.030", "0.020")[: len(women)]
    rows = [("men", estimate) for estimate in men] + [("women", estimate) for estimate in women]
    records = {
        f"s{place}": record(
            f"s{place}", [f"{slope('x', estimate, '-0.0100, 0.0500')}, stratum: {{sex: {sex}}}"]
        )
        for place, (sex, estimate) in enumerate(rows)
    }
    more = "stratum: {sex: each}\n    group_by: sex\n    tau2: separate"
    found = table(material(review(tmp_path, records, more=more)), "summary")
    assert [row["group"] for row in found] == ["men", "women", "overall"]
    assert [bool(row.get("difference")) for row in found] == [False, False, tested]
    assert [bool(row.get("difference_p")) for row in found] == [False, False, tested]
