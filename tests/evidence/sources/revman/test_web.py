"""Data rows and packages of RevMan Web: measures, logs, subgroups, settings, bias, hostile archives."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from evidence.sources.cells import SheetError
from tests.evidence.sources.importing import records_of
from tests.evidence.sources.revman.files import WEB, package, review, web_row, web_table

MEANS = {
    "experimental_mean": 4.1, "experimental_sd": 1.5, "experimental_n": 40, "control_mean": 5.0,
    "control_sd": 1.25, "control_n": 41,
}  # fmt: skip
COUNTS = {"experimental_cases": 4, "experimental_n": 40, "control_cases": 9, "control_n": 41}
OR, RR, RD = 4 * 32 / (9 * 36), (4 / 40) / (9 / 41), 4 / 40 - 9 / 41
POOLED = math.sqrt((39 * 1.5**2 + 40 * 1.25**2) / 79)
SMD = -0.9 / POOLED * (1 - 3 / (4 * 81 - 9))


@pytest.mark.parametrize(
    ("numbers", "mean", "measure"),
    [
        (COUNTS, OR, "OR"), (COUNTS, RR, "RR"), (COUNTS, RD, "RD"), (MEANS, -0.9, "MD"), (MEANS, SMD, "SMD"),
        ({**COUNTS, "experimental_cases": 0}, 0.5 * 32.5 / (9.5 * 40.5), "OR"),
        ({**COUNTS, "experimental_cases": 0}, (0.5 / 41) / (9.5 / 42), "RR"),
        ({**COUNTS, "experimental_cases": 1}, 32 / (9 * 39), "OR"),
        ({**COUNTS, "experimental_cases": 40}, 40.5 * 32.5 / (9.5 * 0.5), "OR"),
        ({**COUNTS, "control_cases": 0}, 4.5 * 41.5 / (0.5 * 36.5), "OR"),
        ({**COUNTS, "control_cases": 41}, 4.5 * 0.5 / (41.5 * 36.5), "OR"),
        ({**COUNTS, "experimental_cases": 0, "experimental_n": 1}, 0.5 * 32.5 / (9.5 * 1.5), "OR"),
        ({**COUNTS, "control_cases": 1, "control_n": 1}, 4.5 * 0.5 / (1.5 * 36.5), "OR"),
        ({**MEANS, "experimental_sd": 0.5}, -0.9, "MD"), ({**MEANS, "control_sd": 0.5}, -0.9, "MD"),
    ],
)  # fmt: skip
def test_the_measure_is_the_one_by_which_the_printed_result_follows(
    numbers: dict[str, float], mean: float, measure: str, tmp_path: Path
) -> None:
    found = review(web_table(tmp_path, web_row(**numbers, mean=f"{mean:.6f}")))
    assert [entry.facts["measure"] for entry in found.entries] == [measure]
    wrong = review(web_table(tmp_path, web_row(**numbers, mean=f"{mean + 3e-5 * max(1, abs(mean)):.6f}")))
    assert wrong.entries == ()
    assert [each.why for each in wrong.skipped] == [
        "the measure of analysis 1.1 is not stated; give it with --set measure=RR"
    ]


def test_one_result_that_does_not_follow_leaves_the_measure_open(tmp_path: Path) -> None:
    rows = [web_row(**COUNTS, mean=f"{OR:.6f}"), web_row(**COUNTS, mean=f"{RR:.6f}", study="B 2002")]
    assert [len(review(web_table(tmp_path, *some)).entries) for some in (rows[:1], rows)] == [1, 0]


def test_the_measure_may_be_given_and_only_where_the_data_can_have_it(tmp_path: Path) -> None:
    path = web_table(tmp_path, web_row(**COUNTS), web_row(**MEANS, analysis_number=2))
    found = review(path, "RR")
    assert [entry.facts["measure"] for entry in found.entries] == ["RR"]
    assert [each.at for each in found.skipped] == ["review-data-rows.csv, row 3"]


def test_an_analysis_without_events_takes_the_measure_of_all_others(tmp_path: Path) -> None:
    silent = web_row(**{**COUNTS, "experimental_cases": 0, "control_cases": 0}, analysis_number=2)
    first = web_row(**COUNTS, mean=f"{RR:.6f}")
    found = review(web_table(tmp_path, first, silent))
    assert [entry.facts["measure"] for entry in found.entries] == ["RR", "RR"]
    other = web_row(**COUNTS, mean=f"{OR:.6f}", analysis_number=3)
    assert len(review(web_table(tmp_path, first, silent, other)).entries) == 2, "which of the two?"


def test_generic_estimates_are_logarithms_where_the_printed_result_is_their_exponential(
    tmp_path: Path,
) -> None:
    settings = "Analysis group,Analysis number,Effect measure,Log-scale data\n1,1,{},{}\n"
    for mean, said, log in (
        (f"{math.exp(-0.25):.6f}", "false", True), ("-0.25", "false", False), ("", "true", True),
        ("", "false", False),
    ):  # fmt: skip
        rows = f"{WEB}\n{web_row(giv_mean=-0.25, giv_se=0.125, mean=mean)}\n"
        told = settings.format("Hazard ratio", said)
        parts = {"a-data-rows.csv": rows, "a-overall-estimates-and-settings.csv": told}
        path = package(tmp_path, parts)
        (entry,) = review(path).entries
        assert entry.effect is not None
        assert (entry.effect["estimate"], entry.effect["se"]) == ("-0.25", "0.125")
        assert entry.effect.get("log", False) is log, (mean, said)


def test_observed_less_expected_is_kept_as_it_is(tmp_path: Path) -> None:
    (entry,) = review(web_table(tmp_path, web_row(o_e=-1.75, variance=3.5)), "OR").entries
    assert entry.effect is not None
    assert entry.effect["columns"] == {"oei": "-1.75", "voei": "3.5"}
    assert entry.effect["measure"] == "PETO"
    for variance, taken in ((0.5, 1), (0, 0), (-0.5, 0)):
        found = review(web_table(tmp_path, web_row(o_e=-1.75, variance=variance)), "OR")
        assert len(found.entries) == taken, variance


def test_subgroups_are_strata_and_are_pooled_together_unless_the_review_does_not(tmp_path: Path) -> None:
    for applicability, overall in (("SUBGROUP_AND_OVERALL", True), ("SUBGROUP_ONLY", False)):
        rows = [
            web_row(**COUNTS, mean=f"{RR:.6f}", subgroup=group, applicability=applicability)
            for group in ("Men", "Women")
        ]
        found = review(web_table(tmp_path, *rows))
        assert [entry.facts["group"] for entry in found.entries] == ["Men", "Women"]
        assert (found.outcomes[0].groups, found.outcomes[0].overall) == (("Men", "Women"), overall)


def test_a_package_tells_years_settings_labels_and_bias(tmp_path: Path) -> None:
    settings = (
        "Analysis group,Analysis number,Analysis group name,Effect measure,Analysis model,Overall estimates,"
        "Experimental group label,Control group label,Control intervention\n"
        "1,1,Zinc for colds,Risk Ratio,Fixed effect,false,Zinc,,Placebo\n"
    )
    bias = (
        "Study,Domain (judgement): Blinding,Domain (support): Blinding,Domain (judgement): Other\n"
        "Abel,Low risk,said so,Not applicable\n"
    )
    path = package(
        tmp_path,
        {
            "x/a-data-rows.csv": f"{WEB}\n{web_row(**COUNTS, study='Abel')}\n",
            "x/a-overall-estimates-and-settings.csv": settings,
            "y/a-study-information.csv": "Study,Year\nAbel,2001\n",
            "y/a-risk-of-bias.csv": bias,
            "y/empty.csv": "",
            "y/included.ris": "TY  - JOUR\n",
        },
    )
    found = review(path)
    (entry,) = found.entries
    assert (entry.study, entry.year, entry.at) == ("Abel", 2001, "review.zip, row 2")
    assert entry.bias == (
        {"tool": "Cochrane RoB", "domain": "Blinding", "judgement": "Low risk", "support": "said so"},
    )
    (analysis,) = found.outcomes
    assert (found.title, analysis.exposed, analysis.reference, analysis.random, analysis.overall) == (
        "Zinc for colds", "Zinc", "Placebo", False, False,
    )  # fmt: skip
    (record,) = records_of([entry])
    assert (record.study, len(record.risk_of_bias)) == ("abel-2001", 1)


def test_rows_that_say_too_little_are_told(tmp_path: Path) -> None:
    found = review(
        web_table(
            tmp_path,
            web_row(**COUNTS, mean=f"{RR:.6f}"),
            web_row(**COUNTS, study="No year"),
            web_row(**COUNTS, study=""),
            web_row(**{**COUNTS, "control_n": 0}, study="C 2003"),
            web_row(**COUNTS, study="D 2004") + ",more",
        )
    )
    assert [(entry.study, entry.year) for entry in found.entries] == [("Abel 2001", 2001), ("No year", None)]
    assert {each.at.rpartition(" ")[2]: each.why for each in found.skipped} == {
        "4": "no study is named",
        "5": "'C 2003' has no complete numbers of both groups",
        "6": "it has more or fewer cells than the header",
    }


def test_archives_meant_to_harm_are_refused_and_nothing_is_unpacked(tmp_path: Path) -> None:
    rows = f"{WEB}\n{web_row(**COUNTS, mean=f'{RR:.6f}')}\n"
    inside = package(tmp_path, {"../../escaped-data-rows.csv": rows, "/tmp/escaped.csv": "a,b\n1,2\n"})
    assert len(review(inside).entries) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["review.zip"]
    assert not (tmp_path.parent.parent / "escaped-data-rows.csv").exists()
    many = package(tmp_path, {f"{number}.csv": "a,b\n" for number in range(501)})
    with pytest.raises(SheetError, match="far larger than any data package"):
        review(many)
    assert review(package(tmp_path, {"a-data-rows.csv": rows, **{str(at): "" for at in range(499)}})).entries
    content = bytearray(package(tmp_path, {"a-data-rows.csv": rows}).read_bytes())
    stated = content.rindex(b"PK\x01\x02") + 24
    content[stated : stated + 4] = (100_000_000).to_bytes(4, "little")
    many.write_bytes(content)
    assert len(review(many).entries) == 1
    content[stated : stated + 4] = (100_000_001).to_bytes(4, "little")
    many.write_bytes(content)
    with pytest.raises(SheetError, match="far larger than any data package"):
        review(many)


@pytest.mark.parametrize(
    ("parts", "why"),
    [({}, "holds no data rows"), ({"a.csv": "a,b\n1,2\n"}, "holds no data rows"), (None, "is no zip file")],
)
def test_what_is_no_package_is_refused(
    parts: dict[str, str | bytes] | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "review.zip"
    if parts is None:
        path.write_bytes(b"PK\x03\x04 and no more")
    else:
        package(tmp_path, parts)
    with pytest.raises(SheetError, match=why):
        review(path)
    with pytest.raises(SheetError, match="is no zip file"):
        review(tmp_path / "missing.zip")


@pytest.mark.parametrize(
    ("numbers", "silent", "mean"),
    [
        # what has no printed result, or no result at all, tells nothing of the measure
        (COUNTS, COUNTS, ""),
        (COUNTS, {**COUNTS, "experimental_cases": 0, "control_cases": 0}, "1.000000"),
        (COUNTS, {**COUNTS, "experimental_cases": 40, "control_cases": 41}, "1.500000"),
        (COUNTS, {**COUNTS, "experimental_n": 0}, "1.500000"),
        (COUNTS, {**COUNTS, "control_n": 0}, "1.500000"),
        (MEANS, MEANS, ""),
        (MEANS, {**MEANS, "experimental_sd": 0}, "7.000000"),
        (MEANS, {**MEANS, "control_sd": 0}, "7.000000"),
        (MEANS, {**MEANS, "experimental_n": 1}, "7.000000"),
        (MEANS, {**MEANS, "control_n": 1}, "7.000000"),
    ],
)
def test_a_row_without_a_result_leaves_the_measure_to_the_others(
    numbers: dict[str, float], silent: dict[str, float], mean: str, tmp_path: Path
) -> None:
    printed, measure = (OR, "OR") if numbers is COUNTS else (SMD, "SMD")
    rows = [web_row(**silent, mean=mean, study="B 2002"), web_row(**numbers, mean=f"{printed:.6f}")]
    found = review(web_table(tmp_path, *rows))
    assert {entry.facts["measure"] for entry in found.entries} == {measure}
    assert len(review(web_table(tmp_path, rows[0])).entries) == 0


def test_two_persons_in_each_group_have_an_smd(tmp_path: Path) -> None:
    pooled = math.sqrt((1.5**2 + 1.25**2) / 2)
    smd = -0.9 / pooled * (1 - 3 / (4 * 4 - 9))
    numbers = {**MEANS, "experimental_n": 2, "control_n": 2}
    found = review(web_table(tmp_path, web_row(**numbers, mean=f"{smd:.6f}")))
    assert [entry.facts["measure"] for entry in found.entries] == ["SMD"]


@pytest.mark.parametrize(
    ("rows", "log"),
    [
        # exp(0.25) = 1.2840, within a thousandth of it; exp(-0.25) = 0.7788, within 0.001
        ([(0.25, 1.2852)], True),
        ([(0.25, 1.2854)], False),
        ([(-0.25, 0.7797)], True),
        ([(-0.25, 0.7799)], False),
        ([(-0.25, 0.7788), (0.25, 0.25)], False),
        # beyond exp(50) nothing is compared
        ([(-0.25, 0.7788), (51.0, 51.0)], True),
        ([(-0.25, 0.7788), (-51.0, 51.0)], True),
        ([(-0.25, 0.7788), (49.0, 49.0)], False),
        ([(-0.25, 0.7788), (50.5, 50.5)], True),
        ([(51.0, 51.0)], False),
    ],
)
def test_estimates_are_logarithms_where_every_printed_result_is_their_exponential_to_a_thousandth(
    rows: list[tuple[float, float]], log: bool, tmp_path: Path
) -> None:
    lines = [
        web_row(giv_mean=giv, giv_se=0.125, mean=mean, study=f"A 200{at}")
        for at, (giv, mean) in enumerate(rows)
    ]
    found = review(web_table(tmp_path, *lines), "HR")
    effects = [entry.effect for entry in found.entries if entry.effect is not None]
    assert [effect.get("log", False) for effect in effects] == [log] * len(rows)


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({"experimental_n": "40.0"}, ["40", "4"]),
        ({"experimental_n": "4e1"}, ["40", "4"]),
        ({"experimental_cases": "4.0"}, ["40", "4"]),
        ({"experimental_n": "40.5"}, None),
        ({"experimental_n": "-40"}, None),
        ({"experimental_n": "0"}, None),
        ({"experimental_cases": "4.5"}, None),
        ({"experimental_cases": "-4"}, None),
    ],
)
def test_persons_and_events_are_whole_numbers_however_they_are_written(
    change: dict[str, str], taken: list[str] | None, tmp_path: Path
) -> None:
    found = review(web_table(tmp_path, web_row(**{**COUNTS, **change})), "RR")
    groups = [each.effect["groups"][0] for each in found.entries if each.effect is not None]
    assert [[group["n"], group["events"]] for group in groups] == ([] if taken is None else [taken])
    assert len(found.skipped) == (taken is None)
