"""How the columns of a table are read: as stated, as saved, or as recognised and agreed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.terminal import can_ask, complain, console, refuse

if TYPE_CHECKING:
    from evidence.sources.entries import ImportedRow, Skipped
    from evidence.sources.mapping import Guess, Plan
    from evidence.sources.sheets import Sheet

MOST_TOLD = 20


@dataclass(frozen=True)
class ImportRequest:
    """What the command line says of every file."""

    folder: Path
    said: dict[str, str]
    mapping: Path | None
    sheet: str | None
    by: str
    yes: bool
    dry_run: bool
    force: bool


def values_of(given: Sequence[str]) -> dict[str, str]:
    from evidence.choices import named
    from evidence.sources.mapping import VALUES, as_value

    found = {}
    for each in given:
        key, equals, text = each.partition("=")
        if not equals or not text.strip():
            refuse(f"--set {each}: expected KEY=TEXT, e.g. outcome=BMD", code=2)
        try:
            name = named(key.strip(), VALUES, "key of --set")
            found[name] = as_value(name, text.strip())
        except ValueError as error:
            refuse(f"--set: {error}", code=2)
    return found


def rows_of_table(
    file: Path, sheets: Sequence[Sheet], asked: ImportRequest
) -> tuple[list[ImportedRow], list[Skipped]]:
    from evidence.records.review_folder import IMPORTS
    from evidence.sources.cells import SheetError
    from evidence.sources.mapping import guessed
    from evidence.sources.table_rows import entries_of

    saved = asked.folder / IMPORTS / f"{file.stem}.yaml"
    source = asked.mapping or (saved if saved.is_file() else None)
    if source is not None:
        plan = _with_values(_read_plan(source), asked.said)
        chosen = _chosen(file, sheets, asked.sheet or plan.sheet)
        console.print(f"{file.name}: columns as stated in {source}")
        _refuse_lacking(plan, file, source)
    else:
        chosen = _chosen(file, sheets, asked.sheet)
        guess = guessed(chosen)
        plan = _with_values(guess.plan, asked.said)
        _show(file, chosen, guess, plan)
        plan = _with_a_measure(plan)
        _tell_several_groups(guess)
        _refuse_lacking(plan, file, saved)
        _confirm(asked.yes or asked.dry_run)
    try:
        entries, skipped = entries_of(chosen, plan, file.name)
    except SheetError as error:
        refuse(f"nothing was written: {error}. {error.hint}", code=2)
    _tell_unknown(entries)
    if entries and not asked.dry_run and source != saved:
        make_folder(asked.folder)
        _save_plan(saved, plan, file, asked.force)
    return entries, skipped


def _tell_unknown(entries: Sequence[ImportedRow]) -> None:
    """Rows that say something in words that no record has; they come in, with that in their note."""
    noted = [each for each in entries if each.unknown]
    for each in noted[:MOST_TOLD]:
        console.print(
            f"kept in a note: {each.place}: {'; '.join(each.unknown)}",
            style="yellow",
        )
    if len(noted) > MOST_TOLD:
        console.print(f"kept in a note: {len(noted) - MOST_TOLD:,} more rows", style="yellow")


def _tell_several_groups(guess: Guess) -> None:
    """A way for tables with three or more groups a row: a row a group."""
    if guess.groups:
        console.print(
            f"A row has the numbers of {len(guess.groups)} groups: {', '.join(guess.groups)}. Write a row a "
            "group (study, arm, n, ...), and name their reference, e.g. "
            f"--set reference='{guess.groups[-1]}'; or take two of them, by their columns.",
            style="yellow",
        )


def _refuse_lacking(plan: Plan, file: Path, saved: Path) -> None:
    """Refuse a plan by which no row can be read, with lines that a person can complete."""
    from evidence.sources.mapping import plan_text

    if plan.lacking is None:
        return
    draft = plan_text(plan, file.name) if plan.columns else "columns: {NAME OF A COLUMN: WHAT IT HOLDS}\n"
    console.print(f"To state it, save these lines as {saved} and complete them:", style="dim")
    console.print(draft.rstrip())
    refuse(f"nothing was written: {plan.lacking}. State it with --set KEY=TEXT, or in that file", code=2)


def _with_values(plan: Plan, said: dict[str, str]) -> Plan:
    return plan.model_copy(update={"values": {**plan.values, **said}})


def _chosen(file: Path, sheets: Sequence[Sheet], name: str | None) -> Sheet:
    if name is None or len(sheets) == 1:
        return sheets[0]
    found = next((each for each in sheets if each.name.casefold() == name.casefold()), None)
    if found is not None:
        return found
    return refuse(
        f"'{file.name}' has no sheet '{name}'; it has: {', '.join(each.name for each in sheets)}", code=2
    )


def _read_plan(path: Path) -> Plan:
    from evidence.checking import Checked
    from evidence.records.reading import read_model
    from evidence.sources.mapping import Plan
    from synthesis.commands.problem_formats import write_text

    document = read_model(path, Plan)
    if document.model is None:
        write_text(Checked(1, document.problems))
        refuse("nothing was written: mend the file that states the columns", code=2)
    return document.model


def _show(file: Path, sheet: Sheet, guess: Guess, plan: Plan) -> None:
    """What each column is taken for, with an example, and what is done with the other rows."""
    where = f"{file.name}, sheet {sheet.name}" if sheet.name not in ("", file.name) else file.name
    console.print(f"{where}: {len(sheet.rows):,} rows, header in row {sheet.header_row}", style="bold")
    rows = [(name, plan.columns[name], _example(sheet, at)) for at, name in _taken(sheet, plan)]
    rows += [("every row", key, text) for key, text in plan.values.items()]
    for name, role, shown in rows:
        width = max(len(each) for each, _, _ in rows)
        console.print(f"  {name:<{width}}  {role:<12}  {shown}")
    if guess.unused:
        console.print(f"  not used: {_some(guess.unused)}", style="dim")
    for each in guess.other_sets[:3]:
        console.print(f"  another set of numbers, not taken: {each}", style="dim")
    for what, lines in (
        ("headings of the rows below them", sheet.headings),
        ("the header once more", sheet.repeated),
        ("notes, not rows", sheet.notes),
    ):
        if lines:
            told = [f"row {line.number} '{_first(line.cells)}'" for line in lines]
            console.print(f"  {what}: {_some(told)}", style="dim")


def _first(cells: Sequence[str]) -> str:
    return " ".join(next(filter(None, cells)).split())[:60]


def _taken(sheet: Sheet, plan: Plan) -> list[tuple[int, str]]:
    return [(at, name) for at, name in enumerate(sheet.header) if name in plan.columns]


def _example(sheet: Sheet, column: int) -> str:
    """The first filled cell of a column, in one line."""
    filled = (" ".join(row.cell(column).split())[:40] for row in sheet.rows)
    return next((text for text in filled if text), "")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_TOLD]) + (", ..." if len(names) > MOST_TOLD else "")


def _with_a_measure(plan: Plan) -> Plan:
    """The plan with the measure, asked for in a terminal where only that is lacking."""
    lacks_it = plan.model_copy(update={"values": {**plan.values, "measure": "OR"}}).lacking is None
    if plan.lacking is None or not lacks_it or not can_ask():
        return plan
    console.print("Which measure are the numbers of, e.g. OR, RR, HR, MD, SMD, beta or r?")
    said = input("measure: ").strip()
    return _with_values(plan, values_of([f"measure={said}"])) if said else plan


def _confirm(agreed: bool) -> None:
    if agreed:
        return
    if not can_ask():
        refuse(
            "nothing was written: say --yes if the columns above are right, change one with --set KEY=TEXT, "
            "or state them with --mapping FILE",
            code=2,
        )
    from synthesis.commands.asking import confirm

    if not confirm("Is this right?", default=True):
        refuse("nothing was written: state the columns in a file, see: --mapping")


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"'{folder}' cannot be made: {(error.strerror or str(error)).lower()}")


def _save_plan(path: Path, plan: Plan, file: Path, force: bool) -> None:
    from evidence.records.writing import WritingError, write_atomically
    from evidence.sources.mapping import plan_text

    text = plan_text(plan, file.name)
    try:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return
        write_atomically(path, text, overwrite=force)
    except (WritingError, OSError, UnicodeDecodeError) as error:
        complain(f"how the columns are read is not saved: {error}")
