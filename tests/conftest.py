"""What several test folders use."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest

# One thread a test process: two processes with two threads each wait for each other on two cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# A shell's background job ignores interrupts, and so would every command that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

gc.disable()  # while tests are collected, which makes objects that stay


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end: the collector of garbage need not look through them."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The source material beside the repository: its absence skips a test, and fails one when CI is set."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        message = "the source material (../shared) is not here"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder
