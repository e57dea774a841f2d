"""`status`: where a review stands, in words and as data, with exit codes for schedulers."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from synthesis.__main__ import app
from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import study, write
from tests.synthesis.living.test_without_doubted import noticed, tea

CALM = {"abel": study("abel", "0.50"), "dahl": study("dahl", "0.20", site="spine")}
VERBS = "literature|check|add|compare-readings|diff|release|screen|flow"
COMMAND = re.compile(r"^   python -m synthesis (.+)$", re.MULTILINE)


def test_the_shipped_review_has_nothing_that_waits(tmp_path: Path) -> None:
    done = synthesis("status", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"hemoglobin-bmd   \d{4}-\d\d-\d\d", lines[0])
    assert lines[1:3] == ["", "As it stands"]
    assert lines[-1] == "Nothing waits."
    assert " second readings: none of 20 records was read a second time" in lines


def test_something_that_waits_makes_the_code_1_and_stands_first(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", **CALM)
    (folder / "drafts").mkdir()
    (folder / "drafts" / "lee.yaml").write_text("study: <to-be-confirmed>\n", encoding="utf-8")
    done = synthesis("status", cwd=folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[1:6] == [
        "",
        "Waits for a person",
        " drafts: 1 draft is incomplete: lee",
        "   python -m synthesis check drafts/lee.yaml",
        "",
    ]
    assert "Nothing waits." not in done.stdout


def test_what_could_not_be_looked_at_makes_the_code_3_and_the_rest_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", **CALM, eder="[")
    (folder / "literature").mkdir()
    (folder / "literature" / "searches.jsonl").write_text("{\n", encoding="utf-8")
    done = synthesis("status", cwd=folder)
    assert (done.returncode, done.stderr) == (3, "")
    lines = done.stdout.splitlines()
    assert lines[2] == "Could not be looked at"
    assert lines[3].startswith(" searched: could not be looked at: 'literature/searches.jsonl', line 1: ")
    assert " records: 1 record cannot be read and is in no pool: eder" in lines
    assert lines.index("Waits for a person") > 3  # the error of `check`
    assert lines.index("As it stands") > lines.index("Waits for a person")


def test_a_wrong_folder_is_code_2(tmp_path: Path) -> None:
    done = synthesis("status", "--review", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --review: 'nowhere' is no folder")


def test_details_stand_below_their_line(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path / "r"), abel="retraction")
    lines = synthesis("status", cwd=folder).stdout.splitlines()
    at = lines.index(" notices: 1 notice about reports not acted upon")
    assert lines[at + 1 : at + 3] == [
        "   abel.yaml:8: paper was retracted, and its status is 'published'",
        "   python -m synthesis check",
    ]
    at = lines.index(" notices: without abel (retracted) 1 result would move")
    assert lines[at + 1].startswith("   Hip: 0.40 [")


def test_every_line_is_data_too(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path / "r"), abel="retraction")
    done = synthesis("status", "--json", cwd=folder)
    data = json.loads(done.stdout)
    assert (done.returncode, data["exit_code"], data["review"]) == (1, 1, "tea")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", data["day"])
    shown = synthesis("status", cwd=folder).stdout
    for line in data["lines"]:
        assert f" {line['topic']}: {line['says']}\n" in shown
        assert all(f"   {each}\n" in shown for each in line["details"])
        assert line["command"] is None or f"   {line['command']}\n" in shown
    waits = [each for each in data["lines"] if each["state"] == "waits"]
    assert [(each["topic"], each["notices"]) for each in waits] == [("notices", ["retraction"])]


@pytest.mark.parametrize("text", ["[", "", "schema: 1\n", "\x00", "review: [1, 2]\n"])
def test_a_damaged_review_is_told_as_far_as_it_can_be(text: str, tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path / "r"), abel="retraction")
    (folder / "review.yaml").write_text(text, encoding="utf-8")
    for words in ((), ("--json",)):
        done = synthesis("status", *words, cwd=folder)
        assert (done.returncode in (1, 3), done.stderr) == (True, "")
    data = json.loads(done.stdout)
    assert data["review"] == "r"
    assert {"searched", "check", "second readings", "notices"} <= {each["topic"] for each in data["lines"]}


@pytest.mark.parametrize(
    "name", ["studies", "drafts", "literature", "literature/screening", "second-readings"]
)
def test_a_file_in_the_place_of_a_folder_breaks_nothing(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "r", **({} if name == "studies" else CALM))
    if name == "studies":
        (folder / "studies").rmdir()
    if "/" in name:
        (folder / "literature").mkdir()
    (folder / name).write_text("a file", encoding="utf-8")
    done = synthesis("status", cwd=folder)
    assert (done.returncode in (0, 1, 3), done.stderr) == (True, "")
    assert " check: " in done.stdout


def test_foreign_words_do_not_command_the_terminal(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path / "r"), abel="retraction")
    path = folder / "studies" / "abel.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "status: published", 'label: "\\e[31mAbel", status: published'
    )
    path.write_text(text, encoding="utf-8")
    done = synthesis("status", cwd=folder)
    assert "\x1b" not in done.stdout
    assert "\\x1b[31mAbel was retracted" in done.stdout


def test_with_a_review_that_is_named_the_commands_name_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", **CALM)
    (folder / "drafts").mkdir()
    (folder / "drafts" / "lee.yaml").write_text("study: <to-be-confirmed>\n", encoding="utf-8")
    (folder / "drafts" / "sue.yaml").write_text(study("sue", "0.1"), encoding="utf-8")
    commands = COMMAND.findall(synthesis("status", "--review", "r", cwd=tmp_path).stdout)
    assert commands == [
        "check r/drafts/lee.yaml",
        "add --from r/drafts/sue.yaml --review r",
        "literature import FILE... --review r",
        "compare-readings --help",
        "release 0.1.0 --review r",
    ]
    done = synthesis("check", "r/drafts/lee.yaml", cwd=tmp_path)
    assert "to be filled in" in done.stdout


def commands_of_the_program(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, each in getattr(group, "commands", {}).items():
        yield f"{before}{name}", each
        yield from commands_of_the_program(each, f"{before}{name} ")


def test_every_command_that_status_names_is_one(tmp_path: Path) -> None:
    """Each is in the program, and so is each of its options."""
    known = dict(commands_of_the_program(typer.main.get_command(app)))
    named: set[str] = set()
    root = Path(__file__).parents[3] / "synthesis" / "living"
    for module in ("literature_status", "record_status", "unreleased"):
        text = (root / f"{module}.py").read_text(encoding="utf-8")
        named |= set(
            re.findall(r'"((?:literature|check|add|compare-readings|diff|release|screen|flow)\b[^"{]*)', text)
        )
    checked = 0
    for words in sorted(named):
        verb, *rest = words.split()
        if verb == "literature" and rest:
            verb = f"literature {rest.pop(0)}"
        if verb == "literature":
            continue  # the folder
        options = {name for each in known[verb].params for name in each.opts}
        assert {word for word in rest if word.startswith("--")} <= options | {"--help"}, words
        checked += 1
    assert checked >= 9


PIECES = (b"\n", b"{", b"[", b": ", b"null", b"- ", b"\t", b'"', b"1e999", b"\xff", b"\x00")
EXPORT = """TY  - JOUR
TI  - Tea and the {}
AU  - Lee, J.
PY  - 2020
DO  - 10.1000/{}
ER  -
"""


def damaged(text: bytes, chance: random.Random) -> bytes:
    """A file with something put in, cut out or cut off."""
    at = chance.randrange(len(text) + 1)
    cut = chance.choice([0, 1, 30, len(text)])
    return text[:at] + chance.choice(PIECES) * chance.randrange(2) + text[at + cut :]


@pytest.mark.long
def test_a_file_damaged_at_random_is_told_and_breaks_nothing(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path / "r"), abel="retraction")
    (tmp_path / "all.ris").write_text(
        "".join(EXPORT.format(name, name) for name in ("hip", "spine", "wrist"))
    )
    assert synthesis("literature", "import", "../all.ris", cwd=folder).returncode == 0
    (folder / "literature" / "screening").mkdir()
    lines = [f"2026-11-30T12:00:00Z\ttitle\tdoi:10.1000/{name}\tinclude\t\n" for name in ("hip", "spine")]
    (folder / "literature" / "screening" / "ana.tsv").write_text("".join(lines), encoding="utf-8")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    chance, looked_at = random.Random(7), 0
    for _ in range(150):
        path = chance.choice(files)
        whole = path.read_bytes()
        path.write_bytes(damaged(whole, chance))
        done = synthesis("status", "--json", cwd=folder)
        assert (done.returncode in (0, 1, 3), done.stderr) == (True, ""), path
        assert len(json.loads(done.stdout)["lines"]) >= 4
        path.write_bytes(whole)
        looked_at += 1
    assert looked_at == 150
