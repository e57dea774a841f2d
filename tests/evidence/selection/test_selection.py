"""Selection: what enters an analysis, what stays out and why, and nobody twice."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.audit.auditing import contradicted_estimates
from evidence.records.review import Analysis, Review
from evidence.records.schema import Record
from evidence.selection.accounting import in_no_analysis
from evidence.selection.selection import DoubleCountError, Selection, select

SCALE = {"measure": "beta", "exposure": "hemoglobin", "per": "1 g/dL", "unit": "g/cm2"}
QUESTION = dict.fromkeys(("population", "exposure", "outcome", "design"), "x")


def analysis(**fields: Any) -> dict[str, Any]:
    return {"id": "hip", "title": "Hip", "outcome": {"name": "BMD", "sites": ["hip"]}, **fields}


def review(*analyses: dict[str, Any], **fields: Any) -> Review:
    return Review.model_validate(
        {
            "review": "test",
            "title": "Test",
            "question": QUESTION,
            "scale": SCALE,
            "sites": {"hip": ["total hip"]},
            "analyses": analyses or [analysis()],
            **fields,
        }
    )


def record(study: str, *estimates: dict[str, Any], **fields: Any) -> Record:
    return Record.model_validate(
        {
            "study": study,
            "title": study,
            "design": "cohort",
            "cohort": {"name": study},
            "reports": {
                "r": {
                    "type": "journal article",
                    "status": "published",
                    "citation": study,
                    "year": 2020,
                    "read": "full text",
                }
            },
            "exposures": {"hemoglobin": {"name": "hemoglobin", "unit": "g/dL"}},
            "outcomes": {
                "hip": {"name": "BMD", "site": "hip", "unit": "g/cm2"},
                "total-hip": {"name": "BMD", "site": "total hip", "unit": "10^-2 g/cm2"},
                "spine": {"name": "BMD", "site": "spine", "unit": "g/cm2"},
            },
            "models": {
                "full": {"type": "linear regression", "adjustment": "full"},
                "none": {"type": "linear regression", "adjustment": "none"},
            },
            "estimates": estimates or [estimate("all")],
            "extraction": {"by": "x", "on": "2026-11-21"},
            **fields,
        }
    )


def estimate(name: str, **fields: Any) -> dict[str, Any]:
    effect = {"measure": "beta", "per": "1 g/dL", "estimate": "0.01", "ci": ["0.00", "0.02"]}
    effect |= fields.pop("effect", {})
    return {
        "id": name,
        "outcome": "hip",
        "model": "full",
        "effect": effect,
        "where": {"report": "r", "at": "T1"},
        **fields,
    }


def run(*records: Record, given: Review | None = None) -> Selection:
    wanted = given or review()
    return select(wanted, wanted.analyses[0], records)


def names(selection: Selection) -> list[str]:
    return [each.candidate.name for each in selection.chosen]


def test_comparable_effects_of_different_persons_enter() -> None:
    found = run(record("a"), record("b", estimate("th", outcome="total-hip")))
    assert names(found) == ["a/all", "b/th"]
    assert found.chosen[1].effect.yi == pytest.approx(0.0001)
    assert found.left_out == ()


def test_strata_have_to_match_exactly() -> None:
    men = review(analysis(stratum={"sex": "men"}))
    sexes = record(
        "a", estimate("m", stratum={"sex": "men"}), estimate("w", stratum={"sex": "women"}), estimate("all")
    )
    young_men = record("b", estimate("ym", stratum={"sex": "men", "age": "18-49"}))
    assert names(run(sexes, young_men, given=men)) == ["a/m"]


def test_another_outcome_at_the_same_site_answers_another_question() -> None:
    outcomes = {
        "hip": {"name": "bmd", "site": "Hip", "unit": "g/cm2"},
        "t-score": {"name": "T-score", "site": "hip", "unit": "g/cm2"},
    }
    found = run(record("a", estimate("density"), estimate("score", outcome="t-score"), outcomes=outcomes))
    assert names(found) == ["a/density"]
    assert found.left_out == ()


def test_each_gives_one_row_a_stratum() -> None:
    by_sex = review(analysis(stratum={"sex": "each"}))
    sexes = record(
        "a", estimate("m", stratum={"sex": "men"}), estimate("w", stratum={"sex": "women"}), estimate("all")
    )
    assert names(run(sexes, given=by_sex)) == ["a/m", "a/w"]


def test_of_several_models_the_preferred_one_enters_and_the_others_are_kept_apart() -> None:
    found = run(record("a", estimate("crude", model="none"), estimate("adjusted")))
    assert names(found) == ["a/adjusted"]
    assert [each.candidate.name for each in found.other_models] == ["a/crude"]


@pytest.mark.parametrize(("name", "called"), [("Adjust II", "Adjust II"), (None, "adjusted: full")])
def test_the_preferred_model_is_called_by_its_name_else_by_its_adjustment(
    name: str | None, called: str
) -> None:
    models = {
        "full": {"name": name, "type": "linear regression", "adjustment": "full"},
        "none": {"name": "Crude", "type": "linear regression", "adjustment": "none"},
    }
    found = run(record("a", estimate("crude", model="none"), estimate("adjusted"), models=models))
    (other,) = found.other_models
    assert other.reason == f"another model of the same persons is preferred ({called})"


def dated(study: str, year: int, *estimates: dict[str, Any]) -> Record:
    report = {"type": "journal article", "status": "published", "citation": study, "year": year,
              "read": "full text"}  # fmt: skip
    return record(study, *estimates, reports={"r": report})


@pytest.mark.parametrize(
    ("grouping", "order"),
    [
        ({"group_by": "site"}, ["b/spine", "c/spine", "d/hip", "a/hip"]),
        ({}, ["d/hip", "b/spine", "a/hip", "c/spine"]),
    ],
)
def test_rows_stand_by_year_and_in_groups_by_the_order_of_the_sites_first(
    grouping: dict[str, str], order: list[str]
) -> None:
    records = (
        dated("a", 2012, estimate("hip")),
        dated("b", 2011, estimate("spine", outcome="spine")),
        dated("c", 2013, estimate("spine", outcome="spine")),
        dated("d", 2010, estimate("hip")),
    )
    sites = {"outcome": {"name": "BMD", "sites": ["Spine", "hip"]}}
    assert names(run(*records, given=review(analysis(**sites, **grouping)))) == order


def test_groups_without_named_sites_stand_by_year() -> None:
    anywhere = review(analysis(outcome={"name": "BMD"}, group_by="site"))
    found = run(
        dated("a", 2012, estimate("hip")),
        dated("b", 2011, estimate("spine", outcome="spine")),
        given=anywhere,
    )
    assert names(found) == ["b/spine", "a/hip"]


def test_two_estimates_that_nothing_tells_apart_are_refused() -> None:
    with pytest.raises(DoubleCountError, match=r"a/one and a/two"):
        run(record("a", estimate("one"), estimate("two")))


def nhanes(study: str, years: str, status: str, **fields: Any) -> Record:
    report = {
        "type": "journal article",
        "status": status,
        "citation": study,
        "year": 2020,
        "read": "full text",
        **fields,
    }
    return record(
        study,
        cohort={"name": "NHANES", "years": years, "repeated": True},
        reports={"r": report, "later": report},
    )


def test_a_person_is_never_counted_twice_and_the_two_records_are_named() -> None:
    overlapping = (nhanes("n11", "2011-2018", "published"), nhanes("n13", "2013-2018", "published"))
    with pytest.raises(DoubleCountError, match=r"n11/all and n13/all share persons \(NHANES\)"):
        run(*overlapping)
    with pytest.raises(DoubleCountError):
        run(*reversed(overlapping))


@pytest.mark.parametrize("dimension", ["ancestry", "group"])
def test_names_of_groups_tell_persons_apart_within_a_study_and_not_across_studies(dimension: str) -> None:
    each = review(analysis(stratum={dimension: "each"}))
    hispanic = estimate("h", stratum={dimension: "Hispanic"})
    mexican = estimate("m", stratum={dimension: "Mexican American"})
    assert names(run(record("a", hispanic, mexican), given=each)) == ["a/h", "a/m"]
    cohort = {"name": "NHANES"}
    with pytest.raises(DoubleCountError, match=r"a/h and b/m share persons \(NHANES\)"):
        run(record("a", hispanic, cohort=cohort), record("b", mexican, cohort=cohort), given=each)


def test_the_analysis_can_say_which_study_wins() -> None:
    overlapping = (nhanes("n11", "2011-2018", "published"), nhanes("n13", "2013-2018", "published"))
    found = run(*overlapping, given=review(analysis(overlap=["n13"])))
    assert names(found) == ["n13/all"]
    assert [each.candidate.name for each in found.left_out] == ["n11/all"]
    assert "same participants" in found.left_out[0].reason


@pytest.mark.parametrize(
    ("better", "worse"),
    [("re-analysis", "published"), ("published", "preprint"), ("corrected", "published")],
)
def test_of_several_reports_of_a_cohort_the_better_status_wins(better: str, worse: str) -> None:
    found = run(nhanes("worse", "2011-2018", worse), nhanes("better", "2013-2018", better))
    assert names(found) == ["better/all"]


def test_other_waves_of_a_repeated_survey_are_other_persons() -> None:
    found = run(nhanes("old", "2005-2010", "published"), nhanes("new", "2013-2018", "published"))
    assert sorted(names(found)) == ["new/all", "old/all"]


def test_superseded_and_retracted_reports_stay_out_unless_named() -> None:
    old = nhanes("old", "2013-2018", "preprint", superseded_by="later")
    gone = nhanes("gone", "2005-2010", "retracted")
    found = run(old, gone)
    assert names(found) == []
    assert sorted(each.reason for each in found.left_out) == [
        "report is retracted",
        "report is superseded by later",
    ]
    allowed = review(reports=["published", "superseded"])
    assert names(run(old, gone, given=allowed)) == ["old/all"]


@pytest.mark.parametrize(
    ("status", "by", "reason"),
    [
        ("published", "later", "report is superseded by later"),
        ("published", "elsewhere", "report is superseded"),
        ("retracted", "later", "report is retracted"),
        ("conference abstract", None, "report is conference abstract"),
    ],
)
def test_a_report_that_stays_out_says_what_it_is(status: str, by: str | None, reason: str) -> None:
    found = run(nhanes("old", "2013-2018", status, superseded_by=by))
    assert [each.reason for each in found.left_out] == [reason]


def test_an_unpoolable_publication_does_not_push_out_a_preprint() -> None:
    published = nhanes("published", "2013-2018", "published")
    unusable = published.model_copy(
        update={
            "estimates": tuple(
                one.model_copy(update={"not_poolable": "scale unknown"}) for one in published.estimates
            )
        }
    )
    found = run(unusable, nhanes("preprint", "2013-2018", "preprint"))
    assert names(found) == ["preprint/all"]
    assert found.left_out[0].reason == "scale unknown"


def test_several_sites_of_the_same_persons_are_refused_unless_grouped() -> None:
    two_sites = record("a", estimate("hip"), estimate("spine", outcome="spine"))
    sites = {"outcome": {"name": "BMD", "sites": ["hip", "spine"]}}
    with pytest.raises(
        DoubleCountError, match=r"a/hip and a/spine are different outcomes of the same persons"
    ):
        run(two_sites, given=review(analysis(**sites)))
    grouped = review(analysis(**sites, group_by="site"))
    assert names(run(two_sites, given=grouped)) == ["a/hip", "a/spine"]


def test_the_same_place_under_two_names_is_one_place() -> None:
    with pytest.raises(DoubleCountError):
        run(record("a", estimate("hip"), estimate("total", outcome="total-hip")))


def silent(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "outcome": "hip", "model": "full", "not_reported": {"said": "not significant"},
            "where": {"report": "r", "at": "T1"}, **fields}  # fmt: skip


def test_what_was_examined_without_a_number_is_shown_and_never_a_zero() -> None:
    found = run(record("a"), record("b", silent("all")))
    assert names(found) == ["a/all"]
    assert [one.name for one in found.silent] == ["b/all"]


def test_a_superseded_number_does_not_answer_the_silence_of_its_successor() -> None:
    reports = {
        "r": {"type": "preprint", "status": "preprint", "citation": "p", "year": 2021, "read": "full text",
              "superseded_by": "later"},
        "later": {"type": "journal article", "status": "published", "citation": "j", "year": 2022,
                  "read": "abstract"},
    }  # fmt: skip
    both = record("a", estimate("old"), silent("new", where={"report": "later", "at": "T1"}), reports=reports)
    allowed = review(reports=["published", "superseded"])
    found = run(both, given=allowed)
    assert names(found) == ["a/old"]
    assert [one.name for one in found.silent] == ["a/new"]


def test_an_estimate_that_contradicts_itself_stays_out() -> None:
    wanted = review()
    found = select(
        wanted, wanted.analyses[0], [record("a"), record("b")], {("b", "all"): "SE 1 does not fit"}
    )
    assert names(found) == ["a/all"]
    assert found.left_out[0].reason == "cannot be true as printed: SE 1 does not fit"


def test_a_contradiction_is_no_reason_where_another_question_is_answered() -> None:
    wanted, other = review(), record("b", estimate("all", effect={"measure": "r"}))
    found = select(wanted, wanted.analyses[0], [other], {("b", "all"): "SE 1 does not fit"})
    assert found.left_out[0].reason == "measure is r, not beta"


CONTRADICTORY = {"ci": ["0.00", "0.02"], "se": "0.05", "p": "0.05"}


@pytest.mark.parametrize(
    ("use", "sei", "source"),
    [("ci", 0.0051021, "95% interval"), ("se", 0.05, "SE"), ("p", 0.0051021, "p-value")],
)
def test_the_number_that_a_record_trusts_is_the_one_that_counts(use: str, sei: float, source: str) -> None:
    torn = record("a", estimate("all", effect=CONTRADICTORY))
    assert ("a", "all") in contradicted_estimates([torn])
    settled = record("a", estimate("all", effect={**CONTRADICTORY, "use": use}))
    assert contradicted_estimates([settled]) == {}
    (chosen,) = run(settled).chosen
    assert chosen.effect.sei == pytest.approx(sei, rel=1e-4)
    assert chosen.effect.sei_from == source


@pytest.mark.parametrize("use", ["ci", "se", "p"])
def test_a_row_shows_of_the_printed_numbers_the_one_that_counts(use: str) -> None:
    (chosen,) = run(record("a", estimate("all", effect={**CONTRADICTORY, "use": use}))).chosen
    effect = chosen.candidate.estimate.effect
    assert effect is not None
    assert [name for name in ("ci", "se", "p") if getattr(effect, name) is not None] == [use]


def test_a_number_that_is_not_printed_cannot_be_trusted() -> None:
    found = run(record("a", estimate("all", effect={"use": "t"})))
    assert found.left_out[0].reason == "'use' names the test statistic, which is not printed"


def test_the_silence_of_a_retracted_report_is_stated_as_such() -> None:
    gone = nhanes("gone", "2005-2010", "retracted")
    quiet = gone.model_copy(update={"estimates": record("x", silent("all")).estimates})
    for found in (run(quiet), run(record("a"), quiet)):
        assert found.silent == ()
        assert [each.reason for each in found.left_out] == ["examined, not reported; report is retracted"]
    allowed = review(reports=["published", "retracted"])
    assert [one.name for one in run(quiet, given=allowed).silent] == ["gone/all"]


def test_a_silence_that_a_number_makes_good_is_listed() -> None:
    both = record("a", estimate("number"), silent("silence"))
    found = run(both)
    assert found.silent == ()
    assert [(each.candidate.name, each.reason) for each in found.left_out] == [
        ("a/silence", "examined, not reported; a 2020 has a number of the same participants")
    ]


def test_a_superseded_report_is_called_so_where_its_successor_wins() -> None:
    reports = {
        "r": {"type": "preprint", "status": "preprint", "citation": "p", "year": 2021, "read": "full text",
              "superseded_by": "later"},
        "later": {"type": "journal article", "status": "corrected", "citation": "j", "year": 2026,
                  "read": "full text", "label": "Oslo 2026"},
    }  # fmt: skip
    both = record(
        "a", estimate("old"), estimate("new", where={"report": "later", "at": "T1"}), reports=reports
    )
    found = run(both, given=review(reports=["corrected", "published", "superseded"]))
    assert names(found) == ["a/new"]
    assert found.left_out[0].reason == (
        "report is superseded by Oslo 2026; same participants as a 2026 (corrected)"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"measure": "r"}, "measure is r"),
        ({"per": "not stated"}, "unit is not stated"),
        ({"per": "1 SD"}, "cannot be converted"),
        ({"per": "0 g/dL"}, "not positive"),
        ({"per": None, "versus": {"exposed": "anemia", "reference": "none"}}, "compares groups"),
        ({"within": "< 11.9 g/dL"}, "part of the exposure's range"),
        ({"ci": None}, "no interval"),
    ],
)
def test_what_is_not_comparable_stays_out_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    found = run(record("a", estimate("all", effect=changes)))
    assert names(found) == []
    assert reason in found.left_out[0].reason


def test_a_target_unit_that_cannot_be_read_is_refused_when_the_review_is_read() -> None:
    with pytest.raises(ValueError, match="not stated"):
        Analysis.model_validate({**analysis(), "scale": {**SCALE, "per": "not stated"}})


def test_two_analyses_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two analyses"):
        review(analysis(), analysis())


@pytest.mark.parametrize(
    ("unasked", "reason"),
    [
        (estimate("x", outcome="spine"), "no analysis asks for BMD, spine, all"),
        (silent("x", outcome="spine"), "BMD: examined, not reported"),
        (estimate("x", outcome="spine", effect={"measure": "r"}), "BMD: measure is r, not beta"),
    ],
)
def test_what_no_analysis_names_is_listed_with_the_reason(unasked: dict[str, Any], reason: str) -> None:
    one = record("a", estimate("asked"), unasked)
    (left,) = in_no_analysis(review(), [one], [run(one)])
    assert (left.candidate.name, left.reason) == ("a/x", reason)
