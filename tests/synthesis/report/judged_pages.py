"""A made review whose certainty is rated and whose studies are judged, by several persons and tools."""

from __future__ import annotations

from pathlib import Path

from evidence.records.review import load_review
from synthesis.paper.paper_table import Reported
from synthesis.review.analysis import analyse
from tests.synthesis.certainty.rated import COMMON, loaded_of, two_groups
from tests.synthesis.review.made import record, silent
from tests.synthesis.review.test_bias_plots import judged

_SIGNED = "by: AB, on: 2026-11-01"
_JUDGED = (
    f"{{domain: imprecision, judgement: not serious, reason: Narrow., data: '{'0' * 12}', {_SIGNED}}}",
    f"{{domain: certainty, judgement: moderate, reason: 'Down by <b>one</b>.', {_SIGNED}}}",
    f"{{domain: indirectness, judgement: serious, reason: Gone., group: children, {_SIGNED}}}",
)
CHOICE = (
    "{thresholds: {per_1000: [-50]}, baseline_risks: [{name: usual, risk: 0.3, source: a register}], "
    f"judgements: [{', '.join(_JUDGED)}]}}"
)


def judged_review(folder: Path, choice: str = CHOICE) -> Reported:
    """RR 0.80 from 0.64 to 1.00 twice, with lights; a silent study with stars; one without any judgement."""
    ratio = [two_groups("0.80", "0.64, 1.00")]
    records = {
        "a": record("a", ratio) + judged("D1: low", "D2: some concerns", "overall: low"),
        "b": record("b", ratio) + judged("D1: low, by: AB", "D1: high, by: CD", "overall: high"),
        "c": record("c", [silent("hip")])
        + judged("selection: 3", "comparability: 1", "outcome: 2", tool="NOS cohort"),
        "d": record("d", [silent("hip")]),
    }
    loaded_of(folder, choice, **records)
    return reported(folder)


def reported(folder: Path) -> Reported:
    """The one analysis of a review as it stands in its folder, under a common effect."""
    loaded = load_review(folder)
    return Reported.of_all(loaded, [analyse(loaded, loaded.review.analyses[0], COMMON)])
