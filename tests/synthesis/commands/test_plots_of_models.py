"""`plot` of analyses whose effects are dependent, and of posteriors: a file a summary."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.synthesis.commands.running import synthesis


def drawn(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_model_is_drawn_as_a_whole_and_a_posterior_is_asked_of_each_group(tmp_path: Path) -> None:
    done = synthesis("plot", "rho", "hip-and-neck-by-sex", "--format", "svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert drawn(tmp_path / "output") == ["hip-and-neck-by-sex-rho.svg"]
    done = synthesis("plot", "posterior", "hip-by-sex", cwd=tmp_path, columns=200)
    assert done.returncode == 1
    names = [line.partition(": ")[0] for line in done.stdout.splitlines()]
    assert names == ["hip-by-sex-men-posterior", "hip-by-sex-women-posterior"]


def test_a_posterior_is_drawn_of_the_review_s_own_analysis(tmp_path: Path) -> None:
    done = synthesis("plot", "posterior", "hip-men", "--format", "svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert drawn(tmp_path / "output") == ["hip-men-posterior.svg"]


def test_an_order_is_of_a_cumulative_plot_alone(tmp_path: Path) -> None:
    done = synthesis("plot", "funnel", "hip-men", "--order", "entered", cwd=tmp_path)
    assert done.returncode == 2
    assert "--order is of a cumulative plot; a plot of kind 'funnel' has no order" in " ".join(
        done.stderr.split()
    )
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(("order", "ending"), [("year", "cumulative"), ("entered", "cumulative_entered")])
def test_the_order_of_a_cumulative_plot_stands_in_its_name_where_it_is_not_the_usual_one(
    order: str, ending: str, tmp_path: Path
) -> None:
    given = ("hip-men", "--order", order, "--format", "svg")
    done = synthesis("plot", "cumulative", *given, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert drawn(tmp_path / "output") == [f"hip-men-{ending}.svg"]
