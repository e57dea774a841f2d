"""The same digits where others belong, zeros and years: both sides of every bound, and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence import checking
from evidence.audit.auditing import audit_review
from evidence.audit.repeated_rules import may_be_repeated
from evidence.checking import check_paths
from evidence.records.parsing import Severity
from evidence.records.reading import record_from_text
from tests.evidence.audit.effects import effect, said
from tests.evidence.audit.further_cases import LONG, citation, pair, twice
from tests.evidence.audit.records import baseline, estimate, estimates, problems, told
from tests.evidence.audit.test_review_rules import groups, sds, wide


@pytest.mark.parametrize(
    ("second", "flagged"),
    [
        ("-0.0126, ci: [-0.0166, -0.0091]", True),  # three units apart
        ("-0.0127, ci: [-0.0166, -0.0091]", False),
        ("-0.013, ci: [-0.0166, -0.0091]", False),  # within two units of its own last place
        ("-0.0126, ci: [-0.0166, -0.0091], level: 90 %", False),
        ("-0.0126, ci: [-0.0166, -0.00910]", False),  # other digits
    ],
)
def test_one_interval_has_one_middle(second: str, flagged: bool) -> None:
    found = told(twice("-0.0129, ci: [-0.0166, -0.0091]", second), "same-interval")
    assert len(found) == flagged
    for says, hint in found:
        assert says.startswith("[-0.0166, -0.0091")
        assert says.endswith("stands beside -0.0126 at 'Table 3' and beside -0.0129 at 'Table 3, men'")
        assert hint == "One interval cannot belong to both: was it copied into the wrong row?"


@pytest.mark.parametrize(("upper", "flagged"), [("-0.15", True), ("-0.16", False)])
def test_narrow_intervals_may_be_the_same(upper: str, flagged: bool) -> None:
    text = twice(f"-0.20, ci: [-0.30, {upper}]", f"-0.25, ci: [-0.30, {upper}]")
    assert len(told(text, "same-interval")) == flagged


def test_intervals_beyond_all_numbers_are_not_compared() -> None:
    for limits in ("[-1e9999, 1e9999]", "[-1e-9999, 1e-9999]"):
        assert told(twice(f"1, ci: {limits}", f"200, ci: {limits}"), "same-interval") == []


@pytest.mark.parametrize(
    ("first", "flagged"),
    [
        ("n: 31, mean: 3.12, sd: 1.17", True),
        ("n: 31, mean: 3.1, sd: 0.07", False),
        ("n: 31, mean: 3.1, sd: 1.17", True),
    ],
)
def test_ten_digits_tell_one_pair_of_groups_from_another(first: str, flagged: bool) -> None:
    # of the second group 2.08 and 1.2 are five digits; the sizes, which all outcomes share, count for none
    both = first, "n: 42, mean: 2.08, sd: 1.2"
    text = estimates(pair("hip", both, "{sex: men}"), pair("hip", both, "{sex: women}"))
    found = told(text, "same-groups")
    assert len(found) == flagged
    assert all(says.startswith("the raw numbers of both groups stand at 'Table 2, hip'") for says, _ in found)


def test_the_same_groups_of_another_report_are_a_quotation() -> None:
    text = estimates(pair("hip", LONG, "{sex: men}"), pair("hip", LONG, "{sex: women}"))
    other = "other: {type: thesis, status: published, citation: T, year: 2018, read: abstract}\n  lee-2019: {"
    text = text.replace("lee-2019: {", other, 1)
    head, _, tail = text.rpartition("report: lee-2019")
    assert told(f"{head}report: other{tail}", "same-groups") == []


def row(name: str, second: int, third: int) -> str:
    return f"{{variable: {name}, mean_sd: [[1, 1], [{second}, 2], [{third}, 2]]}}"


def shares(name: str, lines: str) -> str:
    return f"{{variable: {name}, percent: {{{lines}}}}}"


@pytest.mark.parametrize(
    ("rows", "flagged"),
    [
        ([row(name, 4, 4) for name in "abc"], True),
        ([row(name, 4, 4) for name in "ab"], False),
        ([row("a", 4, 4), row("b", 4, 4), row("c", 4, 5)], False),
        (
            [f"{{variable: {n}, percent: {{y: [1, 2, 2], z: [9, 8, 8], no: [90, 90, 90]}}}}" for n in "abc"],
            True,
        ),
        ([f"{{variable: {n}, percent: {{y: [1, 2, 2], no: [99, 98, 98]}}}}" for n in "abcde"], False),
        ([f"{{variable: {n}, percent: {{y: [1, 2, 2]}}}}" for n in "abcdef"], True),
    ],
)
def test_columns_are_compared_by_three_rows_and_six_numbers(rows: list[str], flagged: bool) -> None:
    found = told(baseline(*rows), "columns-identical")
    assert [says for says, _ in found] == (["'Q2' repeats 'Q1' in all 6 numbers"] if flagged else [])


# Several studies.


def test_numbers_of_two_studies_are_told_once_with_their_number() -> None:
    texts = [wide(name, "1.234, ci: [1.084, 1.384]") for name in "ab"]
    texts = [
        text.replace("    where:", "    where:", 1).replace(
            "extraction:",
            "  - id: more\n    outcome: hip\n    effect: {measure: MD, estimate: 2.500, ci: [1.500, 3.500]}\n"
            "    where: {report: lee-2019, at: Table 9}\nextraction:",
        )
        for text in texts
    ]
    documents = [record_from_text(text, Path(f"{place}.yaml")) for place, text in enumerate(texts)]
    (found,) = (p for p in audit_review(documents) if p.rule == "same-numbers-in-two-studies")
    assert found.says == (
        "the interval at 'Table 2' has the very digits of 'Table 2' in the record 'a'; so are 1 more"
    )
    assert texts[1].splitlines()[found.place.line - 1].lstrip().startswith("effect: {measure: MD")


def test_sds_far_below_those_of_other_studies_are_told_with_what_is_meant() -> None:
    texts = list(sds("8.1", "0.9", "9.0", "11.2"))
    head, _, tail = texts[1].rpartition("sd: 0.9")
    texts[1] = f"{head}sd: 0.8{tail}"
    documents = [record_from_text(text, Path(f"{place}.yaml")) for place, text in enumerate(texts)]
    (found,) = (p for p in audit_review(documents) if p.rule == "sd-across-studies")
    assert found.says == "SDs 0.90 and 0.80 are far below those of 3 other studies, 8.1 to 11"
    assert found.hint == "Are they standard errors? As SDs they would be 9.0 and 8.0."


def test_groups_of_other_sizes_are_other_groups() -> None:
    other = (LONG[0].replace("n: 31", "n: 32"), LONG[1])
    assert (
        told(estimates(pair("hip", LONG, "{sex: men}"), pair("hip", other, "{sex: women}")), "same-groups")
        == []
    )


def test_many_files_are_compared_as_few_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files are checked by several processes, of which each sees a part."""
    monkeypatch.setattr(checking, "_WORTH_A_SECOND_PROCESS", 5)
    texts = [
        *(groups(f"s{place}", *LONG).replace("sd: 1.17", f"sd: 2.{place + 100}") for place in range(4)),
        *(groups(name, *LONG) for name in ("same", "again")),
        *(
            text.replace("study: s", "study: sd").replace("BMD", "falls")
            for text in sds("8.1", "0.9", "9.0", "11.2")
        ),
    ]
    for place, text in enumerate(texts):
        (tmp_path / f"{place:03}.yaml").write_text(text, encoding="utf-8")
    rules = ("same-numbers-in-two-studies", "sd-across-studies")
    found = [p for p in check_paths([tmp_path]).problems if p.rule in rules]
    assert [(p.place.path.name, p.rule) for p in found] == [("005.yaml", rules[0]), ("007.yaml", rules[1])]
    assert all(p.place.line > 1 for p in found)


FEW = "n: 9, mean: 1, sd: 2"


@pytest.mark.parametrize(
    ("numbers", "compared"),
    [
        ("not_reported: {said: not significant}", False),
        ("effect: {measure: MD, estimate: 1.23, ci: [1.08, 1.38]}", False),  # 30 units of the last place wide
        ("effect: {measure: MD, estimate: 1.234, ci: [1.084, 1.384]}", True),  # 300 units
        (f"effect: {{measure: MD, groups: [{{name: a, {LONG[0]}}}, {{name: b, {LONG[1]}}}]}}", True),
        # few digits, but SDs to compare
        (f"effect: {{measure: MD, groups: [{{name: a, {FEW}}}, {{name: b, {FEW}}}]}}", True),
    ],
)
def test_results_without_groups_or_a_wide_interval_are_not_compared_across_studies(
    numbers: str, compared: bool
) -> None:
    model = record_from_text(estimates(estimate("a", numbers)), Path("a.yaml")).model
    assert model is not None
    assert may_be_repeated(model.estimates[0]) is compared


# Zeros and years.


@pytest.mark.parametrize(
    ("p", "below"),
    [("0.000", "0.0005"), ("0", "0.5"), ("< 0.000", "0.0005"), ("<= 0.00", "0.005"), ("0e-400", "5e-31")],
)
def test_a_p_of_zero_is_below_half_of_its_last_place(p: str, below: str) -> None:
    severity, says, _ = said(effect("MD", "2.0", p=p))["p-zero"]
    assert severity is Severity.NOTE
    shown = below if "e" not in below else "0." + "0" * 30 + "5"
    assert says == f"p {p} is not zero but below {shown}"


def test_a_p_printed_below_zero_is_read_as_the_zero_that_is_meant() -> None:
    # z = 2 / 0.51 = 3.92, p = 0.00009
    for p in ("0.000", "< 0.000"):
        assert "p-against-significance" not in said(effect("MD", "2.0", ("1.0", "3.0"), p))
    assert "p-against-interval" in said(effect("MD", "2.0", ("0.5", "3.5"), "< 0.000"))  # p = 0.009


@pytest.mark.parametrize(
    ("words", "says", "severity"),
    [
        ("Lee A. Bone 2019;71:1-7", None, None),
        ("Lee A. Bone 2018;71:1-7", "2019, its citation says 2018", Severity.NOTE),
        ("Lee A. Bone 2020;71:1-7", "2019, its citation says 2020", Severity.NOTE),
        ("Lee A. Bone 2017;71:1-7", "2019, its citation says 2017", Severity.WARNING),
        ("Lee A. Bone 1919 (1920)", "2019, its citation says 1919 or 1920", Severity.WARNING),
        ("Lee A. Bone 1919 (2019)", None, None),
        ("Lee A. Bone 71:1998-2005", None, None),
        ("Lee A. Bone 71:2004", None, None),
        ("Lee A. Bone 71(2)1998–2005", None, None),
        ("Lee A. Bone 20175, 2.2017, 2017/3", None, None),
        ("Lee A. Bone 1819", None, None),
    ],
)
def test_the_year_is_one_that_the_citation_names(
    words: str, says: str | None, severity: Severity | None
) -> None:
    found = problems(citation(words), "citation-year")
    assert len(found) == (says is not None)
    for problem in found:
        assert problem.says == f"the year of lee-2019 is {says}"
        assert problem.severity is severity
