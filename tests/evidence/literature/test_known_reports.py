"""Which citation is a report of which record: facts by identifiers, questions by words."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.literature.citation import Citation, one_of
from evidence.literature.known_reports import KnownReport, KnownReports
from evidence.records.reading import record_from_text
from evidence.records.review import load_review
from tests.evidence.literature.exports import cited
from tests.evidence.records.samples import TEXT, bent
from tests.evidence.records.test_review import REVIEW

REPORT = "status: published, citation: Lee 2019, year: 2019"
ABSTRACT = "Of 1426 women and men."


Aliases = dict[str, tuple[str, ...]]


def known(said: str = REPORT, text: str = TEXT, aliases: Aliases | None = None) -> KnownReports:
    """Of one record whose report says this."""
    text = text.replace(REPORT, f"status: published, {said}" if said != REPORT else REPORT, 1)
    return KnownReports([record_from_text(text, Path("lee-2019.yaml"))], (), aliases)


def of_cohort(name: str, more: str = "", aliases: Aliases | None = None) -> KnownReports:
    text = bent(("{name: LEE, years: 2010-2012, country: NO}", f"{{name: {name}{more}}}"))
    return known(REPORT, text, aliases)


# Facts.


@pytest.mark.parametrize(
    ("said", "citation", "reason"),
    [
        ("doi: 10.1000/LEE", Citation(doi="10.1000/lee"), "the same DOI"),
        ("doi: 'https://doi.org/10.1000/lee'", Citation(doi="10.1000/lee"), "the same DOI"),
        ("url: 'https://doi.org/10.1000/lee'", Citation(doi="10.1000/lee"), "the same DOI"),
        ("pmid: 77", Citation(pmid="77"), "the same PubMed number"),
        ("url: 'https://pubmed.ncbi.nlm.nih.gov/77/'", Citation(pmid="77"), "the same PubMed number"),
        (
            "url: 'https://pmc.ncbi.nlm.nih.gov/articles/PMC123456'",
            Citation(pmcid="PMC123456"),
            "the same PubMed Central number",
        ),
        ("doi: 10.1000/lee, pmid: 77", Citation(pmid="77"), "the same PubMed number"),
        ("pmid: 77", Citation(doi="10.1000/x", pmid="77"), "the same PubMed number"),
        ("doi: 10.1000/lee, pmid: 77", Citation(doi="10.1000/lee", pmid="77"), "the same DOI"),
    ],
)
def test_an_identifier_says_what_a_citation_is(said: str, citation: Citation, reason: str) -> None:
    found = known(f"citation: Lee 2019, year: 2019, {said}")
    assert found.facts(citation) == (KnownReport("lee-2019", "lee-2019", "is", reason),)
    assert found.questions(citation) == ()
    assert found.line(citation) == f"known: report lee-2019 of lee-2019 ({reason})"


@pytest.mark.parametrize(
    ("said", "citation"),
    [
        ("doi: 10.1000/lee", Citation(doi="10.1000/lee.2")),
        ("url: 'https://example.org/10.1000/lee'", Citation(doi="10.1000/lee")),
        ("url: 'https://example.org/77'", Citation(pmid="77")),
        ("pmid: 77", Citation(pmid="7")),
        ("doi: 10.1000/lee, pmid: 77", Citation(doi="10.1000/other", pmid="77")),
        ("doi: 10.1000/lee", Citation(title="Another")),
    ],
)
def test_another_identifier_is_another_report(said: str, citation: Citation) -> None:
    found = known(f"citation: Lee 2019, year: 2019, {said}")
    assert (found.facts(citation), found.line(citation)) == ((), "")


def test_a_joined_work_is_known_by_the_identifier_of_any_of_its_records() -> None:
    work = one_of([Citation(title="A", doi="10.1000/x"), Citation(title="B", pmid="77")])
    (fact,) = known("citation: Lee 2019, year: 2019, doi: 10.1000/x").facts(work)
    assert fact.reason == "the same DOI"
    (fact,) = known("citation: Lee 2019, year: 2019, pmid: 77").facts(work)
    assert fact.reason == "the same PubMed number"


def test_a_citation_without_identifiers_is_known_by_the_id_that_its_report_keeps() -> None:
    citation = cited()
    assert citation.id.startswith("words:")
    found = known(f'citation: Lee 2019, year: 2019, found_as: "{citation.id}"')
    assert found.facts(citation) == (KnownReport("lee-2019", "lee-2019", "is", "the same citation"),)
    assert found.facts(cited(year=2013)) == ()


def test_one_paper_may_be_of_two_records_and_a_draft() -> None:
    first = TEXT.replace(REPORT, f"{REPORT}, doi: 10.1000/lee", 1)
    documents = [
        record_from_text(first.replace("study: lee-2019", f"study: {name}"), Path(f"{name}.yaml"))
        for name in ("a", "b", "c")
    ]
    found = KnownReports(documents[:2], documents[2:])
    facts = found.facts(Citation(doi="10.1000/lee"))
    assert [(each.study, each.waiting) for each in facts] == [("a", False), ("b", False), ("c", True)]
    assert found.line(Citation(doi="10.1000/lee")) == (
        "known: report lee-2019 of a, b and c (a draft) (the same DOI)"
    )


def test_a_record_with_errors_and_a_draft_are_known_by_what_they_say() -> None:
    text = TEXT.replace(REPORT, "doi: 10.1000/lee <to-be-confirmed>, year: soon", 1).replace(
        "study: lee-2019\n", ""
    )
    found = known(text=text)
    assert found.facts(Citation(doi="10.1000/lee"))[0].study == "lee-2019"  # the name of the file
    assert known(text="[").facts(Citation(doi="10.1000/lee")) == ()
    assert known(text="- a list").facts(Citation(doi="10.1000/lee")) == ()
    assert known(text="reports: none\ncohort: none").facts(Citation(doi="10.1000/lee")) == ()
    assert known(text="reports: {a: none}").line(cited()) == ""


def test_a_review_is_known_with_its_drafts_and_its_names_of_cohorts(tmp_path: Path) -> None:
    review = REVIEW.replace("sites:", "same: {cohorts: {LEE: [Longitudinal Elders]}}\nsites:", 1)
    assert "same:" in review
    (tmp_path / "review.yaml").write_text(review, encoding="utf-8")
    for folder, doi in (("studies", "10.1000/a"), ("drafts", "10.1000/b")):
        (tmp_path / folder).mkdir()
        text = TEXT.replace(REPORT, f"{REPORT}, doi: {doi}", 1)
        (tmp_path / folder / "lee-2019.yaml").write_text(text, encoding="utf-8")
    loaded = load_review(tmp_path)
    assert loaded.document.model is not None
    found = KnownReports.of_review(loaded)
    assert found.facts(Citation(doi="10.1000/a"))[0].waiting is False
    assert found.facts(Citation(doi="10.1000/b"))[0].waiting is True
    line = found.line(Citation(title="Bone in the longitudinal elders"))
    assert line == "may be another report of lee-2019, lee-2019 (a draft): it names longitudinal elders"
    (tmp_path / "review.yaml").write_text("[", encoding="utf-8")
    assert KnownReports.of_review(load_review(tmp_path)).line(Citation(title="the longitudinal elders")) == ""


# The same work, asked.

TITLE = "Hemoglobin and bone loss in older women"
LONG = "Bone loss and hemoglobins"
"""Of 25 signs, which two works hardly share."""


@pytest.mark.parametrize(
    ("said", "citation", "reason"),
    [
        (f"citation: 'Rossi A. {TITLE}. Bone', year: 2012", cited(doi="10.1000/x"), "the same title"),
        (f"citation: '{TITLE.upper()}', year: 2012", cited(), "the same title"),
        ("citation: 'Bone loss and hemoglobins', year: 2012", cited(LONG), "the same title"),
        (f"citation: 'Rossi A. {TITLE}', year: 2012, doi: 10.1000/a", cited(), "the same title"),
        (
            f"citation: 'Rossi A. {TITLE}', year: 2012, doi: 10.1000/a",
            cited(doi="10.1000/x"),
            "the same title with another DOI",
        ),
        (
            "citation: 'Rossi A et al. J Bone 2012;27(3):123-130', year: 2012",
            cited(doi="10.1000/x"),
            "the same first author, year, volume and page",
        ),
        (
            "citation: 'Rossi A. Another title. J Bone 2012;27:123-30', year: 2012, doi: 10.1000/x",
            cited("Blood"),
            "the same first author, year, volume and page",
        ),
    ],
)
def test_words_that_are_the_same_ask_whether_it_is_the_report(
    said: str, citation: Citation, reason: str
) -> None:
    found = known(said)
    assert found.questions(citation) == (KnownReport("lee-2019", "lee-2019", "may be", reason),)
    assert found.line(citation) == f"may be report lee-2019 of lee-2019: {reason}"


@pytest.mark.parametrize(
    ("said", "citation"),
    [
        ("citation: 'Rossi A. Short title. Bone', year: 2012", cited("Short title")),
        ("citation: 'Rossi A. Bone loss and hemoglobin. B', year: 2012", cited("Bone loss and hemoglobin")),
        ("citation: 'Kim A et al. J Bone 2012;27(3):123-130', year: 2012", cited()),
        ("citation: 'Rossi A et al. J Bone 2012;27(3):123-130', year: 2013", cited()),
        ("citation: 'Rossi A et al. J Bone 2012;28(3):123-130', year: 2012", cited()),
        ("citation: 'Rossi A et al. J Bone 2012;27(3):124-130', year: 2012", cited()),
        ("citation: 'Rossi A et al. J Bone 2012;27(3):123-130', year: 2012", cited(pages="")),
        ("citation: 'Rossi A et al. J Bone 2012;27(3):123-130', year: 2012", cited(authors=())),
        ("citation: 'Rossi A. J Bone 2012;27:123', year: 2012, doi: 10.1000/a", cited(doi="10.1000/b")),
        ("citation: Rossi, year: 2012", cited("", volume="", pages="", year=None)),
    ],
)
def test_words_that_differ_ask_nothing(said: str, citation: Citation) -> None:
    assert known(said).questions(citation) == ()


# Another report of a cohort, asked.


def test_a_registry_number_asks_for_another_report_of_the_trial() -> None:
    found = known(text=bent(("title: A study", "title: A study, NCT01234567")))
    for citation in (
        cited(registry=("NCT01234567",)),
        cited(abstract="registered as NCT 01234567"),
        cited("Bone in NCT01234567"),
        cited(keywords=("nct01234567",)),
    ):
        assert found.questions(citation) == (
            KnownReport("lee-2019", "", "cohort", "the same registry number NCT01234567"),
        )
    assert found.questions(cited(registry=("NCT01234568",))) == ()


def test_a_name_of_the_cohort_asks_wherever_it_stands() -> None:
    found = of_cohort("InLEE", aliases={"inlee": ("Elders of Lee",)})
    for citation, name in (
        (cited("Bone in InLEE"), "InLEE"),
        (cited(abstract="The InLEE study"), "InLEE"),
        (cited(keywords=("InLEE",)), "InLEE"),
        (cited(other_titles=("Knochen in InLEE",)), "InLEE"),
        (cited(abstract="the elders of Lee"), "elders of Lee"),
        (cited("BONE IN THE ELDERS OF LEE"), "elders of lee"),
    ):
        assert found.questions(citation) == (KnownReport("lee-2019", "", "cohort", f"it names {name}"),)
    assert found.questions(cited("BONE IN INLEE")) == ()
    assert (
        of_cohort("other", aliases={"inlee": ("Elders of Lee",)}).questions(cited(abstract="elders of Lee"))
        == ()
    )


def test_a_repeated_survey_is_asked_about_for_its_own_years() -> None:
    found = of_cohort("SURVEYS", ", years: '2010-2012, 2015', repeated: true")
    assert (
        found.line(cited(abstract="SURVEYS 2012-2013"))
        == "may be another report of lee-2019: it names SURVEYS"
    )
    assert found.line(cited(abstract="SURVEYS 2015")) != ""
    assert found.line(cited(abstract="SURVEYS 2013-2014")) == ""
    assert of_cohort("SURVEYS", ", years: 2010-2012").line(cited(abstract="SURVEYS 2013-2014")) != ""
    found = of_cohort("SURVEYS", ", years: '2010-2012, 2015', repeated: Yes")
    assert found.line(cited(abstract="SURVEYS 2013-2014")) == ""


AUTHORS = "citation: 'Kim S-Y, Yoo D-M, Min C, Choi H-G. Bone 2021;18:85', year: 2021"


@pytest.mark.parametrize(
    ("authors", "abstract", "reason"),
    [
        (
            ("Kim, So-Young", "Min, Chan", "Choi, H. G."),
            "in Norway",
            "3 authors of it are the same, and the country",
        ),
        (
            ("Kim S", "Min C", "Choi H", "Yoo D"),
            "Norwegians",
            "4 authors of it are the same, and the country",
        ),
        (
            ("Kim S", "Min C", "Choi H"),
            "from 2010 to 2012",
            "3 authors of it are the same, and the years of the cohort",
        ),
        (("Kim S", "Min C", "Choi H"), "from 2010 to 2013", ""),
        (("Kim S", "Min C"), "in Norway", ""),
        (("Kim T", "Min C", "Choi H"), "in Norway", ""),
        (("Kim", "Min", "Choi"), "in Norway", ""),
        ((), "in Norway", ""),
    ],
)
def test_authors_ask_with_the_country_or_the_years(
    authors: tuple[str, ...], abstract: str, reason: str
) -> None:
    found = known(AUTHORS).questions(cited(authors=authors, abstract=abstract))
    assert [each.reason for each in found] == ([reason] if reason else [])


def test_authors_of_a_record_without_country_and_years_ask_nothing() -> None:
    text = TEXT.replace(REPORT, f"status: published, {AUTHORS}", 1).replace(
        ", years: 2010-2012, country: NO", ""
    )
    citation = cited(authors=("Kim S", "Min C", "Choi H"), abstract="in Norway, 2010-2012")
    assert known(text=text).questions(citation) == ()


def test_many_records_of_one_cohort_are_one_line() -> None:
    documents = [
        record_from_text(
            TEXT.replace("lee-2019", name).replace("{name: LEE", "{name: InLEE"), Path(f"{name}.yaml")
        )
        for name in ("a", "b", "c", "d", "e")
    ]
    line = KnownReports(documents).line(cited("Bone in InLEE"))
    assert line == "may be another report of a, b, c and 2 more: it names InLEE"
    assert KnownReports(documents[:3]).line(cited("Bone in InLEE")) == (
        "may be another report of a, b, c: it names InLEE"
    )


def test_a_report_and_a_cohort_that_it_may_be_of_are_two_questions() -> None:
    first = TEXT.replace(REPORT, f"status: published, citation: '{TITLE}', year: 2012", 1)
    second = TEXT.replace("lee-2019", "b").replace("{name: LEE", "{name: InLEE")
    documents = [record_from_text(first, Path("a.yaml")), record_from_text(second, Path("b.yaml"))]
    line = KnownReports(documents).line(cited(abstract="InLEE"))
    assert line == (
        "may be report lee-2019 of lee-2019: the same title; may be another report of b: it names InLEE"
    )
