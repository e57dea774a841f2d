"""Groups of a common tau2 with one record changed: as one model, or anew where the groups are others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.selection.selection import select
from synthesis.living.causes import Cause, _merged
from synthesis.living.replaced_rows import Replaced, keeps_groups
from synthesis.living.summaries import NOTHING_POOLED, Pooling, Summary
from tests.synthesis.living.reviews import REVIEW, study
from tests.synthesis.living.test_movement import Texts, loaded, movement
from tests.thinned import thinned

GROUPS = REVIEW.replace(
    "{name: BMD, sites: [hip]}",
    "{name: BMD, sites: [hip, spine, neck]}\n    group_by: region\n    tau2: common",
).replace("{name: BMD, sites: [spine]}", "{name: BMD, sites: [elbow]}")


def of(region: str, name: str, estimate: str, se: str = "0.10", **more: str) -> str:
    """A record of a study of a region, or of none that is stated."""
    stated = f"properties: {{region: {region}}}\n" if region else ""
    return study(name, estimate, se, **more).replace("design: trial\n", f"design: trial\n{stated}")


OLD: Texts = {
    "abel": of("east", "abel", "0.50", "0.12"),
    "berg": of("east", "berg", "0.30", "0.20"),
    "cole": of("east", "cole", "0.40", "0.05"),
    "dahl": of("west", "dahl", "0.10"),
    "eder": of("west", "eder", "0.70"),
}
LONE: Texts = {name: text for name, text in OLD.items() if name not in ("cole", "eder")}
VAGUE: Texts = {**OLD, "ruth": of("", "ruth", "0.9"), "saul": of("", "saul", "0.2")}


def compared(old: Texts, new: Texts, review: str = GROUPS) -> dict[str, set[str]]:
    """Every cause of every result that moved, beside the whole review with this change only; the names."""
    found: dict[str, set[str]] = {}
    for moved in movement(old, new, review, review).moved:
        group = moved.title.partition(": ")[2]
        for cause in moved.causes:
            changed = {**old, cause.name: new[cause.name]} if cause.name in new else dict(old)
            if cause.name not in new:
                del changed[cause.name]
            _agree(cause, Pooling.of(loaded(changed, review)).summaries["hip"].get(group, NOTHING_POOLED))
            found.setdefault(group, set()).add(cause.name)
    return found


def _agree(cause: Cause, whole: Summary) -> None:
    assert cause.alone is not None
    assert cause.alone.k == whole.k
    assert (cause.alone.numbers is None) == (whole.numbers is None)
    if cause.alone.numbers is not None and whole.numbers is not None:
        assert cause.alone.numbers == pytest.approx(whole.numbers, rel=1e-8, nan_ok=True)


def test_a_group_with_two_rows_left_still_has_a_common_tau2_and_one_with_one_each_has_not() -> None:
    review = loaded(LONE, GROUPS)
    before = Pooling.of(review).results["hip"]

    def without(*gone: str) -> Replaced:
        return Replaced(frozenset(gone), {}, before.selection, tuple(review.records))

    assert keeps_groups(before, without())
    assert not keeps_groups(before, without("berg"))
    east = next(group for group in before.groups if group.name == "east")
    moves = {
        "east": east.units[:1],
        "": east.units[:1],
    }  # as if dahl were of the east: none is left in the west
    assert not keeps_groups(before, replace(without("dahl"), new=moves))
    assert keeps_groups(before, replace(without("berg"), new=moves))
    assert not keeps_groups(before, replace(without("berg"), new=moves, together=False))
    assert not keeps_groups(before, replace(without(), new={"south": east.units[:1]}))


def test_of_one_change_alone_there_are_numbers_and_no_fit() -> None:
    compared = 0
    for moved in movement(OLD, {**OLD, "fink": FINK}, GROUPS, GROUPS).moved:
        assert moved.before.inference is not None
        assert [cause.alone and cause.alone.inference for cause in moved.causes] == [None]
        compared += 1
    assert compared == 3


def with_crude(name: str, estimate: str) -> str:
    """A record with two models of the same persons."""
    text = study(name, estimate).replace("models:\n", "models:\n  c: {type: ANOVA, adjustment: none}\n")
    head, _, tail = text.partition("estimates:\n")
    row, _, end = tail.partition("extraction:")
    both = row.replace("    n: 100", "    model: m\n    n: 100")
    crude = row.replace("id: main", "id: crude").replace("    n: 100", "    model: c\n    n: 100")
    return f"{head}estimates:\n{both}{crude}extraction:{end}"


def test_a_selection_with_one_study_selected_anew_is_that_of_all_its_lesser_models_too() -> None:
    whole = {name: with_crude(name, "0.3") for name in ("abel", "berg")}
    old, new = loaded(whole), loaded({**whole, "berg": with_crude("berg", "0.5")})
    analysis, berg = old.review.analyses[0], [each for each in new.records if each.study == "berg"]
    before = select(old.review, analysis, old.records)
    found = _merged(before, frozenset({"berg"}), select(old.review, analysis, berg))
    assert found == select(new.review, analysis, new.records)
    assert [each.candidate.name for each in found.other_models] == ["abel/crude", "berg/crude"]


FINK = of("east", "fink", "-0.10", "0.08")
GRAY = of("west", "gray", "0.20", "0.15")


@pytest.mark.parametrize("estimator", thinned(["REML", "DL"]))
@pytest.mark.parametrize("test", ["HKSJ", "z"])
def test_records_that_come_change_and_go_move_each_group_and_all_as_the_review_anew(
    estimator: str, test: str
) -> None:
    new = {**OLD, "fink": FINK, "gray": GRAY, "berg": of("east", "berg", "0.35", "0.10")}
    del new["eder"]
    review = GROUPS.replace("REML", estimator).replace("HKSJ", test)
    found = compared(OLD, new, review)
    assert found.keys() == {"east", "west", ""}
    assert found[""] == {"fink", "gray", "berg", "eder"}


def test_a_group_that_is_new_or_left_empty_has_the_groups_made_anew() -> None:
    hall = of("south", "hall", "0.9")
    assert compared(OLD, {**OLD, "hall": hall, "fink": FINK})[""] == {"hall", "fink"}
    gone = {**OLD, "dahl": of("west", "dahl", "0.10", status="retracted"), "fink": FINK}
    assert "dahl" in compared({**OLD, "fink": FINK}, gone)["west"]
    one = {name: text for name, text in OLD.items() if name != "eder"}
    assert "dahl" in compared(one, {name: text for name, text in one.items() if name != "dahl"})[""]


def test_groups_of_one_study_each_are_not_compared_any_more() -> None:
    """A common tau2 needs one group with two; without berg, east and west have one study each."""
    found = compared(LONE, {name: text for name, text in LONE.items() if name != "berg"})
    assert found["east"] == {"berg"}
    stays = compared(LONE, {**LONE, "berg": of("east", "berg", "0.10", "0.20")})
    assert stays["east"] == {"berg"}


def test_studies_that_state_no_region_are_pooled_with_all_and_compared_with_none() -> None:
    new = {**VAGUE, "fink": FINK, "ruth": of("", "ruth", "0.5")}
    found = compared(VAGUE, new)
    assert found["not stated"] == {"ruth"}
    assert found[""] == {"ruth", "fink"}
    few = {name: text for name, text in VAGUE.items() if name not in ("cole", "eder")}
    assert compared(few, {name: text for name, text in few.items() if name != "berg"})["east"] == {"berg"}


def test_a_study_that_moves_to_another_group_leaves_one_and_enters_the_other() -> None:
    found = compared(OLD, {**OLD, "cole": of("west", "cole", "0.40", "0.05")})
    assert found == {"east": {"cole"}, "west": {"cole"}}
    spelled = compared(OLD, {**OLD, "gray": GRAY.replace("region: west", "region: West")})
    assert "gray" in spelled[""]


def test_a_group_that_a_record_spells_otherwise_is_that_group() -> None:
    """Of groups that are pooled apart too: the first spelling names them, whoever comes."""
    review = GROUPS.replace("\n    tau2: common", "")
    found = compared(OLD, {**OLD, "gray": GRAY.replace("region: west", "region: West")}, review)
    assert found == {"west": {"gray"}, "": {"gray"}}


def test_a_record_that_shares_persons_with_another_group_ends_the_comparison() -> None:
    twin = of("west", "twin", "0.1", cohort="Cohort abel", site="spine")
    review = GROUPS.replace("group_by: region", "group_by: site")
    old = {**OLD, "dahl": study("dahl", "0.10", site="spine"), "eder": study("eder", "0.70", site="spine")}
    found = compared(old, {**old, "twin": twin, "fink": FINK}, review)
    assert found["spine"] == {"twin", "fink"}
    assert found[""] == {"twin", "fink"}
