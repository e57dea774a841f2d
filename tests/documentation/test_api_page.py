"""docs/api.md is up to date, leaves no public name out, and shows the numbers that R gives."""

from __future__ import annotations

import difflib
import json
import math
import re
from typing import Any

import pytest

import synthesis
from studies import survey
from tests.documentation.page import PAGE, ROOT, SURVEY_RESULTS, cells, methods, page

TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.long
def test_page_is_what_signatures_docstrings_and_examples_give() -> None:
    difference = list(difflib.unified_diff(TEXT.splitlines(), page().splitlines(), "docs/api.md", "now", n=0))
    assert difference == [], "write it anew with: python tests/documentation/page.py"


def test_every_public_name_has_its_place_and_its_example() -> None:
    headings = set(re.findall(r"^#+ `(.+)`$", TEXT, re.MULTILINE))
    names = {f"synthesis.{name}" for name in synthesis.__all__}
    names |= {f"studies.survey.{name}" for name in survey.__all__ if name[0].islower()}
    owners = [getattr(synthesis, name) for name in synthesis.__all__ if name[0].isupper()]
    owners += [getattr(survey, name) for name in SURVEY_RESULTS]
    names |= {f"{owner.__name__}.{method}" for owner in owners for method in methods(owner)}
    assert names - headings == set()
    assert headings == cells().keys()
    assert len(names) > 60
    told = set(re.findall(r"\b[A-Z]\w+", TEXT))
    assert {name for name in survey.__all__ if name[0].isupper()} - told == set()


def reference(topic: str, name: str) -> Any:
    return json.loads((ROOT / "tests" / "reference" / topic / name).read_text(encoding="utf-8"))


METAFOR: dict[str, Any] = reference("from_metafor", "from_metafor.json")["numbers"]
SCHOOLS: list[dict[str, Any]] = reference("survey", "apistrat.json")["cases"]
SLOPE = next(case for case in SCHOOLS if case["kind"] == "linear" and case["x"] == ["ell"])
DESCRIBED = next(case for case in SCHOOLS if case["kind"] == "describe")
TABLE = next(case for case in SCHOOLS if case["kind"] == "table")

# The numbers that R gives for an example, in the order in which its output begins.
EXPECTED: dict[str, list[float]] = {
    "synthesis.escalc": METAFOR["yi"][:3] + METAFOR["vi"][:3],
    "EffectSizes.back": METAFOR["shown"][:1],
    "synthesis.Pooled": [METAFOR["res.estimate"], METAFOR["res.tau2"], METAFOR["res.I2"]],
    "Pooled.leave_one_out": METAFOR["loo.estimate"][:3],
    "Pooled.influence": METAFOR["inf.cook"][:3],
    "Pooled.gosh": METAFOR["sets"][:3],
    "Pooled.egger": METAFOR["egger"][:3],
    "Pooled.begg": METAFOR["begg"],
    "Pooled.trim_and_fill": METAFOR["filled"][:2],
    "Pooled.permutation_test": [METAFOR["perm"]],
    "synthesis.CountsPooled": [math.exp(METAFOR["mh"][0])],
    "synthesis.Subgroups": [METAFOR["groups.estimate"][i] for i in (1, 0, 2)],
    "studies.survey.mean": [DESCRIBED["mean"], DESCRIBED["mean_se"], *DESCRIBED["mean_ci"]],
    "studies.survey.total": [DESCRIBED["total"]],
    "studies.survey.standard_deviation": [DESCRIBED["sd"]],
    "studies.survey.proportion": TABLE["proportion"],
    "studies.survey.chi_square": [TABLE["F"], TABLE["df1"], TABLE["df2"]],
    "studies.survey.linear": [*SLOPE["coef"], SLOPE["df"], SLOPE["residual_df"]],
    "Estimates.ci": [SLOPE["ci"][1], SLOPE["ci"][3]],
}


def numbers_below(example: str) -> list[str]:
    """The numbers that the page shows as an example's output, as they are written."""
    section = TEXT.partition(f"`{example}`\n\n")[2]
    code = re.search(r"^```python\n.*?^```\n```text\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert code is not None
    return re.findall(r"-?\d+\.?\d*", re.sub(r"chi2|^RR, 13.*\n", "", code[1]))


@pytest.mark.parametrize("example", EXPECTED)
def test_numbers_on_the_page_are_those_of_r(example: str) -> None:
    shown, expected = numbers_below(example), EXPECTED[example]
    assert len(shown) >= len(expected) > 0
    for text, number in zip(shown, expected, strict=False):
        decimals = len(text.partition(".")[2])
        assert abs(float(text) - number) <= 0.501 * 10.0**-decimals, (text, number)
