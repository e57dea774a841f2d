"""A record on the page: its reports with their addresses, models, readings, and each estimate as printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthesis.report import record_entries
from synthesis.report.page_parts import EstimateEntry, Fact, RecordShown
from synthesis.report.record_entries import records_shown
from synthesis.review.analysis import analyse
from tests.synthesis.paper.making import SLOPES
from tests.synthesis.review.made import record, review, silent, slope

PLAIN = "first: {type: journal article, status: published, citation: 1, year: 2020, read: data}"


def shown(folder: Path, text: str, sites: str = "hip") -> RecordShown:
    """The one record of a review."""
    loaded = review(folder, {"a": text}, sites=sites)
    results = [analyse(loaded, each, loaded.review.method) for each in loaded.review.analyses]
    (found,) = records_shown(loaded, results)
    return found


def entries(found: RecordShown) -> dict[str, EstimateEntry]:
    return {each.anchor.rpartition("/")[2]: each for each in found.estimates}


@pytest.mark.parametrize(
    ("more", "to"),
    [
        ("", ""),
        (
            ", doi: 10.1000/a<b>(1), pmid: '31', url: 'https://example.org/x'",
            "https://doi.org/10.1000/a%3Cb%3E%281%29",
        ),
        (", pmid: '31234567', url: 'https://example.org/x'", "https://pubmed.ncbi.nlm.nih.gov/31234567/"),
        (", url: 'http://example.org/x'", "http://example.org/x"),
        (", url: 'javascript:alert(1)'", ""),
    ],
)
def test_a_report_leads_to_its_doi_else_its_pmid_else_its_address_of_the_web(
    more: str, to: str, tmp_path: Path
) -> None:
    text = record("a", [slope("one", *SLOPES[0])]).replace("read: data}", f"read: data{more}}}", 1)
    ((anchor, fact),) = shown(tmp_path, text).reports
    assert (anchor, fact.to) == ("r/a/first", to)


def test_a_report_says_its_citation_its_status_what_superseded_it_and_what_was_read(tmp_path: Path) -> None:
    text = record("a", [slope("one", *SLOPES[0])])
    ((_, plain),) = shown(tmp_path / "plain", text).reports
    assert plain.says == "1. Read: data."
    later = (
        "first: {type: preprint, label: A 2020, status: preprint, citation: 'Lee J. Bone.', year: 2020, "
        "read: abstract, superseded_by: later, note: Of men alone.}\n"
        "  later: {type: journal article, %sstatus: published, citation: Later, year: 2024, read: data}"
    )
    for number, (label, name) in enumerate((("label: A 2024, ", "A 2024"), ("", "later"))):
        found = shown(tmp_path / str(number), text.replace(PLAIN, later % label))
        first = dict(found.reports)["r/a/first"]
        assert first.name == "A 2020"
        assert first.says == (
            f"Lee J. Bone. Status: preprint. Superseded by {name}. Read: abstract. Of men alone."
        )


def test_a_model_says_its_kind_and_what_it_is_adjusted_for(tmp_path: Path) -> None:
    text = record("a", [slope("one", *SLOPES[0])]).replace(
        "  least: {type: linear, adjustment: none}",
        "  least: {type: logistic, name: Model 2, adjustment: minimal, covariates: [age, sex, BMI]}\n"
        "  third: {type: linear, adjustment: full, covariates: not stated}",
    )
    found = shown(tmp_path, text)
    assert dict(found.models) == {
        "m/a/full": Fact("full", "linear; adjustment: full"),
        "m/a/least": Fact("Model 2", "logistic; adjustment: minimal, for age, sex and BMI"),
        "m/a/third": Fact("third", "linear; adjustment: full; covariates not stated"),
    }


def test_a_record_says_who_was_studied_and_who_read_it(tmp_path: Path) -> None:
    text = record("a", [slope("one", *SLOPES[0])], population="{description: Adults of a town, n: 1234}")
    text = text.replace(
        "cohort: {name: a}", "cohort: {name: Busan, wave: '2', years: 2008-2018, country: KR}"
    )
    text = text.replace("{name: hemoglobin, unit: g/dL}", "{name: hemoglobin, unit: g/dL, note: Fasting.}")
    text = text.replace(
        "on: 2026-01-01}", "on: 2026-01-01, note: Figures were not seen.}\nnote: Of two towns."
    )
    found = shown(tmp_path, text)
    assert [(fact.name, fact.says) for fact in found.facts] == [
        ("Study", "The study a"),
        ("Design", "cohort"),
        ("Cohort", "Busan, wave 2, 2008-2018, KR"),
        ("Persons", "Adults of a town; n = 1234"),
        ("Exposure, hemoglobin", "Fasting."),
        ("Note", "Of two towns."),
    ]
    assert found.reading == (
        "Read by a reader on 2026-01-01.",
        "Not read a second time.",
        "Figures were not seen.",
    )
    second = text.replace("on: 2026-01-01,", "on: 2026-01-01, second: {by: another, on: 2026-01-02},")
    assert shown(tmp_path / "second", second).reading[1] == "Read a second time by another on 2026-01-02."


def test_an_estimate_says_what_it_is_of_what_is_printed_and_where_it_is_not_pooled(tmp_path: Path) -> None:
    rows = [
        f"{slope('one', *SLOPES[0])}, n: 77, note: Beside a figure.",
        slope("crude", *SLOPES[1], model="least"),
        silent("quiet"),
        slope("spine", *SLOPES[2], outcome="spine"),
    ]
    found = shown(tmp_path, record("a", rows))
    told = entries(found)
    assert (found.main_report, found.main_model) == ("first", "full")
    assert told["one"].of == "BMD, hip: slope (g/cm²) per 1 g/dL"
    assert told["one"].printed == "0.0200 [0.0080, 0.0320], n = 77"
    assert told["one"].enters == (Fact("Everybody", "", "all/a"),)
    assert (told["one"].note, told["one"].model, told["crude"].model) == ("Beside a figure.", "full", "least")
    assert [fact.name for fact in told["one"].steps] == ["Scale", "Standard error", "Enters as"]
    ((name, why),) = [(fact.name, fact.says) for fact in told["crude"].outside]
    assert name == "Everybody"
    assert "another model of the same persons" in why
    assert told["crude"].steps == ()
    assert told["quiet"].printed == "no number; the report says: not significant"
    assert told["spine"].outside == (
        Fact("any analysis", "no analysis asks for these persons at this place"),
    )


def test_the_main_report_and_model_are_those_of_most_estimates(tmp_path: Path) -> None:
    strata = ("men", "women")
    rows = [
        slope("one", *SLOPES[0]),
        *(f"{slope(sex, *SLOPES[1], model='least')}, stratum: {{sex: {sex}}}" for sex in strata),
    ]
    found = shown(tmp_path, record("a", rows))
    assert (found.main_report, found.main_model) == ("first", "least")
    assert [each.title for each in found.estimates] == ["all", "men", "women"]
    assert [each.at for each in found.estimates] == ["Table 1", "Table 2", "Table 3"]


def test_a_record_without_an_estimate_has_no_main_report(tmp_path: Path) -> None:
    loaded = review(tmp_path, {"a": record("a", [slope("one", *SLOPES[0])])})
    (document,) = loaded.records
    found = record_entries._record(document, (), {})
    assert (found.main_report, found.main_model, found.estimates) == ("", "", ())


@pytest.mark.parametrize(
    ("resolved", "says"),
    [
        ("", ("Read a second time by reader-2 on 2026-11-22: 1 part, nothing to settle.",)),
        (
            "resolved:\n  - {of: one, key: effect.estimate, first: '0.0200', second: '0.0210', took: first, "
            "by: reader-3, on: 2026-11-23, why: The table has 0.0200.}\n",
            (
                "Read a second time by reader-2 on 2026-11-22: 1 part.",
                "effect.estimate: first 0.0200, second 0.0210; reader-3 took the first on 2026-11-23: "
                "The table has 0.0200.",
            ),
        ),
    ],
)
def test_a_second_reading_stands_with_the_estimate_that_was_read_and_with_no_other(
    resolved: str, says: tuple[str, ...], tmp_path: Path
) -> None:
    second = (
        "second_reading:\n  by: reader-2\n  on: 2026-11-22\n  estimates:\n    one:\n"
        "      effect: {estimate: 0.0210, ci: [0.0080, 0.0320]}\n"
    )
    text = record("a", [slope("one", *SLOPES[0]), slope("two", *SLOPES[1], outcome="spine")])
    found = entries(shown(tmp_path, text.replace("extraction:", f"{second}{resolved}extraction:")))
    assert (found["one"].readings, found["two"].readings) == (says, ())


def test_an_estimate_outside_several_analyses_counts_them_and_one_in_several_names_each_way(
    tmp_path: Path,
) -> None:
    assert [record_entries._named(titles) for titles in ((), ("P",), ("P", "Q"))] == [
        "any analysis",
        "P",
        "2 analyses",
    ]
    one, other = (Fact("Scale", "as printed"),), (Fact("Scale", "times 2"),)
    alone, both = record_entries._Uses(steps={one: "P"}), record_entries._Uses(steps={one: "P", other: "Q"})
    assert list(record_entries._all_steps(alone)) == [*one]
    assert list(record_entries._all_steps(both)) == [Fact("For", "P"), *one, Fact("For", "Q"), *other]


def test_what_was_computed_again_is_shortened_and_what_was_printed_is_not(tmp_path: Path) -> None:
    long = slope("one", "0.02000001", "0.0080, 0.0320")
    printed = entries(shown(tmp_path / "printed", record("a", [long])))["one"].printed
    again = entries(shown(tmp_path / "again", record("a", [long], status="re-analysis")))["one"].printed
    assert (printed, again) == ("0.02000001 [0.0080, 0.0320]", "0.02 [0.008, 0.032]")


def test_a_site_that_is_the_outcome_itself_is_not_told_twice(tmp_path: Path) -> None:
    text = record("a", [slope("one", *SLOPES[0])]).replace("{name: BMD, site: hip,", "{name: BMD, site: bmd,")
    assert entries(shown(tmp_path, text))["one"].of == "BMD: slope (g/cm²) per 1 g/dL"


def test_records_stand_in_the_order_of_their_labels_whatever_their_letters(tmp_path: Path) -> None:
    records = {name: record(name, [slope("one", *SLOPES[0])]) for name in "abc"}
    records["b"] = records["b"].replace("label: B\n", "label: aa\n")
    records["a"] = records["a"].replace("label: A\n", "label: zz\n")
    records["c"] = records["c"].replace("label: C\n", "")
    found = records_shown(review(tmp_path, records), [])
    assert [each.title for each in found] == ["aa", "c", "zz"]
    (why,) = [fact for fact in found[0].estimates[0].outside]
    assert why.name == "any analysis"
