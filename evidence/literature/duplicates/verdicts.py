"""Whether two records are one work, with the reason.

Certain is only what two different works cannot share: an identifier with a title that fits, or the title,
authors and place. Everything near that is asked about; what is known to be another publication of the same
work (a preprint, a conference abstract, an erratum, another version) is related and never joined.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto

from rapidfuzz import fuzz

from evidence.literature.duplicates.compared_forms import ComparedForms, same_journal


class Verdict(IntEnum):
    """What two records are to each other, the weightiest last."""

    DIFFERENT = auto()
    RELATED = auto()
    DOUBTFUL = auto()
    SAME = auto()


@dataclass(frozen=True)
class Judged:
    """A verdict, its reason in words, and how strong the evidence is: 2 identifiers, 1 a place, 0 words."""

    verdict: Verdict
    reason: str = ""
    strength: int = 0


_NO = Judged(Verdict.DIFFERENT)
ALIKE, NEAR = 95.0, 85.0
"""Similarities of titles in per cent (rapidfuzz's ratio): the same, nearly the same."""
_FEW_WORDS = 4


def judged(one: ComparedForms, other: ComparedForms) -> Judged:
    """What two records are to each other; the same whichever comes first."""
    shared = shared_identifier(one, other)
    alike = _likeness(one, other)
    if shared:
        return _with_shared(one, other, shared, alike)
    if not one.titles or not other.titles:
        return _NO
    if alike < NEAR:
        return _in_two_languages(one, other)
    if (relation := related_as(one, other)) and not _same_place(one, other):
        return Judged(Verdict.RELATED, relation) if _share_an_author(one, other) is not False else _NO
    if other_number(one, other):
        return (
            Judged(Verdict.RELATED, "another part, year or number") if _share_an_author(one, other) else _NO
        )
    if clash := other_identifier(one, other):
        return _with_clash(one, other, alike, clash)
    return _by_words(one, other, alike)


def shared_identifier(one: ComparedForms, other: ComparedForms) -> str:
    """The kind of the identifier that both have, '' for none."""
    pairs = (
        ("DOI", one.doi, other.doi),
        ("PubMed number", one.pmid, other.pmid),
        ("PMC number", one.pmcid, other.pmcid),
    )
    return next((name for name, a, b in pairs if a and a == b), "")


def other_identifier(one: ComparedForms, other: ComparedForms) -> str:
    """The kind of an identifier in which the two differ, '' for none."""
    pairs = (
        ("DOI", one.doi, other.doi),
        ("PubMed number", one.pmid, other.pmid),
        ("PMC number", one.pmcid, other.pmcid),
    )
    return next((name for name, a, b in pairs if a and b and a != b), "")


def related_as(one: ComparedForms, other: ComparedForms) -> str:
    """How one is another publication about the other's work, '' where their kinds do not differ."""
    if one.notice != other.notice:
        return "one is a notice, comment or reply about the other"
    if one.preprint != other.preprint:
        return "a preprint and its version of record"
    if one.abstract != other.abstract:
        return "a conference abstract and an article"
    if one.protocol != other.protocol:
        return "a protocol and its results"
    return ""


def other_number(one: ComparedForms, other: ComparedForms) -> bool:
    """Whether the titles count differently: part 1 and 2, reports of 2010 and 2011."""
    a, b = set(one.numbers), set(other.numbers)
    # a number that only one title has may stand in a subtitle that the other leaves out
    return bool(a - b and b - a) or (a != b and _key_length(one) == _key_length(other))


def _key_length(one: ComparedForms) -> int:
    return len([word for word in one.title.split() if not any(sign.isdigit() for sign in word)])


def _likeness(one: ComparedForms, other: ComparedForms) -> float:
    """How alike the titles are in any form, NEAR to 100, or 0; a head that is the whole other one counts."""
    best = 0.0
    for a, head_a in one.heads.items():
        for b, head_b in other.heads.items():
            best = max(best, fuzz.ratio(a, b, score_cutoff=NEAR))
            if (a == head_b or b == head_a) and min(len(a.split()), len(b.split())) > _FEW_WORDS:
                best = max(best, ALIKE)
            elif len(a) > 60 and len(b) > 60 and (a.startswith(b) or b.startswith(a)):
                best = max(best, ALIKE)  # one is cut, or has a subtitle
    return best


def _share_an_author(one: ComparedForms, other: ComparedForms) -> bool | None:
    """Whether the first authors or half of all are the same; None where a record names none."""
    if not one.surnames or not other.surnames:
        return None
    return one.surnames[0] == other.surnames[0] or _overlap(one, other) >= 0.5


def _overlap(one: ComparedForms, other: ComparedForms) -> float:
    """The share of the authors of the shorter list that the other has too; both name some."""
    a, b = set(one.surnames), set(other.surnames)
    return len(a & b) / min(len(a), len(b))


def _years_apart(one: ComparedForms, other: ComparedForms) -> int | None:
    return None if one.year is None or other.year is None else abs(one.year - other.year)


def _a_year_at_most(one: ComparedForms, other: ComparedForms) -> bool:
    """Whether no more than a year is between them, as far as is known."""
    return _years_apart(one, other) in {None, 0, 1}


def _equal(a: str, b: str) -> bool | None:
    return None if not a or not b else a == b


def _same_place(one: ComparedForms, other: ComparedForms) -> bool:
    """One volume and first page in one journal, or in names of it that are not known to be one."""
    page = one.pages[0]
    if not page or page != other.pages[0] or not _equal(one.volume, other.volume):
        return False
    if not _a_year_at_most(one, other):
        return False
    return same_journal(one, other) is not False or (len(page) > 1 and one.notice == other.notice)


def _with_shared(one: ComparedForms, other: ComparedForms, shared: str, alike: float) -> Judged:
    strong = 2
    if not one.titles or not other.titles:
        return Judged(Verdict.SAME, f"the same {shared}", strong)
    clash = other_identifier(one, other)
    if alike >= NEAR or _holds(one, other):
        if relation := related_as(one, other) if one.notice != other.notice else "":
            return Judged(Verdict.DOUBTFUL, f"the same {shared}, but {relation}")
        if other_number(one, other) and _share_an_author(one, other) is False:
            return Judged(Verdict.DOUBTFUL, f"the same {shared}, but titles count differently")
        if clash:
            return Judged(Verdict.DOUBTFUL, f"the same {shared}, but another {clash}")
        return Judged(Verdict.SAME, f"the same {shared}", strong)
    close = _a_year_at_most(one, other) and _share_an_author(one, other)
    page = _equal(one.pages[0], other.pages[0])
    place = _equal(one.volume, other.volume) if page is None else page
    if (
        close
        and place
        and not clash
        and not (_is_a_supplement(one) or _is_a_supplement(other))
        and _overlap(one, other) >= 0.5
    ):
        return Judged(
            Verdict.SAME, f"the same {shared}, authors and place, with titles in two languages", strong
        )
    return Judged(Verdict.DOUBTFUL, f"the same {shared}, but other titles")


_LONGEST_ARTICLE = 60
"""Pages above which a range is taken for a whole supplement of abstracts."""


def _is_a_supplement(one: ComparedForms) -> bool:
    first, last = (page.lstrip("s") for page in one.pages)
    return first.isdigit() and last.isdigit() and int(last) - int(first) >= _LONGEST_ARTICLE


def _holds(one: ComparedForms, other: ComparedForms) -> bool:
    """Whether nearly all words of one title are in the other: in another order, a series before them."""
    return any(
        fuzz.token_set_ratio(a, b) >= 90 for a in one.titles for b in other.titles if min(len(a), len(b)) > 15
    )


def _in_two_languages(one: ComparedForms, other: ComparedForms) -> Judged:
    """Titles that differ, where everything else is the same; abstracts of a meeting may share it as well."""
    whole = one.pages == other.pages and all(one.pages) and one.pages[0] != one.pages[1]
    same = (
        whole
        and _equal(one.volume, other.volume)
        and one.year == other.year
        and same_journal(one, other)
        and _share_an_author(one, other)
        and _overlap(one, other) >= 0.8
    )
    if not same or one.notice != other.notice:
        return _NO
    clash = other_identifier(one, other)
    return Judged(
        Verdict.DOUBTFUL,
        "the same authors and pages, but other titles" + (f" and another {clash}" if clash else ""),
    )


def _with_clash(one: ComparedForms, other: ComparedForms, alike: float, clash: str) -> Judged:
    """Alike but for an identifier: a version, a second publication, or a misprint of the identifier."""
    if not _share_an_author(one, other):
        return _NO
    review, version, _ = one.doi.rpartition(".pub")
    if version and review == other.doi.rpartition(".pub")[0]:
        return Judged(Verdict.RELATED, "versions of one review")
    if _same_place(one, other):
        return Judged(Verdict.DOUBTFUL, f"the same title and place, but another {clash}")
    near = _a_year_at_most(one, other) and same_journal(one, other) is not False
    if alike >= ALIKE and near and not _elsewhere(one, other):
        return Judged(Verdict.DOUBTFUL, f"the same title and authors, but another {clash}")
    return Judged(Verdict.RELATED, f"alike, but another {clash}") if alike >= ALIKE else _NO


def _elsewhere(one: ComparedForms, other: ComparedForms) -> bool:
    return _equal(one.volume, other.volume) is False or _equal(one.pages[0], other.pages[0]) is False


def _by_words(one: ComparedForms, other: ComparedForms, alike: float) -> Judged:
    authors = _share_an_author(one, other)
    if authors is False:
        if alike >= ALIKE and _same_place(one, other):
            return Judged(Verdict.DOUBTFUL, "the same title and place, but other authors")
        return _NO
    if _same_place(one, other) and (authors or alike >= ALIKE):
        return Judged(Verdict.SAME, "the same title and place", 1)
    against = _against(one, other)
    if alike < ALIKE:
        near = authors and not against
        return Judged(Verdict.DOUBTFUL, "nearly the same title, the same authors") if near else _NO
    if against:
        return _contradicted(one, other, authors, against)
    return _uncontradicted(one, other, authors)


def _against(one: ComparedForms, other: ComparedForms) -> list[str]:
    """What speaks against one work, in words."""
    said = (
        (not _a_year_at_most(one, other), f"years {one.year} and {other.year}"),
        (same_journal(one, other) is False, "journals"),
        (_equal(one.volume, other.volume) is False, "volumes"),
        (_equal(one.pages[0], other.pages[0]) is False, "pages"),
    )
    return [what for is_so, what in said if is_so]


def _contradicted(
    one: ComparedForms, other: ComparedForms, authors: bool | None, against: list[str]
) -> Judged:
    if authors is None:
        return (
            _NO if len(against) > 1 else Judged(Verdict.DOUBTFUL, f"the same title, but other {against[0]}")
        )
    if against == ["pages"] and _only_numbered_otherwise(one, other):
        return Judged(Verdict.SAME, "the same title, authors and volume, pages numbered in two ways")
    if len(against) > 2 or (len(against) == 2 and "journals" in against):
        return Judged(Verdict.RELATED, f"the same title and authors, but other {' and '.join(against)}")
    return Judged(Verdict.DOUBTFUL, f"the same title and authors, but other {' and '.join(against)}")


def _only_numbered_otherwise(one: ComparedForms, other: ComparedForms) -> bool:
    """An article's number beside its pages: one volume of one journal and year, all authors the same."""
    number = any(
        not pages[1] or pages[0] == "1" or not pages[0].isdigit() for pages in (one.pages, other.pages)
    )
    same = _equal(one.volume, other.volume) and one.year == other.year and same_journal(one, other)
    return bool(
        number and same and one.surnames and one.surnames == other.surnames and _many_words(one, other)
    )


def _many_words(one: ComparedForms, other: ComparedForms) -> bool:
    return min(len(one.title.split()), len(other.title.split())) > _FEW_WORDS


def _uncontradicted(one: ComparedForms, other: ComparedForms, authors: bool | None) -> Judged:
    placed = _equal(one.volume, other.volume) or _equal(one.pages[0], other.pages[0])
    journal, apart = same_journal(one, other), _years_apart(one, other)
    if not _many_words(one, other):
        if authors and journal and placed:
            return Judged(Verdict.SAME, "the same title, authors and place", 1)
        return Judged(Verdict.DOUBTFUL, "the same short title")
    if authors:
        if apart == 0 or (apart == 1 and (placed or (journal and one.title == other.title))):
            return Judged(Verdict.SAME, "the same title, authors and year")
        return Judged(Verdict.DOUBTFUL, "the same title and authors; a year is missing or one apart")
    if apart == 0 and (journal or placed):
        return Judged(Verdict.SAME, "the same title, year and journal")
    return Judged(Verdict.DOUBTFUL, "the same title; authors are missing")
