"""Cohorts that the words of a citation name, and words that only look like them."""

from __future__ import annotations

import pytest

from evidence.literature.named_cohorts import names_cohort, told_years

NAMED = [
    ("Busan cohort", "Anemia in the Busan Cohort of 2008"),
    ("Busan cohort", "the Busan-cohort"),
    ("UK Biobank", "data of the UK biobank were used"),
    ("InCHIANTI", "The InCHIANTI study"),
    ("KNOW-CKD", "patients of KNOW-CKD, a cohort"),
    ("Framingham", "men of Framingham, Massachusetts"),
    ("CHS", "We followed CHS participants"),
    ("CHS", "CHS is old; the CHS cohort is older"),
    ("CHS", "in the Cardiovascular Health Study (CHS), 5,888 persons"),
    ("CHS", "in Careful Hearts Somewhere (CHS), 5,888 persons"),
    ("CHS", "Cardiovascular Health Study (CHS), 5,888 persons"),
    ("CHS", "Cardiovascular Health and later Study (CHS), 5,888 persons"),
    ("IMOS", "the fourth wave of IMOS data"),
    ("MrOS", "men of MrOS, aged 65"),
    ("HoT", "men of HoT, aged 65"),
    ("Lee4", "men of Lee4 II, aged 65"),
    ("Rome", "men of Rome, aged 65"),
    ("NHANES", "in NHANES, adults"),
    ("Tuscania 2", "in Tuscania 2 of 2004"),
    ("Cohort 1946", "the cohort 1946 of Britain"),
]

NOT_NAMED = [
    ("cohort", "a cohort of women"),
    ("hospital patients", "hospital patients were asked"),
    ("1946", "born in 1946"),
    ("Ho", "Ho and Lee"),
    ("Hot", "Hot and cold"),
    ("NHANES", "in KNHANES, adults"),
    ("NHANES", "the nhanes survey"),
    ("NHANES", "NHANESIII"),
    ("NHANES", "NHANES III, adults"),
    ("NHANES", "NHANES-II"),
    ("NHANES", "pre-NHANES surveys"),
    ("Framingham", "Framinghamshire"),
    ("Framingham", "in framingham"),
    ("Busan cohort", "the Busan cohorts"),
    ("CHS", "chitin synthase (CHS) of yeasts"),
    ("CHS", "Chronic Hypersensitivity Syndrome (CHS) in children"),
    ("CHS", "Cardiovascular Health of the old Study (CHS), 5,888 persons"),
    ("CHS", "Genes: CHS, and others"),
    ("CHS", "CHS"),
    ("FIT", "women who are FIT and old"),
]


@pytest.mark.parametrize(("name", "text"), NAMED)
def test_a_cohort_is_named_where_its_name_stands_as_a_name(name: str, text: str) -> None:
    found = names_cohort(name, text, "About Careful Hearts Somewhere")
    assert found.casefold().replace("-", " ") == name.casefold().replace("-", " ")
    assert found in text


@pytest.mark.parametrize(("name", "text"), NOT_NAMED)
def test_what_only_looks_like_its_name_is_none(name: str, text: str) -> None:
    assert names_cohort(name, text, "About Careful Hearts Somewhere") == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("NHANES 2013-2018", True),
        ("NHANES (2017–2020)", True),
        ("NHANES 2005 to 2012", True),
        ("NHANES 2005-12", True),
        ("NHANES 2011", True),
        ("NHANES 2018", True),
        ("NHANES 1999-2004", False),
        ("NHANES 1999-2010", False),
        ("NHANES 2019-2020", False),
        ("NHANES, a survey that is old and whose report of 1999 is known", True),
        (f"NHANES{'.' * 36}1999", False),
        (f"NHANES{'.' * 37}1999", True),
        ("NHANES", True),
        ("NHANES 1999-2004, and NHANES 2013-2014 later", True),
    ],
)
def test_other_years_of_a_repeated_survey_are_other_persons(text: str, named: bool) -> None:
    spans = ((2011, 2018),)
    assert bool(names_cohort("NHANES", text, "", spans, repeated=True)) is named
    assert names_cohort("NHANES", text, "", spans) == "NHANES"
    assert names_cohort("NHANES", text, "", (), repeated=True) == "NHANES"


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("2005-2010", [(2005, 2010)]),
        ("2005-2010, 2013-2014, 2017", [(2005, 2010), (2013, 2014), (2017, 2017)]),
        ("1998/99 and 2001 through 2004", [(1998, 1999), (2001, 2004)]),
        ("from 1999 to 2004", [(1999, 2004)]),
        ("2010-2005", [(2010, 2010)]),
        ("12005 and 20051", []),
        ("2005 and 2010", [(2005, 2010)]),
    ],
)
def test_years_are_read_as_periods(text: str, spans: list[tuple[int, int]]) -> None:
    assert list(told_years(text)) == spans
