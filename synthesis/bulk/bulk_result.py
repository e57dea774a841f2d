"""What `pool_table` gives: tables, or the files that hold them, and counts of what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence.wording import counted, number

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class BulkPooled:
    """Many meta-analyses, a row each.

    rows: data sets; pooled: those with a result. refused: by (study, reason) how often, the study empty for
    whole data sets. tests: p-values that were adjusted for. inflation: the genomic control factor lambda of
    the results. narrower: how many of Hartung and Knapp's intervals are narrower than Wald's, which stands
    beside each. manifest: inputs with their hashes, versions, choices, counts and the sentence on the method.
    files: what was written, empty for a table in memory.

    `table` and `refused_table` are Arrow tables, read from the files where there are some. The words of the
    columns are those of `pool`.
    """

    rows: int
    pooled: int
    refused: dict[tuple[str, str], int]
    tests: int
    inflation: float
    narrower: int
    method_sentence: str
    manifest: dict[str, Any]
    files: tuple[Path, ...]
    _tables: tuple[Any, Any] | None = None

    @property
    def table(self) -> Any:
        """One row for each data set, in the order of the input."""
        return self._read(0)

    @property
    def refused_table(self) -> Any:
        """One row for each effect or data set that was refused, with the reason and its place."""
        return self._read(1)

    def to_frame(self) -> pd.DataFrame:
        """The results as a data frame of pandas."""
        frame: pd.DataFrame = self.table.to_pandas()
        return frame

    def _read(self, which: int) -> Any:
        if self._tables is not None:
            return self._tables[which]
        from synthesis.bulk.arrow_parts import arrow

        place = self.files[which]
        if place.suffix == ".parquet":
            return arrow("parquet").read_table(place)
        csv = arrow("csv")
        return csv.read_csv(place, parse_options=csv.ParseOptions(delimiter="\t"))

    def __repr__(self) -> str:
        lines = [
            f"{counted(self.rows, 'data set')}, {self.pooled:,} pooled; lambda = {number(self.inflation)}"
        ]
        for (study, kind), times in sorted(self.refused.items()):
            lines.append(f"  refused {counted(times, 'time')}{f' ({study})' if study else ''}: {kind}")
        if self.narrower:
            lines.append(
                f"  {counted(self.narrower, 'Hartung-Knapp interval')} narrower than Wald's (wald_low, "
                "wald_high), as the studies agree better than their variances allow; consider test adhoc"
            )
        lines += [f"  {path}" for path in self.files]
        return "\n".join([*lines, f"  {self.method_sentence}"])
