"""The questions of `add` in a terminal: one at a time, each with an example and a default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from rich.text import Text

from evidence.records.review import LoadedReview
from synthesis.adding.answers import Answers, choices, expanded, is_obligatory, refusal, suggested_study
from synthesis.adding.fields import ESTIMATE_FIELDS, STUDY_FIELDS, Field, Need
from synthesis.adding.usual_answers import usual_estimate, usual_study
from synthesis.terminal import console

BACK, NOTHING = "<", "-"
INTRODUCTION = (
    "Enter takes the [default] or skips what may stay empty; - leaves an answer out; "
    "< goes back one question; Ctrl-C stops, and nothing is written."
)
_WITH_AN_OUTCOME_UNIT = frozenset({"beta", "MD", "mean", "threshold"})
_ONLY_WITH_AN_ESTIMATE = frozenset(
    {"measure", "per", "exposed", "reference", "ci", "se", "p", "outcome-unit"}
)
_WITH_NUMBERS = frozenset({"measure", "exposed", "reference"})
_OF_GROUPS = frozenset({"MD", "SMD", "OR", "RR", "RD", "IRR"})
_SAME_AGAIN = (
    "outcome", "site", "measure", "per", "exposed", "reference", "outcome-unit", "model-type", "adjustment",
    "covariates",
)  # fmt: skip

Objection = Callable[[Field, str], str | None]


def ask_study(loaded: LoadedReview, given: Mapping[str, str], objection: Objection) -> Answers:
    """Ask what the record states once; `objection` refuses a name or DOI that is taken."""
    return _ask_all(STUDY_FIELDS, given, usual_study(loaded), objection)


def ask_estimate(loaded: LoadedReview, given: Mapping[str, str], before: Mapping[str, str] | None) -> Answers:
    """Ask for one estimate; the defaults are the review's scale, then the estimate before this one."""
    usual = usual_estimate(loaded)
    if before is not None:
        usual = {name: before[name] for name in _SAME_AGAIN if name in before}
    return _ask_all(ESTIMATE_FIELDS, given, usual, lambda field, text: None)


def confirm(question: str, default: bool) -> bool:
    """A yes or a no; anything else is asked again."""
    while True:
        console.print(f"{question} [{'Y/n' if default else 'y/N'}]", style="bold")
        reply = _typed().strip().lower()
        if not reply:
            return default
        if reply in ("y", "yes", "n", "no"):
            return reply.startswith("y")
        console.print("  please answer y or n", style="red")


def _ask_all(
    fields: Sequence[Field], given: Mapping[str, str], usual: Mapping[str, str], objection: Objection
) -> Answers:
    answers = dict(given)
    asked: list[int] = []
    index = 0
    while index < len(fields):
        field = fields[index]
        if field.name in given or not is_asked(field, answers, usual):
            index += 1
            continue
        reply = _ask(field, _default(field, answers, usual), is_asked_for_good(field, answers), objection)
        if reply == BACK:
            index = asked.pop() if asked else index
            answers.pop(fields[index].name, None)
            continue
        if reply:
            answers = expanded({**answers, field.name: reply})
        asked.append(index)
        index += 1
    return answers


def is_asked(field: Field, answers: Mapping[str, str], usual: Mapping[str, str]) -> bool:
    """Whether the answers so far leave the question open; a review of comparisons does not ask for a step."""
    name = field.name
    numbers = "exposed-numbers" in answers
    if field.need is Need.OPTION:
        return False
    if (
        name in _ONLY_WITH_AN_ESTIMATE
        and "estimate" not in answers
        and not (numbers and name in _WITH_NUMBERS)
    ):
        return False
    return {
        "exposed-numbers": "estimate" not in answers and usual.get("measure") in _OF_GROUPS,
        "reference-numbers": numbers,
        "not-reported": "estimate" not in answers and not numbers,
        "per": "exposed" not in usual,
        "ci": "ci" not in answers,
        "exposed": "per" not in answers,
        "reference": "exposed" in answers,
        "se": "ci" not in answers,
        "outcome-unit": answers.get("measure") in _WITH_AN_OUTCOME_UNIT,
    }.get(name, True)


def is_asked_for_good(field: Field, answers: Mapping[str, str]) -> bool:
    """Whether the question cannot stay without an answer."""
    return field.name == "not-reported" or is_obligatory(field, answers)


def _default(field: Field, answers: Mapping[str, str], usual: Mapping[str, str]) -> str:
    if field.name == "study":
        return suggested_study(answers) or ""
    return usual.get(field.name, "")


def _ask(field: Field, default: str, obligatory: bool, objection: Objection) -> str:
    """One valid answer; BACK, or nothing where the question may be skipped."""
    console.print(_question(field, default, obligatory))
    while True:
        reply = _typed().strip()
        if reply == BACK:
            return BACK
        text = "" if reply == NOTHING else _completed(field, reply or default)
        refused = _refused(field, text, obligatory, objection)
        if refused is None:
            if text and text != reply:
                console.print(f"  {text}", style="cyan")
            return text
        console.print(f"  {refused}", style="red")


def _refused(field: Field, text: str, obligatory: bool, objection: Objection) -> str | None:
    if not text:
        return f"this cannot stay empty; e.g. {field.example}" if obligatory else None
    return refusal(field, text) or objection(field, text)


def _completed(field: Field, reply: str) -> str:
    """A choice from its first letters: 'w' is women."""
    begun = [word for word in choices(field) if word.casefold().startswith(reply.casefold())]
    return begun[0] if reply and len(begun) == 1 else reply


def _question(field: Field, default: str, obligatory: bool) -> Text:
    text = Text(field.words, style="bold")
    allowed = choices(field)
    hint = " | ".join(allowed) if allowed else f"e.g. {field.example}"
    text.append(f"  ({hint}{'' if obligatory else '; may stay empty'})", style="dim not bold")
    if default:
        text.append(f"  [{default}]", style="cyan not bold")
    return text


def _typed() -> str:
    """One line from the terminal, with the arrow keys working where the system can."""
    with suppress(ImportError):
        import readline  # noqa: F401
    while True:
        try:
            return input("> ")
        except UnicodeDecodeError:
            console.print("  the answer is not UTF-8; set the terminal to UTF-8", style="red")
