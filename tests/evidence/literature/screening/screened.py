"""A review with citations to screen, and decisions about them."""

from __future__ import annotations

from pathlib import Path

from evidence.literature.citation import Citation
from evidence.literature.citation_store import write_citations, writing_alone
from evidence.literature.duplicates.deduplicating import deduplicate
from evidence.literature.screening.decision_files import ScreeningDecision, append_decision
from evidence.records.review import SHIPPED
from tests.evidence.literature.exports import cited

NOON = "2026-11-30T12:00:00Z"
WORDS = ("bones", "moons", "crows", "trams", "reeds", "lamps", "boats", "yeast")


def works(number: int) -> list[Citation]:
    """Works pmid:1000, pmid:1001, ...: every third is about bones, the others about something else."""
    made = []
    for n in range(number):
        about = "bones" if n % 3 == 0 else WORDS[1 + n % 7]
        made.append(
            cited(
                f"Study {n} of {about}", pmid=str(1000 + n), pages=f"{n}-{n + 9}",
                abstract=f"We measured {about} and {about} again in {n} persons",
            )
        )  # fmt: skip
    return list(deduplicate(made).citations)


def review_with_works(folder: Path, number: int, screening: str = "") -> list[Citation]:
    """A review in a folder with works to screen; screening: what review.yaml says of it."""
    text = (SHIPPED / "review.yaml").read_text(encoding="utf-8")
    folder.mkdir(exist_ok=True)
    said = f"\nscreening: {{{screening}}}\n" if screening else ""
    (folder / "review.yaml").write_text(f"{text}{said}", encoding="utf-8")
    made = works(number)
    with writing_alone(folder):
        write_citations(folder, made)
    return made


def say(review: Path, who: str, work: str, verdict: str, reason: str = "", stage: str = "title") -> None:
    """A decision of somebody."""
    append_decision(review, who, ScreeningDecision(NOON, stage, work, verdict, reason))  # type: ignore[arg-type]
