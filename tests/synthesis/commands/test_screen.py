"""`screen`: keys decide, in a terminal and without one."""

from __future__ import annotations

import io
import itertools
import os
import pty
import random
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import sklearn.feature_extraction.text
import sklearn.linear_model  # noqa: F401 - loaded once here, not once in every forked session

from evidence.literature.screening.decision_files import decisions_path, read_decisions_of
from evidence.literature.screening.session import reviewing_alone
from synthesis.__main__ import main
from tests.evidence.literature.screening.screened import review_with_works, say
from tests.synthesis.commands.running import environment, synthesis

Screen = Callable[..., CompletedProcess[str]]


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Runs `screen` on a review of five works with these keys, one a line."""
    review_with_works(tmp_path / "r", 5, "reviewers: 2")

    def run(keys: str, *words: str, who: str = "Ana") -> CompletedProcess[str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{key}\n" for key in keys)))
        return synthesis("screen", "--review", "r", "--reviewer", who, *words, cwd=tmp_path)

    return run


def verdicts(review: Path, who: str = "ana") -> list[tuple[str, str]]:
    return [(each.verdict, each.reason) for each in read_decisions_of(review, who)]


def test_keys_decide_undo_and_quit_and_a_session_resumes(tmp_path: Path, screen: Screen) -> None:
    done = screen("ie2ee" + "z" + "?xe9zue\r" + "q")
    assert (done.returncode, done.stderr) == (0, "")
    assert verdicts(tmp_path / "r") == [
        ("include", ""), ("exclude", "wrong exposure"), ("exclude", ""), ("undo", ""), ("unsure", ""),
        ("exclude", ""),
    ]  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines[0] == "in the order of their ids until one is included and one excluded"
    assert [line for line in lines if " · title · ana" in line] == [
        f"{n} of 5 · title · ana" for n in (1, 2, 3, 4, 3, 4, 5)
    ]
    assert "Study 0 of bones" in lines
    assert "We measured bones and bones again in 0 persons" in lines
    assert "i include   e exclude   u unsure   z undo   q quit   ? help" in lines
    assert "  2 wrong exposure" in lines
    assert "  Enter no reason, z back" in lines
    assert "excluded: wrong exposure" in lines
    assert "taken back" in lines
    assert "? explains the keys" in lines
    assert "a number from 1 to 6" in lines
    assert any(line.startswith("z  undo: take back the last decision") for line in lines)
    assert "ana, title: 1 include, 2 exclude, 1 unsure" in lines
    assert lines[-1].startswith(
        "4 of 5 screened, 2 kept. An estimate, no permission to stop: at most 1 relevant"
    )
    again = screen("i")
    assert "5 of 5 · title · ana" in again.stdout
    assert "· you were unsure of this one" in again.stdout  # the end of its input quits
    last = screen("i")
    assert "nothing is left to decide here" in last.stdout
    assert screen("").stdout.splitlines()[-3:] == [
        "ana, title: 3 include, 2 exclude, 0 unsure",
        "nothing is left to decide here",
        "next: python -m synthesis screen --stage full-text",
    ]


def test_undo_without_a_decision_is_told(tmp_path: Path, screen: Screen) -> None:
    done = screen("znq")
    assert "there is no decision to take back" in done.stdout
    assert done.stdout.count("? explains the keys") == 1  # n is no key at titles
    assert done.stdout.splitlines()[-1] == "no estimate of what is missed: nothing was kept yet"
    assert not decisions_path(tmp_path / "r", "ana").exists()


def test_what_is_left_unsure_comes_again(screen: Screen) -> None:
    assert screen("uuuuu").stdout.splitlines()[-1] == (
        "nothing is left to decide here; those that are unsure come again"
    )


def test_full_texts_need_a_reason_and_may_not_be_retrieved(tmp_path: Path, screen: Screen) -> None:
    for who in ("ana", "bo"):
        for n in range(3):
            say(tmp_path / "r", who, f"pmid:{1000 + n}", "include")
    done = screen("ne\re1i", "--stage", "full-text")
    assert verdicts(tmp_path / "r")[3:] == [
        ("not retrieved", ""), ("exclude", "wrong population"), ("include", ""),
    ]  # fmt: skip
    assert "i include   e exclude   u unsure   n not retrieved   z undo   q quit   ? help" in done.stdout
    assert "  z back" in done.stdout.splitlines()
    assert "1 of 3 · full text · ana" in done.stdout
    assert "ana, full text: 1 include, 1 exclude, 0 unsure, 1 not retrieved" in done.stdout
    assert "An estimate" not in done.stdout
    assert "in the order" not in done.stdout


def test_reviewers_do_not_see_each_other_until_both_have_decided(tmp_path: Path, screen: Screen) -> None:
    screen("ieeu")
    assert screen("", "--conflicts").stdout.splitlines() == ["no conflict waits at stage title"]
    second = screen("eieu", who="Bo")
    assert "ana" not in second.stdout
    done = screen("se\rq", "--conflicts", who="Bo")
    assert "conflict 1 of 2 · title" in done.stdout
    assert re.search(r"^ana: include on 20\d\d-\d\d-\d\d$", done.stdout, re.MULTILINE)
    assert re.search(r"^bo: exclude \(wrong", done.stdout, re.MULTILINE) is None
    assert done.stdout.splitlines()[-1] == "1 conflict settled, 1 left"
    (line,) = decisions_path(tmp_path / "r", "agreed").read_text().splitlines()[1:]
    assert line.split("\t")[1:] == ["title", "pmid:1001", "exclude", "", "bo"]
    more = screen("e" + "z" + "i", "--conflicts")
    assert more.stdout.splitlines()[-1] == "1 conflict settled, 0 left"
    assert verdicts(tmp_path / "r", "agreed") == [("exclude", ""), ("include", "")]
    assert screen("q", "--conflicts").stdout == "no conflict waits at stage title\n"


def test_agreement_is_a_table_or_a_sentence(tmp_path: Path, screen: Screen) -> None:
    none = screen("", "--agreement")
    assert (none.returncode, none.stderr) == (
        1, "error: no two reviewers have decided the same citations at stage title\n",
    )  # fmt: skip
    screen("i" + "e\r" * 4)
    screen("ii" + "e\r" * 3, who="Bo")
    done = screen("", "--agreement")
    assert done.stdout.splitlines()[0] == "ana and bo: 5 works decided by both, 4 alike (80%)"
    assert "Cohen's kappa 0.55 (95% CI" in done.stdout  # (0.8 - 0.56) / 0.44


def test_decisions_of_other_tools_are_taken_over(tmp_path: Path, screen: Screen) -> None:
    text = "".join(
        f"TY  - JOUR\nTI  - T\nPM  - {pmid}\nN1  - ASReview_relevant\nER  -\n" for pmid in (1000, 1001, 9)
    )
    (tmp_path / "a.ris").write_text(text)
    say(tmp_path / "r", "ana", "pmid:1001", "exclude")
    done = screen("", "--import", "a.ris")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "ana: 1 decision taken over",
        "1 decision known before or decided here",
    ]
    assert done.stderr.startswith(
        "error: 1 decision about works that are not in the review; import the file's"
    )
    (tmp_path / "a.ris").write_text(text[: text.index("TY", 2)])
    assert screen("", "--import", "a.ris", who="Bo").returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--stage", "abstract"], 2, "no stage is called 'abstract'; expected title or full-text"),
        (["--conflicts", "--agreement"], 2, "give --conflicts, --agreement or --import, one at a time"),
        (["--reviewer", "agreed"], 1, "'agreed' names no reviewer; expected a name such as 'Ana López'"),
        (["--import", "none.ris"], 1, "'none.ris': no such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(screen: Screen, words: list[str], code: int, says: str) -> None:
    done = screen("", *words)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"error: {says}\n")


def test_a_review_is_named_and_has_citations(tmp_path: Path) -> None:
    done = synthesis("screen", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        2, "error: no review.yaml is here; name the review with --review DIR\n",
    )  # fmt: skip
    synthesis("init", "r", cwd=tmp_path)
    done = synthesis("screen", "--review", "r", cwd=tmp_path)
    assert done.returncode == 1
    assert "the review has no citations; see: python -m synthesis literature import --help" in done.stderr


def test_the_reviewer_is_who_git_says(
    tmp_path: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setattr("sys.stdin", io.StringIO("i\nq\n"))
    nobody = synthesis("screen", "--review", "r", cwd=tmp_path)
    assert (nobody.returncode, nobody.stderr) == (
        2, "error: nobody is named: give --reviewer NAME, or set user.name of git\n",
    )  # fmt: skip
    (tmp_path / "config").write_text("[user]\n  name = Ana López\n", encoding="utf-8")
    synthesis("screen", "--review", "r", cwd=tmp_path)
    assert verdicts(tmp_path / "r", "ana-lópez") == [("include", "")]
    monkeypatch.setenv("PATH", "")
    assert synthesis("screen", "--review", "r", cwd=tmp_path).returncode == 2


def test_a_second_session_of_the_same_reviewer_is_refused(tmp_path: Path, screen: Screen) -> None:
    with reviewing_alone(tmp_path / "r", "ana"):
        done = screen("i")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "error: 'ana.tsv' is in use by another session; end that one first\n"
        assert screen("i", who="Bo").returncode == 0


def test_a_disk_that_is_full_is_told_and_nothing_is_decided(
    tmp_path: Path,
    screen: Screen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(file: int, content: bytes) -> int:
        return len(content) - 1

    with monkeypatch.context() as patched:
        patched.setattr("evidence.literature.screening.decision_files.os.write", full)
        done = screen("ii")
    assert re.search(r"^error: '.*ana.tsv' was not written: there is no space left for a whole line; "
                     r"nothing is decided$", done.stderr, re.MULTILINE)  # fmt: skip
    assert done.stdout.splitlines()[-2] == "ana, title: 0 include, 0 exclude, 0 unsure"
    assert verdicts(tmp_path / "r") == []


def test_without_the_extra_the_order_is_that_of_the_ids_and_said_so(
    screen: Screen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)
    done = screen("ie\r")
    assert done.stdout.startswith(
        "citations come in the order of their ids: ordering by relevance needs scikit-"
    )
    assert done.stdout.splitlines()[-1].endswith("as if all had come by chance).")


def test_decisions_about_citations_that_are_gone_are_told(tmp_path: Path, screen: Screen) -> None:
    say(tmp_path / "r", "bo", "pmid:9", "include")
    assert "no one citation has the id pmid:9, decided on 2026-11-30" in screen("q").stdout


def test_two_branches_of_screening_merge_without_conflict(tmp_path: Path, screen: Screen) -> None:
    def git(*words: str) -> None:
        quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        named = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(
            ["git", *named, *words], cwd=tmp_path / "r", check=True, capture_output=True, env=quiet
        )

    git("init", "-b", "main")
    screen("i")
    git("add", ".")
    git("commit", "-m", "start")
    git("checkout", "-b", "other")
    screen("e\r")
    screen("i", who="Bo")
    git("add", ".")
    git("commit", "-m", "other")
    git("checkout", "main")
    screen("ui")
    git("commit", "-am", "more")
    git("merge", "other", "-m", "merged")
    assert len(read_decisions_of(tmp_path / "r", "ana")) == 4
    assert verdicts(tmp_path / "r", "bo") == [("include", "")]
    assert (decisions_path(tmp_path / "r", "ana").parent / ".ana.lock").exists()
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=tmp_path / "r", check=True, capture_output=True, text=True
    )
    assert status.stdout == ""


def started(review: Path, who: str) -> tuple[int, int]:
    """A session in a terminal of its own, without starting Python anew: its process and its terminal."""
    process, terminal = pty.fork()
    if process == 0:
        try:
            os.environ.update(environment(COLUMNS="80", LINES="40", TERM="xterm"))
            for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
                setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
            sys.argv = ["program", "screen", "--review", str(review), "--reviewer", who]
            main()
        finally:
            os._exit(9)
    return process, terminal


def shown(terminal: int, seconds: float) -> bytes:
    """What a terminal shows within a time."""
    text, end = b"", time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and select.select([terminal], [], [], left)[0]:
        try:
            text += os.read(terminal, 1 << 16)
        except OSError:  # the session has ended
            break
        if text.endswith(b"? help\r\n") or b"? help" in text[-40:]:
            break
    return text


def at_number(text: bytes) -> int:
    found = re.findall(rb"([0-9,]+) of [0-9,]+ \xc2\xb7 title", text)
    return int(found[-1].replace(b",", b"")) if found else 0


KILLED = 50
"""Sessions; two hundred were killed once without a loss."""


@pytest.mark.long
def test_a_session_that_is_killed_at_any_moment_loses_no_decision(tmp_path: Path) -> None:
    """Whatever was shown next stands for a decision before it: those are all on the disk, whole."""
    review_with_works(tmp_path / "r", 600, "reviewers: 20")
    chance, in_all = random.Random(2), 0
    for turn in range(KILLED):
        who = f"ana-{turn // 20}"
        before = read_decisions_of(tmp_path / "r", who)
        firm = sum(each.verdict != "unsure" for each in before)
        process, terminal = started(tmp_path / "r", who)
        first = latest = at_number(text := shown(terminal, 60))
        assert first == firm + 1, text[-2000:]  # those that are unsure come again at the end
        for _ in range(chance.randrange(1, 6)):
            key = chance.choice([b"i", b"u", b"e2"])
            again = itertools.cycle((key, b"2"))  # the terminal throws away what comes before it is asked for
            before_key = latest
            while latest == before_key:
                os.write(terminal, next(again))
                latest = max(latest, at_number(shown(terminal, 1)))
        os.write(terminal, chance.choice([b"i", b"u"]))
        time.sleep(chance.uniform(0.0, 0.02))
        os.kill(process, signal.SIGKILL)
        latest = max(latest, at_number(shown(terminal, 0.05)))
        os.waitpid(process, 0)
        os.close(terminal)
        written = read_decisions_of(tmp_path / "r", who)
        assert written[: len(before)] == before
        assert len({each.id for each in written}) == len(written)
        assert len(written) - len(before) >= latest - first
        in_all += latest - first
    assert in_all >= KILLED
