"""What the columns of a table hold: which set of numbers is taken, and plans that are stated and saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from evidence.records.reading import read_model
from evidence.sources.mapping import Plan, guessed, plan_text, sign_of
from tests.evidence.sources.importing import table


def columns(text: str) -> dict[str, str]:
    return guessed(table(text)).plan.columns


def test_an_estimate_takes_the_uncertainty_and_the_persons_that_belong_to_it() -> None:
    guess = guessed(
        table(
            "author_year,N,beta,se_beta,low_ci_beta,high_ci_beta,beta_ln,se_beta_ln\n"
            "A 2010,40,0.5,0.1,0.3,0.7,0.4,0.1\nB 2011,41,0.2,0.2,-0.2,0.6,0.1,0.2\n"
        )
    )
    assert guess.plan.columns == {
        "author_year": "study", "N": "n", "beta": "estimate", "se_beta": "se", "low_ci_beta": "ci_low",
        "high_ci_beta": "ci_high",
    }  # fmt: skip
    assert guess.plan.values == {"measure": "beta"}
    assert (guess.other_sets, guess.unused) == (("beta_ln, se_beta_ln, N",), ("beta_ln", "se_beta_ln"))
    assert guess.plan.lacking is None
    assert guess.plan.decimal == "."


def test_each_of_two_estimates_keeps_its_own_uncertainty() -> None:
    text = "study,OR,lower,upper,HR,LL,UL\nA 2010,2.0,1.5,2.6,3.0,2.5,3.6\n"
    assert columns(text) == {"study": "study", "OR": "estimate", "lower": "ci_low", "upper": "ci_high"}
    text = "study,OR,se_beta,beta,lower,upper\nA 2010,2.0,0.1,0.7,0.5,0.9\n"
    assert columns(text) == {
        "study": "study", "beta": "estimate", "se_beta": "se", "lower": "ci_low", "upper": "ci_high",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the only estimate has a time, its uncertainty does not say so
        ("MD at 12 weeks,SE\n1.5,0.5", {"MD at 12 weeks": "estimate", "SE": "se"}),
        # with its own it needs no other
        (
            "MD at 12 weeks,SE at 12 weeks,lower,upper\n1.5,0.5,0.5,2.5",
            {"MD at 12 weeks": "estimate", "SE at 12 weeks": "se"},
        ),
        # two estimates: whose is it?
        ("MD at 12 weeks,MD at 24 weeks,SE\n1.5,2.5,0.5", {}),
        (
            "MD at 12 weeks,lower,upper,MD,SE\n1.5,0.5,2.5,1.0,0.2",
            {"MD": "estimate", "lower": "ci_low", "upper": "ci_high", "SE": "se"},
        ),
        # one number of persons, the first
        ("MD,SE,N,sample size\n0.5,0.2,40,50", {"MD": "estimate", "SE": "se", "N": "n"}),
        ("MD,SE,sample size,N\n0.5,0.2,40,50", {"MD": "estimate", "SE": "se", "sample size": "n"}),
    ],
)
def test_an_uncertainty_without_a_time_is_that_of_the_only_estimate(
    text: str, expected: dict[str, str]
) -> None:
    head, row = text.split("\n")
    assert columns(f"study,{head}\nA 2010,{row}\nB 2011,{row}\n") == {"study": "study", **expected}


@pytest.mark.parametrize(
    ("first", "second", "reference_first"),
    [
        *(("Placebo", "Zinc", True), ("Zinc", "Placebo", False), ("No zinc", "Zinc", True)),
        # short words for an arm tell it as well
        *(("ctl", "Zinc", True), ("2", "Zinc", True), ("Zinc", "1", True)),
        # nothing tells: the second one
        ("Iron", "Zinc", False),
    ],
)
def test_the_reference_is_the_group_that_is_called_so_wherever_it_stands(
    first: str, second: str, reference_first: bool
) -> None:
    head = ",".join(f"{name} {number}" for name in (first, second) for number in ("n", "events"))
    found = guessed(table(f"study,{head}\nA 2010,40,5,41,6\nB 2011,40,5,41,6\n")).plan
    arms = ("2", "1") if reference_first else ("1", "2")
    roles = [f"{role}{arm}" for arm in arms for role in ("n", "events")]
    assert list(found.columns.values()) == ["study", *roles]
    names = (second, first) if reference_first else (first, second)
    assert (found.values["exposed"], found.values["reference"]) == names


def test_limits_that_do_not_enclose_the_estimate_are_something_else() -> None:
    rows = "A 2010,0.5,0.1,2003,2009\nB 2011,0.2,0.2,2001,2004\n"
    assert columns(f"study,beta,se,lower,upper\n{rows}") == {
        "study": "study", "beta": "estimate", "se": "se",
    }  # fmt: skip
    beside = "A 2010,0.5,0.1,0.3,0.7\nB 2011,0.2,0.2,0.3,0.6\nC 2012,0.2,0.2,0.1,0.6\n"
    assert "lower" in columns(f"study,beta,se,lower,upper\n{beside}"), "one slip is a row's own"


@pytest.mark.parametrize(
    "text",
    [
        "study,beta,n\nA 2010,0.5,40\n",  # nothing tells its uncertainty
        "study,beta,p_interaction\nA 2010,0.5,0.3\n",
        "study,effect,se\nA 2010,harmful,0.3\n",  # words, not numbers
        "study,a,b,c,d\nA 2010,4,36,9,32\n",
        "study,age_mean_exp,age_sd_exp,age_mean_ctrl,age_sd_ctrl,n_exp,n_ctrl\nA 2010,50,5,51,5,40,41\n",
        "study,events1,time1,events2,time2\nA 2010,4,12,9,12\n",
        "study,mean1,sd1,n1\nA 2010,4,12,9\n",
        "study,beta,se,beta,se\nA 2010,0.5,0.1,0.4,0.1\n",  # which of the two?
    ],
)
def test_a_table_without_a_certain_set_of_numbers_is_left_to_a_person(text: str) -> None:
    assert guessed(table(text)).plan.lacking == (
        "no columns with numbers of effects or groups are recognised by their names"
    )


def test_one_cell_may_hold_the_estimate_with_its_interval_or_two_numbers_of_a_group() -> None:
    assert columns("study,OR (95% CI)\nA 2010,0.84 (0.63–1.12)\n")["OR (95% CI)"] == "estimate"
    both = columns("study,N exp,Mean (SD) exp,N ctrl,Mean (SD) ctrl\nA 2010,40,5.2 ± 1.1,41,4.9 (1.0)\n")
    assert list(both.values()) == ["study", "n1", "mean1", "n2", "mean2"]
    counts = columns("study,Events treatment,Events control\nA 2010,12/40,15/41\n")
    assert list(counts.values()) == ["study", "events1", "events2"]
    assert list(columns("study,Events treatment,Events control\nA 2010,12,15\n")) == ["study"]
    standard_errors = "study,n1,mean1,n2,mean2\nA 2010,40,5.2 (SE 1.1),41,4.9 (SE 1.0)\n"
    assert list(columns(standard_errors).values()) == ["study", "n1", "mean1", "n2", "mean2"]


def test_marks_of_reference_classes_are_no_sign_that_a_column_has_no_numbers() -> None:
    text = "study,OR (95% CI)\n" + "A 2010,1 (ref)\n" * 3 + "A 2010,2 (1-4)\n"
    assert columns(text)["OR (95% CI)"] == "estimate"
    assert "OR (95% CI)" not in columns(text.replace("1 (ref)", "see text"))


def test_half_of_the_cells_must_be_numbers() -> None:
    rows = ["A 2010,2,1", "A 2010,see text,1", "A 2010,3,1", "A 2010,see text,1"]
    assert "OR" in columns("\n".join(["study,OR,SE", *rows]))
    assert "OR" not in columns("\n".join(["study,OR,SE", *rows, "A 2010,unclear,1"]))


def test_events_and_the_others_give_the_total() -> None:
    assert columns("trial,ai,bi,ci,di\nA 2010,4,36,9,32\n") == {
        "trial": "study", "ai": "events1", "bi": "non_events1", "ci": "events2", "di": "non_events2",
    }  # fmt: skip


def test_rows_that_are_arms_are_taken_before_an_effect_that_few_rows_have() -> None:
    text = (
        "study,arm,n,mean,sd,md,se\nA 2010,drug,40,5,1,,\nA 2010,placebo,41,4,1,,\nB 2011,drug,9,5,1,1,0.3\n"
    )
    guess = guessed(table(text))
    assert guess.plan.is_of_arms
    assert guess.other_sets == ("md, se, n",)
    wide = columns("study,treatment,n1,mean1,sd1,n2,mean2,sd2\nA 2010,drug,40,5,1,41,4,1\n")
    assert "treatment" not in wide, "a row with both groups is no arm"


@pytest.mark.parametrize(("others", "are_arms"), [(3, True), (4, False)])
def test_rows_are_arms_where_half_of_them_are_of_studies_that_repeat(others: int, are_arms: bool) -> None:
    rows = ["A 2010,drug,40,5,1,0.3", "A 2010,soap,41,4,1,0.3", "a 2010,none,41,4,1,0.3"]
    rows += [f"B{number} 2010,drug,40,5,1,0.3" for number in range(others)]
    plan = guessed(table("\n".join(["study,arm,n,events,logOR,se", *rows]))).plan
    assert plan.is_of_arms is are_arms


def test_a_group_is_an_arm_beside_its_numbers_and_a_subgroup_beside_an_effect() -> None:
    assert columns("study,group,n,events\nA 2010,zinc,40,4\n")["group"] == "arm"
    assert columns("study,Group,OR,SE\nA 2010,young,2,1\n")["Group"] == "group"
    both = columns("study,group,subgroup,OR,SE\nA 2010,x,young,2,1\n")
    assert ("group" in both, both["subgroup"]) == (False, "group")


def test_a_set_that_is_filled_in_half_of_the_rows_comes_before_one_that_is_not() -> None:
    text = "study,or_crude,se_crude,or_full,se_full\nA 2010,,,2,0.1\nB 2010,,,3,0.1\nC 2010,2,0.1,2,0.1\n"
    assert list(columns(text)) == ["study", "or_full", "se_full"]
    assert list(columns(text.replace("B 2010,,", "B 2010,2,0.1"))) == ["study", "or_crude", "se_crude"]


def test_what_a_plan_lacks_is_said() -> None:
    def lacking(values: dict[str, str] | None = None, **given: str) -> str | None:
        return Plan.model_validate({"columns": given, "values": values or {}}).lacking

    assert lacking(s="study", e="estimate", m="measure") is None
    assert lacking({"study": "A", "measure": "OR"}, e="estimate") is None
    assert "names the study" in str(lacking(e="estimate", m="measure"))
    assert "which measure" in str(lacking(s="author", e="estimate"))
    measured = {"measure": "OR"}
    assert lacking(measured, s="study", a="events1", b="events2") is None, "12/40 in one cell"
    assert "no columns" in str(lacking(measured, s="study", a="events1", b="n2"))
    assert "no columns" in str(lacking(measured, s="study", a="n", b="arm"))
    assert lacking(measured, s="study", a="n", b="arm", c="events") is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"columns": {"a": "foo"}}, "unknown role of a column 'foo'"),
        ({"columns": {"a": "se", "b": "se"}}, "'a' and 'b' are both called se"),
        ({"columns": {}, "values": {"colour": "red"}}, "colour"),
        ({"columns": {}, "values": {"measure": "PANSS"}}, "PANSS"),
        ({"columns": {}, "values": {"measure": "log OR"}}, "log OR"),
        ({"columns": {}, "values": {"change": "perhaps"}}, "perhaps"),
        ({"columns": {}, "decimal": ";"}, "decimal"),
        ({"columns": {}, "colour": "red"}, "colour"),
        ({}, "columns"),
    ],
)
def test_a_plan_with_what_nobody_knows_is_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Plan.model_validate(given)


def test_a_plan_is_written_as_it_is_read(tmp_path: Path) -> None:
    plan = Plan(
        sheet="Data: 2",
        columns={"study": "study", "β, adjusted: #1": "estimate", "no": "se", "95% CI": "ci", "- x": "n"},
        values={"outcome": "BMD: hip", "measure": "odds ratio", "change": "true"},
        only={"main": "1", "drug": ("a, b", "c")},
        decimal=",",
    )
    path = tmp_path / "a.yaml"
    path.write_text(plan_text(plan, "a\nb.xlsx"), encoding="utf-8")
    assert read_model(path, Plan).model == plan
    assert plan.values["measure"] == "OR"
    path.write_text("columns: {a: study}\nvalues: {change: true, year: 2010}\nonly: {main: 1}\n")
    read = read_model(path, Plan).model
    assert read is not None
    assert (read.values, read.only) == ({"change": "true", "year": "2010"}, {"main": "1"})


def test_only_takes_rows_that_say_one_of_its_texts_in_any_case() -> None:
    plan = Plan(columns={}, only={"drug": ("Placebo", "b"), "main": "Yes"})
    assert [plan.takes("drug", text) for text in ("placebo", "B", "c", "")] == [True, True, False, False]
    assert [plan.takes("main", text) for text in ("yes", "no")] == [True, False]


def test_columns_without_numbers_tell_nothing_about_decimals() -> None:
    text = "study;doi;OR;SE;note\nA 2010;10.1000/x;1,5;0,25;v1.5\n"
    sheet = table(text)
    assert guessed(sheet).plan.decimal == ","
    assert sign_of(guessed(sheet).plan.model_copy(update={"decimal": "."}), sheet) == "."


@pytest.mark.parametrize(
    ("header", "count", "taken"),
    [
        ("study,arm,relapsed,n", "5", True),
        ("study,arm,relapsed,n", "40", True),
        ("study,arm,relapsed,n", "0", True),
        ("study,arm,relapsed,n", "41", False),
        ("study,arm,relapsed,n", "5.5", False),
        ("study,arm,relapsed,n", "-1", False),
        ("study,arm,relapsed,n", "", False),
        ("study,arm,dose,n", "5", False),
        ("study,arm,relapsed,relapsed,n", "5", False),
        ("study,arm,,n", "5", False),
        ("n,study,arm,relapsed", "5", False),
        ("study,arm,relapsed,n,mean", "5", False),
        ("study,arm,relapsed,n,median", "5", False),
        ("study,relapsed,n", "5", False),
    ],
)
def test_what_stands_before_the_persons_of_arms_is_counted_where_its_name_says_nothing_else(
    header: str, count: str, taken: bool
) -> None:
    names = header.split(",")
    cells = {"study": "A 2010", "arm": "x", "n": "40", "mean": "3", "median": "3"}
    row = ",".join(cells.get(name, count) for name in names)
    plan = guessed(table("\n".join([header, row, row]))).plan
    found = (plan.columns.get("relapsed"), plan.columns.get("dose") == "events", plan.values.get("outcome"))
    assert found == (("events", False, "relapsed") if taken else (None, False, None))
