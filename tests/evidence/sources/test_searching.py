"""The search as a whole: no number twice, the order of the text, any text at all, and in time."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from evidence.sources.contradictions import contradictions_of
from evidence.sources.drafting import drafted
from evidence.sources.matching import Numbers
from evidence.sources.paper_files import PaperFile, SourceError, read_paper
from evidence.sources.searching import candidates_of
from evidence.sources.text import PaperText
from tests.evidence.sources.candidate_words import read, told
from tests.work import calls_made

PIECES = (
    *("OR 0.84 (95% CI 0.63-1.12; P = .03)", "β = 0.13 ± 0.04", "[0,84; 1,73]", "12/40 (30%)", "n = 1,325"),
    *(
        "Table 2 Odds ratios (95% CI)\n",
        "Estimate S.E. Z P-value\n",
        "\t",
        "\n",
        " ",
        "(",
        ")",
        "±",
        "-",
        "=",
    ),
    *("-1.5e300", "1e-400", "9" * 60, "0." + "0" * 60 + "1", "r(98) = .45", "mean (SD)", "excluded", "Men"),
    *("5.2 (1.1)", "of the 240", "%", "1.0 1.4 0.03 <0.001", "log HR", "\N{REPLACEMENT CHARACTER}", "٣", "²"),
)


def check(text: PaperText) -> int:
    """Everything that is done with candidates, done; how many there are."""
    candidates = candidates_of(Numbers(text))
    starts = [shown.start for candidate in candidates for shown in set(candidate.numbers.values())]
    assert len([each for each in candidates if each.start < 0 or each.start >= len(text.whole)]) == 0
    assert [each.start for each in candidates] == sorted(each.start for each in candidates)
    own = [each.start for each in candidates]
    assert len(own) == len(set(own)), "no number begins two candidates"
    for candidate in candidates:
        contradictions_of(candidate)
        assert candidate.spot.at
        assert len(candidate.quote) < 1_500
    drafted("a", PaperFile(Path("a.txt"), text, "0" * 64), "a.txt", candidates)
    return len(starts)


def test_texts_of_any_pieces_are_read() -> None:
    chance = random.Random(11)
    numbers = 0
    for _ in range(150):
        pieces = [chance.choice(PIECES) + chance.choice(("", " ", "\n")) for _ in range(chance.randrange(40))]
        numbers += check(PaperText.of("".join(pieces).split("\n")))
    assert numbers > 500


def mutated(given: bytes, chance: random.Random) -> bytes:
    content = bytearray(given)
    for _ in range(chance.choice((1, 5, 50))):
        at = chance.randrange(len(content))
        action = chance.randrange(4)
        if action == 0:
            content[at] = chance.randrange(256)
        elif action == 1:
            del content[at : at + chance.randrange(1, 300)]
        elif action == 2:
            content[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 20)))
        else:
            other = chance.randrange(len(content))
            content[at:at] = content[other : other + chance.randrange(1, 400)]
    return bytes(content)


def sources(shared: Path) -> Iterator[tuple[str, bytes, int]]:
    """Endings, bytes and how many mutations of each: some pages, where the whole takes long."""
    folder = shared / "imports" / "fulltext"
    yield ".txt", (shared / "papers" / "001_a2e85ea3a2331a40.txt").read_bytes()[7_000:20_000], 150
    yield ".xml", (folder / "journal.pone.0028031.xml").read_bytes()[20_000:60_000], 80
    yield ".nxml", (folder / "pntd.0002065.nxml").read_bytes()[20_000:60_000], 80
    yield ".pdf", (folder / "journal.pone.0319315_pages9_11_13.pdf").read_bytes(), 50
    yield ".pdf", (folder / "dosresmeta_pages6-9.pdf").read_bytes(), 40


@pytest.mark.long
def test_damaged_papers_are_read_or_refused(tmp_path: Path, shared: Path) -> None:
    chance = random.Random(5)
    tried, numbers = 0, 0
    for ending, given, count in sources(shared):
        for _ in range(count):
            path = tmp_path / f"a{ending}"
            path.write_bytes(mutated(given, chance))
            tried += 1
            with suppress(SourceError):
                numbers += check(read_paper(path).text)
    assert tried == 400
    assert numbers > 10_000


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [
        "0.84 (0.63, 1.12) " * 10_000,
        "a 1 " * 40_000,
        "(" * 50_000 + " 1 " + "excluded " * 20_000,
        "men " * 20_000 + "12 " + "women " * 20_000,
        "Table 1 x\n1.2\n" * 10_000,
        "\t".join(["1.2 (1.0, 1.4)"] * 10_000),
        "a\tb\n1\t2\n" * 10_000,
        "OR 95% CI p " * 10_000,
        "estimate se p\n1 2 3\n" * 3_000,
        "1," * 60_000,
        "0,1 [" * 30_000,
        "9" * 150_000,
        "p" * 100_000 + " = 0.03",
        "OR 0.84 " + "(" * 100_000,
        "12 of " * 30_000,
        "1.5 ± " * 30_000,
        "\n" * 150_000 + "1",
    ],
    ids=range(17),
)
def test_time_grows_no_faster_than_the_text(text: str) -> None:
    quarter, whole = (seconds_of(text[:length]) for length in (len(text) // 4, len(text)))
    assert whole < 9 * max(quarter, 0.05), "four times for four times the text; every pair would be 16 times"


def seconds_of(text: str) -> float:
    """Of the processor, to find the candidates of a text."""
    numbers = Numbers(PaperText.of(text.split("\n")))
    began = time.process_time()
    candidates_of(numbers)
    return time.process_time() - began


@pytest.mark.long
def test_three_times_the_pages_are_three_times_the_work(tmp_path: Path, shared: Path) -> None:
    from pypdf import PdfWriter

    folder, found, work = shared / "imports" / "fulltext", [], []
    for pages in (10, 40):
        writer = PdfWriter()
        while len(writer.pages) < pages:
            for name in ("journal.pone.0319315_pages9_11_13.pdf", "dosresmeta_pages6-9.pdf"):
                writer.append(folder / name)
        writer.write(tmp_path / "long.pdf")
        text = read_paper(tmp_path / "long.pdf").text
        work.append(calls_made(partial(check, text)))
        found.append((len(writer.pages), len(candidates_of(Numbers(text)))))
    assert found == [(14, 2 * (18 + 36)), (42, 6 * (18 + 36))]
    assert work[1] < 3.5 * work[0]


def test_tables_are_read_first_and_a_number_is_in_one_candidate_only() -> None:
    text = "Table 1 Odds\n\tOR (95% CI)\tp\nMen\t0.84 (0.63, 1.12)\t0.2\nThe OR was 0.9 (95% CI 0.7-1.1)."
    assert told(text) == [
        "OR: estimate 0.84, low 0.63, high 1.12, p 0.2",
        "OR: estimate 0.9, level 95 %, low 0.7, high 1.1",
    ]


def test_cells_that_run_together_are_told_apart_by_their_order_in_the_row() -> None:
    text = """Table 1 Slopes, 95% CI
Men 0.84 (0.63, 1.12) 0.9 (0.7, 1.1)
Women 0.5 (0.4, 0.6)
Old

0.7 (0.6, 0.8)"""
    assert [each.spot.at for each in read(text)] == [
        "Table 1, Men, no. 1",
        "Table 1, Men, no. 2",
        "Table 1, Women",
        "Table 1, Old",
    ]


def test_a_table_ends_where_running_text_or_a_heading_begins() -> None:
    row = "Table 1 Slopes, 95% CI\nMen 0.84 (0.63, 1.12)"
    for line in ("Discussion", "4. Results:", "Others have found the same.", "words and " * 10):
        first, second = read(f"{row}\n{line}\nMen 0.9 (0.7, 1.1)")
        assert (first.spot.table, second.spot.table) == ("table 1", None)
    for line in ("Women", "Hip\n", "0.5 0.6 0.7 of them."):
        first, second = read(f"{row}\n{line}\nMen 0.9 (0.7, 1.1)")
        assert (first.spot.table, second.spot.table) == ("table 1", "table 1")


def test_notes_of_a_table_name_its_measure_up_to_the_next_heading() -> None:
    table = "Table 1 Results, 95% CI\nMen 0.84 (0.63, 1.12)\nThese are the results as odds ratios.\n"
    assert [each.measure for each in read(f"{table}Discussion\nHazard ratios are others.")] == ["OR"]
    assert [each.measure for each in read(f"{table}Hazard ratios are others.")] == [None]


def test_a_row_label_may_stand_on_the_lines_above_its_numbers() -> None:
    text = """Table 1 Slopes, 95% CI
Non-Hispanic
White

0.84 (0.63,
1.12) 0.9 (0.7, 1.1)
Calcium

(mmol/L)

0.5 (0.4, 0.6)"""
    assert [each.spot.row for each in read(text)] == [
        ("Non-Hispanic White",),
        ("Non-Hispanic White",),
        ("Calcium (mmol/L)",),
    ]
