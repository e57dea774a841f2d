"""`report`: the whole review as one HTML file in which every number says where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthesis.commands.loading import ReviewOption


def report(
    review: ReviewOption = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file.", show_default="REVIEW.html")
    ] = None,
) -> None:
    """Write the review as one HTML file: findings, forest plots, what they rest on, and every record.

    A click on a number shows where it comes from: paper, place, what is printed, each step to what is pooled,
    what the audit says; of a pooled value the method, the weights, and scripts that make it again. The file
    needs no network, and replaces an older one of its name.
    """
    from evidence.audit.auditing import contradicted_estimates
    from evidence.records.writing import WritingError, write_atomically
    from evidence.wording import counted
    from synthesis.commands.loading import (
        complain_of,
        end_if_incomplete,
        find_review,
        method_of,
        usable_review,
    )
    from synthesis.paper.gathering import gathered
    from synthesis.report.page_of_review import report_page
    from synthesis.report.rendering import as_page
    from synthesis.terminal import console, refuse

    loaded = usable_review(find_review(review))
    contradicted = contradicted_estimates(loaded.records)
    method = method_of(loaded.review, None, None)
    material, refusals = gathered(loaded, loaded.review.analyses, method, contradicted)
    path = Path(f"{loaded.review.review}.html") if output is None else output
    held = as_page(report_page(material, refusals, contradicted))
    try:
        write_atomically(path, held, overwrite=True)
    except WritingError as error:
        refuse(str(error))
    console.print(f"wrote {path}: {counted(len(material.results), 'analysis')}, {len(held) / 1000:,.0f} kB")
    complain_of(refusals)
    end_if_incomplete(loaded)
    if refusals:
        raise typer.Exit(1)
