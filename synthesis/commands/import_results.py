"""What an import wrote and could not write, and the first review.yaml of a new folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.commands.import_plans import MOST_TOLD
from synthesis.terminal import complain, console, refuse

if TYPE_CHECKING:
    from evidence.sources.entries import Skipped
    from evidence.sources.joining import Joined
    from evidence.sources.revman.analyses import RevManAnalysis


def write_first_review(
    folder: Path, title: str, results: Sequence[Joined], outcomes: Sequence[RevManAnalysis]
) -> None:
    """A first review.yaml where there is none and records were written."""
    from evidence.records.writing import WritingError, write_atomically
    from evidence.sources.entries import slug
    from evidence.sources.planning import review_text

    path = folder / "review.yaml"
    if path.exists():
        return
    studies = folder / "studies"
    there = {each.name for each in studies.iterdir()} if studies.is_dir() else set()
    written = [each for each in results if each.text is not None and each.path.name in there]
    records = [each.record for each in written if each.record is not None]
    if not records:
        return
    name = slug(folder.resolve().name) or "my-review"
    try:
        write_atomically(path, review_text(name, title, records, outcomes))
    except WritingError as error:
        refuse(str(error))
    console.print(f"wrote {path}: complete its question, and look at its analyses", style="bold green")


def tell_results(
    file: Path, results: Sequence[Joined], skipped: Sequence[Skipped], failed: Sequence[str], dry_run: bool
) -> None:
    for says in failed:
        complain(says)
    for each in results:
        if each.state in ("different", "invalid"):
            kept = "replaced" if each.text is not None else "not written"
            complain(f"{each.study} {kept}: {each.says}")
    notes = [(each.study, each.record.note) for each in results if each.record is not None and each.text]
    for study, note in [(study, note) for study, note in notes if note][:MOST_TOLD]:
        console.print(f"{study}: {note}", style="yellow")
    for row in skipped[:MOST_TOLD]:
        console.print(f"not read: {row.at}: {row.why}", style="yellow")
    if len(skipped) > MOST_TOLD:
        console.print(f"not read: {len(skipped) - MOST_TOLD:,} more rows", style="yellow")
    counts = {state: sum(each.state == state for each in results) for state in ("new", "longer", "unchanged")}
    told = [f"{counts['new']} new", f"{counts['longer']} added to", f"{counts['unchanged']} unchanged"]
    wrote = "would be" if dry_run else "are"
    estimates = sum(len(r.record.placed_estimates) for r in results if r.record is not None)
    console.print(
        f"{file.name}: records {wrote} {', '.join(told)}; {len(skipped)} rows not read"
        + (f"; {estimates:,} estimates in what was written" if estimates and not dry_run else ""),
        style="bold",
    )
