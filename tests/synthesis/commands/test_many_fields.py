"""`diff` of a record that was typed anew: the first changes are told, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from synthesis.commands.diff import MOST_FIELDS
from synthesis.terminal import console
from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import study, write


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(console, "record", True)
    yield
    console.export_text(clear=True)


@pytest.mark.parametrize("more", [0, 1, 2])
def test_twenty_changed_fields_are_told_and_the_others_counted(more: int, tmp_path: Path) -> None:
    count = MOST_FIELDS + more
    old, new = (
        study("abel", "0.10").replace(
            "design: trial\n",
            "design: trial\nproperties: {" + ", ".join(f"p{i}: {word}" for i in range(count)) + "}\n",
        )
        for word in ("east", "west")
    )
    a, b = write(tmp_path / "a", abel=old), write(tmp_path / "b", abel=new)
    lines = synthesis("diff", a, b, cwd=tmp_path).stdout.splitlines()
    assert sum("east → west" in line for line in lines) == 20
    others = [line for line in lines if "other field" in line]
    assert others == (
        [f"   and {more} other field{'s' if more > 1 else ''} (--format json has all)"] if more else []
    )
    assert ("\x1b[2m   and " in console.export_text(styles=True)) == (more > 0)
