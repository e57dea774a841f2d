"""How `read` writes each kind of candidate, in words and in style (1 bold, 2 dim, 3x colours)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthesis.terminal import console
from tests.evidence.records.samples import TEXT
from tests.evidence.sources.test_finding import PAPER
from tests.synthesis.commands.running import synthesis

WRITTEN = {
    "The HR was 1.21 (90% CI 0.84 to 1.73).": ["HR 1.21 [0.84, 1.73], level 90 %"],
    "The HR was 1.21 (95% CI 0.84 to 1.73).": ["HR 1.21 [0.84, 1.73]"],
    "Falls occurred in 54 of 345 women.": ["events 54 of 345"],
    "Table 4 Rates\nGroup Cases Person-years\nQ1 28 22,186": ["events 28 of 22186"],
    "The mean age was 62.6 (SD 8.0) years.": ["mean 62.6, SD 8.0"],
    "The mean age was 62.6 ± 8.0 years.": [
        "mean 62.6, ± 8.0", "nothing says whether SD or SE stands after ±",
    ],
    "Of 1,725 persons invited, 299 were excluded, leaving 1,426 for analysis.": [
        "1725 at the start", "299 excluded", "1426 left",
    ],
    "The OR was 0.84 (p = 0.03).": ["OR 0.84, p 0.03"],
    "The log odds ratio was -0.17 (SE 0.08).": ["log OR -0.17, SE 0.08"],
    "Table 2 Odds ratios\nGroup OR Lower p\nWomen 1.20 1.01 0.04": ["OR 1.20, from 1.01, p 0.04"],
    "Table 3 Odds ratios\nGroup OR Upper p\nWomen 1.20 1.41 0.04": ["OR 1.20, to 1.41, p 0.04"],
}  # fmt: skip


def read(folder: Path, text: str, *words: str) -> str:
    (folder / "lee.txt").write_text(text + "\n", encoding="utf-8")
    done = synthesis("read", "lee.txt", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("text", WRITTEN)
def test_the_numbers_of_a_candidate_are_one_line(text: str, review: Path) -> None:
    told = [line for line in read(review, text).splitlines() if line.startswith("  ")]
    assert [line[2:] for line in told if not line.startswith("  '")] == WRITTEN[text]


def test_every_kind_is_counted_once_and_kinds_that_are_not_there_are_not_told(review: Path) -> None:
    texts = [text for text in WRITTEN if "\n" not in text]
    last = read(review, "\n".join(texts)).splitlines()[-1]
    assert last == (
        "lee.txt: 4 effects, 1 count of events, 2 means and 3 numbers of persons; 0 in the review 'r' already"
    )
    assert read(review, texts[0]).splitlines()[-1] == "lee.txt: 1 effect; 0 in the review 'r' already"


def test_two_that_contradict_themselves_do_so_in_the_plural(review: Path) -> None:
    wrong = "The HR was 1.21 (95% CI 1.84 to 2.73). The OR was 0.21 (95% CI 1.84 to 2.73)."
    assert read(review, wrong).endswith("; 0 in the review 'r' already, 2 contradict themselves\n")


def test_json_says_where_a_number_stands_and_what_is_unsure(review: Path) -> None:
    table = "Table 2 Slopes\nGroup beta SE p\nMen 0.0079 0.002 0.006"
    (one,) = json.loads(read(review, table, "--json"))["candidates"]
    assert (one["at"], one["page"], one["line"], one["table"]) == ("Table 2, Men, beta", None, 3, "table 2")
    assert (one["row"], one["column"], one["logarithm"]) == (["Men"], ["beta"], False)
    (mean,) = json.loads(read(review, "The mean age was 62.6 ± 8.0 years.", "--json"))["candidates"]
    assert (mean["table"], mean["numbers"]) == (None, {"mean": "62.6", "spread": "8.0"})
    assert (mean["unsure"], mean["recorded"]) == ([], None)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(console, "record", True)
    yield
    console.export_text(clear=True)


@pytest.mark.usefixtures("recorded")
def test_places_stand_out_quotes_stand_back_and_what_matters_has_a_colour(review: Path) -> None:
    (review / "lee.txt").write_text(PAPER + "The HR was 1.21 (95% CI 1.84 to 2.73).\n", encoding="utf-8")
    synthesis("read", "lee.txt", "--draft", "kim.yaml", cwd=review)
    (review / "studies" / "lee-2019.yaml").write_text(TEXT, encoding="utf-8")
    synthesis("read", "lee.txt", cwd=review)
    shown = console.export_text(clear=False, styles=True)
    assert "\x1b[32m  recorded: lee-2019, hip-men\x1b[0m\n" in shown
    for piece in (
        "\x1b[1mline 14\x1b[0m",
        "  HR 1.21 [1.84, 2.73]",
        "\x1b[33m  nothing says whether SD or SE stands after ±\x1b[0m",
        "\x1b[2m  'The HR was 1.21 (95% CI 1.84 to 2.73).'\x1b[0m",
        "\x1b[31m  the estimate 1.21 lies outside its own 95% interval [1.84, 2.73]\x1b[0m",
        "\x1b[1;32mwrote kim.yaml\x1b[0m",
    ):
        assert f"\n{piece}\n" in f"\n{shown}", piece
