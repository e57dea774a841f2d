"""Lines of a record gathered under common names."""

from __future__ import annotations

from evidence.literature.plain_words import LONGEST
from evidence.literature.raw_record import Gathered, RawRecord, Trouble


def test_tags_that_have_no_name_and_empty_lines_leave_nothing() -> None:
    now = Gathered({"TI": "title", "KW": "keyword"})
    now.further("before any tag")
    now.add("TI", " a ", 3)
    now.further("")
    now.further("b")
    now.add("ZZ", "x", 4)
    now.further("y")
    now.add("KW", "k", 5)
    now.further("l", apart=True)
    now.further("", apart=True)
    assert (now.open_name, now.tags, now.has("title"), now.has("keyword"), now.has("year")) == (
        *("keyword", 3, True, True, False),
    )
    assert now.record("r") == RawRecord(3, {"title": ["a b"], "keyword": ["k", "l"]}, "r")


def test_a_value_without_end_is_cut() -> None:
    now = Gathered({"AB": "abstract"})
    now.add("AB", "x" * LONGEST, 1)
    now.further("y")
    assert now.record().said == {"abstract": ["x" * LONGEST]}
    now.add("AB", "x" * (LONGEST - 1), 1)
    now.further("y")
    now.further("z")
    assert now.record().said["abstract"][1] == "x" * (LONGEST - 1) + " y"


def test_a_trouble_names_its_file_and_line() -> None:
    assert (
        str(Trouble("a.ris", 1_234, "its end is missing", lost=False))
        == "a.ris, line 1,234: its end is missing"
    )
