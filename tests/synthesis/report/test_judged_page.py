"""How sure each result is, and lights of risk of bias, as the page has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evidence.records.certainty_choice import CERTAINTY, DOMAIN_WORDS
from evidence.records.risk_of_bias import known_tools
from synthesis.report.certainty_shown import SYMBOLS, certainty_shown
from synthesis.report.lights_shown import LOOKS, lights_shown
from synthesis.review.bias_plots import DIFFER, light_of
from tests.synthesis.certainty.rated import loaded_of, two_groups
from tests.synthesis.report.judged_pages import judged_review, reported
from tests.synthesis.report.pages import dead_links, page_of, tree_of
from tests.synthesis.review.made import record
from tests.synthesis.review.test_bias_plots import judged


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tree_of(page_of(judged_review(tmp_path_factory.mktemp("judged"))))


def words(node: Any) -> str:
    return " ".join(node.text_content().split())


def test_a_row_has_the_effect_what_it_means_and_each_domain_in_symbol_and_word(page: Any) -> None:
    (row,) = page.xpath("//table[contains(@class, 'sure')]/tbody/tr")
    result, rated = row.xpath("./th | ./td")
    assert (result.text, *map(words, result.xpath("./p"))) == (
        "Everybody",
        "Risk ratio, low vs high: 0.8 (0.683 to 0.937)",
        "usual: 300 per 1,000 (a register): 60 fewer per 1,000 (95 fewer to 19 fewer), 240 with the exposure",
        "2 studies, 2,000 persons",
    )
    assert [words(each) for each in rated.xpath(".//a")] == ["⊕⊕⊕○ moderate AB"]
    assert [words(each) for each in rated.xpath(".//li")] == [
        "risk of bias: ▼ serious suggested",
        "imprecision: = not serious AB, stale",
        "large effect: = no suggested",
    ]
    assert words(rated).endswith(
        "Not rated: inconsistency, indirectness, publication bias, dose-response, opposing confounding"
    )
    assert row.xpath(".//*[contains(@class, 'stale')]/text()") == ["AB, stale"]


def test_symbols_are_not_read_aloud_and_words_are(page: Any) -> None:
    hidden = page.xpath("//table[contains(@class, 'sure')]//*[@aria-hidden]")
    assert [each.text for each in hidden] == ["⊕⊕⊕○", "▼", "=", "="]


def test_every_word_of_grade_has_a_symbol_of_its_level() -> None:
    assert set(SYMBOLS) == {word for words in DOMAIN_WORDS.values() for word in words}
    for given in DOMAIN_WORDS.values():
        assert len({SYMBOLS[word] for word in given}) == len(given)
    raised = ("large effect", "dose-response", "opposing confounding")
    for domain, given in DOMAIN_WORDS.items():
        triangle = "▲" if domain in raised else "▼"
        if domain != CERTAINTY:
            assert [SYMBOLS[word] for word in given] == [
                triangle * level or "=" for level in range(len(given))
            ]
    for level, word in enumerate(reversed(DOMAIN_WORDS[CERTAINTY]), start=1):
        assert (SYMBOLS[word].count("⊕"), len(SYMBOLS[word])) == (level, 4)


def test_what_a_rating_rests_on_opens_with_its_numbers_reason_rule_and_data(page: Any) -> None:
    (link,) = page.xpath("//table[contains(@class, 'sure')]//td/a/@href")
    (entry,) = page.xpath(f"//article[@id='{link[1:]}']")
    assert entry.get("class") == "certain"
    told = {words(name): words(name.getnext()) for name in entry.xpath(".//dt")}
    assert next(iter(told)) == "certainty"
    assert set(told) == set(DOMAIN_WORDS)
    assert told["imprecision"].startswith(
        "= not serious AB, stale Narrow. (AB, 1 November 2026, older than the data) "
        "The numbers suggest: serious. The 95% interval at usual, −95 to −19 per 1,000, crosses −50."
    )
    assert "Zeng et al. 2022, GRADE guidance 34" in told["imprecision"]
    assert told["indirectness"].startswith("not rated Not in the numbers of a review: judged by hand.")
    assert "Risk with the exposure: risk × RR (Cochrane Handbook 5.1, section 12.5.4.2)." in words(entry)
    assert dead_links(page) == []


def test_reasons_stand_below_the_table_and_judgements_without_a_place_are_told(page: Any) -> None:
    notes = [words(each) for each in page.xpath("//section[@id='s/findings']/p[@class='note']")]
    assert "Everybody, certainty: Down by <b>one</b>. (AB, 1 November 2026)" in notes
    assert (
        "Everybody: the judgement of indirectness (AB, 2026-11-01) is of the group 'children', which has no "
        "summary."
    ) in notes
    method, first, *_ = notes
    assert method.startswith("Equal effects")
    assert first.startswith("Suggested: what the numbers suggest")


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ("", "How certain the results are is not rated: no analysis states thresholds"),
        (
            "{contrast: 2 g/dL}",
            "Everybody: 'contrast: 2 g/dL' is of a slope, and the effect is of two groups.",
        ),
    ],
)
def test_without_a_rating_the_page_says_why(choice: str, says: str, tmp_path: Path) -> None:
    shown = certainty_shown(judged_review(tmp_path, choice))
    assert shown.rows == ()
    (note,) = shown.notes
    assert note.startswith(says)


def test_an_analysis_without_a_pool_says_so(tmp_path: Path) -> None:
    judged_review(tmp_path)
    for name in ("a", "b"):
        (tmp_path / "studies" / f"{name}.yaml").unlink()
    shown = certainty_shown(reported(tmp_path))
    assert shown.rows == ()
    assert shown.notes[-1] == "Everybody: nothing is pooled."


def test_lights_are_rows_of_studies_with_a_word_in_each(page: Any) -> None:
    tables = page.xpath("//section[@id='s/bias']//table[contains(@class, 'lights')]")
    assert [words(table.find("caption")) for table in tables] == ["RoB 2 (2019)", "NOS cohort (2000)"]
    lights, stars = tables
    assert [words(each) for each in lights.xpath("./thead//th")] == [
        *("Study", "D1", "D2", "D3", "D4", "D5", "Overall")
    ]
    rows = [
        [cell.xpath("string(.//@aria-label)") or words(cell) for cell in row.xpath("./th | ./td")]
        for row in lights.xpath("./tbody/tr")
    ]
    assert rows == [
        ["A", "low", "some concerns", "not judged", "not judged", "not judged", "low"],
        ["B", "judgements differ", *["not judged"] * 4, "high"],
    ]
    assert lights.xpath("./tbody//th/a/@href") == ["#r/a", "#r/b"]
    assert [words(each) for each in stars.xpath("./tbody/tr")[0]] == ["C", "3", "1", "2", "6"]
    assert stars.xpath(".//b") == []


def test_below_lights_stand_their_key_their_heads_and_who_is_not_judged(page: Any) -> None:
    section = page.xpath("//section[@id='s/bias']")[0]
    notes = [words(each) for each in section.xpath("./p[@class='note']")]
    assert notes[0] == "+ low ! some concerns − high ≠ judgements differ"
    assert notes[1].startswith("D1: randomization process; D2: deviations from intended interventions;")
    assert notes[1].endswith("D5: selection of the reported result.")
    assert "Judgements differ (≠). B, randomization process: low (AB), high (CD)." in notes
    assert notes.count("1 study without a judgement by a known tool.") == 1
    assert not any("in a figure of its own" in note for note in notes)


def test_columns_of_applicability_have_their_heading(tmp_path: Path) -> None:
    said = judged("D1: low, applicability: high concern", "overall: low", tool="QUADAS-2")
    ratio = [two_groups("0.80", "0.64, 1.00")]
    loaded_of(tmp_path, "", a=record("a", ratio) + said, b=record("b", ratio))
    material = reported(tmp_path)
    (table,) = lights_shown(material)
    assert table.notes[-1] == "1 study without a judgement by a known tool."
    assert table.groups == (("Risk of bias", 5), ("Applicability", 1))
    tree = tree_of(page_of(material))
    heads = tree.xpath("//table[contains(@class, 'lights')]//th[@scope='colgroup']")
    assert [(words(each), each.get("colspan")) for each in heads] == [
        ("Risk of bias", "5"),
        ("Applicability", "1"),
    ]


def test_results_of_a_study_that_are_judged_apart_are_rows_by_the_names_of_their_estimates(
    tmp_path: Path,
) -> None:
    estimates = [
        two_groups("0.80", "0.64, 1.00", more=f", stratum: {{sex: {sex}}}").replace("id: hip", f"id: {sex}")
        for sex in ("men", "women")
    ]
    said = judged("D1: low, estimate: men", "D1: high, estimate: women")
    loaded_of(tmp_path, "", more="stratum: {sex: each}", a=record("a", estimates) + said)
    (table,) = lights_shown(reported(tmp_path))
    assert [(row.label, row.to) for row in table.rows] == [("A, men", "r/a"), ("A, women", "r/a")]


def test_every_sign_of_every_tool_has_a_look_of_its_own() -> None:
    signs = {DIFFER.sign}
    for tool in known_tools():
        for given in (*(tool.words(domain) for domain in tool.domains), tool.words(None), tool.applicability):
            signs |= {light_of(word).sign for word in given if light_of(word).fill}
    assert set(LOOKS) == signs
    assert len(set(LOOKS.values())) == len(LOOKS) == 8
