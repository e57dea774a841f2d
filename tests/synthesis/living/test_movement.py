"""What moved a result: every change alone is the whole review pooled anew with this change only."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.records.review import LoadedReview, review_from_files
from synthesis.living.causes import Cause, joint_shift, shift_between
from synthesis.living.changes import find_changes
from synthesis.living.movement import MovedResult, Movement, find_movement, movement_of
from synthesis.living.summaries import NOTHING_POOLED, Contradictions, Pooling, Summary
from tests.synthesis.living.reviews import REVIEW, study
from tests.thinned import thinned

Texts = dict[str, str]

OLD: Texts = {
    "abel": study("abel", "0.50", "0.12"),
    "berg": study("berg", "0.30", "0.20"),
    "cole": study("cole", "0.40", "0.05"),
    "dahl": study("dahl", "0.20", site="spine"),
    "eder": study("eder", "0.60", site="spine"),
}
NEW: Texts = {
    "abel": OLD["abel"],
    "berg": study("berg", "0.35", "0.10"),
    "cole": study("cole", "0.40", "0.05", status="retracted"),
    "dahl": OLD["dahl"],
    "eder": OLD["eder"],
    "fink": study("fink", "-0.10", "0.08"),
}


def loaded(studies: Texts, review: str = REVIEW) -> LoadedReview:
    files = {f"studies/{name}.yaml": text.encode() for name, text in studies.items()}
    found = review_from_files(Path("tea"), {"review.yaml": review.encode(), **files})
    assert found.problems == ()
    return found


def movement(old: Texts, new: Texts, before: str = REVIEW, after: str = REVIEW) -> Movement:
    return find_movement(loaded(old, before), loaded(new, after))


def only(found: Movement) -> MovedResult:
    [moved] = found.moved
    return moved


def whole(studies: Texts, review: str = REVIEW, analysis: str = "hip", group: str = "") -> Summary:
    """The result of a review by the long way: everything read, selected and pooled."""
    return Pooling.of(loaded(studies, review)).summaries[analysis][group]


def agrees(cause: Cause, expected: Summary) -> int:
    assert cause.alone is not None
    assert cause.alone.k == expected.k
    assert cause.alone.numbers is not None
    assert expected.numbers is not None
    assert cause.alone.numbers == pytest.approx(expected.numbers, rel=1e-8)
    return 1


def test_each_change_alone_is_the_review_with_this_change_only() -> None:
    moved = only(movement(OLD, NEW))
    compared = 0
    for cause in moved.causes:
        changed = {**OLD, cause.name: NEW[cause.name]}
        compared += agrees(cause, whole(changed))
    assert compared == 3
    assert {cause.name for cause in moved.causes} == {"berg", "cole", "fink"}


@pytest.mark.parametrize("estimator", ["REML", "DL", "PM", "EE"])
@pytest.mark.parametrize("test", thinned(["HKSJ", "z", "t"]))
def test_alone_holds_by_every_method_of_the_review(estimator: str, test: str) -> None:
    review = REVIEW.replace("REML", estimator).replace("HKSJ", test)
    moved = only(find_movement(loaded(OLD, review), loaded(NEW, review)))
    assert sum(agrees(c, whole({**OLD, c.name: NEW[c.name]}, review)) for c in moved.causes) == 3


def test_all_changes_and_what_they_do_together_add_up_to_the_whole() -> None:
    moved = only(movement(OLD, NEW))
    shifts = [cause.shift(moved.before) for cause in moved.causes]
    assert moved.joint is not None
    assert moved.before.numbers is not None
    assert moved.after.numbers is not None
    total = sum(shift for shift in shifts if shift is not None) + moved.joint
    assert total == pytest.approx(moved.after.numbers[0] - moved.before.numbers[0], rel=1e-8)
    assert moved.after.is_same(whole(NEW))


def test_equal_variances_give_means_so_that_shares_are_known_by_hand() -> None:
    old = {name: study(name, estimate) for name, estimate in (("a", "0.1"), ("b", "0.2"), ("c", "0.6"))}
    new = {**old, "b": study("b", "0.5"), "d": study("d", "0.9")}
    moved = only(movement(old, new))
    by_name = {cause.name: cause.shift(moved.before) for cause in moved.causes}
    assert by_name["b"] == pytest.approx(0.3 / 3, abs=1e-9)  # (0.1 + 0.5 + 0.6) / 3 - 0.3
    assert by_name["d"] == pytest.approx(0.45 - 0.3, abs=1e-9)
    assert moved.joint == pytest.approx((0.525 - 0.3) - 0.1 - 0.15, abs=1e-9)
    assert (moved.before.k, moved.after.k) == (3, 4)


def test_one_change_is_the_whole_and_nothing_is_joint() -> None:
    moved = only(movement(OLD, {**OLD, "fink": NEW["fink"]}))
    [cause] = moved.causes
    assert cause.alone is not None
    assert cause.alone.is_same(moved.after)
    assert moved.joint is None


def test_ratios_move_by_factors_that_multiply_to_the_whole() -> None:
    def ratio(name: str, estimate: str) -> str:
        return study(name, estimate, "0.10").replace("measure: MD", "measure: HR")

    review = REVIEW.replace("measure: MD", "measure: HR").replace(", unit: g/cm2}\ndir", "}\ndir")
    old = {"a": ratio("a", "1.0"), "b": ratio("b", "2.0")}
    new = {"a": ratio("a", "1.5"), "b": ratio("b", "2.0"), "c": ratio("c", "3.0")}
    moved = only(find_movement(loaded(old, review), loaded(new, review)))
    by_name = {cause.name: cause.shift(moved.before) for cause in moved.causes}
    assert by_name["a"] == pytest.approx(math.sqrt(1.5), rel=1e-8)
    assert by_name["c"] == pytest.approx(6 ** (1 / 3) / math.sqrt(2), rel=1e-8)
    whole_factor = (1.5 * 2 * 3) ** (1 / 3) / math.sqrt(2)
    assert by_name["a"] is not None
    assert by_name["c"] is not None
    assert moved.joint == pytest.approx(whole_factor / by_name["a"] / by_name["c"], rel=1e-8)


def test_only_analyses_that_a_change_can_touch_are_pooled() -> None:
    found = movement(OLD, NEW)
    assert set(found.old.results) == set(found.new.results) == {"hip"}
    assert found.unchanged == 1
    everything = find_movement(loaded(OLD), loaded(NEW), everything=True)
    assert set(everything.new.results) == {"hip", "spine"}
    assert (everything.unchanged, len(everything.moved)) == (1, 1)


def test_a_change_of_words_touches_a_result_and_does_not_move_it() -> None:
    found = movement(OLD, {**OLD, "abel": OLD["abel"].replace("title: Study abel", "title: Other")})
    assert (found.moved, found.unchanged) == ((), 2)
    assert set(found.new.results) == {"hip"}


def test_a_new_name_that_brings_rows_into_another_order_moves_nothing() -> None:
    renamed = {
        **OLD,
        "abel": OLD["abel"].replace("study: abel", "study: zwei").replace("label: Abel", "label: Zwei"),
    }
    found = movement(OLD, renamed)
    assert [each.happened.value for each in found.changes.records] == ["changed"]
    assert found.moved == ()


def test_rows_of_studies_that_share_persons_are_chosen_anew() -> None:
    """fink has abel's cohort and the preferred report, so that it takes abel's place, alone and together."""
    review = REVIEW.replace("analyses:", "reports: [corrected, published]\nanalyses:")
    fink = study("fink", "-0.10", "0.08", cohort="Cohort abel", status="corrected")
    new = {**OLD, "fink": fink, "berg": NEW["berg"]}
    moved = only(find_movement(loaded(OLD, review), loaded(new, review)))
    assert (moved.before.k, moved.after.k) == (3, 3)
    alone = {cause.name: cause for cause in moved.causes}
    assert agrees(alone["fink"], whole({**OLD, "fink": fink}, review)) == 1
    assert agrees(alone["berg"], whole({**OLD, "berg": NEW["berg"]}, review)) == 1


def test_a_study_that_lies_in_others_cohorts_takes_all_of_them_along() -> None:
    wide = study("wide", "0.05", "0.02", status="corrected")
    review = REVIEW.replace(
        "analyses:", "within: {Cohort abel: [Cohort wide], Cohort berg: [Cohort wide]}\nanalyses:"
    )
    moved = only(find_movement(loaded(OLD, review), loaded({**OLD, "wide": wide}, review)))
    assert (moved.before.k, moved.after.k) == (3, 2)
    [cause] = moved.causes
    assert agrees(cause, whole({**OLD, "wide": wide}, review)) == 1


def test_a_change_that_is_refused_alone_says_so_and_the_others_are_told() -> None:
    """fink has berg's persons and no rule says who wins; that berg is retracted as well settles it."""
    fink = study("fink", "-0.10", "0.08", cohort="Cohort berg")
    new = {**OLD, "fink": fink, "berg": study("berg", "0.30", "0.20", status="retracted")}
    moved = only(movement(OLD, new))
    refused = {cause.name: cause.refused for cause in moved.causes}
    assert "share persons" in refused["fink"]
    assert refused["berg"] == ""
    assert moved.joint is None


def test_an_analysis_that_is_refused_now_is_told_with_its_reason() -> None:
    twin = study("twin", "0.1", cohort="Cohort berg")
    [refused] = movement(OLD, {**OLD, "twin": twin}).refused
    assert (refused.analysis.id, refused.still) == ("hip", False)
    assert "share persons" in refused.reason
    both = {**OLD, "twin": twin}
    [still] = movement(both, {**both, "abel": NEW["berg"].replace("berg", "abel")}).refused
    assert still.still
    found = movement(both, OLD)
    assert (only(found).why, found.refused) == ("it was refused before", ())


def test_the_method_and_the_plan_are_causes_of_their_own() -> None:
    review = REVIEW.replace("estimator: REML", "estimator: EE").replace("sites: [hip]", "sites: [hip, neck]")
    neck = study("gray", "0.9", "0.10", site="neck")
    old = new = {**OLD, "abel": study("abel", "0.90", "0.12"), "gray": neck}
    hip = next(each for each in movement(old, new, REVIEW, review).moved if each.analysis.id == "hip")
    alone = {cause.name: cause for cause in hip.causes}
    assert set(alone) == {"method", "review.yaml"}
    assert agrees(alone["method"], whole(old, REVIEW.replace("estimator: REML", "estimator: EE"))) == 1
    plan = REVIEW.replace("sites: [hip]", "sites: [hip, neck]")
    assert agrees(alone["review.yaml"], whole(old, plan)) == 1
    assert hip.joint is not None


def test_analyses_that_are_new_gone_or_renamed_are_told_as_such() -> None:
    more = REVIEW + "  - id: neck\n    title: Neck\n    outcome: {name: BMD, sites: [neck]}\n"
    neck = {**OLD, "gray": study("gray", "0.9", site="neck")}
    new = only(movement(neck, neck, REVIEW, more))
    assert (new.title, new.why, new.before.k, new.after.k) == ("Neck", "a new analysis", 0, 1)
    gone = only(movement(neck, neck, more, REVIEW))
    assert (gone.title, gone.why, gone.before.k, gone.after.k) == ("Neck", "the analysis is gone", 1, 0)
    renamed = REVIEW.replace("id: spine", "id: lumbar")
    assert movement(OLD, OLD, REVIEW, renamed).moved == ()


GROUPS = REVIEW.replace("{name: BMD, sites: [hip]}", "{name: BMD, sites: [hip, spine]}\n    group_by: site")


@pytest.mark.parametrize(
    "review", thinned([GROUPS.replace("group_by: site", "group_by: site\n    tau2: common"), GROUPS], 2)
)
def test_groups_and_all_of_them_together_move_by_themselves(review: str) -> None:
    moved = {each.title: each for each in movement(OLD, NEW, review, review).moved}
    assert moved.keys() >= {"Hip: hip", "Hip"}
    compared = 0
    for title, group in (("Hip: hip", "hip"), ("Hip", "")):
        for cause in moved[title].causes:
            compared += agrees(cause, whole({**OLD, cause.name: NEW[cause.name]}, review, "hip", group))
    assert compared == 6


def test_groups_that_begin_to_share_persons_have_nothing_together_any_more() -> None:
    twin = study("twin", "0.1", cohort="Cohort abel", site="spine")
    moved = {each.title: each for each in movement(OLD, {**OLD, "twin": twin}, GROUPS, GROUPS).moved}
    assert (moved["Hip"].before.k, moved["Hip"].after.k) == (5, 0)
    [cause] = moved["Hip"].causes
    assert cause.alone is not None
    assert cause.alone.numbers is None
    assert moved["Hip: spine"].after.k == 3


def test_a_result_from_nothing_has_no_shift() -> None:
    neck = REVIEW.replace("sites: [hip]", "sites: [neck]")
    moved = only(movement(OLD, {**OLD, "gray": study("gray", "0.9", site="neck")}, neck, neck))
    assert (moved.before.k, moved.after.k, moved.joint) == (0, 1, None)
    assert shift_between(moved.before, moved.after) is None
    gone = only(movement({**OLD, "gray": study("gray", "0.9", site="neck")}, OLD, neck, neck))
    [cause] = gone.causes
    assert (cause.name, cause.shift(gone.before)) == ("gray", None)


def test_only_what_a_change_touches_is_pooled_unless_everything_is_asked_for() -> None:
    old, new = loaded(OLD), loaded({**OLD, "berg": study("berg", "0.35")})
    assert find_movement(old, new).new.results.keys() == {"hip"}
    assert movement_of(old, new, find_changes(old, new)).old.results.keys() == {"hip"}
    whole = find_movement(old, new, everything=True)
    assert whole.new.results.keys() == whole.old.results.keys() == {"hip", "spine"}
    assert (whole.asked, whole.unchanged, len(whole.moved)) == (2, 1, 1)


def test_a_summary_is_the_same_within_a_billionth_of_its_interval() -> None:
    one = Summary(3, (0.3, 0.2, 0.4), 2, False)
    assert one.is_same(Summary(3, (0.3 + 1e-10, 0.2, 0.4), 2, False))
    assert not one.is_same(Summary(3, (0.3 + 1e-9, 0.2, 0.4), 2, False))
    assert not one.is_same(Summary(3, (0.3, 0.2, 0.4 + 1e-9), 2, False))
    assert not one.is_same(Summary(4, (0.3, 0.2, 0.4), 2, False))
    assert not one.is_same(NOTHING_POOLED)
    assert NOTHING_POOLED.is_same(Summary(0, None, 4, True))
    wide = Summary(3, (0.0, -1.0, 1.0), 2, False)
    assert wide.is_same(replace(wide, numbers=(1.5e-9, -1.0, 1.0)))
    assert not wide.is_same(replace(wide, numbers=(2.5e-9, -1.0, 1.0)))
    nan = float("nan")
    assert Summary(2, (0.3, nan, nan), 2, False).is_same(Summary(2, (0.3, nan, nan), 2, False))
    assert not Summary(2, (0.3, nan, nan), 2, False).is_same(Summary(2, (0.3, 0.2, nan), 2, False))


def test_a_summary_with_none_beside_it_is_the_primary_one() -> None:
    one = Summary(3, (0.3, 0.2, 0.4), 2, False)
    assert one.is_same(replace(one, primary=True))
    assert not one.is_same(replace(one, primary=False))
    assert replace(one, primary=False).is_same(replace(one, primary=False))
    assert [replace(one, primary=each).shown(1) for each in (True, False, None)] == [
        "0.3 [0.2, 0.4], primary",
        *["0.3 [0.2, 0.4]"] * 2,
    ]


def test_a_fact_about_a_curve_is_the_same_where_its_words_are() -> None:
    two = Summary(2, None, 2, False, kind="shape", says="a, b")
    assert two.is_same(replace(two, k=3))
    assert not two.is_same(replace(two, says="a, c"))
    assert not two.is_same(replace(two, kind="", k=3))
    told = replace(two, kind="directions")
    assert not told.is_same(replace(told, k=3))


@pytest.mark.parametrize(
    ("summary", "decimals", "shown"),
    [
        (Summary(2, (-0.004, -0.0093, 0.017), 4, False), 4, "−0.0040 [−0.0093, 0.0170]"),
        (Summary(2, (0.004, 0.003, 1.0), 2, True), 2, "0.004 [0.003, 1.00]"),
        (Summary(2, (0.004, 0.003, 1.0), 2, False), 2, "0.00 [0.00, 1.00]"),
        (Summary(0, None, 2, False), 2, "nothing"),
    ],
)
def test_a_result_is_shown_with_its_interval(summary: Summary, decimals: int, shown: str) -> None:
    assert summary.shown(decimals) == shown


def test_a_record_that_only_the_new_plan_asks_for_is_part_of_what_all_do_together() -> None:
    plan = REVIEW.replace("sites: [hip]", "sites: [hip, neck]")
    old = {name: study(name, estimate) for name, estimate in (("a", "0.1"), ("b", "0.3"))}
    old["n"] = study("n", "0.5", site="neck")
    new = {**old, "m": study("m", "0.9", site="neck")}
    hip = next(each for each in movement(old, new, REVIEW, plan).moved if each.analysis.id == "hip")
    [cause] = hip.causes
    assert cause.name == "review.yaml"
    assert cause.shift(hip.before) == pytest.approx(0.3 - 0.2, abs=1e-9)  # the mean with n, less that without
    assert hip.joint == pytest.approx(0.45 - 0.2 - 0.1, abs=1e-9)


def test_shifts_without_an_old_number_are_none() -> None:
    a, b = Summary(1, (0.0, -1.0, 1.0), 1, True), Summary(1, (2.0, 1.0, 3.0), 1, True)
    assert shift_between(a, b) is None
    assert joint_shift(a, b, [Cause("x", b)]) is None
    assert joint_shift(b, b, []) is None
    assert joint_shift(b, b, [Cause("x", b), Cause("y", None, "why")]) is None


def test_a_record_that_two_versions_share_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    records = loaded(OLD).records

    def count(given: list[object]) -> dict[tuple[str, str], str]:
        asked.append(str(len(given)))
        return {}

    monkeypatch.setattr("synthesis.living.summaries.contradicted_estimates", count)
    known = Contradictions()
    known.of(records)
    known.of(records)
    assert len(asked) == 5


def test_a_change_of_one_analysis_pools_no_other() -> None:
    wider = REVIEW.replace("sites: [spine]", "sites: [spine, hip]")
    found = movement(OLD, OLD, REVIEW, wider)
    assert set(found.new.results) | set(found.new.refusals) == {"spine"}
    assert set(movement(OLD, OLD, REVIEW, wider.replace("REML", "DL")).new.results) == {"hip", "spine"}
    titled = movement(OLD, OLD, REVIEW, wider.replace("title: Hip", "title: Hips"))
    assert set(titled.new.results) == {"spine"}


ARMS = """\
comparisons:
  - id: doses
    outcome: hip
    measure: MD
    arms:
      - {id: none, name: water, reference: true, n: 30, mean: 10.0, sd: 4.0}
      - {id: low, name: tea, n: 20, mean: HEIGHT, sd: 5.0}
      - {id: high, name: strong tea, n: 25, mean: 13.0, sd: 6.0}
    where: {report: paper, at: Table 3}
"""


@pytest.mark.parametrize("arms", ["correlated", "each", "highest", "combine"])
def test_arms_are_pooled_alone_as_they_are_pooled_together(arms: str) -> None:
    review = REVIEW.replace("analyses:", f"arms: {arms}\nanalyses:").replace(
        ", versus: {exposed: tea, reference: water}", ""
    )

    def with_arms(height: str) -> str:
        text = study("gray", "0.9")
        return (
            text[: text.index("estimates:")]
            + ARMS.replace("HEIGHT", height)
            + text[text.index("extraction") :]
        )

    plain = {
        name: text.replace("versus: {exposed: tea, reference: water}, ", "") for name, text in OLD.items()
    }
    berg = NEW["berg"].replace("versus: {exposed: tea, reference: water}, ", "")
    old = {**plain, "gray": with_arms("12.0")}
    new = {**old, "gray": with_arms("11.0"), "berg": berg}
    expected = whole(old, review)
    if expected.numbers is None:  # arms apart have no common summary
        assert arms == "each"
        return
    moved = {each.analysis.id: each for each in movement(old, new, review, review).moved}["hip"]
    changed = {"gray": {**old, "gray": new["gray"]}, "berg": {**old, "berg": berg}}
    compared = sum(agrees(cause, whole(changed[cause.name], review)) for cause in moved.causes)
    assert compared == (1 if arms == "highest" else 2)


def test_an_estimate_that_cannot_be_true_enters_no_result_and_moves_none() -> None:
    """0.40 lies outside its own interval: the audit says so, and no version pools it, alone or together."""
    wrong = study("wrong", "0.40").replace("se: 0.10", "ci: [0.60, 0.70]")
    assert whole({**OLD, "wrong": wrong}).k == whole(OLD).k == 3
    assert movement(OLD, {**OLD, "wrong": wrong}).moved == ()
    moved = only(movement(OLD, {**OLD, "wrong": wrong, "fink": NEW["fink"]}))
    assert [cause.name for cause in moved.causes] == ["fink"]
    mended = {**OLD, "wrong": study("wrong", "0.40").replace("se: 0.10", "ci: [0.30, 0.50]")}
    assert only(movement({**OLD, "wrong": wrong}, mended)).after.k == 4
