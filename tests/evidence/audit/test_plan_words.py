"""What is said of review.yaml, word by word, and what it is compared with."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.audit.auditing import audit_plan
from evidence.records.parsing import Problem, Severity
from evidence.records.reading import read_model
from evidence.records.review import Review
from tests.evidence.audit.test_plan_rules import REVIEW
from tests.evidence.records.samples import bent, record

SPINE = ("name: BMD, site: hip", "name: BMD, site: spine")
SCALED = ("    stratum:", "    scale: {measure: beta, exposure: hemoglobine, per: 1 g/dL}\n    stratum:")


TOTAL = (("site: hip", "site: total hip"),)


def asked(
    folder: Path, *changes: tuple[str, str], of: tuple[tuple[tuple[str, str], ...], ...] = ((),)
) -> list[Problem]:
    """All that is said of a bent review beside bent records."""
    text = REVIEW
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "review.yaml"
    path.write_text(text, encoding="utf-8")
    return audit_plan(read_model(path, Review), [record(*each) for each in of])


def sexes(*words: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    return tuple((("{sex: men}", f"{{sex: men, group: {word}}}"),) for word in words)


@pytest.mark.parametrize(
    ("changes", "of", "says", "hint", "at"),
    [
        (
            (("exposure: hemoglobin, per", "exposure: hemoglobine, per"),),
            ((),),
            "no record has the exposure 'hemoglobine'",
            "Did you mean 'hemoglobin'?",
            (4, "hemoglobine,"),
        ),
        (
            (SCALED,),
            ((),),
            "no record has the exposure 'hemoglobine'",
            "Did you mean 'hemoglobin'?",
            (11, "hemoglobine,"),
        ),
        (
            (("name: BMD", "name: zzz"),),
            ((),),
            "no record has the outcome 'zzz' yet",
            "The analysis waits for its first study. The records have: BMD.",
            (10, "zzz,"),
        ),
        (
            (("sites: [hip]", "sites: [hip, knee]"),),
            ((), (SPINE,)),
            "no record has BMD at the site 'knee' yet",
            "The analysis waits for its first study. The records have: hip, spine.",
            (10, "knee]"),
        ),
        (
            (("sex: men", "sex: women"),),
            ((),),
            "no record has an estimate of the sex 'women' yet",
            "The analysis waits for its first study. The records have: men.",
            (11, "women}"),
        ),
        (
            (("sex: men", "group: each"),),
            ((),),
            "no record has an estimate by group",
            "Leave 'group: each' out.",
            (11, "each}"),
        ),
        (
            (("sex: men", "group: zz"),),
            sexes("b", "a", "b"),
            "no record has an estimate of the group 'zz' yet",
            "The analysis waits for its first study. The records have: a, b.",
            (11, "zz}"),
        ),
        (
            (("sex: men", "group: zz"),),
            sexes(*(f"{i:02}" for i in range(30))),
            "no record has an estimate of the group 'zz' yet",
            "The analysis waits for its first study. "
            f"The records have: {', '.join(f'{i:02}' for i in range(20))}.",
            (11, "zz}"),
        ),
        (
            (("[lee-2019]", "[lee-2019, zz]"),),
            ((),),
            "no record has the study 'zz'",
            "The records have: lee-2019.",
            (12, "zz]"),
        ),
        (
            (("sites: {hip: [total hip]}", "sites: {knee: [total knee], hip: [total hip]}"),),
            ((),),
            "no record has a site 'knee'",
            "The records have: hip.",
            (5, "knee: [total knee]"),
        ),
    ],
)
def test_what_no_record_has_is_told_at_its_place(
    changes: tuple[tuple[str, str], ...],
    of: tuple[tuple[tuple[str, str], ...], ...],
    says: str,
    hint: str,
    at: tuple[int, str],
    tmp_path: Path,
) -> None:
    (problem,) = asked(tmp_path, *changes, of=of)
    assert (problem.says, problem.hint) == (says, hint)
    line, rest = at
    assert problem.place.line == line
    text = (tmp_path / "review.yaml").read_text(encoding="utf-8").splitlines()[line - 1]
    assert text[problem.place.column - 1 :].startswith(rest)


@pytest.mark.parametrize(
    ("changes", "of"),
    [
        ((), ((),)),
        ((("sex: men", "group: each"),), sexes("a")),
        ((("sex: men", "group: a"),), sexes("b", "a")),
        ((("{sex: men}", "{}"),), ((),)),
        ((("sites: [hip]", "sites: [HIP]"), ("name: BMD", "name: bmd")), ((),)),
        ((("sites: [hip]", "sites: [total hip]"), ("{hip: [total hip]}", "{}")), (TOTAL,)),
        ((), (TOTAL,)),  # one of the names of the hip
        ((("sites: {hip: [total hip]}", "sites: {Hip: [x]}"),), ((),)),
        ((("exposure: hemoglobin, per", "exposure: Hemoglobin, per"),), ((),)),
        ((("[lee-2019]", "[LEE-2019]"),), ((),)),
        ((("sex: men", "group: zz"), ("[lee-2019]", "[zz]"), ("name: BMD", "name: zz")), ()),
    ],
)  # fmt: skip
def test_what_some_record_has_is_left_alone(
    changes: tuple[tuple[str, str], ...], of: tuple[tuple[tuple[str, str], ...], ...], tmp_path: Path
) -> None:
    assert asked(tmp_path, *changes, of=of) == []


def test_a_site_of_an_unknown_outcome_is_not_asked_for(tmp_path: Path) -> None:
    (problem,) = asked(tmp_path, ("name: BMD, sites: [hip]", "name: T-score, sites: [knee]"))
    assert problem.says == "no record has the outcome 'T-score' yet"
    record_of_scores = (("name: BMD, site: hip", "name: T-score, site: hip"),)
    (problem,) = asked(
        tmp_path, ("name: BMD, sites: [hip]", "name: BMD, sites: [knee]"), of=(record_of_scores, ())
    )
    assert problem.says == "no record has BMD at the site 'knee' yet"
    (problem,) = asked(
        tmp_path,
        ("name: BMD, sites: [hip]", "name: BMD, sites: [spine]"),
        of=((("name: BMD, site: hip", "name: T-score, site: spine"),), ()),
    )
    assert problem.hint == "The analysis waits for its first study. The records have: hip."


def test_an_outcome_without_a_site_stands_at_its_name(tmp_path: Path) -> None:
    bare = ("name: BMD, site: hip", "name: BMD")
    assert bent(bare)
    changes = (("sites: {hip: [total hip]}", "sites: {}"), ("sites: [hip]", "sites: [BMD]"))
    assert asked(tmp_path, *changes, of=((bare,),)) == []
    (problem,) = asked(tmp_path, changes[0], of=((bare,),))
    assert problem.hint == "The analysis waits for its first study. The records have: BMD."


def test_findings_are_sorted_by_place_not_by_rule(tmp_path: Path) -> None:
    found = asked(
        tmp_path,
        ("[lee-2019]", "[zz]"),
        ("level: 95 %", "level: 5 %"),
        ("sites: {hip: [total hip]}", "sites: {knee: [x]}"),
        ("sex: men", "sex: women"),
    )
    assert [problem.rule for problem in found] == [
        "site-unknown",
        "review-level",
        "analysis-waits",
        "study-unknown",
    ]


def test_a_review_that_cannot_be_read_is_asked_nothing(tmp_path: Path) -> None:
    path = tmp_path / "review.yaml"
    path.write_text("review: bones\n", encoding="utf-8")
    document = read_model(path, Review)
    assert document.tree is not None
    assert document.model is None
    assert audit_plan(document, [record()]) == []


SPINES = ((("name: BMD, site: hip", "name: BMD, site: spine"),), ())


@pytest.mark.parametrize(
    ("asks", "of", "says"),
    [
        ("name: BMDD, sites: [hip]", ((),), "the outcome 'BMDD' Did you mean 'BMD'?"),
        ("name: bone mineral density, sites: [hip]", ((),), "density' Did you mean 'BMD'?"),
        ("name: density, sites: [hip]", ((("name: BMD", "name: bone density"),),), "'bone density'?"),
        ("name: BMD, sites: [lumbar spine]", SPINES, "the site 'lumbar spine' Did you mean 'spine'?"),
        ("name: BMD, sites: [hipp]", ((),), "the site 'hipp' Did you mean 'hip'?"),
        ("name: BD, sites: [hip]", ((("name: BMD", "name: bone density"),),), "Did you mean 'bone density'?"),
    ],
)
def test_a_word_that_is_like_one_of_the_records_is_a_slip_and_an_error(
    asks: str, of: tuple[tuple[tuple[str, str], ...], ...], says: str, tmp_path: Path
) -> None:
    (problem,) = asked(tmp_path, ("name: BMD, sites: [hip]", asks), of=of)
    assert problem.severity is Severity.ERROR
    assert f"{problem.says} {problem.hint}".endswith(says)
    assert not problem.says.endswith("yet")


@pytest.mark.parametrize(
    "changes",
    [
        (("name: BMD, sites: [hip]", "name: fracture"),),
        (("name: BMD, sites: [hip]", "name: bone strength"),),
        (("sex: men", "sex: women"),),
        (("sex: men", "age: 65+"),),
        (("    stratum:", "    scale: {measure: beta, exposure: ferritin, per: 1 ng/mL}\n    stratum:"),),
        (("sites: [hip]", "sites: [hipp]"), ("title: Bones", "title: Bones\ndistinct: [[hip, Hipp]]")),
    ],
)
def test_an_analysis_may_be_planned_before_its_first_study(
    changes: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    """No other word of the records is like it, it is one of few that there are, or declared to be another."""
    of = ((("{sex: men}", "{sex: men, age: <65}"),),) if "age" in changes[0][1] else ((),)
    (problem,) = asked(tmp_path, *changes, of=of)
    assert (problem.rule, problem.severity) == ("analysis-waits", Severity.WARNING)
    assert problem.says.endswith(" yet")


def test_the_exposure_of_the_whole_review_is_not_planned_ahead(tmp_path: Path) -> None:
    (problem,) = asked(tmp_path, ("exposure: hemoglobin, per", "exposure: ferritin, per"))
    assert (problem.rule, problem.severity) == ("exposure-unknown", Severity.ERROR)
    assert problem.hint == "The records have: hemoglobin."
