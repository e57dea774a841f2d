"""Parts of a draft: what is written as printed, marked, listed only; both sides of every bound."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from evidence.records.unconfirmed import TO_BE_CONFIRMED
from evidence.sources.drafting import numbers_in_words
from tests.evidence.sources.candidate_words import read
from tests.evidence.sources.test_drafting import draft


def plainly(part: Any) -> Any:
    """A part of a draft as text, a mark as '?'."""
    if isinstance(part, dict):
        return {str(key): plainly(value) for key, value in part.items()}
    if isinstance(part, list):
        return [plainly(value) for value in part]
    return str(part).replace(f" {TO_BE_CONFIRMED}", "?").replace(TO_BE_CONFIRMED, "?")


def drafted_parts(text: str) -> dict[str, Any]:
    """What the draft of a text says."""
    told: dict[str, Any] = plainly(YAML(typ="base").load(draft(text)))
    return told


COMPARED = {"versus": {"exposed": "?", "reference": "?"}}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("OR 0.84 (0.63-1.12)", {"measure": "OR?", **COMPARED, "estimate": "0.84", "ci": ["0.63", "1.12"]}),
        ("MD 0.84 (95% CI 0.63-1.12)", {
            "measure": "MD?", **COMPARED, "estimate": "0.84", "ci": ["0.63", "1.12"]
        }),
        ("r = 0.84 (99% CI 0.63-0.92)", {
            "measure": "r?", "estimate": "0.84", "ci": ["0.63", "0.92"], "level": "99 %?"
        }),
        ("β 0.84, t(98) = 2.1", {
            "measure": "beta?", "per": "?", "estimate": "0.84", "t": "2.1", "df": "98?"
        }),
        ("β 0.84 (SE 0.1), p = 0.2", {
            "measure": "beta?", "per": "?", "estimate": "0.84", "se": "0.1", "p": "0.2"
        }),
        ("β 0.84 ± 0.1, p < 0.2", {
            "measure": "beta?", "per": "?", "estimate": "0.84", "se": "0.1?", "p": "< 0.2"
        }),
        ("β 0.84 (0.63-1.12) 0.2", {
            "measure": "beta?", "per": "?", "estimate": "0.84", "ci": ["0.63", "1.12"], "p": "0.2?"
        }),
        ("β 0.84, p = 2%", {"measure": "beta?", "per": "?", "estimate": "0.84", "p": "2 %?"}),
        ("prevalence of 8.4%, p = 0.2", {"measure": "proportion?", "estimate": "8.4 %?", "p": "0.2"}),
        ("log OR 0.84, p = 0.2", {
            "measure": "OR?", **COMPARED, "log": "true?", "estimate": "0.84", "p": "0.2"
        }),
    ],
)  # fmt: skip
def test_an_effect_is_written_as_printed_and_marked_where_no_word_told(
    text: str, written: dict[str, Any]
) -> None:
    [estimate] = drafted_parts(text)["estimates"]
    assert estimate["effect"] == written


@pytest.mark.parametrize(
    ("text", "n"),
    [("r = 0.84, n = 1,325", "1325"), ("r = 0.84, n = 13.5", "13.5?"), ("r = 0.84, p = 0.2", None)],
)
def test_an_estimate_has_the_number_of_its_persons(text: str, n: str | None) -> None:
    [estimate] = drafted_parts(text)["estimates"]
    assert estimate.get("n") == n
    assert estimate["outcome"] == "outcome?"


def test_what_is_missing_or_contradicts_itself_is_a_note() -> None:
    def note(text: str) -> str | None:
        [estimate] = drafted_parts(text)["estimates"]
        said: str | None = estimate.get("note")
        return said

    missing = "a bracket of its interval is missing"
    outside = "the estimate 0.5 lies outside its own 95% interval [0.63, 1.12]"
    assert note("β -0.11 (-0.22, 0.01") == f"{missing}?"
    assert note("OR 0.5 (95% CI 0.63-1.12)") == f"{outside}?"
    assert note("OR 0.84 (95% CI 0.63-1.12)") is None


def test_the_doi_stands_in_the_first_60_lines() -> None:
    effect = "OR 0.84 (0.63-1.12)\n"
    [report] = drafted_parts(effect + "x\n" * 58 + "(doi:10.1234/abc).")["reports"].values()
    assert (report["doi"], report["read"], report["year"]) == ("10.1234/abc?", "full text?", "?")
    [report] = drafted_parts(effect + "x\n" * 59 + "doi:10.1234/abc")["reports"].values()
    assert "doi" not in report


def ids(text: str) -> list[str]:
    return [each["id"] for each in drafted_parts(text)["estimates"]]


def test_an_estimate_is_named_by_its_table_and_row_in_up_to_60_letters() -> None:
    assert ids("Table 1 Odds, 95% CI\nMen 0.84 (0.63, 1.12)") == ["table-1-men"]
    assert ids(f"Table 1 Odds, 95% CI\n{'m' * 52} 0.84 (0.63, 1.12)") == [f"table-1-{'m' * 52}"]
    assert ids(f"Table 1 Odds, 95% CI\n{'m' * 53} 0.84 (0.63, 1.12)") == [f"table-1-{'m' * 52}"]
    assert ids(f"Table 1 Odds, 95% CI\n{'m' * 51} men 0.84 (0.63, 1.12)") == [f"table-1-{'m' * 51}"]
    one = "OR 0.84 (0.63-1.12)."
    assert ids(f"{one} {one} {one}") == ["line-1", "line-1-2", "line-1-3"]


def test_a_place_and_a_quote_are_written_in_letters_that_can_be_printed() -> None:
    [estimate] = drafted_parts("OR\x01 0.84 (0.63-1.12)")["estimates"]
    assert estimate["where"] == {"report": "lee-2019", "at": "line 1?", "quote": "OR  0.84 (0.63-1.12)"}


def test_a_place_is_up_to_200_letters() -> None:
    row = "\t".join(["OR (95% CI)", "a" * 90, "b" * 100, "0.84 (0.63, 1.12)"])
    [estimate] = drafted_parts(f"Table 1 Odds\n\t\t\tMen\n{row}")["estimates"]
    at = f"Table 1, OR (95% CI), {'a' * 90}, {'b' * 100}"
    assert estimate["where"]["at"] == f"{at[:200]}?"
    assert len(at) > 200


def steps(text: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = drafted_parts(text)["flow"]["steps"]
    return found


def test_a_step_of_the_flow_has_the_words_from_its_number_on_in_up_to_40_letters() -> None:
    assert steps("5 were excluded") == [{"excluded": "5", "what": "5 were excluded?"}]
    assert steps("In all 1,325 were excluded") == [{"excluded": "1325", "what": "1,325 were excluded?"}]
    assert steps("In all 1325 were excluded") == [{"excluded": "1325", "what": "1325 were excluded?"}]
    whole = f"5 were excluded {'x' * 24}"
    assert steps(whole) == [{"excluded": "5", "what": f"{whole}?"}]
    assert steps(f"{whole}x") == [{"excluded": "5", "what": "5 were excluded?"}]
    flow = drafted_parts("5 were excluded\n\n7 were excluded\n")["flow"]
    assert flow["where"] == {"report": "lee-2019", "at": "line 1; line 3?"}
    assert "flow" not in drafted_parts("OR 0.84 (0.63-1.12)")


BASELINE = "Table 1 Persons, mean (SD)\n\tMen\tWomen\tp\n"
LISTED = "# Found in the text and not drafted above:\n#   "


def test_rows_of_means_that_are_as_wide_as_most_are_a_table() -> None:
    text = f"{BASELINE}BMI\t25.1 (3.2)\nAge\t62.6 (8.0)\t60.1 (7.9)\t0.04\nHip\t1.1 (0.2)\t1.0 (0.1)\t"
    [table] = drafted_parts(text)["baseline"]
    assert table == {
        "where": {"report": "lee-2019", "at": "Table 1?"},
        "columns": ["Men?", "Women?"],
        "rows": [
            {"variable": "Age?", "mean_sd": [["62.6", "8.0"], ["60.1", "7.9"]], "p": "0.04"},
            {"variable": "Hip?", "mean_sd": [["1.1", "0.2"], ["1.0", "0.1"]]},
        ],
    }
    assert draft(text).endswith(f"{LISTED}Table 1, BMI, Men: mean 25.1, sd 3.2\n")


def test_a_row_of_more_means_than_most_is_listed_only() -> None:
    text = (
        "Table 1 Persons, mean (SD)\n\tMen\tWomen\tAll\nBMI\t25.1 (3.2)\t24.9 (3.1)\t25.0 (3.1)\n"
        "Age\t62.6 (8.0)\t60.1 (7.9)\nHip\t1.1 (0.2)\t1.0 (0.1)\n"
    )
    [table] = drafted_parts(text)["baseline"]
    assert [row["variable"] for row in table["rows"]] == ["Age?", "Hip?"]
    assert f"{LISTED}Table 1, BMI, Men: mean 25.1, sd 3.2\n" in draft(text)


def test_means_without_a_row_a_table_or_an_sd_are_listed_only() -> None:
    tried = 0
    for given in (
        f"{BASELINE}\t62.6 (8.0)\t60.1 (7.9)\t0.04",
        "mean (SD) 62.6 (8.0)",
        "Table 1 Persons\n\tMen\nAge\t62.6 ± 8.0",
    ):
        assert "baseline" not in drafted_parts(given)
        assert LISTED in draft(given)
        tried += 1
    assert tried == 3
    assert "Found in the text" not in draft("OR 0.84 (0.63-1.12)")


def test_two_tables_of_means_are_two() -> None:
    row = "Age\t62.6 (8.0)\t60.1 (7.9)\t0.04\n"
    tables = drafted_parts(f"{BASELINE}{row}{BASELINE.replace('Table 1', 'Table 2')}{row}")["baseline"]
    assert [each["where"]["at"] for each in tables] == ["Table 1?", "Table 2?"]
    assert [len(each["rows"]) for each in tables] == [1, 1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("12/40 (30%)", "events 12, of 40, percent 30 %"),
        ("62.6 ± 8.0", "mean 62.6, ± 8.0"),
        ("OR 0.84 (95% CI 0.63-1.12; P < .03)", "estimate 0.84, level 95 %, from 0.63, to 1.12, p < 0.03"),
    ],
)
def test_numbers_in_words_say_what_each_is(text: str, words: str) -> None:
    [found] = read(text)
    assert numbers_in_words(found.numbers) == words


def test_a_table_of_a_single_group_has_its_p_as_well() -> None:
    [table] = drafted_parts("Table 1 Persons, mean (SD)\n\tMen\tp\nAge\t62.6 (8.0)\t0.04")["baseline"]
    assert table["columns"] == ["Men?"]
    assert table["rows"] == [{"variable": "Age?", "mean_sd": [["62.6", "8.0"]], "p": "0.04"}]
