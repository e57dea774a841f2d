"""A record as what is compared: words without case, accents and punctuation, surnames, first page, kind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from evidence.literature.assembling import UNTITLED
from evidence.literature.citation import Citation
from evidence.literature.identifiers import normal_doi
from evidence.literature.printed_reference import is_initials

_PREPRINT_DOIS = (
    "10.1101/",
    "10.64898/",
    "10.21203/rs",
    "10.2139/ssrn",
    "10.48550/",
    "10.20944/preprints",
    "10.31234/",
)
_PREPRINT = re.compile(
    r"\b(?:med|bio|ar|psy|chem|ssoar|soc)[ar]?xiv\b|\bssrn\b|research square|preprint", re.IGNORECASE
)
# what a notice is called, before the title of the work that it is about, or instead of it
_NOTICE = re.compile(
    r"^(?:\W*(?:author(?:s['’]?|['’]s)?\s+)?(?:correction|corrigend\w+|errat\w+|retract\w+"
    r"|expression of concern|comment\w*|reply|re|response|rebuttal|letter|editorial|addendum|withdrawn?"
    r"|in reply|discussion)\b(?:\s+(?:to|on|of|for|regarding|note|notice|letter))*\s*[:\-–—\]\"“'‘]+\s*"
    r"|(?:correction|corrigendum|erratum|comment(?:ary)?|response|reply|addendum) "
    r"(?:to|on)\b\s*[:\"“'‘]*\s*)",
    re.IGNORECASE,
)
_NOTICE_BEHIND = re.compile(
    r"[\s:;,.\-–—(\[]{1,8}(?:authors?['’]?s?\s+)?(?:reply|response|erratum|corrigendum|correction"
    r"|comment)[\s)\].]{0,8}$",
    re.IGNORECASE,
)
_NOTICE_KIND = re.compile(
    r"erratum|correction|corrected|retract|comment|letter|editorial|expression of concern|reply"
)
_ABSTRACT_KIND = re.compile(
    r"(?:meeting|conference|congress) abstract|abstract of|conference poster|meeting[- ]poster"
)
_PROTOCOL = re.compile(
    r"\b(?:study|trial|review)?\s*protocol\b|\bstudy design\b|\brationale and design\b", re.IGNORECASE
)
_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
}
_COUNTED = re.compile(
    r"\b(?:part|phase|study|paper|report|volume|number|no|series|chapter|section|type|grade)\b"
)
_LONGEST_COMPARED = 1_000
_WORD = re.compile(r"[^\W_]+")
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "de",
        "der",
        "die",
        "das",
        "des",
        "du",
        "el",
        "en",
        "et",
        "for",
        "from",
        "in",
        "la",
        "le",
        "of",
        "on",
        "or",
        "the",
        "to",
        "und",
        "with",
    ]
)
_LIGATURES = str.maketrans(
    {"æ": "e", "œ": "e", "ø": "o", "ß": "ss", "ł": "l", "đ": "d", "ı": "i", "þ": "th", "ð": "d"}
)


@dataclass(frozen=True, slots=True)
class ComparedForms:
    """What of a record is compared with another's.

    titles: forms of the title, the main one first, () for none. heads: of each what stands before its colon.
    numbers: of the main title. surnames: in their order. pages: first and last in full. notice: an erratum,
    comment, reply, letter or editorial by its title or type.
    """

    titles: tuple[str, ...]
    heads: Mapping[str, str]
    numbers: tuple[str, ...]
    surnames: tuple[str, ...]
    year: int | None
    journals: tuple[tuple[str, ...], ...]
    issn: frozenset[str]
    volume: str
    issue: str
    pages: tuple[str, str]
    doi: str
    pmid: str
    pmcid: str
    notice: bool
    preprint: bool
    abstract: bool
    protocol: bool

    @property
    def title(self) -> str:
        """The main title, '' for none."""
        return self.titles[0] if self.titles else ""


def compared(record: Citation) -> ComparedForms:
    """What is compared of one record."""
    title, notice = _without_notice(record.title)
    forms = _forms(title) if title and not title.startswith(UNTITLED) else []
    forms += [form for other in record.other_titles for form in _forms(_without_notice(other)[0])]
    known = [(key, head) for key, head in dict(forms).items() if key]
    names = (record.journal, *(re.split(cut, record.journal)[0] for cut in (r"\s[=/:]\s|\s*\(", r"\b-\b")))
    return ComparedForms(
        titles=tuple(key for key, _ in known),
        heads=dict(known),
        numbers=_numbers(known[0][0]) if known else (),
        surnames=tuple(name for each in record.authors if (name := surname(each))),
        year=record.year,
        journals=tuple(j for each in dict.fromkeys(names) if (j := _journal_words(each))),
        issn=frozenset(record.issn),
        volume=re.sub(r"[^0-9a-z]", "", record.volume.casefold()).lstrip("0"),
        issue=re.sub(r"[^0-9a-z]", "", record.issue.casefold()).lstrip("0"),
        pages=full_pages(record.pages),
        doi=normal_doi(record.doi),
        pmid=record.pmid,
        pmcid=record.pmcid,
        notice=notice or bool(_NOTICE_KIND.search(record.kind)),
        preprint=record.doi.startswith(_PREPRINT_DOIS)
        or bool(_PREPRINT.search(f"{record.journal} {record.kind}")),
        abstract=bool(_ABSTRACT_KIND.search(record.kind)),
        protocol=bool(_PROTOCOL.search(record.title)),
    )


def _without_notice(title: str) -> tuple[str, bool]:
    """The title of the work itself, and whether this is a notice about it."""
    core = _NOTICE.sub("", title)
    core = _NOTICE_BEHIND.sub("", core)
    return (core or title), core != title


def _forms(title: str) -> list[tuple[str, str]]:
    """The title as words, and its head before the colon; both of two languages that a = or brackets part."""
    whole = [title]
    if " = " in title:
        whole += title.split(" = ")
    if bracketed := re.search(r"\[([^\[\]]{15,})\]\.?\s*$", title):
        whole += [bracketed[1], title[: bracketed.start()]]
    found = []
    for each in whole:
        head = re.split(r"[:?]\s|\s[-–—]\s|\.\s", each)[0]
        found.append((plain(each), plain(head)))
    return [(key, head) for key, head in found if len(key) > 1]


def plain(text: str) -> str:
    """Words of Latin letters and digits, Greek letters by their names, in small letters, one blank apart."""
    text = text[:_LONGEST_COMPARED].casefold()
    if not text.isascii():
        text = _latin(text)
    text = text.replace("&", " and ").replace("ae", "e").replace("oe", "e")
    return " ".join(_WORD.findall(text))


def _latin(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(_greek(sign) for sign in text if not unicodedata.combining(sign))


@lru_cache(maxsize=512)
def _greek(sign: str) -> str:
    if "\u0370" <= sign <= "\u03ff":
        return f" {unicodedata.name(sign, '').rpartition('LETTER ')[2].partition(' ')[0].lower()} "
    return sign


def _numbers(title: str) -> tuple[str, ...]:
    """Numbers of a title; Roman ones where they end it or count something: part II is part 2."""
    words = title.split()
    found = []
    for at, word in enumerate(words):
        counts = at > 0 and (_COUNTED.fullmatch(words[at - 1]) or at == len(words) - 1)
        if any(sign.isdigit() for sign in word):
            found.append(word.lstrip("0"))
        elif word in _ROMAN and counts:
            found.append(_ROMAN[word])
    return tuple(found)


def surname(author: str) -> str:
    """The surname of an author, whichever way the name is printed: Lovelace, A.; A. Lovelace; LOVELACE A."""
    before, comma, _ = author.partition(",")
    words = before.split()
    if not comma and len(words) > 1:
        if _of_given_names(words[-1]):
            words = words[:1] + [word for word in words[1:] if not _of_given_names(word)]
        else:
            words = words[-1:]
    return plain(" ".join(words)).replace(" ", "")


def _of_given_names(word: str) -> bool:
    """Initials, and not a short surname."""
    return is_initials(word) and word.isupper() and len(word) <= 4


def full_pages(pages: str) -> tuple[str, str]:
    """First and last page, the last in full: 123-9 is 123 to 129."""
    first, _, last = re.sub(r"[^0-9a-z\-]", "", pages.casefold().replace("unsp", "")).partition("-")
    last = last.split("-")[0]
    if last.isdigit() and len(last) < len(first):
        last = first[: len(first) - len(last)] + last
    return first.lstrip("0"), last.lstrip("0")


def _journal_words(journal: str) -> tuple[str, ...]:
    return tuple(word for word in plain(journal).split() if word not in _STOP)


def same_journal(one: ComparedForms, other: ComparedForms) -> bool | None:
    """Whether two records name one journal, by ISSN, name or abbreviation; None where one names none."""
    if one.issn & other.issn:
        return True
    if not one.journals or not other.journals:
        return None
    return any(_abbreviates(a, b) or _abbreviates(b, a) for a in one.journals for b in other.journals)


def _abbreviates(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Each word of the short name begins a word of the long one, in order, of which it leaves few out."""
    at = 0
    for word in short:
        while at < len(long) and not _begins(word, long[at]):
            at += 1
        if at == len(long):
            return False
        at += 1
    return len(short) * 3 >= len(long) * 2


def _begins(word: str, whole: str) -> bool:
    if whole.startswith(word):
        return True
    # natl abbreviates national: the first letter and the others in their order
    rest = iter(whole)
    return word[0] == whole[0] and len(word) > 2 and all(sign in rest for sign in word)
