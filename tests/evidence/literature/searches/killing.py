"""Imports and updates that are killed at random moments, as a program: each is a fork of this process.

`python -m tests.evidence.literature.searches.killing import|update ADDRESS FOLDER TIMES SEED` prints as JSON
how many were killed before their end, in which states the files were found, and what was wrong after the next
run.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from evidence.literature.citation_store import read_citations
from evidence.literature.duplicates.deduplicating import NOTHING_DECIDED
from evidence.literature.importing_exports import import_exports
from evidence.literature.searches import updating_searches
from evidence.literature.searches.search_log import read_runs
from evidence.records.saved_searches import SavedSearch
from tests.evidence.literature.damaged_exports import EXPORTS

FILES = ("abstracts.jsonl", "citations.jsonl", "searches.jsonl")


def begun(review: Path) -> None:
    """A review with something in it."""
    review.mkdir()
    (review / "a.ris").write_bytes(EXPORTS["ris"])
    import_exports(review, [review / "a.ris"])


def importing(review: Path) -> None:
    """An import of two more files."""
    for name, kind, number in (("b.nbib", "nbib", b"10.1001/"), ("c.bib", "bib", b"10.1002/")):
        text = EXPORTS[kind].replace(b"10.1000/", number).replace(b"Study", kind.encode())
        (review / name).write_bytes(text)
    import_exports(review, [review / "b.nbib", review / "c.bib"])


def updating(address: str) -> Callable[[Path], None]:
    """An update of two searches at services of an address, without waiting."""
    known = updating_searches.SERVICES
    quick = {name: replace(each, pause=0.0, keyed_pause=0.0) for name, each in known.items()}
    known.update(quick)
    searches = [
        SavedSearch(name=name.lower().replace(" ", "-"), service=name, query="bone")
        for name in ("PubMed", "Crossref")
    ]
    addresses = {"PubMed": f"{address}/eutils/", "Crossref": f"{address}/crossref/"}

    def update(review: Path) -> None:
        for done in updating_searches.update_searches(review, searches, addresses=addresses):
            if done.error:
                raise SystemExit(done.error)

    return update


def forked(work: Callable[[Path], None], review: Path) -> int:
    """The process that does the work and ends."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work(review)
            code = 0
        finally:
            os._exit(code)
    return child


def held(review: Path) -> dict[str, str]:
    """What the files hold, without the moment of a run."""
    found = {}
    for name in FILES:
        path = review / "literature" / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if name == "searches.jsonl":
            lines = [json.loads(line) for line in text.splitlines()]
            text = "\n".join(json.dumps({**line, "run": ""}) for line in lines)
        found[name] = text
    return found


def trial(work: Callable[[Path], None], folder: Path, times: int, seed: int) -> dict[str, object]:
    """Kill the work so many times before its end; what was found behind each kill, and what was wrong."""
    dice = random.Random(seed)
    old, new = folder / "old", folder / "new"
    begun(old)
    shutil.copytree(old, new)
    start = time.monotonic()
    assert os.waitpid(forked(work, new), 0)[1] == 0
    took = time.monotonic() - start
    before, after = held(old), held(new)
    assert all(before[name] != after[name] for name in FILES)
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    killed = turn = 0
    while killed < times and turn < 10 * times:
        turn += 1
        review = folder / f"r{turn}"
        shutil.copytree(old, review)
        child = forked(work, review)
        time.sleep(dice.uniform(0.0, took))
        os.kill(child, signal.SIGKILL)
        if os.WIFSIGNALED(os.waitpid(child, 0)[1]):  # others had come to their end
            killed += 1
            seen[state_of(review, before, after, wrong)] += 1
        if os.waitpid(forked(work, review), 0)[1] != 0:
            wrong.append(f"{turn}: the next run fails")
        if held(review) != after:
            wrong.append(f"{turn}: the next run ends with other bytes")
        shutil.rmtree(review)
    return {"killed": killed, "seen": dict(seen), "wrong": wrong}


def state_of(review: Path, before: dict[str, str], after: dict[str, str], wrong: list[str]) -> str:
    """Old, new, or how far between; every file is readable, and holds all that was held."""
    now = held(review)
    ids = {each.id for each in read_citations(review, NOTHING_DECIDED)}
    if not {json.loads(line)["id"] for line in before["citations.jsonl"].splitlines()} <= ids:
        wrong.append("a citation is lost")
    if len(read_runs(review)) < len(before["searches.jsonl"].splitlines()):
        wrong.append("a run is lost")
    if now == before:
        return "old"
    return "new" if now == after else "between"


def main() -> None:
    """Run the trial that the words ask for."""
    what, address, folder, times, seed = sys.argv[1:]
    work = importing if what == "import" else updating(address)
    print(json.dumps(trial(work, Path(folder), int(times), int(seed))))


if __name__ == "__main__":
    main()
