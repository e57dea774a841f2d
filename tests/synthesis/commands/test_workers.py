"""Drawing processes: one that dies is told in one line, and none outlives the command that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import typer

from synthesis.commands import workers
from synthesis.commands.look import Look
from synthesis.commands.workers import Drawn, announce, drawer
from synthesis.drawing.forest_table import Axis, ForestTable, StudyRow
from tests.synthesis.commands.running import environment

LOOK = Look(None, ("png", "svg", "pdf"))
TABLE = ForestTable("One", "Effect", Axis("Effect"), (StudyRow("Lee 2019", 1.0, 0.5, 1.5, 100.0),))
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(what: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False


def command(folder: Path) -> subprocess.Popen[bytes]:
    """A whole review with two workers, caught while they are at work."""
    script = (
        "import os; os.cpu_count = lambda: 2\n"
        "import sys; sys.argv = ['synthesis', 'forest']\n"
        "from synthesis.__main__ import main; main()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@LINUX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.long
def test_a_command_that_is_ended_leaves_no_process_behind(number: signal.Signals, tmp_path: Path) -> None:
    parent = command(tmp_path)
    try:
        assert wait_until(lambda: len(children(parent.pid)) == 2)
        workers = children(parent.pid)
        parent.send_signal(number)
        parent.communicate(timeout=60)  # returns when the last process has closed the pipes
        assert wait_until(lambda: not any(map(alive, workers)), 10.0)
    finally:
        parent.kill()
    assert parent.returncode == -number


@LINUX
@pytest.mark.long
def test_a_worker_that_dies_is_one_line_and_an_exit_code(tmp_path: Path) -> None:
    parent = command(tmp_path)
    try:
        assert wait_until(lambda: len(children(parent.pid)) == 2)
        workers = children(parent.pid)
        os.kill(workers[0], signal.SIGKILL)
        _, errors = parent.communicate(timeout=60)
    finally:
        parent.kill()
    assert parent.returncode == 1
    assert errors.decode() == (
        "error: a drawing process was ended from outside, or ran out of memory: figures are missing\n"
    )
    assert not any(map(alive, workers))


@LINUX
@pytest.mark.long
def test_an_interrupt_ends_it_without_a_word_and_without_its_workers(tmp_path: Path) -> None:
    parent = command(tmp_path)
    try:
        assert wait_until(lambda: len(children(parent.pid)) == 2)
        workers = children(parent.pid)
        parent.send_signal(signal.SIGINT)
        _, errors = parent.communicate(timeout=60)
    finally:
        parent.kill()
    assert parent.returncode == 130
    assert b"Traceback" not in errors
    assert not any(map(alive, workers))


def test_a_figure_is_drawn_and_announced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with drawer(1, tmp_path / "made", LOOK) as draw:
        files = draw.finish(draw.plot(TABLE, "one_DL"))
    assert [file.name for file in files] == ["one_DL.png", "one_DL.svg", "one_DL.pdf"]
    assert all(file.stat().st_size > 500 for file in files)
    announce([Path("[bold]/a.png"), Path("a.svg"), Path("a.pdf")])
    assert capsys.readouterr().out == "→ [bold]/a.png .svg .pdf\n"


def test_the_fonts_of_a_pdf_have_the_tables_it_needs_and_no_others(tmp_path: Path) -> None:
    """ISO 32000-1:2008, section 9.9; a font file begins with its number of tables, and 16 bytes on each."""
    with drawer(1, tmp_path, LOOK) as draw:
        pdf = draw.finish(draw.plot(TABLE, "one"))[-1].read_bytes()
    streams = [each.partition(b"\nendstream")[0] for each in pdf.split(b"stream\n")[1::2]]
    opened = [zlib.decompress(each) for each in streams if each.startswith(b"x")]
    fonts = [each for each in opened if each.startswith(b"\0\1\0\0")]
    assert len(fonts) >= 2  # upright and bold
    for font in fonts:
        tags = [font[at : at + 4] for at in range(12, 12 + 16 * int.from_bytes(font[4:6], "big"), 16)]
        assert sorted(tags) == [b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp"]
        assert len(font) < 5_000  # of several hundred thousand


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    with drawer(1, tmp_path / "taken", LOOK) as draw, pytest.raises(typer.Exit):
        draw.finish(draw.plot(TABLE, "one"))
    assert "the figure cannot be written to '" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (
            ImportError("no module named 'matplotlib'"),
            "figures cannot be drawn: no module named 'matplotlib'",
        ),
        (OSError(28, "No space left on device"), "cannot be written to 'out': no space left on device"),
    ],
)
def test_what_stops_every_figure_stops_the_command(
    problem: Exception, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failed: Future[Drawn] = Future()
    failed.set_exception(problem)
    with drawer(1, Path("out"), LOOK) as draw, pytest.raises(typer.Exit) as ending:
        draw.finish(failed)
    assert ending.value.exit_code == 1
    assert says in capsys.readouterr().err


def test_characters_that_no_font_has_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    done: Future[Drawn] = Future()
    done.set_result(Drawn([Path("out/hip-men.png")], "\U000120fb\u1c50"))
    with drawer(1, Path("out"), LOOK) as draw:
        assert draw.finish(done) == [Path("out/hip-men.png")]
    assert "hip-men: no installed font can draw \U000120fb \u1c50" in capsys.readouterr().err


def test_what_stops_one_figure_is_for_the_command_to_tell() -> None:
    failed: Future[Drawn] = Future()
    failed.set_exception(ValueError("too wide"))
    with drawer(1, Path("out"), LOOK) as draw, pytest.raises(ValueError, match="too wide"):
        draw.finish(failed)


@pytest.mark.parametrize(
    ("figures", "processors", "started"), [(None, 8, 4), (3, 8, 3), (9, 8, 4), (9, 2, 2), (None, None, 1)]
)
def test_there_are_as_many_processes_as_figures_and_processors_and_at_most_four(
    monkeypatch: pytest.MonkeyPatch, figures: int | None, processors: int | None, started: int
) -> None:
    asked: list[int] = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, workers: int, **_: object) -> None:
            asked.append(workers)
            super().__init__(1)

    monkeypatch.setattr(workers, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    with drawer(figures, Path("out"), LOOK):
        pass
    assert asked == [started]


def test_an_error_of_the_command_does_not_wait_for_figures_that_are_not_begun(tmp_path: Path) -> None:
    with suppress(RuntimeError), drawer(1, tmp_path, LOOK) as draw:
        waiting = [draw.plot(TABLE, f"{number}") for number in range(40)]
        raise RuntimeError
    assert sum(figure.cancelled() for figure in waiting) > 20


def test_no_process_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(workers, "ProcessPoolExecutor", fails)
    with pytest.raises(typer.Exit), drawer(1, Path("out"), LOOK):
        pass
    assert capsys.readouterr().err == (
        "error: no process for drawing can be started: resource temporarily unavailable\n"
    )


@pytest.mark.long
def test_fonts_are_cut_down_quickly_in_workers_and_nowhere_else() -> None:
    """A drawing process cuts fonts of PDF files down by HarfBuzz, to the whole font's outlines and widths."""
    code = """
import io
from matplotlib import get_data_path
from matplotlib.backends import _backend_pdf_ps, backend_pdf, backend_ps
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from synthesis.commands import workers
from synthesis.drawing import quick
import synthesis.drawing.saving

theirs = backend_pdf._backend_pdf_ps.get_glyphs_subset
assert theirs is not quick._cut_down
workers._prepare()
fonts = backend_pdf._backend_pdf_ps
assert fonts.get_glyphs_subset is quick._cut_down
assert backend_ps._backend_pdf_ps.get_glyphs_subset is theirs is _backend_pdf_ps.get_glyphs_subset

class Place(str):
    face_index = 0

compared = 0
for name in ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique"):
    path = Place(get_data_path() + f"/fonts/ttf/{name}.ttf")
    whole = TTFont(path)
    kept = {whole.getGlyphID(whole.getBestCmap()[ord(c)]) for c in "Aé −²τgÅfi"}
    with fonts.get_glyphs_subset(path, kept) as cut:
        small = TTFont(io.BytesIO(fonts.font_as_file(cut.font).read()))
    assert set(small.keys()) - {"GlyphOrder"} == quick._OUTLINES
    for old in kept:
        new = cut.glyph_index_map[old]
        drawn = []
        for font, number in ((whole, old), (small, new)):
            pen = DecomposingRecordingPen(font.getGlyphSet())
            font.getGlyphSet()[font.getGlyphName(number)].draw(pen)
            drawn.append((pen.value, font["hmtx"][font.getGlyphName(number)]))
        assert drawn[0] == drawn[1], (name, old)
        compared += 1
assert compared == 3 * 10, compared
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment(), check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_a_pdf_file_is_the_same_whether_an_eps_file_is_made_beside_it_or_not(tmp_path: Path) -> None:
    made = []
    for folder, formats in (("alone", ("pdf",)), ("both", ("eps", "pdf"))):
        with drawer(1, tmp_path / folder, Look(None, formats)) as draw:
            made.append(draw.finish(draw.plot(TABLE, "one"))[-1].read_bytes())
    assert made[0] == made[1]
    assert (tmp_path / "both" / "one.eps").read_bytes().startswith(b"%!PS-Adobe")
