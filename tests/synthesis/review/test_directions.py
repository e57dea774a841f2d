"""Which way each study of an analysis goes: pooled numbers, words, other scales, parts of persons."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import SHIPPED, LoadedReview, Method, load_review
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.direction_words import direction_notes, direction_plot
from synthesis.review.directions import study_directions
from synthesis.review.forest_table import forest_table
from tests.synthesis.review.made import RATIO, SLOPE, record, review, silent, slope


@pytest.fixture(scope="module")
def shipped() -> LoadedReview:
    return load_review(SHIPPED)


def made(
    folder: Path, sites: str = "hip", more: str = "", scale: str = SLOPE, **records: str
) -> AnalysisResult:
    loaded = review(folder, records, scale, sites=sites, more=more)
    return analyse(loaded, loaded.review.analyses[0], Method())


def told(result: AnalysisResult) -> dict[str, tuple[str, int | None, bool]]:
    """By study, of the one domain there is."""
    found = study_directions(result)
    assert len({each.domain for each in found}) == 1
    assert len({each.study for each in found}) == len(found)
    return {each.study: (each.direction, each.persons, each.pooled) for each in found}


def said(name: str, direction: str, more: str = "") -> str:
    return silent(name).replace("significant}", f"significant, direction: {direction}}}") + more


def correlation(name: str, estimate: str, model: str = "full") -> str:
    effect = f"{{measure: r, estimate: {estimate}}}"
    return f"id: {name}, outcome: hip, model: {model}, effect: {effect}, n: 300"


UP = slope("hip", "0.020", "0.010, 0.030") + ", n: 400"
DOWN = slope("hip", "-0.020", "-0.030, -0.010")
WOMEN, MEN = ", stratum: {sex: women}", ", stratum: {sex: men}"


def test_signs_words_and_other_scales_stand_together(tmp_path: Path) -> None:
    result = made(
        tmp_path,
        a=record("a", [UP]),
        b=record("b", [DOWN]),
        c=record("c", [said("hip", "negative", ", n: 70")]),
        d=record("d", [correlation("hip", "0.2")]),
        e=record("e", [silent("hip")]),
        f=record("f", [said("hip", "none")]),
    )
    assert told(result) == {
        "A": ("positive", 400, True),
        "B": ("negative", None, True),
        "C": ("negative", 70, False),
        "F": ("none", None, False),
        "D": ("positive", 300, False),
        "E": ("not told", None, False),
    }
    (note,) = direction_notes(result)
    assert note == "Directions not in the pool: C (negative), F (none) and D (positive)."


@pytest.mark.parametrize(
    ("studies", "level", "tested"),
    [(5, "95 %", 0), (6, "95 %", 1), (5, "90 %", 1), (6, "96 %", 1), (5, "94 %", 0)],
)
def test_directions_are_tested_where_a_test_could_tell_them_from_chance(
    studies: int, level: str, tested: int, tmp_path: Path
) -> None:
    words = {name: record(name, [said("hip", "positive")]) for name in "bcdefg"[: studies - 1]}
    loaded = review(tmp_path, {"a": record("a", [UP]), **words}, SLOPE, sites="hip", more="")
    result = analyse(loaded, loaded.review.analyses[0], Method(level=level))
    first, *rest = direction_notes(result)
    assert first.startswith("Directions not in the pool: B (positive), C (positive)")
    share = (
        f"Directions: positive in {studies} of {studies} studies with a direction (100%, {level[:2]}% CI ["
    )
    assert [note.startswith(share) for note in rest] == [True] * tested


def test_directions_that_all_stand_in_the_pool_need_no_note(tmp_path: Path) -> None:
    result = made(tmp_path, **{name: record(name, [UP]) for name in "abcdefg"})
    assert list(direction_notes(result)) == []


def test_parts_of_the_persons_count_where_the_whole_is_not_told(tmp_path: Path) -> None:
    result = made(
        tmp_path,
        a=record(
            "a", [said("women", "negative", WOMEN + ", n: 30"), said("men", "positive", MEN + ", n: 20")]
        ),
        b=record("b", [said("women", "positive", WOMEN), said("men", "positive", MEN + ", n: 20")]),
        c=record("c", [UP, said("women", "negative", WOMEN)]),
    )
    assert told(result) == {
        "C": ("positive", 400, True),
        "A": ("mixed", 50, False),
        "B": ("positive", None, False),
    }


def test_a_division_that_is_shown_is_a_domain_of_its_own(tmp_path: Path) -> None:
    result = made(
        tmp_path,
        more="stratum: {sex: each}\n    group_by: sex",
        a=record(
            "a", [said("women", "negative", WOMEN), said("men", "positive", MEN), said("all", "positive")]
        ),
        b=record("b", [UP + WOMEN]),
    )
    found = {(each.study, each.domain): each.direction for each in study_directions(result)}
    assert found == {
        ("A", ("hip", "women")): "negative",
        ("A", ("hip", "men")): "positive",
        ("B", ("hip", "women")): "positive",
    }
    assert list(direction_notes(result)) == [
        "Directions not in the pool: A (hip, women: negative) and A (hip, men: positive)."
    ]


def test_nobody_counts_twice(tmp_path: Path) -> None:
    result = made(
        tmp_path,
        a=record("a", [UP], cohort="town"),
        b=record("b", [said("hip", "negative")], cohort="town"),
        c=record("c", [said("women", "negative", WOMEN)], cohort="village"),
        d=record("d", [said("men", "positive", MEN)], cohort="village"),
        e=record("e", [said("women", "positive", WOMEN)], cohort="village"),
    )
    assert told(result) == {
        "A": ("positive", 400, True),
        "C": ("negative", None, False),
        "D": ("positive", None, False),
    }


def test_of_two_models_of_the_same_persons_the_preferred_one_tells(tmp_path: Path) -> None:
    result = made(
        tmp_path,
        a=record("a", [UP]),
        b=record("b", [correlation("crude", "-0.1", "least"), correlation("best", "0.1")]),
    )
    assert told(result)["B"] == ("positive", 300, False)


def test_numbers_without_a_side_tell_nothing(tmp_path: Path) -> None:
    effect = "id: {0}, outcome: hip, model: full, effect: {{measure: {1}, estimate: 0.2{2}}}{3}"
    versus = ", versus: {exposed: high, reference: low}"
    result = made(
        tmp_path,
        a=record("a", [UP]),
        b=record("b", [effect.format("groups", "MD", versus, "")]),
        c=record("c", [effect.format("part", "beta", ", per: 1 g/dL, within: < 12 g/dL", "")]),
        d=record("d", [effect.format("wrong", "r", "", ", not_poolable: it is misprinted")]),
        f=record("f", [said("hip", "negative")], status="conference abstract"),
        g=record("g", [said("spine", "negative").replace("outcome: hip", "outcome: spine")]),
    )
    assert set(told(result)) == {"A"}
    assert list(direction_notes(result)) == []


def test_a_ratio_below_one_is_negative_as_printed_or_as_its_logarithm(tmp_path: Path) -> None:
    ratio = "id: hip, outcome: hip, model: full, effect: {{measure: {0}, per: 1 g/dL, estimate: {1}{2}}}"
    ci = ", ci: [0.6, 0.9]"
    result = made(
        tmp_path,
        scale=RATIO,
        a=record("a", [ratio.format("OR", "0.75", ci)]),
        b=record("b", [ratio.format("HR", "0.8", "")]),
        c=record("c", [ratio.format("HR", "1.2", "")]),
        d=record("d", [ratio.format("HR", "0.2", ", log: true")]),
        e=record("e", [ratio.format("HR", "1.0", "")]),
    )
    assert {study: way for study, (way, _, _) in told(result).items()} == {
        "A": "negative",
        "B": "negative",
        "C": "positive",
        "D": "positive",
        "E": "none",
    }


def test_an_estimate_that_cannot_be_true_tells_nothing(tmp_path: Path) -> None:
    loaded = review(tmp_path, {"a": record("a", [UP]), "b": record("b", [DOWN])}, SLOPE, sites="hip")
    wrong = {("b", "hip"): "its interval does not hold it"}
    result = analyse(loaded, loaded.review.analyses[0], Method(), contradicted=wrong)
    assert set(told(result)) == {"A"}


def test_without_a_direction_there_is_no_plot(tmp_path: Path) -> None:
    with pytest.raises(NotDefinedError, match="No record of this analysis has a direction"):
        direction_plot("harvest", made(tmp_path, a=record("a", [silent("hip")])))


def test_the_words_of_chuang_stand_beside_the_pools_of_women(shipped: LoadedReview) -> None:
    compared = 0
    for name, site in (("lumbar-spine-women", "lumbar spine"), ("femoral-neck-by-sex", "femoral neck")):
        (analysis,) = (each for each in shipped.review.analyses if each.id == name)
        result = analyse(shipped, analysis, shipped.review.method)
        (chuang,) = (each for each in study_directions(result) if each.study == "Chuang 2021")
        assert (chuang.domain[0], chuang.direction, chuang.persons) == (site, "mixed", 9606)
        place = "" if site == "lumbar spine" else "femoral neck, women: "
        assert any(f"Chuang 2021 ({place}mixed)" in note for note in forest_table(result).footnotes)
        assert "higher BMD" in direction_plot("direction", result).description or site == "lumbar spine"
        compared += 1
    assert compared == 2
