"""Generated citations, three tenths of them duplicates: seconds to read an export and to join its records.

    python tests/benchmarks/bench_literature.py [RECORDS]

Target: 10,000 records joined in under 10 s, 100,000 read in under 200 MB.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from evidence.literature.citation import Citation
from evidence.literature.duplicates.deduplicating import deduplicate
from evidence.literature.reading_exports import read_export

WORDS = [
    a + b
    for a in ["ba", "ce", "di", "fo", "gu", "ha", "lo", "mi", "ne", "ru", "sa", "ti", "vo"]
    for b in ["ral", "ston", "tix", "mer", "nol", "vas", "kin"]
]
JOURNALS = (
    "J Bone Miner Res",
    "Journal of Bone and Mineral Research",
    "Osteoporosis International",
    "BMJ",
    "Blood",
)
NAMES = ("Smith", "Lee", "Wang", "Garcia", "Kim", "Müller", "Kovacs", "Jones", "Rossi", "Ito")


def write_export(path: Path, count: int) -> None:
    """RIS records, of which three in ten repeat an earlier one with other capitals or without its DOI."""
    dice = random.Random(1)
    made: list[str] = []
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            if made and dice.random() < 0.3:
                text = dice.choice(made[-5_000:])
                text = text.replace("DO  -", "ZZ  -") if dice.random() < 0.5 else text.upper()
            else:
                text = record(dice, number)
                made.append(text)
            file.write(text)


def record(dice: random.Random, number: int) -> str:
    """One record of RIS."""
    title = " ".join(dice.choice(WORDS) for _ in range(dice.randint(6, 16)))
    authors = "".join(f"AU  - {dice.choice(NAMES)}, {dice.choice('ABCDE')}.\n" for _ in range(4))
    place = f"JO  - {dice.choice(JOURNALS)}\nVL  - {dice.randint(1, 80)}\nSP  - {dice.randint(1, 999)}\n"
    year, abstract = dice.randint(1990, 2024), " ".join(WORDS * 2)
    rest = f"DO  - 10.1000/{number}\nAB  - {abstract}\nER  -\n\n"
    return f"TY  - JOUR\nTI  - {title}\n{authors}PY  - {year}\n{place}{rest}"


def main() -> None:
    """Print the times."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.ris"
        write_export(path, count)
        began = time.perf_counter()
        read = sum(1 for _ in read_export(path))
        took = time.perf_counter() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
        print(f"{read:,} records read one at a time: {took:.1f} s, {memory:.0f} MB")
        records = [each for each in read_export(path) if isinstance(each, Citation)]
    began = time.perf_counter()
    found = deduplicate(records)
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
    print(
        f"{len(records):,} records joined to {len(found.citations):,} works: {took:.1f} s, {memory:.0f} MB; "
        f"{len(found.doubtful):,} pairs doubtful"
    )


if __name__ == "__main__":
    main()
