"""What is asked of a run beside its choices, and the result that is handed over at its end."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evidence.records.replacing import replace_bytes
from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.bulk.bulk_manifest import choices_of, counts_of, input_entries, versions
from synthesis.bulk.bulk_plots import draw_plots
from synthesis.bulk.bulk_result import BulkPooled
from synthesis.bulk.gwas_columns import VARIANT_PLACE
from synthesis.bulk.table_input import TableInput
from synthesis.bulk.table_plan import BlockSource
from synthesis.bulk.whole_results import Assembled, in_memory, write_whole


@dataclass(frozen=True, eq=False)
class BulkRequest:
    """A run as it was asked for; control: genomic control, "none", "studies" or "both"."""

    chosen: BulkChoices
    control: str
    overlap: Any
    permutations: int
    seed: int
    format: str
    output: Path | None
    scheduler: str | None
    plots: tuple[str, ...] = ()

    @property
    def plan(self) -> dict[str, Any]:
        """As plain data, but for where it runs and goes."""
        given = self.overlap
        return {
            "genomic_control": self.control,
            "overlap": given if given is None or isinstance(given, str) else np.asarray(given).tolist(),
            "permutations": self.permutations,
            "seed": self.seed if self.permutations else None,
        }

    def check(self, found: TableInput) -> None:
        """Raise ValueError for what is not defined together."""
        named = {
            "genomic_control": self.control != "none",
            "overlap": self.overlap is not None,
            "permutations": self.permutations > 0,
        }
        wanted = next((name for name, given in named.items() if given), None)
        if found.common is None and wanted is not None:
            raise ValueError(
                f"{wanted} needs studies common to all data sets; expected a wide table, or a table a study"
            )
        if self.permutations and self.overlap is not None:
            raise ValueError(
                "permutations change the signs of studies one by one, as if they shared no persons; "
                "leave out permutations or overlap"
            )
        if self.plots and self.output is None:
            raise ValueError("plots are files; expected an output folder with them")
        if "manhattan" in self.plots and not set(VARIANT_PLACE) <= set(found.named_by):
            raise ValueError(
                "a Manhattan plot needs variants by chromosome and base_pair_location; "
                "expected summary statistics that have them, or both as keys"
            )
        if isinstance(self.overlap, str) and self.overlap != "estimate":
            raise ValueError(f"overlap is {self.overlap!r}; expected 'estimate' or a matrix of correlations")

    @property
    def sentence(self) -> str:
        """How the numbers are made, with what is done before and after pooling."""
        added = []
        if self.overlap is not None:
            how = "estimated by the agreement of signs" if isinstance(self.overlap, str) else "as given"
            added.append(f"shared samples: decoupled, correlations {how}")
        if self.control != "none":
            added.append(
                f"genomic control of {'studies' if self.control == 'studies' else 'studies and results'}"
            )
        if self.permutations:
            added.append(
                f"family-wise p-values by {self.permutations:,} changes of sign at most (seed {self.seed})"
            )
        return "; ".join([self.chosen.sentence.rstrip("."), *added]) + "."


def handed_over(found: TableInput, source: BlockSource, whole: Assembled, asked: BulkRequest) -> BulkPooled:
    """The result, in memory or in the files of its folder. Raises OSError where there is no room."""
    rows = sum(whole.sizes)
    pooled = rows - sum(times for (study, _), times in whole.counts.items() if not study)
    correction = source.correction
    files: tuple[Path, ...] = ()
    tables, outputs = None, []
    with ThreadPoolExecutor() as aside:
        inputs = aside.submit(input_entries, found.files, found.tables)  # read once more, for their hashes
        if asked.output is None:
            tables = in_memory(whole)
        else:
            ending = "parquet" if asked.format == "parquet" else "tsv"
            files = tuple(asked.output / f"{name}.{ending}" for name in ("results", "refused"))
            digests = write_whole(whole.tables(), files[0]), write_whole(whole.refused(), files[1])
            outputs = [{"path": files[i].name, "sha256": digests[i]} for i in (0, 1)]
    manifest: dict[str, Any] = {
        "method": asked.sentence,
        "inputs": inputs.result(),
        "reading": found.plan,
        "choices": choices_of(asked.chosen) | asked.plan,
        "versions": versions(),
        "data_sets": rows,
        "pooled": pooled,
        "refused": counts_of(whole.counts),
        "alleles": counts_of(whole.aligned),
        "tests": whole.tests,
        "lambda": whole.inflation if whole.tests else None,
    }
    if asked.chosen.test == "HKSJ":
        manifest["narrower_than_wald"] = whole.narrower
    if correction is not None and correction.inflation is not None:
        manifest["lambda_of_studies"] = {
            name: float(correction.inflation[at]) for at, name in enumerate(found.common or ())
        }
    if correction is not None and correction.correlations is not None:
        manifest["correlations"] = correction.correlations.tolist()
    if asked.output is not None:
        manifest["outputs"] = outputs
        files = (*files, asked.output / "manifest.json")
        replace_bytes(files[-1], (json.dumps(manifest, indent=2) + "\n").encode())
        files = (*files, *draw_plots(asked.plots, source, whole, asked.chosen, asked.output))
    return BulkPooled(
        rows,
        pooled,
        dict(whole.counts),
        whole.tests,
        whole.inflation,
        whole.narrower,
        asked.sentence,
        manifest,
        files,
        tables,
    )
