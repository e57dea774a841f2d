"""`plot`: does the pooled number hold? One kind of plot for the review's analyses."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption, complain_of, find_review
from synthesis.commands.look import FormatOption, WidthOption, look_of
from synthesis.terminal import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.records.review import Analysis, LoadedReview, Method
    from synthesis.commands.workers import Drawer
    from synthesis.drawing.chart import Plot
    from synthesis.plots.kinds import Kind
    from synthesis.review.analysis_result import AnalysisResult
    from synthesis.review.plot_subjects import Arrival, ReviewSubject

_MODERATOR = "year"
_CUMULATIVE = "cumulative"


class Arrived(StrEnum):
    """What the order of a cumulative plot is."""

    YEAR = "year"
    ENTERED = "entered"


def plot(
    kind: Annotated[
        str | None,
        typer.Argument(help="What to draw, e.g. funnel; --list names every kind."),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ANALYSIS]...", help="Of which analyses; of all when left out."),
    ] = None,
    review: ReviewOption = None,
    output: Annotated[Path, typer.Option(help="Folder for the figures.")] = Path("output"),
    moderator: Annotated[
        str, typer.Option(help="What a bubble plot has on its axis: year, n or age.")
    ] = _MODERATOR,
    method: Annotated[
        str | None, typer.Option(help="Estimator of the between-study variance, e.g. REML, DL, PM or EE.")
    ] = None,
    test: Annotated[str | None, typer.Option(help="Interval of the summary: HKSJ, adhoc, t or z.")] = None,
    width: WidthOption = None,
    formats: FormatOption = None,
    order: Annotated[
        Arrived | None,
        typer.Option(
            help="Of a cumulative plot: by the year of each report (when left out), or by the day on which "
            "the study entered the review: that of its file's first commit, else of its extraction."
        ),
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="List the kinds of plots and stop.")] = False,
) -> None:
    """Ask whether a pooled result holds: funnel, influence, leave-one-out and other plots.

    Writes KIND of each analysis as PNG, SVG and PDF, and says in words what it shows.
    """
    if only_list or kind is None:
        _print_kinds()
        return
    from synthesis.commands.workers import drawer

    chosen = _kind(kind)
    _check_moderator(moderator)
    if order is not None and kind != _CUMULATIVE:
        refuse(f"--order is of a cumulative plot; a plot of kind '{kind}' has no order", code=2)
    with drawer(len(names) if names else None, output, look_of(width, formats)) as draw:
        from synthesis.commands.loading import choose, end_if_incomplete, method_of, usable_review

        loaded = usable_review(find_review(review))
        analyses = choose(loaded.review, names or [])
        used = method_of(loaded.review, method, test)
        arrival = _arrival(loaded, order)
        plots, refusals = _plots(
            loaded, analyses, used, lambda found: chosen.draw(found, moderator), arrival, kind
        )
        drawn = _show(plots, _endings(loaded, analyses, used, kind, moderator, order), draw, refusals)
    complain_of(refusals)
    end_if_incomplete(loaded)
    if refusals or (names and not drawn):
        raise typer.Exit(1)


def _print_kinds() -> None:
    from rich.text import Text

    from synthesis.terminal import console

    kinds = _kinds()
    width = max(map(len, kinds))
    for name, kind in kinds.items():
        console.print(Text.assemble(f"{name:<{width}}  ", (kind.says, "dim")))


def _kind(name: str) -> Kind:
    """The kind of a name; exits with 2, and the closest name, for an unknown one."""
    import difflib

    from synthesis.terminal import refuse

    kinds = _kinds()
    if name not in kinds:
        close = difflib.get_close_matches(name, kinds)
        hint = f"did you mean '{close[0]}'?" if close else f"one of: {', '.join(kinds)}"
        refuse(f"no kind of plot is called '{name}'; {hint}", code=2)
    return kinds[name]


def _kinds() -> dict[str, Kind]:
    """Those of independent effects, and what a model of dependent ones and a posterior have beside them."""
    from synthesis.plots.kinds import KINDS, Kind
    from synthesis.review.bayesian_plots import BAYESIAN_KINDS, without_bayes
    from synthesis.review.dose_table import CURVE, CURVE_SAYS, without_curve
    from synthesis.review.model_plots import RHO, RHO_SAYS, without_model
    from synthesis.review.unpooled_plots import UNPOOLED_KINDS, without_records

    of_posteriors = {name: Kind(says, without_bayes) for name, says in BAYESIAN_KINDS.items()}
    of_records = {name: Kind(says, without_records) for name, says in UNPOOLED_KINDS.items()}
    of_curves = {CURVE: Kind(CURVE_SAYS, without_curve)}
    return {**KINDS, RHO: Kind(RHO_SAYS, without_model), **of_posteriors, **of_records, **of_curves}


def _check_moderator(name: str) -> None:
    from synthesis.review.plot_subjects import MODERATORS
    from synthesis.terminal import refuse

    if name not in MODERATORS:
        refuse(f"no moderator is called '{name}'; one of: {', '.join(MODERATORS)}", code=2)


def _plots(
    loaded: LoadedReview,
    analyses: tuple[Analysis, ...],
    method: Method,
    draw: Callable[[ReviewSubject], Plot],
    arrival: Arrival | None,
    kind: str,
) -> tuple[dict[str, list[tuple[str, str | Plot]]], dict[str, str]]:
    """Name and plot of each subject of an analysis, or the sentence why it has none; and the refusals."""
    from evidence.audit.auditing import contradicted_estimates
    from synthesis.review.analysis import analyse, of_each
    from synthesis.review.bayesian_plots import BAYESIAN_KINDS
    from synthesis.review.bayesian_words import with_words_of_pool
    from synthesis.review.dose_table import CURVE, curve_chart
    from synthesis.review.plot_subjects import subjects_of
    from synthesis.review.searched import with_searched
    from synthesis.review.unpooled_plots import UNPOOLED_KINDS, unpooled_plot

    contradicted = contradicted_estimates(loaded.records)

    def make(analysis: Analysis) -> list[tuple[str, str | Plot]]:
        result = analyse(loaded, analysis, method, contradicted=contradicted)
        return [
            (name, found if isinstance(found, str) else with_searched(found, result.searched))
            for name, found in of_result(result, analysis)
        ]

    def of_result(result: AnalysisResult, analysis: Analysis) -> list[tuple[str, str | Plot]]:
        if kind == CURVE:
            return [(analysis.id, _or_reason(partial(curve_chart, result)))]
        if result.dose is not None:
            return [(analysis.id, _or_reason(partial(_plot_of_curve, kind, loaded, result, arrival)))]
        if kind in UNPOOLED_KINDS:
            return [(analysis.id, _or_reason(partial(unpooled_plot, kind, result)))]
        if kind in BAYESIAN_KINDS or result.is_modelled:
            return _plots_of_groups(result, kind)
        subjects = subjects_of(result, loaded, contradicted, arrival)
        if not subjects:
            return [(analysis.id, "No estimate of this review can be shown on this scale.")]
        plots: list[tuple[str, str | Plot]] = []
        for found in subjects:
            name = f"{analysis.id}-{found.suffix}" if found.suffix else analysis.id
            drawn = _or_reason(partial(draw, found))
            plots.append((name, drawn if isinstance(drawn, str) else with_words_of_pool(drawn, result)))
        return plots

    return of_each(analyses, make)


def _plot_of_curve(kind: str, loaded: LoadedReview, result: AnalysisResult, arrival: Arrival | None) -> Plot:
    """Raises NotDefinedError for kinds that a curve has not."""
    from evidence.audit.auditing import contradicted_estimates
    from synthesis.plots.subject import NotDefinedError
    from synthesis.review.curve_choices import multiverse_of_curve
    from synthesis.review.curve_refits import cumulative_curve, curve_without_each

    if kind == "leave-one-out":
        return curve_without_each(result)
    if kind == _CUMULATIVE:
        return cumulative_curve(result, arrival)
    if kind == "multiverse":
        return multiverse_of_curve(loaded, result, contradicted_estimates(loaded.records))
    raise NotDefinedError(
        f"It is a dose-response analysis, which has no plot of kind '{kind}'; it has curve, leave-one-out, "
        "cumulative and multiverse."
    )


def _plots_of_groups(result: AnalysisResult, kind: str) -> list[tuple[str, str | Plot]]:
    """The plot of each summary of a model, or posterior, or the sentence why it has none of this kind."""
    from synthesis.review.bayesian_plots import BAYESIAN_KINDS, bayesian_plot
    from synthesis.review.model_plots import model_plot
    from synthesis.review.plot_subjects import file_suffixes

    of_posteriors = kind in BAYESIAN_KINDS
    draw = bayesian_plot if of_posteriors else model_plot
    parts = result.groups if result.overall is None or of_posteriors else (result.overall,)
    plots: list[tuple[str, str | Plot]] = []
    for group, suffix in zip(parts, file_suffixes([part.name or "" for part in parts]), strict=True):
        name = f"{result.analysis.id}-{suffix}" if suffix else result.analysis.id
        plots.append((name, _or_reason(partial(draw, kind, result, group))))
    return plots


def _or_reason(draw: Callable[[], Plot]) -> str | Plot:
    """The plot, or the sentence why there is none."""
    from synthesis.plots.subject import NotDefinedError

    try:
        return draw()
    except NotDefinedError as reason:
        return str(reason)


def _arrival(loaded: LoadedReview, order: Arrived | None) -> Arrival | None:
    if order is not Arrived.ENTERED:
        return None
    from synthesis.living.entering import entered

    return entered(loaded)


def _endings(
    loaded: LoadedReview,
    analyses: tuple[Analysis, ...],
    method: Method,
    kind: str,
    moderator: str,
    order: Arrived | None,
) -> str:
    """What the files' names end in: the kind, and every choice that is not the usual one."""
    from synthesis.commands.loading import other_choices, unchanged_models
    from synthesis.terminal import console

    chosen = other_choices(loaded.review, method)
    if chosen:
        console.print(f"Not by the review's own method: the names of the figures end in {chosen}")
    unchanged = unchanged_models(loaded.review, analyses, method)
    if unchanged:
        console.print(unchanged)
    by = f"_{moderator}" if kind == "bubble" and moderator != _MODERATOR else ""
    by += f"_{order}" if order is Arrived.ENTERED else ""
    return f"-{kind}{by}{chosen}"


def _show(
    plots: dict[str, list[tuple[str, str | Plot]]], ending: str, draw: Drawer, refusals: dict[str, str]
) -> bool:
    """Draw every plot and say what it shows, or why there is none; returns whether any was drawn."""
    from synthesis.commands.workers import announce
    from synthesis.terminal import console

    started = [
        (analysis, name + ending, found, None if isinstance(found, str) else draw.plot(found, name + ending))
        for analysis, each in plots.items()
        for name, found in each
    ]
    drawn = False
    for analysis, stem, found, future in started:
        if isinstance(found, str) or future is None:
            console.print(f"{stem}: {found}", style="dim")
            continue
        try:
            files = draw.finish(future)
        except (ValueError, ArithmeticError) as reason:
            refusals[analysis] = f"its figure cannot be drawn: {reason}"
            continue
        _print_words(found)
        announce(files)
        drawn = True
    return drawn


def _print_words(found: Plot) -> None:
    """A forest table as a table, a chart as its text alternative."""
    from synthesis.drawing.chart import Chart
    from synthesis.terminal import console

    console.print()
    if not isinstance(found, Chart):
        from synthesis.commands.result_tables import print_table

        print_table(found, console)
        return
    console.print(found.title, style="bold")
    console.print(found.description)
