"""`plan`: has the question been settled? More studies, one more study, bounds of looking again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption, complain_of, find_review
from synthesis.commands.look import FormatOption, WidthOption, look_of

if TYPE_CHECKING:
    from evidence.records.review import Analysis, LoadedReview
    from synthesis.commands.workers import Drawer
    from synthesis.drawing.chart import Plot
    from synthesis.review.planned import PlanningQuestion
    from synthesis.review.plot_subjects import ReviewSubject


def plan(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ANALYSIS]...", help="For which analyses; for all when left out."),
    ] = None,
    interval: Annotated[
        float | None,
        typer.Option(
            help="How wide the interval is to be, in the unit of the effect (logarithms of ratios)."
        ),
    ] = None,
    effect: Annotated[
        float | None,
        typer.Option(
            help="Or the true effect that is to be told from none, as the table shows effects.",
            show_default="smallest_effect of review.yaml",
        ),
    ] = None,
    power: Annotated[float, typer.Option(help="With this power.")] = 0.8,
    sei: Annotated[
        list[float] | None,
        typer.Option(
            help="Standard error of a new study, several times for several sizes.", show_default="median"
        ),
    ] = None,
    n: Annotated[
        list[float] | None,
        typer.Option("--n", help="Or persons in a new study, as precise as the others are."),
    ] = None,
    tau2: Annotated[
        float | None,
        typer.Option(
            help="Variance between studies; must be stated for one study.", show_default="the result's"
        ),
    ] = None,
    prediction: Annotated[
        bool, typer.Option("--prediction", help="The width of the prediction interval.")
    ] = False,
    one_more: Annotated[
        bool, typer.Option("--one-more", help="What one more study would do, by how precise it is.")
    ] = False,
    bounds: Annotated[
        bool,
        typer.Option(
            "--bounds", help="Cumulative z with bounds for looking again; to show, not to decide by."
        ),
    ] = False,
    unit_sd: Annotated[
        float | None,
        typer.Option(help="Unit of information for the bound of the iterated logarithm; 1 for log ratios."),
    ] = None,
    review: ReviewOption = None,
    output: Annotated[Path, typer.Option(help="Folder for the figures.")] = Path("output"),
    width: WidthOption = None,
    formats: FormatOption = None,
) -> None:
    """Ask whether a question has been settled: how many more studies, of which size, it needs.

    E.g. plan hip-men --interval 0.01 --sei 0.002, or plan hip-men --effect 0.005.

    With --one-more: what one more study would do. With --bounds: the bounds of a cumulative analysis.

    Prints the answer, and writes its figure as PNG, SVG and PDF.
    """
    from synthesis.commands.workers import drawer

    _check_goal(interval, effect, one_more, bounds)
    look = look_of(width, formats)
    with drawer(len(names) if names else None, output, look) as draw:
        from synthesis.commands.loading import choose, end_if_incomplete, usable_review
        from synthesis.review.planned import PlanningQuestion

        loaded = usable_review(find_review(review))
        analyses = choose(loaded.review, names or [])
        asked = PlanningQuestion(
            interval, effect, power, tuple(sei or ()), tuple(n or ()), tau2, prediction, unit_sd
        )
        refusals: dict[str, str] = {}
        subjects = _subjects(loaded, analyses, refusals)
        for found in subjects:
            try:
                _tell(found, *_answer(found, asked, one_more, bounds), draw)
            except ValueError as reason:
                refusals[found.analysis.id] = str(reason)
    complain_of(refusals)
    end_if_incomplete(loaded)
    if refusals:
        raise typer.Exit(1)


def _check_goal(interval: float | None, effect: float | None, one_more: bool, bounds: bool) -> None:
    """Exits with 2 for two goals, or two questions; one more study and bounds take an effect alone."""
    from synthesis.terminal import refuse

    if one_more and bounds:
        refuse("--one-more and --bounds are two questions; ask one at a time", code=2)
    if (one_more or bounds) and interval is not None:
        refuse(f"--interval has no part in {'--one-more' if one_more else '--bounds'}; leave it out", code=2)
    if interval is not None and effect is not None:
        refuse("--interval and --effect are two goals; give one of them", code=2)


def _subjects(
    loaded: LoadedReview, analyses: tuple[Analysis, ...], refusals: dict[str, str]
) -> list[ReviewSubject]:
    """The pooled result of each analysis; why others have none that can be planned for, to the refusals."""
    from evidence.audit.auditing import contradicted_estimates
    from synthesis.review.analysis import analyse, of_each
    from synthesis.review.planned import why_not_planned
    from synthesis.review.plot_subjects import subjects_of

    contradicted = contradicted_estimates(loaded.records)
    results, refused = of_each(
        analyses, lambda each: analyse(loaded, each, loaded.review.method, contradicted=contradicted)
    )
    refusals.update(refused)
    found: list[ReviewSubject] = []
    for name, result in results.items():
        why = why_not_planned(result)
        subjects = () if why else subjects_of(result, loaded, contradicted)
        if not subjects:
            refusals[name] = why or "No estimate of this review can be shown on this scale."
        found += subjects
    return found


def _answer(
    found: ReviewSubject, asked: PlanningQuestion, one_more: bool, bounds: bool
) -> tuple[str, str, Plot]:
    """The text of an answer, what its figure's name ends in, and its chart."""
    from synthesis.review.planned import (
        bounds_of,
        chart_of_bounds,
        chart_of_one_more,
        chart_of_plan,
        one_more_of,
        plan_of,
    )

    if one_more:
        study = one_more_of(found, asked)
        return str(study), "-one-more", chart_of_one_more(found, study)
    if bounds:
        looks = bounds_of(found, asked)
        return str(looks), "-sequential", chart_of_bounds(found, looks)
    answer = plan_of(found, asked)
    return str(answer), "-power-curve", chart_of_plan(found, answer)


def _tell(found: ReviewSubject, text: str, ending: str, plot: Plot, draw: Drawer) -> None:
    from synthesis.commands.workers import announce
    from synthesis.review.planned import beside_the_primary
    from synthesis.terminal import console

    console.print()
    console.print(found.subject.title, style="bold")
    console.print(text)
    says = beside_the_primary(found)
    if says:
        console.print(f"  {says}")
    announce(draw.finish(draw.plot(plot, found.analysis.id + ending)))
