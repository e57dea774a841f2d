"""What the tests of `add` share: answers of a person, and how they are given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import synthesis.commands.add
import synthesis.commands.asking
from evidence.records.reading import read_record
from evidence.records.schema import Record
from synthesis.__main__ import app

STUDY = {
    "doi": "https://doi.org/10.1000/Lee.1", "citation": "Lee J: Bone #1", "year": "2019", "pmid": "",
    "type": "journal article", "status": "published", "read": "full text", "study": "lee-2019",
    "title": "null", "design": "cohort", "cohort": "Busan: 李", "years": "2008-2010", "country": "KR",
    "n": "1426", "exposure": "anemia", "exposure-unit": "not stated", "by": "me",
}  # fmt: skip
ESTIMATE = {
    "outcome": "hip fracture", "site": "", "sex": "", "ancestry": "", "age": "", "group": "",
    "estimate-n": "",
    "estimate": "1.20", "measure": "HR", "exposed": "anemia", "reference": "no anemia",
    "ci": "0.98 to 1.47", "p": "0.08", "model-type": "Cox regression", "adjustment": "full",
    "covariates": "age, sex", "at": "Table 2: 'all'",
}  # fmt: skip


def as_options(*answers: dict[str, str]) -> list[str]:
    return [word for each in answers for name, text in each.items() if text for word in (f"--{name}", text)]


def add(review: Path, *arguments: str | Path) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(
        app, ["add", "--review", str(review), *map(str, arguments)]
    )


def study_files(review: Path) -> list[str]:
    return sorted(path.name for path in (review / "studies").iterdir())


def written(review: Path, name: str = "lee-2019") -> Record:
    document = read_record(review / "studies" / f"{name}.yaml")
    assert document.model is not None, document.problems
    return document.model


class Typist:
    """Answers questions in order; raises KeyboardInterrupt at the question with number `stop`."""

    def __init__(self, replies: list[str], stop: int | None = None) -> None:
        self.replies: Iterator[str] = iter(replies)
        self.stop = stop
        self.asked = 0

    def __call__(self) -> str:
        if self.asked == self.stop:
            raise KeyboardInterrupt
        self.asked += 1
        return next(self.replies)


def asked(review: Path, monkeypatch: pytest.MonkeyPatch, typist: Typist, *options: str) -> Result:
    monkeypatch.setattr(synthesis.commands.add, "can_ask", lambda: True)
    monkeypatch.setattr(synthesis.commands.asking, "_typed", typist)
    return add(review, *options)


def replies(**changed: str) -> list[str]:
    """What a person types, question by question, up to the last two confirmations."""
    answers = {**STUDY, **ESTIMATE, **changed}
    return [*answers.values(), "n", "y"]
