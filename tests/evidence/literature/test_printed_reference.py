"""References printed as one text."""

from __future__ import annotations

import pytest

from evidence.literature.printed_reference import is_initials, printed_parts, split_authors


@pytest.mark.parametrize(
    ("printed", "parts"),
    [
        (
            "Behav Ther. 2022 Mar;53(2):334-347. doi: 10.1/x. Epub 2021 Oct 12.",
            {"journal": "Behav Ther", "year": "2022", "volume": "53", "issue": "2", "pages": "334-347"},
        ),
        (
            "JMIR Cancer. 2021 Nov 29;7(4):e27850. doi: 10.2196/27850. PMID: 123; PMCID: PMC456. "
            "Erratum in: X. PMID: 9.",
            {
                "journal": "JMIR Cancer",
                "year": "2021",
                "volume": "7",
                "issue": "4",
                "pages": "e27850",
                "pmid": "123",
                "pmcid": "PMC456",
            },
        ),
        (
            "J Sleep Res. 2019 Jul 28:e12876. doi: 10.1111/jsr.12876. [Epub ahead of print]",
            {"journal": "J Sleep Res", "year": "2019", "pages": "e12876"},
        ),
        ("Blood. 2019 Jun 1.", {"journal": "Blood", "year": "2019"}),
        (
            "Cancer (2004) 102:4 (253-258). Date of Publication: 25 Aug 2004",
            {"journal": "Cancer", "year": "2004", "volume": "102", "issue": "4", "pages": "253-258"},
        ),
        (
            "Int J Surg (2019) 54 (83-86). Date of Publication: 1 Jan 2019",
            {"journal": "Int J Surg", "year": "2019", "volume": "54", "pages": "83-86"},
        ),
        ("nothing of the kind", {}),
        ("", {}),
    ],
)
def test_a_printed_place_is_taken_apart(printed: str, parts: dict[str, str]) -> None:
    assert printed_parts(printed) == parts


def test_a_printed_place_is_looked_for_in_two_thousand_characters() -> None:
    assert printed_parts("x" * 1_990 + " PMID: 123") == {"pmid": "123"}
    assert printed_parts("x" * 1_991 + " PMID: 123") == {"pmid": "12"}
    assert printed_parts("  " + "x" * 1_995 + " PMID: 123") == {}


@pytest.mark.parametrize(
    ("text", "authors"),
    [
        ("Lim SM, Shiau CWC, Lau Y.", ["Lim SM", "Shiau CWC", "Lau Y"]),
        ("Liu R., Adler D.G.", ["Liu R.", "Adler D.G."]),
        ("Gao, X., Ni, W.", ["Gao, X.", "Ni, W."]),
        ("Gao, Xia; Ni, Wen", ["Gao, Xia", "Ni, Wen"]),
        ("Gao, Xia and Ni, Wen", ["Gao, Xia", "Ni, Wen"]),
        ("Gao, Xia\n and\n  Ni, Wen", ["Gao, Xia", "Ni, Wen"]),
        ("Gao, Xia | Ni, Wen", ["Gao, Xia", "Ni, Wen"]),
        ("['Marx, Karl', \"O'Hara, B\"]", ["Marx, Karl", "O'Hara, B"]),
        ("BUNZOW JR ;SONDERS MS ;", ["BUNZOW JR", "SONDERS MS"]),
        ("Joseph Rottman, Erran Carmel, Mary Lacity", ["Joseph Rottman", "Erran Carmel", "Mary Lacity"]),
        ("World Health Organization", ["World Health Organization"]),
        ("Rossi, Anna", ["Rossi, Anna"]),
        ("Lastname, Laura, III", ["Lastname, Laura, III"]),
        ("Plato, Anna Lee, Bo Kim", ["Plato", "Anna Lee", "Bo Kim"]),
        ("Lim S.M, Lau Y.", ["Lim S.M", "Lau Y."]),
        ("Gao, X., Ni", ["Gao, X., Ni"]),
        ("Gao, X", ["Gao, X"]),
        ("Plato, Solon, Anna Lee", ["Plato, Solon, Anna Lee"]),
        ("[]", ["[]"]),
        ("[the 'Iron' group", ["[the 'Iron' group"]),
        ("the 'Iron' group]", ["the 'Iron' group]"]),
    ],
)
def test_authors_are_told_apart(text: str, authors: list[str]) -> None:
    assert split_authors(text) == authors


def test_initials_are_capitals_without_a_name() -> None:
    assert [
        name for name in ("J.", "JP", "J-P", "J. P.", "Jo", "Smith", "12", "ÅB", "") if is_initials(name)
    ] == [*("J.", "JP", "J-P", "J. P.", "ÅB")]


def test_blanks_without_end_hide_no_volume_and_take_no_time() -> None:
    blanks = " " * 1_900
    whole = {"journal": "Blood", "year": "1990", "volume": "1", "issue": "2", "pages": "3-4"}
    assert printed_parts(f"Blood. 1990 Apr;{blanks}1(2):{blanks[:50]}3-4. doi: 10.1000/0") == whole
    nowhere = printed_parts(f"Blood. 1990 Apr;{blanks}<none>")  # took minutes when every blank was tried
    assert nowhere == {}
