"""The dialogue of screening: a citation is shown, a key decides, the next one is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.text import Text

from evidence.literature.citation import Citation
from evidence.literature.screening.decision_files import (
    AGREED,
    ScreeningDecision,
    ScreeningError,
    ScreeningVerdict,
    Stage,
    append_decision,
    now,
)
from evidence.literature.screening.question_words import TermFinder
from evidence.literature.screening.session import ScreeningSession
from evidence.literature.screening.states import ReviewDecisions
from synthesis.commands.screening_card import card
from synthesis.commands.screening_keys import QUIT, Keys
from synthesis.terminal import complain, console

VERDICTS: dict[str, ScreeningVerdict] = {"i": "include", "e": "exclude", "u": "unsure", "n": "not retrieved"}
BACK = ("z", "\x1b", "\x7f", "\x08")
_DONE: dict[ScreeningVerdict, str] = {
    "include": "included",
    "exclude": "excluded",
    "unsure": "unsure",
    "not retrieved": "not retrieved",
}


class Dialogue:
    """What is shown and asked; keys: where answers come from, reasons: why a citation stays out.

    known: what the review knows of a citation already, '' for nothing.
    """

    def __init__(
        self,
        keys: Keys,
        terms: TermFinder,
        reasons: Sequence[str],
        known: Callable[[Citation], str] = lambda work: "",
    ) -> None:
        self.keys, self.terms, self.reasons, self.known = keys, terms, reasons, known

    def show(self, work: Citation, head: str, *further: str) -> None:
        """A citation on a cleared screen, with what there is to say above and below it."""
        console.clear()
        console.print()
        console.print(Text(head, style="cyan"))
        lines = card(work, self.terms, console.width)
        for line in lines:
            console.print(line)
        for each in filter(None, (self.known(work), *further)):
            console.print(Text(each, style="cyan"))
        if len(lines) + 6 > console.height and console.is_terminal:  # the title has gone off the screen
            console.print(lines[0])

    def answer(self, stage: Stage, others: str, further: str) -> str:
        """A key among those that mean something here; help is given when asked for."""
        known = "ie" + others + ("n" if stage == "full text" else "")
        while True:
            console.print(Text(_asked(known, further), style="dim"))
            key = self.keys.read()
            if (key in known and key) or key == QUIT:
                return key
            console.print(_HELP if key == "?" else "? explains the keys", style="yellow")

    def reason(self, stage: Stage) -> str | None:
        """The reason of an exclusion, '' for none at titles; None where the exclusion is taken back."""
        for number, reason in enumerate(self.reasons, 1):
            console.print(Text(f"  {number} {reason}"))
        console.print(Text("  Enter no reason, z back" if stage == "title" else "  z back", style="dim"))
        while True:
            key = self.keys.then()
            if key in (*BACK, QUIT):
                return None
            if key in ("\r", "e") and stage == "title":
                return ""
            if key.isascii() and key.isdigit() and 1 <= int(key) <= len(self.reasons):
                return self.reasons[int(key) - 1]
            console.print(f"a number from 1 to {len(self.reasons)}", style="yellow")


def _asked(known: str, further: str) -> str:
    words = {"i": "i include", "e": "e exclude", "u": "u unsure", "n": "n not retrieved", "s": "s skip"}
    return "   ".join([*(words[key] for key in known if key in words), *further.split("|")])


_HELP = """\
i  include: it goes on to the full text, or from there into the review
e  exclude: then the number of a reason
u  unsure: it comes again when everything else is decided
n  not retrieved: the full text could not be had
z  undo: take back the last decision, also one of an earlier session
q  quit: everything decided is on the disk"""


def screen_pile(session: ScreeningSession, dialogue: Dialogue) -> None:
    """Go through what a reviewer has to decide until there is nothing left or the reviewer quits."""
    while (work := session.current) is not None:
        number, total = session.place
        again = " · you were unsure of this one" if session.was_unsure else ""
        dialogue.show(work, f"{number:,} of {total:,} · {session.stage} · {session.reviewer}{again}")
        if not _one(session, dialogue):
            return


def _one(session: ScreeningSession, dialogue: Dialogue) -> bool:
    """One decision about the current work, or one taken back; False at the end."""
    while True:
        key = dialogue.answer(session.stage, "uz", "z undo|q quit|? help")
        if key == QUIT:
            return False
        try:
            if key == "z":
                back = session.undo()
                console.print("there is no decision to take back" if back is None else "taken back")
                if back is None:
                    continue
                return True
            reason = dialogue.reason(session.stage) if key == "e" else ""
            if reason is None:
                continue
            session.decide(VERDICTS[key], reason)
        except ScreeningError as error:
            complain(f"{error}; nothing is decided")
            return False
        console.print(f"{_DONE[VERDICTS[key]]}{f': {reason}' if reason else ''}", style="green")
        return True


def settle_conflicts(
    review: Path,
    works: Sequence[Citation],
    stage: Stage,
    decisions: ReviewDecisions,
    who: str,
    dialogue: Dialogue,
) -> int:
    """Show what each reviewer decided of each work, and settle it; how many were settled."""
    settled = 0
    for number, work in enumerate(works, 1):
        votes = decisions.about(stage, work.id).votes
        said = [f"{name}: {_vote(each)}" for name, all_of in sorted(votes.items()) for each in all_of]
        dialogue.show(work, f"conflict {number:,} of {len(works):,} · {stage}", "", *said)
        decision = _settled(stage, work, who, dialogue)
        if decision is None:
            return settled
        if decision.verdict != "undo":
            append_decision(review, AGREED, decision)
            console.print(_DONE[decision.verdict], style="green")
            settled += 1
    return settled


def _settled(stage: Stage, work: Citation, who: str, dialogue: Dialogue) -> ScreeningDecision | None:
    """What was agreed about a work, "undo" where it is left for later; None where the reviewer quits."""
    while True:
        key = dialogue.answer(stage, "s", "q quit")
        if key == QUIT:
            return None
        if key == "s":
            return ScreeningDecision(now(), stage, work.id, "undo")
        reason = dialogue.reason(stage) if key == "e" else ""
        if reason is not None:
            return ScreeningDecision(now(), stage, work.id, VERDICTS[key], reason, who)


def _vote(decision: ScreeningDecision) -> str:
    reason = f" ({decision.reason})" if decision.reason else ""
    return f"{decision.verdict}{reason} on {decision.day}"
