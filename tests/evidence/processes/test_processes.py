"""A worker process ends with the process that started it, and leaves an interrupt to it."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from evidence.processes import end_with_parent

PARENT = """
import multiprocessing, os, sys, time
from pathlib import Path
from evidence.processes import end_with_parent

def work(pipe, done):
    end_with_parent()
    pipe.send(os.getpid())
    while not done.exists():
        time.sleep(0.01)

if __name__ == "__main__":
    ours, theirs = multiprocessing.Pipe()
    done = Path(__file__).with_name("done")
    worker = multiprocessing.get_context("spawn").Process(target=work, args=(theirs, done))
    worker.start()
    print(ours.recv(), flush=True)
    sys.stdin.readline()
    done.touch()
    worker.join()
    print(worker.exitcode, flush=True)
    end_with_parent()
    print("alive", flush=True)
"""


def started(folder: Path) -> tuple[subprocess.Popen[str], int]:
    script = folder / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_leaves_interrupts_alone_and_exits_with_1_once_its_parent_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: queue.Queue[object] = queue.Queue()
    parent = SimpleNamespace(join=lambda: events.put("the parent has ended"))
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    monkeypatch.setattr(os, "_exit", events.put)
    monkeypatch.setattr(signal, "signal", lambda *given: events.put(given))
    end_with_parent()
    told = [events.get(timeout=10) for _ in range(3)]
    assert told == [(signal.SIGINT, signal.SIG_IGN), "the parent has ended", 1]


@pytest.mark.long
def test_a_worker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent, worker = started(tmp_path)
    assert lives(worker)
    parent.kill()
    parent.wait()  # its output stays open as long as the worker lives
    end = time.monotonic() + 5
    while lives(worker) and time.monotonic() < end:
        time.sleep(0.01)
    alive = lives(worker)
    (tmp_path / "done").touch()
    parent.communicate()
    assert not alive


def test_a_worker_outlives_an_interrupt_and_ends_well_with_its_work(tmp_path: Path) -> None:
    parent, worker = started(tmp_path)
    os.kill(worker, signal.SIGINT)
    try:
        out, _ = parent.communicate("go on\n", timeout=10)
    finally:
        parent.kill()  # nothing stays behind where the two wait for each other
    assert out.split() == ["0", "alive"], "and a process without a parent of its kind goes on"
