"""The tool that breaks code on purpose: which faults it makes, and what it says of tests that miss them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutation import faults, main, mirrored


@pytest.mark.parametrize(
    ("code", "broken"),
    [
        ("a < b", ["(a >= b)"]),
        ("a is not b", ["(a is b)"]),
        ("a <= b < c", ["(a > b < c)"]),
        ("a * b - c", ["(a * b + c)", "(a / b) - c"]),
        ("a and b or c", ["((a and b) and c)", "(a or b) or c"]),
        ("not a", ["(a)"]),
        ("-a", ["(a)"]),
        ("a if b else c", ["(c if b else a)"]),
        ("True", ["(False)"]),
        ("7", ["(8)"]),
        ("0.5", ["(0.75)"]),
        ("0.0", ["(0.5)"]),
        ("f(a, b=c, d=e)", ["(f(a, b=c))"]),
        ("größe + b", ["(größe - b)"]),
    ],
)
def test_an_expression_has_these_faults(code: str, broken: list[str]) -> None:
    source = code.encode()
    assert [fault.broken(source).decode() for fault in faults(source)] == broken


@pytest.mark.parametrize(
    "code",
    [
        'raise ValueError(f"{a + 1} studies")',
        "assert a == 1",
        'f"{a * 2}"',
        '"a" + b',
        "def f(a: A[1]) -> B[2]: ...",
        "a: A[1] = b",
        "@f(a=1)\ndef g(): ...",
        "@f(a=True)\nclass G: ...",
        "1e-9",
        "f(**a)",
        "a ** b @ c",
    ],
)
def test_messages_annotations_decorators_and_tolerances_have_none(code: str) -> None:
    assert list(faults(code.encode())) == []


def test_every_fault_of_a_module_is_python_and_names_its_line() -> None:
    source = Path(__file__).with_name("mutation.py").read_bytes()
    found = list(faults(source))
    assert len(found) > 50
    for fault in found:
        ast.parse(fault.broken(source))
        assert fault.before.splitlines()[0] in source.decode().splitlines()[fault.line - 1]


def test_the_tests_of_a_room_are_those_that_mirror_it() -> None:
    assert mirrored(Path("synthesis/pooling/kernel/sums.py")) == Path("tests/synthesis/pooling")
    assert mirrored(Path("studies/survey")) == Path("tests/studies/survey")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A room with two functions, one of which no test calls."""
    (tmp_path / "tests" / "room").mkdir(parents=True)
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "sums.py").write_text(
        "def tried(a):\n    return a + a\n\n\ndef untried(a):\n    return a * a\n"
    )
    (tmp_path / "tests" / "room" / "test_sums.py").write_text(
        "from room.sums import tried\n\n\ndef test_a_sum():\n    assert tried(2) == 4\n"
    )
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # which it starts faster without
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.long
def test_faults_that_no_test_notices_are_printed_and_fail(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (tree / "room" / "sums.py").read_text()
    assert main(["room"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "not noticed: room/sums.py:6: a * a -> (a / a)",
        "1 of 2 faults noticed",
    ]
    assert (tree / "room" / "sums.py").read_text() == before
    assert main(["room/sums.py", "--share", "0.5"]) == 0


def test_tests_that_fail_by_themselves_and_rooms_without_code_are_refused(tree: Path) -> None:
    (tree / "room" / "sums.py").write_text("def tried(a):\n    return a * 3\n")
    with pytest.raises(SystemExit, match="fail without any fault"):
        main(["room"])
    with pytest.raises(SystemExit):
        main(["tests/room", "--count", "0"])
