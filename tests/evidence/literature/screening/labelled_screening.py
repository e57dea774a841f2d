"""How much of a pile is screened until the relevant ones are found, on sets whose labels people gave.

`python -m tests.evidence.literature.screening.labelled_screening [FILE.csv:COLUMN ...]` prints the table of
docs/screening.md: the shared set on gambling, and further tables with title, abstract and a column of 0 and
1. None of them is part of this repository: `van_de_schoot_2017.csv:label_included` is in the source
archive of asreview-insights 1.6.1, `demo_data.csv:label_included` in that of asreview 3.0.8.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from pathlib import Path
from statistics import mean

import pandas as pd

from evidence.literature.citation import Citation
from evidence.literature.duplicates.deduplicating import deduplicate
from evidence.literature.screening.ranking import RelevanceRanker
from evidence.literature.screening.session import EVERY
from evidence.literature.screening.stopping import TARGET, stopping_estimate
from tests.evidence.literature.exports import whole_export

SHARED = Path(__file__).resolve().parents[5] / "shared"
LOOKED_AT = 25
"""Decisions after which the estimate is looked at anew."""


@dataclass(frozen=True)
class LabelledPile:
    """Works, and which of them are relevant, by id."""

    name: str
    works: tuple[Citation, ...]
    relevant: Mapping[str, bool]


@dataclass(frozen=True)
class Screened:
    """A pile screened to its end from one random order.

    needed: works screened until a share of the relevant ones is found. stopped: works screened when the
    estimate first rejects a recall below the target, and the recall there; None where it never does before
    the end.
    """

    needed: Mapping[float, int]
    stopped: tuple[int, float] | None


def gambling_pile(shared: Path) -> LabelledPile:
    """The search on gambling and loneliness; relevant are those 10 of its authors' 13 that it found."""
    folder = shared / "imports" / "dedup" / "gambling_loneliness"
    names = ("WoS_79.ris", "psycinfo_64.ris", "pubmed_46.ris")
    known = "benchmark.ris"
    works = deduplicate(each for name in (*names, known) for each in whole_export(folder / name).citations)
    found = [each for each in works.citations if {source.file for source in each.sources} != {known}]
    relevant = {each.id: any(source.file == known for source in each.sources) for each in found}
    return LabelledPile("gambling and loneliness", tuple(found), relevant)


def pile_of_table(path: Path, column: str) -> LabelledPile:
    """A table with title and abstract, whose column says 1 where a work is relevant."""
    table = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    works = tuple(
        Citation(title=title, abstract=abstract, pmid=str(number))
        for number, (title, abstract) in enumerate(zip(table["title"], table["abstract"], strict=True), 1)
    )
    relevant = {work.id: mark == "1" for work, mark in zip(works, table[column], strict=True)}
    return LabelledPile(f"{path.stem}, {column}", works, relevant)


def screened(pile: LabelledPile, seed: int, ranker: RelevanceRanker) -> Screened:
    """A pile as a session screens it, but in a random order until one was kept and one was not."""
    left = list(pile.works)
    random.Random(seed).shuffle(left)
    kept: dict[str, bool] = {}
    ranked, since, stopped = False, 0, None
    while left:
        if since >= EVERY or not ranked:
            order = ranker.order(left, kept)
            if order is not None:
                left, ranked, since = order, True, 0
        work = left.pop(0)
        kept[work.id] = pile.relevant[work.id]
        since += 1
        if stopped is None and left and len(kept) % LOOKED_AT == 0:
            estimate = stopping_estimate(list(kept.values()), len(pile.works), ranked)
            if estimate is not None and estimate.p < 1 - TARGET:
                stopped = len(kept), sum(kept.values()) / sum(pile.relevant.values())
    return Screened(needed_for(list(kept.values()), (0.95, 1.0)), stopped)


def needed_for(kept: Sequence[bool], shares: Sequence[float]) -> dict[float, int]:
    """How many were screened until each share of the relevant ones was found."""
    found = list(accumulate(map(int, kept)))
    return {share: found.index(ceil(round(share * found[-1], 9))) + 1 for share in shares}


def table_row(pile: LabelledPile, seeds: int) -> str:
    """A row of the table: shares of the pile, as the mean over random beginnings and their range."""
    ranker = RelevanceRanker(pile.works)
    runs = [screened(pile, seed, ranker) for seed in range(seeds)]
    total = len(pile.works)
    cells = [pile.name, f"{total:,}", f"{sum(pile.relevant.values()):,}", f"{seeds}"]
    for share in (0.95, 1.0):
        parts = [run.needed[share] / total for run in runs]
        cells.append(f"{100 * mean(parts):.1f}% ({100 * min(parts):.1f} to {100 * max(parts):.1f})")
    cells.append(f"{0.95 - mean(run.needed[0.95] / total for run in runs):.2f}")
    stops = [run.stopped or (total, 1.0) for run in runs]
    cells.append(f"{100 * mean(at / total for at, _ in stops):.0f}%")
    cells.append(f"{100 * min(recall for _, recall in stops):.1f}%")
    return f"| {' | '.join(cells)} |"


HEAD = (
    "| set | works | relevant | beginnings | screened for 95% | for all | WSS@95 | screened at p < 0.05 | "
    "least recall there |\n|---|---|---|---|---|---|---|---|---|"
)


def main(words: Sequence[str]) -> None:
    """Print the table."""
    piles = [gambling_pile(SHARED)] if (SHARED / "imports").is_dir() else []
    for word in words:
        path, _, column = word.rpartition(":")
        piles.append(pile_of_table(Path(path), column))
    print(HEAD)
    for pile in piles:
        print(table_row(pile, 20 if len(pile.works) < 1_000 else 3), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
