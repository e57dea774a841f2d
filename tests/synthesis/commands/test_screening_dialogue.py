"""What the dialogue of screening shows of a citation, and what it says again where the screen is too low."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evidence.literature.screening.question_words import TermFinder
from synthesis.commands.screening_dialogue import Dialogue
from synthesis.terminal import console
from tests.evidence.literature.exports import cited


class NoKeys:
    """Nothing is pressed."""

    def read(self) -> str:
        return ""

    then = read


WORK = cited("Iron and bones", abstract="\n".join(f"Line {number}." for number in range(10)))


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A terminal of 90 columns whose height a test sets."""
    monkeypatch.setattr(console, "record", True)
    monkeypatch.setattr(console, "_force_terminal", True)
    monkeypatch.setattr(console, "_width", 90)
    yield monkeypatch
    console.export_text(clear=True)


def lines_of(dialogue: Dialogue) -> list[str]:
    console.export_text(clear=True)
    dialogue.show(WORK, "1 of 5", "ana: include")
    return console.export_text(clear=True).splitlines()


def test_a_title_that_has_gone_off_the_screen_is_said_again_below(screen: pytest.MonkeyPatch) -> None:
    """The card, and six lines for what stands above and below it."""
    dialogue = Dialogue(NoKeys(), TermFinder([]), ("wrong design",), lambda work: "known: nothing")
    screen.setattr(console, "_height", 100)
    shown = lines_of(dialogue)
    assert shown[:3] == ["", "1 of 5", "Iron and bones"]
    assert shown[-2:] == ["known: nothing", "ana: include"]
    high = len(shown) - 4 + 6
    screen.setattr(console, "_height", high)
    assert lines_of(dialogue) == shown
    screen.setattr(console, "_height", high - 1)
    assert lines_of(dialogue) == [*shown, "Iron and bones"]
    screen.setattr(console, "_force_terminal", False)
    assert lines_of(dialogue) == shown, "a file is read from its beginning"


def test_what_is_not_known_leaves_no_empty_line(screen: pytest.MonkeyPatch) -> None:
    screen.setattr(console, "_height", 100)
    console.export_text(clear=True)
    Dialogue(NoKeys(), TermFinder([]), ()).show(WORK, "1 of 5", "", "bo: unsure")
    *_, above, last = console.export_text(clear=True).splitlines()
    assert last == "bo: unsure"
    assert above.endswith("Line 9.")
