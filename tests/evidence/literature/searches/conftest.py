"""What tests of searches share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evidence.literature.searches.loopback import (
    Work,
    services_running,
)
from tests.evidence.literature.searches.settings import Clock, Setting


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    for name in ("NCBI_API_KEY", "SYNTHESIS_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENALEX_API_KEY", "k3y-of-openalex")
    clock = Clock()
    monkeypatch.setattr("evidence.literature.searches.service_requests.time", clock)
    with services_running([Work(number) for number in range(1, 6)]) as services:
        yield Setting(tmp_path, services, clock)
