"""The table that RevMan 5 exports: headings, subgroups, ratios with the SE of their logarithm."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from evidence.sources.revman.analyses import RevManReview
from tests.evidence.sources.revman.files import review

NAMES = [
    "Comparison Number",
    "Outcome Number",
    "Subgroup Number",
    "Name",
    "Data Type",
    "Effect Measure",
    "Analysis Model",
    "Events 1",
    "Mean 1",
    "SD 1",
    "Total 1",
    "Events 2",
    "Mean 2",
    "SD 2",
    "Total 2",
    "Effect Estimate",
    "SE",
    "Group Label 1",
    "Group Label 2",
    "Left Graph Label",
    "Right Graph Label",
    "Year of study",
    "User defined order",
]


def exported(folder: Path, *rows: dict[str, object]) -> RevManReview:
    path = folder / "export.csv"
    lines = [",".join(str(row.get(name, "")) for name in NAMES) for row in rows]
    path.write_text("\n".join([",".join(NAMES), *lines]) + "\n", encoding="utf-8")
    return review(path)


def row(name: str, numbers: str = "1 1 0", **more: object) -> dict[str, object]:
    keys = ("Comparison Number", "Outcome Number", "Subgroup Number")
    given = {key.replace("_", " "): value for key, value in more.items()}
    return dict(zip(keys, numbers.split(), strict=True)) | {"Name": name} | given


def study(name: str, numbers: str = "1 1 0", year: object = 2001, **more: object) -> dict[str, object]:
    return row(name, numbers, **more) | {"Year of study": year, "User defined order": 1}


COUNTS: dict[str, Any] = {"Events_1": 4, "Total_1": 40, "Events_2": 9, "Total_2": 41}
DICHOTOMOUS: dict[str, Any] = {
    "Data_Type": "DIC",
    "Effect_Measure": "RR",
    "Events_1": 8,
    "Total_1": 80,
    "Total_2": 82,
}


def test_headings_name_the_analysis_and_its_groups_and_are_no_studies(tmp_path: Path) -> None:
    sides = {"Left_Graph_Label": "a", "Right_Graph_Label": "b"}
    labels = {"Group_Label_1": "Zinc", "Group_Label_2": "Placebo", **sides}
    found = exported(
        tmp_path,
        row("Zinc for colds", "1 0 0"),
        row("Cough", **DICHOTOMOUS, **labels, Analysis_Model="Random"),
        row("Men", "1 1 1", Total_1=40, Total_2=41, Effect_Estimate=0.4),
        study("Abel", "1 1 1", **COUNTS),
        row("Women", "1 1 2", Total_1=40, Total_2=41),
        study("Berg 2002", "1 1 2", year="", **COUNTS),
    )
    assert [(e.study, e.year, e.facts["group"], e.at) for e in found.entries] == [
        ("Abel", 2001, "Men", "export.csv, row 5"), ("Berg 2002", 2002, "Women", "export.csv, row 7"),
    ]  # fmt: skip
    (analysis,) = found.outcomes
    assert (found.title, found.skipped, analysis.groups) == ("Zinc for colds", (), ("Men", "Women"))
    assert (analysis.exposed, analysis.reference, analysis.labels) == ("Zinc", "Placebo", ("a", "b"))
    assert analysis.random
    assert analysis.overall, "the table does not say that its groups stay apart"
    fixed = exported(tmp_path, row("Cough", **DICHOTOMOUS, Analysis_Model="Fixed"), study("Abel", **COUNTS))
    assert (fixed.outcomes[0].random, fixed.outcomes[0].exposed, fixed.title) == (
        False,
        "experimental",
        "export",
    )


@pytest.mark.parametrize("kind", ["IV", "GIV", "IVO"])
def test_ratios_are_taken_as_logarithms_because_their_se_is_of_one(kind: str, tmp_path: Path) -> None:
    heading: dict[str, Any] = {"Data_Type": kind, "Effect_Measure": "HR"}
    found = exported(
        tmp_path,
        row("Cure", **heading),
        study("Abel", Effect_Estimate=0.5, SE=0.25),
        study("Berg", Effect_Estimate=0, SE=0.25),
        row("Days", "1 2 0", **{**heading, "Effect_Measure": "MD"}),
        study("Abel", "1 2 0", Effect_Estimate=-0.5, SE=0.25),
    )
    ratio, difference = (entry.effect for entry in found.entries)
    assert ratio is not None
    assert difference is not None
    assert (float(ratio["estimate"]), ratio["se"], ratio["log"]) == (math.log(0.5), "0.25", True)
    assert (difference["estimate"], difference.get("log")) == ("-0.5", None)
    assert [each.why for each in found.skipped] == ["'Berg' has no estimate with a standard error"]


def test_means_come_in_and_what_has_no_known_kind_is_told(tmp_path: Path) -> None:
    found = exported(
        tmp_path,
        row("Days", Data_Type="CON", Effect_Measure="MD"),
        study("Abel", Mean_1=4.1, SD_1=1, Total_1=40, Mean_2=5, SD_2=2, Total_2=41),
        row("Words", "1 2 0", Data_Type="OTH"),
        study("Abel", "1 2 0"),
    )
    (entry,) = found.entries
    assert entry.effect is not None
    assert entry.effect["groups"][1] == {"name": "control", "n": "41", "mean": "5", "sd": "2"}
    assert [each.why for each in found.skipped] == ["the kind of data of its analysis is not known"]
