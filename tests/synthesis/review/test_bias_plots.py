"""Risk of bias as figures: which light stands where, and how much of the result each judgement has."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.records.review import LoadedReview, Method
from evidence.records.risk_of_bias import known_tools
from synthesis.drawing.judged_table import JudgedBars, JudgedTable
from synthesis.drawing.style import BACKGROUND
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.bias_plots import BIAS_KINDS, SHARES, TRAFFIC_LIGHT, bias_plots, light_of
from tests.synthesis.review.classes import DOSED, LIMITED, classed, reviewed
from tests.synthesis.review.made import record, review, silent, slope

COMMON = Method(estimator="EE", test="z")
PRECISE, VAGUE = slope("hip", "0.020", "0.010, 0.030"), slope("hip", "0.020", "0.000, 0.040")
"""Under a common effect the first has four times the weight of the second: 80 % and 20 %."""
MEN = slope("men", "0.020", "0.010, 0.030") + ", stratum: {sex: men}"
WOMEN = slope("women", "0.020", "0.010, 0.030") + ", stratum: {sex: women}"
EACH = "stratum: {sex: each}"


def judged(*judgements: str, tool: str = "RoB 2") -> str:
    """Lines of a record; each 'domain: word', with further keys behind a comma."""
    lines = [f"  - {{tool: {tool}, support: Said so., domain: {_keys(each)}}}\n" for each in judgements]
    return "risk_of_bias:\n" + "".join(lines)


def _keys(text: str) -> str:
    domain, _, rest = text.partition(": ")
    return f"{domain}, judgement: {rest}"


def more(*judgements: str, tool: str) -> str:
    """Further judgements of a record that has some."""
    return judged(*judgements, tool=tool).removeprefix("risk_of_bias:\n")


def loaded_of(folder: Path, more: str = "", **records: str) -> LoadedReview:
    return review(folder, records, sites="hip", more=more)


def every_table(loaded: LoadedReview) -> dict[str, JudgedTable]:
    result = analyse(loaded, loaded.review.analyses[0], COMMON)
    found = dict(bias_plots(TRAFFIC_LIGHT, result))
    tables = {name: table for name, table in found.items() if isinstance(table, JudgedTable)}
    assert len(tables) == len(found)
    return tables


def table_of(loaded: LoadedReview) -> JudgedTable:
    (table,) = every_table(loaded).values()
    return table


def every_bars(loaded: LoadedReview) -> dict[str, JudgedBars]:
    result = analyse(loaded, loaded.review.analyses[0], COMMON)
    found = dict(bias_plots(SHARES, result))
    bars = {name: each for name, each in found.items() if isinstance(each, JudgedBars)}
    assert len(bars) == len(found)
    return bars


def bars_of(loaded: LoadedReview) -> JudgedBars:
    (bars,) = every_bars(loaded).values()
    return bars


def words(table: JudgedTable) -> dict[str, list[str]]:
    """By row the words of its lights, '' where there is none."""
    return {row.label: ["" if light is None else light.word for light in row.lights] for row in table.rows}


def heads(table: JudgedTable) -> list[str]:
    return [column.head for column in table.columns]


def shares(bars: JudgedBars, domain: str) -> dict[str, dict[str, float]]:
    """By counting, the share of each word."""
    (found,) = (each for each in bars.domains if each.name == domain)
    return {
        counting: {each.light.word: each.share for each in bar}
        for counting, bar in zip(bars.countings, found.bars, strict=True)
    }


def test_a_row_has_a_light_for_each_domain_in_the_order_and_spelling_of_the_tool(tmp_path: Path) -> None:
    said = judged("overall: High", "missing data: Some concerns", "D1: low risk of bias")
    table = table_of(loaded_of(tmp_path, a=record("a", [PRECISE]) + said))
    assert heads(table) == ["D1", "D2", "D3", "D4", "D5", "Overall"]
    assert [column.name for column in table.columns][:3] == [
        "randomization process",
        "deviations from intended interventions",
        "missing outcome data",
    ]
    assert words(table) == {"A": ["low", "", "some concerns", "", "", "high"]}
    assert [light.word for light in table.key] == ["low", "some concerns", "high"]
    assert table.title == "Everybody: risk of bias by RoB 2 (2019)"
    assert table.footnotes == ("An empty place: not judged.",)
    assert (
        "A: randomization process low; missing outcome data some concerns; overall high." in table.description
    )


def test_every_word_of_every_shipped_tool_has_a_light_of_its_own_sign_and_colour() -> None:
    """No two words that one question may be answered with look alike, nor have they one sign."""
    seen = 0
    for tool in known_tools():
        for given in (*(tool.words(domain) for domain in tool.domains), tool.words(None), tool.applicability):
            signs, fills = [light_of(word).sign for word in given], {light_of(word).fill for word in given}
            assert len(set(signs)) == len(given), tool.title
            assert len(fills) == (min(1, len(given)) if tool.most_stars else len(given)), tool.title
            seen += len(given)
    assert seen > 400


def test_domains_of_one_design_stand_only_where_they_are_judged(tmp_path: Path) -> None:
    table = table_of(loaded_of(tmp_path, a=record("a", [PRECISE]) + judged("DS: low", "D1: low")))
    assert heads(table) == ["D1", "DS", "D2", "D3", "D4", "D5"]
    assert "No overall judgement is recorded." in table.footnotes


def test_applicability_stands_in_columns_of_its_own(tmp_path: Path) -> None:
    said = judged("D1: low, applicability: high concern", "D4: unclear", "overall: at risk", tool="QUADAS-2")
    loaded = loaded_of(tmp_path, a=record("a", [PRECISE]) + said)
    table = table_of(loaded)
    assert [(column.group, column.head) for column in table.columns] == [
        *(("Risk of bias", head) for head in ("D1", "D2", "D3", "D4", "Overall")),
        ("Applicability", "D1"),
    ]
    assert words(table) == {"A": ["low", "", "", "unclear", "at risk of bias", "high"]}
    assert "applicability of patient selection high" in table.description
    bars = bars_of(loaded)
    assert [(each.group, each.name) for each in bars.domains][-1] == ("Applicability", "Patient selection")


def test_stars_are_numbers_and_their_total_is_their_sum(tmp_path: Path) -> None:
    by_heading = judged("selection: 3", "comparability: '**'", "outcome: 2", tool="NOS cohort")
    by_item = judged(*(f"S{i}: 1" for i in (1, 2, 3, 4)), "C: 0", "O: 3", tool="NOS cohort")
    given = judged("selection: 3", "overall: 5", tool="NOS cohort")
    loaded = loaded_of(
        tmp_path,
        a=record("a", [PRECISE]) + by_heading,
        b=record("b", [PRECISE]) + by_item,
        c=record("c", [PRECISE]) + given,
    )
    table = table_of(loaded)
    assert heads(table) == ["S", "S1", "S2", "S3", "S4", "C", "O", "Total"]
    assert [column.name for column in table.columns][-2:] == [
        "outcome (0 to 3 stars)",
        "Total (0 to 9 stars)",
    ]
    assert [column.name.partition(" (")[2] for column in table.columns] == [
        *("0 to 4 stars)", *["0 or 1 star)"] * 4, "0 to 2 stars)", "0 to 3 stars)", "0 to 9 stars)")
    ]
    signs = {row.label: ["" if light is None else light.sign for light in row.lights] for row in table.rows}
    assert signs == {
        "A": ["3", "", "", "", "", "2", "2", "7"],
        "B": ["", "1", "1", "1", "1", "0", "3", "7"],
        "C": ["3", "", "", "", "", "", "", "5"],
    }
    assert {light.fill for row in table.rows for light in row.lights if light} == {""}
    assert "Totals that no one gave are the sums of the stars." in table.footnotes
    bars = bars_of(loaded)
    third = 1.0 / 3.0
    assert shares(bars, "Total (0 to 9 stars)")["estimates"] == pytest.approx(
        {"5 stars": third, "7 stars": 2 * third}, rel=1e-12
    )
    assert bars.key[:1] == tuple(light for light in bars.key if light.word == "not judged")
    total = next(each for each in bars.domains if each.name == "Total (0 to 9 stars)").bars[1]
    by_hand = {"5 stars": "#6795B2", "7 stars": "#347096"}  # 5/9 and 7/9 of the way from E8F1F8 to 004B7A
    assert {part.light.word: part.light.fill for part in total} == by_hand


def test_a_total_is_not_guessed_where_a_heading_has_no_stars(tmp_path: Path) -> None:
    said = judged("selection: 3", "outcome: 2", tool="NOS cohort")
    table = table_of(loaded_of(tmp_path, a=record("a", [PRECISE]) + said))
    assert heads(table) == ["S", "O"]


def test_a_judgement_of_the_result_comes_before_that_of_the_study(tmp_path: Path) -> None:
    said = judged("D1: high, estimate: hip", "D1: low", "D2: low", "D3: high, estimate: other")
    other = slope("other", "0.010", "0.000, 0.020", outcome="spine")
    table = table_of(loaded_of(tmp_path, a=record("a", [PRECISE, other]) + said))
    assert words(table) == {"A": ["high", "low", "", "", ""]}


def test_results_of_a_study_that_are_judged_alike_are_one_row(tmp_path: Path) -> None:
    alike = judged("D1: low", "D2: high")
    apart = judged("D1: low, estimate: men", "D1: high, estimate: women")
    loaded = loaded_of(
        tmp_path, EACH, a=record("a", [MEN, WOMEN]) + alike, b=record("b", [MEN, WOMEN]) + apart
    )
    found = words(table_of(loaded))
    assert {label: each[:2] for label, each in found.items()} == {
        "A": ["low", "high"],
        "B, men": ["low", ""],
        "B, women": ["high", ""],
    }


def test_judges_who_differ_are_shown_and_named_and_an_agreement_comes_before_them(tmp_path: Path) -> None:
    by_two = judged("D1: low, by: AB", "D1: high, by: CD", "D2: low, by: AB", "D2: low, by: CD")
    agreed = judged("D1: low, by: AB", "D1: high, by: CD", "D1: some concerns")
    loaded = loaded_of(tmp_path, a=record("a", [PRECISE]) + by_two, b=record("b", [VAGUE]) + agreed)
    table = table_of(loaded)
    found = words(table)
    assert found["A"][:2] == ["judgements differ", "low"]
    assert found["B"][:2] == ["some concerns", ""]
    assert "Judgements differ (≠). A, randomization process: low (AB), high (CD)." in table.footnotes, (
        table.footnotes
    )
    assert table.key[-1].sign == "≠"
    got = shares(bars_of(loaded), "Randomization process")
    assert_allclose(
        [got["weight"]["judgements differ"], got["weight"]["some concerns"]], [0.8, 0.2], rtol=1e-12
    )


def test_judges_who_differ_alike_of_all_results_of_a_study_are_one_row(tmp_path: Path) -> None:
    alike = judged("D1: low, by: AB", "D1: high, by: CD")
    apart = judged("D1: low, by: AB", "D1: high, by: CD", "D1: some concerns, by: CD, estimate: men")
    loaded = loaded_of(
        tmp_path, EACH, a=record("a", [MEN, WOMEN]) + alike, b=record("b", [MEN, WOMEN]) + apart
    )
    table = table_of(loaded)
    assert [row.label for row in table.rows] == ["A", "B, men", "B, women"]
    assert [note for note in table.footnotes if "(≠)" in note] == [
        "Judgements differ (≠). A, randomization process: low (AB), high (CD). "
        "B, men, randomization process: low (AB), some concerns (CD). "
        "B, women, randomization process: low (AB), high (CD).",
    ]


def test_each_tool_has_a_figure_of_its_own(tmp_path: Path) -> None:
    """A study that no known tool judges stands in both, and one judged by the other tool is named."""
    loaded = loaded_of(
        tmp_path,
        a=record("a", [PRECISE]) + judged("D1: low"),
        b=record("b", [VAGUE]) + judged("D1: serious", tool="ROBINS-I"),
        c=record("c", [VAGUE]),
    )
    tables = every_table(loaded)
    assert list(tables) == ["rob-2-2019", "robins-i-2016"]
    assert [list(words(table)) for table in tables.values()] == [["A", "C"], ["B", "C"]]
    first = tables["rob-2-2019"].footnotes
    assert "Not judged by any known tool: C." in first
    assert "Judged by another tool, in a figure of its own: B." in first
    bars = every_bars(loaded)["rob-2-2019"]
    said = (
        "Upper bar: 83 % of the weight in the pooled result; lower bar: 2 of 3 estimates, each counting the"
    )
    assert f"{said} same." in bars.footnotes
    got = shares(bars, "Randomization process")
    assert_allclose([got["weight"]["low"], got["weight"]["not judged"]], [0.8, 0.2], rtol=1e-12)


def test_one_study_judged_by_two_tools_stands_in_both(tmp_path: Path) -> None:
    both = judged("D1: low") + more("D1: no", tool="JBI RCT").replace("D1", "Q1")
    tables = every_table(loaded_of(tmp_path, a=record("a", [PRECISE]) + both))
    assert list(tables) == ["rob-2-2019", "jbi-rct-2023"]
    assert [words(table)["A"][0] for table in tables.values()] == ["low", "no"]


def test_bars_are_shares_of_weight_and_of_estimates(tmp_path: Path) -> None:
    loaded = loaded_of(
        tmp_path,
        a=record("a", [PRECISE]) + judged("D1: high", "D2: low"),
        b=record("b", [VAGUE]) + judged("D1: low"),
    )
    bars = bars_of(loaded)
    assert bars.countings == ("weight", "estimates")
    assert [each.name for each in bars.domains][:2] == [
        "Randomization process",
        "Deviations from intended interventions",
    ]
    got = shares(bars, "Randomization process")
    assert list(got["weight"]) == ["low", "high"], "the order of the tool"
    assert_allclose([got["weight"]["low"], got["weight"]["high"]], [0.2, 0.8], rtol=1e-12)
    assert got["estimates"] == {"low": 0.5, "high": 0.5}
    second = shares(bars, "Deviations from intended interventions")
    assert_allclose([second["weight"]["low"], second["weight"]["not judged"]], [0.8, 0.2], rtol=1e-12)
    assert (
        "randomization process: low 20 % of the weight and 50 % of the estimates; "
        "high 80 % of the weight and 50 % of the estimates." in bars.description
    )


def test_groups_without_an_overall_summary_have_bars_of_their_own(tmp_path: Path) -> None:
    """The same persons' hip and spine are not pooled together; men and women are."""
    spine = slope("spine", "0.020", "0.000, 0.040", outcome="spine")
    persons = {
        "a": record("a", [PRECISE, spine]) + judged("D1: low"),
        "b": record("b", [VAGUE]) + judged("D1: high"),
    }
    found = every_bars(review(tmp_path / "sites", persons, more="group_by: site"))
    assert list(found) == ["hip", "spine"]
    assert found["hip"].title == "Everybody, hip: risk of bias by RoB 2 (2019)"
    assert_allclose(
        [shares(found["hip"], "Randomization process")["weight"][word] for word in ("low", "high")],
        [0.8, 0.2],
        rtol=1e-12,
    )
    assert shares(found["spine"], "Randomization process")["weight"] == {"low": 1.0}
    loaded = loaded_of(
        tmp_path / "sexes", EACH + "\n    group_by: sex", a=record("a", [MEN, WOMEN]) + judged("D1: low")
    )
    assert list(every_bars(loaded)) == [""]
    assert words(table_of(loaded)) == {"A": ["low", "", "", "", ""]}


def test_a_study_in_several_groups_says_in_which_and_one_in_one_group_does_not(tmp_path: Path) -> None:
    apart = judged("D1: low, estimate: men", "D1: high, estimate: women")
    records = {"a": record("a", [MEN, WOMEN]) + apart, "b": record("b", [MEN]) + judged("D1: low")}
    found = words(table_of(loaded_of(tmp_path, EACH + "\n    group_by: sex", **records)))
    assert list(found) == ["A, men", "A, women", "B"]


def test_a_curve_has_each_study_once_and_no_weights(tmp_path: Path) -> None:
    records = {
        "a": classed("a", DOSED) + judged("D1: low, estimate: quarters", "D1: low", "D2: high"),
        "b": classed("b", LIMITED) + judged("D1: high"),
    }
    loaded = reviewed(tmp_path, records)
    assert {label: each[:2] for label, each in words(table_of(loaded)).items()} == {
        "A": ["low", "high"],
        "B": ["high", ""],
    }
    bars = bars_of(loaded)
    assert bars.countings == ("studies",)
    assert shares(bars, "Randomization process") == {"studies": {"low": 0.5, "high": 0.5}}
    assert (
        bars.footnotes[0] == "A whole bar is 2 studies, each counting the same; there is no weight for each."
    )


def test_a_model_of_dependent_effects_shares_out_the_weights_of_its_rows(tmp_path: Path) -> None:
    loaded = loaded_of(
        tmp_path,
        EACH + "\n    model: {name: CHE, rho: 0.6}",
        a=record("a", [MEN, WOMEN]) + judged("D1: low"),
        b=record("b", [MEN]) + judged("D1: high"),
        c=record("c", [WOMEN.replace("0.030", "0.060")]) + judged("D1: high"),
    )
    result = analyse(loaded, loaded.review.analyses[0], COMMON)
    weights = result.weights_of(result.groups[0])
    names = [unit.first.record.study for unit in result.groups[0].units]
    low = sum(weight for name, weight in zip(names, weights, strict=True) if name == "a")
    assert len(names) == 4
    assert_allclose(
        shares(bars_of(loaded), "Randomization process")["weight"]["low"], low / sum(weights), rtol=1e-12
    )


def test_what_was_not_reported_has_lights_and_no_share(tmp_path: Path) -> None:
    loaded = loaded_of(
        tmp_path,
        a=record("a", [PRECISE]) + judged("D1: low"),
        b=record("b", [silent("quiet")]) + judged("D1: high"),
    )
    table = table_of(loaded)
    assert {label: each[0] for label, each in words(table).items()} == {"A": "low", "B": "high"}
    assert "Examined without a number, and not in the pool: B." in table.footnotes
    assert shares(bars_of(loaded), "Randomization process")["estimates"] == {"low": 1.0}


def test_words_that_the_tool_has_not_are_left_empty_and_named(tmp_path: Path) -> None:
    table = table_of(loaded_of(tmp_path, a=record("a", [PRECISE]) + judged("D1: awful", "D2: low")))
    assert words(table)["A"][:2] == ["", "low"]
    assert (
        "No judgement of RoB 2 (2019), and left empty: A: 'awful' for randomization process."
        in table.footnotes
    )


@pytest.mark.parametrize("kind", BIAS_KINDS)
@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("", "No study of this analysis has a judgement of its risk of bias."),
        (
            judged("D1: low", tool="Our own"),
            "The words of Our own are not known; a figure of risk of bias needs a known tool.",
        ),
        (
            judged("D1: low, estimate: other"),
            "No study of this analysis has a judgement of its risk of bias.",
        ),
    ],
)
def test_without_judgements_by_a_known_tool_there_is_a_sentence(
    kind: str, said: str, sentence: str, tmp_path: Path
) -> None:
    other = slope("other", "0.010", "0.000, 0.020", outcome="spine")
    loaded = loaded_of(tmp_path, a=record("a", [PRECISE, other]) + said)
    result = analyse(loaded, loaded.review.analyses[0], COMMON)
    with pytest.raises(NotDefinedError) as refused:
        bias_plots(kind, result)
    assert str(refused.value) == sentence


def test_bars_need_something_in_the_pool(tmp_path: Path) -> None:
    loaded = loaded_of(tmp_path, a=record("a", [silent("quiet")]) + judged("D1: low"))
    assert words(table_of(loaded))["A"][0] == "low"
    with pytest.raises(NotDefinedError, match="nothing to share out"):
        bars_of(loaded)


def test_a_tool_that_judges_nothing_in_the_pool_has_no_bars(tmp_path: Path) -> None:
    quiet = record("b", [silent("quiet")]) + judged("D1: high")
    other = record("a", [PRECISE]) + judged("D1: low", tool="QUADAS-2")
    assert list(every_bars(loaded_of(tmp_path / "another", a=other, b=quiet))) == ["quadas-2-2011"]
    loaded = loaded_of(tmp_path / "none", a=record("a", [PRECISE]), b=quiet)
    assert words(table_of(loaded))["B"][0] == "high"
    with pytest.raises(NotDefinedError) as refused:
        every_bars(loaded)
    assert (
        str(refused.value) == "No estimate in the pool has a judgement of its risk of bias by a known tool."
    )


def test_a_group_that_the_tool_does_not_judge_has_no_bars(tmp_path: Path) -> None:
    spine = slope("spine", "0.020", "0.000, 0.040", outcome="spine")
    records = {"a": record("a", [PRECISE, spine]) + judged("D1: low, estimate: hip")}
    assert list(every_bars(review(tmp_path, records, more="group_by: site"))) == ["hip"]


@pytest.mark.parametrize(
    ("weights", "countings"),
    [
        ((99.8, 0.2), ("weight", "estimates")),
        ((100.0, 0.0), ("weight", "estimates")),
        ((0.3, 0.2), ("weight", "estimates")),
        ((100.1, -0.1), ("estimates",)),
        ((0.0, 0.0), ("estimates",)),
        ((100.0, math.nan), ("estimates",)),
    ],
)
def test_weights_are_shared_out_where_each_is_known_none_is_negative_and_some_is_left(
    weights: tuple[float, float], countings: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AnalysisResult, "weights_of", lambda result, group: np.array(weights))
    low, high = judged("D1: low"), judged("D1: high")
    bars = bars_of(loaded_of(tmp_path, a=record("a", [PRECISE]) + low, b=record("b", [VAGUE]) + high))
    assert bars.countings == countings
    assert shares(bars, "Randomization process")["estimates"] == {"low": 0.5, "high": 0.5}
    if countings[0] == "weight":
        part = shares(bars, "Randomization process")["weight"]["low"]
        assert part == pytest.approx(weights[0] / sum(weights), rel=1e-12)


def test_totals_that_are_given_are_no_sums(tmp_path: Path) -> None:
    given = judged("selection: 3", "overall: 5", tool="NOS cohort")
    table = table_of(loaded_of(tmp_path, a=record("a", [PRECISE]) + given))
    assert words(table) == {"A": ["3 stars", "5 stars"]}
    assert table.footnotes == ()


def test_an_unknown_tool_beside_a_known_one_is_named(tmp_path: Path) -> None:
    said = judged("D1: low") + more("D1: poor", tool="Our own")
    table = table_of(loaded_of(tmp_path, a=record("a", [PRECISE]) + said))
    assert "Judgements by Our own are not shown: the words of it are not known." in table.footnotes


def test_stars_in_bars_are_from_pale_to_dark_and_their_number_is_in_the_ink_that_stands_out(
    tmp_path: Path,
) -> None:
    records = {
        f"s{stars}": record(f"s{stars}", [PRECISE]) + judged(f"overall: {stars}", tool="NOS cohort")
        for stars in range(10)
    }
    (total,) = bars_of(loaded_of(tmp_path, **records)).domains
    lights = [part.light for part in total.bars[1]]
    assert sorted(light.sign for light in lights) == [f"{stars}★" for stars in range(10)]
    shades = {int(light.sign[0]): light for light in lights}
    assert (shades[0].fill, shades[9].fill) == ("#E8F1F8", "#004B7A")
    brightness = [luminance(shades[stars].fill) for stars in range(10)]
    assert brightness == sorted(brightness, reverse=True)
    for light in lights:
        assert light.ink in ("#000000", BACKGROUND)
        assert contrast(light.ink, light.fill) >= 4.5, "WCAG 2.2, 1.4.3"


def luminance(colour: str) -> float:
    """Relative luminance by the Web Content Accessibility Guidelines 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)
