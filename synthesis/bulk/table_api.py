"""`pool_table`: a meta-analysis for every row, or every group of rows, of a table of any size."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from evidence.choices import as_truth, as_whole, named
from synthesis.bulk.before_pooling import estimated_overlap, study_inflations
from synthesis.bulk.bulk_choices import BulkChoices, Invalid, read_bulk_choices, words_of
from synthesis.bulk.bulk_manifest import choices_of, identities, versions
from synthesis.bulk.bulk_plots import plots_named
from synthesis.bulk.bulk_result import BulkPooled
from synthesis.bulk.finished_parts import Finished, HeldParts, StoredParts, begun, each_column
from synthesis.bulk.gwas_columns import Scheme
from synthesis.bulk.handing_over import BulkRequest, handed_over
from synthesis.bulk.joined_input import gwas_tables, is_studies, named_by_files, study_tables
from synthesis.bulk.sample_overlap import Correction, read_overlap
from synthesis.bulk.sign_flips import familywise, largest_here, sign_changes, sizes_of
from synthesis.bulk.streaming import Pace, Progress, run_here
from synthesis.bulk.table_input import TableInput, WhatStands, table_input
from synthesis.bulk.table_plan import BlockSource
from synthesis.bulk.whole_results import FORMATS, assembled
from synthesis.pooling.kernel.effects import Array

Control = Literal["none", "studies", "both"]
"""Genomic control of nothing, of every study, or of every study and the results."""

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
    gwas: bool = False,
    scheme: Scheme = "error",
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
    genomic_control: Control = "none",
    overlap: Any = None,
    permutations: int = 0,
    seed: int = 0,
    output: str | Path | None = None,
    format: str = "parquet",
    plots: Iterable[str] = (),
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Any:
    """Pool every data set of a table, each as `pool` would.

    data: a path or address of Parquet, CSV or TSV files (packed by gzip, bz2 or zstd too), a folder or
    pattern of part files, or a frame of pandas, polars, Arrow or Dask. Or a table a study: a dictionary of
    names and tables that are joined on `key`.

    A wide table has a data set a row: yi and the others are patterns such as "beta_*", with the study's name
    for the *, or lists of columns. A long table has an effect a row: `group` is the column of data sets,
    whose rows stand together, yi and the others are columns, `study` that of the studies' names. Effects are
    yi with vi (variances) or sei (standard errors); ci_low with ci_high, at `level`, with yi or their middle;
    or zi with ni (persons), as y = z / sqrt(n), v = 1 / n. ratio: yi and limits are ratios, whose logarithms
    are pooled. key: columns that name the data sets of a wide table, each once. unit: the column of units, of
    which there must be one.

    gwas: each study's table has summary statistics in GWAS-SSF or METAL's columns; alleles are aligned to
    those of the first study that has a variant, equal effects are the usual method. scheme: "error" for
    effects weighted by their standard errors, "n" for z weighted by the root of n (Willer, Li & Abecasis
    2010).

    method, test, level, prediction, tau2_interval: as for `pool`. weights: None, "fixed" or "equal". ask:
    further numbers, keys of synthesis.bulk.bulk_choices.COLUMNS such as "tau2_interval", "leave_one_out",
    "direction" or "bayes". min_k: data sets with fewer studies are not pooled. adjust: of "BH" and
    "Bonferroni". invalid: numbers that cannot be, such as a negative variance, stop the run, or are refused:
    such effects are left out, data sets beyond double precision not pooled, and all of them counted. Studies
    that are missing are absent.

    genomic_control: "studies" enlarges variances by a study's lambda, "both" corrects the results' p-values
    as well (`p_gc`). overlap: correlations of the studies' estimates by shared samples, (k, k) in their
    order, or "estimate". permutations: changes of sign for family-wise p-values (`p_fwer`), drawn by `seed`
    where there are more. These three need studies common to all data sets.

    output: a folder for results and refusals (format: "parquet" or "tsv") and manifest.json; a run that was
    broken off there goes on with the same bytes. plots: files there, of "volcano", "qq", "manhattan"
    (variants by place) and "forest" (the three rows with the smallest p-values). scheduler: the address of a
    Dask scheduler, whose workers pool. progress: called with rows done, their number, and the rate.

    Returns a BulkPooled; a Dask DataFrame for one. Raises ValueError, naming file and row, for what cannot be
    read or pooled.
    """
    if as_truth(gwas, "gwas") and method is None and test is None:
        method = "EE"  # what genome-wide consortia report: Evangelou & Ioannidis 2013, Nat Rev Genet 14:379
    chosen = read_bulk_choices(
        method, test, prediction, tau2_interval, level, weights, ask, min_k, invalid, adjust
    )
    columns = {"yi": yi, "vi": vi, "sei": sei, "ci_low": ci_low, "ci_high": ci_high, "zi": zi, "ni": ni}
    stands = WhatStands(
        {part: value for part, value in columns.items() if value is not None},
        group,
        study,
        tuple(words_of(key, "key")),
        unit,
        as_truth(ratio, "ratio"),
    )
    asked = BulkRequest(
        chosen,
        named(genomic_control, ("none", "studies", "both"), "genomic control"),
        overlap,
        as_whole(permutations, "permutations", 0),
        as_whole(seed, "seed", 0),
        named(format, FORMATS, "format"),
        None if output is None else Path(output),
        scheduler,
        plots_named(plots),
    )
    scheme = named(scheme, ("error", "n"), "scheme")  # type: ignore[assignment]
    if type(data).__module__.partition(".")[0] in ("dask", "dask_expr"):
        from synthesis.bulk.dask_frames import pooled_frame

        return pooled_frame(data, stands, asked, gwas)
    return _run(_input_of(data, stands, chosen, gwas, scheme), asked, progress)


def _input_of(data: Any, stands: WhatStands, chosen: BulkChoices, gwas: bool, scheme: Scheme) -> TableInput:
    if gwas:
        if stands != WhatStands({}, None, None, (), None, False):
            raise ValueError(
                "gwas=True knows columns by their names; leave out yi, vi, ... group, study, key, unit, ratio"
            )
        studies = data if is_studies(data) else named_by_files(data)
        return gwas_tables(studies, chosen, scheme, stands)
    if scheme != "error":
        raise ValueError("scheme is about summary statistics; expected gwas=True with it, or zi with ni")
    return study_tables(data, stands, chosen) if is_studies(data) else table_input(data, stands, chosen)


def _run(found: TableInput, asked: BulkRequest, progress: Progress | None) -> BulkPooled:
    asked.check(found)
    with _workplace(found, asked) as folder:
        source = _corrected(found.opened(folder / "copies"), found, asked, folder)
        parts: Finished = HeldParts() if asked.output is None else StoredParts(folder)
        pace = Pace(sum(part.stop - part.start for part in source.parts), progress)
        if asked.scheduler is None:
            run_here(source, asked.chosen, parts, pace)
        else:
            from synthesis.bulk.dask_cluster import run_there

            run_there(source, asked.chosen, parts, pace, asked.scheduler)
        more = _familywise(source, parts, asked, folder)
        whole = assembled(parts, len(source.parts), asked.chosen, asked.control == "both", more)
        return handed_over(found, source, whole, asked)


def _corrected(source: BlockSource, found: TableInput, asked: BulkRequest, folder: Path) -> BlockSource:
    """The source with the corrections that are asked for, each learned from what the one before leaves."""
    if asked.control == "none" and asked.overlap is None:
        return source
    names = found.common
    assert names is not None
    correction = Correction(found.by_n)
    if asked.control != "none":
        correction = replace(correction, inflation=study_inflations(source, len(names), folder / "z"))
    if asked.overlap is not None:
        so_far = replace(source, correction=correction)  # type: ignore[type-var]
        estimated = isinstance(asked.overlap, str)
        found_or_given = estimated_overlap(so_far, names) if estimated else asked.overlap
        correction = replace(correction, correlations=read_overlap(found_or_given, names))
    return replace(source, correction=correction)  # type: ignore[type-var]


def _familywise(
    source: BlockSource, parts: Finished, asked: BulkRequest, folder: Path
) -> dict[str, list[Array]]:
    """The column of family-wise p-values, by part."""
    if not asked.permutations:
        return {}
    studies = len(_names_of(source))
    signs, _ = sign_changes(studies, asked.permutations, asked.seed)
    if asked.scheduler is None:
        largest = largest_here(source, signs, asked.chosen, None if asked.output is None else folder)
    else:
        from synthesis.bulk.dask_cluster import largest_there

        largest = largest_there(source, signs, asked.chosen, asked.scheduler)
    columns = [each_column(parts, len(source.parts), name)() for name in ("statistic", "df", "p_value")]
    return {"p_fwer": [np.asarray(p) for p in familywise(map(sizes_of, *columns), largest)]}


def _names_of(source: BlockSource) -> tuple[str, ...]:
    names = source.names
    assert names is not None
    return names


@contextmanager
def _workplace(found: TableInput, asked: BulkRequest) -> Iterator[Path]:
    """The folder in which a run keeps what it has done; removed when it is complete."""
    if asked.output is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    plan = {
        "inputs": identities(found.files, found.tables),
        "reading": found.plan,
        "choices": choices_of(asked.chosen),
        "further": asked.plan,
        "versions": versions(),
    }
    folder_of_run = begun(asked.output, plan)
    yield folder_of_run
    shutil.rmtree(folder_of_run)
