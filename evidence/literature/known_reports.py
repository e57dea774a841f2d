"""Which citation is a report of which record, and which may be another report of a cohort that is known.

Identifiers make it a fact. Titles, authors, registry numbers and names of cohorts make it a question with its
reason, which a person answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evidence.literature.citation import Citation
from evidence.literature.country_words import names_country
from evidence.literature.duplicates.compared_forms import ComparedForms, compared, plain, surname
from evidence.literature.identifiers import normal_doi, normal_pmcid, normal_pmid, registry_numbers
from evidence.literature.named_cohorts import Span, names_cohort, told_years
from evidence.literature.printed_reference import printed_parts, split_authors
from evidence.records.names import name_key
from evidence.records.reading import Document, read_record
from evidence.records.review import LoadedReview
from evidence.records.review_folder import draft_paths
from evidence.records.schema import Record
from evidence.records.unconfirmed import TO_BE_CONFIRMED
from evidence.wording import enumerate_words

Relation = Literal["is", "may be", "cohort"]

_LONG_TITLE = 25
"""Signs of a title that two works hardly share by chance."""
_SHARED_AUTHORS = 3
_MOST_NAMED = 3
_NOT_WORDS = frozenset({"estimates", "comparisons", "baseline", "flow", "risk_of_bias", "extraction"})


@dataclass(frozen=True)
class KnownReport:
    """What a citation is to a record.

    relation: it is this report of the study; it may be this report; it may be another report of its cohort
    (report is '' then). reason: what says so. waiting: the record is a draft.
    """

    study: str
    report: str
    relation: Relation
    reason: str
    waiting: bool = False


@dataclass(frozen=True)
class _Paper:
    """One report of a record, in the forms in which it is compared."""

    study: str
    report: str
    doi: str
    pmid: str
    pmcid: str
    found_as: str
    words: str
    authors: frozenset[str]
    place: Mapping[str, str]
    year: str
    waiting: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The ids that citations of it may have."""
        kinds = (("doi", self.doi), ("pmid", self.pmid), ("pmcid", self.pmcid))
        return tuple(f"{kind}:{value}" for kind, value in kinds if value) + (
            (self.found_as,) if self.found_as else ()
        )


@dataclass(frozen=True)
class _Studied:
    """The cohort of a record: what it is called, where and when it was."""

    study: str
    waiting: bool
    names: tuple[str, ...]
    country: str
    spans: tuple[Span, ...]
    repeated: bool
    registry: frozenset[str]
    words: str
    papers: list[_Paper]


class KnownReports:
    """The reports and cohorts of a review's records and drafts, looked up for citations."""

    def __init__(
        self,
        documents: Iterable[Document[Record]],
        drafts: Iterable[Document[Record]] = (),
        aliases: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """aliases: names of one cohort, as under `same: {cohorts: ...}` of review.yaml.

        A record that has errors is known by what can be read of it.
        """
        self._aliases = aliases or {}
        self._studies: list[_Studied] = []
        self._by_name: dict[str, list[_Paper]] = {}
        for document in documents:
            self.put(document, waiting=False)
        for document in drafts:
            self.put(document, waiting=True)

    def put(self, document: Document[Record], waiting: bool) -> None:
        """Know one more record, or draft (waiting)."""
        study = _studied(document, self._aliases, waiting)
        if study is None:
            return
        self._studies.append(study)
        for paper in study.papers:
            for name in paper.names:
                self._by_name.setdefault(name, []).append(paper)

    @classmethod
    def of_review(cls, loaded: LoadedReview) -> KnownReports:
        """Those of a review as read; its drafts are read here."""
        review = loaded.document.model
        drafts = [read_record(path) for path in draft_paths(loaded.folder)]
        return cls(loaded.documents, drafts, None if review is None else review.same.cohorts)

    def facts(self, citation: Citation) -> tuple[KnownReport, ...]:
        """The reports that a citation is, by its identifiers; one paper may be of several records."""
        found: dict[tuple[str, str], KnownReport] = {}
        for name in sorted(citation.names):
            for paper in self._by_name.get(name, ()):
                if _contradicts(paper, citation):
                    continue
                why = f"the same {_KINDS.get(_kind_of(name), 'citation')}"
                known = KnownReport(paper.study, paper.report, "is", why, paper.waiting)
                found.setdefault((paper.study, paper.report), known)
        return tuple(found.values())

    def questions(self, citation: Citation) -> tuple[KnownReport, ...]:
        """The reports that a citation may be, and the cohorts of which it may be another report.

        () where identifiers say what it is.
        """
        if self.facts(citation):
            return ()
        asked = _Asked.of(citation)
        found = (_known(each, asked) for each in self._studies)
        return tuple(each for each in found if each is not None)

    def line(self, citation: Citation) -> str:
        """What a person who screens is to know, in one line; '' where the citation is new."""
        facts = self.facts(citation)
        if facts:
            first = facts[0]
            names = enumerate_words(list(dict.fromkeys(map(_shown, facts))))
            return f"known: report {first.report} of {names} ({first.reason})"
        return "; ".join(question_words(self.questions(citation)))


def question_words(questions: Sequence[KnownReport]) -> list[str]:
    """A line for the reports that a citation may be, and one for the cohorts that it may be of."""
    told = ([each for each in questions if each.relation == relation] for relation in ("may be", "cohort"))
    return [_question(found) for found in told if found]


def _question(found: list[KnownReport]) -> str:
    names = list(dict.fromkeys(map(_shown, found)))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    of = ", ".join(names[:_MOST_NAMED]) + more
    what = f"report {found[0].report}" if found[0].relation == "may be" else "another report"
    return f"may be {what} of {of}: {found[0].reason}"


def _shown(known: KnownReport) -> str:
    return f"{known.study} (a draft)" if known.waiting else known.study


# Records.

_KINDS = {"doi": "DOI", "pmid": "PubMed number", "pmcid": "PubMed Central number"}


def _kind_of(name: str) -> str:
    return name.partition(":")[0]


def _studied(
    document: Document[Record], aliases: Mapping[str, tuple[str, ...]], waiting: bool
) -> _Studied | None:
    """What a file says of a study, as far as it can be read; None where it says nothing."""
    said = document.tree.root.plain() if document.tree is not None else None
    if not isinstance(said, dict):
        return None
    cohort, reports = (
        part if isinstance(part := said.get(key), dict) else {} for key in ("cohort", "reports")
    )
    words = " ".join(_texts({key: part for key, part in said.items() if key not in _NOT_WORDS}))
    study = _text(said.get("study")) or document.path.stem
    papers = [
        _paper(study, str(name), report, waiting)
        for name, report in reports.items()
        if isinstance(report, dict)
    ]
    return _Studied(
        study,
        waiting,
        _names(_text(cohort.get("name")), aliases),
        _text(cohort.get("country")),
        tuple(told_years(_text(cohort.get("years")))),
        _text(cohort.get("repeated")).casefold() in _YES,
        frozenset(registry_numbers(words)),
        words,
        papers,
    )


_YES = ("true", "yes", "on")


def _text(value: Any) -> str:
    """A value as typed, without the mark of what nobody has confirmed."""
    return value.replace(TO_BE_CONFIRMED, "").strip() if isinstance(value, str) else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (text for each in value.values() for text in _texts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in _texts(each))
    elif text := _text(value):
        yield text


def _names(name: str, aliases: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """A cohort's name with every other name that the review has for it."""
    if not name:
        return ()
    for known, others in aliases.items():
        if name_key(name) in map(name_key, (known, *others)):
            return tuple(dict.fromkeys((name, known, *others)))
    return (name,)


def _paper(study: str, report: str, said: Mapping[str, Any], waiting: bool) -> _Paper:
    url, citation = _text(said.get("url")), _text(said.get("citation"))
    pubmed = url if "pubmed" in url.casefold() else ""
    return _Paper(
        study,
        report,
        normal_doi(_text(said.get("doi"))) or (normal_doi(url) if "doi.org/" in url else ""),
        normal_pmid(_text(said.get("pmid"))) or normal_pmid(pubmed),
        normal_pmcid(url) if "pmc" in url.casefold() else "",
        _text(said.get("found_as")),
        plain(citation),
        frozenset(_authors(citation)),
        _place(citation),
        _text(said.get("year")),
        waiting,
    )


def _authors(citation: str) -> Iterator[str]:
    """Authors of a printed reference: surname and first initial, those before its first full stop."""
    head = citation.partition(". ")[0].replace("et al", "")
    for name in split_authors(head):
        if key := _author_key(name):
            yield key


def _author_key(name: str) -> str:
    """A surname with the first letter of another name: 'zhang l'; '' where there is none."""
    last, (_, comma, first) = surname(name), name.partition(",")
    rest = [each for each in plain(first if comma else name).split() if each != last]
    return f"{last} {rest[0][0]}" if last and rest else ""


# Comparing.


def _contradicts(paper: _Paper, citation: Citation) -> bool:
    """Whether the DOIs of both say that they are two: a number of PubMed is then no proof."""
    dois = {each.doi for each in citation.records() if each.doi}
    return bool(paper.doi and dois and paper.doi not in dois)


@dataclass(frozen=True)
class _Asked:
    """A citation in the forms in which it is compared."""

    forms: ComparedForms
    has_doi: bool
    authors: frozenset[str]
    registry: frozenset[str]
    text: str

    @classmethod
    def of(cls, citation: Citation) -> _Asked:
        # a title in capitals says nothing of abbreviations
        title = citation.title.casefold() if citation.title.isupper() else citation.title
        text = " . ".join((title, *citation.other_titles, citation.abstract, *citation.keywords))
        return cls(
            compared(citation),
            bool(citation.doi),
            frozenset(filter(None, map(_author_key, citation.authors))),
            frozenset((*citation.registry, *registry_numbers(text))),
            text,
        )


def _known(each: _Studied, asked: _Asked) -> KnownReport | None:
    """What a citation may be to a study: one of its reports, or another one of its cohort."""
    for paper in each.papers:
        if reason := _same_work(paper, asked):
            return KnownReport(each.study, paper.report, "may be", reason, each.waiting)
    reason = _same_cohort(each, asked)
    return KnownReport(each.study, "", "cohort", reason, each.waiting) if reason else None


def _same_work(paper: _Paper, asked: _Asked) -> str:
    """Why a citation may be a report, whose identifiers do not say so; '' where nothing does."""
    forms, both = asked.forms, bool(paper.doi) and asked.has_doi
    if any(len(title) >= _LONG_TITLE and title in paper.words for title in forms.titles):
        return f"the same title{' with another DOI' if both else ''}"
    first = forms.surnames[0] if forms.surnames else ""
    if both or not first or not paper.words.replace(" ", "").startswith(first):
        return ""
    place = paper.place
    here = (forms.pages[0], forms.volume, str(forms.year))
    there = (place.get("pages", "").partition("-")[0], place.get("volume", ""), paper.year)
    return "the same first author, year, volume and page" if all(here) and here == there else ""


def _place(reference: str) -> dict[str, str]:
    """Volume and pages of a printed reference, 'Bone 2019;121:1-8', as its last sentence has them."""
    journal, _, place = reference.rpartition(". ")[2].partition(";")
    name, _, year = journal.rpartition(" ")
    return printed_parts(f"{name}. {year};{place}")


def _same_cohort(each: _Studied, asked: _Asked) -> str:
    """Why a citation may be about the persons of a cohort; '' where nothing says so."""
    if numbers := asked.registry & each.registry:
        return f"the same registry number {min(numbers)}"
    for name in each.names:
        if found := names_cohort(name, asked.text, each.words, each.spans, each.repeated):
            return f"it names {found}"
    return _same_people(each, asked)


def _same_people(each: _Studied, asked: _Asked) -> str:
    """Authors that are shared, with the country or the years of the cohort; '' where they are too few."""
    shared = max((paper.authors & asked.authors for paper in each.papers), key=len, default=frozenset())
    if len(shared) < _SHARED_AUTHORS:
        return ""
    by = f"{len(shared)} authors of it are the same"
    if each.country and names_country(each.country, asked.text):
        return f"{by}, and the country"
    if any(span in each.spans for span in told_years(asked.text)):
        return f"{by}, and the years of the cohort"
    return ""
