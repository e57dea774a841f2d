"""Fetching from a server that breaks off, cuts short, moves, refuses and lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies.nhanes.catalogue import TableFile, catalogue
from studies.nhanes.data_files import read_lock, sha256_of
from studies.nhanes.errors import DownloadError, NotInCatalogueError, UnreachableError
from studies.nhanes.fetch import FetchOutcome, Source, Status, fetch_file, forget, select_files
from tests.studies.nhanes.generated import write_table
from tests.studies.nhanes.server import Publisher, hang_up, partly, publisher, status, whole

WANTED = catalogue().file("TCHOL", "2013-2014")
PLACE = "/2013/DataFiles/TCHOL_H.xpt"


def table_bytes(folder: Path, rows: int = 8291, stem: str = "TCHOL_H", shift: float = 0.0) -> bytes:
    """A file with invented numbers and the catalogue's name, rows and variables."""
    numbers = np.arange(1.0, rows + 1)
    frame = pd.DataFrame({"SEQN": numbers, "LBDTCSI": 4 + shift + numbers % 7 / 10})
    path = write_table(folder / "made.xpt", stem, frame)
    body = path.read_bytes()
    path.unlink()
    return body


@dataclass
class World:
    """A server, a data folder and the right file."""

    server: Publisher
    data: Path
    body: bytes

    def fetch(
        self, wanted: TableFile = WANTED, refresh: bool = False, accept_changed: bool = False
    ) -> FetchOutcome:
        source = Source(self.server.address, refresh, accept_changed, pause=0.001)
        return fetch_file(wanted, self.data, source, lambda done, total: None)

    @property
    def placed(self) -> Path:
        return self.data / "2013-2014" / "TCHOL_H.XPT"

    def leftovers(self) -> list[str]:
        """Files beside the placed one and the lock file."""
        kept = {"TCHOL_H.XPT", "nhanes.lock.json"}
        return [path.name for path in self.data.rglob("*") if path.is_file() and path.name not in kept]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with publisher() as server:
        body = table_bytes(tmp_path)
        server.answers[PLACE] = [whole(body)]
        yield World(server, tmp_path / "data", body)


def test_a_whole_file_is_placed_and_locked(world: World) -> None:
    outcome = world.fetch()
    assert outcome.status is Status.FETCHED
    assert world.placed.read_bytes() == world.body
    assert world.leftovers() == []
    locked = read_lock(world.data)["TCHOL_H"]
    assert (locked.sha256, locked.rows) == (sha256_of(world.placed), 8291)
    assert locked.url == world.server.address + PLACE
    lines = (world.data / "nhanes.lock.json").read_text().splitlines()
    assert lines[:3] == ["{", ' "TCHOL_H": {', f'  "sha256": "{locked.sha256}",'], "a fact a line"


def test_a_second_run_asks_the_server_nothing(world: World) -> None:
    world.fetch()
    assert world.fetch().status is Status.PRESENT
    assert len(world.server.requests) == 1


def test_a_dropped_connection_is_resumed_where_it_broke(world: World) -> None:
    third = len(world.body) // 3
    world.server.answers[PLACE] = [partly(world.body, third), partly(world.body, third), whole(world.body)]
    assert world.fetch().status is Status.FETCHED
    assert world.placed.read_bytes() == world.body
    starts = [
        int(asked.removeprefix("bytes=").removesuffix("-")) for asked in world.server.ranges()[1:] if asked
    ]
    assert len(starts) == 2
    assert 0 < starts[0] <= third < starts[1] <= 2 * third


def test_an_interrupted_run_is_resumed_by_the_next(world: World) -> None:
    half = len(world.body) // 2
    world.server.answers[PLACE] = [partly(world.body, half), hang_up()]
    with pytest.raises(DownloadError, match="did not come whole in 5 tries"):
        world.fetch()
    assert not world.placed.exists()
    asked_before = len(world.server.requests)
    world.server.answers[PLACE] = [whole(world.body)]
    world.fetch()
    (asked,) = world.server.ranges()[asked_before:]
    assert asked is not None
    assert int(asked.removeprefix("bytes=").removesuffix("-")) > 0
    assert world.placed.read_bytes() == world.body


def test_a_server_without_ranges_is_asked_again_from_the_start(world: World) -> None:
    half = len(world.body) // 2
    world.server.answers[PLACE] = [
        partly(world.body, half, ranges=False),
        partly(world.body, len(world.body), ranges=False),
    ]
    world.fetch()
    assert world.placed.read_bytes() == world.body


def test_the_beginning_of_another_release_is_not_continued(world: World, tmp_path: Path) -> None:
    other = table_bytes(tmp_path, shift=1.0)
    assert len(other) == len(world.body)
    world.server.answers[PLACE] = [partly(other, len(other) // 2, etag='"zero"'), whole(world.body)]
    world.fetch()
    assert world.placed.read_bytes() == world.body


def test_a_part_longer_than_the_file_is_thrown_away(world: World) -> None:
    world.placed.parent.mkdir(parents=True)
    part = world.placed.with_name("TCHOL_H.XPT.part")
    part.write_bytes(world.body + b"more")
    part.with_name(part.name + ".validator").write_text('"one"')
    world.server.answers[PLACE] = [status(416), whole(world.body)]
    world.fetch()
    assert world.placed.read_bytes() == world.body
    assert world.leftovers() == []


def test_a_moved_file_is_followed(world: World) -> None:
    world.server.answers[PLACE] = [status(301, "/elsewhere/TCHOL_H.xpt")]
    world.server.answers["/elsewhere/TCHOL_H.xpt"] = [whole(world.body)]
    world.fetch()
    assert world.placed.read_bytes() == world.body


def test_a_moved_file_is_resumed_too(world: World) -> None:
    half = len(world.body) // 2
    world.server.answers[PLACE] = [status(301, "/elsewhere/TCHOL_H.xpt")]
    world.server.answers["/elsewhere/TCHOL_H.xpt"] = [partly(world.body, half), whole(world.body)]
    world.fetch()
    assert world.placed.read_bytes() == world.body
    *_, asked = world.server.ranges()
    assert asked not in (None, "bytes=0-")


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_a_server_that_stumbles_is_tried_again(world: World, code: int) -> None:
    world.server.answers[PLACE] = [status(code), status(code), whole(world.body)]
    world.fetch()
    assert world.placed.read_bytes() == world.body
    assert len(world.server.requests) == 3


def test_a_server_that_keeps_stumbling_is_left_alone(world: World) -> None:
    world.server.answers[PLACE] = [status(500)]
    with pytest.raises(DownloadError, match=r"TCHOL_H.xpt: .* 5 tries \(it answers 500\)"):
        world.fetch()
    assert len(world.server.requests) == 5


def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would be waited from now on."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def test_each_pause_is_twice_the_one_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.server.answers[PLACE] = [status(500)]
    waited = pauses(monkeypatch)
    with pytest.raises(DownloadError, match="5 tries"):
        world.fetch()
    assert waited == pytest.approx([0.001, 0.002, 0.004, 0.008])


def test_after_a_part_that_came_the_pauses_begin_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    third = len(world.body) // 3
    broken = [partly(world.body, third), status(500), status(500), partly(world.body, third)]
    world.server.answers[PLACE] = [status(500), *broken, whole(world.body)]
    waited = pauses(monkeypatch)
    world.fetch()
    assert waited == pytest.approx([0.001, 0.001, 0.001, 0.002, 0.001])


def test_without_settings_half_a_second_is_waited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.server.answers[PLACE] = [status(500), whole(world.body)]
    waited = pauses(monkeypatch)
    fetch_file(WANTED, world.data, Source(world.server.address), lambda done, total: None)
    assert waited == [0.5]


def test_a_server_that_is_not_there_is_asked_three_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with publisher() as gone:
        world = World(gone, tmp_path, b"")
    waited = pauses(monkeypatch)
    with pytest.raises(UnreachableError):
        world.fetch()
    assert waited == pytest.approx([0.001, 0.002])


@pytest.mark.parametrize(("code", "moved"), [(404, True), (410, True), (403, False), (501, False)])
def test_a_refusal_is_final_and_names_the_way_out(world: World, code: int, moved: bool) -> None:
    world.server.answers[PLACE] = [status(code)]
    hint = "the publisher may have moved its files: see --base-url" if moved else "see --base-url"
    with pytest.raises(DownloadError, match=f"the server answers {code} [A-Za-z ]+; {hint}$"):
        world.fetch()
    assert len(world.server.requests) == 1
    assert not world.placed.exists()


def test_a_circle_of_moves_is_final(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = pauses(monkeypatch)
    world.server.answers[PLACE] = [status(301, PLACE)]
    with pytest.raises(DownloadError, match=r"TCHOL_H\.xpt: cannot be fetched \(.*redirects.*see --base-url"):
        world.fetch()
    assert waited == []


def test_a_server_without_a_certificate_is_final(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked by https, a plain server answers what is no handshake."""
    waited = pauses(monkeypatch)
    source = Source(world.server.address.replace("http:", "https:"))
    with pytest.raises(DownloadError, match=r"TCHOL_H\.xpt: cannot be fetched \(.*SSL.*see --base-url"):
        fetch_file(WANTED, world.data, source, lambda done, total: None)
    assert waited == []


def test_an_error_page_with_status_200_is_recognised(world: World) -> None:
    page = b"\r\n<!DOCTYPE html><html><title>Page not found</title></html>" * 9
    world.server.answers[PLACE] = [status(302, "/notfound"), whole(world.body)]
    world.server.answers["/notfound"] = [whole(page, content_type="text/html")]
    with pytest.raises(DownloadError, match="what the server sent is a web page, not a SAS transport file"):
        world.fetch()
    assert not world.placed.exists()
    assert world.leftovers() == []


@pytest.mark.parametrize("cut", [0, 300, 700, 1000, 50_000, 80 * 900])
def test_a_file_cut_short_at_the_server_is_refused(world: World, cut: int) -> None:
    world.server.answers[PLACE] = [whole(world.body[:cut])]
    with pytest.raises(
        DownloadError, match=r"what the server sent (is cut short|is empty|has .* rows; expected)"
    ):
        world.fetch()
    assert not world.placed.exists()
    assert world.leftovers() == []


def test_another_table_is_refused(world: World, tmp_path: Path) -> None:
    world.server.answers[PLACE] = [whole(table_bytes(tmp_path, stem="HDL_H"))]
    with pytest.raises(DownloadError, match="holds table HDL_H; expected TCHOL_H"):
        world.fetch()
    assert not world.placed.exists()


def test_a_table_without_a_needed_variable_is_refused(world: World) -> None:
    with pytest.raises(DownloadError, match="has no variable LBXTC"):
        world.fetch(replace(WANTED, variables=("SEQN", "LBXTC")))


def test_a_server_that_is_not_there_is_named_once(tmp_path: Path) -> None:
    with publisher() as gone:
        address = gone.address
    with pytest.raises(UnreachableError, match=r"^127.0.0.1:\d+ does not answer"):
        fetch_file(WANTED, tmp_path, Source(address, pause=0.001), lambda done, total: None)


def test_a_damaged_file_is_replaced_by_the_locked_one(world: World) -> None:
    world.fetch()
    world.placed.write_bytes(world.body[:-4000])
    assert world.fetch().status is Status.FETCHED
    assert world.placed.read_bytes() == world.body


def test_a_change_at_the_server_is_reported_and_not_placed(world: World, tmp_path: Path) -> None:
    first = world.fetch()
    changed = table_bytes(tmp_path, shift=0.1)
    world.server.answers[PLACE] = [whole(changed, etag='"two"')]
    outcome = world.fetch(refresh=True)
    assert outcome.status is Status.CHANGED
    assert outcome.before == first.now
    assert outcome.now != first.now
    assert world.placed.read_bytes() == world.body
    assert world.leftovers() == []

    accepted = world.fetch(refresh=True, accept_changed=True)
    assert accepted.status is Status.ACCEPTED
    assert world.placed.read_bytes() == changed
    assert world.fetch().status is Status.PRESENT


def test_a_new_release_with_other_rows_needs_to_be_accepted(world: World, tmp_path: Path) -> None:
    world.server.answers[PLACE] = [whole(table_bytes(tmp_path, rows=8290))]
    with pytest.raises(DownloadError, match=r"has 8,290 rows; expected 8,291; .* --accept-changed"):
        world.fetch()
    world.fetch(accept_changed=True)
    assert read_lock(world.data)["TCHOL_H"].rows == 8290
    assert world.fetch().status is Status.PRESENT


def test_a_file_changed_in_place_is_reported_until_the_locked_one_is_back(
    world: World, tmp_path: Path
) -> None:
    world.fetch()
    world.placed.write_bytes(table_bytes(tmp_path, shift=0.1))
    assert world.fetch().status is Status.ALTERED
    assert world.fetch(refresh=True).status is Status.FETCHED
    assert world.placed.read_bytes() == world.body


def test_a_file_that_is_there_already_is_kept_under_its_own_name(world: World) -> None:
    world.data.mkdir()
    mine = world.data / "tchol_h.xpt"
    mine.write_bytes(world.body)
    outcome = world.fetch()
    assert (outcome.status, outcome.path) == (Status.PRESENT, mine)
    assert read_lock(world.data)["TCHOL_H"].sha256 == sha256_of(mine)
    assert world.server.requests == []


def test_progress_ends_at_the_whole_file(world: World) -> None:
    told: list[tuple[int, int | None]] = []
    world.server.answers[PLACE] = [partly(world.body, len(world.body) // 2), whole(world.body)]
    fetch_file(
        WANTED,
        world.data,
        Source(world.server.address, pause=0.001),
        lambda done, of: told.append((done, of)),
    )
    assert told[-1] == (len(world.body), len(world.body))
    assert {of for _, of in told} == {len(world.body)}


def test_the_shipped_protocols_need_these_files() -> None:
    files, absent = select_files()
    stems = {wanted.stem for wanted in files}
    assert {"DEMO_H", "DXX_I", "DXXFEM_D", "TRIGLY_J"} <= stems
    assert "DXXFEM_I" not in stems
    assert absent == ()


def test_cycles_or_tables_alone_are_crossed_with_what_the_protocols_need() -> None:
    every_table, _ = select_files(cycles=("2017-2018",))
    assert {"DEMO_J", "DXX_J", "DXXFEM_J", "ALQ_J"} <= {wanted.stem for wanted in every_table}
    one_table, absent = select_files(tables=("OSQ",))
    assert [wanted.stem for wanted in one_table] == ["OSQ_D", "OSQ_E", "OSQ_F", "OSQ_H", "OSQ_J"]
    assert absent == ("no OSQ in 2015-2016: osteoporosis was not asked in 2015-2016",)


def test_nothing_to_fetch_is_an_error() -> None:
    with pytest.raises(NotInCatalogueError, match="nothing to fetch; no DXXFEM in 2015-2016: "):
        select_files(("2015-2016",), ("DXXFEM",))


def test_what_the_survey_has_not_is_said_beside_what_it_has() -> None:
    files, absent = select_files(("2013-2014", "2015-2016"), ("DXXFEM",))
    assert [wanted.stem for wanted in files] == ["DXXFEM_H"]
    assert absent == ("no DXXFEM in 2015-2016: femur and spine scans were not done in 2015-2016",)


@pytest.mark.parametrize("there", [(), ("x.part",), ("x.part", "x.part.validator")])
def test_a_part_is_forgotten_with_what_is_known_of_it_whichever_is_there(
    there: tuple[str, ...], tmp_path: Path
) -> None:
    """A server that states neither ETag nor date leaves nothing to know a part by."""
    for name in (*there, "y.part"):
        (tmp_path / name).write_bytes(b"x")
    forget(tmp_path / "x.part")
    assert [path.name for path in tmp_path.iterdir()] == ["y.part"]
