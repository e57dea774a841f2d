"""`pool` as people call it: forms of input, refusals, and what it says about itself."""

import json
import math
import subprocess
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis import pool
from synthesis.pooled import Pooled

YI = [0.1, 0.5, 0.3, 0.9]
VI = [0.01, 0.02, 0.03, 0.04]
FRAME = pd.DataFrame({"effect": YI, "se": np.sqrt(VI), "study": list("abcd")})


def same(first: Pooled, second: Pooled) -> bool:
    one, two = first.to_dict(), second.to_dict()
    return {k: v for k, v in one.items() if k != "labels"} == {k: v for k, v in two.items() if k != "labels"}


@pytest.mark.parametrize(
    ("yi", "vi"),
    [
        (np.array(YI), np.array(VI)),
        (pd.Series(YI), pd.Series(VI)),
        (tuple(YI), tuple(VI)),
        ([Decimal(str(y)) for y in YI], VI),
        (pd.Series(YI, dtype="Float64"), pd.Series(VI, dtype="Float64")),
    ],
)
def test_every_form_of_input_gives_the_same_result(yi: Any, vi: Any) -> None:
    assert same(pool(yi, vi), pool(YI, VI))


def test_columns_of_a_data_frame_by_name() -> None:
    result = pool("effect", sei="se", data=FRAME, slab="study")
    assert result.labels == ("a", "b", "c", "d")
    assert_allclose(result.estimate, pool(YI, VI).estimate, rtol=1e-13)


def test_names_of_methods_and_tests_in_any_case_and_as_metafor_writes_them() -> None:
    assert same(pool(YI, VI, method="reml", test="knha"), pool(YI, VI))
    assert pool(YI, VI, method="FE", test="Z").method == "EE"
    assert same(pool(YI, VI, level=95), pool(YI, VI, level=0.95))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"yi": YI}, "either the variances vi or the standard errors sei"),
    ({"yi": YI, "vi": VI, "sei": VI}, "not both"),
    ({"yi": YI, "vi": VI, "method": "REMl2"}, r"unknown method 'REMl2'; did you mean 'REML'\? .* DL, "),
    ({"yi": YI, "vi": VI, "test": "welch"}, "Expected one of: z, t, HKSJ, adhoc"),
    ({"yi": YI, "vi": VI, "prediction": "t"}, r"t\(k-1\), t\(k-2\), z"),
    ({"yi": YI, "vi": VI, "level": 0}, "level is 0"),
    ({"yi": YI, "vi": VI, "level": 100}, "level is 100"),
    ({"yi": YI, "vi": VI, "missing": "ignore"}, "unknown missing 'ignore'. Expected one of: refuse, drop"),
    ({"yi": [], "vi": []}, "there are no studies"),
    ({"yi": YI, "vi": VI[:3]}, "yi has 4 values and vi 3"),
    ({"yi": YI, "vi": [0.01, 0, 0.03, 0.04]}, "study 2: vi is 0; expected a number above zero"),
    ({"yi": YI, "sei": [0.01, -0.5, 0.03, 0.04], "slab": list("abcd")}, "b: sei is -0.5"),
    ({"yi": [0.1, math.inf, 0.3, 0.9], "vi": VI}, "study 2: yi is inf; expected a finite number"),
    ({"yi": YI, "vi": [0.01, 0.02, math.inf, 1]}, "study 3: vi is inf"),
    ({"yi": [0.1, None, 0.3, 0.9], "vi": VI}, "study 2: yi is missing"),
    ({"yi": [0.1, "x", 0.3, 0.9], "vi": VI}, "study 2: yi is 'x'; expected a number"),
    ({"yi": YI, "vi": [[v] for v in VI]}, r"vi has shape \(4, 1\)"),
    ({"yi": YI, "vi": VI, "slab": ["a"]}, "slab has 1 labels for 4 studies"),
    ({"yi": "effect", "vi": VI}, "expected numbers, or `data`"),
    ({"yi": "efect", "sei": "se", "data": FRAME}, r"no column 'efect'; did you mean 'effect'\?"),
    ({"yi": [None], "vi": [1.0], "missing": "drop"}, "every study lacks"),
    ({"yi": [1e200, 1.0], "vi": [1.0, 1.0]}, "study 1: yi is 1e\\+200; rescale"),
    ({"yi": [1.0, 2.0], "sei": [1e-200, 1.0]}, "study 1: the variance is 0; rescale"),
    ({"yi": [1e100, 1.0], "vi": [1.0, 1e-20]}, "study 1: its effect lies 1e\\+110 standard errors"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_what_cannot_be_pooled_is_refused_with_the_study_and_the_expectation(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        pool(**arguments)


def test_missing_studies_can_be_left_out_and_are_counted() -> None:
    result = pool([*YI, math.nan], [*VI, 0.1], missing="drop", slab=list("abcde"))
    assert result.labels == ("a", "b", "c", "d")
    assert result.notes == ("1 study without an effect or a variance left out.",)


def test_one_study_is_returned_as_it_is() -> None:
    result = pool([0.4], sei=[0.1], slab=["Hart 1999"])
    assert (result.estimate, result.k, result.test, result.weights.tolist()) == (0.4, 1, "z", [100.0])
    assert_allclose(
        [result.se, result.ci_low, result.ci_high], [0.1, 0.4 - 0.1959963984540054, 0.5959963984540054]
    )
    assert all(math.isnan(x) for x in (result.tau2, result.I2, result.tau2_high, result.prediction_low))
    assert "one study, nothing pooled" in str(result)
    assert "Hart 1999" in str(result)


@pytest.mark.parametrize(("k", "few"), [(2, True), (3, True), (4, False)])
def test_two_or_three_studies_come_with_a_caution_and_a_bayesian_interval(k: int, few: bool) -> None:
    result = pool(YI[:k], VI[:k])
    assert (result.bayes is not None) == few
    assert any("cannot be estimated with any precision" in note for note in result.notes) == few


def test_hksj_narrower_than_wald_is_said_with_both_intervals() -> None:
    result = pool([0.1, 0.11, 0.105, 0.1], VI)
    (note,) = [n for n in result.notes if "narrower" in n]
    assert f"{result.ci_low:.4g}" in note
    assert f"{result.wald[0]:.4g}" in note
    assert not any("narrower" in n for n in pool(YI, VI).notes)
    assert not any("narrower" in n for n in pool([0.1, 0.11, 0.105, 0.1], VI, test="adhoc").notes)


def test_wald_interval_is_that_of_the_z_test() -> None:
    z = pool(YI, VI, test="z")
    assert pool(YI, VI).wald == (z.ci_low, z.ci_high)


def test_method_sentence_names_every_choice() -> None:
    assert pool(YI, VI).method_sentence == (
        "Random effects: restricted maximum likelihood (REML); Hartung-Knapp-Sidik-Jonkman t interval "
        "(3 df); Q-profile interval for tau2; prediction interval t (3 df)."
    )
    assert pool(YI, VI, method="EE").method_sentence == (
        "Equal effects; Wald z interval; Q-profile interval for tau2; no prediction interval."
    )


def test_undefined_prediction_interval_is_said() -> None:
    result = pool(YI[:2], VI[:2], prediction="t(k-2)")
    assert math.isnan(result.prediction_low)
    assert any(note.startswith("No prediction interval") for note in result.notes)


def test_dictionary_is_json_without_nan() -> None:
    for k in (1, 2, 4):
        text = json.dumps(pool(YI[:k], VI[:k]).to_dict(), allow_nan=False)
        assert json.loads(text)["k"] == k


def test_labels_are_escaped_in_notebooks() -> None:
    text = pool([0.4], [0.1], slab=["<script>A & B"])._repr_html_()
    assert "<script>" not in text
    assert "&lt;script&gt;A &amp; B" in text


def test_extreme_but_representable_scales_are_pooled_alike() -> None:
    plain = pool(YI, VI)
    for factor in (1e-140, 1e140):
        scaled = pool([y * factor for y in YI], sei=[math.sqrt(v) * factor for v in VI])
        assert_allclose(
            [scaled.estimate / factor, scaled.ci_low / factor], [plain.estimate, plain.ci_low], rtol=1e-12
        )
        assert_allclose([scaled.I2, scaled.p_value], [plain.I2, plain.p_value], rtol=1e-10)


def test_importing_the_package_loads_no_numerics() -> None:
    code = "import sys, synthesis; assert 'numpy' not in sys.modules; synthesis.pool"
    code += "; assert not {'pandas', 'scipy.stats', 'matplotlib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
