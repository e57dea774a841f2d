"""The files of a review folder: where records and second readings stand, and files that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evidence.records.parsing import Place, Problem, Severity

REVIEW_FILE = "review.yaml"
STUDIES = "studies"
SECOND_READINGS = "second-readings"
IMPORTS = "imports"
DRAFTS = "drafts"
LITERATURE = "literature"
"""Citations, decisions about them, and notices about published papers."""
RELEASES = "releases"
RELEASED = "inputs"
"""In a release: review.yaml and studies/ as they were."""
MANIFEST = "manifest.json"
"""In a release: the hash of every file, and what it was made with."""
SUMMARY = "summary.csv"
"""In a release: every result."""
_YAML = (".yaml", ".yml")


def record_paths(folder: Path) -> list[Path]:
    """The record files of a review folder, sorted by name; none where studies/ cannot be listed."""
    try:
        return sorted(
            path
            for path in (folder / STUDIES).iterdir()
            if path.name.endswith(".yaml") and not path.name.startswith(".")
        )
    except OSError:
        return []


def draft_paths(folder: Path) -> list[Path]:
    """The drafts of a review folder, sorted by name: no records until `add --from` has moved them."""
    drafts = folder / DRAFTS
    try:
        return [path for path in _yaml_files(drafts) if is_draft(path)]
    except OSError:
        return []


def drafts_in_words(folder: Path) -> str:
    """'2 drafts wait'; '' where there is none."""
    count = len(draft_paths(folder))
    return f"{count:,} draft{'s wait' if count > 1 else ' waits'}" if count else ""


def is_draft(path: Path) -> bool:
    """Whether a file stands in `drafts` beside a review.yaml, where nothing is read until it is asked for."""
    return path.parent.name == DRAFTS and (path.parent.parent / REVIEW_FILE).is_file()


def is_import_plan(path: Path) -> bool:
    """Whether a file says how a table is read: in `imports` beside a review.yaml, where imports save them."""
    return path.parent.name == IMPORTS and (path.parent.parent / REVIEW_FILE).is_file()


def is_literature(path: Path) -> bool:
    """Whether a file is of the literature of a review, no record: in `literature` beside a review.yaml."""
    return path.parent.name == LITERATURE and (path.parent.parent / REVIEW_FILE).is_file()


def is_released(path: Path) -> bool:
    """Whether a file is one that a release keeps as it was: what a review checks is what it holds now."""
    return any(
        parent.name == RELEASED and all((parent.parent / name).is_file() for name in (MANIFEST, SUMMARY))
        for parent in path.absolute().parents
    )


def misplaced(folder: Path) -> list[Problem]:
    """What is wrong with the files of a review folder: records where nothing reads them, or no studies/."""
    studies = folder / STUDIES
    try:
        inside = list(_yaml_files(studies))
    except NotADirectoryError:
        return [_misplaced(studies, "'studies' is a file; expected a folder with the records")]
    except FileNotFoundError:
        return [
            _misplaced(studies, "there is no folder 'studies' beside review.yaml", "Records stand there.")
        ]
    except OSError as error:
        return [_misplaced(studies, f"the folder cannot be read: {error.strerror}")]
    ignored = [path for path in inside if path.parent != studies or not path.name.endswith(".yaml")]
    try:
        beside = [path for path in folder.iterdir() if _is_yaml(path) and path.name != REVIEW_FILE]
    except OSError:
        beside = []
    hint = f"A record stands directly in {STUDIES}/ and ends in .yaml: move or rename it, or delete it."
    lost = [_misplaced(path, "this file is in no pool: nothing reads it", hint) for path in ignored + beside]
    return [*lost, *_without_record(folder)]


def _without_record(folder: Path) -> Iterator[Problem]:
    """Second readings that belong to no record."""
    readings = folder / SECOND_READINGS
    try:
        found = list(_yaml_files(readings)) if readings.is_dir() else []
    except OSError as error:
        yield _misplaced(readings, f"the folder cannot be read: {error.strerror}")
        return
    names = {path.name for path in record_paths(folder)}
    for path in found:
        if path.parent != readings or path.name not in names:
            hint = f"It stands directly in {SECOND_READINGS}/, under the name of its record in {STUDIES}/."
            yield _misplaced(path, "this second reading belongs to no record", hint)


def _yaml_files(folder: Path, depth: int = 0) -> Iterator[Path]:
    """Every visible YAML file of a folder and of those below it."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            if depth < _DEEPEST:
                yield from _yaml_files(path, depth + 1)
        elif _is_yaml(path):
            yield path


_DEEPEST = 20


def _is_yaml(path: Path) -> bool:
    return path.name.lower().endswith(_YAML) and not path.name.startswith(".") and not path.is_dir()


def _misplaced(path: Path, says: str, hint: str | None = None) -> Problem:
    return Problem(Place(path), Severity.ERROR, "misplaced", says, hint)
