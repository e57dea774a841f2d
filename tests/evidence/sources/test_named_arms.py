"""Groups by names of their own: which names are groups, which of them is the reference, whose a column is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from evidence.sources.column_roles import Recognised, recognise
from evidence.sources.named_arms import named_arms, several_arms


def columns(line: str) -> dict[str, Recognised]:
    names = [name.strip() for name in line.split(",")]
    found = {name: recognise(name, names) for name in names}
    return {name: each for name, each in found.items() if each is not None}


def whole(roles: Mapping[str, str]) -> bool:
    return {"events", "n"} <= set(roles.values()) or {"mean", "sd", "n"} <= set(roles.values())


def arms(line: str) -> tuple[str, str] | None:
    found = named_arms(columns(line), whole)
    return None if found is None else found.names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Zinc events, Zinc n, Placebo events, Placebo n", ("Zinc", "Placebo")),
        ("Placebo events, Placebo n, Zinc events, Zinc n", ("Zinc", "Placebo")),
        ("Zinc events, Placebo events, Placebo n, Zinc n", ("Zinc", "Placebo")),
        ("Placebo events, Zinc events, Zinc n, Placebo n", ("Zinc", "Placebo")),
        ("Zinc events, Zinc n, Iron events, Iron n", ("Zinc", "Iron")),
        ("Iron events, Zinc events, Zinc n, Iron n", ("Iron", "Zinc")),
        ("Zinc events, Zinc n, Usual care events, Usual care n", ("Zinc", "Usual care")),
        ("Iron events, Iron n, No iron events, No iron n", ("Iron", "No iron")),
        ("No iron events, No iron n, Iron events, Iron n", ("Iron", "No iron")),
        ("High dose zinc events, High dose zinc n, Low dose zinc events, Low dose zinc n",
         ("High dose zinc", "Low dose zinc")),
        ("Vitamin D 400 events, Vitamin D 400 n, Vitamin D 800 events, Vitamin D 800 n",
         ("Vitamin D 400", "Vitamin D 800")),
        ("Iron 60 oral day events, Iron 60 oral day n, Iron 120 oral day events, Iron 120 oral day n",
         ("Iron 60 oral day", "Iron 120 oral day")),
        ("Iron 60 day oral events, Iron 60 day oral n, Iron 120 day oral events, Iron 120 day oral n", None),
        ("A events, A n, B events, B n, C events", ("A", "B")),
        # a time, a site, a kind of number and a longer name are no names of groups
        ("Week 400 events, Week 400 n, Week 800 events, Week 800 n", None),
        ("Hb week 4 mean, Hb week 4 sd, Hb week 4 n, Hb week 8 mean, Hb week 8 sd, Hb week 8 n", None),
        ("t1 events, t1 n, t2 events, t2 n", None),
        ("Death events, Death n, Stroke events, Stroke n", None),
        ("Zinc day events, Zinc day n, Zinc night events, Zinc night n", None),
        ("Zinc events, Zinc n, Zinc and iron events, Zinc and iron n", None),
        ("Events, n, Non events, Non n", None),
        # neither are groups that have no whole numbers, or of which there are three
        ("Zinc events, Placebo events", None),
        ("Zinc events, Zinc n, Placebo events", None),
        ("A events, A n, B events, B n, C events, C n", None),
    ],
)  # fmt: skip
def test_two_names_in_the_place_of_each_other_are_groups(line: str, names: tuple[str, str] | None) -> None:
    assert arms(line) == names


def test_each_column_is_of_its_group_and_keeps_the_words_that_both_groups_have_not() -> None:
    line = "Zinc Hb mean, Zinc Hb sd, Placebo Hb mean, Zinc n, Placebo Hb sd, Placebo n"
    found = named_arms(columns(line), whole)
    assert found is not None
    assert found.columns == {
        "Zinc Hb mean": Recognised("mean1", "hb"),
        "Zinc Hb sd": Recognised("sd1", "hb"),
        "Zinc n": Recognised("n1", ""),
        "Placebo Hb mean": Recognised("mean2", "hb"),
        "Placebo Hb sd": Recognised("sd2", "hb"),
        "Placebo n": Recognised("n2", ""),
    }


def test_three_groups_are_named_where_every_two_of_them_are_whole() -> None:
    assert several_arms(columns("A events, A n, B events, B n, C events, C n"), whole) == ("A", "B", "C")
    assert several_arms(columns("A events, A n, B events, B n, C events"), whole) == ()
    assert several_arms(columns("A events, A n, B events, B n"), whole) == ()
    apart = "A drug oral events, A drug oral n, B drug oral events, B drug oral n"
    apart += ", B drug nasal events, B drug nasal n"
    assert several_arms(columns(apart), whole) == (), "A oral and B nasal differ in two places"
    assert arms(apart) is None


@pytest.mark.parametrize(("others", "found"), [(116, True), (117, False)])
def test_among_more_than_120_columns_no_names_are_sought(others: int, found: bool) -> None:
    raw = columns("Zinc events, Zinc n, Placebo events, Placebo n")
    raw |= {f"x{at} y{at}": Recognised("median") for at in range(others)}
    assert (named_arms(raw, whole) is not None) is found
