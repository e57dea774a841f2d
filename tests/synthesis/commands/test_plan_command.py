"""`plan`: answers, figures, and refusals in one line each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.synthesis.commands.running import synthesis


def test_a_plan_is_printed_and_drawn(tmp_path: Path) -> None:
    done = synthesis(
        "plan", "hip-men", "--interval", "0.01", "--sei", "0.002", "--format", "svg", cwd=tmp_path
    )
    assert done.returncode == 0
    assert "Studies for a 95% interval 0.01 wide" in done.stdout
    assert "more studies with a standard error of 0.002" in done.stdout
    assert [path.name for path in (tmp_path / "output").iterdir()] == ["hip-men-power-curve.svg"]


def test_bounds_are_drawn_and_labelled_and_so_is_one_more_study(tmp_path: Path) -> None:
    done = synthesis("plan", "hip-men", "--effect", "0.005", "--bounds", "--format", "svg", cwd=tmp_path)
    assert done.returncode == 0
    assert "To show, not to decide by" in done.stdout
    assert [path.name for path in (tmp_path / "output").iterdir()] == ["hip-men-sequential.svg"]
    done = synthesis("plan", "hip-women", "--one-more", "--output", "one", "--format", "svg", cwd=tmp_path)
    assert done.returncode == 0
    assert "One more study: the 95% interval is" in done.stdout
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["hip-women-one-more.svg"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("hip-men", "--interval", "1", "--effect", "1"), 2, "two goals; give one of them"),
        (("hip-men", "--one-more", "--bounds"), 2, "two questions; ask one at a time"),
        (("hip-men", "--one-more", "--interval", "1"), 2, "--interval has no part in --one-more"),
        (("hip-men", "--bounds", "--interval", "1"), 2, "--interval has no part in --bounds"),
        (("hip-man",), 2, "did you mean 'hip-men'"),
        (("all-sites-by-sex",), 1, "all-sites-by-sex is refused: Its effects are dependent"),
        (("hip-by-sex",), 1, "hip-by-sex is refused: Its rows stand in groups"),
        (("lumbar-spine-all",), 1, "expected tau2, the variance between studies"),
        (("hip-men", "--tau2", "-1"), 1, "tau2 is -1; expected zero or above"),
    ],
)
def test_what_cannot_be_planned_is_one_line(
    words: tuple[str, ...], code: int, says: str, tmp_path: Path
) -> None:
    done = synthesis("plan", *words, cwd=tmp_path)
    assert done.returncode == code
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
