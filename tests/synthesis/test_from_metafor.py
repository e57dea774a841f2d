"""The page for those who come from metafor: its Python prints what it shows, and agrees with its R."""

from __future__ import annotations

import contextlib
import io
import json
import math
import re
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import synthesis

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "from-metafor.md").read_text(encoding="utf-8")
REFERENCE: dict[str, Any] = json.loads(
    (ROOT / "tests" / "reference" / "from_metafor" / "from_metafor.json").read_text(encoding="utf-8")
)
COEFFICIENTS = ("estimate", "se", "statistic", "p_value", "ci_low", "ci_high")
POOLED = ("tau2", "I2", "H2", "Q", "Q_p", "tau2_low", "tau2_high", "I2_low", "I2_high", "H2_low", "H2_high")
REFITS = ("estimate", "se", "p_value", "ci_low", "ci_high", "tau2", "I2", "Q", "Q_p")
INFLUENCE = (
    "rstudent",
    "dffits",
    "cook",
    "covariance_ratio",
    "tau2_deleted",
    "Q_deleted",
    "hat",
    "weights",
    "dfbetas",
)
COUNTS = ("estimate", "se", "statistic", "p_value", "ci_low", "ci_high", "Q", "Q_p")
TESTS_OF_COUNTS = ("association", "association_p", "homogeneity", "homogeneity_p")


Ran = tuple[dict[str, Any], list[tuple[str, str]]]


def blocks() -> list[tuple[str, str]]:
    """Language and text of every fenced block, in order."""
    found, inside = [], None
    for line in PAGE.splitlines():
        if inside is not None and line == "```":
            found.append((inside[0], "\n".join(inside[1:])))
            inside = None
        elif inside is not None:
            inside.append(line)
        elif line.startswith("```"):
            inside = [line[3:]]
    return found


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """What the page's Python leaves behind, and for each block what it printed and what the page shows."""
    names: dict[str, Any] = {}
    pairs = []
    page = [*blocks(), ("", "")]
    with contextlib.chdir(tmp_path_factory.mktemp("page")):
        for (language, code), (following, shown) in pairwise(page):
            if language == "python":
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    exec(compile(code, "from-metafor.md", "exec"), names)
                pairs.append((printed.getvalue().rstrip("\n"), shown if following == "text" else ""))
        names["files"] = sorted(path.name for path in Path().iterdir())
    return names, pairs


def test_every_block_prints_what_the_page_shows(ran: Ran) -> None:
    _, pairs = ran
    for printed, shown in pairs:
        assert printed == shown
    assert len(pairs) == 9
    assert all(printed for printed, _ in pairs)


def test_reference_is_of_the_r_blocks_that_the_page_shows() -> None:
    assert [code for language, code in blocks() if language == "r"] == REFERENCE["blocks"]


def values(holder: Any, names: tuple[str, ...]) -> list[Any]:
    return [getattr(holder, name) for name in names]


def python_numbers(page: dict[str, Any]) -> dict[str, Any]:
    """The page's results under the names that make.R gives them."""
    res, apart, together, mod = (page[name] for name in ("res", "apart", "together", "mod"))
    contrast = mod.contrast("alloc[T.random] - alloc[T.systematic]")
    at = mod.predict({"ablat": [13, 55], "alloc": ["random", "random"]}, transform=np.exp)
    groups = sorted(apart.groups, key=lambda group: str(group.name))
    assert [group.name for group in groups] == REFERENCE["numbers"]["groups.names"]
    egger, begg, filled, sets = (page[name] for name in ("egger", "begg", "filled", "sets"))
    i2 = np.where(sets.studies > 1, sets.I2, 0.0)  # metafor's I2 of one study
    found = {
        "yi": page["dat"].yi,
        "vi": page["dat"].vi,
        "shown": page["shown"],
        "groups.estimate": [group.estimate for group in groups],
        "groups.tau2": [group.tau2 for group in groups],
        "together": [together.between.statistic, together.between.p_value],
        "mod.QM": [mod.QM.statistic, mod.QM.p_value],
        "mod.R2": mod.R2,
        "factor_test": values(mod.test("C(alloc)"), ("statistic", "p_value")),
        "contrast": values(contrast, ("estimate", "se", "statistic", "p_value")),
        "at": values(at, ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")),
        "mh": values(page["mh"], COUNTS + TESTS_OF_COUNTS),
        "peto": values(page["peto"], COUNTS),
        "egger": values(egger, ("statistic", "p_value", "limit", "limit_low", "limit_high")),
        "begg": values(begg, ("tau", "p_value")),
        "filled": values(filled, ("k0", "estimate", "se", "ci_low", "ci_high", "p_value", "tau2")),
        "perm": page["perm"].p_value,
        "sets": [len(sets.subsets), sets.beta.min(), sets.beta.max(), sets.beta.mean(), i2.mean()],
    }
    found |= {f"res.{name}": getattr(res, name) for name in COEFFICIENTS + POOLED}
    found |= {f"mod.{name}": getattr(mod, name) for name in (*COEFFICIENTS, "tau2", "I2", "QE", "QE_p")}
    found |= {f"loo.{name}": getattr(page["loo"], name) for name in REFITS}
    found |= {f"inf.{name}": getattr(page["inf"], name) for name in INFLUENCE}
    return found


def test_every_number_agrees_with_metafor(ran: Ran) -> None:
    found = python_numbers(ran[0])
    expected = {name: value for name, value in REFERENCE["numbers"].items() if name != "groups.names"}
    assert found.keys() == expected.keys()
    compared, wrong = 0, []
    for name, reference in expected.items():
        for ours, theirs in zip(np.ravel(found[name]), np.ravel(reference), strict=True):
            compared += 1
            if not math.isclose(ours, theirs, rel_tol=1e-8):
                wrong.append(f"{name}: {ours!r} {theirs!r}")
    assert wrong == []
    assert compared == 377


def test_sizes_of_differences_that_the_page_tells(ran: Ran) -> None:
    page, loose = ran[0], REFERENCE["defaults"]
    res, inf = page["res"], page["inf"]
    moved = {
        name: max(abs(np.array(values) / getattr(inf, name) - 1.0))
        for name, values in loose["influence_knha"].items()
    }
    told = {
        "tau2": f"tau2 {abs(loose['tau2'] / res.tau2 - 1):.0e}",
        "bound": f"lower bound {abs(loose['tau2_low'] / res.tau2_low - 1):.0e}",
        "cook": f"Cook's distance {100 * moved['cook']:.1f} %",
        "covariance_ratio": f"covariance ratio {100 * moved['covariance_ratio']:.1f} %",
        "egger": f"p {loose['egger_knha'][1]:.3f}, here {page['egger'].p_value:.3f}",
        "trimfill": f"upper limit {loose['trimfill'][1]:.3f}, here {page['filled'].ci_high:.3f}",
    }
    assert {name: text for name, text in told.items() if text not in PAGE} == {}


def test_every_name_on_the_page_exists(ran: Ran) -> None:
    dotted = set(re.findall(r"`((?:synthesis|evidence)(?:\.\w+)+)", PAGE))
    for name in dotted:
        resolved(name)
    asked = set(re.findall(r"`(res|mod)\.(\w+)", PAGE))
    assert [name for name in asked if not hasattr(ran[0][name[0]], name[1])] == []
    files = set(re.findall(r"`((?:synthesis|evidence|reference)/[\w/]+(?:\.py|/))`", PAGE))
    assert [name for name in files if not (ROOT / "tests" / name).exists()] == []
    dependent = set(re.findall(r"`dep\.(\w+)", PAGE))
    assert [name for name in dependent if not hasattr(synthesis.DependentPooled, name)] == []
    assert (len(dotted), len(asked), len(dependent), len(files)) == (12, 31, 6, 18)


def resolved(name: str) -> Any:
    """The module, or what a module holds."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        module, _, last = name.rpartition(".")
        return getattr(import_module(module), last)
