"""What the scripts of an analysis say, line by line, where no R is needed to see it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evidence.records.printed import Percent
from evidence.records.review import Method, load_review
from synthesis.paper.contents import manuscript
from synthesis.paper.python_script import python_script
from synthesis.paper.r_script import r_script
from tests.synthesis.paper.making import SLOPES, arms, by_sex, material, pooled_of
from tests.synthesis.review.made import record, review, silent, slope
from tests.synthesis.review.sites import MODEL


def calls(script: str) -> list[str]:
    """What a script does, without its functions and data."""
    return [line for line in script.splitlines() if re.match(r"(pooled|compare|compare_common|add)\(", line)]


def test_the_choices_stand_at_the_top_of_both_scripts(tmp_path: Path) -> None:
    method = Method(estimator="PM", test="adhoc", level=Percent.parse("90 %"), prediction="t(k-2)")
    results = pooled_of(tmp_path, 3, method).results
    lines = r_script(results).splitlines()
    assert lines[0] == "# Made for a test"
    for line in (
        'METHOD <- "PM"',
        'TEST <- "adhoc"',
        "LEVEL <- 90.0",
        'PREDICTION <- "t(k-2)"',
        "DF_LOST <- 2",
        "# all: Everybody",
        "suppressPackageStartupMessages(library(metafor))",
    ):
        assert lines.count(line) == 1, line
    assert lines[-1] == "write.csv(results[, COLUMNS], row.names = FALSE)"
    script = python_script(results)
    choices = {"method": "PM", "test": "adhoc", "level": 0.9, "prediction": "t(k-2)"}
    assert f"\nMETHOD = {choices!r}\n" in script
    assert script.startswith('"""Made for a test\n')
    assert "\n# all: Everybody\n" in script


@pytest.mark.parametrize(
    ("kind", "lost"),
    [("t(k-1)", "1"), ("t(k-2)", "2"), ("HTS", "2"), ("HKSJ", "2"), ("z", "-Inf"), ("NNF", "NA")],
)
def test_degrees_of_freedom_of_a_prediction_are_fewer_by_its_kind(
    kind: str, lost: str, tmp_path: Path
) -> None:
    script = r_script(pooled_of(tmp_path, 3, Method(prediction=kind)).results)
    assert f'PREDICTION <- "{kind}"\nDF_LOST <- {lost}\n' in script


def test_equal_effects_have_no_prediction_in_a_python_script(tmp_path: Path) -> None:
    results = pooled_of(tmp_path, 3, Method(estimator="EE", test="z")).results
    assert "'prediction': None}" in python_script(results)


@pytest.mark.parametrize(
    ("tau2", "in_r"),
    [
        (
            "common",
            [
                'compare_common("all", dat)',
                'pooled("all", "overall", dat)',
                'pooled("all", "difference within studies", dat)',
            ],
        ),
        (
            "separate",
            [
                'pooled("all", "men", dat)',
                'pooled("all", "women", dat)',
                'pooled("all", "overall", dat)',
                'compare("all", dat)',
                'pooled("all", "difference within studies", dat)',
            ],
        ),
    ],
)
def test_fits_come_in_the_order_of_the_summaries(tau2: str, in_r: list[str], tmp_path: Path) -> None:
    results = by_sex(tmp_path, tau2).results
    assert calls(r_script(results)) == in_r
    in_python = calls(python_script(results))
    assert [line.partition("(")[0] for line in in_python] == [
        "add" if "within" in line else line.partition("(")[0].removesuffix("_common") for line in in_r
    ]
    assert f", effects[6:9])], '{tau2}')" in python_script(results)


def test_groups_have_their_order_and_lone_groups_need_no_factor(tmp_path: Path) -> None:
    script = r_script(by_sex(tmp_path / "sex").results)
    assert script.count('levels = c("men", "women"))') == 1
    assert script.count("dat$group <- factor(") == 1
    assert "factor(" not in r_script(pooled_of(tmp_path / "all", 3).results).partition("effects <-")[2]


def test_effects_stand_once_and_fits_name_their_rows(tmp_path: Path) -> None:
    results = by_sex(tmp_path).results
    rows = {"men": list(range(1, 7)), "women": [7, 8, 9]}
    script = r_script(results)
    assert script.count("effects <- data.frame(") == 1
    for name, places in rows.items():
        chosen = f"dat <- effects[c({', '.join(map(str, places))}), ]"
        assert f'{chosen}\npooled("all", "{name}", dat)' in script
    assert 'dat <- effects\npooled("all", "overall", dat)' in script
    in_python = python_script(results)
    assert in_python.count("\neffects = [\n") == 1
    assert "pooled('all', 'men', effects[0:6])" in in_python
    assert "pooled('all', 'women', effects[6:9])" in in_python
    assert "pooled('all', 'overall', effects)" in in_python


def test_correlated_arms_stand_in_their_row_with_their_matrix(tmp_path: Path) -> None:
    results = arms(tmp_path).results
    (group,) = results[0].groups
    places = [place for place, unit in enumerate(group.units, start=1) if unit.of_arms]
    script = r_script(results)
    assert [int(place) for place in re.findall(r"^effects\[(\d+), c", script, re.MULTILINE)] == places
    unit = group.units[places[0] - 1]
    ((yi, matrix, size),) = re.findall(r"mean_of_arms\(c\((.*?)\), matrix\(c\((.*?)\), (\d+)\)\)", script)
    assert [float(text) for text in yi.split(", ")] == [row.effect.yi for row in unit.rows]
    assert [float(text) for text in matrix.split(", ")] == unit.covariance.ravel().tolist()
    assert int(size) == len(unit.rows) == 2
    assert script.count("NA_real_") == 2  # its effect and its standard error are worked out


def test_a_title_like_a_part_of_the_script_is_a_title_alone(tmp_path: Path) -> None:
    made = pooled_of(tmp_path, 2)
    path = tmp_path / "review.yaml"
    title = "Of {method} and from synthesis import pool, subgroups"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Made for a test", f"'{title}'"), encoding="utf-8"
    )
    named = python_script(material(load_review(tmp_path)).results)
    assert named == python_script(made.results).replace("Made for a test", title)


@pytest.mark.parametrize("script", [r_script, python_script])
def test_one_study_under_a_model_has_nothing_that_a_script_could_pool(script: object, tmp_path: Path) -> None:
    assert callable(script)
    rows = [slope("x", "0.02", "0.01, 0.03"), slope("y", "0.01", "-0.01, 0.03", outcome="spine")]
    one = material(review(tmp_path, {"a": record("a", rows)}, more=MODEL))
    assert "\n# Nothing is pooled.\n" in script(one.results)


@pytest.mark.parametrize("script", [r_script, python_script])
def test_an_analysis_of_nothing_says_so_and_one_of_something_does_not(script: object, tmp_path: Path) -> None:
    assert callable(script)
    nothing = material(review(tmp_path / "nothing", {"a": record("a", [silent("x")])}))
    assert "\n# Nothing is pooled.\n" in script(nothing.results)
    for made in (pooled_of(tmp_path / "one", 1), by_sex(tmp_path / "sex", "common")):
        assert "# Nothing is pooled." not in script(made.results)


@pytest.mark.parametrize(
    ("label", "in_r"),
    [
        ('"a \\"b\\" \\\\ c"', r'"a \"b\" \\ c"'),
        ('"tilde ~ and space"', '"tilde ~ and space"'),
        ('"delete \\x7f"', r'"delete \U0000007f"'),
        ('"ü 李"', r'"\U000000fc \U0000674e"'),
        ('"\\U0001F600"', r'"\U0001f600"'),
        ('"private \\ue000"', r'"private \U0000e000"'),
        ('"tab\\tend"', '"tab end"'),
    ],
)
def test_a_label_is_a_text_of_r_in_ascii(label: str, in_r: str, tmp_path: Path) -> None:
    text = record("a", [slope("x", "0.02", "0.01, 0.03")]).replace("label: A\n", f"label: {label}\n")
    script = r_script(material(review(tmp_path, {"a": text})).results)
    assert f"effects <- data.frame(study = c({in_r})," in script
    assert script.isascii()


def test_a_report_without_a_label_is_named_by_its_citation(tmp_path: Path) -> None:
    """In the tables of effects and of what is left out; a label comes first where there is one."""
    records = {
        "a": record("a", [slope("x", "0.02", "0.01, 0.03")]),
        "b": record("b", [slope("x", "0.02", "0.01, 0.03")], status="retracted"),
    }
    named = {name: text.replace("citation: 1,", f"citation: Cited {name},") for name, text in records.items()}
    labelled = {name: text.replace("read: data", "read: data, label: Short") for name, text in named.items()}
    for texts, shown in ((named, ["Cited a", "Cited b"]), (labelled, ["Short", "Short"])):
        reported = material(review(tmp_path / shown[0], texts))
        tables = manuscript(reported, ["effects", "left-out"]).tables
        assert [table.by_name(table.rows[0])["report"] for table in tables] == shown


def test_a_script_imports_every_function_that_it_calls(tmp_path: Path) -> None:
    """Of a posterior and of results without a number at once, which an earlier script did not."""
    said = "bayes: {smallest_effect: 0.01}\n    unreported: {quiet: {said: not significant, se: 0.008}}"
    records = {f"s{i}": record(f"s{i}", [slope("one", *each)]) for i, each in enumerate(SLOPES)}
    records["quiet"] = record("quiet", [silent("one")])
    script = python_script(material(review(tmp_path, records, more=said)).results)
    imported = re.search(r"^from synthesis import (.*)$", script, re.MULTILINE)
    assert imported is not None
    names = imported[1].split(", ")
    assert names == ["bayes", "pool", "pool_unreported", "subgroups"]
    assert "found.append(pool_unreported(" in script
    found: dict[str, object] = {"__name__": "script"}
    exec(compile(script, "script", "exec"), found)
    assert len(found["rows"]) == 2  # type: ignore[arg-type]
