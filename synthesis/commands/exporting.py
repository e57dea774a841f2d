"""`export`: the effects of analyses as a CSV file that other programs read."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated

import typer

from synthesis.commands.loading import ReviewOption


def export(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ANALYSIS]...", help="Ids of analyses; all when left out.")
    ] = None,
    review: ReviewOption = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="A .csv file; the terminal when left out.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Write the effects that enter each analysis as CSV, one row an effect, with metafor's column names.

    yi, vi and sei are on the analysis scale (log of ratios), estimate, ci.lb and ci.ub on the measure's own;
    raw numbers stand in ai, n1i, m1i, x1i ... where the records have them, and report and at say where.
    Correlated arms have their row of the study's covariance matrix in v1i, v2i ...
    """  # fmt: skip
    from evidence.audit.auditing import contradicted_estimates
    from evidence.records.writing import WritingError, write_atomically
    from synthesis.commands.loading import (
        choose,
        complain_of,
        end_if_incomplete,
        find_review,
        method_of,
        usable_review,
    )
    from synthesis.review.analysis import analyse, of_each
    from synthesis.review.effects_table import effects_table
    from synthesis.terminal import console, refuse

    if to is not None and to.suffix.lower() != ".csv":
        refuse(f"--to: '{to.name}' is no .csv file, which is all that export writes", code=2)
    loaded = usable_review(find_review(review))
    analyses = choose(loaded.review, names or [])
    contradicted = contradicted_estimates(loaded.records)
    method = method_of(loaded.review, None, None)
    results, refusals = of_each(
        analyses, lambda each: analyse(loaded, each, method, contradicted=contradicted)
    )
    rows = effects_table(results.values())
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0] if rows else ["analysis"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if to is None:
        typer.echo(text.getvalue(), nl=False)
    else:
        try:
            write_atomically(to, text.getvalue(), overwrite=force)
        except WritingError as error:
            refuse(f"{error}" + ("" if force or not to.exists() else "; --force replaces it"))
        console.print(f"wrote {to}: {len(rows):,} effects of {len(results)} analyses")
    complain_of(refusals)
    end_if_incomplete(loaded)
    if refusals:
        raise typer.Exit(1)
