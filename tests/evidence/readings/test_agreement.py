"""Agreement in percent, and Cohen's kappa against its paper and another program."""

from __future__ import annotations

import random
import warnings

import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from evidence.readings.agreement import Agreement, agreement, are_classes, cohen_kappa


def pairs_of(table: list[list[int]]) -> list[tuple[str, str]]:
    return [
        (str(i), str(j)) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)
    ]


def test_kappa_of_the_paper_that_defined_it() -> None:
    # Cohen 1960, table 2: N = 200, p_o = 0.70, p_e = 0.41, kappa = 0.492
    table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    assert cohen_kappa(pairs_of(table)) == pytest.approx(0.29 / 0.59, abs=1e-12)


def test_kappa_agrees_with_another_program_on_many_tables() -> None:
    chance = random.Random(3)
    compared = 0
    for size in (2, 3, 5):
        for _ in range(40):
            table = [[chance.randrange(12) for _ in range(size)] for _ in range(size)]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = cohens_kappa(table).kappa
            found = cohen_kappa(pairs_of(table))
            assert found == pytest.approx(expected, abs=1e-12)
            compared += 1
    assert compared == 120


def test_kappa_is_one_zero_and_minus_one_where_it_must_be() -> None:
    assert cohen_kappa([("a", "a"), ("b", "b")]) == 1
    assert cohen_kappa([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]) == 0
    assert cohen_kappa([("a", "b"), ("b", "a")]) == -1


def test_kappa_is_not_defined_where_both_know_one_class_and_is_where_one_knows_another() -> None:
    assert cohen_kappa([("a", "a")] * 5) is None
    assert cohen_kappa([("a", "a")] * 5 + [("a", "b")]) == 0


def test_words_of_a_few_classes_have_a_kappa_and_numbers_and_free_text_have_none() -> None:
    assert are_classes([("rct", "rct"), ("cohort", "rct"), ("rct", "rct"), ("rct", "cohort")])
    assert not are_classes([("rct", "rct"), ("cohort", "rct"), ("rct", "rct")])  # two classes in three cells
    assert not are_classes([("1", "1"), ("2", "2"), ("1", "1"), ("2", "1")])
    assert not are_classes([])
    names = [f"class {chr(97 + number)}" for number in range(11)]
    assert are_classes([(name, name) for name in names[:10] for _ in range(2)])
    assert not are_classes([(name, name) for name in names for _ in range(2)])


def test_agreement_says_why_kappa_is_missing_and_judgements_always_ask_for_it() -> None:
    assert agreement("n", 3, 2, [("1", "2")]) == Agreement("n", 3, 2)
    one = agreement("b", 4, 4, [("Yes", "yes")] * 4)
    assert (one.kappa, one.why) == (None, "both readers know one class only")
    rated = agreement("D1", 2, 1, [("low", "low"), ("low", "high")], rated=True)
    assert (rated.kappa, rated.why) == (0, None)
    assert agreement("D1", 1, 0, [], rated=True).why == "no cell has both readers' words"


def test_percent_is_of_the_cells_compared() -> None:
    assert Agreement("a", 8, 6).percent == 75
    assert Agreement("a", 0, 0).percent == 100
