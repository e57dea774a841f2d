"""`add` knows raw numbers, and adds to a record whose text and comments stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import synthesis.commands.add
import synthesis.commands.asking
from evidence.records.writing.extending import extended
from tests.synthesis.commands.adding import ESTIMATE, STUDY, Typist, add, as_options, written
from tests.synthesis.serving.served import write_review
from tests.synthesis.serving.test_study_additions import ANOTHER

SECOND = {**ESTIMATE, "sex": "women", "estimate": "1.31", "ci": "1.02 to 1.68", "p": "", "at": "Table 3"}
COUNTS: dict[str, str] = {
    "outcome": "hip fracture", "measure": "OR", "exposed": "anemia", "reference": "no anemia",
    "exposed-numbers": "12/40", "reference-numbers": "7/41", "model-type": "counts", "adjustment": "none",
    "at": "Table 1",
}  # fmt: skip


def test_a_record_can_be_made_of_counts(review: Path) -> None:
    assert add(review, *as_options(STUDY, COUNTS)).exit_code == 0
    (estimate,) = written(review).estimates
    assert estimate.effect is not None
    assert estimate.effect.groups is not None
    assert [(each.name, each.events, each.n) for each in estimate.effect.groups] == [
        ("anemia", 12, 40),
        ("no anemia", 7, 41),
    ]
    assert estimate.effect.estimate is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reference-numbers": ""}, "missing: --reference-numbers"),
        ({"exposed-numbers": ""}, "--reference-numbers needs --exposed-numbers"),
        ({"exposed": ""}, "--exposed"),
        ({"exposed-numbers": "40/12"}, "--exposed-numbers: 40 events in 12 persons of 'the group'"),
        ({"exposed-numbers": "many"}, "--exposed-numbers: 'many' are no numbers of a group"),
        ({"not-reported": "NS"}, "--exposed-numbers and --not-reported exclude each other"),
        ({"measure": ""}, "--measure"),
    ],
)
def test_half_of_the_numbers_is_refused(review: Path, change: dict[str, str], says: str) -> None:
    result = add(review, *as_options(STUDY, {**COUNTS, **change}))
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())
    assert not (review / "studies" / "lee-2019.yaml").exists()


def test_an_estimate_joins_a_record_and_every_other_line_stays(review: Path) -> None:
    add(review, *as_options(STUDY, ESTIMATE))
    path = review / "studies" / "lee-2019.yaml"
    text = path.read_text(encoding="utf-8").replace("estimates:\n", "estimates:  # read twice\n  # by two\n")
    path.write_text(text, encoding="utf-8")
    result = add(review, "--to", "lee-2019", *as_options(SECOND))
    assert result.exit_code == 0, result.output
    after = path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line not in after.splitlines()] == []
    first, second = written(review).estimates
    assert first.id != second.id
    assert second.stratum.sex == "women"
    assert (second.outcome, second.model) == (first.outcome, first.model), "the same parts are not doubled"
    assert second.where.at == "Table 3"
    third = {**SECOND, "adjustment": "none", "covariates": "", "sex": "men", "model-type": "crude"}
    result = add(review, "--to", "lee-2019", *as_options(third))
    assert result.exit_code == 0, result.output
    assert list(written(review).models) == ["adjusted", "none"]
    assert written(review).estimates[2].model == "none"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--to", "leo-2020", *as_options(SECOND)], "no record is called 'leo-2020'; the review has:"),
        (
            ["--to", "lee-2019", *as_options(SECOND), "--year", "2020"],
            "--year is of the study, whose record is",
        ),
        (["--to", "lee-2019", *as_options({**SECOND, "at": ""})], "missing: --at"),
        (["--to", "lee-2019", *as_options({**SECOND, "estimate": "x"})], "--estimate: 'x' is not a number"),
        (
            ["--to", "lee-2019", *as_options(SECOND), "--report", "z"],
            "--report: expected one of 'lee-2019': ",
        ),
        (
            ["--to", "lee-2019", *as_options(SECOND), "--exposure", "iron"],
            "--exposure: expected one of 'lee-2019'",
        ),
    ],
)
def test_what_cannot_join_is_refused_and_the_file_stays(
    review: Path, arguments: list[str], says: str
) -> None:
    add(review, *as_options(STUDY, ESTIMATE))
    before = (review / "studies" / "lee-2019.yaml").read_bytes()
    result = add(review, *arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())
    assert (review / "studies" / "lee-2019.yaml").read_bytes() == before


def test_what_is_left_open_is_asked_for_in_a_terminal(review: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(review, *as_options(STUDY, ESTIMATE))
    given: dict[str, Any] = {name: text for name, text in SECOND.items() if name != "at"}
    monkeypatch.setattr(synthesis.commands.add, "can_ask", lambda: True)
    open_questions = [name for name, text in given.items() if not text]
    monkeypatch.setattr(
        synthesis.commands.asking, "_typed", Typist(["-"] * len(open_questions) + ["Table 3"] * 9)
    )
    result = add(review, "--to", "lee-2019", *as_options(given))
    assert result.exit_code == 0, result.output
    assert written(review).estimates[1].where.at == "Table 3"


def test_a_file_that_somebody_else_changes_meanwhile_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = write_review(tmp_path / "r")
    path = review / "studies" / "one.yaml"
    theirs = f"{path.read_text(encoding='utf-8')}note: theirs\n"

    def overtaken(*words: Any) -> Any:
        made = extended(*words)
        path.write_text(theirs, encoding="utf-8")
        return made

    monkeypatch.setattr("synthesis.adding.appending.extended", overtaken)
    done = add(review, "--to", "one", *as_options(ANOTHER))
    assert done.exit_code == 1
    assert "was changed by somebody else; nothing was written" in done.output
    assert path.read_text(encoding="utf-8") == theirs
