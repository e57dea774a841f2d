"""A release: inputs, tables and figures of one state of a review in a folder, the same bytes on any day."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from evidence.literature.flow.previous_releases import released_literature
from evidence.records.review import LoadedReview
from evidence.records.review_folder import MANIFEST, RELEASED
from synthesis.living.released_tables import table_files
from synthesis.living.versions import order_of, read_files
from synthesis.paper.paper_table import Reported
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.searched import searched_of

FIGURES = "figures"
_MADE_WITH = ("living-synthesis", "numpy", "scipy", "matplotlib")


def number_fault(number: str, released: Sequence[str]) -> str | None:
    """Why a release cannot have this number; None where it can. released: the numbers that are taken."""
    order = order_of(number)
    if order is None or number.startswith("v"):
        return f"'{number}' is no number of a release; expected e.g. 1.2.0"
    last = max(released, key=lambda each: order_of(each) or (), default=None)
    if last is not None and order <= (order_of(last) or ()):
        return f"{last} is released already; a later release has a higher number"
    return None


def write_release(
    folder: Path, number: str, loaded: LoadedReview, results: Mapping[str, AnalysisResult]
) -> None:
    """Write all of a release but its figures, which stand in `figures/` of the folder already.

    folder: made for this, empty but for the figures. results: of every analysis, by id. The manifest comes
    last: a folder without one is no release. Raises OSError where a file cannot be written.
    """
    for name, held in {**read_files(loaded.folder), **released_literature(loaded.folder)}.items():
        path = folder / RELEASED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held)
    for name, text in table_files(Reported.of_all(loaded, list(results.values()))).items():
        (folder / name).write_bytes(text.encode())
    manifest = json.dumps(_manifest(folder, number, loaded, results), indent=1, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_bytes(manifest.encode())


def _manifest(
    folder: Path, number: str, loaded: LoadedReview, results: Mapping[str, AnalysisResult]
) -> dict[str, Any]:
    review, searched = loaded.review, searched_of(loaded).day
    return {
        "release": number,
        "review": review.review,
        "title": review.title,
        "searched_to": None if searched is None else searched.isoformat(),
        "records": len(loaded.records),
        "methods": {name: method_sentences_of(result) for name, result in results.items()},
        "made_with": made_with(),
        "inputs": hashes(folder / RELEASED),
        "files": {
            name: value for name, value in hashes(folder).items() if not name.startswith(f"{RELEASED}/")
        },
    }


def method_sentences_of(result: AnalysisResult) -> list[str]:
    """How each group of an analysis was pooled, and how groups were compared, each sentence once."""
    pooled = [group.pooled for group in result.summarised if group.pooled is not None]
    sentences = [each.method_sentence for each in pooled]
    models = [group.model.summary for group in result.summarised if group.model is not None]
    sentences += [each.method_sentence for each in models if each is not None]
    sentences += [] if result.dose is None or result.dose.fit is None else [result.dose.fit.method_sentence]
    sentences += [] if result.difference is None else [result.difference.method_sentence]
    sentences += [group.bayesian.method_sentence for group in result.summarised if group.bayesian is not None]
    sentences += [group.unreported.pooled.method_sentence for group in result.groups if group.unreported]
    return list(dict.fromkeys(sentences))


def hashes(folder: Path) -> dict[str, str]:
    """The sha256 of every file below a folder by its name there, sorted; the manifest is not among them."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name: sha256(folder / name) for name in files if name != MANIFEST}


def sha256(path: Path) -> str:
    """Of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def made_with() -> dict[str, str]:
    """The versions that numbers and figures depend on."""
    found = {"python": platform.python_version()}
    for name in _MADE_WITH:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed: run from its source"
    return found
