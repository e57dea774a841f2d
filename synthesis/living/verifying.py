"""A release once more: whether its files are those that were released, and every number still follows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.records.parsing import Severity
from evidence.records.review import load_review
from evidence.records.review_folder import MANIFEST, RELEASED
from synthesis.living.released_figures import compare_figures
from synthesis.living.released_tables import compare_table, table_files
from synthesis.living.releases import hashes, made_with
from synthesis.living.summaries import Pooling
from synthesis.paper.paper_table import Reported


class NoReleaseError(ValueError):
    """Why a folder cannot be verified; the message is one sentence."""


@dataclass(frozen=True)
class Verified:
    """What was found: the number of the release, how much was compared, what does not follow, and notes."""

    number: str
    files: int
    numbers: int
    faults: tuple[str, ...]
    notes: tuple[str, ...]


def verify_release(folder: Path) -> Verified:
    """Compare every file with its hash, and pool the kept records anew to compare every number.

    Raises NoReleaseError for a folder that is no release, or whose kept records can no longer be read.
    """
    manifest = _manifest(folder)
    listed = {
        **{f"{RELEASED}/{name}": value for name, value in manifest["inputs"].items()},
        **manifest["files"],
    }
    there = hashes(folder)
    faults = [f"{name} is missing" for name in listed if name not in there]
    faults += [f"{name} is no file of the release" for name in there if name not in listed]
    pooling, material = _pooled_again(folder)
    faults += [f"{name} can no longer be pooled: {reason}" for name, reason in pooling.refusals.items()]
    notes = list(_other_versions(manifest["made_with"]))
    other = [name for name, value in listed.items() if name in there and there[name] != value]
    only_ends = [name for name in other if _without_returns(folder / name) == listed[name]]
    notes += [f"{name} has other line ends than was released, and nothing else" for name in only_ends]
    other = [name for name in other if name not in only_ends]
    figures = compare_figures(folder, pooling.results, other)
    faults += [f"{name} {each.fault}" for name, each in figures.items() if each.fault]
    for name in other:
        if name not in figures:
            faults.append(f"{name} is not the file that was released")
        elif not figures[name].fault:
            notes.append(f"{name} is drawn otherwise than was released; what it shows follows")
    numbers = sum(each.numbers for each in figures.values())
    for name, follows in table_files(material).items():
        if (folder / name).is_file():
            written = (folder / name).read_text(encoding="utf-8", errors="replace")
            compared = compare_table(name, written, follows)
            numbers += compared.numbers
            if name == AUDIT and compared.faults:
                notes.append(f"{name}: `check` says other things than it did then")
            else:
                faults += compared.faults
    faults += _sentences(manifest["methods"], pooling)
    return Verified(str(manifest["release"]), len(listed), numbers, tuple(faults), tuple(notes))


def _pooled_again(folder: Path) -> tuple[Pooling, Reported]:
    """What follows from the kept records."""
    loaded = load_review(folder / RELEASED)
    broken = next((each for each in loaded.problems if each.severity is Severity.ERROR), None)
    if broken is not None:
        where = f"{broken.place.path.relative_to(folder)}:{broken.place.line}"
        raise NoReleaseError(f"the kept records cannot be pooled: {where}: {broken.says}")
    pooling = Pooling.of(loaded)
    return pooling, Reported.of_all(loaded, list(pooling.results.values()))


def _without_returns(path: Path) -> str:
    """The hash of a file with the line ends that it was released with, which git may change on checkout."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


AUDIT = "audit.csv"
"""What `check` said; another version of it may know more."""

_NEEDED = {"release": str, "inputs": dict, "files": dict, "made_with": dict, "methods": dict}


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise NoReleaseError(f"'{folder}' is no release: it has no {MANIFEST}; expected e.g. releases/1.2.0")
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, OSError) as error:
        raise NoReleaseError(f"'{path}' cannot be read: {error}") from None
    if not isinstance(found, dict) or not all(isinstance(found.get(k), kind) for k, kind in _NEEDED.items()):
        raise NoReleaseError(f"'{path}' is no manifest of a release; expected {', '.join(_NEEDED)}")
    return found


def _sentences(methods: Mapping[str, Any], pooling: Pooling) -> Iterator[str]:
    from synthesis.living.releases import method_sentences_of

    for name in dict.fromkeys([*methods, *pooling.results]):
        follows = method_sentences_of(pooling.results[name]) if name in pooling.results else None
        if methods.get(name) != follows:
            yield f"{MANIFEST}, {name}: the sentence on its method is not the one that follows"


def _other_versions(before: Mapping[str, Any]) -> Iterator[str]:
    for name, now in made_with().items():
        if before.get(name) != now:
            yield f"made with {name} {before.get(name)}, verified with {now}"
