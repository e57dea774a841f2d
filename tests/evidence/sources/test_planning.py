"""The first review.yaml of an import: an analysis for each question, and what nobody stated said to be so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evidence.records.reading import read_model
from evidence.records.review import Review
from evidence.records.schema import Record
from evidence.sources.planning import MOST_ANALYSES, review_text
from evidence.sources.revman.analyses import RevManAnalysis
from tests.evidence.sources.importing import as_recognised, records_of


def planned(
    folder: Path, records: Sequence[Record], outcomes: Sequence[RevManAnalysis] = (), title: str = "Zinc"
) -> Review:
    path = folder / "review.yaml"
    path.write_text(review_text("r", title, records, outcomes), encoding="utf-8")
    model = read_model(path, Review).model
    assert model is not None
    return model


def test_each_outcome_measure_and_exposure_is_an_analysis(tmp_path: Path) -> None:
    header = "study,outcome,exposure,unit,per,sex,group,beta,se\n"
    rows = (
        "A 2010,BMD: hip,lead,g/cm²,1 µg/dL,,,1,1\nB 2010,BMD: hip,lead,g/cm²,1 µg/dL,,,1,1\n"
        "A 2010,IQ,lead,points,1 µg/dL,men,,1,1\nA 2010,IQ,zinc,points,1 µg/dL,,young,1,1\n"
        "A 2010,IQ,tin,,,,,1,1\n"
    )
    review = planned(tmp_path, records_of(as_recognised(header + rows)[0]), title="Metals: a review")
    assert review.method == Review.model_fields["method"].get_default(call_default_factory=True)
    assert (review.title, review.question.exposure, review.question.outcome) == (
        "Metals: a review", "lead", "BMD: hip",
    )  # fmt: skip
    assert review.question.population == review.question.design == "not stated"
    assert [each.id for each in review.analyses] == [
        "bmd-hip-beta", "iq-beta-by-sex", "iq-beta-by-subgroup", "iq-beta",
    ]  # fmt: skip
    scales = [review.scale_of(each) for each in review.analyses]
    assert [(scale.exposure, scale.per, scale.unit) for scale in scales] == [
        ("lead", "1 µg/dL", "g/cm²"), ("lead", "1 µg/dL", "points"), ("zinc", "1 µg/dL", "points"),
        ("tin", None, None),
    ]  # fmt: skip
    by = [(each.stratum.sex, each.stratum.group) for each in review.analyses]
    assert by == [(None, None), ("each", None), (None, "each"), (None, None)]


def test_two_exposures_of_one_outcome_keep_apart(tmp_path: Path) -> None:
    text = "study,outcome,exposure,OR,se\nA 2010,IQ,lead,1,1\nA 2010,IQ,tin,1,1\n"
    review = planned(tmp_path, records_of(as_recognised(text)[0]))
    assert [each.id for each in review.analyses] == ["iq-or", "iq-or-2"]


def test_arms_with_one_reference_are_combined_unless_a_person_says_otherwise(tmp_path: Path) -> None:
    header = "study,arm,n,events\n"
    three = "".join(f"A 2010,{arm},40,5\n" for arm in ("x", "y", "placebo"))
    records = records_of(as_recognised(header + three, measure="OR")[0])
    assert planned(tmp_path, records).arms == "combine"
    two = records_of(as_recognised(header + three.replace("A 2010,y,40,5\n", ""), measure="OR")[0])
    assert planned(tmp_path, two).arms is None


def analysis(number: str, **more: Any) -> RevManAnalysis:
    given: dict[str, Any] = {"measure": "RR", "exposed": "Zinc", "reference": "Placebo", "random": True}
    return RevManAnalysis(number, f"Cough ({number})", title="Cough", **given | more)


def test_a_revman_review_keeps_its_analyses(tmp_path: Path) -> None:
    review = planned(
        tmp_path,
        (),
        [
            analysis("1.1", labels=("Favours zinc", "Favours placebo")),
            analysis("1.2", measure="MD", exposed="Iron"),
            analysis("1.3", groups=("Men", "Women")),
            analysis("1.4", groups=("Men", "Women"), overall=False, labels=("a", "")),
        ],
    )
    assert [(each.id, each.title, each.outcome.name, each.stratum.group) for each in review.analyses] == [
        ("1-1", "1.1 Cough", "Cough (1.1)", None),
        ("1-2", "1.2 Cough", "Cough (1.2)", None),
        ("1-3", "1.3 Cough", "Cough (1.3)", "each"),
        ("1-4-men", "1.4 Cough, Men", "Cough (1.4)", "Men"),
        ("1-4-women", "1.4 Cough, Women", "Cough (1.4)", "Women"),
    ]
    scales = [(review.scale_of(each).measure, review.scale_of(each).exposure) for each in review.analyses]
    assert scales == [("RR", "Zinc"), ("MD", "Iron"), *[("RR", "Zinc")] * 3]
    assert [(each.stratum.sex, review.scale_of(each).unit) for each in review.analyses] == [(None, None)] * 5
    directions = [each.direction for each in review.analyses]
    assert directions[0] is not None
    assert (directions[0].lower, directions[0].higher) == ("Favours zinc", "Favours placebo")
    assert directions[1:] == [None] * 4


def test_a_name_of_an_analysis_has_up_to_80_letters(tmp_path: Path) -> None:
    text = f"study,outcome,OR,se\nA 2010,{'x' * 99},1,1\n"
    review = planned(tmp_path, records_of(as_recognised(text)[0]))
    assert [each.id for each in review.analyses] == ["x" * 80]
    review = planned(tmp_path, (), [analysis("1.4", groups=("y" * 99,), overall=False)])
    assert [each.id for each in review.analyses] == ["1-4-" + "y" * 76]


def test_the_model_is_fixed_only_where_every_analysis_is(tmp_path: Path) -> None:
    fixed, random = analysis("1.1", random=False), analysis("1.2", random=True)
    estimators = [
        planned(tmp_path, (), some).method.estimator for some in ([fixed], [fixed, random], [random])
    ]
    assert estimators[0] == "EE"
    assert "EE" not in estimators[1:]


def test_of_very_many_analyses_the_first_are_planned(tmp_path: Path) -> None:
    review = planned(tmp_path, (), [analysis(f"1.{number}") for number in range(1, 252)])
    assert (len(review.analyses), MOST_ANALYSES) == (200, 200)


def test_words_with_commas_and_brackets_are_kept_as_they_are(tmp_path: Path) -> None:
    labels = ("Favours zinc, oral", "Favours placebo, {b}")
    told = analysis("1.2", exposed="Zinc, [oral]", labels=labels, groups=("Men, old",), overall=False)
    review = planned(tmp_path, (), [analysis("1.1"), replace(told, name="Cough, dry")])
    _, found = review.analyses
    assert (found.outcome.name, found.stratum.group) == ("Cough, dry", "Men, old")
    assert review.scale_of(found).exposure == "Zinc, [oral]"
    assert found.direction is not None
    assert (found.direction.lower, found.direction.higher) == labels
    text = 'study,outcome,exposure,unit,per,beta,se\nA 2010,IQ,"lead, blood","points, raw","1 µg, dry",1,1\n'
    scale = planned(tmp_path, records_of(as_recognised(text)[0])).scale
    assert (scale.exposure, scale.unit, scale.per) == ("lead, blood", "points, raw", "1 µg, dry")


def test_a_title_is_the_outcome_with_a_capital_and_what_it_is_by(tmp_path: Path) -> None:
    text = "study,outcome,sex,group,OR,se\nA 2010,pain score,men,young,1,1\nA 2010,x,,,1,1\n"
    review = planned(tmp_path, records_of(as_recognised(text)[0]))
    assert [each.title for each in review.analyses] == ["Pain score, by subgroup, by sex", "X"]
