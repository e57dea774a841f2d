"""What commands need before they can work: a review without errors, analyses by name, the method."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.terminal import complain, console, errors, refuse

if TYPE_CHECKING:
    from evidence.records.review import Analysis, LoadedReview, Method, Review


def usable_review(folder: Path) -> LoadedReview:
    """The review in a folder; exits with 1 when review.yaml or every record cannot be read.

    Other files that cannot be read, or that nothing reads, are told on stderr: the rest is used, and the
    command ends with `end_if_incomplete`.
    """
    from evidence.records.review import load_review

    loaded = load_review(folder)
    if loaded.problems:
        from evidence.checking import Checked
        from synthesis.commands.problem_formats import write_text

        useless = bool(loaded.own_problems or not loaded.records)
        write_text(Checked(len(loaded.documents) + 1, loaded.problems), console if useless else errors)
        if useless:
            refuse("nothing was pooled: mend the files named above first")
    return loaded


def end_if_incomplete(loaded: LoadedReview) -> None:
    """Exits with 1 when a file of the review could not be read, or nothing reads it."""
    from evidence.wording import counted

    if loaded.unread:
        them = "it" if len(loaded.unread) == 1 else "them"
        refuse(
            f"{counted(len(loaded.unread), 'record')} cannot be read, and no analysis has anything of {them}"
        )
    if loaded.misplaced:
        one = len(loaded.misplaced) == 1
        stands = "stands where nothing reads it" if one else "stand where nothing reads them"
        refuse(f"{counted(len(loaded.misplaced), 'file')} of the review {stands}")


def choose(review: Review, names: Sequence[str]) -> tuple[Analysis, ...]:
    """The named analyses in the order given, all without names; exits with 2 for an unknown name."""
    import difflib

    known = {analysis.id: analysis for analysis in review.analyses}
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known)
            hint = f"did you mean '{close[0]}'?" if close else f"one of: {', '.join(known)}"
            refuse(f"no analysis is called '{name}'; {hint}", code=2)
    return tuple(known[name] for name in dict.fromkeys(names)) if names else review.analyses


def method_of(review: Review, estimator: str | None, test: str | None) -> Method:
    """The review's method with what the command line overrides; exits with 2 for an unknown name."""
    from synthesis.review.chosen_method import chosen_method

    try:
        return chosen_method(review, estimator, test)
    except ValueError as error:
        refuse(str(error), code=2)


def other_choices(review: Review, method: Method) -> str:
    """What the names of figures end in that another method than the review's own has made: '_DL_z'.

    No id of an analysis has an underscore, so that these files never take the place of others.
    """
    own = method_of(review, None, None)
    pairs = ((method.estimator, own.estimator), (method.test, own.test))
    return "".join(f"_{chosen}" for chosen, usual in pairs if chosen != usual)


def unchanged_models(review: Review, analyses: Sequence[Analysis], method: Method) -> str:
    """What another method than the review's own does not change in models of dependent effects, if anything.

    Their test is the one that they name, and they have estimators of their own.
    """
    from evidence.wording import enumerate_words
    from synthesis.review.modelled import FITTED

    own = method_of(review, None, None)
    what = [f"test {method.test}"] if method.test != own.test else []
    if method.estimator != own.estimator and method.estimator not in FITTED:
        what.append(f"estimator {method.estimator}")
    names = [each.id for each in analyses if review.model_of(each) is not None]
    if not what or not names:
        return ""
    have = "has a model of its own" if len(names) == 1 else "have models of their own"
    are, change = ("is", "changes") if len(what) == 1 else ("are", "change")
    return (
        f"{enumerate_words(names)} {have}: {enumerate_words(what)} {are} of independent effects, and "
        f"{change} nothing there"
    )


def complain_of(refusals: dict[str, str]) -> None:
    """A line on stderr for each analysis of which nothing could be made."""
    for name, reason in refusals.items():
        complain(f"{name} is refused: {reason}")


# `--review`: which review a command works on.


REVIEW_FILE = "review.yaml"

ReviewOption = Annotated[
    Path | None,
    typer.Option(
        "--review",
        metavar="DIR",
        help="The review's folder; when left out, this one if it has a review.yaml, else the shipped one.",
    ),
]


def find_review(path: Path | None) -> Path:
    """The folder of the review a command works on.

    path: what the user gave: a folder, its review.yaml, or None for the current folder if that is a
    review, else the shipped one. Raises typer.Exit(2), after one line that says why, for a path
    that is no review.
    """
    if path is None:
        from evidence.records.review import SHIPPED

        here = Path()
        return here if (here / REVIEW_FILE).is_file() else SHIPPED
    folder = path.parent if path.name == REVIEW_FILE else path
    if not (folder / REVIEW_FILE).is_file():
        what = "has no review.yaml" if folder.is_dir() else "is no folder"
        refuse(f"--review: '{folder}' {what}; start one with: python -m synthesis init {folder}", code=2)
    return folder
