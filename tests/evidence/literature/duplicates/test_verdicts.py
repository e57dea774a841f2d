"""When two records are one work, perhaps one, or only related."""

from __future__ import annotations

import pytest

from evidence.literature.citation import Citation
from evidence.literature.duplicates.compared_forms import compared
from evidence.literature.duplicates.verdicts import Judged, Verdict, judged, other_number
from tests.evidence.literature.exports import bare, cited

SAME, DOUBTFUL, RELATED, DIFFERENT = Verdict.SAME, Verdict.DOUBTFUL, Verdict.RELATED, Verdict.DIFFERENT
LONG = "Hemoglobin and bone loss in older women"


def between(one: Citation, other: Citation) -> Judged:
    a, b = compared(one), compared(other)
    found = judged(a, b)
    assert judged(b, a).verdict is found.verdict
    return found


# pairs: what differs from the usual citation on each side
CERTAIN: list[tuple[dict[str, object], dict[str, object]]] = [
    ({}, {}),
    ({"doi": "10.1000/a"}, {"doi": "https://doi.org/10.1000%2FA."}),
    ({}, {"title": "HEMOGLOBIN AND BONE-LOSS IN OLDER WOMEN."}),
    ({}, {"title": "Haemoglobin and bone loss in older women"}),
    ({}, {"title": f"{LONG}: a cohort study"}),
    ({}, {"title": "Hemoglobin and bone los in older woman"}),
    ({}, {"authors": ("A. Rossi", "Bo Lee")}),
    ({}, {"authors": ("Lee, B.",)}),
    ({}, {"authors": ()}),
    ({}, {"journal": "J Bone Miner Res", "pages": "123-30"}),
    ({}, {"journal": "An unknown name"}),
    ({}, {"year": 2013}),
    ({}, {"year": None}),
    ({}, {"volume": "", "pages": ""}),
    ({}, {"journal": "", "volume": "", "pages": ""}),
    ({}, {"title": f"Hämoglobin und Knochen = {LONG}"}),
    ({}, {"title": "Hämoglobin und Knochen", "other_titles": (LONG,)}),
    (
        {"doi": "10.1000/a"},
        {"doi": "10.1000/a", "title": "Hämoglobin und Knochen bei Frauen", "pages": "123"},
    ),
    ({"doi": "10.1000/a"}, {"doi": "10.1000/a", "title": ""}),
    ({"doi": "10.1000/a"}, {"doi": "10.1000/a", "title": "", "authors": ("Kim, J.",), "pages": "9"}),
    (
        {"doi": "10.1000/a", "pages": "1-60"},
        {"doi": "10.1000/a", "title": "Hämoglobin und Knochen bei Frauen", "pages": "1-60"},
    ),
    ({"pmid": "5"}, {"pmid": "5", "title": "Hemoglobin, bone loss", "year": 1990, "authors": ("Kim, J.",)}),
    ({"pmcid": "PMC5"}, {"pmcid": "PMC5", "title": f"Series A. {LONG}"}),
    ({"pages": "1-8"}, {"pages": "e55", "journal": "J Bone Miner Res"}),
    ({"pages": "12345"}, {"pages": "1-9"}),
    ({"kind": "conference abstract"}, {}),
]


@pytest.mark.parametrize(("one", "other"), CERTAIN)
def test_what_only_one_work_can_share_is_certain(one: dict[str, object], other: dict[str, object]) -> None:
    assert between(cited(**one), cited(**other)).verdict is SAME  # type: ignore[arg-type]


DOUBTED: list[tuple[dict[str, object], dict[str, object], str]] = [
    ({"doi": "10.1000/a"}, {"doi": "10.1000/b"}, "the same title and place, but another DOI"),
    ({"pmid": "5"}, {"pmid": "6"}, "the same title and place, but another PubMed number"),
    ({"pmid": "5", "pages": ""}, {"pmid": "6"}, "the same title and authors, but another PubMed number"),
    ({"doi": "10.1000/a"}, {"doi": "10.1000/a", "title": "Iron in young men", "authors": ("Kim, J.",)},
     "the same DOI, but other titles"),
    ({"doi": "10.1000/a", "pmid": "5"}, {"doi": "10.1000/a", "pmid": "6"},
     "the same DOI, but another PubMed number"),
    ({"doi": "10.1000/a"}, {"doi": "10.1000/a", "title": f"Erratum: {LONG}"},
     "the same DOI, but one is a notice, comment or reply about the other"),
    ({}, {"volume": "28"}, "the same title and authors, but other volumes"),
    ({}, {"pages": "223-230"}, "the same title and authors, but other pages"),
    ({}, {"year": 2015, "volume": "", "pages": ""},
     "the same title and authors, but other years 2012 and 2015"),
    ({}, {"journal": "Blood", "volume": "", "pages": ""}, "the same title and authors, but other journals"),
    ({}, {"authors": ("Kim, J.",)}, "the same title and place, but other authors"),
    ({}, {"authors": (), "volume": "28"}, "the same title, but other volumes"),
    ({"volume": "", "pages": ""}, {"title": "Hemoglobin and bone gain in older men"},
     "nearly the same title, the same authors"),
    ({"journal": ""}, {"journal": "", "year": None, "pages": ""},
     "the same title and authors; a year is missing or one apart"),
    ({"title": "Bone"}, {"title": "Bone", "pages": "", "volume": ""}, "the same short title"),
    ({"journal": "", "volume": ""}, {"authors": (), "pages": ""}, "the same title; authors are missing"),
    ({}, {"title": "Hämoglobin und Knochen bei Frauen"}, "the same authors and pages, but other titles"),
    ({"doi": "10.1000/a", "pages": "S1-S61"},
     {"doi": "10.1000/a", "title": "Hämoglobin und Knochen bei Frauen", "pages": "S1-S61"},
     "the same DOI, but other titles"),
    ({"doi": "10.1000/a"}, {"doi": "10.1000/b", "title": "Hämoglobin und Knochen bei Frauen"},
     "the same authors and pages, but other titles and another DOI"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "reason"), DOUBTED)
def test_what_speaks_for_and_against_is_asked(
    one: dict[str, object], other: dict[str, object], reason: str
) -> None:
    found = between(cited(**one), cited(**other))  # type: ignore[arg-type]
    assert (found.verdict, found.reason) == (DOUBTFUL, reason)


ONLY_RELATED: list[tuple[dict[str, object], dict[str, object], str]] = [
    ({}, {"title": f"Erratum: {LONG}", "pages": "500"}, "one is a notice, comment or reply about the other"),
    ({}, {"kind": "comment", "pages": "500"}, "one is a notice, comment or reply about the other"),
    ({}, {"journal": "medRxiv", "volume": "", "pages": "", "doi": "10.1101/5"},
     "a preprint and its version of record"),
    ({}, {"kind": "meeting abstract", "pages": "S5", "volume": "26"}, "a conference abstract and an article"),
    ({}, {"title": f"{LONG}: study protocol", "pages": "9"}, "a protocol and its results"),
    ({"title": f"{LONG}: part I"}, {"title": f"{LONG}: part II", "pages": "140"},
     "another part, year or number"),
    ({"title": f"{LONG} 2010"}, {"title": f"{LONG} 2011", "year": 2013}, "another part, year or number"),
    ({"doi": "10.1002/x.pub2"}, {"doi": "10.1002/x.pub3", "year": 2015}, "versions of one review"),
    ({"doi": "10.1000/a"}, {"doi": "10.1000/b", "year": 2015, "journal": "Blood"}, "alike, but another DOI"),
    ({"doi": "10.1000/a"}, {"doi": "10.1000/b", "volume": "29"}, "alike, but another DOI"),
    ({}, {"journal": "Blood", "volume": "3", "pages": "7"},
     "the same title and authors, but other journals and volumes and pages"),
    ({}, {"journal": "Dissertation Abstracts", "volume": "76", "pages": ""},
     "the same title and authors, but other journals and volumes"),
    ({}, {"year": 2019, "volume": "30", "pages": "7"},
     "the same title and authors, but other years 2012 and 2019 and volumes and pages"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "reason"), ONLY_RELATED)
def test_another_publication_of_a_work_is_related(
    one: dict[str, object], other: dict[str, object], reason: str
) -> None:
    found = between(cited(**one), cited(**other))  # type: ignore[arg-type]
    assert (found.verdict, found.reason) == (RELATED, reason)


APART: list[tuple[dict[str, object], dict[str, object]]] = [
    ({}, {"title": "Iron supplements in young athletes", "pages": "5-9"}),
    ({}, {"title": ""}),
    ({}, {"authors": ("Kim, J.",), "pages": "5-9", "volume": "3"}),
    ({"title": "Editorial board"}, {"title": "Editorial board", "authors": ("Kim, J.",), "pages": "9"}),
    ({"doi": "10.1000/a"}, {"doi": "10.1000/b", "authors": ("Kim, J.",)}),
    (
        {"doi": "10.1000/a", "pages": ""},
        {"doi": "10.1000/b", "title": "Hemoglobin and bone gain in older men"},
    ),
    ({}, {"title": f"Erratum: {LONG}", "authors": ("Kim, J.",), "pages": "9"}),
    ({"title": f"{LONG} 2010"}, {"title": f"{LONG} 2011", "authors": ("Kim, J.",)}),
    ({}, {"title": "Hemoglobin and bone gain in older men", "volume": "3"}),
    ({}, {"title": "Hämoglobin und Knochen bei Frauen", "pages": "123"}),
    ({"pages": "123"}, {"title": "A letter on quite another thing", "pages": "123"}),
    ({}, {"title": "Hämoglobin und Knochen bei Frauen", "authors": ("Kim, J.",)}),
    ({}, {"title": "Hämoglobin und Knochen bei Frauen", "year": 2013}),
    ({}, {"authors": (), "volume": "3", "pages": "9"}),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_other_works_are_different(one: dict[str, object], other: dict[str, object]) -> None:
    assert between(cited(**one), cited(**other)).verdict is DIFFERENT  # type: ignore[arg-type]


def test_words_alone_decide_only_with_authors_and_year() -> None:
    assert between(bare(), bare()).verdict is SAME
    assert between(bare(), bare(year=2013)).verdict is DOUBTFUL
    assert between(bare(journal="Blood"), bare(journal="Blood", year=2013)).verdict is SAME
    assert between(bare(), bare(f"{LONG}: in two cohorts", year=2013)).verdict is DOUBTFUL
    assert between(bare(), bare(authors=())).verdict is DOUBTFUL
    assert between(bare(journal="Blood"), bare(authors=(), journal="Blood")).verdict is SAME
    assert between(bare(volume="2"), bare(authors=(), volume="2")).verdict is SAME
    assert between(bare(pages="12"), bare(authors=(), pages="12-15")).verdict is SAME
    assert between(bare(pages="12"), bare(authors=(), pages="13")).verdict is DOUBTFUL
    assert between(bare(journal="Blood", year=None), bare(authors=(), journal="Blood")).verdict is DOUBTFUL
    assert between(bare("Bone"), bare("Bone")).verdict is DOUBTFUL
    assert between(bare("Iron, blood and bone"), bare("Iron, blood and bone")).verdict is DOUBTFUL
    assert between(bare("Iron, bone and blood loss"), bare("Iron, bone and blood loss")).verdict is SAME


def test_a_title_that_is_cut_is_the_same() -> None:
    whole = (
        "Hemoglobin concentration and bone mineral density of the lumbar spine and hip in older women and men"
    )
    assert between(bare(whole), bare(whole[:70])).verdict is SAME
    assert between(bare(whole), bare(whole[:50])).verdict is DIFFERENT


def test_evidence_is_stronger_by_identifiers_than_by_place_than_by_words() -> None:
    strengths = [
        between(cited(doi="10.1000/a"), cited(doi="10.1000/a")).strength,
        between(cited(), cited()).strength,
        between(cited("Bone", pages=""), cited("Bone", pages="")).strength,
        between(bare(), bare()).strength,
    ]
    assert strengths == [2, 1, 1, 0]


def test_titles_in_two_languages_need_one_year_at_most_between_them() -> None:
    for year, verdict in ((2012, SAME), (2013, SAME), (2014, DOUBTFUL), (None, SAME)):
        other = cited("Hämoglobin und Knochen bei Frauen", doi="10.1000/a", year=year)
        assert between(cited(doi="10.1000/a"), other).verdict is verdict
    without = {"doi": "10.1000/a", "pages": ""}
    german = {**without, "title": "Hämoglobin und Knochen bei Frauen"}
    assert between(cited(**without), cited(**german)).verdict is SAME
    assert between(cited(**without), cited(**{**german, "volume": "28"})).verdict is DOUBTFUL
    assert between(cited(doi="10.1000/a"), cited(**{**german, "pages": "9"})).verdict is DOUBTFUL
    assert between(cited(doi="10.1000/a"), cited(**german)).verdict is SAME
    few = ("Rossi, A.", "Kim, J.", "Li, X.")
    assert between(cited(**without, authors=few), cited(**german)).verdict is SAME
    more = (*("Rossi, A.", "Kim, J.", "Li, X."), "Ito, K.")
    assert (
        between(cited(**without, authors=more), cited(**german, authors=("Rossi, A.", "Bo", "Co"))).verdict
        is DOUBTFUL
    )


def test_a_short_page_needs_the_journal() -> None:
    assert between(cited(pages="1"), cited(pages="1", journal="Blood", authors=())).verdict is DOUBTFUL
    assert between(cited(pages="12"), cited(pages="12", journal="Blood", authors=())).verdict is SAME
    assert between(cited(), cited(year=2014)).verdict is DOUBTFUL


def test_a_title_is_cut_where_more_than_sixty_characters_are_left() -> None:
    whole = "Hemoglobin and bone mineral density of the lumbar spine and hipbones" + " of old people" * 6
    assert between(bare(whole), bare(whole[:61])).verdict is SAME
    assert between(bare(whole), bare(whole[:60])).verdict is DIFFERENT


def test_the_words_of_a_title_are_looked_for_in_another_from_sixteen_characters_on() -> None:
    series = "A cohort profile of quite another kind in many towns beside "
    for title, verdict in (("iron in men bone", SAME), ("iron in men bon", DOUBTFUL)):
        one = cited(title, doi="10.1000/a", authors=("Kim, J.",))
        assert between(one, cited(series + title, doi="10.1000/a")).verdict is verdict


def test_titles_in_two_languages_are_asked_about_where_four_of_five_authors_are_the_same() -> None:
    german, five = (
        "Hämoglobin und Knochen bei Frauen",
        tuple(f"{name}, A." for name in ["Bo", "Co", "Da", "El", "Fu"]),
    )
    for same, verdict in ((4, DOUBTFUL), (3, DIFFERENT)):
        others = (*five[:same], *("Gu, A.", "Ha, A.")[: 5 - same])
        assert between(cited(authors=five), cited(german, authors=others)).verdict is verdict


def test_half_of_the_authors_make_one_list() -> None:
    four = ("Bo, A.", "Co, A.", "Da, A.", "El, A.")
    for others, verdict in (
        (("Fu, A.", "Gu, A.", "Co, A.", "Da, A."), SAME),
        (("Fu, A.", "Gu, A.", "Ha, A.", "Da, A."), DIFFERENT),
    ):
        assert between(bare(authors=four), bare(authors=others)).verdict is verdict


def test_another_identifier_is_asked_about_up_to_one_year_apart() -> None:
    one = cited(doi="10.1000/a", pages="")
    for year, verdict in ((2013, DOUBTFUL), (2014, RELATED), (None, DOUBTFUL)):
        assert between(one, cited(doi="10.1000/b", year=year)).verdict is verdict


def test_years_speak_against_one_work_from_two_on_and_one_needs_a_place() -> None:
    assert (
        between(bare(), bare(year=2014)).reason == "the same title and authors, but other years 2012 and 2014"
    )
    assert between(bare(volume="2"), bare(volume="2", year=2013)).verdict is SAME
    assert between(bare(volume="2"), bare(volume="2", year=2014)).verdict is DOUBTFUL
    assert between(bare(journal="Blood"), bare(f"{LONG}.", journal="Blood", year=2013)).verdict is SAME
    longer = bare(f"{LONG}: in two cohorts", journal="Blood", year=2013)
    assert between(bare(journal="Blood"), longer).verdict is DOUBTFUL


def test_two_parts_of_a_place_are_asked_about_unless_one_is_the_journal() -> None:
    found = between(cited(), cited(volume="28", pages="223-230"))
    assert (found.verdict, found.reason) == (
        DOUBTFUL,
        "the same title and authors, but other volumes and pages",
    )
    found = between(cited(), cited(journal="Blood", pages="223-230"))
    assert found.verdict is RELATED


def test_the_verdicts_are_four_and_the_nearest_to_one_work_is_the_last() -> None:
    assert sorted(Verdict) == [DIFFERENT, RELATED, DOUBTFUL, SAME]
    assert len(Verdict) == 4


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("Iron trial: part 1", "Iron in the bones of men: part 2", True),
        ("Iron trial", "Iron trial 2", True),
        ("Iron trial", "Iron trial 2 of men", False),
        ("Iron trial", "Iron trial, report 2: men", False),
        ("Iron trial", "Zinc trial", False),
        ("Iron trial 2", "Iron trial 2", False),
        ("Iron trial 1 of 2", "Iron trial 1", False),
        ("Iron trial 2 of men", "Iron trial of men in 2010 and 2", False),
    ],
)
def test_titles_count_differently_by_two_numbers_or_by_one_among_the_same_words(
    one: str, other: str, differ: bool
) -> None:
    a, b = compared(cited(one)), compared(cited(other))
    assert other_number(a, b) is differ
    assert other_number(b, a) is differ


def test_one_identifier_of_titles_that_count_differently_is_asked_about_where_no_author_is_shared() -> None:
    one = cited(f"{LONG}: part 1", doi="10.1000/a")
    found = between(one, cited(f"{LONG}: part 2", doi="10.1000/a", authors=("Kim, J.",)))
    assert (found.verdict, found.reason) == (DOUBTFUL, "the same DOI, but titles count differently")
    for authors in ((), one.authors):
        found = between(one, cited(f"{LONG}: part 2", doi="10.1000/a", authors=authors))
        assert (found.verdict, found.reason) == (SAME, "the same DOI")


def test_pages_of_a_whole_supplement_on_one_side_are_no_place() -> None:
    for last, verdict in (("61", DOUBTFUL), ("60", SAME)):
        german = cited("Hämoglobin und Knochen bei Frauen", doi="10.1000/a", pages="S1")
        assert between(cited(doi="10.1000/a", pages=f"S1-S{last}"), german).verdict is verdict


def test_titles_hold_each_other_where_nine_of_ten_signs_are_the_same() -> None:
    """Of `iron selenium zinc men` the 18 signs of three words are in the other: 2 x 18 / (18 + 22) is 0.9."""
    long = "A cohort profile of quite another kind in many towns: zinc, iron, selenium"
    for title, verdict in (("Selenium, zinc, iron: men", SAME), ("Selenium, zinc, iron: boys", DOUBTFUL)):
        one = cited(title, doi="10.1000/a", authors=("Kim, J.",))
        assert between(one, cited(long, doi="10.1000/a")).verdict is verdict


def test_another_identifier_beside_another_volume_or_page_is_of_another_publication() -> None:
    one = cited(doi="10.1000/a", volume="")
    for other, reason in (
        ({"doi": "10.1000/b"}, "the same title and authors, but another DOI"),
        ({"doi": "10.1000/b", "pages": "123"}, "the same title and authors, but another DOI"),
        ({"doi": "10.1000/b", "pages": "130"}, "alike, but another DOI"),
        ({"doi": "10.1000/b", "pages": "124-130"}, "alike, but another DOI"),
    ):
        found = between(one, cited(**other))
        assert (found.verdict, found.reason) == (RELATED if reason[0] == "a" else DOUBTFUL, reason)


def test_pages_are_numbered_in_two_ways_where_one_begins_with_1_or_is_no_number_or_has_no_end() -> None:
    def verdict(one: str, other: str, **said: object) -> Verdict:
        return between(cited(pages=one), cited(pages=other, **said)).verdict  # type: ignore[arg-type]

    whole = "12345-12350"
    for pages in ("1-8", "e5-8", "9"):
        assert verdict(whole, pages) is SAME
        for said in ({"volume": ""}, {"year": 2013}, {"year": None}, {"journal": ""}):
            assert verdict(whole, pages, **said) is DOUBTFUL
        assert verdict(whole, pages, authors=("Rossi, Anna",)) is DOUBTFUL
    for pages in ("2-8", "7-e8", "6-1"):
        assert verdict(whole, pages) is DOUBTFUL
