"""`plot`: every kind on the shipped review, and what happens when something is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.audit.auditing import contradicted_estimates
from evidence.records.review import SHIPPED, load_review
from synthesis.__main__ import app
from synthesis.commands import workers
from synthesis.drawing.chart import Chart
from synthesis.drawing.forest_table import ForestTable
from synthesis.plots.kinds import KINDS
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis import analyse
from synthesis.review.bayesian_plots import BAYESIAN_KINDS
from synthesis.review.bias_plots import BIAS_KINDS
from synthesis.review.dose_table import CURVE, CURVE_SAYS
from synthesis.review.model_plots import RHO, RHO_SAYS
from synthesis.review.plot_subjects import MODERATORS, ReviewSubject, subjects_of
from synthesis.review.unpooled_plots import UNPOOLED_KINDS
from tests.synthesis.commands.running import synthesis
from tests.synthesis.review.made import record, review, slope


@pytest.fixture(scope="module")
def subjects() -> list[ReviewSubject]:
    """Every pooled group of every analysis of the shipped review."""
    loaded = load_review(SHIPPED)
    contradicted = contradicted_estimates(loaded.records)
    results = [analyse(loaded, analysis, loaded.review.method) for analysis in loaded.review.analyses]
    return [found for result in results for found in subjects_of(result, loaded, contradicted)]


_SLOW = ("selection", "multiverse")


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.long if kind in _SLOW else ()) for kind in KINDS]
)
def test_every_kind_draws_every_analysis_or_says_in_a_sentence_why_not(
    kind: str, subjects: list[ReviewSubject]
) -> None:
    drawn = 0
    for found in subjects:
        try:
            made = KINDS[kind].draw(found, "year")
        except NotDefinedError as reason:
            says = str(reason)
            assert says[0].isupper()
            assert says.endswith(".")
            assert ". " not in says, "one sentence"
            continue
        assert isinstance(made, Chart | ForestTable)
        assert made.title.startswith(found.subject.title)
        drawn += 1
    assert len(subjects) >= 11
    assert drawn >= 3 or kind == "labbe", "no study of the review records events of two arms"


@pytest.mark.parametrize("name", MODERATORS)
def test_moderators_are_read_from_the_records(name: str, subjects: list[ReviewSubject]) -> None:
    values = [value for found in subjects for value in found.moderator(name).values.tolist()]
    assert len(values) == sum(found.subject.pooled.k for found in subjects)
    known = [value for value in values if value == value]
    low, high = {"year": (1990, 2100), "n": (10, 1e6), "age": (18, 110)}[name]
    assert known
    assert all(low <= value <= high for value in known)


def test_groups_of_an_analysis_have_files_of_their_own(subjects: list[ReviewSubject]) -> None:
    stems = [(found.analysis.id, found.suffix) for found in subjects]
    assert ("thoracic-spine-by-ancestry", "") in stems
    assert ("hip-men", "") in stems
    assert len(set(stems)) == len(stems)


def test_an_unknown_kind_starts_no_drawing_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise AssertionError("a worker was started")

    monkeypatch.setattr(workers, "drawer", fails)
    for arguments in (["plot", "funel"], ["plot", "bubble", "--moderator", "weight"]):
        assert CliRunner().invoke(app, arguments).exit_code == 2


def test_the_list_names_every_kind_with_the_question_it_answers(tmp_path: Path) -> None:
    done = synthesis("plot", "--list", cwd=tmp_path, columns=200)
    assert done.returncode == 0
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    own = {RHO: RHO_SAYS, CURVE: CURVE_SAYS} | BAYESIAN_KINDS | UNPOOLED_KINDS | BIAS_KINDS
    assert lines == {name: kind.says for name, kind in KINDS.items()} | own
    assert all("?" in says for says in lines.values())
    assert len({line.index(lines[line.split()[0]]) for line in done.stdout.splitlines()}) == 1, "one column"
    assert synthesis("plot", cwd=tmp_path, columns=200).stdout == done.stdout
    assert not list(tmp_path.iterdir())


def test_a_chart_is_written_in_three_formats_and_said_in_words(tmp_path: Path) -> None:
    done = synthesis("plot", "funnel", "hip-men", "lumbar-spine-all", "--output", "drawn", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    assert {path.name for path in (tmp_path / "drawn").iterdir()} == {
        f"hip-men-funnel.{suffix}" for suffix in ("png", "svg", "pdf")
    }
    assert min(path.stat().st_size for path in (tmp_path / "drawn").iterdir()) > 1000
    assert "→ drawn/hip-men-funnel.png .svg .pdf" in done.stdout
    assert "Funnel plot of 3 studies" in done.stdout
    assert "little power" in done.stdout
    assert "lumbar-spine-all-funnel: A funnel plot needs at least 2 studies" in done.stdout
    svg = (tmp_path / "drawn" / "hip-men-funnel.svg").read_text(encoding="utf-8")
    assert "Funnel plot of 3 studies" in svg


def test_risk_of_bias_is_drawn_tool_by_tool_and_refused_in_a_sentence(tmp_path: Path) -> None:
    made = {
        name: record(name, [slope("hip", "0.020", "0.010, 0.030")])
        + f"risk_of_bias:\n  - {{tool: {tool}, domain: D1, judgement: low, support: Said so.}}\n"
        for name, tool in (("ada", "RoB 2"), ("bob", "ROBINS-E"))
    }
    review(tmp_path / "made", made, sites="hip")
    bars = ("risk-of-bias", "all", "--review", "made", "--width", "85mm", "--format", "svg")
    done = synthesis("plot", *bars, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for tool in ("rob-2-2019", "robins-e-2024"):
        drawn = tmp_path / "output" / f"all-{tool}-risk-of-bias.svg"
        assert "risk of bias by" in drawn.read_text(encoding="utf-8")
    assert "100 % of the" in " ".join(done.stdout.split())
    refused = synthesis("plot", "traffic-light", "hip-men", cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stdout.strip() == (
        "hip-men-traffic-light: No study of this analysis has a judgement of its risk of bias."
    )


def test_the_moderator_of_a_bubble_plot_can_be_chosen(tmp_path: Path) -> None:
    done = synthesis("plot", "bubble", "lumbar-spine-by-ancestry", "--moderator", "n", cwd=tmp_path)
    assert done.returncode == 0
    assert "per unit of number of persons" in done.stdout
    svg = (tmp_path / "output" / "lumbar-spine-by-ancestry-bubble_n.svg").read_text(encoding="utf-8")
    assert "Number of persons" in svg
    for words in (["bubble", "hip-men"], ["funnel", "hip-men", "--moderator", "n"]):
        assert synthesis("plot", *words, "--output", "usual", cwd=tmp_path).returncode == 0
    usual = {path.stem for path in (tmp_path / "usual").iterdir()}
    assert usual == {"hip-men-bubble", "hip-men-funnel"}, "the year is the usual one, and for bubbles alone"


def test_a_forest_is_printed_as_a_table_by_the_method_asked_for(tmp_path: Path) -> None:
    done = synthesis(
        "plot", "leave-one-out", "hip-men", "--method", "ee", "--test", "z", cwd=tmp_path, columns=200
    )
    assert done.returncode == 0
    assert "without IMOS-4 2025" in done.stdout
    assert "All 3 studies" in done.stdout
    assert "Equal effects" in done.stdout
    assert "the names of the figures end in _EE_z" in done.stdout
    assert (tmp_path / "output" / "hip-men-leave-one-out_EE_z.png").exists()
    assert len(list((tmp_path / "output").iterdir())) == 3


def test_named_analyses_of_which_none_has_the_plot_exit_with_1(tmp_path: Path) -> None:
    done = synthesis("plot", "labbe", "hip-men", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.strip() == (
        "hip-men-labbe: A L'Abbé plot needs events and persons of both arms; no study records them."
    )
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["funel"], "did you mean 'funnel'?"),
        (["xyz"], "no kind of plot is called 'xyz'; one of: funnel, funnel-contour, "),
        (["funnel", "hip-man"], "did you mean 'hip-men'?"),
        (["bubble", "--moderator", "weight"], "one of: year, n, age"),
    ],
)
def test_a_wrong_word_gets_one_clear_line(arguments: list[str], says: str, tmp_path: Path) -> None:
    done = synthesis("plot", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "output").exists()


def test_an_output_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    done = synthesis("plot", "funnel", "hip-men", "--output", "taken", cwd=tmp_path)
    assert done.returncode == 1
    assert "the figure cannot be written to 'taken'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_double_count_is_refused_and_the_rest_is_drawn(tmp_path: Path) -> None:
    review = shutil.copytree(SHIPPED, tmp_path / "review")
    text = (review / "studies" / "imos-4.yaml").read_text(encoding="utf-8")
    (review / "studies" / "imos-4-again.yaml").write_text(
        text.replace("study: imos-4", "study: imos-4-again"), encoding="utf-8"
    )
    done = synthesis("plot", "radial", "hip-men", "lumbar-spine-men", "--review", review, cwd=tmp_path)
    assert done.returncode == 1
    assert "hip-men is refused" in done.stderr
    assert [path.name for path in (tmp_path / "output").glob("*.png")] == ["lumbar-spine-men-radial.png"]
