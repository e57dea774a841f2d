"""`certainty` as it prints: what is rated, each domain with its judgement, and what stands out."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthesis.terminal import console
from tests.synthesis.certainty.rated import loaded_of, same, two_groups
from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import study, write
from tests.synthesis.review.made import record

JUDGED = "by: AB, on: 2026-11-01"
CHOICE = f"""{{thresholds: {{per_1000: [-50]}},
      baseline_risks: [{{name: usual, risk: 0.3, source: a register}}],
      judgements: [{{domain: imprecision, judgement: not serious, reason: Large enough., {JUDGED}}},
        {{domain: indirectness, judgement: serious, reason: Mice., {JUDGED}}},
        {{domain: certainty, judgement: low, reason: All in all., {JUDGED}, data: '000000000000'}},
        {{domain: imprecision, judgement: serious, reason: Few., group: children, {JUDGED}}}]}}"""


def told(folder: Path, *words: str) -> list[str]:
    done = synthesis("certainty", "--review", folder, *words, cwd=folder, columns=300)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_row_has_its_effect_its_risks_and_its_domains(tmp_path: Path) -> None:
    """0.3 × 0.8 is 240 per 1,000, 60 fewer than 300; equal studies leave HKSJ no interval."""
    loaded_of(tmp_path, CHOICE, **same(2, "0.80", "0.64, 1.00"))
    lines = told(tmp_path)
    assert lines[:5] == [
        "",
        "Everybody",
        "Risk ratio, low vs high: 0.8 (0.8 to 0.8); 2 studies, 2,000 persons",
        "  usual: 300 per 1,000 (a register): 60 fewer per 1,000 (60 fewer to 60 fewer), "
        "240 with the exposure",
        "  Risk with the exposure: risk × RR (Cochrane Handbook 5.1, section 12.5.4.2).",
    ]
    at = lines.index("  imprecision: not serious (AB)")
    assert lines[at + 1] == "    Large enough. (2026-11-01) (the numbers suggest: serious)"
    assert lines[at + 2].startswith("    The 95% interval at usual, ")
    at = lines.index("  indirectness: serious (AB)")
    assert lines[at + 1 : at + 3] == [
        "    Mice. (2026-11-01)",
        "    Not in the numbers of a review: judged by hand.",
    ]
    at = lines.index("  certainty: low (AB, stale)")
    assert lines[at + 1] == "    All in all. (2026-11-01)"
    assert lines[at + 2].startswith("    data: ")
    assert lines[at + 3 :] == [
        "all: the judgement of imprecision (AB, 2026-11-01) is of the group 'children', which has no summary"
    ]


def test_what_stands_out_and_what_stands_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "record", True)
    more = "bayes: {primary: bayesian}"
    loaded_of(tmp_path, CHOICE, more=more, **same(2, "0.80", "0.64, 1.00"))
    told(tmp_path)
    told(write(tmp_path / "tea", abel=study("abel", "0.50")))
    styled = console.export_text(styles=True)
    for code, words in (
        ("1", "Everybody"),
        ("2", "  Rated is the pooled estimate; the primary summary"),
        ("2", "  Risk with the exposure: "),
        ("1;33", "  certainty: low (AB, stale)"),
        ("1", "  imprecision: not serious (AB)"),
        ("2", "    Zeng et al. 2022"),
        ("2", "    data: "),
        ("33", "all: the judgement of imprecision"),
        ("2", "spine: nothing is pooled"),
    ):
        assert f"\x1b[{code}m{words}" in styled, words


def test_one_analysis_is_asked_about_and_one_without_a_summary_says_so(tmp_path: Path) -> None:
    silent = study("berg", "0.30").replace("    n: 100\n", "")
    folder = write(tmp_path / "tea", abel=study("abel", "0.50"), berg=silent)
    assert told(folder, "spine") == ["spine: nothing is pooled"]
    title, effect = told(folder, "hip")[1:3]
    assert title == "Hip"
    assert effect.endswith("; 2 studies, persons not stated")


def test_what_contradicts_itself_is_rated_no_more_than_it_is_pooled(tmp_path: Path) -> None:
    records = same(2, "0.80", "0.64, 1.00") | {"s9": record("s9", [two_groups("0.80", "0.90, 1.00")])}
    loaded_of(tmp_path, "{}", **records)
    assert any(line.endswith("; 2 studies, 2,000 persons") for line in told(tmp_path))


def test_an_analysis_that_cannot_be_rated_is_told_and_the_code_is_1(tmp_path: Path) -> None:
    loaded_of(tmp_path, "{contrast: 2 g/dL}", **same(1, "0.80", "0.64, 1.00"))
    done = synthesis("certainty", "--review", tmp_path, cwd=tmp_path, columns=300)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: all is refused: 'contrast: 2 g/dL' is of a slope")
