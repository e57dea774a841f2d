"""What scripts say of a model of dependent effects, line by line, where no R is needed to see it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.paper.model_fits import ModelFit, model_fits_of
from synthesis.paper.python_models import model_calls
from synthesis.paper.r_models import model_lines
from tests.synthesis.paper.making import material
from tests.synthesis.review.sites import EFFECTS, MODEL, both_sites

FIT = ModelFit(
    "overall",
    ("A", "A", "B"),
    (0.1, 0.2, 0.3),
    (0.01, 0.02, 0.03),
    ((0, 1, 0.005),),
    ("A", "A", "B"),
    ("hip", "spine", "hip"),
    "CHE",
    "REML",
    "CR2",
)


def text(of: str) -> str:
    return f'"{of}"'


def vector(items: Iterable[str]) -> str:
    return f"c({', '.join(items)})"


def in_r(fit: ModelFit) -> list[str]:
    return list(model_lines("all", [fit], text, vector))


def test_a_fit_in_r_is_its_data_its_covariances_from_one_and_its_summary() -> None:
    assert in_r(FIT) == [
        'dat <- data.frame(study = c("A", "A", "B"),',
        '  cluster = c("A", "A", "B"),',
        '  site = c("hip", "spine", "hip"),',
        "  yi = c(0.1, 0.2, 0.3),",
        "  vi = c(0.01, 0.02, 0.03))",
        "dat$estimate <- seq_len(nrow(dat))",
        "V <- covariances(dat$vi, c(1),",
        "  c(2),",
        "  c(0.005))",
        'res <- fit_model(dat, V, ~ 1 | cluster/estimate, NULL, "REML", "CR2", ~ 1)',
        'model_summary("all", "overall", dat, res, "CR2")',
    ]
    assert "V <- diag(dat$vi, nrow = nrow(dat))" in in_r(replace(FIT, covariances=()))


APART = ("A", "B", "C")
RANDOM: list[tuple[str, dict[str, object], str]] = [
    ("estimates within clusters", {}, "~ 1 | cluster/estimate, NULL"),
    ("the same of another covariance", {"model": "HE"}, "~ 1 | cluster/estimate, NULL"),
    ("one estimate a cluster", {"cluster": APART}, "~ 1 | cluster, NULL"),
    ("clusters alone", {"model": "CE"}, "~ 1 | cluster, NULL"),
    ("sites with variances of their own", {"model": "SCE"}, '~ site | cluster, "DIAG"'),
    ("sites that are correlated", {"model": "CMVE"}, '~ site | cluster, "UN"'),
    ("one site", {"model": "SCE", "site": ("hip",) * 3}, "~ 1 | cluster, NULL"),
    ("one site of a correlated model", {"model": "CMVE", "site": ("hip",) * 3}, "~ 1 | cluster, NULL"),
    ("sites of a model that knows none", {"model": "HE", "cluster": APART}, "~ 1 | cluster, NULL"),
    ("equal effects", {"method": "EE"}, "NULL, NULL"),
]


@pytest.mark.parametrize(("changed", "says"), [case[1:] for case in RANDOM], ids=[case[0] for case in RANDOM])
def test_random_effects_in_r_are_those_of_the_model(changed: dict[str, object], says: str) -> None:
    fit = replace(FIT, **changed)  # type: ignore[arg-type]
    (line,) = [line for line in in_r(fit) if line.startswith("res <- ")]
    assert line.startswith(f"res <- fit_model(dat, V, {says}, ")


def test_each_moderator_is_tested_by_as_many_coefficients_as_it_has_levels_but_one() -> None:
    """The first coefficient is the intercept: three levels are 2 and 3, two are 4, four are 5 to 7."""
    fit = replace(
        FIT,
        moderators=(
            ("sex", ("men", "women", "both", "men")),
            ("site", ("hip", "spine", "hip", "hip")),
            ("age", ("a", "b", "c", "d")),
        ),
    )
    lines = in_r(fit)
    assert [line for line in lines if "_test(" in line] == [
        f'moderator_test("all", "test of {name}", dat, res, "CR2", {which})'
        for name, which in (("sex", "2:3"), ("site", "4:4"), ("age", "5:7"))
    ]
    assert '  m1 = c("hip", "spine", "hip", "hip"),' in lines
    assert any(line.endswith('"REML", "CR2", ~ 1 + m0 + m1 + m2)') for line in lines)
    assert not any(line.startswith("model_summary") for line in lines)
    lines = list(model_calls("all", [fit], 0.9))
    assert "result = dependent(data, covariances, 'CHE', 'REML', 'CR2', 0.9, '~ m0 + m1 + m2')" in lines
    assert [line for line in lines if line.startswith("add_")] == [
        f"add_test('all', 'test of {name}', result.k, result.joint_test(\"m{place}\"))"
        for place, name in enumerate(("sex", "site", "age"))
    ]
    assert "    'm2': ['a', 'b', 'c', 'd']," in lines


def test_a_fit_in_python_is_its_data_its_covariances_from_zero_and_its_summary() -> None:
    assert list(model_calls("all", [FIT], 0.95)) == [
        "data = {",
        "    'slab': ['A', 'A', 'B'],",
        "    'cluster': ['A', 'A', 'B'],",
        "    'site': ['hip', 'spine', 'hip'],",
        "    'yi': [0.1, 0.2, 0.3],",
        "    'vi': [0.01, 0.02, 0.03],",
        "}",
        "covariances = [(0, 1, 0.005)]",
        "result = dependent(data, covariances, 'CHE', 'REML', 'CR2', 0.95)",
        "add_model('all', 'overall', result)",
    ]


def test_the_rows_of_a_fit_are_the_review_s_with_the_covariance_of_every_pair(tmp_path: Path) -> None:
    """Errors of the same persons at two sites: 0.6 times both standard errors."""
    (result,) = material(both_sites(tmp_path, f"{MODEL}\n    moderators: [site]")).results
    whole, moderated = model_fits_of(result)
    flat = [(study.upper(), *effect) for study, *effects in EFFECTS for effect in effects]
    order = [flat.index(row) for row in zip(whole.cluster, whole.site, whole.yi, _se(whole), strict=True)]
    assert sorted(order) == list(range(8))
    pairs = [(i, j) for i in range(8) for j in range(i + 1, 8) if whole.cluster[i] == whole.cluster[j]]
    assert [(i, j) for i, j, _ in whole.covariances] == pairs
    assert len(pairs) == 3
    se = _se(whole)
    for i, j, value in whole.covariances:
        assert value == pytest.approx(0.6 * se[i] * se[j], rel=1e-12)
    assert (whole.name, whole.model, whole.method, whole.test) == ("", "CHE", "REML", "CR2")
    assert (whole.moderators, whole.of_estimates, whole.by_site) == ((), True, False)
    assert moderated == replace(whole, moderators=(("site", whole.site),))


def _se(fit: ModelFit) -> tuple[float, ...]:
    return tuple(round(vi**0.5, 6) for vi in fit.vi)


def test_moderators_are_of_the_rows_that_state_them(tmp_path: Path) -> None:
    """Their model leaves out a row whose study does not say where its persons live."""
    both_sites(tmp_path, f"{MODEL}\n    moderators: [country]")
    for study in "abc":
        path = tmp_path / "studies" / f"{study}.yaml"
        words = path.read_text(encoding="utf-8")
        country = "DE" if study == "a" else "FR"
        path.write_text(re.sub(r"cohort: \{", f"cohort: {{country: {country}, ", words), encoding="utf-8")
    (result,) = material(load_review(tmp_path)).results
    fits = list(model_fits_of(result))
    assert [(fit.name, len(fit.yi)) for fit in fits] == [("", 8), ("", 5)]
    assert fits[1].moderators == (("country", ("DE", "DE", "FR", "FR", "FR")),)
    assert len(fits[1].covariances) == 2
