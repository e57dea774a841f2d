"""Type I error and coverage by simulation.

    python tests/simulation/coverage.py

Writes docs/coverage.md, and ends with an error if a threshold does not hold.
"""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.simulation.clustered import every_cluster_setting, measure_clusters
from tests.simulation.measuring import FULL, every_setting, measure
from tests.simulation.page import page
from tests.simulation.sparse import every_sparse_setting, measure_sparse
from tests.simulation.thresholds import THRESHOLDS, judge
from tests.simulation.unprinted import every_silent_setting, measure_silence

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


def main() -> int:
    """0 when every threshold holds."""
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as workers:
        found = [m for part in workers.map(measure, every_setting()) for m in part]
        clusters = list(workers.map(measure_clusters, every_cluster_setting()))
        silences = list(workers.map(measure_silence, every_silent_setting()))
        few = list(workers.map(measure_sparse, every_sparse_setting()))
    verdicts = [judge(threshold, found) for threshold in THRESHOLDS]
    PAGE.write_text(page(found, verdicts, FULL, clusters, silences, few), encoding="utf-8")
    failed = [v for v in verdicts if not v.holds]
    for v in failed:
        print(f"does not hold: {v.threshold.claim} ({v.lowest:.4f} to {v.highest:.4f})")
    print(f"{len(verdicts) - len(failed)} of {len(verdicts)} thresholds hold; wrote docs/{PAGE.name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
