"""What else is asked of a result: when each question is asked, its answer in short, and its numbers."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from synthesis.diagnostics.multiverse import Multiverse
from synthesis.diagnostics.rounding import Rounding
from synthesis.drawing.chart import Chart, Plot
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    Row,
    Scale,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.plots.subject import NotDefinedError
from synthesis.report import does_it_hold
from synthesis.report.does_it_hold import asked_of, curve_figure, said_once
from synthesis.report.page_parts import AnalysisSection, AskedOfResult, Fact, ShownTable, ToldForest
from tests.synthesis.report.test_drawn_charts import CURVE

SCALE = SimpleNamespace(measure="beta")
ANALYSIS = SimpleNamespace(id="all")


def table(*rows: Row, scale: Scale = "linear", notes: tuple[str, ...] = ()) -> ForestTable:
    axis = Axis("Effect", scale, 1.0 if scale == "log" else 0.0, "lower", "higher")
    return ForestTable("Hip", "Effect [95% CI]", axis, rows, footnotes=notes)


def place_of(result: Any = None, group: str = "") -> Any:
    made: Any = result or SimpleNamespace(analysis=ANALYSIS, scale=SCALE)
    return does_it_hold._Place(made, 2, group)


def texts(found: ShownTable | None) -> list[list[str]]:
    assert found is not None
    return [[cell.text for cell in row] for row in found.rows]


def told(forest: ToldForest | None) -> list[tuple[str, str, str, tuple[str, ...]]]:
    assert forest is not None
    return [(row.label, row.estimate, row.interval, row.cells) for row in forest.rows]


def refits(count: int, *more: Row) -> ForestTable:
    """Of `count` studies the estimates 0, 1, 2 and so on."""
    rows = [StudyRow(f"s{at}", float(at), at - 1.0, at + 1.0) for at in range(count)]
    return table(*rows, *more, notes=("A note",))


def test_of_more_than_sixty_refits_the_twenty_farthest_from_their_middle_are_shown() -> None:
    whole = SummaryRow("All", 30.0, 29.0, 31.0)
    assert len(place_of().told(refits(60, whole)).rows) == 61
    found = place_of().told(refits(61, whole))
    assert [row.label for row in found.rows] == [f"s{at}" for at in (*range(10), *range(51, 61))] + ["All"]
    assert found.notes == ("Of 61 rows the 20 farthest from their middle are shown.", "A note")
    assert found.decimals == 2
    unknown = StudyRow("unknown", None, None, None)
    assert "unknown" not in [row.label for row in place_of().told(refits(61, unknown)).rows]
    none = table(*(StudyRow(str(at), None, None, None) for at in range(61)))
    assert place_of().told(none).rows == ()


def test_the_range_is_from_the_lowest_estimate_of_a_study_to_the_highest_where_they_differ() -> None:
    def range_of(*estimates: float | None, scale: Scale = "linear") -> str:
        rows = [StudyRow("x", each, 0.01, 9.0) for each in estimates]
        found: str = place_of().range_of(table(*rows, SummaryRow("All", 5.0, 4.0, 6.0), scale=scale))
        return found

    assert range_of(0.5, None, 0.25, 0.3) == "estimates from 0.25 to 0.50"
    # a ratio is never shown as zero
    assert range_of(0.003, 2.0, scale="log") == "estimates from 0.003 to 2.00"
    assert range_of(0.003, 2.0) == "estimates from 0.00 to 2.00"
    assert (range_of(0.501, 0.502), range_of(0.5), range_of(None), range_of()) == ("", "", "", "")


def test_a_question_has_its_place_and_its_group_and_is_not_asked_where_it_has_no_answer() -> None:
    def undefined() -> Plot:
        raise NotDefinedError("there is none")

    assert list(place_of().asked("without", "Without", undefined)) == []
    (forest,) = place_of().asked("without", "Without", lambda: refits(3))
    assert (forest.anchor, forest.question, forest.short) == (
        "all/without",
        "Without",
        "estimates from 0.00 to 2.00",
    )
    assert [row.label for row in forest.forest.rows] == ["s0", "s1", "s2"]
    behind = ShownTable("t", "T", ("x",), (False,), ())
    (chart,) = place_of(group="men").asked("rho", "Under", lambda: CURVE, lambda: behind)
    assert (chart.anchor, chart.question, chart.chart.behind) == ("all/rho/men", "Under: men", behind)
    (alone,) = place_of().asked("rho", "Under", lambda: CURVE)
    assert alone.chart.behind is None


def several() -> Multiverse:
    """Of two estimators and two tests the results 0.01 to 0.04, of a third estimator none."""
    options = (*((e, t, "a") for e in ("REML", "DL") for t in ("z", "t")), ("PM", "t", "a"))
    estimate = np.array([0.01, 0.02, 0.03, 0.04, np.nan])
    low = np.array([0.005, -0.01, 0.01, 0.02, np.nan])
    unused = np.full(5, np.nan)
    return Multiverse(
        ("estimator", "test", "outliers"), options, estimate, low, low + 0.05, unused, unused, unused, 0.0, 1
    )


def subject(k: int) -> Any:
    pooled = SimpleNamespace(k=k, yi=np.arange(k) / 10, vi=np.full(k, 0.0625))
    return SimpleNamespace(
        subject=SimpleNamespace(
            pooled=pooled,
            pooled_null=0.125,
            shown=lambda values: values,
            title="Hip",
            effect="Effect",
            log=False,
            null=0.0,
            lower="",
            higher="",
            names=[f"s{at}" for at in range(k)],
            counted=lambda n: f"{n} trials",
        ),
        alternatives=lambda: ((), ()),
    )


def test_other_choices_are_told_option_by_option_with_the_middle_and_the_range(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nulls = []

    def counted(pooled: Any, alternatives: Any, choices: Any, null: float = 0.0) -> Multiverse:
        nulls.append(null)
        return several()

    monkeypatch.setattr(does_it_hold, "multiverse", counted)
    place = does_it_hold._Place(SimpleNamespace(analysis=ANALYSIS, scale=SCALE), 3)  # type: ignore[arg-type]
    assert list(does_it_hold._multiverse(place, subject(1))) == []
    (asked,) = does_it_hold._multiverse(place, subject(2))
    assert nulls == [0.125]
    assert (asked.anchor, asked.question) == ("all/choices", "Under other defensible choices")
    assert asked.short == (
        "4 specifications, estimates from 0.010 to 0.040; the interval leaves out no effect in 3"
    )
    assert told(asked.forest) == [
        ("Estimator", "", "", ()),
        ("REML", "0.015", "0.010 to 0.020", ("2", "50 %")),
        ("DL", "0.035", "0.030 to 0.040", ("2", "100 %")),
        ("Test", "", "", ()),
        ("z", "0.020", "0.010 to 0.030", ("2", "100 %")),
        ("t", "0.030", "0.020 to 0.040", ("2", "50 %")),
    ]
    assert asked.forest is not None
    assert asked.forest.headers == ("Option", "Results", "Leave out no effect")
    assert (asked.forest.estimate_header, asked.forest.interval_header) == ("Median", "lowest to highest")
    assert asked.forest.notes[0].startswith("Shows how far the result depends on choices")
    assert asked.forest.axis is not None
    assert asked.forest.axis.scale == "linear"
    ratio = subject(2)
    ratio.subject.log, ratio.subject.null = True, 1.0
    (as_ratio,) = does_it_hold._multiverse(place, ratio)
    assert as_ratio.forest is not None
    assert as_ratio.forest.axis is not None
    assert as_ratio.forest.axis.scale == "log"
    nothing = replace(several(), estimate=np.full(5, np.nan))
    monkeypatch.setattr(does_it_hold, "multiverse", lambda *_, **__: nothing)
    assert list(does_it_hold._multiverse(place, subject(2))) == []


@pytest.mark.parametrize(
    ("estimate", "flips", "short", "turned"),
    [
        ((0.101, 0.149), 0.1884, "estimate 0.10 to 0.15", "18.8"),
        ((0.101, 0.102), 0.0, "estimate 0.10 all the same", "0"),
    ],
)
def test_what_rounding_does_is_told_in_short_and_in_full(
    estimate: tuple[float, float], flips: float, short: str, turned: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Rounding(
        1000, 0, estimate, (0.0, 1.0), (-0.021, -0.01), (0.2, 0.31), (0.0, 0.0), flips, True, "S."
    )
    monkeypatch.setattr(does_it_hold, "group_rounding", lambda group: found)
    group: Any = None
    (asked,) = does_it_hold._rounding(place_of(group="men"), group)
    assert (asked.anchor, asked.short) == ("all/rounding/men", short)
    full, often, says = asked.says
    assert full.endswith(", lower limit −0.02 to −0.01, upper limit 0.20 to 0.31 (95 % of draws).")
    assert full.startswith("Every printed number drawn 1,000 times inside its rounding interval")
    assert often == f"In {turned} % of draws the interval lies otherwise to no effect."
    assert says == "S."
    monkeypatch.setattr(does_it_hold, "group_rounding", lambda group: None)
    assert list(does_it_hold._rounding(place_of(), group)) == []


def test_small_studies_are_asked_about_from_ten_studies_on(monkeypatch: pytest.MonkeyPatch) -> None:
    ranks = SimpleNamespace(tau=-0.256, p_value=0.31, says="Ranks say.")
    monkeypatch.setattr(does_it_hold, "rank_test", lambda pooled: ranks)
    monkeypatch.setattr(does_it_hold, "funnel_plot", lambda subject: CURVE)
    assert list(does_it_hold._small_studies(place_of(), subject(1))) == []
    for k in (2, 9):
        (few,) = does_it_hold._small_studies(place_of(), subject(k))
        assert (few.short, few.chart) == (f"{k} trials cannot tell", None)
        assert few.says == (
            f"With {k} trials neither a funnel plot nor a test can tell; both are shown from 10 on "
            "(Sterne et al. 2011).",
        )
    (enough,) = does_it_hold._small_studies(place_of(), subject(10))
    assert (enough.anchor, enough.short) == ("all/small", "Rank test: Kendall's tau −0.26, p = 0.31")
    assert enough.says == ("Ranks say.",)
    assert enough.chart is not None
    behind = enough.chart.behind
    assert behind is not None
    assert (behind.heads, behind.numeric) == (("Study", "Effect", "SE"), (False, True, True))
    assert texts(behind)[:2] == [["s0", "0.00", "0.25"], ["s1", "0.10", "0.25"]]
    assert len(behind.rows) == 10


def modelled(units: int, with_model: bool = True, name: str | None = "men") -> Any:
    ends = [np.array([[value], [value + 0.1]]) for value in (0.2, 0.1, 0.3)]
    curve = SimpleNamespace(estimate=ends[0], ci_low=ends[1], ci_high=ends[2], rho=(0.0, 0.5), level=0.9)
    rows = tuple(SimpleNamespace(name=f"u{at}", yi=at / 10, sei=0.05) for at in range(units))
    model = SimpleNamespace(curve=curve) if with_model else None
    return SimpleNamespace(name=name, model=model, units=rows)


def questions(monkeypatch: pytest.MonkeyPatch, overall: Any, *groups: Any) -> tuple[AskedOfResult, ...]:
    def drawn(kind: str, result: Any, group: Any) -> Chart:
        if kind in ("leave-one-out", "multiverse"):
            raise NotDefinedError("not of this")
        return CURVE

    monkeypatch.setattr(does_it_hold, "model_plot", drawn)
    result: Any = SimpleNamespace(
        analysis=ANALYSIS,
        scale=SCALE,
        dose=None,
        is_modelled=True,
        groups=groups,
        overall=overall,
        unit_label=lambda unit: unit.name,
    )
    return asked_of(None, result, 2, {})  # type: ignore[arg-type]


def test_a_model_of_ten_effects_has_a_funnel_and_its_correlations(monkeypatch: pytest.MonkeyPatch) -> None:
    rho, small = questions(monkeypatch, None, modelled(10))
    assert (rho.anchor, small.anchor) == ("all/rho/men", "all/small/men")
    assert small.chart is not None
    assert texts(small.chart.behind)[9] == ["u9", "0.90", "0.05"]
    assert rho.chart is not None
    assert rho.chart.behind is not None
    assert rho.chart.behind.heads == ("Correlation", "Estimate", "90% CI, lower", "upper")
    assert texts(rho.chart.behind) == [["0", "0.20", "0.10", "0.30"], ["0.5", "0.30", "0.20", "0.40"]]
    whole = [each.anchor for each in questions(monkeypatch, modelled(9, name=None), modelled(10))]
    assert whole == ["all/rho"]


def test_a_group_without_a_model_has_no_funnel_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: Any) -> Chart:
        raise NotDefinedError("Nothing is pooled.")

    group = modelled(10, with_model=False)
    result: Any = SimpleNamespace(analysis=ANALYSIS, groups=(group,), overall=None)
    monkeypatch.setattr(does_it_hold, "model_plot", nothing)
    assert list(does_it_hold._of_models(result, place_of(result))) == []


def test_posteriors_of_groups_stand_in_one_table_under_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(kind: str, result: Any, group: Any) -> ForestTable | Chart:
        if group.name == "nobody":
            raise NotDefinedError("no posterior")
        if group.name == "chart":
            return CURVE
        return table(StudyRow("prior", 0.5, 0.1, 0.9), notes=("Same", f"Of {group.name}"))

    def asked(*names: str | None) -> list[AskedOfResult]:
        result: Any = SimpleNamespace(
            analysis=ANALYSIS, groups=[SimpleNamespace(name=name) for name in names]
        )
        return list(does_it_hold._of_groups(result, place_of(result)))

    monkeypatch.setattr(does_it_hold, "bayesian_plot", drawn)
    assert asked("nobody", "chart") == []
    (found,) = asked("men", "nobody", "women")
    assert found.anchor == "all/prior"
    assert [label for label, *_ in told(found.forest)] == ["men", "prior", "women", "prior"]
    assert found.forest is not None
    assert found.forest.notes == ("Same", "Of men", "Of women")
    (alone,) = asked(None)
    assert [label for label, *_ in told(alone.forest)] == ["prior"]


def curve_result(fit: object = "a fit") -> Any:
    ends = {
        name: np.log([1.0, value]) for name, value in (("estimate", 2.0), ("ci_low", 1.5), ("ci_high", 3))
    }
    choice = SimpleNamespace(unit="g/dL")
    dose = SimpleNamespace(
        fit=fit, told=SimpleNamespace(**ends), choice=choice, at=(11.0, 12.5), reference=11.0
    )
    level = SimpleNamespace(fraction=0.95)
    return SimpleNamespace(
        analysis=ANALYSIS,
        dose=dose,
        scale=SimpleNamespace(measure="OR"),
        method=SimpleNamespace(level=level),
        is_modelled=False,
    )


def test_a_curve_has_effects_of_some_doses_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(does_it_hold, "curve_chart", lambda result: CURVE)
    found = curve_figure(curve_result(), 2)
    assert found is not None
    assert found.behind is not None
    assert found.behind.heads == ("Dose (g/dL)", "Against 11", "95% CI, lower", "upper")
    assert texts(found.behind) == [["11", "1.00", "1.00", "1.00"], ["12.5", "2.00", "1.50", "3.00"]]
    none: Any = SimpleNamespace(dose=None)
    assert (curve_figure(curve_result(None), 2), curve_figure(none, 2)) == (None, None)


def test_a_curve_is_asked_without_each_study_and_under_other_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(does_it_hold, "curve_without_each", lambda result: refits(3))
    monkeypatch.setattr(does_it_hold, "multiverse_of_curve", lambda *_: CURVE)
    found = asked_of(None, curve_result(), 2, {})  # type: ignore[arg-type]
    assert [each.anchor for each in found] == ["all/without", "all/choices"]


def section(name: str, *asked: AskedOfResult) -> AnalysisSection:
    forest = ToldForest("", (), "", "", (), None, 2, False)
    return AnalysisSection(name, name, "", "", forest, None, (), (), asked)


def test_a_note_without_a_number_that_several_analyses_have_is_said_once() -> None:
    forest = ToldForest("", (), "", "", (), None, 2, False, ("Of forests", "Of 3 forests"))
    first = section(
        "a",
        AskedOfResult("a/q", "Question: men", says=("Shared", "Own", "With 2"), forest=forest),
        AskedOfResult("a/r", "Other", says=("Shared", "Twice in one", "Twice in one")),
    )
    second = section("b", AskedOfResult("b/q", "Question", says=("Shared", "With 2"), forest=forest))
    kept, said = said_once((first, second))
    assert {*said} == {Fact("Question", "Shared"), Fact("Question", "Of forests")}
    assert len(said) == 2
    assert [each.says for one in kept for each in one.asked] == [
        ("Own", "With 2"),
        ("Shared", "Twice in one", "Twice in one"),
        ("With 2",),
    ]
    assert [each.forest.notes for one in kept for each in one.asked if each.forest] == [("Of 3 forests",)] * 2
    assert said_once((first,)) == ((first,), ())


def test_other_rows_of_a_table_stay_when_refits_are_left_out() -> None:
    found = place_of().told(refits(61, GroupHeading("Men"), TextRow("Q")))
    assert [row.label for row in found.rows][-2:] == ["Men", "Q"]
