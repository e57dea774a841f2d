"""Entries become records: one a study, each question once, arms with their reference."""

from __future__ import annotations

import pytest

from evidence.sources.entries import ImportedRow, slug, year_in
from evidence.sources.record_making import records_from, study_ids
from tests.evidence.sources.importing import DAY, as_recognised, first_effect, records_of

ARMS = "study,arm,dose,n,mean,sd,outcome\n"


def test_a_record_says_where_each_number_stands_and_that_it_was_not_read_in_the_paper() -> None:
    text = (
        "study,year,doi,outcome,site,sex,adjusted,covariates,model,OR,lower,upper,note\n"
        "Ås 2010,2010,10.1000/x,fracture,hip,men,yes,age; BMI,Model 2,2,1,4,see text\n"
        "Ås 2010,2010,10.1000/x,fracture,hip,women,no,,,3,1,9,\n"
    )
    (record,) = records_of(as_recognised(text, exposure="lead")[0])
    assert (record.study, record.label, record.design) == ("as-2010", "Ås 2010", "not stated")
    report = record.reports["as-2010"]
    assert (report.doi, report.year, report.read, report.citation) == (
        "10.1000/x", 2010, "secondary source", "Ås 2010",
    )  # fmt: skip
    men, women = record.estimates
    assert (men.id, women.id) == ("fracture-hip-men", "fracture-hip-women")
    assert men.outcome == women.outcome == "fracture-hip"
    assert (record.outcomes["fracture-hip"].name, record.outcomes["fracture-hip"].site) == ("fracture", "hip")
    assert (men.model, women.model) == ("model-2", "unadjusted")
    assert record.models["model-2"].covariates == ("age", "BMI")
    assert (men.note, women.note) == ("see text", None)
    assert men.where.at == "t.csv, row 2, OR, lower, upper"
    assert (record.extraction.by, record.extraction.on) == ("AB", DAY)


def test_names_of_studies_stay_apart() -> None:
    def row(study: str, year: int = 2010) -> ImportedRow:
        return ImportedRow(study, year, "x")

    names = ["Berg 2010", "berg, 2010", "SAMBA", "李 2010", "Ω", "Großmann 2010", "Berg 2010", "x" * 200]
    assert study_ids(map(row, names)) == {
        "Berg 2010": "berg-2010", "berg, 2010": "berg-2010-2", "SAMBA": "samba-2010", "李 2010": "2010",
        "Ω": "study-2010", "Großmann 2010": "grossmann-2010", "x" * 200: f"{'x' * 100}-2010",
    }  # fmt: skip


def test_slugs_and_years() -> None:
    assert slug("BMD, <12 g/dL +Ca") == "bmd-under-12-g-dl-plus-ca"
    years = {"Berg 1999": 1999, "in 18990": None, "NCT02012345": None, "1799": None, "2099a": 2099, "": None}
    assert {text: year_in(text) for text in years} == years


def test_the_same_question_with_other_numbers_gets_a_number_of_its_own() -> None:
    text = "study,OR,se,outcome\nA 2010,2,1,x\nA 2010,3,1,x\nA 2010,4,1,y\n"
    (record,) = records_of(as_recognised(text)[0])
    assert [each.id for each in record.estimates] == ["x", "x-2", "y"]
    assert list(record.outcomes) == ["x", "y"]


def test_parts_with_one_name_and_other_contents_are_kept_apart() -> None:
    text = "study,OR,se,outcome,unit\nA 2010,2,1,x,mg\nA 2010,3,1,x,g\n"
    (record,) = records_of(as_recognised(text)[0])
    assert [each.outcome for each in record.estimates] == ["x", "x-2"]


def test_two_arms_are_an_effect_against_the_reference() -> None:
    text = ARMS + "A 2010,placebo,0,41,4,1.5,pain\nA 2010,drug,5 mg,40,5,1,pain\n"
    (record,) = records_of(as_recognised(text, measure="MD", change="true")[0])
    (estimate,) = record.estimates
    effect = estimate.effect
    assert effect is not None
    assert effect.groups is not None
    assert effect.versus is not None
    assert [group.name for group in effect.groups] == ["drug", "placebo"]
    assert (effect.versus.exposed, effect.versus.reference, effect.change) == ("drug", "placebo", True)
    assert (str(effect.groups[0].sd), str(effect.groups[1].sd), estimate.n) == ("1", "1.5", 81)
    assert estimate.where.at == "t.csv, row 3, n, mean, sd; t.csv, row 2, n, mean, sd"


def test_more_arms_share_their_reference_whole() -> None:
    text = ARMS + "".join(f"A 2010,{arm},{dose},{n},5,1,pain\n" for arm, dose, n in (
        ("drug", "50", 40), ("placebo", "0", 41), ("drug", "75", 42),
    ))  # fmt: skip
    (record,) = records_of(as_recognised(text, measure="SMD")[0])
    (comparison,) = record.comparisons
    assert record.estimates == ()
    assert [(arm.id, arm.dose, arm.reference, arm.n) for arm in comparison.arms] == [
        ("placebo", "0", True, 41), ("drug", "50", False, 40), ("drug-2", "75", False, 42),
    ]  # fmt: skip
    assert (comparison.measure, comparison.change) == ("SMD", False)
    assert comparison.where.at.count("t.csv, row") == 3


@pytest.mark.parametrize(
    ("names", "reference"),
    [
        (["drug", "Placebo (adults)"], "Placebo (adults)"),
        (["usual care", "zinc"], "usual care"),
        (["zinc", "Sham"], "Sham"),
        (["a", "control"], "control"),
    ],
)
def test_the_reference_is_known_by_its_name(names: list[str], reference: str) -> None:
    text = "study,arm,n,events\n" + "".join(f"A 2010,{name},40,5\n" for name in names)
    (record,) = records_of(as_recognised(text, measure="OR")[0])
    effect = record.estimates[0].effect
    assert effect is not None
    assert effect.versus is not None
    assert effect.versus.reference == reference


def test_the_reference_may_be_stated_whole_or_in_part() -> None:
    text = "study,arm,n,events\n" + "".join(
        f"{study},{arm},40,5\n"
        for study, arm in (("A 2010", "x low"), ("A 2010", "x"), ("B 2011", "x (adults)"), ("B 2011", "y"))
    )
    records = records_of(as_recognised(text, measure="OR", reference="X")[0])
    contrasts = [first_effect(record).versus for record in records]
    assert [each and each.reference for each in contrasts] == ["x", "x (adults)"]


@pytest.mark.parametrize(
    ("arms", "why"),
    [
        (["drug", "another"], "no arm is the reference; say which with --set reference=NAME"),
        (["placebo", "control"], "several arms are the reference"),
        (["placebo"], "the study has one arm only"),
    ],
)
def test_arms_without_a_certain_reference_are_told(arms: list[str], why: str) -> None:
    text = "study,arm,n,events\n" + "".join(f"A 2010,{arm},40,5\n" for arm in arms)
    entries, _ = as_recognised(text, measure="OR")
    made, skipped = records_from(entries, "AB", DAY)
    assert made == []
    assert [each.why for each in skipped] == [f"{why} (arms: {', '.join(arms)})"] * len(arms)


def test_arms_of_other_outcomes_and_strata_are_not_compared() -> None:
    text = "study,arm,n,events,outcome,sex\n" + "".join(
        f"A 2010,{arm},40,5,{outcome},{sex}\n"
        for outcome, sex in (("x", "men"), ("x", "women"), ("y", "men"))
        for arm in ("drug", "placebo")
    )
    (record,) = records_of(as_recognised(text, measure="OR")[0])
    assert [each.id for each in record.estimates] == ["x-men", "x-women", "y-men"]
