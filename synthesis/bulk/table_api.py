"""`pool_table`: a meta-analysis for every row, or every group of rows, of a table of any size."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evidence.choices import as_truth, named
from evidence.records.replacing import replace_bytes
from synthesis.bulk.assembling import FORMATS, Assembled, assembled, in_memory, write_whole
from synthesis.bulk.bulk_choices import BulkChoices, Invalid, read_bulk_choices
from synthesis.bulk.bulk_manifest import choices_of, counts_of, identities, input_entries, versions
from synthesis.bulk.bulk_result import BulkPooled
from synthesis.bulk.finished_parts import Finished, HeldParts, StoredParts, begun
from synthesis.bulk.running import Pace, Progress, run_here
from synthesis.bulk.table_input import TableInput, WhatStands, table_input

_ADJUST = ("BH", "Bonferroni")


def pool_table(
    data: Any,
    *,
    yi: Any = None,
    vi: Any = None,
    sei: Any = None,
    ci_low: Any = None,
    ci_high: Any = None,
    zi: Any = None,
    ni: Any = None,
    group: str | None = None,
    study: str | None = None,
    key: str | Iterable[str] | None = None,
    unit: str | None = None,
    ratio: bool = False,
    method: str | None = None,
    test: str | None = None,
    level: float = 0.95,
    prediction: str | None = None,
    tau2_interval: str = "QP",
    weights: str | None = None,
    ask: Iterable[str] = (),
    min_k: int = 1,
    invalid: Invalid = "stop",
    adjust: Iterable[str] = _ADJUST,
    output: str | Path | None = None,
    format: str = "parquet",
    progress: Progress | None = None,
) -> BulkPooled:
    """Pool every data set of a table, each as `pool` would.

    data: a path or address of Parquet, CSV or TSV files (packed by gzip, bz2 or zstd too), a folder or pattern
    of part files, or a frame of pandas, polars or Arrow.

    A wide table has a data set a row: yi and the others are patterns such as "beta_*", with the study's name for
    the *, or lists of columns. A long table has an effect a row: `group` is the column of data sets, whose rows
    stand together, yi and the others are columns, `study` that of the studies' names. Effects are yi with vi
    (variances) or sei (standard errors); ci_low with ci_high, at `level`, with yi or their middle; or zi with ni
    (persons), as y = z / sqrt(n), v = 1 / n. ratio: yi and limits are ratios, whose logarithms are pooled. key:
    columns that name the data sets of a wide table, each once. unit: the column of units, of which there must
    be one.

    method, test, level, prediction, tau2_interval: as for `pool`. weights: None, "fixed" or "equal". ask: further
    numbers, keys of synthesis.bulk.bulk_choices.COLUMNS such as "tau2_interval", "leave_one_out" or "bayes".
    min_k: data sets with fewer studies are not pooled. adjust: of "BH" and "Bonferroni".
    invalid: numbers that cannot be, such as a negative variance, stop the run, or are refused: such effects are
    left out, data sets beyond double precision not pooled, and all of them counted. Studies that are missing are
    absent.

    output: a folder for results and refusals (format: "parquet" or "tsv") and manifest.json; a run that was broken
    off there goes on with the same bytes. progress: called with rows done, their number, and the rate.

    Raises ValueError, naming file and row, for what cannot be read or pooled.
    """
    chosen = read_bulk_choices(
        method, test, prediction, tau2_interval, level, weights, ask, min_k, invalid, adjust
    )
    kind = named(format, FORMATS, "format")
    columns = {"yi": yi, "vi": vi, "sei": sei, "ci_low": ci_low, "ci_high": ci_high, "zi": zi, "ni": ni}
    stands = WhatStands(
        {part: value for part, value in columns.items() if value is not None},
        group,
        study,
        (key,) if isinstance(key, str) else tuple(key or ()),
        unit,
        as_truth(ratio, "ratio"),
    )
    found = table_input(data, stands, chosen)
    place = None if output is None else Path(output)
    with _workplace(place, found, chosen) as folder:
        source = found.opened(folder / "copies")
        parts: Finished = HeldParts() if place is None else StoredParts(folder)
        pace = Pace(sum(part.stop - part.start for part in source.parts), progress)
        run_here(source, chosen, parts, pace)
        whole = assembled(parts, len(source.parts), chosen, False, {})
        return _result(found, whole, chosen, place, kind)


@contextmanager
def _workplace(place: Path | None, found: TableInput, chosen: BulkChoices) -> Iterator[Path]:
    """The folder in which a run keeps what it has done; removed when it is complete."""
    if place is None:
        with tempfile.TemporaryDirectory(prefix="synthesis-bulk-") as folder:
            yield Path(folder)
        return
    plan = {
        "inputs": identities(found.files, found.tables),
        "reading": found.plan,
        "choices": choices_of(chosen),
        "versions": versions(),
    }
    folder_of_run = begun(place, plan)
    yield folder_of_run
    shutil.rmtree(folder_of_run)


def _result(
    found: TableInput, whole: Assembled, chosen: BulkChoices, place: Path | None, kind: str
) -> BulkPooled:
    import json

    rows = sum(whole.sizes)
    pooled = rows - sum(times for (study, _), times in whole.counts.items() if not study)
    manifest = {
        "method": chosen.sentence,
        "inputs": input_entries(found.files, found.tables),
        "reading": found.plan,
        "choices": choices_of(chosen),
        "versions": versions(),
        "data_sets": rows,
        "pooled": pooled,
        "refused": counts_of(whole.counts),
        "tests": whole.tests,
        "lambda": whole.inflation,
    }
    files: tuple[Path, ...] = ()
    tables = None
    if place is None:
        assert isinstance(whole.parts, HeldParts)
        tables = in_memory(whole)
    else:
        ending = ".parquet" if kind == "parquet" else ".tsv"
        files = (place / f"results{ending}", place / f"refused{ending}")
        digests = [write_whole(t, p) for t, p in zip((whole.tables(), whole.refused()), files, strict=True)]
        manifest["outputs"] = [
            {"path": path.name, "sha256": digest} for path, digest in zip(files, digests, strict=True)
        ]
        files = (*files, place / "manifest.json")
        replace_bytes(files[2], (json.dumps(manifest, indent=2) + "\n").encode())
    return BulkPooled(
        rows,
        pooled,
        dict(whole.counts),
        whole.tests,
        whole.inflation,
        chosen.sentence,
        manifest,
        files,
        tables,
    )


