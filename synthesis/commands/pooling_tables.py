"""`bulk`: a meta-analysis for every row of a table of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

_INPUTS = "What is read"
_CHOICES = "How it is pooled"
_OUTPUTS = "What is written"


def bulk(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="TABLE...",
            help="Parquet, CSV or TSV files (.gz, .bz2, .zst), folders, patterns; NAME=PATH for a study.",
        ),
    ],
    output: Annotated[Path, typer.Option(help="Folder for the results.", rich_help_panel=_OUTPUTS)],
    yi: Annotated[
        str | None,
        typer.Option(help="Effects: 'beta_*' for a column a study, or a column.", rich_help_panel=_INPUTS),
    ] = None,
    vi: Annotated[
        str | None, typer.Option(help="Their variances, likewise.", rich_help_panel=_INPUTS)
    ] = None,
    sei: Annotated[str | None, typer.Option(help="Or standard errors.", rich_help_panel=_INPUTS)] = None,
    ci_low: Annotated[str | None, typer.Option(help="Or lower limits,", rich_help_panel=_INPUTS)] = None,
    ci_high: Annotated[str | None, typer.Option(help="and upper limits.", rich_help_panel=_INPUTS)] = None,
    zi: Annotated[str | None, typer.Option(help="Or z statistics,", rich_help_panel=_INPUTS)] = None,
    ni: Annotated[str | None, typer.Option(help="and numbers of persons.", rich_help_panel=_INPUTS)] = None,
    group: Annotated[
        str | None,
        typer.Option(help="Column of data sets, for a table with an effect a row.", rich_help_panel=_INPUTS),
    ] = None,
    study: Annotated[
        str | None, typer.Option(help="Column of studies there.", rich_help_panel=_INPUTS)
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="Columns that name a data set; several times for several.", rich_help_panel=_INPUTS
        ),
    ] = None,
    join: Annotated[
        bool, typer.Option("--join", help="Each table is a study, joined on --key.", rich_help_panel=_INPUTS)
    ] = False,
    gwas: Annotated[
        bool,
        typer.Option(
            "--gwas", help="Each table has a study's genome-wide statistics.", rich_help_panel=_INPUTS
        ),
    ] = False,
    scheme: Annotated[
        str, typer.Option(help="Weights of variants: error, or n.", rich_help_panel=_CHOICES)
    ] = "error",
    unit: Annotated[
        str | None, typer.Option(help="Column of units, which must be one.", rich_help_panel=_INPUTS)
    ] = None,
    ratio: Annotated[
        bool,
        typer.Option("--ratio", help="Effects are ratios; logarithms are pooled.", rich_help_panel=_INPUTS),
    ] = False,
    method: Annotated[
        str | None,
        typer.Option(
            help="REML, PM, DL, EE, ...", show_default="REML; EE with --gwas", rich_help_panel=_CHOICES
        ),
    ] = None,
    test: Annotated[
        str | None,
        typer.Option(help="HKSJ, z, KR, ...", show_default="HKSJ; z with EE", rich_help_panel=_CHOICES),
    ] = None,
    level: Annotated[float, typer.Option(help="Of all intervals.", rich_help_panel=_CHOICES)] = 0.95,
    prediction: Annotated[
        str | None, typer.Option(help="Kind of prediction interval.", rich_help_panel=_CHOICES)
    ] = None,
    tau2_interval: Annotated[str, typer.Option(help="Interval of tau2.", rich_help_panel=_CHOICES)] = "QP",
    weights: Annotated[
        str | None, typer.Option(help="Of the mean: fixed or equal.", rich_help_panel=_CHOICES)
    ] = None,
    ask: Annotated[
        list[str] | None,
        typer.Option(
            help="Further columns: tau2_interval, fit, leave_one_out, direction, bayes.",
            rich_help_panel=_OUTPUTS,
        ),
    ] = None,
    min_k: Annotated[int, typer.Option(help="Fewest studies.", rich_help_panel=_CHOICES)] = 1,
    invalid: Annotated[
        str, typer.Option(help="Numbers that cannot be: stop, or refuse and count.", rich_help_panel=_INPUTS)
    ] = "stop",
    adjust: Annotated[
        list[str] | None,
        typer.Option(
            help="For many tests: BH, Bonferroni, none.", show_default="both", rich_help_panel=_OUTPUTS
        ),
    ] = None,
    genomic_control: Annotated[
        str, typer.Option(help="none, studies or both.", rich_help_panel=_CHOICES)
    ] = "none",
    overlap: Annotated[
        str | None,
        typer.Option(
            help="Table of correlations of the studies by shared samples, or estimate.",
            rich_help_panel=_CHOICES,
        ),
    ] = None,
    permutations: Annotated[
        int, typer.Option(help="Changes of sign, for family-wise p-values.", rich_help_panel=_CHOICES)
    ] = 0,
    seed: Annotated[int, typer.Option(help="Of changes that are drawn.", rich_help_panel=_CHOICES)] = 0,
    format: Annotated[str, typer.Option(help="parquet or tsv.", rich_help_panel=_OUTPUTS)] = "parquet",
    plot: Annotated[
        list[str] | None,
        typer.Option(help="volcano, qq, manhattan, forest.", rich_help_panel=_OUTPUTS),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, whose workers pool.")
    ] = None,
) -> None:
    """Pool every row, or every group of rows, of a table of any size.

    E.g. bulk effects.parquet --yi 'beta_*' --sei 'se_*' --key gene --output results

    or bulk UKB=ukb.tsv.gz FINN=finngen.tsv.gz --gwas --output results --plot manhattan --plot qq.

    A run that was broken off goes on where it stood when it is started again.
    """
    from synthesis.bulk.table_api import pool_table
    from synthesis.terminal import INTERRUPTED, console, progress_bar, refuse

    try:
        with progress_bar() as tell:
            found = pool_table(
                _tables(paths, join or gwas),
                yi=yi,
                vi=vi,
                sei=sei,
                ci_low=ci_low,
                ci_high=ci_high,
                zi=zi,
                ni=ni,
                group=group,
                study=study,
                key=key,
                unit=unit,
                ratio=ratio,
                gwas=gwas,
                scheme=scheme,  # type: ignore[arg-type]
                method=method,
                test=test,
                level=level,
                prediction=prediction,
                tau2_interval=tau2_interval,
                weights=weights,
                ask=ask or (),
                min_k=min_k,
                invalid=invalid,  # type: ignore[arg-type]
                adjust=_adjustments(adjust),
                genomic_control=genomic_control,  # type: ignore[arg-type]
                overlap=_overlap(overlap),
                permutations=permutations,
                seed=seed,
                output=output,
                format=format,
                plots=plot or (),
                scheduler=scheduler,
                progress=tell,
            )
    except KeyboardInterrupt:
        refuse("stopped; the same command goes on where it stood", code=INTERRUPTED)
    except ValueError as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{error.filename or output}: {(error.strerror or str(error)).lower()}")
    console.print(str(found))


def _tables(paths: list[str], studies: bool) -> Any:
    """Paths, or a dictionary of studies and their paths where each is a study."""
    if not studies:
        return paths
    if any("=" in path for path in paths):
        from synthesis.terminal import refuse

        bare = next((path for path in paths if "=" not in path), None)
        if bare is not None:
            refuse(f"{bare} has no name; expected NAME=PATH for all tables, or for none", code=2)
        named = [path.split("=", 1) for path in paths]
        names = [name for name, _ in named]
        for name, path in named:
            if not (name and path):
                refuse(f"'{name}={path}' lacks a name or a path; expected NAME=PATH", code=2)
            if names.count(name) > 1:
                refuse(f"study '{name}' stands {names.count(name)} times; expected another name", code=2)
        return dict(named)
    from synthesis.bulk.joined_input import named_by_files

    return named_by_files(paths)


def _adjustments(words: list[str] | None) -> list[str]:
    if words is None:
        return ["BH", "Bonferroni"]
    return [] if words == ["none"] else words


def _overlap(word: str | None) -> Any:
    """A table of correlations whose rows and columns are studies, or what `pool_table` knows by a word."""
    if word is None or word == "estimate":
        return word
    import pandas as pd

    return pd.read_csv(word, sep=None, engine="python", index_col=0)
