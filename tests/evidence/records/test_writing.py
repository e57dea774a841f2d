"""Writing records: whatever is written reads back the same, and files are whole or not there."""

from __future__ import annotations

import errno
import os
import resource
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from evidence.records.parsing import parse_text
from evidence.records.reading import read_record, record_from_text
from evidence.records.review import SHIPPED
from evidence.records.review_folder import record_paths
from evidence.records.schema import Record
from evidence.records.writing import (
    WritingError,
    record_to_yaml,
    text_to_yaml,
    write_atomically,
    write_record,
)
from tests.evidence.records.samples import TEXT, bent, record

NASTY = (
    "no", "null", "~", "Yes", "off", "true", "2024", "1.50", "1e5", "2026-11-21", "0x1F", "1:30", ".inf", "=",
    "<<", "@name", "a: b", "a:", "# no comment", "a # b", "a#b", "- item", "-", "---", "...", "? key", "[x]",
    "{x: y}", "&a", "*a", "!tag", "|", ">", "%dir", "`x`", "'single'", '"double"', "both ' and \"",
    "back\\slash",
    "comma, separated", "tab\there", "two\nlines", "\x85next", "\u2028line", "\ufeffbom", "李明 et al.",
    "نتائج", "(a)?", "Ünal Ö", "😀", "a  b", "−0.5", "0·79", "1,234", "x" * 300, "word " * 60 + "end",
    "\x07bell", ":x",
    "http://example.org/a?b=c#d", "n", "y", "12e03", "+1", "5 %", "\u00a0x\u00a0y", "a\x00b", "]", "}", ",",
)  # fmt: skip

characters = st.characters(codec="utf-8")
texts = st.one_of(st.sampled_from(NASTY), st.text(characters, min_size=1, max_size=40)).filter(str.strip)
long_texts = st.lists(texts, min_size=1, max_size=30).map(" ".join)
ids = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,9}", fullmatch=True)
numbers = st.one_of(
    st.sampled_from(
        ("0.0020", "-0.5", "−0.5", "8,126.0", "0·79", "2 × 10^-5", "1e-3", ".5", "+1.10", " 3 ", "7.")
    ),
    st.from_regex(r"-?[0-9]{1,5}(\.[0-9]{1,5})?", fullmatch=True),
)
p_values = st.sampled_from(
    ("0.006", "< 0.001", "<0.0001", "P = 0.04", "not printed", "≥ 0.05", "> .2", "0.050")
)
percents = st.sampled_from(("95 %", "95%", "54.2 %", "0.0 %", "100 %"))
counts = st.integers(0, 10**7)
years = st.sampled_from(("2008", "2013-2018"))


def part(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping of which any key may be missing."""
    return st.fixed_dictionaries({}, optional=keys)


ages = part(minimum=numbers, maximum=numbers, mean=numbers, sd=numbers, median=numbers)
effects = st.fixed_dictionaries(
    {"measure": st.sampled_from(("beta", "HR", "OR", "r")), "estimate": numbers},
    optional={
        "per": long_texts, "within": texts, "ci": st.tuples(numbers, numbers), "level": percents,
        "se": numbers, "t": numbers, "p": p_values, "df": st.one_of(st.integers(1, 99), st.floats(0.1, 1e9)),
    },
)  # fmt: skip
strata = part(sex=st.sampled_from(("men", "women")), ancestry=texts, age=st.just("50+"), group=texts)
models = st.fixed_dictionaries(
    {"type": texts, "adjustment": st.sampled_from(("full", "none", "not stated"))},
    optional={"name": texts, "covariates": st.one_of(st.lists(texts, max_size=8), st.just("not stated"))},
)
outcomes = st.fixed_dictionaries(
    {"name": texts},
    optional={"site": texts, "unit": texts, "unit_stated": st.booleans(), "method": long_texts,
        "whole_numbers": st.booleans(), "items": st.integers(1, 99), "bounds": st.tuples(numbers, numbers),
    },
)  # fmt: skip
reports = st.fixed_dictionaries(
    {
        "type": st.just("thesis"), "status": st.just("published"), "citation": long_texts,
        "year": st.integers(1800, 2200), "read": st.just("data"),
    },
    optional={"label": texts, "pmid": st.integers(1, 10**9), "url": texts, "note": long_texts},
)  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any valid record."""
    known = {
        name: draw(st.dictionaries(ids, parts, min_size=1, max_size=3))
        for name, parts in (("reports", reports), ("outcomes", outcomes), ("models", models))
    }
    where = st.fixed_dictionaries({"report": st.sampled_from(sorted(known["reports"])), "at": long_texts})
    common = {
        "outcome": st.sampled_from(sorted(known["outcomes"])),
        "model": st.sampled_from(sorted(known["models"])),
        "where": where,
    }
    optional = {"stratum": strata, "n": counts, "note": long_texts, "not_poolable": texts}
    estimate = st.one_of(
        st.fixed_dictionaries({**common, "effect": effects}, optional=optional),
        st.fixed_dictionaries(
            {**common, "not_reported": st.fixed_dictionaries({"said": long_texts})}, optional=optional
        ),
    )
    estimates = draw(st.lists(estimate, max_size=3))
    row = st.one_of(
        st.fixed_dictionaries(
            {"variable": texts, "mean_sd": st.just([["1.0", "2"]])}, optional={"p": p_values}
        ),
        st.fixed_dictionaries(
            {"variable": texts, "percent": st.dictionaries(texts, st.tuples(numbers), max_size=2)},
            optional={"unit": texts, "ordered": st.booleans()},
        ),
    )
    table = st.fixed_dictionaries(
        {"where": where, "columns": st.tuples(texts), "rows": st.lists(row, max_size=2)}
    )
    step = st.fixed_dictionaries({"what": long_texts, "excluded": counts})
    plain: dict[str, Any] = {
        "study": draw(ids),
        "title": draw(long_texts),
        "design": draw(texts),
        "cohort": draw(
            st.fixed_dictionaries(
                {"name": texts},
                optional={"years": years, "repeated": st.booleans(), "part_of": st.lists(texts, max_size=3)},
            )
        ),
        "population": draw(part(description=long_texts, n=counts, women=percents, age=ages)),
        "exposures": {draw(ids): {"name": draw(texts), "unit": draw(texts)}},
        **known,
        "estimates": [{"id": f"e{number}", **each} for number, each in enumerate(estimates)],
        "flow": draw(
            st.one_of(st.none(), st.fixed_dictionaries({"where": where, "steps": st.lists(step, max_size=2)}))
        ),
        "baseline": draw(st.lists(table, max_size=2)),
        "extraction": {"by": draw(texts), "on": str(draw(st.dates()))},
        "note": draw(st.one_of(st.none(), long_texts)),
    }
    if len(known["models"]) == 1 and draw(st.booleans()):
        for each in plain["estimates"]:
            del each["model"]
    return Record.model_validate(plain)


@settings(max_examples=50, deadline=None)
@given(records())
def test_any_record_reads_back_equal(written: Record) -> None:
    text = record_to_yaml(written, comment="Made by a test.")
    again = record_from_text(text, Path("x.yaml"))
    assert again.problems == ()
    assert again.model == written


@settings(max_examples=200, deadline=None)
@given(texts, st.booleans())
def test_a_text_is_that_text_to_us_and_to_other_yaml_readers(text: str, inside_brackets: bool) -> None:
    scalar = text_to_yaml(text, inside_brackets)
    line = f"a: {{b: [{scalar}, c]}}\n" if inside_brackets else f"a: {scalar}\n"
    expected: Any = {"b": [text, "c"]} if inside_brackets else text
    tree, problems = parse_text(line, Path("x.yaml"))
    assert not problems
    assert tree.root.plain() == {"a": expected}
    assert YAML(typ="safe", pure=True).load(line) == {"a": expected}  # YAML 1.2, types resolved


def test_every_shipped_record_is_rewritten_without_loss() -> None:
    paths = record_paths(SHIPPED)
    models = [(path, read_record(path).model) for path in paths]
    for path, model in models:
        assert model is not None
        text = record_to_yaml(model)
        assert record_from_text(text, path).model == model
        assert max(map(len, text.splitlines())) <= 110, path
    assert len(models) >= 19


def test_the_layout_is_the_schema_order_with_numbers_as_typed() -> None:
    bent = record(("0.0079", "0.0020"), ("country: NO", "country: 'no'"))
    lines = record_to_yaml(bent, "From Table 2.").splitlines()
    assert lines[0] == "# From Table 2."
    assert [line.split(":")[0] for line in lines if line[:1].isalpha()] == [
        "schema", "study", "title", "design", "cohort", "reports", "population", "exposures", "outcomes",
        "models", "estimates", "extraction",
    ]  # fmt: skip
    assert 'cohort: {name: LEE, years: 2010-2012, country: "no"}' in lines
    assert (
        "    effect: {measure: beta, per: 1 g/dL, estimate: 0.0020, ci: [0.002, 0.0135], p: 0.006}" in lines
    )
    assert "  n: 1426" in lines


# --- files ---------------------------------------------------------------------------------------


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_a_file_and_its_folder_are_made(tmp_path: Path) -> None:
    write_atomically(tmp_path / "studies" / "a.yaml", "é: 1\n")
    assert (tmp_path / "studies" / "a.yaml").read_bytes() == "é: 1\n".encode()
    assert leftovers(tmp_path) == ["a.yaml", "studies"]


def test_a_folder_that_somebody_else_makes_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Path.mkdir

    def made_twice(folder: Path, exist_ok: bool = False) -> None:
        make(folder)
        make(folder, exist_ok=exist_ok)

    monkeypatch.setattr(Path, "mkdir", made_twice)
    write_atomically(tmp_path / "studies" / "a.yaml", "é: 1\n")
    assert leftovers(tmp_path) == ["a.yaml", "studies"]


def test_an_existing_file_is_kept_unless_overwriting_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")
    with pytest.raises(WritingError, match="exists"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    write_atomically(path, "new", overwrite=True)
    assert path.read_text() == "new"
    assert leftovers(tmp_path) == ["a.yaml"]


def test_of_many_writers_at_once_one_wins_and_its_text_is_whole(tmp_path: Path) -> None:
    path, won = tmp_path / "a.yaml", []

    def attempt(number: int) -> None:
        text = f"{number}\n" * 5000
        try:
            write_atomically(path, text)
        except WritingError:
            return
        won.append(text)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert path.read_text() == won[0]
    assert leftovers(tmp_path) == ["a.yaml"]


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("step", ["fsync", "link", "replace"])
@pytest.mark.parametrize("failure", [no_space, interrupted])
def test_a_failure_at_any_step_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, failure: Any, overwrite: bool
) -> None:
    path = tmp_path / "a.yaml"
    if overwrite:
        path.write_text("old")
    for each in {step, "replace"} if failure is no_space and step == "link" else {step}:
        monkeypatch.setattr(os, each, failure)
    if (step == "link" and overwrite and failure is interrupted) or (step == "replace" and not overwrite):
        write_atomically(path, "new", overwrite)  # the step is not taken
        assert path.read_text() == "new"
        return
    with pytest.raises((WritingError, KeyboardInterrupt)) as caught:
        write_atomically(path, "new", overwrite)
    if failure is no_space:
        assert str(caught.value) == f"'{path}' was not written: no space left on device"
    assert leftovers(tmp_path) == (["a.yaml"] if overwrite else [])
    assert not overwrite or path.read_text() == "old"


def test_a_full_disk_while_the_text_is_written(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))  # as a disk that takes 100 bytes more
    try:
        with pytest.raises(WritingError, match="was not written: file too large"):
            write_atomically(tmp_path / "a.yaml", "x" * 101)
        write_atomically(tmp_path / "b.yaml", "x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert leftovers(tmp_path) == ["b.yaml"]


def test_without_links_the_name_is_still_taken_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    write_atomically(tmp_path / "a.yaml", "new")
    assert (tmp_path / "a.yaml").read_text() == "new"
    with pytest.raises(WritingError, match="exists"):
        write_atomically(tmp_path / "a.yaml", "newer")
    assert leftovers(tmp_path) == ["a.yaml"]


def test_an_unwritable_folder_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:  # nothing is unwritable to root

        def denied(*_: object, **__: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "open", denied)
    else:
        tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(WritingError, match=r"was not written: permission denied"):
        write_atomically(tmp_path / "a.yaml", "new")
    tmp_path.chmod(stat.S_IRWXU)
    assert leftovers(tmp_path) == []


def test_a_text_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WritingError, match="is no text"):
        write_atomically(tmp_path / "a.yaml", "x\udcff")
    assert leftovers(tmp_path) == []


def test_a_name_too_long_for_the_disk_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WritingError, match="was not written: file name too long"):
        write_atomically(tmp_path / ("a" * 300), "new")
    assert leftovers(tmp_path) == []


def test_a_record_that_would_read_back_differently_is_not_written(tmp_path: Path) -> None:
    expected = record(("0.0079", "0.0078"))
    with pytest.raises(WritingError, match="not be the same record"):
        write_record(tmp_path / "a.yaml", TEXT, expected)
    assert leftovers(tmp_path) == []
    write_record(tmp_path / "a.yaml", TEXT, record())
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == TEXT


def test_a_record_is_kept_unless_overwriting_is_asked_for(tmp_path: Path) -> None:
    newer = ("title: A study", "title: Another")
    write_record(tmp_path / "a.yaml", TEXT, record())
    with pytest.raises(WritingError, match="exists"):
        write_record(tmp_path / "a.yaml", bent(newer), record(newer))
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == TEXT
    write_record(tmp_path / "a.yaml", bent(newer), record(newer), overwrite=True)
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == bent(newer)


def test_a_written_file_may_be_read_by_whom_the_system_lets(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "a.yaml", "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.yaml").stat().st_mode) == 0o644
