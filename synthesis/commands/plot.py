"""`plot`: does the pooled number hold? One kind of plot for the review's analyses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption, find_review

if TYPE_CHECKING:
    from concurrent.futures import Future

    from evidence.records.review import LoadedReview
    from synthesis.commands.workers import Drawer
    from synthesis.plots.kinds import Kind, Plot
    from synthesis.review.analysis import AnalysisResult


def plot(
    kind: Annotated[
        str | None,
        typer.Argument(help="What to draw, e.g. funnel; --list names every kind.", show_default=False),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ANALYSIS]...", help="Of which analyses; of all when left out.", show_default=False
        ),
    ] = None,
    review: ReviewOption = None,
    output: Annotated[Path, typer.Option(help="Folder for the figures.")] = Path("output"),
    moderator: Annotated[
        str, typer.Option(help="What a bubble plot has on its axis: year, n or age.")
    ] = "year",
    method: Annotated[
        str | None, typer.Option(help="Estimator of the between-study variance, e.g. REML, DL, PM or EE.")
    ] = None,
    test: Annotated[str | None, typer.Option(help="Interval of the summary: HKSJ, adhoc, t or z.")] = None,
    only_list: Annotated[bool, typer.Option("--list", help="List the kinds of plots and stop.")] = False,
) -> None:
    """Ask whether a pooled result holds: funnel, influence, leave-one-out and other plots.

    Writes KIND of each analysis as PNG, SVG and PDF, and says in words what it shows.
    """
    if only_list or kind is None:
        _print_kinds()
        return
    from synthesis.commands.workers import drawer

    with drawer(len(names) if names else None) as draw:
        from synthesis.commands.loading import choose, method_of, usable_review

        chosen = _kind(kind)
        _check_moderator(moderator)
        loaded = usable_review(find_review(review))
        analyses = choose(loaded.review, names or [])
        from synthesis.commands.forest import analyse_all

        results, refusals = analyse_all(loaded, analyses, method_of(loaded.review, method, test))
        drawn = _show(loaded, results, kind, chosen, moderator, draw, output)
    from synthesis.commands.forest import print_refusals

    print_refusals(refusals)
    if refusals or (names and not drawn):
        raise typer.Exit(1)


def _print_kinds() -> None:
    from synthesis.plots.kinds import KINDS
    from synthesis.terminal import console

    width = max(map(len, KINDS))
    for name, kind in KINDS.items():
        console.print(f"{name:<{width}}  [dim]{kind.says}[/]", highlight=False, soft_wrap=True)


def _kind(name: str) -> Kind:
    """The kind of a name; exits with 2, and the closest name, for an unknown one."""
    import difflib

    from synthesis.commands.loading import refuse
    from synthesis.plots.kinds import KINDS

    if name not in KINDS:
        close = difflib.get_close_matches(name, KINDS, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"one of: {', '.join(KINDS)}"
        refuse(f"no kind of plot is called '{name}'; {hint}", code=2)
    return KINDS[name]


def _check_moderator(name: str) -> None:
    from synthesis.commands.loading import refuse
    from synthesis.review.plot_subjects import MODERATORS

    if name not in MODERATORS:
        refuse(f"no moderator is called '{name}'; one of: {', '.join(MODERATORS)}", code=2)


def _show(
    loaded: LoadedReview,
    results: list[AnalysisResult],
    kind: str,
    chosen: Kind,
    moderator: str,
    draw: Drawer,
    output: Path,
) -> int:
    """Draw every subject and say what its plot shows, or why there is none; returns how many were drawn."""
    waiting = [plot for result in results for plot in _plots(loaded, result, kind, chosen, moderator)]
    started: list[tuple[str, str | Plot, Future[list[Path]] | None]] = [
        (stem, found, None if isinstance(found, str) else draw.plot(found, output / stem))
        for stem, found in waiting
    ]
    for stem, found, future in started:
        _print_one(stem, found, future, output)
    return sum(future is not None for _, _, future in started)


def _plots(
    loaded: LoadedReview, result: AnalysisResult, kind: str, chosen: Kind, moderator: str
) -> list[tuple[str, str | Plot]]:
    """File name and plot of each subject of an analysis, or the sentence why it has none."""
    from evidence.records.checking import contradicted_estimates
    from synthesis.plots.subject import NotDefinedError
    from synthesis.review.plot_subjects import subjects_of

    subjects = subjects_of(result, loaded, contradicted_estimates(loaded.records))
    if not subjects:
        return [(result.analysis.id, "No estimate of this review can be shown on this scale.")]
    plots: list[tuple[str, str | Plot]] = []
    for found in subjects:
        stem = "-".join(part for part in (result.analysis.id, found.suffix, kind) if part)
        try:
            plots.append((stem, chosen.draw(found, moderator)))
        except NotDefinedError as reason:
            plots.append((stem, str(reason)))
    return plots


def _print_one(stem: str, found: str | Plot, future: Future[list[Path]] | None, output: Path) -> None:
    from synthesis.commands.loading import refuse
    from synthesis.terminal import console

    if isinstance(found, str) or future is None:
        console.print(f"{stem}: {found}", style="dim", soft_wrap=True, highlight=False, markup=False)
        return
    try:
        files = future.result()
    except OSError as error:
        refuse(f"the figure cannot be written to '{output}': {error.strerror}", code=1)
    _print_words(found)
    rest = " ".join(file.suffix for file in files[1:])
    console.print(f"→ {files[0]} {rest}", highlight=False, soft_wrap=True, style="green")


def _print_words(found: Plot) -> None:
    """A forest table as a table, a chart as its text alternative."""
    from synthesis.drawing.chart import Chart
    from synthesis.terminal import console

    console.print()
    if not isinstance(found, Chart):
        from synthesis.commands.result_tables import print_table

        print_table(found, console)
        return
    console.print(found.title, style="bold", soft_wrap=True, highlight=False, markup=False)
    console.print(found.description, soft_wrap=True, highlight=False, markup=False)
