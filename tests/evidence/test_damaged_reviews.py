"""Damaged records, second readings and reviews: problems in words, and nothing else."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from evidence.checking import Checked, check_paths
from evidence.records.parsing import Severity
from evidence.records.review import load_review
from tests.evidence.readings.samples import SECOND
from tests.evidence.records.samples import TEXT
from tests.evidence.records.test_review import REVIEW
from tests.evidence.records.test_shared_reference import ARMS
from tests.evidence.sources.test_import_fuzz import damaged

RECORD = TEXT.replace(
    "extraction:",
    ARMS
    + """\
flow:
  where: {report: lee-2019, at: Figure 1}
  steps: [{start: 1500, what: invited}, {excluded: 74, what: no scan}, {left: 1426, what: in the analysis}]
baseline:
  - where: {report: lee-2019, at: Table 1}
    columns: [Men, Women]
    rows: [{variable: Age, unit: y, mean_sd: [[62.1, 8.0], [63.0, 7.9]], p: 0.03}]
risk_of_bias:
  - {tool: ROBINS-E, domain: confounding, judgement: low, by: a, on: 2026-11-21, support: adjusted}
extraction:""",
)
READING = (
    "study: lee-2019\n" + "\n".join(line.removeprefix("  ") for line in SECOND.splitlines()[1:-1]) + "\n"
)
FILES = {
    "record": ("studies/lee-2019.yaml", RECORD),
    "reading": ("second-readings/lee-2019.yaml", READING),
    "review": ("review.yaml", REVIEW),
}
PIECES = (
    *("", "[", "]", "{", "}", ": ", "- ", "&a ", "*a", "!!python/object:os.system ", "|", ">", "#", "'", '"'),
    *(
        "\n",
        "\t",
        "  ",
        "~",
        "null",
        "yes",
        "0",
        "-1",
        "1e999",
        ".nan",
        ".inf",
        "9" * 40,
        "0x1f",
        "2026-13-45",
    ),
    *(
        "٣",
        "\u2028",
        "é",
        "1:30",
        "<<: ",
        "? ",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "<to-be-confirmed>",
        "p < 0.05",
    ),
    *("0.84 (0.63, 1.12)", "12/40", "5 %", "../../etc", "g/dL", "1 g/dL", "10^400 g", "1/0"),
)


def with_other_values(text: str, chance: random.Random) -> str:
    """A file that is whole but for some of its words, numbers and signs."""
    for _ in range(chance.randint(1, 4)):
        spots = list(re.finditer(r"[\w.%/-]+|[^\w\s]|\n *", text))
        spot = chance.choice(spots)
        piece = chance.choice((*PIECES, chance.choice(spots)[0]))
        text = text[: spot.start()] + piece + text[spot.end() :]
    return text


def hurt(kind: str, chance: random.Random) -> bytes:
    text = FILES[kind][1]
    if chance.random() < 0.3:
        return damaged(text.encode(), chance)
    return with_other_values(text, chance).encode("utf-8")


def reviewed(folder: Path) -> Path:
    """A review with one record, its second reading, and the text that its report names."""
    for name, text in FILES.values():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def problems_of(folder: Path) -> Checked:
    """What `check` finds; every problem has its words, and the review is read besides."""
    checked = check_paths([folder])
    assert all(each.says and each.rule for each in checked.problems)
    assert len(load_review(folder).documents) == 1
    return checked


def test_the_files_that_are_damaged_here_are_sound(tmp_path: Path) -> None:
    checked = problems_of(reviewed(tmp_path))
    assert checked.count(Severity.ERROR) == 0
    assert checked.files == 3


@pytest.mark.long
@pytest.mark.parametrize("kind", FILES)
def test_damaged_files_of_a_review_are_told_in_words(kind: str, tmp_path: Path) -> None:
    chance, path = random.Random(6105), reviewed(tmp_path) / FILES[kind][0]
    told = 0
    for _ in range(700):
        path.write_bytes(hurt(kind, chance))
        told += problems_of(tmp_path).count(Severity.ERROR) > 0
    assert 350 < told < 700


@pytest.mark.parametrize("share", ["1e999 %", "101 %", "1e307 %", "-5 %"])
def test_a_share_that_cannot_be_is_an_error_in_words_however_large(share: str, tmp_path: Path) -> None:
    path = reviewed(tmp_path) / FILES["record"][0]
    path.write_text(RECORD.replace("women: 54.2 %", f"women: {share}"), encoding="utf-8")
    checked = problems_of(tmp_path)
    assert "percent-of-n" not in {each.rule for each in checked.problems}
    assert checked.count(Severity.ERROR) == 1
