"""Every example of the page about records is read: each is one that `check` has no error for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evidence.audit.auditing import audit_record
from evidence.records.parsing import Severity
from evidence.records.reading import read_model, record_from_text
from evidence.records.review import Review
from evidence.records.schema import Record

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "records.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
WHOLE, PARTS = BLOCKS[0], [block for block in BLOCKS[1:] if not block.startswith("# review.yaml")]


def keys_of(text: str) -> list[str]:
    return re.findall(r"^(\w+):", text, re.MULTILINE)


def with_parts(part: str) -> str:
    """The whole record with the keys of a part in the place of its own."""
    sections = re.split(r"^(?=\w)", WHOLE, flags=re.MULTILINE)
    kept = [each for each in sections if each and each.partition(":")[0] not in keys_of(part)]
    return "".join(kept) + part


def read(text: str) -> Record:
    document = record_from_text(text, Path("lee-2019.yaml"))
    assert document.model is not None, [problem.says for problem in document.problems]
    errors = [problem for problem in audit_record(document) if problem.severity is Severity.ERROR]
    assert errors == []
    return document.model


def test_the_whole_record_is_one() -> None:
    record = read(WHOLE)
    assert record.estimates[0].where.quote == "1.24 (1.05-1.46)"
    assert len(PARTS) == 8
    assert len(BLOCKS) == 10


@pytest.mark.parametrize("part", PARTS, ids=[keys_of(part)[-1] + str(at) for at, part in enumerate(PARTS)])
def test_each_structure_is_read(part: str) -> None:
    record = read(with_parts(part))
    assert record.placed_estimates
    assert record != read(WHOLE)


@pytest.mark.parametrize(
    "said", re.findall(r"`([^`]*)`", PAGE[PAGE.index("| printed |") : PAGE.index("A slope per SD")])
)
def test_each_form_of_the_table_fits_an_effect(said: str) -> None:
    if said.startswith("in the record"):
        return
    own = "" if "estimate:" in said else "estimate: 1.24, "
    own += "" if re.search(r"\b(ci|lower|upper|se|t|f|chi2|p):", said) else "ci: [1.05, 1.46], "
    effect = f"measure: {'beta' if 'per:' in said or 'within' in said else 'HR'}, {own}{said}"
    where = "where: {report: lee-2019, at: x}"
    part = f"estimates:\n  - {{id: a, outcome: hip-fracture, effect: {{{effect}}}, {where}}}\n"
    assert len(read(with_parts(part)).estimates) == 1


def test_the_review_is_one(tmp_path: Path) -> None:
    (block,) = [block for block in BLOCKS if block.startswith("# review.yaml")]
    path = tmp_path / "review.yaml"
    path.write_text(block, encoding="utf-8")
    document = read_model(path, Review)
    assert document.problems == ()
    assert document.model is not None
    assert document.model.analyses[0].accept == ("HR", "RR")
