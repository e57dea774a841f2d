"""`forest`: pool the review's analyses, print them and draw their forest plots."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption, complain_of, find_review
from synthesis.commands.look import FormatOption, WidthOption, look_of
from synthesis.review.order import Order

if TYPE_CHECKING:
    from evidence.records.review import Analysis, LoadedReview, Method
    from synthesis.commands.workers import Drawer
    from synthesis.drawing.forest_table import ForestTable
    from synthesis.review.analysis_result import AnalysisResult

    Made = dict[str, tuple[AnalysisResult, ForestTable]]


def forest(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ANALYSIS]...", help="Which analyses; all when left out."),
    ] = None,
    review: ReviewOption = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the figures.", show_default="output; with --json none")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="Estimator of the between-study variance, e.g. REML, DL, PM or EE.")
    ] = None,
    test: Annotated[str | None, typer.Option(help="Interval of the summary: HKSJ, adhoc, t or z.")] = None,
    sort: Annotated[Order, typer.Option(help="Order of the rows.")] = Order.REVIEW,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Columns of figure and table, e.g. 'events,risk of bias': adjusted, n, events, means, "
            "risk of bias, domains.",
            show_default="those of review.yaml, else adjusted",
        ),
    ] = None,
    width: WidthOption = None,
    formats: FormatOption = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the numbers as JSON instead of tables; draw only with --output."),
    ] = False,
    only_list: Annotated[bool, typer.Option("--list", help="List the review's analyses and stop.")] = False,
) -> None:
    """Pool the review's analyses and draw their forest plots.

    Prints each analysis as a table and writes it as PNG, SVG and PDF to the output folder. Another method or
    test than the review's own stands in the files' names, so that the main figures stay.
    """
    from synthesis.commands.workers import drawer

    if only_list:
        _print_list(find_review(review), names or [])
        return
    draws = output is not None or not as_json
    look, wanted = look_of(width, formats), _columns(columns)
    opened = drawer(len(names) if names else None, output or Path("output"), look) if draws else nullcontext()
    with opened as draw:
        # loaded while the workers load theirs
        from synthesis.commands.loading import choose, end_if_incomplete, method_of, usable_review

        loaded = usable_review(find_review(review))
        analyses = choose(loaded.review, names or [])
        chosen = method_of(loaded.review, method, test)
        made, refusals = _made(loaded, analyses, chosen, sort, wanted)
        if as_json:
            _print_json([result for result, _ in made.values()], refusals)
        else:
            _print_headline(loaded)
        drawn = _show(loaded, made, chosen, draw, refusals, quiet=as_json)
    if not as_json and len(made) == len(loaded.review.analyses):
        _print_accounts(loaded, [result for result, _ in made.values()])
    complain_of(refusals)
    end_if_incomplete(loaded)
    if refusals or (names and draws and not drawn):
        raise typer.Exit(1)


def _columns(given: str | None) -> tuple[str, ...] | None:
    """The names of columns that an option lists, None for those of the review; exits with 2 for another."""
    from evidence.choices import named
    from synthesis.review.chosen_columns import COLUMNS
    from synthesis.terminal import refuse

    if given is None:
        return None
    try:
        return tuple(named(name.strip(), COLUMNS, "column") for name in given.split(",") if name.strip())
    except ValueError as error:
        refuse(str(error), code=2)


def _made(
    loaded: LoadedReview,
    analyses: tuple[Analysis, ...],
    method: Method,
    order: Order,
    columns: tuple[str, ...] | None,
) -> tuple[Made, dict[str, str]]:
    """Each analysis pooled and as a table, and why others were refused."""
    from evidence.audit.auditing import contradicted_estimates
    from synthesis.review.analysis import analyse, of_each
    from synthesis.review.chosen_columns import with_columns
    from synthesis.review.forest_table import forest_table

    contradicted = contradicted_estimates(loaded.records)

    def make(analysis: Analysis) -> tuple[AnalysisResult, ForestTable]:
        result = analyse(loaded, analysis, method, order, contradicted)
        return result, with_columns(forest_table(result), result, columns)

    return of_each(analyses, make)


def _print_list(folder: Path, names: list[str]) -> None:
    from rich.text import Text

    from synthesis.commands.loading import choose, usable_review
    from synthesis.terminal import console, visible

    for analysis in choose(usable_review(folder).review, names):
        console.print(Text.assemble(f"{analysis.id}  ", (visible(analysis.title), "dim")))


def _print_headline(loaded: LoadedReview) -> None:
    from evidence.records.review_folder import drafts_in_words
    from evidence.wording import counted
    from synthesis.terminal import console

    parts = [
        counted(len(loaded.records)),
        counted(sum(len(record.placed_estimates) for record in loaded.records), "estimate"),
        counted(len(loaded.review.analyses), "analysis"),
    ]
    waiting = drafts_in_words(loaded.folder)
    parts += [waiting] if waiting else []
    console.print(f"{loaded.review.review}: {', '.join(parts)}")


def _show(
    loaded: LoadedReview,
    made: Made,
    method: Method,
    draw: Drawer | None,
    refusals: dict[str, str],
    quiet: bool,
) -> int:
    """Print each analysis once its figure is on disk, and return how many are; they are drawn meanwhile."""
    from synthesis.commands.loading import other_choices, unchanged_models
    from synthesis.commands.result_tables import print_overview, print_table
    from synthesis.commands.workers import announce
    from synthesis.terminal import console, errors, progress_bar

    suffix = other_choices(loaded.review, method)
    # an analysis without an estimate has nothing to draw
    waiting = {
        name: draw.plot(table, name + suffix) for name, (result, table) in made.items() if draw and result.k
    }
    if suffix and waiting:
        note = f"Not by the review's own method: the names of the figures end in {suffix}"
        (errors if quiet else console).print(note)
    unchanged = unchanged_models(loaded.review, [result.analysis for result, _ in made.values()], method)
    if unchanged:
        (errors if quiet else console).print(unchanged)
    drawn, said = 0, frozenset[str]()
    if len(made) > 1 and not quiet:
        said = print_overview([result for result, _ in made.values()], [t for _, t in made.values()], console)
    with progress_bar() as tell:
        for done, (name, (_, table)) in enumerate(made.items()):
            tell(done, len(made), "drawing")
            if not quiet:
                console.print()
                print_table(table, console, said)
            try:
                files = draw.finish(waiting[name]) if draw and name in waiting else []
            except (ValueError, ArithmeticError) as reason:
                refusals[name] = f"its figure cannot be drawn: {reason}"
                continue
            drawn += bool(files)
            if files and not quiet:
                announce(files)
            elif draw and not files:
                (errors if quiet else console).print(f"{name}: no estimate, so no figure", style="dim")
    return drawn


def _print_accounts(loaded: LoadedReview, results: list[AnalysisResult]) -> None:
    from evidence.selection.accounting import in_no_analysis
    from evidence.wording import counted
    from synthesis.review.captions import left_out_lines
    from synthesis.terminal import console

    unused = in_no_analysis(loaded.review, loaded.records, [result.selection for result in results])
    if unused:
        console.print(f"\nRecorded, in no analysis: {counted(len(unused), 'estimate')}", style="bold")
        for line in left_out_lines(unused):
            console.print(f"  {line}", style="dim")


def _print_json(results: list[AnalysisResult], refusals: dict[str, str]) -> None:
    from synthesis.review.export import as_dict
    from synthesis.terminal import write_json

    exported = [as_dict(result) for result in results]
    write_json([*exported, *({"analysis": name, "refused": reason} for name, reason in refusals.items())])
