"""What commands print, with its styles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import studies.nhanes.records  # noqa: F401 - first loaded while a function is replaced, it would keep that
from synthesis.terminal import console, errors


@pytest.fixture
def styled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What has been printed, with the codes of its styles (1 bold, 2 dim, 31 red)."""
    for each in (console, errors):
        monkeypatch.setattr(each, "record", True)
    yield lambda: console.export_text(clear=False, styles=True)
    for each in (console, errors):
        each.export_text(clear=True)
