"""`release`: inputs, tables, figures and their hashes in a folder; `verify`: whether they still follow."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption, find_review
from synthesis.terminal import console, refuse

if TYPE_CHECKING:
    from evidence.records.review import LoadedReview
    from synthesis.living.summaries import Pooling

MOST_NAMED = 5


def release(
    number: Annotated[str, typer.Argument(help="The number of the release, e.g. 1.2.0.")],
    review: ReviewOption = None,
    output: Annotated[
        Path | None, typer.Option(help="Its folder.", show_default="releases/NUMBER in the review")
    ] = None,
) -> None:
    """Release the review: its records, tables, figures and a manifest of hashes in a folder of their own.

    Refused while `check` finds errors, an analysis is refused, or changes are not committed. What moved since
    the last release goes into CHANGELOG.md. The same inputs give the same bytes on any day, in any folder.
    """
    from evidence.records.review_folder import drafts_in_words
    from synthesis.living.releases import number_fault
    from synthesis.living.repository import CHANGELOG
    from synthesis.living.summaries import Pooling
    from synthesis.living.versions import release_numbers

    folder = find_review(review).absolute()
    fault = number_fault(number, release_numbers(folder))
    if fault:
        refuse(fault, code=2)
    target = (folder / "releases" / number if output is None else output).absolute()
    if target.exists():
        refuse(f"'{target}' exists, and a release is never overwritten; choose another number or --output")
    _refuse_errors(folder)
    _refuse_uncommitted(folder)
    loaded = _loaded(folder)
    try:
        pooling = Pooling.of(loaded)
    except ValueError as reason:
        refuse(f"nothing was released: {reason}")
    for name, why in pooling.refusals.items():
        refuse(f"nothing was released: {name} is refused: {why}")
    entry = _entry(folder, loaded, pooling)
    files = _write(target, number, loaded, pooling)
    console.print(f"wrote {_shown(target)}: {files:,} files", style="bold green")
    waiting = drafts_in_words(folder)
    if waiting:
        console.print(f"{waiting}, and the release has nothing of a draft", style="dim")
    _add_entry(folder / CHANGELOG, number, entry)
    console.print(f"next: commit {_shown(target)} and {CHANGELOG}, then: git tag v{number}")


def _refuse_errors(folder: Path) -> None:
    from evidence.checking import Checked, check_paths
    from evidence.records.parsing import Severity
    from synthesis.commands.problem_formats import write_text

    found = check_paths([folder]).from_severity(Severity.ERROR)
    if found.problems:
        write_text(Checked(found.files, found.problems))
        refuse("nothing was released: mend the errors above, or acknowledge them, first")


def _refuse_uncommitted(folder: Path) -> None:
    from evidence.wording import counted
    from synthesis.living.repository import NoHistoryError, Repository

    try:
        names = Repository.around(folder).uncommitted()
    except NoHistoryError:
        console.print("not asked whether all is committed: no git repository can be read here", style="dim")
        return
    if names:
        shown = ", ".join(names[:MOST_NAMED]) + (" ..." if len(names) > MOST_NAMED else "")
        says = f"{counted(len(names), 'file')} of the review not as committed: {shown}"
        refuse(f"nothing was released: {says}; commit first")


def _loaded(folder: Path) -> LoadedReview:
    from synthesis.commands.loading import usable_review

    return usable_review(folder)


def _entry(folder: Path, loaded: LoadedReview, pooling: Pooling) -> str:
    """What the changelog says: what moved since the last release, or what the first one holds."""
    from synthesis.living.changelog import entry_of, first_entry
    from synthesis.living.versions import release_numbers
    from synthesis.living.what_moved import what_moved

    numbers = release_numbers(folder)
    if not numbers:
        return first_entry(loaded, pooling)
    return entry_of(what_moved(folder, numbers[-1]))


def _write(target: Path, number: str, loaded: LoadedReview, pooling: Pooling) -> int:
    """Build the release beside its place, then put it there at once; returns how many files it has."""
    from synthesis.commands.look import look_of
    from synthesis.commands.workers import drawer
    from synthesis.living.releases import FIGURES, write_release
    from synthesis.review.forest_table import forest_table

    with _beside(target) as work:
        drawn = {name: result for name, result in pooling.results.items() if result.k}
        if drawn:
            with drawer(len(drawn), work / FIGURES, look_of(None, None)) as draw:
                waiting = [draw.plot(forest_table(result), name) for name, result in drawn.items()]
                for each in waiting:
                    draw.finish(each)
        write_release(work, number, loaded, pooling.results)
        files = sum(path.is_file() for path in work.rglob("*"))
        os.rename(work, target)
    return files


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """An empty folder beside the place of another, gone afterwards if it was not renamed."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".release-", dir=target.parent))
        work.chmod(0o755)
    except OSError as error:
        refuse(f"'{target}' cannot be made: {(error.strerror or str(error)).lower()}")
    try:
        yield work
    except OSError as error:
        refuse(f"'{target}' was not written: {(error.strerror or str(error)).lower()}")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _add_entry(path: Path, number: str, entry: str) -> None:
    from evidence.records.writing import WritingError, write_atomically
    from synthesis.living.changelog import read_changelog, with_entry

    try:
        text = read_changelog(path)
        write_atomically(path, with_entry(text, number, entry), overwrite=True)
    except (WritingError, OSError, UnicodeError) as error:
        refuse(f"the release is written, its entry in {path.name} is not: {error}")
    console.print(f"wrote {_shown(path)}: entry {number}")


def _shown(path: Path) -> str:
    from synthesis.commands.problem_formats import shown_path

    return shown_path(path)


def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of a release, e.g. releases/1.2.0.")],
) -> None:
    """Recompute a release from the records that it keeps, and say whether every number still follows.

    Each file is compared with its hash, each number of its tables with the one computed now (to 1e-8). The
    exit code is 1 when something does not follow, 2 when the folder is no release.
    """
    from evidence.wording import counted
    from synthesis.living.verifying import NoReleaseError, verify_release

    try:
        found = verify_release(folder)
    except NoReleaseError as reason:
        refuse(str(reason), code=2)
    for fault in found.faults:
        console.print(f"does not follow: {fault}", style="red")
    for note in found.notes:
        console.print(note, style="dim")
    counts = f"{found.files:,} files and {found.numbers:,} numbers compared"
    if found.faults:
        console.print(
            f"release {found.number}: {counted(len(found.faults), 'fault')}; {counts}", style="bold red"
        )
        raise typer.Exit(1)
    console.print(f"release {found.number}: every number follows; {counts}", style="bold green")
