"""Words of the question, found in titles."""

from __future__ import annotations

import pytest

from evidence.literature.screening.question_words import TermFinder, query_terms, question_terms
from evidence.records.review import Question


def test_words_that_say_something_are_taken_from_the_question() -> None:
    question = Question(
        population="Adults with a hip fracture", exposure="Hemoglobin, or anaemia",
        comparator="no transfusion",
        outcome="Bone mineral density (BMD) at 18-49", design="Any cohort",
    )  # fmt: skip
    assert question_terms(question, ["iron*"]) == (
        "adults", "hip", "fracture", "hemoglobin", "anaemia", "transfusion", "bone", "mineral", "density",
        "bmd", "18-49", "iron*",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("fracture", "Fractures of the hip; fracture. refracture", ["Fractures", "fracture"]),
        ("studies", "A study of studies, studied", ["study", "studies"]),
        ("hemoglobin", "Haemoglobin and hemoglobins, methemoglobin", ["Haemoglobin", "hemoglobins"]),
        ("anaemia", "anemia, anaemias, anemic", ["anemia", "anaemias"]),
        ("anaem*", "anemia, anaemic; thinking", ["anemia", "anaemic"]),
        ("bone density", "Bone-density and bone\tdensities, bone", ["Bone-density", "bone\tdensities"]),
        ("bmd", "BMD (bmd) bmdx", ["BMD", "bmd"]),
        ("C++", "c and C++", ["c", "C"]),
        ("***", "***", []),
        ("(+)", "a (+) b", ["(+)"]),
    ],
)
def test_terms_are_found_whatever_their_ending_and_spelling(term: str, text: str, found: list[str]) -> None:
    places = TermFinder([term]).places(text)
    assert [text[start:end] for start, end in places] == found


def test_no_terms_find_nothing() -> None:
    assert TermFinder([]).places("anything") == []


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        (
            '("Bone Density"[Mesh] OR bmd[tiab]) AND (anaemi* OR hemoglobin[tiab]) NOT mice AND 2020:26[dp]',
            ("bone density", "bmd", "anaemi*", "hemoglobin", "mice"),
        ),
        ('TITLE:"hip fracture" AND ABSTRACT:iron; iron', ("hip fracture", "iron")),
        ("to be or", ()),
    ],
)
def test_words_of_a_saved_search_are_taken_without_its_operators(query: str, terms: tuple[str, ...]) -> None:
    assert query_terms(query) == terms
