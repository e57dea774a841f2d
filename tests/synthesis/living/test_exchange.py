"""What other programs get is all that people see, and Markdown and figures say the same."""

from __future__ import annotations

import pytest

from synthesis.drawing.forest_table import StudyRow
from synthesis.living.before_after import before_and_after
from synthesis.living.exchange import as_data
from synthesis.living.markdown import as_markdown, escaped
from synthesis.living.versions import Version
from synthesis.living.what_moved import WhatMoved, compare_versions
from tests.synthesis.living.reviews import REVIEW, study
from tests.synthesis.living.test_movement import NEW, OLD, Texts, loaded


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
