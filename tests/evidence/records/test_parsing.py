"""What may stand in a file, how large and how deep it may be, and where its parts are found."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from evidence.records.parsing import Place, UnreadableError, parse_file, parse_text
from tests.evidence.records.samples import TEXT

HERE = Path("r.yaml")


@pytest.mark.parametrize(("size", "says"), [(4_999_999, "byte 0xff is not UTF-8"), (5_000_000, "5 MB large")])
def test_a_record_has_less_than_five_megabytes(size: int, says: str, tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_bytes(b"\xff" + b"#" * (size - 1))
    with pytest.raises(UnreadableError, match=says):
        parse_file(path)


def test_thirty_things_may_stand_in_each_other_and_no_more() -> None:
    tree, problems = parse_text("a: " + "[" * 29 + "]" * 29 + "\n", HERE)
    assert problems == []
    part, depth = tree.root.plain(), 1
    part = part["a"]
    while part is not None:
        part, depth = (part[0] if part else None), depth + 1
    assert depth == 30
    with pytest.raises(UnreadableError, match="nested more than 30 deep"):
        parse_text("a: " + "[" * 30 + "]" * 30 + "\n", HERE)


def test_a_text_is_read_by_libyaml_where_it_is_installed_and_alike_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts: list[str] = []
    if find_spec("_ruamel_yaml") is None and not os.environ.get("CI"):
        pytest.skip("libyaml is not installed")
    library = import_module("_ruamel_yaml").CParser

    def asked(text: str) -> object:
        texts.append(text)
        return library(text)

    monkeypatch.setattr("evidence.records.parsing.CParser", asked)
    by_library = parse_text(TEXT, HERE)
    monkeypatch.setattr("evidence.records.parsing.CParser", None)
    assert parse_text(TEXT, HERE) == by_library
    assert texts == [TEXT]


def test_a_second_document_is_named_where_it_begins() -> None:
    for text, line in (("study: a\n---\nstudy: b\n", 2), ("---\nstudy: a\n---\nstudy: b\n", 3)):
        with pytest.raises(UnreadableError) as refused:
            parse_text(text, HERE)
        assert refused.value.problem.place == Place(HERE, line, 1)
        assert refused.value.problem.says == "a second document begins ('---')"
    assert parse_text("---\nstudy: a\n", HERE)[1] == []


def test_a_place_is_that_of_the_nearest_part_that_exists() -> None:
    tree, _ = parse_text("a:\n  - b: 1\n  - two\nc: {d: x}\n", HERE)
    asked: dict[tuple[str | int, ...], tuple[int, int, int]] = {
        (): (1, 1, 1),
        ("a",): (1, 1, 1),
        ("a", 0): (2, 5, 1),
        ("a", 0, "b"): (2, 8, 1),
        ("a", 1): (3, 5, 3),
        ("a", 2): (1, 1, 1),
        ("a", "b"): (1, 1, 1),
        ("a", 1, 0): (3, 5, 3),
        ("c", "d"): (4, 8, 1),
        ("c", 0): (4, 1, 1),
        ("e",): (1, 1, 1),
    }
    assert {at: tuple(tree.spot(at, on_key=False)) for at in asked} == asked
    assert tuple(tree.spot(("c", "d"), on_key=True)) == (4, 5, 1)
    assert tuple(tree.spot(("c", "e"), on_key=True)) == (4, 1, 1)


def test_a_problem_of_a_whole_file_stands_at_its_first_letter(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as refused:
        parse_file(tmp_path / "missing.yaml")
    problem = refused.value.problem
    assert (problem.place, problem.width) == (Place(tmp_path / "missing.yaml", 1, 1), 1)


def test_the_line_that_counts_what_is_not_listed_says_how_to_go_on() -> None:
    _, problems = parse_text(TEXT + "label: x\n" * 60, HERE)
    assert problems[-1].says.startswith("and 9 more")
    assert problems[-1].hint == "Mend the first ones, and check again."


@pytest.mark.parametrize(("text", "at"), [("\tstudy: a\n", (1, 1)), ("study: a\n \t b: c\n", (2, 5))])
def test_a_tab_is_named_in_its_own_line(text: str, at: tuple[int, int]) -> None:
    with pytest.raises(UnreadableError, match="a tab in the indentation") as refused:
        parse_text(text, HERE)
    assert (refused.value.problem.place.line, refused.value.problem.place.column) == at


def test_of_a_pruned_file_the_places_of_what_is_left_out_are_those_of_its_keys() -> None:
    tree, _ = parse_text("a: 1\nb: {c: 2}\nd:\n  e: 3\n", HERE)
    small = tree.pruned(("b",))
    assert small.root.plain() == {"b": {"c": "2"}}
    assert [small.spot(at, on_key=False).line for at in (("b", "c"), ("d", "e"), ("a",))] == [2, 3, 1]
    assert tree.root.plain() == {"a": "1", "b": {"c": "2"}, "d": {"e": "3"}}
