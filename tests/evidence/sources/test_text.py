"""A text's lines, and the tables that they belong to."""

from __future__ import annotations

import pytest

from evidence.sources.text import PaperText, plain, table_name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Table 2", "table 2"),
        ("Table 2. slopes of men", "table 2"),
        ("TABLE 2: slopes", "table 2"),
        ("Table 2 | slopes", "table 2"),
        ("Table 2 Slopes", "table 2"),
        ("Table 2 - Slopes", "table 2"),
        ("Table 2 12 persons", "table 2"),
        ("Table II", "table ii"),
        ("Table S1. More", "table s1"),
        ("Fig. 3 Flow", "figure 3"),
        ("Figure 3a: Flow", "figure 3a"),
        ("Table 2 shows slopes", None),
        ("Table 2, of men, shows", None),
        ("In Table 2 Slopes", None),
        ("Tables", None),
    ],
)
def test_a_caption_is_told_from_a_sentence_about_a_table(line: str, name: str | None) -> None:
    text = PaperText.of(["Before 1", line, "after 2"])
    found = text.table_at(text.whole.index("after"))
    assert found == (None if name is None else (9, name))
    assert text.table_at(0) is None


@pytest.mark.parametrize(
    ("words", "name"),
    [("Supplementary Table S2, row", "table s2"), ("see fig 1", "figure 1"), ("Results", None)],
)
def test_a_locator_names_its_table(words: str, name: str | None) -> None:
    assert table_name(words) == name


def test_plain_text_has_one_minus_one_point_and_raised_figures_apart() -> None:
    assert plain("−0·5 ﬁt \u00ad10⁻⁵ x²  y\u200b ≤⩽") == "-0.5 fit 10^-5 x^2 y ≤≤"


def test_a_position_tells_its_line() -> None:
    text = PaperText.of(["first", "second", "third"])
    for number, word in enumerate(("first", "second", "third"), start=1):
        at = text.whole.index(word)
        assert [text.line_at(place).number for place in (at, at + len(word) - 1)] == [number, number]


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("(cid:0)0.0079", "-0.0079"),
        ("β = (cid:12345)1.2", "β = -1.2"),
        ("(cid:123456)1.2", "(cid:123456)1.2"),
        ("0.63(cid:1)1.12", "0.63-1.12"),
        ("0(cid:1)84", "0(cid:1)84"),
        ("x(cid:1)84", "x(cid:1)84"),
        ("12(cid:1)1.12", "12(cid:1)1.12"),
        ("(cid:7) text", "(cid:7) text"),
    ],
)
def test_a_sign_that_a_pdf_does_not_name_is_a_minus_or_a_dash_where_it_can_be_no_other(
    printed: str, read: str
) -> None:
    assert plain(printed) == read


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Supplementary Table S2: Relative risk", "table s2"),
        ("Supplemental Table 3. Odds", "table 3"),
        ("Appendix Table 1", "table 1"),
        ("Online Table 4. Odds", "table 4"),
        ("eTable 5. Odds", "table 5"),
        ("The Table 5. Odds", None),
    ],
)
def test_captions_of_supplements_begin_tables_as_well(line: str, name: str | None) -> None:
    text = PaperText.of([line, "x"])
    assert text.captions == (() if name is None else ((0, name),))
