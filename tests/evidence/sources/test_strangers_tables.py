"""Tables as strangers keep them: metafor's and meta's columns, one group, named arms, ids for studies.

Expected effects are the formulas of each measure, computed here from the numbers of the table.
"""

from __future__ import annotations

import math

import pytest

from evidence.records.conversion import to_analysis_scale
from evidence.records.schema import Record
from evidence.sources.mapping import guessed
from tests.evidence.sources.importing import as_recognised, first_effect, records_of, table


def only(text: str, **values: str) -> Record:
    entries, skipped = as_recognised(text, **values)
    assert skipped == []
    (record,) = records_of(entries)
    return record


LOG_RR = math.log(4 / 40) - math.log(9 / 41)
V_RR = 1 / 4 - 1 / 40 + 1 / 9 - 1 / 41
MEANS = (5.5 - 4.25, 1.5**2 / 30 + 2.0**2 / 32)
RATES = (math.log(4 / 100) - math.log(9 / 120), 1 / 4 + 1 / 9)
LOGIT = (math.log(4 / 36), 1 / 4 + 1 / 36)

CASES = {
    "trial,author,year,tpos,tneg,cpos,cneg\n1,Abel,2001,4,36,9,32": (LOG_RR, V_RR),
    "study,year,ai,n1i,ci,n2i\nAbel,2001,4,40,9,41": (LOG_RR, V_RR),
    "study,year,ai,bi,ci,di\nAbel,2001,4,36,9,32": (LOG_RR, V_RR),
    "author,year,event.e,n.e,event.c,n.c\nAbel,2001,4,40,9,41": (LOG_RR, V_RR),
    "study,events.t,n.t,events.c,n.c\nAbel 2001,4,40,9,41": (LOG_RR, V_RR),
    "study,xti,nti,xci,nci\nAbel 2001,4,40,9,41": (LOG_RR, V_RR),
    "trial,nTi,nCi,xTi,xCi\n1,40,41,4,9": (LOG_RR, V_RR),
    "study,x.a,n.a,x.p,n.p\nAbel 2001,4,40,9,41": (LOG_RR, V_RR),
    "study,zinc_events,zinc_total,placebo_events,placebo_total\nAbel 2001,4,40,9,41": (LOG_RR, V_RR),
    "study,cir.pos,cir.neg,non.pos,non.neg\nAbel 2001,4,36,9,32": (LOG_RR, V_RR),
    "study,source,m1i,sd1i,n1i,m2i,sd2i,n2i\n1,Abel,5.5,1.5,30,4.25,2,32": MEANS,
    "author,mean.e,sd.e,n.e,mean.c,sd.c,n.c\nAbel,5.5,1.5,30,4.25,2,32": MEANS,
    "Study,Zinc_m,Zinc_s,Zinc_n,Iron_m,Iron_s,Iron_n\nAbel,5.5,1.5,30,4.25,2,32": MEANS,
    "Study,treat1,y1,sd1,n1,treat2,y2,sd2,n2\nAbel,zinc,5.5,1.5,30,iron,4.25,2,32": MEANS,
    "study,authors,year,x1i,t1i,x2i,t2i\n1,Abel,2001,4,100,9,120": RATES,
    "study,xi,ni\nAbel 2001,4,40": LOGIT,
    "study,xi,mi\nAbel 2001,4,36": LOGIT,
    "study,events,n\nAbel 2001,4,40": LOGIT,
    "study,mi,sdi,ni\nAbel 2001,5.5,1.5,30": (5.5, 1.5**2 / 30),
    "study,ri,ni\nAbel 2001,0.5,28": (math.atanh(0.5), 1 / 25),
    "StudyID,Correlation,SampleSize\nAbel01,0.5,28": (math.atanh(0.5), 1 / 25),
    "study,lnOR,selnOR\nAbel,-0.5,0.25": (-0.5, 0.0625),
    "study,smd,se\nAbel,0.5,0.25": (0.5, 0.0625),
    "study,measure,O-E,V\nAbel 2001,HR,-1.8,14.5": (-1.8 / 14.5, 1 / 14.5),
    "trial,effect measure,OmE,Var(O-E)\nAbel 2001,OR,-1.8,14.5": (-1.8 / 14.5, 1 / 14.5),
    "study,or,or.lb,or.ub\nAbel,2,1,4": (math.log(2), (math.log(4) / 2 / 1.959963984540054) ** 2),
}


@pytest.mark.parametrize("text", CASES)
def test_columns_of_strangers_are_recognised_and_give_their_effect(text: str) -> None:
    record = only(text)
    found = to_analysis_scale(first_effect(record), record.estimates[0].n)
    assert (found.yi, found.sei**2) == pytest.approx(CASES[text], rel=1e-9)


def test_there_are_as_many_kinds_of_tables_as_before() -> None:
    assert len(CASES) == 26


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("study,zinc_events,zinc_total,placebo_events,placebo_total", ("zinc", "placebo")),
        ("study,placebo_events,placebo_total,zinc_events,zinc_total", ("zinc", "placebo")),
        ("study,x.a,n.a,x.b,n.b", ("a", "b")),
    ],
)
def test_groups_with_names_of_their_own_are_compared_by_them(header: str, names: tuple[str, str]) -> None:
    versus = first_effect(only(f"{header}\nAbel 2001,4,40,9,41")).versus
    assert versus is not None
    assert (versus.exposed, versus.reference) == names


def test_three_groups_with_names_of_their_own_are_left_to_a_person() -> None:
    head = "study," + ",".join(f"{name}_events,{name}_n" for name in ("zinc", "iron", "salt"))
    guess = guessed(table(f"{head}\nAbel 2001,4,40,9,41,3,42\n"))
    assert guess.plan.lacking is not None
    assert guess.groups == ("zinc", "iron", "salt")
    assert guessed(table("study,zinc_events,zinc_n\nAbel 2001,4,40\n")).groups == ()


@pytest.mark.parametrize(
    ("text", "study"),
    [
        ("id,acronym,or,se\nNCT1,ZINC-A,2,0.5\nNCT2,ZINC-B,2,0.5\n", "ZINC-A"),
        ("id,Short_Title,or,se\n1,Abel et al. 2001,2,0.5\n2,Berg 2003,2,0.5\n", "Abel et al. 2001"),
        ("id,source,or,se\n1,journal,2,0.5\n2,journal,2,0.5\n3,thesis,2,1\n4,thesis,2,1\n", "Study 1"),
        ("trial,study,or,se\n1,AFASAK,2,0.5\n2,SPAF,2,0.5\n", "AFASAK"),
        ("study,source,or,se\n1,Edinburgh,2,0.5\n2,Orpington,2,0.5\n", "Edinburgh (1)"),
        ("study,or,se\n7,2,0.5\n", "Study 7"),
    ],
)
def test_a_study_is_named_by_words_before_numbers(text: str, study: str) -> None:
    entries, _ = as_recognised(text)
    assert entries[0].study == study


def test_columns_whose_cells_are_not_what_their_name_says_hold_something_else() -> None:
    head = "study,year,outcome,reference,sex,measure,or,se\n"
    plan = guessed(table(head + "Abel,4.5,2,8,zinc,PANSS,2,0.5\n")).plan
    assert plan.columns == {
        "study": "study", "sex": "group", "measure": "outcome", "or": "estimate", "se": "se",
    }  # fmt: skip
    plan = guessed(table(head + "Abel,2001,BMD,Abel A. BMJ,men,OR,2,0.5\n")).plan
    assert list(plan.columns.values()) == [
        "study", "year", "outcome", "citation", "sex", "measure", "estimate", "se",
    ]  # fmt: skip


def test_raw_numbers_of_another_kind_than_the_usual_measure_take_their_own() -> None:
    head = "study,m1,sd1,n1,m2,sd2,n2,events1,events2\n"
    entries, skipped = as_recognised(head + "Abel,5.5,1.5,30,4.25,2,32,NA,NA\nBerg,NA,NA,40,NA,NA,41,4,9\n")
    assert skipped == []
    assert [entry.effect["measure"] for entry in entries if entry.effect] == ["MD", "RR"]


def test_events_of_arms_may_be_called_by_what_happened() -> None:
    text = "study,treatment,death,randomized\nAbel,placebo,9,41\nAbel,zinc,4,40\n"
    entries, _ = as_recognised(text)
    (record,) = records_of(entries)
    effect = first_effect(record)
    assert to_analysis_scale(effect).yi == pytest.approx(LOG_RR, rel=1e-12)
    assert [outcome.name for outcome in record.outcomes.values()] == ["death"]
    above = guessed(table(text.replace("4,40", "44,40"))).plan
    assert "death" not in above.columns, "more deaths than persons: it is something else"


def test_numbers_that_are_not_there_are_kept_as_not_reported() -> None:
    entries, skipped = as_recognised("study,ai,n1i,ci,n2i\nAbel 2001,4,40,9,41\nBerg 2003,NA,40,NA,41\n")
    assert ([entry.said for entry in entries], skipped) == ([None, "NA"], [])


def test_a_log_rank_test_gives_a_hazard_ratio_or_petos_odds_ratio_and_nothing_else() -> None:
    head = "study,measure,O-E,V\n"
    entries, skipped = as_recognised(
        head + "Abel,HR,-1.8,14.5\nBerg,OR,-1.8,14.5\nCoe,MD,1,2\nDay,HR,1,0\nEve,HR,1,\nFox,HR,NR,2\n"
    )
    assert [entry.effect and entry.effect["measure"] for entry in entries] == ["HR", "PETO", None]
    assert [entry.said for entry in entries] == [None, None, "NR"]
    assert [each.why for each in skipped] == [
        "O - E and V give a hazard ratio or an odds ratio, not MD",
        "a variance cannot be 0",
        "O - E has no variance V",
    ]
    assert guessed(table("study,O-E,n\nAbel,-1.8,14\n")).plan.lacking is not None
    assert guessed(table("study,V,n\nAbel,1.8,14\n")).plan.lacking is not None
    both = guessed(table("study,HR (95% CI),O-E,V\nAbel,0.7 (0.5-0.9),-1.8,14.5\n")).plan
    assert list(both.columns.values()) == ["study", "estimate"]


def test_columns_that_differ_in_no_name_of_a_group_are_no_groups() -> None:
    for first, second in (
        ("week_4", "week_12"), ("men", "women"), ("pain", "stroke"),
        ("6_months", "12_months"), ("t1", "t2"), ("3mo", "6mo"), ("visit_1", "visit_2"), ("w4", "w12"),
    ):  # fmt: skip
        head = ",".join(f"{name}_events,{name}_n" for name in (first, second))
        plan = guessed(table(f"study,{head}\nAbel 2001,4,40,9,41\n")).plan
        assert plan.lacking is not None, (first, second)


def test_a_number_of_persons_tells_the_uncertainty_of_a_correlation_only() -> None:
    assert guessed(table("study,r,n\nAbel 2001,0.5,28\n")).plan.lacking is None
    assert guessed(table("study,r,n\nAbel 2001,1.5,28\n")).plan.lacking is not None
    assert guessed(table("study,smd,n\nAbel 2001,0.5,28\n")).plan.lacking is not None
