"""`add` in a terminal: its questions, one after the other, and what ends them."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import pexpect
import pytest

import synthesis.commands.add
import synthesis.commands.asking
from evidence.records.review import load_review
from synthesis.__main__ import main
from tests.synthesis.commands.adding import (
    ESTIMATE,
    STUDY,
    Typist,
    add,
    as_options,
    asked,
    replies,
    study_files,
    written,
)
from tests.synthesis.commands.running import ROOT, called


def test_questions_and_options_make_the_same_record(review: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typist = Typist(replies())
    result = asked(review, monkeypatch, typist)
    assert result.exit_code == 0, result.output
    assert next(typist.replies, None) is None
    by_questions = (review / "studies/lee-2019.yaml").read_bytes()
    (review / "studies/lee-2019.yaml").unlink()
    assert add(review, *as_options(STUDY, ESTIMATE)).exit_code == 0
    assert (review / "studies/lee-2019.yaml").read_bytes() == by_questions


@pytest.mark.parametrize("stop", [0, 20, 35])
def test_an_interrupt_at_the_first_a_middle_and_the_last_question_leaves_nothing(
    review: Path, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    result = asked(review, monkeypatch, Typist(replies(), stop))
    assert result.exit_code == 130
    assert result.stderr == "\nerror: stopped; nothing was written\n"
    assert study_files(review) == ["example.yaml"]


@pytest.mark.long
def test_an_interrupt_at_any_question_leaves_nothing(review: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = replies()
    for stop in range(len(typed)):
        result = asked(review, monkeypatch, Typist(typed, stop))
        assert result.exit_code == 130, stop
        assert result.stderr == "\nerror: stopped; nothing was written\n"
        assert study_files(review) == ["example.yaml"]
    assert len(typed) == 36


def test_a_bad_answer_is_explained_and_asked_again(review: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = replies()
    typed[2:3] = ["19", "2019"]
    typed[1:2] = ["", "Lee J: Bone #1"]
    result = asked(review, monkeypatch, Typist(typed))
    assert result.exit_code == 0
    assert result.stdout.count("\n  10.1000/") == 0, "an answer that is taken as it is typed is not repeated"
    assert "'19' does not fit; expected e.g. 2019" in result.stdout
    assert "this cannot stay empty" in result.stdout
    assert written(review).reports["lee-2019"].year == 2019


def test_one_can_go_back(review: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = replies()
    typed[2:3] = ["2018", "<", "2019"]
    assert asked(review, monkeypatch, Typist(typed)).exit_code == 0
    assert written(review).reports["lee-2019"].year == 2019


def test_a_known_doi_or_study_is_refused_at_its_question(
    review: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert add(review, *as_options({**STUDY, "study": "first"}, ESTIMATE)).exit_code == 0
    typed = replies()
    typed[0:1] = [STUDY["doi"], "10.1000/other"]
    typed[8:9] = ["first", "lee-2019"]
    result = asked(review, monkeypatch, Typist(typed))
    assert "first.yaml has the DOI" in result.stdout
    assert "is now refused" in result.stdout, "both are the same cohort"
    assert "'first' exists" in result.stdout


def test_defaults_come_from_the_review_and_several_estimates_fit(
    review: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ["", "", "", "", "", "", "", "1.20", "", "", "", "0.98, 1.47", "", "Cox", "f", "", "Table 2"]
    silent = ["", "", "w", "", "", "", "", "", "not significant", "", "", "", "Text, p. 4"]
    typed = [*list(STUDY.values()), *first, "y", *silent, "n", ""]
    result = asked(review, monkeypatch, Typist(typed))
    assert result.exit_code == 0, result.output
    record = written(review)
    all_persons, women = record.estimates
    assert "\n  women\n" in result.stdout, "what a letter was completed to"
    assert all_persons.effect is not None
    assert all_persons.effect.measure == "HR"
    assert all_persons.effect.versus is not None
    assert all_persons.effect.versus.exposed == "anemia"
    assert (women.id, women.stratum.sex, women.outcome) == ("hip-fracture-women", "women", "hip-fracture")
    assert women.not_reported is not None
    assert len(record.models) == 1
    assert len(record.outcomes) == 1


def test_only_what_the_options_leave_open_is_asked(review: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typist = Typist([*[""] * 8, "Table 9", "n", "n"])
    given = as_options({**STUDY, "pmid": "1"}, {**ESTIMATE, "at": ""})
    result = asked(review, monkeypatch, typist, *given)
    assert result.exit_code == 1
    assert "nothing was written" in result.stderr
    assert "Where it stands" in result.stdout
    assert "Year of publication" not in result.stdout
    assert study_files(review) == ["example.yaml"]


def test_complete_options_ask_nothing_in_a_terminal(review: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typist = Typist([])
    assert asked(review, monkeypatch, typist, *as_options(STUDY, ESTIMATE)).exit_code == 0
    assert typist.asked == 0


@pytest.mark.parametrize(
    ("replies", "default", "expected"),
    [([""], True, True), ([""], False, False), (["Yes"], False, True), ([" n "], True, False),
     (["ja", "1", "y"], False, True)],
)  # fmt: skip
def test_a_yes_or_a_no_is_asked_until_it_is_one(
    replies: list[str],
    default: bool,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(synthesis.commands.asking, "_typed", Typist(replies))
    assert synthesis.commands.asking.confirm("Sure?", default) is expected
    asked, *again = capsys.readouterr().out.splitlines()
    assert asked == f"Sure? [{'Y/n' if default else 'y/N'}]"
    assert len(again) == 2 * (len(replies) - 1)


def test_going_back_at_the_first_question_asks_it_again_and_a_step_back_forgets(
    review: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = replies()
    typed[0:1] = ["<", "10.1000/wrong", "<", ""]
    typed[-3:-2] = ["<", "age", "Table 2: 'all'"]
    assert asked(review, monkeypatch, Typist(typed)).exit_code == 0
    record = written(review)
    assert record.reports["lee-2019"].doi is None
    [estimate] = record.estimates
    assert record.model_of(estimate).covariates == ("age",)
    assert estimate.where.at == "Table 2: 'all'"


def test_nothing_is_asked_where_answers_go_into_a_file(review: Path) -> None:
    class Typed(StringIO):
        def isatty(self) -> bool:
            return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", Typed())
        done = called(main, "add", "--review", review, "--study", "x", cwd=review)
    assert done.returncode == 2
    assert "missing: --citation" in done.stderr


def in_a_terminal(review: Path) -> pexpect.spawn[str]:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "TERM": "dumb", "LANG": "C.UTF-8", "NO_COLOR": "1"}
    arguments = ["-m", "synthesis", "add", "--review", str(review)]
    terminal = pexpect.spawn(sys.executable, arguments, env=environment, encoding="utf-8", timeout=60)
    terminal.delaybeforesend = None  # each question has been read before it is answered
    return terminal


def test_control_c_in_a_real_terminal(review: Path) -> None:
    terminal = in_a_terminal(review)
    for reply in replies()[:2]:
        terminal.expect_exact("> ")
        terminal.sendline(reply)
    terminal.expect_exact("> ")
    terminal.sendintr()
    terminal.expect_exact("stopped; nothing was written")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130
    assert study_files(review) == ["example.yaml"]


@pytest.mark.long
def test_the_questions_in_a_real_terminal(review: Path) -> None:
    terminal = in_a_terminal(review)
    for reply in replies():
        terminal.expect_exact("> ")
        terminal.sendline(reply)
    terminal.expect_exact("(k 1 → 2)")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert written(review).cohort.name == "Busan: 李"
    assert len(load_review(review).records) == 2
