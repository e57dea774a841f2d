"""Identifiers of a work in one spelling: DOI, PubMed, PubMed Central and registry numbers.

A database prints the same DOI as a link, with %2F for the slash, in capitals or with a full stop behind it.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+", re.ASCII)
# the same inside running text, where a bracket, a quotation mark or an ampersand of an address ends it
_DOI_IN_TEXT = re.compile(r"\b10\.\d{4,9}(?:\.\d+)*(?:/|%2[fF])[^\s\"<>&;,|\]}]+", re.ASCII)
_PMID = re.compile(r"0*([1-9]\d{0,8})(?:\.0)?", re.ASCII)
_PMID_NAMED = re.compile(r"(?:pmid|pubmed)[^\d]{0,40}?/?0*([1-9]\d{0,8})(?!\d)", re.IGNORECASE | re.ASCII)
_PMCID = re.compile(r"(?:PMC)?\s*0*([1-9]\d{2,9})(?:\.\d+)?", re.IGNORECASE | re.ASCII)
# registers and the form of their numbers: https://www.who.int/tools/clinical-trials-registry-platform
_REGISTRY = re.compile(
    r"\b(?:NCT\s?\d{8}|ISRCTN\s?\d{8}|ACTRN\s?\d{14}|EudraCT\s?(?:No\.?:?\s?)?\d{4}-\d{6}-\d{2}|\d{4}-\d{6}-\d{2}"
    r"|ChiCTR[-\w]{6,}|CTRI/\d{4}/\d{2,3}/\d{6}|DRKS\s?\d{8}|IRCT\d{8,}(?:N\d+)?|KCT\s?\d{7}|NTR\s?\d{1,5}"
    r"|JPRN-\w{5,}|UMIN\s?\d{9}|jRCT[s]?\d{9,10}|PACTR\s?\d{12,16}|TCTR\s?\d{11}|RBR-\w{6,8}"
    r"|CRD\s?4\d{10})\b",
    re.IGNORECASE | re.ASCII,
)


def normal_doi(text: str) -> str:
    """The DOI in a text, in small letters and without its address; '' where there is none.

    DOIs do not tell capitals from small letters (DOI Handbook, 2.4).
    """
    found = _DOI.search(_unquoted(text))
    if found is None:
        return ""
    doi = re.sub(r"/{2,}", "/", found[0].casefold())
    return _without_end(doi)


def dois_in(text: str) -> list[str]:
    """Every DOI in running text, in its normal form."""
    return [doi for found in _DOI_IN_TEXT.finditer(text) if (doi := normal_doi(found[0]))]


def _unquoted(text: str) -> str:
    for _ in range(2):  # addresses inside addresses are quoted twice
        if "%" not in text:
            break
        text = unquote(text)
    return text


def _without_end(doi: str) -> str:
    """Without what a sentence or a link puts behind it; brackets that are closed belong to a DOI."""
    while doi:
        last = doi[-1]
        closes = last in ")]}>" and doi.count(last) > doi.count("([{<"[")]}>".index(last)])
        if not closes and last not in ".,;:'\"":
            return doi
        doi = doi[:-1]
    return doi


def normal_pmid(text: str) -> str:
    """The PubMed number that a cell or an address holds; '' where there is none."""
    text = text.strip()
    found = _PMID.fullmatch(text) or _PMID_NAMED.search(text)
    return found[1] if found else ""


def normal_pmcid(text: str) -> str:
    """PMC and its digits; '' where there is none."""
    found = _PMCID.search(text)
    return f"PMC{found[1]}" if found else ""


def registry_numbers(text: str) -> list[str]:
    """Numbers of trial registers and PROSPERO in a text, in capitals and without blanks, each once."""
    found = (re.sub(r"\s|EUDRACT|NO\.?:", "", each[0].upper()) for each in _REGISTRY.finditer(text))
    return list(dict.fromkeys(found))
