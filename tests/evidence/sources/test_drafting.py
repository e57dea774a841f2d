"""Drafts of records: readable, and no record before a person has confirmed every guess."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from evidence.records.reading import record_from_text
from evidence.records.schema import Record
from evidence.records.unconfirmed import TO_BE_CONFIRMED
from evidence.sources.drafting import drafted, study_name
from evidence.sources.finding import look
from evidence.sources.matching import Numbers
from evidence.sources.paper_files import PaperFile
from evidence.sources.searching import candidates_of
from evidence.sources.text import PaperText

PAPER = """\
Anemia and fracture. doi:10.1234/abc.5678. Bone 2019
Results
Of 500 patients screened, 320 were eligible; 40 of 320 had a fracture.
The odds ratio was 0.84 (95% CI 0.63-1.12; P = .23), the slope 0.5 ± 0.2, the log HR 0.35 (SE 0.12).
Something rose by 3.1 (90% CI 2.1 to 4.1), or by 65% (95% CI 60 to 55).
Table 1 Persons, mean (SD)
\tMen\tWomen\tp
Age\t62.6 (8.0)\t60.1 (7.9)\t0.04
BMI\t25.1 (3.2)\t24.8 (3.1)\t0.6
"""


def draft(text: str = PAPER) -> str:
    paper = PaperFile(Path("lee.txt"), PaperText.of(text.split("\n")), "0" * 64)
    return drafted("lee-2019", paper, "papers/lee.txt", candidates_of(Numbers(paper.text)))


def confirmed(text: str) -> str:
    """What a person would make of it: every mark gone, what was left open filled in."""
    for key, value in {
        "type": "journal article",
        "status": "published",
        "year": "2019",
        "adjustment": "full",
        "on": "2026-11-21",
        "measure": "MD",
    }.items():
        # in `models` the type is free text, so that these words do there as well
        text = re.sub(rf"\b{key}: {TO_BE_CONFIRMED}", f"{key}: {value}", text)
    text = text.replace(f": {TO_BE_CONFIRMED}", ": filled in")
    return text.replace(f" {TO_BE_CONFIRMED}", "")


def test_a_draft_is_a_record_with_nothing_but_marks_to_mend() -> None:
    document = record_from_text(draft(), Path("lee-2019.yaml"))
    assert document.model is None
    assert {problem.rule for problem in document.problems} == {"to-be-confirmed"}
    assert len(document.problems) == draft().count(TO_BE_CONFIRMED) - 1 == 50, "one stands in the head"


def test_any_single_mark_left_keeps_it_from_being_a_record() -> None:
    text = draft(PAPER.replace(", or by 65% (95% CI 60 to 55)", ""))
    head, _, body = text.partition("schema:")
    pieces = body.split(TO_BE_CONFIRMED)
    asked = 0
    for left in range(len(pieces) - 1):
        one = ["\0" if place == left else TO_BE_CONFIRMED for place in range(len(pieces) - 1)]
        marked = "".join(piece + mark for piece, mark in zip(pieces, [*one, ""], strict=True))
        document = record_from_text(
            confirmed(f"{head}schema:{marked}").replace("\0", TO_BE_CONFIRMED), Path("a.yaml")
        )
        assert document.model is None
        assert [problem.rule for problem in document.problems] == ["to-be-confirmed"]
        asked += 1
    assert asked == 45


def complete() -> Record:
    # the interval of '65%' is reversed and its estimate a percentage: a person would leave it out
    text = re.sub(r"\n  - id: line-5-2\n(?:    .*\n)+", "\n", confirmed(draft()))
    model = record_from_text(text, Path("a.yaml")).model
    assert model is not None, record_from_text(text, Path("a.yaml")).problems
    return model


def test_once_confirmed_it_holds_the_numbers_with_their_places_and_quotes() -> None:
    record = complete()
    effects = [estimate.effect for estimate in record.estimates if estimate.effect is not None]
    assert [each.measure for each in effects] == ["OR", "beta", "HR", "MD"]
    assert [str(each.estimate) for each in effects] == ["0.84", "0.5", "0.35", "3.1"]
    odds, slope, log, unknown = effects
    assert odds.ci is not None
    assert [str(limit) for limit in odds.ci] == ["0.63", "1.12"]
    assert (str(odds.p), str(slope.se), log.log) == ("0.23", "0.2", True)
    assert (odds.versus is not None, slope.per, unknown.versus, unknown.per) == (
        True,
        "filled in",
        None,
        None,
    )
    assert (str(odds.level), str(unknown.level)) == ("95 %", "90 %")
    assert record.estimates[0].where.at == "line 4"
    assert record.estimates[0].where.quote == PAPER.split("\n")[3]
    report = record.reports["lee-2019"]
    assert (report.doi, report.text, report.sha256) == ("10.1234/abc.5678", "papers/lee.txt", "0" * 64)
    assert record.flow is not None
    assert record.flow.steps[1].what == "320 were eligible; 40 of 320 had a"
    assert [(step.start, step.left) for step in record.flow.steps] == [(500, None), (None, 320)]
    [table] = record.baseline
    assert table.columns == ("Men", "Women")
    assert [row.variable for row in table.rows] == ["Age", "BMI"]
    assert [[str(cell) for cell in pair] for pair in table.rows[0].mean_sd or ()] == [
        ["62.6", "8.0"],
        ["60.1", "7.9"],
    ]
    assert str(table.rows[0].p) == "0.04"


def test_once_confirmed_every_number_is_found_again_in_the_text() -> None:
    looked = look(complete(), {"lee-2019": PaperText.of(PAPER.split("\n"))})
    assert looked.findings == ()
    assert looked.numbers == 4 + 2 + 2 + 3 + 2 + 10


def test_what_no_word_told_is_marked_and_what_contradicts_itself_has_a_note() -> None:
    text = draft()
    assert f"measure: {TO_BE_CONFIRMED}, estimate: 3.1" in text
    assert f"measure: OR {TO_BE_CONFIRMED}" in text
    assert f"se: 0.2 {TO_BE_CONFIRMED}" in text
    assert f"log: true {TO_BE_CONFIRMED}" in text
    assert "se: 0.12" in text
    assert f"se: 0.12 {TO_BE_CONFIRMED}" not in text, "words told this one"
    assert f"level: 90 % {TO_BE_CONFIRMED}" in text
    assert f"estimate: 65 % {TO_BE_CONFIRMED}" in text
    note = f'note: "the limits of [60, 55] are reversed: the lower is above the upper {TO_BE_CONFIRMED}"'
    assert note in " ".join(text.split())


def test_what_has_no_place_in_a_draft_is_listed_at_its_end() -> None:
    head, _, rest = draft().partition("# Found in the text and not drafted above:\n")
    assert rest == "#   line 3: events 40, of 320\n"
    assert head.startswith("# Drafted by 'python -m synthesis read' from lee.txt")


def test_estimates_of_the_same_place_have_names_of_their_own() -> None:
    ids = re.findall(r"- id: (\S+)", draft())
    assert ids == ["line-4", "line-4-2", "line-4-3", "line-5", "line-5-2"]
    assert all(count == 1 for count in Counter(ids).values())


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Lee 2019", "lee-2019"),
        ("journal.pone.0028031", "journal.pone.0028031"),
        ("Müller_(2020)", "muller-2020"),
        ("...", "study"),
        ("Йод", "study"),
    ],
)
def test_a_study_is_named_by_the_file(words: str, name: str) -> None:
    assert study_name(words) == name


LETTERS = "0123456789.,;:()[]{}<>=±%-–*'\"\\#&|!@`~?/^\t\n\r\0\x1b\x85\u2028\ufeff\ud800 abORHRβCIpnSE95"


@pytest.mark.long
def test_drafts_of_whatever_text_are_yaml_with_nothing_but_marks() -> None:
    chance = random.Random(4)
    tried = 0
    for _ in range(600):
        text = "".join(chance.choice(LETTERS) for _ in range(chance.randrange(20)))
        text = PAPER.replace(chance.choice(("Age", "Men", "Something", "lee", "0.84", "slope")), text)
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(LETTERS) + text[at + chance.randrange(3) :]
        problems = record_from_text(draft(text), Path("a.yaml")).problems
        assert {problem.rule for problem in problems} <= {"to-be-confirmed", "more"}, (text, problems)
        tried += 1
    assert tried == 600
