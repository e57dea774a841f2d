"""What other programs get is all that people see, and Markdown and figures say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import LoadedReview, review_from_files
from synthesis.drawing.forest_table import GroupHeading, SpacerRow, StudyRow, estimate_of, limits_of
from synthesis.living.before_after import before_and_after
from synthesis.living.exchange import as_data
from synthesis.living.markdown import as_markdown, escaped
from synthesis.living.repository import NoHistoryError
from synthesis.living.versions import Version
from synthesis.living.what_moved import WhatMoved, compare_versions
from tests.synthesis.living.reviews import REVIEW, study
from tests.synthesis.living.test_movement import GROUPS, NEW, OLD, Texts, loaded


def compared(old: Texts, new: Texts, before: str = REVIEW, after: str = REVIEW) -> WhatMoved:
    return compare_versions(
        Version("a", "version a", loaded(old, before)), Version("b", "version b", loaded(new, after))
    )


def test_a_cause_says_what_it_does_alone_or_why_it_is_refused() -> None:
    fink = study("fink", "-0.10", "0.08", cohort="Cohort berg")
    new = {**OLD, "fink": fink, "berg": study("berg", "0.30", "0.20", status="retracted")}
    causes = {each["change"]: each for each in as_data(compared(OLD, new))["moved"][0]["causes"]}
    assert causes["fink"]["alone"] is None
    assert causes["fink"]["shift"] is None
    assert "share persons" in causes["fink"]["refused"]
    assert causes["berg"]["refused"] is None
    assert causes["berg"]["alone"]["k"] == 2


def test_a_result_that_is_new_or_gone_has_no_numbers_on_one_side() -> None:
    neck = REVIEW.replace("id: hip", "id: neck").replace("sites: [hip]", "sites: [neck]")
    only_neck = {"gray": study("gray", "0.9", site="neck")}
    found = as_data(compared(only_neck, {}, neck, neck))
    [moved] = found["moved"]
    assert moved["after"] == {"k": 0, "estimate": None, "ci": [None, None]}
    assert moved["before"]["weights"] == {"gray/main": 100.0}
    assert found["records"] == [{"study": "gray", "happened": "removed", "was": None, "fields": []}]
    assert [each["kind"] for each in found["signals"]] == ["nothing left"]


def test_changes_of_the_plan_and_of_words_are_apart() -> None:
    after = REVIEW.replace("estimator: REML", "estimator: EE").replace("title: Tea and bone", "title: Tea")
    found = as_data(compared(OLD, OLD, REVIEW, after))
    assert [(each["what"], [one["key"] for one in each["fields"]]) for each in found["plan"]] == [
        ("method", ["estimator"])
    ]
    assert [(each["of"], each["before"], each["after"]) for each in found["wording"]] == [
        ("title", "Tea and bone", "Tea")
    ]
    told = as_markdown(compared(OLD, OLD, REVIEW, after))
    assert "**review.yaml, how effects are pooled**\n\n- method: estimator REML → EE (review.yaml:7)" in told
    assert "**review.yaml, in words alone**\n\n- title Tea and bone → Tea" in told


def test_markdown_has_the_line_of_each_field_and_says_when_nothing_changed() -> None:
    told = as_markdown(compared(OLD, NEW))
    assert "- main: effect.estimate 0.30 → 0.35 (studies/berg.yaml:19)" in told
    assert as_markdown(compared(OLD, OLD)) == "### tea: version a → version b\n\nNothing changed.\n"
    assert escaped("a_b & <c> @d") == "a\\_b &amp; \\<c\\> @\N{ZERO WIDTH NON-JOINER}d"


def test_a_figure_has_two_rows_a_result_and_one_table_a_scale() -> None:
    [table] = before_and_after(compared(OLD, NEW))
    assert [row.label for row in table.intervals()] == ["before", "after"]
    assert before_and_after(compared(OLD, OLD)) == []
    scale = "{measure: MD, exposure: tea, versus: {exposed: tea, reference: water}, unit: mg/cm2}"
    own = REVIEW.replace("    title: Spine\n", f"    title: Spine\n    scale: {scale}\n")
    both = {**NEW, "dahl": study("dahl", "0.30", site="spine")}
    tables = before_and_after(compared(OLD, both, own, own))
    assert [each.axis.label for each in tables] == [
        "Mean difference (g/cm²), tea vs water",
        "Mean difference (mg/cm²), tea vs water",
    ]
    assert [row.estimate for row in tables[1].intervals() if isinstance(row, StudyRow)] == [
        pytest.approx(400.0),  # the mean of 0.2 and 0.6 g/cm²
        pytest.approx(450.0),
    ]


RATIO = REVIEW.replace("measure: MD", "measure: HR").replace(", unit: g/cm2}\ndir", "}\ndir")


def ratio(name: str, estimate: str) -> str:
    return study(name, estimate).replace("measure: MD", "measure: HR")


def test_shifts_of_ratios_are_ratios_though_there_was_or_is_no_result() -> None:
    one = {"abel": ratio("abel", "1.5")}
    for old, new in ((one, {}), ({}, one), (one, {"abel": ratio("abel", "1.6")})):
        [moved] = as_data(compared(old, new, RATIO, RATIO))["moved"]
        assert moved["shift_is"] == "ratio"
    assert as_data(compared(OLD, NEW))["moved"][0]["shift_is"] == "difference"


def test_every_field_has_its_file_its_line_and_its_result_the_reason_or_none() -> None:
    found = as_data(compared(OLD, NEW))
    [berg] = [each for each in found["records"] if each["study"] == "berg"]
    assert {(field["file"], field["line"]) for field in berg["fields"]} == {("studies/berg.yaml", 19)}
    [moved] = found["moved"]
    assert moved["why"] is None
    assert moved["before"]["method"].startswith("Random effects: ")
    neck = REVIEW.replace("id: spine", "id: neck").replace("sites: [spine]", "sites: [neck]")
    neck_too = {**OLD, "gray": study("gray", "0.9", site="neck")}
    reasons = {
        each["analysis"]: each["why"] for each in as_data(compared(neck_too, neck_too, after=neck))["moved"]
    }
    assert reasons == {"neck": "a new analysis", "spine": "the analysis is gone"}


def test_means_of_groups_with_a_common_tau2_have_no_method_of_their_own() -> None:
    common = GROUPS.replace("group_by: site", "group_by: site\n    tau2: common")
    methods = {
        each["title"]: each["after"]["method"]
        for each in as_data(compared(OLD, NEW, common, common))["moved"]
    }
    assert methods["Hip: hip"] is None
    assert methods["Hip"].startswith("Random effects: ")


def test_of_very_many_fields_forty_are_listed_and_the_others_counted() -> None:
    for fields, words in ((40, None), (41, "- and 1 other field"), (43, "- and 3 other fields")):
        old = OLD["abel"].replace("models:\n", _outcomes(fields, "A") + "models:\n")
        new = OLD["abel"].replace("models:\n", _outcomes(fields, "B") + "models:\n")
        told = as_markdown(compared({**OLD, "abel": old}, {**OLD, "abel": new}))
        lines = [line for line in told.split("**abel (changed)**\n\n")[1].splitlines() if line]
        assert len(lines) == min(fields, 40) + (words is not None)
        assert words is None or lines[-1] == words


def _outcomes(count: int, name: str) -> str:
    return "".join(f"  o{i}: {{name: {name}{i}, site: hip, unit: g/cm2}}\n" for i in range(count))


def test_refused_analyses_are_told_in_bold_and_records_that_cannot_be_read_by_line() -> None:
    twin = {**OLD, "twin": study("twin", "0.1", cohort="Cohort berg")}
    assert "\n**Hip is now refused**: " in as_markdown(compared(OLD, twin))
    other = {**twin, "abel": study("abel", "0.6")}
    assert "\n**Hip is still refused**: " in as_markdown(compared(twin, other))
    broken = read({**OLD, "cole": OLD["cole"].replace("study: cole", "studdy: cole")})
    found = compare_versions(Version("a", "version a", broken), Version("b", "version b", loaded(OLD)))
    [unread] = found.unread
    assert unread.startswith("a: cole.yaml:")
    assert unread.partition(": cole.yaml:")[2].partition(":")[0].isdigit()
    assert "**Not read**\n\n- a: cole.yaml:" in as_markdown(found)
    assert as_data(found)["unread"] == [unread]
    assert compared(OLD, NEW).unread == ()


def test_a_review_that_cannot_be_read_is_told_with_its_line() -> None:
    broken = read(OLD, REVIEW.replace("title: Tea and bone", "titel: Tea and bone"))
    for a, b in ((broken, loaded(OLD)), (loaded(OLD), broken)):
        with pytest.raises(NoHistoryError, match=r"version [ab] cannot be pooled: review\.yaml:\d+: "):
            compare_versions(Version("a", "version a", a), Version("b", "version b", b))


def read(studies: Texts, review: str = REVIEW) -> LoadedReview:
    """A review with problems."""
    files = {f"studies/{name}.yaml": text.encode() for name, text in studies.items()}
    return review_from_files(Path("tea"), {"review.yaml": review.encode(), **files})


def test_results_of_one_scale_stand_apart_each_with_its_causes_below() -> None:
    both = {**NEW, "dahl": study("dahl", "0.30", site="spine")}
    [table] = before_and_after(compared(OLD, both))
    kinds = [type(row) for row in table.rows]
    assert kinds == [GroupHeading, StudyRow, StudyRow, SpacerRow, GroupHeading, StudyRow, StudyRow]
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    assert [row.cells for row in rows] == [("3",), ("3",), ("2",), ("2",)]
    assert [row.estimate for row in rows[2:]] == pytest.approx([0.4, 0.45])
    assert table.footnotes[1] == "Spine: because of dahl +0.050."
    assert (table.axis.left, table.axis.right, table.axis.scale) == ("lower BMD", "higher BMD", "linear")
    assert table.effect_header == "Effect [95% CI]"
    assert table.subtitle == "version a → version b"


def test_a_result_that_is_new_has_an_empty_row_and_one_that_never_was_pooled_none() -> None:
    neck = {"gray": study("gray", "0.9", site="hip")}
    [table] = before_and_after(compared({}, neck))
    before, after = table.intervals()
    assert (estimate_of(before), limits_of(before)) == (None, None)
    assert estimate_of(after) == pytest.approx(0.9)
    [gone] = before_and_after(compared(neck, {}))
    assert [estimate_of(row) is None for row in gone.intervals()] == [False, True]
    more = REVIEW + "  - id: neck\n    title: Neck\n    outcome: {name: BMD, sites: [neck]}\n"
    assert before_and_after(compared(OLD, OLD, REVIEW, more)) == []
    [ratios] = before_and_after(compared({}, {"abel": ratio("abel", "1.5")}, RATIO, RATIO))
    assert (ratios.axis.scale, ratios.axis.null) == ("log", 1.0)


def test_a_figure_has_the_decimals_of_the_finest_of_its_results() -> None:
    fine = {
        name: study(name, at, se, site="spine")
        for name, at, se in (("x", "0.0021", "0.001"), ("y", "0.0032", "0.001"))
    }
    [table] = before_and_after(compared({}, {**fine, "abel": study("abel", "0.5")}))
    own = {
        each.title: each.after.decimals
        for each in compared({}, {**fine, "abel": study("abel", "0.5")}).movement.moved
    }
    assert own["Spine"] > own["Hip"]
    assert table.decimals == own["Spine"]
