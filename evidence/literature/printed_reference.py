"""References that are printed as one text: where a work stands, and who wrote it."""

from __future__ import annotations

import re

# "Behav Ther. 2022 Mar;53(2):334-347. doi: ...", as PubMed prints it
_PUBMED = re.compile(
    r"^(?P<journal>[^;]{2,200}?)\.\s+(?P<year>(?:1[89]|20)\d\d)(?P<date>[^;:]{0,30})"
    r"(?:;\s*(?P<volume>[\w.\- ]{1,30}?)?\s*(?:\((?P<issue>[^()]{1,40})\))?"
    r"\s*(?::\s*(?P<pages>[\w.\-, ]{1,40}?))?)?"
    r"(?::\s*(?P<number>[\w.\-]{1,20}))?(?:\.|$)"
)
# "Cancer (2004) 102:4 (253-258). Date of Publication: ...", as Embase prints it
_EMBASE = re.compile(
    r"^(?P<journal>.{2,300}?)\s+\((?P<year>(?:1[89]|20)\d\d)\)(?:\s+(?P<volume>[\w\-]{1,20})"
    r"(?::\s*(?P<issue>[^\s()]{1,20}))?)?(?:[^()]{0,40}\((?P<pages>[\w.\-]{1,30})\))?"
)
_ACCESSION = re.compile(r"\bPMID:?\s*(\d{1,9})\b|\bPMCID:?\s*(PMC\d+)\b")


def printed_parts(text: str) -> dict[str, str]:
    """Journal, year, volume, issue, pages and PubMed numbers of a printed place, those that it has."""
    text = " ".join(text[:2_000].split())  # among many blanks the search for a volume would not end
    if not text:
        return {}
    found = _PUBMED.match(text) or _EMBASE.match(text)
    parts = {name: value.strip() for name, value in (found.groupdict() if found else {}).items() if value}
    parts.pop("date", None)
    if number := parts.pop("number", ""):
        parts.setdefault("pages", number)
    for each in _ACCESSION.finditer(text):
        parts.setdefault("pmid" if each[1] else "pmcid", each[1] or each[2])  # others are of errata behind it
    return {name: value for name, value in parts.items() if value}


_INITIALS = re.compile(r"(?:[^\W\d_]\.?[-\s]?){1,4}", re.UNICODE)


def is_initials(text: str) -> bool:
    """Whether a piece of a name is initials alone: J.P., JP, J-P."""
    letters = re.sub(r"[^\w]", "", text)
    return bool(_INITIALS.fullmatch(text.strip())) and letters == letters.upper() and not letters.isdigit()


def split_authors(text: str) -> list[str]:
    """Authors that stand in one text: between semicolons, `and`, bars or commas, or as a list of Python."""
    text = "\n".join(" ".join(line.split()) for line in text[:200_000].strip().splitlines())
    if text.startswith("[") and text.endswith("]"):
        listed = [a or b for a, b in re.findall(r"'([^']*)'|\"([^\"]*)\"", text)]
        if listed:
            return listed
    for between in (r"\s*;\s*", r"\s+and\s+|\s*\n\s*", r"\s*\|\s*"):
        pieces = [each for each in re.split(between, text) if each]
        if len(pieces) > 1:
            return pieces
    return _between_commas(text)


def _between_commas(text: str) -> list[str]:
    """Names that commas part, which also part surnames from initials: "Gao, X., Ni, W."; "Gao X, Ni W"."""
    pieces = [each.strip() for each in text.split(",") if each.strip()]
    if pieces and "." not in "".join(pieces)[:-1]:  # a full stop behind the last one ends the list
        pieces[-1] = pieces[-1].rstrip(".")
    if len(pieces) > 1 and all(" " in each for each in pieces):
        return pieces
    if len(pieces) > 2 and len(pieces) % 2 == 0 and all(is_initials(each) for each in pieces[1::2]):
        return [f"{pieces[at]}, {pieces[at + 1]}" for at in range(0, len(pieces), 2)]
    whole = sum(" " in each for each in pieces)
    return pieces if len(pieces) > 2 and whole * 2 >= len(pieces) else [text]
