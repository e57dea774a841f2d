"""`forest`: pool the review's analyses, print them and draw their forest plots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption, find_review
from synthesis.review.analysis import Order

if TYPE_CHECKING:
    from evidence.records.review import Analysis, LoadedReview, Method
    from synthesis.commands.workers import Drawer
    from synthesis.review.analysis import AnalysisResult


def forest(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ANALYSIS]...", help="Which analyses; all when left out.", show_default=False
        ),
    ] = None,
    review: ReviewOption = None,
    output: Annotated[Path, typer.Option(help="Folder for the figures.")] = Path("output"),
    method: Annotated[
        str | None, typer.Option(help="Estimator of the between-study variance, e.g. REML, DL, PM or EE.")
    ] = None,
    test: Annotated[str | None, typer.Option(help="Interval of the summary: HKSJ, adhoc, t or z.")] = None,
    sort: Annotated[Order, typer.Option(help="Order of the rows.")] = Order.REVIEW,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the numbers as JSON instead of tables.")
    ] = False,
    only_list: Annotated[bool, typer.Option("--list", help="List the review's analyses and stop.")] = False,
) -> None:
    """Pool the review's analyses and draw their forest plots.

    Prints each analysis as a table and writes it as PNG, SVG and PDF to the output folder.
    """
    from synthesis.commands.workers import drawer

    if only_list:
        _print_list(find_review(review), names or [])
        return
    with drawer(len(names) if names else None) as draw:
        # loaded while the workers load theirs
        from synthesis.commands.loading import choose, method_of, usable_review

        loaded = usable_review(find_review(review))
        analyses = choose(loaded.review, names or [])
        results, refusals = analyse_all(loaded, analyses, method_of(loaded.review, method, test), sort)
        if as_json:
            _print_json(results, refusals)
        else:
            _print_headline(loaded)
        _show(results, draw, output, quiet=as_json)
    if not as_json and len(results) == len(loaded.review.analyses):
        _print_accounts(loaded, results)
    print_refusals(refusals)
    if refusals:
        raise typer.Exit(1)


def _print_list(folder: Path, names: list[str]) -> None:
    from synthesis.commands.loading import choose, usable_review
    from synthesis.terminal import console

    for analysis in choose(usable_review(folder).review, names):
        console.print(f"{analysis.id}  [dim]{analysis.title}[/]", highlight=False)


def _print_headline(loaded: LoadedReview) -> None:
    from evidence.wording import counted
    from synthesis.terminal import console

    parts = (
        counted(len(loaded.records)),
        counted(sum(len(record.estimates) for record in loaded.records), "estimate"),
        counted(len(loaded.review.analyses), "analysis"),
    )
    console.print(f"{loaded.review.review}: {', '.join(parts)}", highlight=False, soft_wrap=True)


def analyse_all(
    loaded: LoadedReview, analyses: tuple[Analysis, ...], method: Method, order: Order = Order.REVIEW
) -> tuple[list[AnalysisResult], dict[str, str]]:
    """Results of the analyses, and why others were refused."""
    from evidence.records.checking import contradicted_estimates
    from synthesis.review.analysis import analyse

    contradicted = contradicted_estimates(loaded.records)
    results, refusals = [], {}
    for analysis in analyses:
        try:
            results.append(analyse(loaded, analysis, method, order, contradicted))
        except ValueError as reason:  # persons counted twice, or numbers that cannot be pooled
            refusals[analysis.id] = str(reason)
    return results, refusals


def _show(results: list[AnalysisResult], draw: Drawer, output: Path, quiet: bool) -> None:
    """Print each analysis once its figure is on disk; the figures are drawn meanwhile."""
    from synthesis.commands.loading import refuse
    from synthesis.commands.result_tables import print_overview, print_table
    from synthesis.review.forest_table import forest_table
    from synthesis.terminal import console, progress_bar

    tables = [forest_table(result) for result in results]
    drawn = [
        draw.plot(table, output / result.analysis.id) for table, result in zip(tables, results, strict=True)
    ]
    said = print_overview(results, tables, console) if len(results) > 1 and not quiet else frozenset()
    with progress_bar("drawing") as progress:
        for done, (table, future) in enumerate(zip(tables, drawn, strict=True)):
            progress(done, len(drawn))
            if not quiet:
                console.print()
                print_table(table, console, said)
            try:
                files = future.result()
            except OSError as error:
                refuse(f"the figure cannot be written to '{output}': {error.strerror}", code=1)
            if not quiet:
                rest = " ".join(file.suffix for file in files[1:])
                console.print(f"→ {files[0]} {rest}", highlight=False, soft_wrap=True, style="green")


def _print_accounts(loaded: LoadedReview, results: list[AnalysisResult]) -> None:
    from evidence.selection.selection import in_no_analysis
    from evidence.wording import counted
    from synthesis.review.captions import left_out_lines
    from synthesis.terminal import console

    unused = in_no_analysis(loaded.review, loaded.records, [result.selection for result in results])
    if unused:
        console.print(
            f"\nRecorded, in no analysis: {counted(len(unused), 'estimate')}", style="bold", highlight=False
        )
        for line in left_out_lines(unused):
            console.print(f"  {line}", highlight=False, soft_wrap=True, style="dim", markup=False)


def _print_json(results: list[AnalysisResult], refusals: dict[str, str]) -> None:
    import json

    from synthesis.review.export import as_dict

    exported = [as_dict(result) for result in results]
    exported += [{"analysis": name, "refused": reason} for name, reason in refusals.items()]
    print(json.dumps(exported, indent=2, ensure_ascii=False))


def print_refusals(refusals: dict[str, str]) -> None:
    """Each refused analysis and why, on stderr."""
    from rich.markup import escape

    from synthesis.terminal import errors

    for name, reason in refusals.items():
        message = f"[bold red]error[/]: {name} is refused: {escape(reason)}"
        errors.print(message, soft_wrap=True, highlight=False)
