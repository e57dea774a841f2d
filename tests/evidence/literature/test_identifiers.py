"""One spelling for an identifier, however databases print it."""

from __future__ import annotations

import pytest

from evidence.literature.identifiers import (
    dois_in,
    issn_numbers,
    normal_doi,
    normal_pmcid,
    normal_pmid,
    registry_numbers,
)


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("10.1000/abc", "10.1000/abc"),
        ("https://doi.org/10.1000/ABC", "10.1000/abc"),
        ("http://dx.doi.org/10.1016%2FS0278-5846%2882%2980150-4", "10.1016/s0278-5846(82)80150-4"),
        ("https://x.org/?doi=10.1000%252Fabc", "10.1000/abc"),
        ("DOI: 10.1000/abc.", "10.1000/abc"),
        ("(10.1000/abc);", "10.1000/abc"),
        ("10.1000/a(b)c)", "10.1000/a(b)c"),
        ("10.1000//abc", "10.1000/abc"),
        ("10.1000.10/123", "10.1000.10/123"),
        (
            "10.1002/(SICI)1097-0258(2000)19:22<3127::AID-SIM784>3.0.CO;2-M",
            "10.1002/(sici)1097-0258(2000)19:22<3127::aid-sim784>3.0.co;2-m",
        ),
        ('10.1000/abc"]', "10.1000/abc"),
        ("10.100/abc", ""),
        ("10.1000", ""),
        ("110.1000", ""),
        ("none", ""),
        ("", ""),
        ("10.1234567890/a", ""),
        ("100%", ""),
    ],
)
def test_a_doi_has_one_spelling(printed: str, normal: str) -> None:
    assert normal_doi(printed) == normal
    assert normal_doi(normal) == normal


def test_a_doi_of_signs_alone_is_none() -> None:
    assert normal_doi("10.1000/...") == ""


def test_dois_are_found_in_running_text_and_addresses() -> None:
    text = 'see doi: 10.1000/abc, and "https://x.org/?doi=10.2000%2fDEF&partner=4" <10.3000/g>; 310.4000/h'
    assert dois_in(text) == ["10.1000/abc", "10.2000/def", "10.3000/g"]


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("12345678", "12345678"),
        (" 012345 ", "12345"),
        ("12345.0", "12345"),
        ("PMID: 12345678", "12345678"),
        ("PMID:31281397 | PMCID:PMC6594290", "31281397"),
        ("https://pubmed.ncbi.nlm.nih.gov/123456/", "123456"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/77", "77"),
        ("1234567890", ""),
        ("PMID 1234567890", ""),
        ("0", ""),
        ("WOS:000440314900007", ""),
        ("2018-12345-001", ""),
        ("", ""),
    ],
)
def test_a_pubmed_number_is_digits(printed: str, normal: str) -> None:
    assert normal_pmid(printed) == normal


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("PMC123456", "PMC123456"),
        ("pmc 0123", "PMC123"),
        ("123456", "PMC123456"),
        ("PMC12.1", ""),
        ("", ""),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC6594290/", "PMC6594290"),
    ],
)
def test_a_number_of_pubmed_central_begins_with_pmc(printed: str, normal: str) -> None:
    assert normal_pmcid(printed) == normal


def test_numbers_of_trial_registers_are_found_each_once() -> None:
    text = (
        "NCT01234567, nct 01234567; ISRCTN12345678 EudraCT No: 2004-001234-56 and ACTRN12605000123456, "
        "DRKS00001234, CRD42020123456, UMIN000012345, CTRI/2010/091/000123, ChiCTR-TRC-10001234"
    )
    assert registry_numbers(text) == [
        *("NCT01234567", "ISRCTN12345678", "2004-001234-56", "ACTRN12605000123456"),
        *("DRKS00001234", "CRD42020123456", "UMIN000012345", "CTRI/2010/091/000123", "CHICTR-TRC-10001234"),
    ]
    assert registry_numbers("NCT0123456 and XNCT01234567") == []


def test_an_issn_has_its_hyphen_and_a_check_digit_that_is_right() -> None:
    assert issn_numbers("0021-9681 (Print) 15281159; 2168622x 0021-9682 12345") == [
        *("0021-9681", "1528-1159", "2168-622X")
    ]
    assert issn_numbers("0000-00190") == []
