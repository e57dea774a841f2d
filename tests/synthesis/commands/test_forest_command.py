"""`forest`: the shipped review as a user runs it, and what happens when something is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from evidence.records.review import SHIPPED, load_review
from tests.synthesis.commands.running import synthesis


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder with the figures of the whole shipped review, and what was printed."""
    folder = tmp_path_factory.mktemp("shipped")
    done = synthesis("forest", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder, done.stdout


@pytest.fixture
def review(tmp_path: Path) -> Path:
    """A copy of the shipped review that a test may bend."""
    return shutil.copytree(SHIPPED, tmp_path / "review")


def test_every_analysis_is_printed_and_drawn_in_three_formats(shipped: tuple[Path, str]) -> None:
    folder, printed = shipped
    drawn = {path.stem for path in (folder / "output").iterdir()}
    assert len(drawn) >= 11
    for name in drawn:
        sizes = [(folder / "output" / f"{name}.{suffix}").stat().st_size for suffix in ("png", "svg", "pdf")]
        assert min(sizes) > 1000
        assert f"output/{name}.png .svg .pdf" in printed
    assert set(folder.iterdir()) == {folder / "output"}, "nothing is written elsewhere"


def test_the_printed_hip_estimate_of_imos_is_the_paper_s(shipped: tuple[Path, str]) -> None:
    line = next(line for line in shipped[1].splitlines() if line.startswith("IMOS-4"))
    assert "0.0079" in line
    assert "[0.0020, 0.0135]" in line


def test_the_output_says_how_and_what_not(shipped: tuple[Path, str]) -> None:
    printed = " ".join(shipped[1].split())
    assert "Random effects: restricted maximum likelihood (REML)" in printed
    assert "examined, not reported" in printed
    assert "One study, nothing pooled." in printed
    assert "The same persons: CHS 2019 (men: hip and lumbar spine; women: hip and lumbar spine)" in printed
    assert "Recorded, in no analysis:" in printed
    assert "measure is OR, not beta" in printed


def run_json(*arguments: str | Path, cwd: Path) -> list[dict[str, Any]]:
    done = synthesis("forest", *arguments, "--json", cwd=cwd)
    assert done.stderr == ""
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_the_whole_review_is_counted_overviewed_and_accounted_for(shipped: tuple[Path, str]) -> None:
    lines = shipped[1].splitlines()
    records = load_review(SHIPPED).records
    estimates = sum(len(record.placed_estimates) for record in records)
    assert lines[0] == f"hemoglobin-bmd: {len(records)} studies, {estimates} estimates, 15 analyses"
    assert lines[1] == ""
    assert lines[2].startswith("Change in BMD")
    assert lines[3].startswith("  hip-men  "), "the overview"
    assert sum(line.startswith("Hip, men · ") for line in lines) == 1
    assert sum(line.startswith("Random effects: ") for line in lines) == 1, "once for all tables"


def test_a_single_analysis_has_no_overview_and_no_account_of_the_review(tmp_path: Path) -> None:
    printed = synthesis("forest", "hip-men", cwd=tmp_path).stdout
    assert sum(line.startswith("Hip, men") for line in printed.splitlines()) == 1
    assert sum(line.startswith("Random effects: ") for line in printed.splitlines()) == 1
    assert "Recorded, in no analysis" not in printed
    several = run_json("hip-men", "hip-women", "--method", "DL", cwd=tmp_path)
    assert [one["analysis"] for one in several] == ["hip-men", "hip-women"]
    refused = json.loads(
        synthesis("forest", "hip-men", "--json", "--method", "DL", "--test", "KR", cwd=tmp_path).stdout
    )
    assert refused[0]["analysis"] == "hip-men"
    assert "'KR' is defined for method 'REML' alone" in refused[0]["refused"]


def test_json_carries_numbers_with_their_places(tmp_path: Path) -> None:
    (found,) = run_json("hip-men", cwd=tmp_path)
    imos = next(one for one in found["groups"][0]["studies"] if one["study"] == "imos-4")
    assert imos["yi"] == 0.0079
    assert imos["at"].startswith("Abstract")
    assert imos["doi"] == "10.1007/s11657-025-01507-6"
    assert imos["sei_from"] == "95% interval"


def test_the_method_can_be_chosen_and_equal_effects_is_the_weighted_mean(tmp_path: Path) -> None:
    (found,) = run_json("lumbar-spine-by-ancestry", "--method", "ee", "--test", "z", cwd=tmp_path)
    studies, pooled = found["groups"][0]["studies"], found["groups"][0]["pooled"]
    weights = [1 / one["sei"] ** 2 for one in studies]
    mean = sum(weight * one["yi"] for weight, one in zip(weights, studies, strict=True)) / sum(weights)
    assert pooled["estimate"] == pytest.approx(mean, rel=1e-12)
    assert pooled["se"] == pytest.approx(sum(weights) ** -0.5, rel=1e-12)


def test_rows_can_be_sorted(tmp_path: Path) -> None:
    (found,) = run_json("lumbar-spine-by-ancestry", "--sort", "effect", cwd=tmp_path)
    effects = [one["yi"] for one in found["groups"][0]["studies"]]
    assert effects == sorted(effects)


def test_list_names_the_analyses(tmp_path: Path) -> None:
    done = synthesis("forest", "--list", cwd=tmp_path)
    assert "hip-men  Hip, men" in done.stdout
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["hip-man"], "did you mean 'hip-men'?"),
        (["xyz"], "no analysis is called 'xyz'; one of: hip-men, hip-women, "),
        (["--method", "REMLL"], "REML"),
        (["--test", "hksk"], "HKSJ"),
        (["--review", "nowhere"], "nowhere"),
    ],
)
def test_a_wrong_word_gets_one_clear_line(arguments: list[str], says: str, tmp_path: Path) -> None:
    done = synthesis("forest", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "output").exists()


def test_an_output_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    done = synthesis("forest", "hip-men", "--output", "taken", cwd=tmp_path)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def misprinted(review: Path) -> Path:
    """A record in which one number is none."""
    path = review / "studies" / "imos-4.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("0.0079", "hello", 1), encoding="utf-8")
    return path


@pytest.mark.long
def test_a_record_that_cannot_be_read_is_said_loudly_and_the_rest_is_pooled(
    review: Path, tmp_path: Path
) -> None:
    whole = {each["analysis"]: each for each in run_json("--review", str(review), cwd=tmp_path)}
    misprinted(review)
    done = synthesis("forest", "--review", review, "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert "imos-4.yaml:" in done.stderr
    assert "'hello' is not a number" in done.stderr
    assert " in 27 files\n" in done.stderr, "26 studies and review.yaml"
    assert done.stderr.endswith("error: 1 record cannot be read, and no analysis has anything of it\n")
    pooled = {each["analysis"]: each for each in json.loads(done.stdout)}
    assert pooled.keys() == whole.keys()
    had = {name for name, each in whole.items() if '"study": "imos-4"' in json.dumps(each["groups"])}
    assert 0 < len(had) < len(whole)
    for name, each in pooled.items():
        assert each["unread"] == ["studies/imos-4.yaml"], "every analysis asks about an outcome of its record"
        if name not in had:
            assert each["groups"] == whole[name]["groups"]


def test_a_figure_says_which_record_it_is_without(review: Path, tmp_path: Path) -> None:
    misprinted(review)
    done = synthesis("forest", "hip-men", "--review", review, cwd=tmp_path)
    assert done.returncode == 1
    assert "Without studies/imos-4.yaml, which cannot be read." in done.stdout
    assert "Without studies/imos-4.yaml" in (tmp_path / "output" / "hip-men.svg").read_text(encoding="utf-8")


def test_a_file_that_nothing_reads_stops_no_analysis(review: Path, tmp_path: Path) -> None:
    (review / "lost.yaml").write_text("study: x\n", encoding="utf-8")
    done = synthesis("forest", "hip-men", "--review", review, cwd=tmp_path)
    assert done.returncode == 1
    assert "lost.yaml:1:1: error: this file is in no pool: nothing reads it" in done.stderr
    assert done.stderr.endswith("error: 1 file of the review stands where nothing reads it\n")
    assert "cannot be read" not in done.stdout
    assert (tmp_path / "output" / "hip-men.png").exists()


def test_without_a_record_or_a_review_that_can_be_read_nothing_is_pooled(
    review: Path, tmp_path: Path
) -> None:
    text = (review / "review.yaml").read_text(encoding="utf-8")
    (review / "review.yaml").write_text(text.replace("title:", "titel:", 1), encoding="utf-8")
    for _ in range(2):
        done = synthesis("forest", "--review", review, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (
            1,
            "error: nothing was pooled: mend the files named above first\n",
        )
        assert not (tmp_path / "output").exists()
        (review / "review.yaml").write_text(text, encoding="utf-8")
        for path in (review / "studies").glob("*.yaml"):
            path.write_text("study: [", encoding="utf-8")


def test_a_double_count_is_refused_with_both_records_and_the_rest_is_drawn(
    review: Path, tmp_path: Path
) -> None:
    text = (review / "studies" / "imos-4.yaml").read_text(encoding="utf-8")
    (review / "studies" / "imos-4-again.yaml").write_text(
        text.replace("study: imos-4", "study: imos-4-again"), encoding="utf-8"
    )
    done = synthesis("forest", "hip-men", "lumbar-spine-all", "--review", review, cwd=tmp_path)
    assert done.returncode == 1
    assert "hip-men is refused" in done.stderr
    assert "imos-4/" in done.stderr
    assert "imos-4-again/" in done.stderr
    assert [path.name for path in (tmp_path / "output").glob("*.png")] == ["lumbar-spine-all.png"]


def test_an_estimate_that_contradicts_itself_is_left_out_and_said_so(review: Path, tmp_path: Path) -> None:
    path = review / "studies" / "imos-4.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("0.0079", "0.0179", 1), encoding="utf-8")
    (found,) = run_json("hip-men", "--review", review, cwd=tmp_path)
    assert "imos-4" not in {one["study"] for one in found["groups"][0]["studies"]}
    reason = next(one["reason"] for one in found["left_out"] if one["study"] == "imos-4")
    assert "the estimate 0.0179 lies outside its own 95% interval" in reason


def test_numbers_beyond_all_reason_stop_nothing(review: Path, tmp_path: Path) -> None:
    path = review / "studies" / "imos-4.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in (("0.0079", "79e200"), ("[0.002, 0.0135]", "[20e200, 135e200]")):
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    done = synthesis("forest", "hip-men", "--review", review, cwd=tmp_path)
    assert done.returncode == 0
    assert "79e200 is too large for any study" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "teaches"),
    [
        ([], "forest"),
        (["--help"], "forest"),
        (["forest", "--help"], "--review"),
        (["check", "--help"], "--format"),
    ],
)
def test_help_teaches(arguments: list[str], teaches: str, tmp_path: Path) -> None:
    done = synthesis(*arguments, cwd=tmp_path)
    assert teaches in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


# What is drawn, under which name, and what is not.


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def three(stem: str) -> set[str]:
    return {f"{stem}.{suffix}" for suffix in ("png", "svg", "pdf")}


def test_json_draws_only_where_an_output_is_named(tmp_path: Path) -> None:
    run_json("hip-men", cwd=tmp_path)
    assert files(tmp_path) == set()
    run_json("hip-men", "--output", "output", cwd=tmp_path)
    assert files(tmp_path) == three("output/hip-men")


@pytest.mark.long
def test_another_method_leaves_the_main_figures_and_says_so(tmp_path: Path) -> None:
    main = synthesis("forest", "hip-men", "--method", "REML", "--test", "HKSJ", cwd=tmp_path)
    assert files(tmp_path) == three("output/hip-men")
    assert "own method" not in main.stdout
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    other = synthesis("forest", "hip-men", "--method", "dl", "--test", "z", cwd=tmp_path)
    assert "Not by the review's own method: the names of the figures end in _DL_z" in other.stdout
    assert "→ output/hip-men_DL_z.png .svg .pdf" in other.stdout
    test_only = synthesis("forest", "hip-men", "--test", "z", "--json", "--output", "output", cwd=tmp_path)
    assert test_only.stderr == "Not by the review's own method: the names of the figures end in _z\n"
    assert files(tmp_path) == three("output/hip-men") | three("output/hip-men_DL_z") | three(
        "output/hip-men_z"
    )
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def without_estimates(review: Path) -> None:
    """The first analysis asks for an outcome that no record has."""
    path = review / "review.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("outcome: {name: BMD, sites: [hip]}") >= 1
    path.write_text(
        text.replace("outcome: {name: BMD, sites: [hip]}", "outcome: {name: BMD, sites: [left thumb]}", 1),
        encoding="utf-8",
    )


def test_an_analysis_without_an_estimate_draws_no_stub(review: Path, tmp_path: Path) -> None:
    without_estimates(review)
    done = synthesis("forest", "hip-men", "lumbar-spine-all", "--review", review, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "hip-men: no estimate, so no figure" in done.stdout
    assert {path.name for path in (tmp_path / "output").iterdir()} == three("lumbar-spine-all")
    alone = synthesis("forest", "hip-men", "--review", review, "--output", "other", cwd=tmp_path)
    assert alone.returncode == 1
    assert synthesis("forest", "hip-men", "--review", review, "--json", cwd=tmp_path).returncode == 0
    silent = synthesis("forest", "hip-men", "--review", review, "--json", "--output", "o", cwd=tmp_path)
    assert silent.stderr == "hip-men: no estimate, so no figure\n"
    assert not (tmp_path / "other").exists()
    (found,) = run_json("hip-men", "--review", review, cwd=tmp_path)
    assert [group["studies"] for group in found["groups"]] == [[]]


def test_a_method_and_a_test_that_do_not_go_together_are_a_line_each(review: Path, tmp_path: Path) -> None:
    done = synthesis(
        "forest", "hip-men", "hip-women", "lumbar-spine-all", "--method", "DL", "--test", "KR", cwd=tmp_path
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    assert [line.partition(" is refused: ")[0] for line in lines] == [
        "error: hip-men",
        "error: hip-women",
        "error: lumbar-spine-all",
    ]
    assert all("test 'KR' is defined for method 'REML' alone" in line for line in lines)
    assert done.stdout.count("\n") == 1, "the headline alone"
    plots = synthesis("plot", "funnel", "hip-men", "--method", "DL", "--test", "KR", cwd=tmp_path)
    assert plots.returncode == 1
    assert plots.stderr.startswith("error: hip-men is refused: ")


def test_titles_and_labels_are_text(review: Path, tmp_path: Path) -> None:
    path = review / "review.yaml"
    text = path.read_text(encoding="utf-8")
    assert "title: Hip, men" in text
    evil = 'title: "[bold]Hip[/] \\e]0;owned\\a \\u202e men\\ufeff"'
    path.write_text(text.replace("title: Hip, men", evil, 1), encoding="utf-8")
    for arguments in (["forest", "hip-men"], ["forest", "--list"], ["plot", "funnel", "hip-men"]):
        done = synthesis(*arguments, "--review", review, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "[bold]Hip[/] \\x1b]0;owned\\x07 \\u202e men" in done.stdout
        assert not {"\x1b", "\x07", "\u202e", "\ufeff"} & set(done.stdout)
    svg = (tmp_path / "output" / "hip-men.svg").read_text(encoding="utf-8")
    assert "[bold]Hip[/] ]0;owned" in svg
    assert not {"\x1b", "\u202e", "\ufeff"} & set(svg)
    (found,) = run_json("hip-men", "--review", review, cwd=tmp_path)
    assert found["title"] == "[bold]Hip[/] \x1b]0;owned\x07 \u202e men\ufeff"


def test_equal_effects_on_the_command_line_are_tested_by_z(tmp_path: Path) -> None:
    """1.96 standard errors of the inverse-variance mean, not the t of the review's own test."""
    (one,) = json.loads(synthesis("forest", "--json", "hip-men", "--method", "EE", cwd=tmp_path).stdout)
    summary = one["groups"][0]["pooled"]
    assert (summary["test"], summary["method"]) == ("z", "EE")
    weights = 1 / np.array(summary["vi"])
    mean, half = weights @ np.array(summary["yi"]) / weights.sum(), norm.ppf(0.975) / np.sqrt(weights.sum())
    assert summary["ci_low"] == pytest.approx(mean - half, rel=1e-9)
    (other,) = json.loads(
        synthesis("forest", "--json", "hip-men", "--method", "EE", "--test", "HKSJ", cwd=tmp_path).stdout
    )
    assert other["groups"][0]["pooled"]["test"] == "HKSJ"
