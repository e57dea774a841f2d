"""Records in the forms that are compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.literature.citation import Citation
from evidence.literature.duplicates.compared_forms import compared, full_pages, plain, same_journal, surname
from tests.evidence.literature.exports import cited


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Iron & Bone: a “Review”!", "iron and bone a review"),
        ("Müller–Łódź œdema Haemoglobin", "muller lodz edema hemoglobin"),
        ("TNF-α and β2", "tnf alpha and beta 2"),
        ("ΑΒ", "alpha beta"),
        ("Straße", "strasse"),
        ("骨密度 study", "骨密度 study"),
        ("...", ""),
    ],
)
def test_words_are_compared_without_case_accents_and_signs(text: str, key: str) -> None:
    assert plain(text) == key


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Rossi, Anna", "rossi"),
        ("Rossi A", "rossi"),
        ("ROSSI AB", "rossi"),
        ("A. B. Rossi", "rossi"),
        ("Anna Rossi", "rossi"),
        ("van der Lee BC", "vanderlee"),
        ("van der Lee, B. C.", "vanderlee"),
        ("Rossi", "rossi"),
        ("O’Hara, P.", "ohara"),
        ("LI X", "li"),
        ("Müller J-P", "muller"),
        ("", ""),
    ],
)
def test_a_surname_is_found_however_a_name_is_printed(author: str, name: str) -> None:
    assert surname(author) == name


@pytest.mark.parametrize(
    ("pages", "full"),
    [
        ("123-9", ("123", "129")),
        ("123-129", ("123", "129")),
        ("S384-S388", ("s384", "s388")),
        ("e0815", ("e0815", "")),
        ("UNSP 172", ("172", "")),
        ("0012-0015", ("12", "15")),
        ("98-102", ("98", "102")),
        ("1-2-3", ("1", "2")),
        ("", ("", "")),
    ],
)
def test_the_last_page_is_in_full(pages: str, full: tuple[str, str]) -> None:
    assert full_pages(pages) == full


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Clinical Microbiology Reviews", "Clin Microbiol Rev", True),
        ("Journal of Bone and Mineral Research", "J. Bone Miner. Res.", True),
        ("CANADIAN JOURNAL ON AGING-REVUE CANADIENNE DU VIEILLISSEMENT", "Canadian Journal on Aging", True),
        ("Blood (Basel, Online)", "Blood", True),
        ("The Lancet", "Lancet (London, England)", True),
        ("Proc Natl Acad Sci", "Proceedings of the National Academy of Sciences", True),
        ("J Bone", "Journal of Bone Minerals", True),
        ("J Bone", "Journal of Bone Minerals Research", False),
        ("Blood", "Blood Advances", False),
        ("Lancet", "Lancet Haematology", False),
        ("Bone", "Blood", False),
        ("Bone Research", "Bone and Mineral Research Letters", False),
        ("J Bone Miner Res", "Journal of Mineral Bone", False),
        ("", "Blood", None),
    ],
)
def test_journals_are_the_same_by_their_abbreviations(one: str, other: str, same: bool | None) -> None:
    a, b = compared(cited(journal=one)), compared(cited(journal=other))
    assert same_journal(a, b) is same
    assert same_journal(b, a) is same


def test_an_issn_outweighs_the_names_of_journals() -> None:
    a, b = cited(journal="X", issn=("0021-9681",)), cited(journal="Y", issn=("0021-9681", "1528-1159"))
    assert same_journal(compared(a), compared(b)) is True
    assert same_journal(compared(a), compared(replace(b, issn=("1528-1159",)))) is False


def test_titles_have_a_form_in_each_language_and_a_head() -> None:
    def forms(title: str, *others: str) -> dict[str, str]:
        made = compared(cited(title, other_titles=others))
        assert made.titles == tuple(made.heads)
        return dict(made.heads)

    assert forms("Iron: a review") == {"iron a review": "iron"}
    assert forms("Iron - a review") == {"iron a review": "iron"}
    assert forms("Iron: a review: of trials. Part two") == {"iron a review of trials part two": "iron"}
    assert forms("Eisen und Knochen = Iron and bone") == {
        **dict.fromkeys(("eisen und knochen iron and bone",), "eisen und knochen iron and bone"),
        "eisen und knochen": "eisen und knochen",
        "iron and bone": "iron and bone",
    }
    assert list(forms("Eisen und Knochen [Iron and bone loss].")) == [
        *("eisen und knochen iron and bone loss", "iron and bone loss", "eisen und knochen")
    ]
    assert list(forms("Iron [Review]")) == ["iron review"]
    assert list(forms("Iron", "Eisen")) == ["iron", "eisen"]
    assert compared(cited("(no title) some words")).titles == ()
    assert compared(cited("")).title == ""


def test_numbers_of_a_title_are_told_roman_ones_where_they_count() -> None:
    def numbers(title: str) -> tuple[str, ...]:
        return compared(cited(title)).numbers

    assert numbers("Report of 2010, phase III: part 2 of vitamin B12") == ("2010", "3", "2", "b12")
    assert numbers("Iron and bone. II") == ("2",)
    assert numbers("Iron i v and x in bone") == ()
    assert numbers("Study 007") == ("7",)
    assert numbers("Part II of iron and bone") == ("2",)
    assert numbers("V in bone, a paper") == numbers("V") == ()


@pytest.mark.parametrize(
    ("title", "core"),
    [
        ("Erratum: Iron and bone", "iron and bone"),
        ("Correction to: Iron and bone", "iron and bone"),
        ("Author's reply: Iron and bone", "iron and bone"),
        ("Authors’ response to: Iron and bone", "iron and bone"),
        ("Comment on “Iron and bone”", "iron and bone"),
        ("Re: Iron and bone", "iron and bone"),
        ("[Retracted] Iron and bone", "iron and bone"),
        ("RETRACTED: Iron and bone", "iron and bone"),
        ("Retraction notice: Iron and bone", "iron and bone"),
        ("Letter to the editor: Iron", "letter to the editor iron"),
        ("Iron and bone: authors' reply", "iron and bone"),
        ("Iron and bone - Reply", "iron and bone"),
        ("Iron and bone (erratum)", "iron and bone"),
    ],
)
def test_a_notice_is_known_by_its_title(title: str, core: str) -> None:
    made = compared(cited(title))
    assert made.title == core
    assert made.notice is (not title.startswith("Letter to the"))


@pytest.mark.parametrize(
    "title",
    [
        "Response of bone to iron",
        "Commentary in medicine",
        "Reduction: iron",
        "Correction of anaemia and bone",
    ],
)
def test_words_of_a_title_make_no_notice(title: str) -> None:
    assert not compared(cited(title)).notice


def test_kinds_are_known_by_types_journals_and_dois() -> None:
    def kinds(**said: object) -> str:
        made = compared(cited(**said))  # type: ignore[arg-type]
        return "".join(name[0] for name in ("notice", "preprint", "abstract") if getattr(made, name))

    assert kinds() == ""
    assert kinds(kind="published erratum") == "n"
    assert kinds(kind="journal article; comment") == "n"
    assert kinds(kind="jour; conference abstract") == "a"
    assert kinds(kind="meeting abstract") == "a"
    for journal in (
        "medRxiv",
        "bioRxiv : the preprint server",
        "arXiv",
        "SSRN Electronic Journal",
        "Research Square",
    ):
        assert kinds(journal=journal) == "p"
    for doi in ("10.1101/2020.01.01", "10.21203/rs.3.rs-1/v1", "10.2139/ssrn.5", "10.48550/arxiv.5"):
        assert kinds(doi=doi) == "p"
    assert kinds(doi="10.1000/10.1101/x") == ""
    assert compared(cited("Iron and bone: study protocol")).protocol
    assert compared(cited("Rationale and design of the iron trial")).protocol
    assert not compared(cited("Protocols and bone")).protocol


def test_volume_issue_and_identifiers_are_in_one_form() -> None:
    made = compared(
        cited(volume="027 (Suppl)", issue="No-03", doi="https://doi.org/10.1000/A", pmid="5", pmcid="PMC6")
    )
    assert (made.volume, made.issue, made.doi, made.pmid, made.pmcid) == (
        "27suppl",
        "no03",
        "10.1000/a",
        "5",
        "PMC6",
    )
    assert compared(cited(authors=("Rossi, A", "", "...", "Lee B"))).surnames == ("rossi", "lee")


def test_very_long_titles_are_compared_by_their_beginning() -> None:
    assert len(compared(Citation(title="a" * 5_000)).title) == 1_000
