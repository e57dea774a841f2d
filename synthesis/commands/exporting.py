"""`export`: data, tables and paragraphs of a paper, and scripts that reproduce its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from synthesis.commands.loading import ReviewOption

if TYPE_CHECKING:
    from evidence.records.review import LoadedReview
    from synthesis.paper.manuscript import Manuscript
    from synthesis.paper.paper_table import Reported


class Piece(StrEnum):
    """What a file can hold."""

    TEXT = "text"
    STUDIES = "studies"
    EFFECTS = "effects"
    CLASSES = "classes"
    SUMMARY = "summary"
    CURVES = "curves"
    DOSES = "doses"
    BAYESIAN = "bayesian"
    UNPRINTED = "unprinted"
    DIRECTIONS = "directions"
    LEFT_OUT = "left-out"
    BIAS = "bias"
    AUDIT = "audit"


DOCUMENTS = (".xlsx", ".docx", ".tex", ".md", ".html", ".json")
SCRIPTS = (".r", ".py")


def export(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ANALYSIS]...", help="Ids of analyses; all when left out.")
    ] = None,
    review: ReviewOption = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            help="Its ending says what is written: .csv .xlsx .docx .tex .md .html .json, or a script, .R or "
            ".py. The terminal, as CSV, when left out.",
        ),
    ] = None,
    table: Annotated[
        list[Piece] | None,
        typer.Option(
            "--table",
            help="What the file holds; may be repeated. When left out: everything, and of CSV the effects.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Write analyses for a paper: tables, methods and results in words, data, or scripts that reproduce them.

    --to paper.docx: everything, with real tables. --to text.md --table text: methods and results, and beside
    them text.bib with what they cite. --to tables.xlsx, or --to table.tex --table summary: tables.
    --to analysis.R: the same numbers from metafor; --to analysis.py: from this package, without the review.

    Tables: studies (characteristics), effects (with their places in the reports), summary (a line an
    analysis), classes, curves and doses (of a dose-response analysis: its classes, its coefficients with
    their covariance, and effects of doses), bayesian (with all that was chosen), unprinted (results without a
    number, and as what they count), directions (with the sign test), left-out (and why), bias, audit. Numbers
    are rounded by one rule, which stands below each table; .csv and .json have them unrounded, and .xlsx too,
    which shows them rounded.

    The effects in CSV have metafor's names of columns: yi, vi and sei on the analysis scale (log of ratios),
    estimate, ci.lb and ci.ub on the measure's own; raw numbers in ai, n1i, m1i, x1i ... where the records
    have them; report and at say where. Correlated arms have their row of the study's covariance matrix in
    v1i, v2i ... A text that looks like a formula has an apostrophe before it.
    """  # fmt: skip
    from synthesis.commands.loading import complain_of, end_if_incomplete, find_review, usable_review
    from synthesis.terminal import console

    suffix = ".csv" if to is None else to.suffix.lower()
    parts = [part.value for part in table or []]
    _check_choice(to, suffix, parts)
    loaded = usable_review(find_review(review))
    material, refusals = _material(loaded, names or [])
    files, told = _files(material, suffix, parts, to)
    if to is None:
        typer.echo(files[0][1], nl=False)
    else:
        _write(files, force)
        beside = f" and {files[1][0]}" if len(files) > 1 else ""
        console.print(f"wrote {to}{beside}: {told}")
    complain_of(refusals)
    end_if_incomplete(loaded)
    if refusals:
        raise typer.Exit(1)


def _check_choice(to: Path | None, suffix: str, parts: Sequence[str]) -> None:
    """Exits with 2 for an ending that is not known, and for tables that a file cannot hold."""
    from synthesis.terminal import refuse

    if to is not None and suffix not in (".csv", *DOCUMENTS, *SCRIPTS):
        known = ", ".join((".csv", *DOCUMENTS, ".R", ".py"))
        refuse(f"--to: '{to.name}' has no ending that export writes; expected one of {known}", code=2)
    if suffix in SCRIPTS and parts:
        refuse("--table: a script reproduces the analyses and holds no table", code=2)
    if suffix == ".csv" and (len(parts) > 1 or "text" in parts):
        refuse("--table: a CSV file holds one table; .xlsx, .docx and the others hold several", code=2)


def _material(loaded: LoadedReview, names: Sequence[str]) -> tuple[Reported, dict[str, str]]:
    """The analyses as they are pooled, and why others are not."""
    from evidence.audit.auditing import contradicted_estimates
    from synthesis.commands.loading import choose, method_of
    from synthesis.paper.gathering import gathered

    analyses, method = choose(loaded.review, names), method_of(loaded.review, None, None)
    return gathered(loaded, analyses, method, contradicted_estimates(loaded.records))


def _files(
    material: Reported, suffix: str, parts: Sequence[str], to: Path | None
) -> tuple[list[tuple[Path, str | bytes]], str]:
    """What is written where, and what it is in a few words."""
    from evidence.wording import counted

    path = to or Path()
    analyses = counted(len(material.results), "analysis")
    if suffix in SCRIPTS:
        return [(path, _script(material, suffix))], f"a script with {analyses}"
    if suffix == ".csv":
        return _one_table(material, path, parts[0] if parts else _usual(material), analyses)
    from synthesis.paper.contents import PARTS, manuscript

    made = manuscript(material, parts or PARTS)
    held = [*(["text"] if made.passages else []), *(table.name for table in made.tables)]
    told = f"{', '.join(held)} of {analyses}"
    files: list[tuple[Path, str | bytes]] = [(path, _renderer(suffix)(made))]
    if made.references:
        from synthesis.paper.references import as_bibtex

        files.append((path.with_suffix(".bib"), as_bibtex(made.references)))
    return files, told


def _usual(material: Reported) -> str:
    """The effects, or the classes where all analyses are curves."""
    curves = bool(material.results) and all(each.dose is not None for each in material.results)
    return Piece.CLASSES.value if curves else Piece.EFFECTS.value


def _one_table(
    material: Reported, path: Path, name: str, analyses: str
) -> tuple[list[tuple[Path, str | bytes]], str]:
    from synthesis.paper.data_tables import EFFECTS, data_rows
    from synthesis.paper.formats.plain_data import rows_as_csv

    names, rows = data_rows(material, name)
    told = f"{len(rows):,} {name}" if name == EFFECTS else name
    if name == EFFECTS and any(each.dose is not None for each in material.results):
        told += " (those of curves are in '--table classes')"
    return [(path, rows_as_csv(names, rows))], f"{told} of {analyses}"


def _script(material: Reported, suffix: str) -> str:
    """Exits with 1 where there is nothing to reproduce, and where metafor has no such method."""
    from synthesis.paper.python_script import python_script
    from synthesis.paper.r_script import r_script
    from synthesis.terminal import refuse

    if not material.results:
        refuse("there is no analysis that a script could reproduce")
    try:
        return (r_script if suffix == ".r" else python_script)(material.results)
    except ValueError as reason:
        refuse(str(reason))


def _renderer(suffix: str) -> Callable[[Manuscript], bytes]:
    """The format of an ending, whose libraries are loaded when it is used."""
    from synthesis.paper.formats.latex_file import as_latex
    from synthesis.paper.formats.markdown_file import as_markdown
    from synthesis.paper.formats.plain_data import as_json
    from synthesis.paper.formats.spreadsheet import as_xlsx
    from synthesis.paper.formats.web_page import as_html
    from synthesis.paper.formats.word_file import as_docx

    return {
        ".xlsx": as_xlsx,
        ".docx": as_docx,
        ".tex": as_latex,
        ".md": as_markdown,
        ".html": as_html,
        ".json": as_json,
    }[suffix]


def _write(files: Sequence[tuple[Path, str | bytes]], force: bool) -> None:
    """All files, or none where one of them exists, says something else, and is not to be replaced."""
    from evidence.records.writing import WritingError, write_atomically

    new = [(path, content) for path, content in files if not _is_there(path, content)]
    for path, _ in new:
        if path.exists() and not force:
            _refuse_to_write(f"'{path}' was not written: a file of that name exists", True)
    for path, content in new:
        try:
            write_atomically(path, content, overwrite=force)
        except WritingError as error:
            _refuse_to_write(str(error), path.exists() and not force)


def _is_there(path: Path, content: str | bytes) -> bool:
    """Whether a list of references beside the file is the same already, as several formats share it."""
    return path.suffix == ".bib" and path.is_file() and path.read_bytes() == str(content).encode()


def _refuse_to_write(says: str, could_be_forced: bool) -> NoReturn:
    from synthesis.terminal import refuse

    refuse(says + ("; --force replaces it" if could_be_forced else ""))
