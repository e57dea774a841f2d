"""The shipped records against the two papers that they were read from."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from evidence.records.reading import read_record
from evidence.records.review import SHIPPED
from evidence.records.schema import Record
from evidence.sources import finding
from evidence.sources.finding import look
from evidence.sources.matching import Numbers
from evidence.sources.paper_files import read_paper
from evidence.sources.recorded import Together, Wanted, together
from evidence.sources.text import PaperText

PAPERS = {
    "imos-4": ("khadembashiri-2025", "000_31c86c9bb2beb94d.txt", 2, 18),
    "nhanes-2013-2018": ("liu-2022-preprint", "001_a2e85ea3a2331a40.txt", 60, 783),
}


def shipped(name: str, shared: Path) -> tuple[Record, dict[str, PaperText]]:
    report, file, *_ = PAPERS[name]
    model = read_record(SHIPPED / "studies" / f"{name}.yaml").model
    assert model is not None
    return model, {report: read_paper(shared / "papers" / file).text}


@pytest.mark.parametrize("name", PAPERS)
def test_every_number_of_the_shipped_records_is_found(name: str, shared: Path) -> None:
    record, texts = shipped(name, shared)
    looked = look(record, texts)
    assert looked.findings == ()
    *_, estimates, numbers = PAPERS[name]
    assert looked.numbers == numbers
    found = [one for one in record.estimates if one.effect is not None and one.where.report in texts]
    assert len(found) == estimates


def with_a_digit_changed(wanted: Wanted, chance: random.Random) -> Wanted | None:
    """One digit of the number is another; None where its value is the same."""
    places = [place for place, character in enumerate(wanted.text) if character.isdigit()]
    at = chance.choice(places)
    digit = chance.choice([each for each in "0123456789" if each != wanted.text[at]])
    text = wanted.text[:at] + digit + wanted.text[at + 1 :]
    value = Decimal(re.sub(r"[^-\d.]", "", text))
    return None if value == wanted.value else replace(wanted, text=text, value=value)


def changed(group: Together, wanted: Wanted, instead: Wanted) -> Together:
    def with_it(numbers: tuple[Wanted, ...]) -> tuple[Wanted, ...]:
        return tuple(instead if each is wanted else each for each in numbers)

    return replace(
        group,
        numbers=with_it(group.numbers),
        near=with_it(group.near),
        anywhere=with_it(group.anywhere),
    )


@pytest.mark.long
@pytest.mark.parametrize("name", PAPERS)
def test_a_digit_changed_anywhere_is_flagged(
    name: str, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What escapes is a lone number (a threshold, an age) whose misreading stands elsewhere in the paper."""
    record, texts = shipped(name, shared)
    read = {id(text): Numbers(text) for text in texts.values()}
    monkeypatch.setattr(finding, "Numbers", lambda text: read[id(text)])
    chance = random.Random(20)
    groups = [group for group in together(record) if group.report is None or group.report in texts]
    tried, escaped = 0, []
    for place, group in enumerate(groups):
        for wanted in (*group.numbers, *group.near, *group.anywhere):
            instead = with_a_digit_changed(wanted, chance)
            if instead is None:
                continue
            table = [each for each in groups if each.report == group.report and each.at == group.at]
            bent = changed(group, wanted, instead)
            beside = [bent if each is groups[place] else each for each in table]
            monkeypatch.setattr(finding, "together", lambda _, beside=beside: beside)
            tried += 1
            if not look(record, texts).findings:
                escaped.append((wanted.at, wanted.text, instead.text))
    assert tried > 0.9 * PAPERS[name][3]
    assert len(escaped) <= 0.01 * tried, escaped
    assert all(at[0] == "population" or record.estimates[int(at[1])].effect.ci is None for at, *_ in escaped)  # type: ignore[union-attr]
