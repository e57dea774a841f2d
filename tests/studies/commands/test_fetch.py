"""`python -m studies nhanes fetch` as a user runs it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pexpect
import pytest

from studies.__main__ import main
from studies.nhanes.catalogue import TableFile
from studies.nhanes.errors import NhanesError, UnreachableError
from studies.nhanes.fetch import select_files
from tests.studies.nhanes.server import publisher, status, whole
from tests.studies.nhanes.test_fetch import PLACE, table_bytes
from tests.synthesis.commands.running import called


def studies(*arguments: str, **environment: str) -> CompletedProcess[str]:
    return called(main, "nhanes", *arguments, cwd=Path(), COLUMNS="200", **environment)


def test_fetch_places_reports_a_change_and_accepts_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    wanted = ("fetch", "--cycles", "2013-2014", "--tables", "TCHOL")
    with publisher() as server:
        given = {"NHANES_BASE_URL": server.address, "NHANES_DATA": str(data)}
        server.answers[PLACE] = [whole(table_bytes(tmp_path))]
        first = studies(*wanted, **given)
        assert (first.returncode, first.stderr) == (0, "")
        assert first.stdout == f"1 file: 1 fetched → {data}\n"
        again = studies(*wanted, **given)
        assert (again.returncode, again.stdout) == (0, f"1 file: 1 already there → {data}\n")
        assert len(server.requests) == 1
        server.answers[PLACE] = [whole(table_bytes(tmp_path, shift=1.0), etag='"two"')]
        changed = studies(*wanted, "--refresh", **given)
        assert changed.returncode == 1
        assert "error: TCHOL_H of 2013-2014 has changed at the publisher: sha256 " in changed.stderr
        accepted = studies(*wanted, "--refresh", "--accept-changed", **given)
        assert (accepted.returncode, accepted.stdout) == (0, f"1 file: 1 change accepted → {data}\n")


def test_a_file_altered_here_is_told_so_and_the_locked_one_can_be_had_again(tmp_path: Path) -> None:
    wanted = ("fetch", "--cycles=2013-2014", "--tables=TCHOL", f"--data={tmp_path}")
    with publisher() as server:
        server.answers[PLACE] = [whole(table_bytes(tmp_path))]
        studies(*wanted, NHANES_BASE_URL=server.address)
        (tmp_path / "2013-2014" / "TCHOL_H.XPT").write_bytes(table_bytes(tmp_path, shift=1.0))
        done = studies(*wanted, NHANES_BASE_URL=server.address)
    assert done.returncode == 1
    assert "error: TCHOL_H of 2013-2014 has been altered here: sha256 " in done.stderr
    assert done.stdout == f"1 file: 1 altered here → {tmp_path}\n"


def test_each_option_of_a_folder_says_what_it_is_for() -> None:
    shown = " ".join(studies("figures", "--help").stdout.replace("│", " ").split())
    assert "Folder of the survey's files, e.g. DIR/2013-2014/DEMO_H.XPT; else your cache." in shown
    assert "Folder to write into; it is made when missing." in shown
    assert "A shipped protocol by name, or a protocol file (*.yaml)." in shown


def test_one_refused_file_does_not_stop_the_others(tmp_path: Path) -> None:
    with publisher() as server:
        server.answers[PLACE] = [whole(table_bytes(tmp_path))]
        server.answers["/2013/DataFiles/HDL_H.xpt"] = [status(404)]
        done = studies(
            "fetch",
            "--cycles=2013-2014",
            "--tables=HDL,TCHOL",
            f"--data={tmp_path}",
            f"--base-url={server.address}",
        )
    assert done.returncode == 1
    assert done.stderr.count("error:") == 1
    assert "/HDL_H.xpt: the server answers 404 Not Found; the publisher may have moved" in done.stderr
    assert done.stdout == f"2 files: 1 fetched, 1 not had → {tmp_path}\n"


def test_an_unknown_table_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    done = studies("fetch", "--tables", "DXXFEN", f"--data={tmp_path}")
    assert done.returncode == 2
    assert done.stderr == "error: no table is called 'DXXFEN'; did you mean DXXFEM?\n"


@pytest.mark.long
def test_a_server_that_is_not_there_is_said_once(tmp_path: Path) -> None:
    with publisher() as gone:
        address = gone.address
    done = studies(
        "fetch", "--cycles=2013-2014", "--tables=DEMO,CBC", f"--data={tmp_path}", f"--base-url={address}"
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "does not answer" in done.stderr


def test_a_data_folder_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where the folder should be")
    done = studies("fetch", "--cycles=2013-2014", "--tables=DEMO,CBC", f"--data={in_the_way}")
    assert done.returncode == 1
    assert done.stderr == f"error: '{in_the_way / '2013-2014'}' cannot be written: not a directory\n"


def test_the_progress_of_a_file_is_shown_in_a_terminal(tmp_path: Path) -> None:
    with publisher() as server:
        server.answers[PLACE] = [whole(table_bytes(tmp_path))]
        command = ["-m", "studies", "nhanes", "fetch", "--cycles=2013-2014", "--tables=TCHOL"]
        child = pexpect.spawn(
            sys.executable,
            [*command, f"--data={tmp_path}", f"--base-url={server.address}"],
            timeout=60,
            dimensions=(24, 120),
            encoding="utf-8",
        )
        child.expect(r"\d+\.\d/\d+\.\d [kM]B.* 1/1 TCHOL_H")
        child.expect("1 file: 1 fetched")
        child.expect(pexpect.EOF)
        child.close()
    assert child.exitstatus == 0


def test_how_many_files_are_not_had_stands_out(tmp_path: Path, styled: Callable[[], str]) -> None:
    with publisher() as server:
        server.answers["/2013/DataFiles/HDL_H.xpt"] = [status(404)]
        studies(
            "fetch",
            "--cycles=2013-2014",
            "--tables=HDL",
            f"--data={tmp_path}",
            NHANES_BASE_URL=server.address,
        )
    assert "\x1b[1;31m1 not had" in styled()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UnreachableError("https://x.org does not answer"), ["https://x.org does not answer"]),
        (NhanesError("it is no table"), ["it is no table"] * 2),
        (OSError(28, "No space left on device"), ["'{}' cannot be written: no space left on device"]),
        (OSError("Odd"), ["'{}' cannot be written: odd"]),
    ],
)
def test_what_stops_every_file_is_said_once_and_what_stops_one_of_each(
    error: Exception, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr("studies.nhanes.fetch.fetch_file", fails)
    done = studies("fetch", "--cycles", "2013-2014", "--tables", "DEMO, CBC,DEMO,", f"--data={tmp_path}")
    assert (done.returncode, done.stdout) == (1, f"2 files: 2 not had → {tmp_path}\n")
    assert done.stderr.splitlines() == [f"error: {says.format(tmp_path)}" for says in told]


@pytest.mark.parametrize("protocols", [(), ("spine",), ("spine", "osteoporosis")])
def test_files_of_the_protocols_that_are_named_are_wanted_and_of_all_where_none_is(
    protocols: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fails(wanted: TableFile, *_: object) -> None:
        asked.append(wanted.stem)
        raise NhanesError("it is no table")

    monkeypatch.setattr("studies.nhanes.fetch.fetch_file", fails)
    done = studies("fetch", *protocols, f"--data={tmp_path}")
    files, _ = select_files((), (), protocols)
    assert asked == [file.stem for file in files]
    assert done.stdout == f"{len(files)} files: {len(files)} not had → {tmp_path}\n"
    assert (len(files) < len(select_files((), (), ())[0])) == bool(protocols)
