"""`flow`: from searches to included studies, every number derived, as a PRISMA 2020 diagram."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthesis.commands.loading import ReviewOption, find_review
from synthesis.commands.look import FormatOption, WidthOption, look_of
from synthesis.terminal import console, errors, refuse

if TYPE_CHECKING:
    from evidence.literature.flow.flow_counts import FlowCount, ReviewFlow
    from evidence.literature.flow.flow_works import FlowWorks
    from synthesis.drawing.flow_diagram import AnyFlow


class FlowForm(StrEnum):
    """What a flow is of: everything, what came after the last release, or each update."""

    NEW = "new"
    UPDATE = "update"
    LIVING = "living"


NAME = "flow"


def flow(
    review: ReviewOption = None,
    form: Annotated[
        FlowForm | None,
        typer.Option(
            help="new: everything that was searched; update: what came after the last release, beside the "
            "studies of that; living: a column for each release.",
            show_default="update where there is a release, else new",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the figure, or its file, such as flow.svg.",
            show_default="output; with --csv, --json and --list none",
        ),
    ] = None,
    width: WidthOption = None,
    formats: FormatOption = None,
    box: Annotated[
        str | None,
        typer.Option("--list", metavar="BOX", help="Print what a box counts, a line each, and stop."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every box with what it counts, as JSON.")
    ] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print the numbers in the columns of the PRISMA2020 tool.")
    ] = False,
) -> None:
    """Draw the flow of records as PRISMA 2020 has it, with every number counted from the review's own files.

    Records come from literature/, decisions from screening, studies from studies/. Each number knows what it
    counts: --list shows it. A flow that does not add up is refused with the file and the line.

    Example: python -m synthesis flow --output figures/flow.svg --width 174mm
    """
    from evidence.literature.citation_store import StoreError
    from evidence.literature.duplicates.said_of_pairs import DecisionError
    from evidence.literature.flow.flow_works import flow_works
    from evidence.literature.screening.decision_files import ScreeningError
    from evidence.records.review import load_review
    from synthesis.commands.problem_formats import paragraph

    look = look_of(width, formats)
    folder = find_review(review)
    loaded = load_review(folder)
    for problem in loaded.own_problems:
        errors.print(paragraph(problem))
    if loaded.own_problems:
        refuse("nothing was counted: mend review.yaml first")
    try:
        works = flow_works(folder, loaded)
        if not works.runs:
            refuse("no search is recorded in this review; begin with: literature import FILE")
        flows = _flows(works, form)
        _tell_problems(works, flows)
    except (StoreError, DecisionError, ScreeningError) as error:
        refuse(str(error))
    if box is not None:
        _list(flows, box)
    elif as_json:
        _print_json(flows)
    elif as_csv:
        _print_csv(flows)
    else:
        _print_table(flows)
    if output is not None or not (box or as_json or as_csv):
        _draw(_drawing(works, flows, form), output or Path("output"), look.width, formats)


def _flows(works: FlowWorks, form: FlowForm | None) -> tuple[ReviewFlow, ...]:
    """The flow, or in the living form one of each update; exits with 2 where there is nothing to update."""
    from evidence.literature.flow.flow_forms import (
        living_flow,
        release_to_update,
        updated_flow,
        whole_flow,
    )

    if form is FlowForm.LIVING:
        return living_flow(works)
    since = release_to_update(works)
    if form is FlowForm.UPDATE and since is None:
        what = "nothing has come since the only release" if works.releases else "there is no release"
        refuse(f"{what}, so that nothing is updated; choose --form new", code=2)
    if form is FlowForm.NEW or since is None:
        return (whole_flow(works),)
    return (updated_flow(works, since),)


def _tell_problems(works: FlowWorks, flows: tuple[ReviewFlow, ...]) -> None:
    """What is wrong or has to be known, on stderr; exits with 1 where a number would be wrong."""
    from evidence.literature.flow.adding_up import flow_problems, imbalances
    from evidence.records.parsing import Severity
    from synthesis.commands.problem_formats import paragraph

    problems = [*flow_problems(works), *imbalances(works.review, flows)]
    for problem in problems:
        errors.print(paragraph(problem))
    if any(problem.severity is Severity.ERROR for problem in problems):
        refuse("the flow does not add up: mend the errors named above first")


def _drawing(works: FlowWorks, flows: tuple[ReviewFlow, ...], form: FlowForm | None) -> AnyFlow:
    from evidence.literature.flow.searched_days import searched_days
    from synthesis.plots.record_flow import flow_columns, flow_diagram

    title = f"Flow of records: {works.loaded.review.title}"
    if form is FlowForm.LIVING:
        note = searched_days(works.logged, works.loaded.review.searched_to).sentence
        return flow_columns(flows, title, note)
    return flow_diagram(flows[0], title)


def _draw(drawing: AnyFlow, output: Path, width: Any, formats: str | None) -> None:
    from synthesis.commands.workers import announce
    from synthesis.drawing.printing import FORMATS, split_path
    from synthesis.drawing.quick import draw_quickly

    draw_quickly()
    from synthesis.drawing.saving import figure_of, save_figure

    named = output.suffix.lower().removeprefix(".") in (*FORMATS, "tif")
    try:
        stem, chosen = split_path(output if named else output / NAME, formats)
        figure = figure_of(drawing, width)
        files = save_figure(figure, stem, chosen)
    except ValueError as error:
        refuse(str(error), code=2)
    except OSError as error:
        refuse(f"the figure cannot be written to '{output}': {(error.strerror or str(error)).lower()}")
    if figure.fonts.missing:
        errors.print(f"{stem.name}: no installed font can draw {' '.join(figure.fonts.missing)}")
    announce(files)


def _print_table(flows: tuple[ReviewFlow, ...]) -> None:
    """The boxes with their numbers, a column an update; the names in the last column are those of --list."""
    from rich.box import SIMPLE_HEAD
    from rich.measure import Measurement
    from rich.table import Table

    table = Table("", box=SIMPLE_HEAD)
    for flow in flows:
        since = f"since {flow.name}" if flow.previous else flow.name
        table.add_column(since or "now", justify="right")
    table.add_column("--list", style="dim")
    for name, label, numbers, depth in _lines(flows):
        table.add_row("  " * depth + label, *(f"{number:,}" for number in numbers), name)
    # wider than the terminal rather than with names cut short
    table.width = Measurement.get(console, console.options.update(max_width=1000), table).maximum
    console.print(table)


def _lines(flows: tuple[ReviewFlow, ...]) -> list[tuple[str, str, list[int], int]]:
    """Name, words, numbers and depth of the boxes that apply."""
    found: dict[str, tuple[str, list[int], int]] = {}

    def add(counts: tuple[FlowCount, ...], place: int, depth: int) -> None:
        for count in counts:
            line = found.setdefault(count.box, (count.label, [0] * len(flows), depth))
            line[1][place] += count.n
            add(count.parts, place, depth + 1)

    for place, flow in enumerate(flows):
        add(flow.counts, place, 0)
    return [(name, *line) for name, line in found.items() if any(line[1]) or name in _ALWAYS]


_ALWAYS = (
    *("duplicates", "screened", "excluded", "sought", "not-retrieved", "assessed", "excluded-reports"),
    *(
        "studies",
        "reports",
        "previous-studies",
        "new-studies",
        "new-reports",
        "total-studies",
        "total-reports",
    ),
)


def _list(flows: tuple[ReviewFlow, ...], box: str) -> None:
    """What a box counts, one a line; exits with 2 for a box that is none."""
    import difflib

    from synthesis.terminal import write

    found = {count.box: count for flow in flows for count in _every(flow.counts)}
    if box not in found:
        close = difflib.get_close_matches(box, found)
        hint = f"did you mean '{close[0]}'?" if close else f"one of: {', '.join(found)}"
        refuse(f"no box is called '{box}'; {hint}", code=2)
    for flow in flows:
        for count in _every(flow.counts):
            if count.box == box:
                for item in count.items:
                    write(f"{item.id}  {item.where}".rstrip())


def _every(counts: tuple[FlowCount, ...]) -> list[FlowCount]:
    return [each for count in counts for each in (count, *_every(count.parts))]


def _print_json(flows: tuple[ReviewFlow, ...]) -> None:
    from synthesis.terminal import write_json

    write_json(
        [
            {
                "flow": flow.name,
                "searched_to": None if flow.searched.day is None else flow.searched.day.isoformat(),
                "boxes": [
                    {
                        "box": count.box,
                        "label": count.label,
                        "n": count.n,
                        "items": [{"id": item.id, "where": item.where} for item in count.items],
                    }
                    for count in _every(flow.counts)
                ],
            }
            for flow in flows
        ]
    )


def _print_csv(flows: tuple[ReviewFlow, ...]) -> None:
    """The columns of the tool; exits with 2 for the living form, which it has not."""
    from evidence.literature.flow.flow_tool import flow_as_csv, without_a_box
    from synthesis.terminal import write

    if len(flows) > 1:
        refuse("the PRISMA2020 tool has no living form; choose --form new or update", code=2)
    for says in without_a_box(flows[0]):
        errors.print(f"the PRISMA2020 tool has no box for {says}", style="yellow")
    write(flow_as_csv(flows[0]).rstrip("\n"))
