"""Cells as papers print them: every form, both meanings of a comma, and what is refused."""

from __future__ import annotations

import pytest

from evidence.sources.printed_cells import (
    CellError,
    DecimalSign,
    PrintedCell,
    decimal_sign,
    is_missing,
    is_reference,
    read_cell,
    read_interval,
    whole_number,
)

Cell = PrintedCell
WITH_INTERVAL = Cell(number="0.84", low="0.63", high="1.12")
FORMS: dict[str, PrintedCell] = {
    "0.84 (0.63–1.12)": WITH_INTERVAL,
    "0.84 [0.63, 1.12]": WITH_INTERVAL,
    "0.84 (0.63 to 1.12)": WITH_INTERVAL,
    "0.84 (0.63;1.12)": WITH_INTERVAL,
    "0.84(0.63-1.12)": WITH_INTERVAL,
    "0.84, 0.63 — 1.12": WITH_INTERVAL,
    "0.84 (0.63,1.12)": WITH_INTERVAL,
    "0·84 (0·63–1·12)": WITH_INTERVAL,
    "0,84 (0,63 bis 1,12)": WITH_INTERVAL,
    "0.84\n(0.63 – 1.12)": WITH_INTERVAL,
    ",84 (,63–1,12)": Cell(number=".84", low=".63", high="1.12"),
    ",84 [,63; 1,12]": Cell(number=".84", low=".63", high="1.12"),
    ",84, ,63–1,12; p = ,24": Cell(number=".84", low=".63", high="1.12", p=".24"),
    ",84 (95 % KI ,63–1,12)": Cell(number=".84", low=".63", high="1.12", level="95 %"),
    "0.84 (95% CI,0.63–1.12)": Cell(number="0.84", low="0.63", high="1.12", level="95 %"),
    "0.84 (95% CI, .63–1.12)": Cell(number="0.84", low=".63", high="1.12", level="95 %"),
    ",63–1,12": Cell(low=".63", high="1.12"),
    ",84 ± ,25": Cell(number=".84", spread=".25"),
    "1,21 [0,84; 1,73]": Cell(number="1.21", low="0.84", high="1.73"),
    "0.84 (95% CI 0.63 to 1.12)": Cell(number="0.84", low="0.63", high="1.12", level="95 %"),
    "0.84 (90 % CI, 0.63–1.12)": Cell(number="0.84", low="0.63", high="1.12", level="90 %"),
    "0.84 (97.5% CrI: 0.63–1.12)": Cell(number="0.84", low="0.63", high="1.12", level="97.5 %"),
    "0.84 (0.63–1.12; p = 0.24)": Cell(number="0.84", low="0.63", high="1.12", p="0.24"),
    "0.84 (0.63–1.12), P<0.001": Cell(number="0.84", low="0.63", high="1.12", p="< 0.001"),
    "0.84 (0.63–1.12) p ≥ 0.05": Cell(number="0.84", low="0.63", high="1.12", p="≥ 0.05"),
    "−1.2 (−3.4–−0.5)": Cell(number="-1.2", low="-3.4", high="-0.5"),
    "-1.2 (-3.4--0.5)": Cell(number="-1.2", low="-3.4", high="-0.5"),
    "–1.2 (–3.4, 0.5)": Cell(number="-1.2", low="-3.4", high="0.5"),
    "0.10, 1.20": Cell(low="0.10", high="1.20"),
    "(0.10–1.20)": Cell(low="0.10", high="1.20"),
    "0,10 - 1,20": Cell(low="0.10", high="1.20"),
    "≤ 0.001": Cell(number="0.001", relation="≤"),
    "<0,001": Cell(number="0.001", relation="<"),
    ">= 5": Cell(number="5", relation=">="),
    "= 0.05": Cell(number="0.05"),
    "p < 0.05": Cell(number="0.05", relation="<"),
    "12/40": Cell(events="12", n="40"),
    "12 / 40 (30%)": Cell(events="12", n="40"),
    "23 (46 %)": Cell(events="23"),
    "23 [46.0%]": Cell(events="23"),
    "5.2 ± 1.1": Cell(number="5.2", spread="1.1"),
    "5.2 +/- 1.1": Cell(number="5.2", spread="1.1"),
    "5,2 ± 1,1": Cell(number="5.2", spread="1.1"),
    "-5.2 (1.1)": Cell(number="-5.2", spread="1.1"),
    "5.2 (SD 1.1)": Cell(number="5.2", spread="1.1", kind="SD"),
    "5.2 ± SE 1.1": Cell(number="5.2", spread="1.1", kind="SE"),
    "5.2 (s.e.m. = 1.1)": Cell(number="5.2", spread="1.1", kind="SE"),
    "12,345.6": Cell(number="12345.6"),
    "12.345,6": Cell(number="12345.6"),
    "1,234,567": Cell(number="1234567"),
    "1.234.567": Cell(number="1234567"),
    "1 234 567": Cell(number="1234567"),
    "1\u202f234": Cell(number="1234"),
    "+.5": Cell(number=".5"),
    "1.2e-5": Cell(number="1.2e-5"),
    "0,500": Cell(number="0.500"),
    "1.234": Cell(number="1.234"),
    "12,5": Cell(number="12.5"),
}


@pytest.mark.parametrize("text", FORMS)
def test_every_printed_form_is_read(text: str) -> None:
    assert read_cell(text) == FORMS[text]


def test_the_stated_sign_decides_what_a_comma_and_a_point_mean() -> None:
    meant: list[tuple[str, DecimalSign, str]] = [
        ("1,234", ",", "1.234"),
        ("1,234", ".", "1234"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("-12,345", ".", "-12345"),
        ("12.345.678", ",", "12345678"),
        ("12.345,6", ",", "12345.6"),
        ("12,345.6", ".", "12345.6"),
        ("0·5", ",", "0.5"),
        ("7,5e-3", ",", "7.5e-3"),
        ("17", ",", "17"),
    ]
    for text, sign, number in meant:
        assert read_cell(text, sign).number == number, (text, sign)
    assert len(meant) == 11


@pytest.mark.parametrize(
    ("text", "sign", "why"),
    [
        ("0.84", ",", "a point where no thousands end"),
        ("0.001", ",", "a point where no thousands end"),
        ("0.84 (0.63–1.12)", ",", "a point where no thousands end"),
        ("< 0,001", ".", "a comma where no thousands end"),
        ("0,500", ".", "a comma where no thousands end"),
        ("1,5", ".", "a comma where no thousands end"),
        ("1.234,5", ".", "a comma where no thousands end"),
        ("1,234.5", ",", "a point where no thousands end"),
        ("12,34.5", None, "a comma where no thousands end"),
        ("1,2,3", None, "a comma where no thousands end"),
        ("1.2.3", None, "a point where no thousands end"),
        ("1,234,567", ",", "a decimal comma twice"),
        ("1.234.567", ".", "a decimal point twice"),
        ("1·234,5", None, "several signs before decimals"),
        ("1·2·3", None, "several signs before decimals"),
        ("1,234", None, "may be 1234 or 1.234"),
        ("-1,234 ± 5", None, "may be -1234 or -1.234"),
        ("1*", None, "a sign of a footnote"),
        ("0.03***", None, "a sign of a footnote"),
        ("0.03†", None, "a sign of a footnote"),
        ("46 %", None, "is a percentage"),
        ("9" * 31, None, "longer than any printed number"),
    ],
)
def test_what_may_mean_something_else_is_refused(text: str, sign: DecimalSign | None, why: str) -> None:
    with pytest.raises(CellError, match=why):
        read_cell(text, sign)


def test_a_number_of_thirty_characters_is_read() -> None:
    assert read_cell("9" * 30).number == "9" * 30


NO_NUMBERS = (
    *("", "ref", "0.84 (–1.12)", "0.84 (0.63–)", "1.00 (Reference)", "٣", "1²", "inf", "$5", "~0.5", "2 x 3"),
    *("12 of 40", "(" * 5000, "1," * 5000, "0.1 (" * 2000),
)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="no number as papers print them"):
        read_cell(text)


def test_a_cell_alone_has_one_number_with_its_relation() -> None:
    assert read_cell("< 0.001").alone == "< 0.001"
    assert read_cell("0.84").alone == "0.84"
    several = ("0.84 (0.63–1.12)", "12/40", "5.2 ± 1.1", "0.1, 0.2")
    assert [read_cell(text).alone for text in several] == [None] * 4


def test_words_and_signs_that_say_there_is_no_number() -> None:
    missing = ("", " ", "NR", "n.r.", "NA", "n/a", "N/R", "nan", "None", "-", "–", "—", "−", "..", "…", "?")
    assert all(map(is_missing, (*missing, "not reported", "Not applicable", "missing", "null")))
    assert not any(map(is_missing, ("0", "ns", "NS", "ref", "x", "-1", "none of them", "nr 3")))


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        (["0.5", "1,234"], "."),
        (["0,5", "1.234"], ","),
        (["1,234", "12.345", "17"], None),
        (["1,234,567", "1.234.567"], None),
        (["1.234,5"], ","),
        (["1,234.5"], "."),
        (["0,5", "0.5"], "."),
        (["0,84 (0,63–1,12)"], ","),
        (["0.10, 1.20"], "."),
        (["0.1,0.2"], "."),
        (["0,500"], ","),
        (["v1.2", "10.1016/j.x", "1,2,3"], None),
        ([], None),
    ],
)
def test_the_cells_of_a_table_tell_the_sign_before_decimals(
    cells: list[str], sign: DecimalSign | None
) -> None:
    assert decimal_sign(cells) == sign


def test_marks_of_the_reference_class() -> None:
    marks = ("1*", "1.00 (ref)", "1 (Reference)", "ref", "Ref.", "1,0 [referent]", "*", "1 ref")
    assert all(map(is_reference, marks))
    assert not any(map(is_reference, ("1", "1.00", "0.84*", "2 (ref)", "", "referred", "1 (0.5-2)")))


def test_whole_numbers_may_have_zeros_behind_a_point() -> None:
    assert [whole_number(text) for text in ("635.0000", "0", "12.")] == ["635", "0", "12"]
    for text in ("2.5", "-3", "> 65", "12/40", "1e3"):
        with pytest.raises(CellError, match="is no whole number"):
            whole_number(text)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("0.63, 1.12", ("0.63", "1.12")),
        ("[0.63; 1.12]", ("0.63", "1.12")),
        ("(0,63; 1,12)", ("0.63", "1.12")),
        ("0,63 - 1,12", ("0.63", "1.12")),
        ("-3, 1.12", ("-3", "1.12")),
        ("1.234; 2.345", ("1.234", "2.345")),
    ],
)
def test_an_interval_alone_is_read_by_its_own_signs(text: str, limits: tuple[str, str]) -> None:
    assert read_interval(text) == limits


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0.84", "'0.84' is no interval"),
        ("12/40", "'12/40' is no interval"),
        ("1,234; 2,345", "may be 1234 or 1.234"),
        ("0.84 (0.63-1.12)", "is no interval"),
        ("0,63, 1,12", "has commas in its numbers and between them"),
        ("[0,63, 1,12]", "has commas in its numbers and between them"),
        ("(-0,63, 1,12)", "has commas in its numbers and between them"),
    ],
)
def test_what_is_no_interval_alone_is_refused(text: str, why: str) -> None:
    with pytest.raises(CellError, match=why):
        read_interval(text)
