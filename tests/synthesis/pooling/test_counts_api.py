"""`pool_counts`: the same numbers as the batched formulas, in words, and its refusals."""

import math
from typing import Any

import pytest

import synthesis
from evidence.effects.zero_cells import tables
from synthesis.pooling.counts.mantel_haenszel import mantel_haenszel, peto

BCG: dict[str, Any] = {
    "ai": [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
    "bi": [119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886],
    "ci": [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
    "di": [128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825],
}


def test_it_is_the_batched_formula_in_words() -> None:
    for measure in ("OR", "RR", "RD"):
        found = synthesis.pool_counts(measure, **BCG)
        expected = mantel_haenszel(tables(**BCG), measure)
        assert found.estimate == expected.estimate.item()
        assert found.ci_low == expected.ci_low.item()
        assert found.k == 13
    assert synthesis.pool_counts("OR", method="Peto", **BCG).estimate == peto(tables(**BCG)).estimate.item()


def test_the_text_shows_ratios_and_says_the_method() -> None:
    text = str(synthesis.pool_counts("OR", **BCG))
    assert text.startswith("Common odds ratio of 13 studies")
    assert "Mantel-Haenszel odds ratio, common effect, nothing added to empty cells." in text
    assert "homogeneity" in text
    assert "homogeneity" not in str(synthesis.pool_counts("RR", **BCG))
    assert synthesis.pool_counts("OR", **BCG)._repr_html_().startswith("<table>")


def test_person_time_by_hand() -> None:
    # One stratum: the rate ratio itself, with variance 1/x1 + 1/x2.
    found = synthesis.pool_counts("IRR", x1i=[10], t1i=[100], x2i=[5], t2i=[100])
    assert found.shown[0] == pytest.approx(2.0, rel=1e-12)
    assert found.se == pytest.approx(math.sqrt(1 / 10 + 1 / 5), rel=1e-12)


def test_columns_of_a_frame_are_named() -> None:
    data = {name: values for name, values in BCG.items()}
    by_name = synthesis.pool_counts("OR", data=data, ai="ai", bi="bi", ci="ci", di="di")
    assert by_name.estimate == synthesis.pool_counts("OR", **BCG).estimate


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"measure": "HR", **BCG}, "unknown measure 'HR'"),
        ({"measure": "RR", "method": "Peto", **BCG}, "odds ratios alone"),
        ({"measure": "OR", "ai": [1]}, "'ci' is missing"),
        ({"measure": "IRR", **BCG}, "unknown column 'ai'"),
        ({"measure": "OR", "ai": [5], "n1i": [4], "ci": [1], "n2i": [9]}, "study 1"),
        ({"measure": "OR", "ai": [0, 0], "n1i": [4, 4], "ci": [0, 1], "n2i": [9, 9]}, "no events in any"),
    ],
)
def test_what_cannot_be_pooled_is_refused_in_words(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        synthesis.pool_counts(**given)  # type: ignore[arg-type]
