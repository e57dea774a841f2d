"""What changed in a file is told field by field, as printed, at its line; what did not is not told."""

from __future__ import annotations

from pathlib import Path

from evidence.records.parsing import Tree, parse_text
from synthesis.living.changed_fields import FieldChange, changed_fields
from tests.synthesis.living.reviews import study


def tree(text: str) -> Tree:
    return parse_text(text, Path("abel.yaml"))[0]


def changes(old: str, new: str) -> list[FieldChange]:
    return changed_fields(tree(old), tree(new))


def words(old: str, new: str) -> list[str]:
    return [each.words for each in changes(old, new)]


ABEL = study("abel", "0.10")


def test_a_number_is_told_with_every_digit_and_its_line() -> None:
    [change] = changes(ABEL, ABEL.replace("estimate: 0.10", "estimate: 0.1"))
    assert change.words == "main: effect.estimate 0.10 → 0.1"
    assert (change.part, change.of, change.key) == ("estimates", "main", "effect.estimate")
    line = next(n for n, text in enumerate(ABEL.splitlines(), 1) if "estimate: 0.10" in text)
    assert (change.place.path, change.place.line) == (Path("abel.yaml"), line)


def test_comments_layout_and_the_order_of_keys_change_nothing() -> None:
    other = "# a note\n" + ABEL.replace("design: trial\n", "").replace("title:", "design: trial\n\ntitle:", 1)
    assert words(ABEL, other) == []
    flow, block = "a: {b: 1, c: [2, 3]}\n", "a:\n  c:\n    - 2\n    - 3\n  b: '1'\n"
    assert words(flow, block) == []


def test_an_interval_is_one_field_and_words_in_a_list_are_another() -> None:
    assert words("e: {ci: [0.002, 0.0135]}", "e: {ci: [0.0011, 0.0127]}") == [
        "e: ci [0.002, 0.0135] → [0.0011, 0.0127]"
    ]
    assert words("m: {c: [age, sex]}", "m: {c: [sex, age]}") == ["m: c [age, sex] → [sex, age]"]


def test_what_is_added_or_gone_as_a_whole_is_one_change() -> None:
    assert words("a: 1", "a: 1\nb: {c: 2, d: [3, 4]}") == ["b added: {c: 2, d: [3, 4]}"]
    assert words("a: 1\nb: {c: 2}", "a: 1") == ["b removed: {c: 2}"]
    assert words("a: {b: 1}", "a: {b: 1, c: }") == ["a: c added: null"]
    old, new = "estimates: [{id: x, n: 1}]", "estimates: [{id: x, n: 1}, {id: y, n: 2}]"
    assert words(old, new) == ["y added: {id: y, n: 2}"]
    assert words(new, old) == ["y removed: {id: y, n: 2}"]
    assert words("a: 1", "a: 1\nestimates: [{id: x}]") == ["estimates added: [{id: x}]"]
    assert words("estimates: [{id: x}]", "estimates: none") == ["estimates [{id: x}] → none"]
    assert words("a: 1\nanalyses: [{id: x}]", "a: 1") == ["analyses removed: [{id: x}]"]


def test_a_value_that_becomes_a_mapping_is_told_whole() -> None:
    assert words("a: 1", "a: {b: 1}") == ["a 1 → {b: 1}"]
    assert words("a: {b: 1}", "a: [1]") == ["a {b: 1} → [1]"]
    assert words("a: []", "a: [{b: 1}]") == ["a [] → [{b: 1}]"]


def test_entries_are_told_apart_by_their_names_whatever_their_order() -> None:
    old = "estimates: [{id: x, n: 1}, {id: y, n: 2}]"
    assert words(old, "estimates: [{id: y, n: 2}, {id: x, n: 1}]") == []
    assert words(old, "estimates: [{id: y, n: 3}, {id: x, n: 1}]") == ["y: n 2 → 3"]
    groups = "g: [{name: a, n: 1}, {name: a, n: 2}]"
    assert words(groups, groups.replace("n: 2", "n: 3")) == ["g: a (2).n 2 → 3"]
    steps = "flow: {steps: [{left: 1}, {left: 2}]}"
    assert words(steps, steps.replace("left: 2", "left: 3")) == ["flow: steps.no. 2.left 2 → 3"]


def test_an_estimate_under_another_id_is_a_new_id_and_not_a_new_estimate() -> None:
    [change] = changes(ABEL, ABEL.replace("id: main", "id: hip"))
    assert change.words == "hip: id main → hip"
    both = ABEL.replace("id: main", "id: hip").replace("estimate: 0.10", "estimate: 0.20")
    assert [each.split(" ")[:2] for each in words(ABEL, both)] == [["hip", "added:"], ["main", "removed:"]]


def test_two_equal_estimates_that_are_renamed_are_two_new_ids() -> None:
    old = "estimates: [{id: a, n: 1}, {id: b, n: 1}]"
    assert words(old, "estimates: [{id: c, n: 1}, {id: d, n: 1}]") == ["c: id a → c", "d: id b → d"]
    assert words("estimates: [{id: a, n: 1}]", "estimates: [{id: a, n: 1}, {id: b, n: 1}]") == [
        "b added: {id: b, n: 1}"
    ]


def test_a_long_text_is_cut_short_in_a_sentence_and_whole_in_the_change() -> None:
    [change] = changes("a: x", f"a: {'y' * 101}")
    assert change.words == f"a x → {'y' * 99}…"
    assert change.after == "y" * 101
    assert words("a: x", f"a: {'y' * 100}") == [f"a x → {'y' * 100}"]


def test_a_place_is_named_from_the_folder_of_the_review() -> None:
    [change] = changed_fields(
        parse_text("a: 1", Path("tea/studies/x.yaml"))[0], parse_text("\na: 2", Path("tea/studies/x.yaml"))[0]
    )
    assert change.where(Path("tea")) == "studies/x.yaml:2"
    assert change.where(Path("coffee")) == "x.yaml:2"
