"""`import`: rows of a table and analyses of a RevMan file become records."""

from __future__ import annotations

import datetime
import getpass
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.terminal import complain, console, refuse

if TYPE_CHECKING:
    from evidence.records.review import LoadedReview
    from evidence.sources.entries import ImportedRow, Skipped
    from evidence.sources.joining import Joined
    from evidence.sources.mapping import Guess, Plan
    from evidence.sources.revman.analyses import RevManAnalysis
    from evidence.sources.sheets import Sheet

MOST_TOLD = 20


@dataclass(frozen=True)
class _Asked:
    """What the command line says of every file."""

    folder: Path
    said: dict[str, str]
    mapping: Path | None
    sheet: str | None
    by: str
    yes: bool
    dry_run: bool
    force: bool


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Tables (.csv, .tsv, .txt, .xlsx) with a row an estimate or a row an arm; RevMan 5 reviews "
            "(.rm5) and exported analysis data; data packages (.zip) or data rows of RevMan Web.",
        ),
    ],
    review: Annotated[
        Path | None,
        typer.Option(
            "--review",
            metavar="DIR",
            help="The review's folder; made with a first review.yaml where there is none.",
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What the columns hold, in YAML; the one that an import saved, or your own."
        ),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=TEXT", help="What holds for every row, e.g. outcome=BMD, measure=MD."
        ),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook; the first one when left out.")] = None,
    by: Annotated[str | None, typer.Option(help="Who imports; the name of the login when left out.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask whether columns are recognised rightly.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be written, and write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Records that have other numbers than the file are replaced.")
    ] = False,
) -> None:
    """Turn rows of tables and RevMan files into records, each number with its file, row and columns.

    Columns are recognised by their names and what they hold, and shown before anything is written: say --yes
    if that is right, --set KEY=TEXT for what holds for every row, or state the columns with --mapping. What
    was agreed on is saved in imports/ of the review, and used the next time.

    Heads of several rows, headings inside the table and notes below it are told from rows. A row that cannot
    be read is told with its cell, and the others come in. The same file twice changes nothing.

    Examples:

      synthesis import trials.xlsx --review zinc --set outcome=cough --set exposure=zinc

      synthesis import rows.csv --review zinc --set measure=SMD --yes

      synthesis import review.rm5 --review zinc
    """  # fmt: skip
    from evidence.sources.cells import SheetError

    asked = _Asked(_folder(review), _values(value or []), mapping, sheet, by or _login(), yes, dry_run, force)
    before = _pooled_already(asked)
    wrong = 0
    for file in files:
        try:
            wrong += _import(file, asked)
        except SheetError as error:
            complain(f"{error}" + (f". {error.hint}" if error.hint else ""))
            wrong += 1
    if before is not None:
        _tell_movement(before)
    if wrong:
        raise typer.Exit(1)


def _pooled_already(asked: _Asked) -> LoadedReview | None:
    """The review before the import, where there is one that can be pooled and something may be written."""
    if asked.dry_run or not (asked.folder / "review.yaml").is_file():
        return None
    from evidence.records.review import load_review

    loaded = load_review(asked.folder)
    return None if loaded.problems or not loaded.documents else loaded


def _tell_movement(before: LoadedReview) -> None:
    """What the imported records have moved; nothing where none was written."""
    from evidence.records.review import load_review

    after = load_review(before.folder)
    if {each.path: each.tree for each in after.documents} == {
        each.path: each.tree for each in before.documents
    }:
        return
    from synthesis.commands.movement_lines import tell_movement

    tell_movement(before, after)


def _folder(review: Path | None) -> Path:
    if review is None:
        here = Path()
        if not (here / "review.yaml").is_file():
            refuse(
                "this folder is no review: name one with --review DIR; it is made if it is not there", code=2
            )
        return here
    folder = review.parent if review.name == "review.yaml" else review
    if folder.exists() and not folder.is_dir():
        refuse(f"--review: '{folder}' is no folder", code=2)
    return folder


def _values(given: Sequence[str]) -> dict[str, str]:
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


def _import(file: Path, asked: _Asked) -> int:
    """One file; returns how many of its rows or records could not be written."""
    from evidence.sources.joining import joined, write_all
    from evidence.sources.record_making import records_from
    from evidence.sources.revman.opening import is_revman, read_revman
    from evidence.sources.sheets import read_sheets

    outcomes: Sequence[RevManAnalysis] = ()
    title = file.stem
    sheets = () if file.suffix.lower() in (".rm5", ".zip") else read_sheets(file)
    if is_revman(file, sheets):
        found = read_revman(file, asked.said.get("measure"))
        entries, skipped = list(found.entries), list(found.skipped)
        outcomes, title = found.outcomes, found.title
    else:
        entries, skipped = _from_table(file, sheets, asked)
    made, unfit = records_from(entries, asked.by, datetime.date.today())
    skipped += unfit
    comment = (
        f"Imported from {file.name}: numbers as they stand there, each with its row; compare with the papers."
    )
    results: list[Joined] = []

    def on_the_way() -> Iterator[Joined]:
        for each in made:
            result = joined(each, asked.folder / "studies", comment, asked.force)
            results.append(result)
            if not asked.dry_run and result.text is not None:
                if not asked.folder.is_dir():
                    _make_folder(asked.folder)
                yield result

    failed = write_all(on_the_way(), asked.force)
    if not asked.dry_run and any(each.text for each in results):
        _write_review(asked.folder, title, results, outcomes)
    _tell(file, results, skipped, failed, asked.dry_run)
    refused = [each for each in results if each.text is None and each.state in ("different", "invalid")]
    return len(skipped) + len(refused) + len(failed)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "not stated"


def _from_table(
    file: Path, sheets: Sequence[Sheet], asked: _Asked
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
        console.print(f"{file.name}: columns as stated in {source}", markup=False, highlight=False)
        _refuse_lacking(plan, file, source)
    else:
        chosen = _chosen(file, sheets, asked.sheet)
        guess = guessed(chosen)
        plan = _with_values(guess.plan, asked.said)
        _show(file, chosen, guess, plan)
        plan = _with_a_measure(plan)
        _refuse_lacking(plan, file, saved)
        _confirm(asked.yes or asked.dry_run)
    try:
        entries, skipped = entries_of(chosen, plan, file.name)
    except SheetError as error:
        refuse(f"nothing was written: {error}. {error.hint}", code=2)
    if entries and not asked.dry_run and source != saved:
        _make_folder(asked.folder)
        _save_plan(saved, plan, file, asked.force)
    return entries, skipped


def _refuse_lacking(plan: Plan, file: Path, saved: Path) -> None:
    """Refuse a plan by which no row can be read, with lines that a person can complete."""
    from evidence.sources.mapping import plan_text

    if plan.lacking is None:
        return
    draft = plan_text(plan, file.name) if plan.columns else "columns: {NAME OF A COLUMN: WHAT IT HOLDS}\n"
    console.print(f"To state it, save these lines as {saved} and complete them:", style="dim", markup=False)
    console.print(draft.rstrip(), markup=False, highlight=False)
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
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, role, shown in rows:
        console.print(f"  {name:<{width}}  {role:<12}  {shown}", highlight=False, markup=False)
    if guess.unused:
        console.print(f"  not used: {_some(guess.unused)}", style="dim", markup=False)
    for each in guess.other_sets[:3]:
        console.print(f"  another set of numbers, not taken: {each}", style="dim", markup=False)
    for what, lines in (
        ("headings of the rows below them", sheet.headings),
        ("the header once more", sheet.repeated),
        ("notes, not rows", sheet.notes),
    ):
        if lines:
            told = [f"row {line.number} '{_first(line.cells)}'" for line in lines]
            console.print(f"  {what}: {_some(told)}", style="dim", markup=False, highlight=False)


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
    import sys

    lacks_it = plan.model_copy(update={"values": {**plan.values, "measure": "OR"}}).lacking is None
    if plan.lacking is None or not lacks_it or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return plan
    console.print("Which measure are the numbers of, e.g. OR, RR, HR, MD, SMD, beta or r?", markup=False)
    said = input("measure: ").strip()
    return _with_values(plan, _values([f"measure={said}"])) if said else plan


def _confirm(agreed: bool) -> None:
    import sys

    if agreed:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        refuse(
            "nothing was written: say --yes if the columns above are right, change one with --set KEY=TEXT, "
            "or state them with --mapping FILE",
            code=2,
        )
    from synthesis.commands.asking import confirm

    if not confirm("Is this right?", default=True):
        refuse("nothing was written: state the columns in a file, see: --mapping")


def _make_folder(folder: Path) -> None:
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


def _write_review(
    folder: Path, title: str, results: Sequence[Joined], outcomes: Sequence[RevManAnalysis]
) -> None:
    """A first review.yaml where there is none and records were written."""
    from evidence.records.writing import WritingError, write_atomically
    from evidence.sources.entries import slug
    from evidence.sources.planning import review_text

    path = folder / "review.yaml"
    written = [each for each in results if each.text is not None and each.path.is_file()]
    records = [each.record for each in written if each.record is not None]
    if path.exists() or not records:
        return
    name = slug(folder.resolve().name) or "my-review"
    try:
        write_atomically(path, review_text(name, title, records, outcomes))
    except WritingError as error:
        refuse(str(error))
    console.print(f"wrote {path}: complete its question, and look at its analyses", style="bold green")


def _tell(
    file: Path, results: Sequence[Joined], skipped: Sequence[Skipped], failed: Sequence[str], dry_run: bool
) -> None:
    for says in failed:
        complain(says)
    for each in results:
        if each.state in ("different", "invalid"):
            kept = "replaced" if each.text is not None else "not written"
            complain(f"{each.study} {kept}: {each.says}")
    notes = [(each.study, each.record.note) for each in results if each.record is not None and each.text]
    for study, note in [(study, note) for study, note in notes if note][:MOST_TOLD]:
        console.print(f"{study}: {note}", style="yellow", markup=False, highlight=False)
    for row in skipped[:MOST_TOLD]:
        console.print(f"not read: {row.at}: {row.why}", style="yellow", markup=False, highlight=False)
    if len(skipped) > MOST_TOLD:
        console.print(f"not read: {len(skipped) - MOST_TOLD:,} more rows", style="yellow")
    counts = {state: sum(each.state == state for each in results) for state in ("new", "longer", "unchanged")}
    told = [f"{counts['new']} new", f"{counts['longer']} added to", f"{counts['unchanged']} unchanged"]
    wrote = "would be" if dry_run else "are"
    estimates = sum(len(r.record.placed_estimates) for r in results if r.record is not None)
    console.print(
        f"{file.name}: records {wrote} {', '.join(told)}; {len(skipped)} rows not read"
        + (f"; {estimates:,} estimates in what was written" if estimates and not dry_run else ""),
        style="bold",
        highlight=False,
    )
