"""`verify`: what does not follow is counted and named, and the exit code tells the two ways to fail apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from synthesis.living.verifying import Verified
from synthesis.terminal import console
from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import released_review


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(console, "record", True)
    yield
    console.export_text(clear=True)


def test_a_folder_that_is_no_release_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    done = synthesis("verify", "studies", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "'studies' is no release" in done.stderr


def test_faults_are_red_and_counted_notes_stand_back_and_what_follows_is_green(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Verified("1.0.0", 1234, 5678, (), ("a note",))
    monkeypatch.setattr("synthesis.living.verifying.verify_release", lambda _: found)
    whole = synthesis("verify", "r", cwd=tmp_path)
    assert (whole.returncode, whole.stderr) == (0, "")
    counts = "1,234 files and 5,678 numbers compared"
    assert whole.stdout == f"a note\nrelease 1.0.0: every number follows; {counts}\n"
    found = Verified("1.0.0", 1234, 5678, ("one", "two"), ())
    wrong = synthesis("verify", "r", cwd=tmp_path)
    assert (wrong.returncode, wrong.stderr) == (1, "")
    assert wrong.stdout == (
        f"does not follow: one\ndoes not follow: two\nrelease 1.0.0: 2 faults; {counts}\n"
    )
    styled = console.export_text(styles=True)
    for begins in (
        "\x1b[31mdoes not follow: one",
        "\x1b[2ma note",
        "\x1b[1;31mrelease 1.0.0: 2 faults",
        "\x1b[1;32mrelease 1.0.0: every number follows",
    ):
        assert begins in styled


@pytest.mark.long
def test_a_changed_file_is_red_other_line_ends_are_a_dim_note_and_a_folder_without_manifest_is_no_release(
    tmp_path: Path,
) -> None:
    review = released_review(tmp_path)
    folder = review / "releases" / "1.0.0"
    whole = synthesis("verify", folder, cwd=review)
    assert (whole.returncode, whole.stdout[:38]) == (0, "release 1.0.0: every number follows; 1")

    kept = folder / "inputs" / "studies" / "abel.yaml"
    kept.write_bytes(kept.read_bytes().replace(b"\n", b"\r\n"))
    noted = synthesis("verify", folder, cwd=review)
    assert noted.returncode == 0
    assert noted.stdout.startswith("inputs/studies/abel.yaml has other line ends than was released")

    (folder / "more.txt").write_text("more", encoding="utf-8")
    wrong = synthesis("verify", folder, cwd=review)
    assert wrong.returncode == 1
    assert "does not follow: more.txt is no file of the release\n" in wrong.stdout
    assert "release 1.0.0: 1 fault; 19 files and " in wrong.stdout

    none = synthesis("verify", "studies", cwd=review)
    assert none.returncode == 2
    assert "'studies' is no release" in none.stderr

    styled = console.export_text(styles=True)
    for begins in (
        "\x1b[31mdoes not follow: ",
        "\x1b[2minputs/studies/abel",
        "\x1b[1;31mrelease 1.0.0: 1 fault",
    ):
        assert begins in styled
    assert "\x1b[1;32mrelease 1.0.0: every number follows" in styled
