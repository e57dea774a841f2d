"""A draft that a citation began goes on with the paper, unless something is extracted in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.literature.drafts_of_citations import draft_of_citation
from evidence.sources.drafting import BegunDraft, begun_draft
from tests.evidence.literature.exports import cited
from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import study, write

MARK = "<to-be-confirmed>"
PAPER = "Hemoglobin and bone loss\nFractures were more common (OR 1.84, 95% CI 1.20 to 2.82; p = 0.005).\n"


def begun(tmp_path: Path, text: str) -> BegunDraft | None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    return begun_draft(path)


def test_what_a_citation_began_is_kept(tmp_path: Path) -> None:
    text = draft_of_citation(cited(doi="10.1000/a", pmid="7"), "rossi-2012", None)
    assert begun(tmp_path, text) == BegunDraft(
        "Hemoglobin and bone loss in older women",
        "Rossi 2012",
        {
            "type": "journal article",
            "status": "published",
            "citation": "Rossi A, Lee BC. Hemoglobin and bone loss in older women. Journal of Bone and "
            "Mineral Research 2012;27(3):123-130",
            "label": "Rossi 2012",
            "year": 2012,
            "doi": "10.1000/a",
            "pmid": 7,
        },
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"n: {MARK}", "n: 12"),
        (f"estimate: {MARK}", "estimate: 0.5"),
        (f"[{MARK}, {MARK}]", f"[0.1, {MARK}]"),
        (f"measure: {MARK}", "measure: OR"),
        (f"n: {MARK}", f"not_reported: it was examined\n    n: {MARK}"),
        ("estimates:", "flow: {where: here}\nestimates:"),
        ("estimates:", "comparisons: [a]\nestimates:"),
        ("estimates:", "baseline: [a]\nestimates:"),
        ("estimates:", "estimates: a\nmore:"),
        ("estimates:", "estimates: [a]\nmore:"),
        ("exposures:", "  second: {citation: b}\nexposures:"),
        ("reports:", "reports: a\nmore:"),
    ],
)
def test_what_has_a_number_or_another_form_is_not_begun_anew(old: str, new: str, tmp_path: Path) -> None:
    text = draft_of_citation(cited(doi="10.1000/a"), "rossi-2012", None)
    assert begun(tmp_path, text) is not None
    at = text.index("estimates:") if old.startswith(("n:", "estimate:", "measure:", "[")) else 0
    assert old in text[at:]
    assert begun(tmp_path, text[:at] + text[at:].replace(old, new, 1)) is None


def test_what_cannot_be_read_is_not_begun_anew(tmp_path: Path) -> None:
    assert begun(tmp_path, "[") is None
    assert begun(tmp_path, "title: a\n") is None
    assert begun_draft(tmp_path / "none.yaml") is None
    assert begun(tmp_path, "reports: {a: {year: soon, pmid: x}}\n") == BegunDraft(
        "", "", {"year": "soon", "pmid": "x"}
    )
    assert begun(tmp_path, f"title: a {MARK}\nreports: {{a: [b]}}\n") == BegunDraft("", "", {})


def test_read_puts_the_numbers_of_a_paper_into_the_draft_of_its_citation(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", abel=study("abel", "0.50"))
    (folder / "drafts").mkdir()
    path = folder / "drafts" / "rossi-2012.yaml"
    path.write_text(draft_of_citation(cited(doi="10.1000/a"), "rossi-2012", None), encoding="utf-8")
    (folder / "paper.txt").write_text(PAPER, encoding="utf-8")
    done = synthesis("read", "paper.txt", "--draft", "rossi-2012", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    text = path.read_text(encoding="utf-8")
    for line in (
        "title: Hemoglobin and bone loss in older women",
        "label: Rossi 2012",
        "    type: journal article",
        "    year: 2012",
        "    doi: 10.1000/a",
        f"    read: full text {MARK}",
        "    text: paper.txt",
        "      estimate: 1.84",
    ):
        assert f"{line}\n" in text, line
    again = synthesis("read", "paper.txt", "--draft", "rossi-2012", cwd=folder)
    assert (again.returncode, path.read_text(encoding="utf-8")) == (1, text)
    assert "a file of that name exists; --force replaces it" in again.stderr
