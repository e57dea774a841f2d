"""Reading: positions, plain words, and no file that breaks it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.records import parsing
from evidence.records.parsing import MAX_PROBLEMS, Problem, Severity
from evidence.records.reading import read_record, record_from_text
from evidence.records.review_folder import record_paths
from tests.evidence.records.samples import TEXT, bent
from tests.thinned import thinned
from tests.work import calls_made


def problems_of(text: str) -> tuple[Problem, ...]:
    return record_from_text(text, Path("r.yaml")).problems


def test_a_valid_record_keeps_every_spelling() -> None:
    document = record_from_text(bent(("0.002,", "0.0020,")), Path("r.yaml"))
    assert document.problems == ()
    assert document.model is not None
    effect = document.model.estimates[0].effect
    assert effect is not None
    assert effect.ci is not None
    assert [limit.text for limit in effect.ci] == ["0.0020", "0.0135"]
    assert document.model.cohort.country == "NO", "a country is no boolean"
    assert document.model.outcomes["hip"].unit_stated is False


@pytest.mark.parametrize(
    ("old", "new", "at", "says", "hint"),
    [
        ("0.0079", "hello", "hello", "is not a number", None),
        ("[0.002, 0.0135]", "[0.002]", "ci:", "'ci' has one number; expected two", None),
        ("[0.002, 0.0135]", "0.002", "0.002", "'ci' has one number; expected two", None),
        ("[0.002, 0.0135]", "[1, 2, 3]", "ci:", "'ci' has 3 numbers", None),
        ("level: 95 %", "leve: 95 %", "leve:", "unknown key 'leve'", "Did you mean 'level'?"),
        (
            "outcome: hip",
            "outcome: hipp",
            "hipp",
            "no outcome of this record is called",
            "Did you mean 'hip'?",
        ),
        ("adjustment: full", "adjustment: ful", "ful,", "'ful' is not known", "Did you mean 'full'?"),
        ("n: 1426", "n: 2020-01-01", "2020-01", "is not a whole number", None),
        ("n: 1426", "n: many", "many", "is not a whole number", None),
        ("0.0079", "0,0079", "0079", "unknown key '0079'", "write 0.92 for 0,92"),
        ("[0.002, 0.0135]", "[0,002, 0,0135]", "ci:", "a decimal comma begins a new number", None),
        (
            "level: 95 %",
            "use: sd",
            "sd,",
            "'sd' is not known; expected one of: ci, se, t",
            None,
        ),
        ("level: 95 %", "df: nan", "nan", "df is no number", None),
        ("unit_stated: no", "unit_stated: nope", "nope", "neither true nor false", None),
        ("on: 2026-11-21", "on: yesterday", "yesterday", "is not a date", None),
        ("year: 2019, ", "", "lee-2019: {", "'year' is missing", "Add a line"),
        ("p: 0.006", "p: .nan", ".nan", "is not a p-value", None),
        ("p: 0.006", "p: 2019-01-01", "2019-01-01", "is not a p-value", None),
        ("stratum: {sex: men}", "stratum: men", "men\n    effect", "several 'key: value' lines", None),
        ("sex: men", "sex: man", "man}", "'man' is not known", "Did you mean 'men'?"),
        ("women: 54.2 %", "women: 54.2", "54.2", "no percent sign", None),
        ("[age, sex]", "age", "age}", "'covariates' is a list", None),
        ("report: lee-2019", "report: lee-2018", "lee-2018", "no report", "Did you mean 'lee-2019'?"),
    ],
)
def test_each_mistake_is_named_where_it_stands(
    old: str, new: str, at: str, says: str, hint: str | None
) -> None:
    text = bent((old, new))
    found = problems_of(text)
    assert len(found) == 1, found
    assert says in found[0].says
    assert found[0].severity is Severity.ERROR
    place = found[0].place
    offset = sum(len(line) + 1 for line in text.split("\n")[: place.line - 1]) + place.column - 1
    assert text[offset:].startswith(at), f"points at {text[offset : offset + 20]!r}"
    if hint is not None:
        assert found[0].hint is not None
        assert hint in found[0].hint


def test_all_problems_of_a_file_come_at_once() -> None:
    found = problems_of(bent(("0.0079", "hello"), ("n: 1426", "n: many"), ("level: 95 %", "leve: 95 %")))
    assert [problem.place.line for problem in sorted(found, key=lambda problem: problem.sort_key)] == [
        8,
        19,
        19,
    ]


def test_a_duplicate_key_is_an_error_that_names_both_lines() -> None:
    found = problems_of(bent(("    where:", "    outcome: hip\n    where:")))
    assert [(problem.rule, problem.place.line) for problem in found] == [("duplicate-key", 20)]
    assert "line 17" in found[0].says


def test_two_estimates_of_one_name_are_refused() -> None:
    estimate = TEXT[TEXT.index("  - id: hip-men") : TEXT.index("extraction:")]
    found = problems_of(TEXT.replace(estimate, estimate * 2))
    assert [problem.rule for problem in found] == ["unknown-name"]


BILLION_LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefghijklmn", "bcdefghijklmno", strict=True)
)
EVIL = {
    "empty": b"",
    "only a comment": b"# nothing\n",
    "only null": b"~\n",
    "a list": b"- 1\n- 2\n",
    "a scalar": b"hello\n",
    "latin-1": "study: Müller\n".encode("latin-1"),
    "utf-16": TEXT.encode("utf-16"),
    "nul bytes": b"\x00" * 100,
    "a picture": bytes(range(256)) * 4,
    "tabs": b"study:\n\tname: x\n",
    "unclosed list": b"study: [1, 2\nx: 3\n",
    "unclosed quote": b'study: "abc\n',
    "two documents": b"study: a\n---\nstudy: b\n",
    "aliases": BILLION_LAUGHS.encode(),
    "recursive alias": b"a: &a [*a]\n",
    "alias as a key": b"a: &a x\n*a : 1\n",
    "unknown alias": b"a: *nowhere\n",
    "merge key": b"a: &a {x: 1}\nb:\n  <<: *a\n",
    "tags": b"study: !!python/object/apply:os.system [ls]\n",
    "deep flow": b"a: " + b"[" * 100_000,
    "deep mappings": b"a: " + b"{a: " * 50_000,
    "deep blocks": "".join(f"{' ' * i}a:\n" for i in range(500)).encode(),
    "list as a key": b"? [a, b]\n: 1\n",
    "long key": b"a" * 300_000 + b": 1\n",
    "control character": b"study: a\x07b\n",
    "percent sign": b"study: %x\n",
    "at sign": b"study: @x\n",
    "byte order mark": b"\xef\xbb\xbf" + TEXT.replace("lee-2019:", "lee-2019 :").encode(),
    "booleans": b"study: no\ntitle: off\ndesign: yes\n",
    "windows line ends": TEXT.replace("\n", "\r\n").replace("0.0079", "?").encode(),
}


@pytest.mark.parametrize("name", EVIL)
def test_no_file_is_evil_enough_for_a_traceback(name: str, tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_bytes(EVIL[name])
    document = read_record(path)
    assert document.model is None or name == "byte order mark"
    assert document.problems or name == "byte order mark"
    for problem in document.problems:
        assert problem.place.path == path
        assert problem.place.line >= 1
        assert problem.place.column >= 1
        assert problem.says
        assert "\n" not in problem.says
        assert len(problem.says) < 300


def test_tabs_and_wrong_encodings_are_named_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_bytes(EVIL["tabs"])
    assert "tab" in read_record(path).problems[0].says
    path.write_bytes(b"study: a\ntitle: M\xfcller\n")
    problem = read_record(path).problems[0]
    assert (problem.place.line, problem.place.column) == (2, 9)
    assert "UTF-8" in problem.says
    path.write_bytes(b"\nM\xfcller\n")
    problem = read_record(path).problems[0]
    assert (problem.place.line, problem.place.column) == (2, 2)


@pytest.mark.parametrize(
    ("text", "at", "says", "hint"),
    [
        ("study: a: b\n", (1, 9), "a ':' too many in this line", "in quotes"),
        ("study: a:\tb\n", (1, 9), "a ':' too many in this line", "in quotes"),
        ("study: a\x07b\n", (1, 9), "a character that cannot stand in a text file", "from copying a PDF"),
        ("\nstudy: a\x07b\n", (2, 9), "a character that cannot stand in a text file", "from copying a PDF"),
        ("a: b\nstudy: a\x07b\n", (2, 9), "a character that cannot stand in a text file", "invisible"),
        ("study: - a\n", (1, 8), "not valid YAML: block sequence entries are not allowed", "colons"),
        ("study: @x\n", (1, 8), "a character that cannot begin a value", "in quotes"),
        ("study: [1, 2\nx: 3\n", (2, 2), "a list or mapping in brackets is not closed", "comma"),
        ('study: "abc\n', (2, 1), "a quoted text is not closed", "quotation mark"),
        ("study:\n\tname: x\n", (2, 1), "a tab in the indentation", "spaces only"),
    ],
)
def test_a_slip_of_yaml_is_told_in_plain_words(text: str, at: tuple[int, int], says: str, hint: str) -> None:
    (problem,) = problems_of(text)
    assert (problem.rule, problem.place.line, problem.place.column) == ("yaml", *at)
    assert says in problem.says
    assert problem.hint is not None
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            ("schema: 1", "schema: 1\nlabel: [a]"),
            "'label': a list or mapping stands where a text is expected",
        ),
        (("[0.002, 0.0135]", "[0.002]"), "'ci' has one number; expected two, e.g. [0.002, 0.0135]"),
        (("estimates:\n", "estimates:\n  - x\n"), "'x' stands where several 'key: value' lines are expected"),
    ],
)
def test_a_value_is_named_by_its_key_once_and_an_entry_of_a_list_by_none(
    change: tuple[str, str], says: str
) -> None:
    assert [problem.says for problem in problems_of(bent(change))] == [says]


def test_covariates_are_a_list_of_names_or_not_stated() -> None:
    said = "'covariates' is a list, e.g. [age, sex], or 'not stated'"
    for wrong in ("age", "[age, {a: b}]", "{a: b}", "", "[~]", "[[age]]", "[' ']"):
        assert [problem.says for problem in problems_of(bent(("[age, sex]", wrong)))] == [said], wrong
    for right in ("[]", "[age]", "not stated"):
        assert problems_of(bent(("[age, sex]", right))) == (), right


def test_files_that_are_no_files(tmp_path: Path) -> None:
    link = tmp_path / "dangling.yaml"
    link.symlink_to(tmp_path / "nowhere.yaml")
    assert "leads nowhere" in read_record(link).problems[0].says
    assert "directory" in read_record(tmp_path).problems[0].says
    missing = read_record(tmp_path / "missing.yaml").problems[0]
    assert "does not exist" in missing.says
    assert str(missing.place) == f"{tmp_path / 'missing.yaml'}:1:1"


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    assert "100 MB" in read_record(path).problems[0].says


def test_what_blocks_or_never_ends_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    for target in (pipe, Path("/dev/zero"), Path("/dev/stdin")):
        link = tmp_path / f"{target.stem}-link.yaml"
        link.symlink_to(target)
        (problem,) = read_record(link).problems
        assert "regular file" in problem.says


def test_a_file_that_grows_while_it_is_read_stays_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(parsing, "MAX_BYTES", len(TEXT.encode()))
    assert "large" in read_record(path).problems[0].says
    monkeypatch.setattr(parsing, "MAX_BYTES", len(TEXT.encode()) + 1)
    assert read_record(path).problems == ()
    if Path("/proc/self/status").exists():  # says that it has no bytes, and has more
        monkeypatch.setattr(parsing, "MAX_BYTES", 10)
        assert "large" in read_record(Path("/proc/self/status")).problems[0].says


def test_a_name_that_is_not_utf_8_is_read(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"Mu\xefller.yaml")
    path.write_text(TEXT, encoding="utf-8")
    assert read_record(path).problems == ()
    assert record_paths(tmp_path) == []
    assert "does not exist" in read_record(Path("a\0b.yaml")).problems[0].says


def large(many: int) -> dict[str, str]:
    """Files with so many mistakes; of estimates a tenth, as each has two."""
    return {
        "unknown keys": "".join(f"key{i}: 1\n" for i in range(many)),
        "unknown keys of an effect": TEXT.replace(
            "level: 95 %", ", ".join(f"leve{i}: 1" for i in range(many))
        ),
        "aliases": "a: &a 1\nb: [" + "*a, " * many + "]\n",
        "aliases of aliases": "".join(
            ["x0: &x0 [1]\n", *(f"x{i}: &x{i} [*x{i - 1}, *x{i - 1}]\n" for i in range(1, many))]
        ),
        "repeated keys": "a: 1\n" * many,
        "names of nothing": TEXT.replace(
            "estimates:\n",
            "estimates:\n"
            + "".join(
                f"  - {{id: e{i}, outcome: hipp, not_reported: {{said: ns}}, where: {{report: r, at: T}}}}\n"
                for i in range(many // 10)
            ),
        ),
    }


LARGE, QUARTER = large(8_000), large(2_000)


@pytest.mark.parametrize("name", thinned(LARGE, 2))
def test_a_large_file_of_mistakes_is_told_in_few_lines_and_its_work_grows_as_the_file(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(QUARTER[name], encoding="utf-8")
    quarter = calls_made(lambda: read_record(path))
    path.write_text(LARGE[name], encoding="utf-8")
    assert calls_made(lambda: read_record(path)) < 4.5 * quarter, "every pair of mistakes would be 16 times"
    found = read_record(path).problems
    assert len(found) == MAX_PROBLEMS + 1
    assert re.search(r"and [\d,]+ more", found[-1].says)
    assert all(len(problem.says) + len(problem.hint or "") < 1_000 for problem in found)


@pytest.mark.parametrize("more", [0, 1, 10])
def test_what_is_not_listed_is_counted_at_the_place_of_the_last_one_listed(more: int) -> None:
    repeated = problems_of(TEXT + "label: x\n" * (MAX_PROBLEMS + 1 + more))
    unknown = problems_of(TEXT + "".join(f"key{i}: 1\n" for i in range(MAX_PROBLEMS + more)))
    end = TEXT.count("\n") + MAX_PROBLEMS
    last = (end + 1, end)
    for found, line in zip((repeated, unknown), last, strict=True):
        listed = [problem for problem in found if problem.rule in ("duplicate-key", "unknown-key")]
        assert len(listed) == MAX_PROBLEMS
        assert [problem.says.split(" like")[0] for problem in found if problem.rule == "more"] == (
            [f"and {more} more"] if more else []
        )
        if more:
            assert found[-1].place.line == found[-2].place.line == line


def test_every_name_of_nothing_is_counted() -> None:
    found = problems_of(LARGE["names of nothing"])  # an outcome and a report of each of 800 estimates
    assert found[-1].says.startswith("and 1,550 more")


def test_a_problem_is_as_wide_as_its_value_on_one_line_and_else_one_letter() -> None:
    widths = [
        problem.width
        for change in (
            ("adjustment: full", "adjustment: fully"),
            ("estimates:\n", "estimates:\n  -\n"),
            ("adjustment: full", "adjustment: 'ful\n    ly'"),
        )
        for problem in problems_of(bent(change))
    ]
    assert widths == [5, 1, 1]


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_a_record_or_a_problem(text: str) -> None:
    document = record_from_text(text, Path("r.yaml"))
    assert (document.model is None) == bool(document.problems)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_record_with_a_piece_of_garbage_in_it(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TEXT)))
    garbage = data.draw(st.text(max_size=20))
    removed = data.draw(st.integers(0, 20))
    document = record_from_text(TEXT[:at] + garbage + TEXT[at + removed :], Path("r.yaml"))
    assert (document.model is None) == bool(document.problems)
