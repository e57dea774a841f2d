"""The public functions with columns in any order, which are matched by index or refused; and words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import synthesis
from tests.thinned import thinned

users: Any = synthesis  # without types, as in a notebook
INDEX = list("abcdefgh")
FRAME = pd.DataFrame(
    {
        "yi": [0.1, 0.5, 0.3, 0.9, 0.2, 0.7, 0.4, 0.6],
        "vi": [0.01, 0.02, 0.03, 0.04, 0.02, 0.03, 0.01, 0.05],
        "dose": [1.0, 2, 3, 4, 5, 6, 7, 9],
        "arm": list("babbabaa"),
        "w": [3.0, 1, 2, 5, 4, 1, 2, 2],
        "name": [f"trial {letter}" for letter in INDEX],
    },
    index=INDEX,
)
SHUFFLED = FRAME.loc[list("dbhcafge")]
COUNTS = pd.DataFrame(
    {
        "ai": [4, 6, 3, 62],
        "bi": [119, 300, 228, 13536],
        "ci": [11, 29, 11, 248],
        "di": [128, 274, 209, 12619],
    },
    index=list("abcd"),
)

CELLS: dict[str, Any] = {name: COUNTS[name] for name in ("ai", "bi", "ci", "di")}

# What each function is given, by the name of the column, beside yi and vi; and the number that tells.
CALLS: list[tuple[Callable[..., Any], dict[str, str], Callable[[Any], Any]]] = [
    (users.pool, {}, lambda r: [r.estimate, r.tau2]),
    (users.pool, {"weights": "w", "slab": "name"}, lambda r: [r.estimate, r.se]),
    (users.metareg, {"mods": "dose"}, lambda r: r.estimate),
    (users.subgroups, {"by": "arm"}, lambda r: [g.estimate for g in r.groups]),
    (users.location_scale, {"mods": "arm", "scale": "dose"}, lambda r: r.location.estimate),
    (users.location_scale, {"scale": "dose"}, lambda r: r.scale.estimate),
]


def given(frame: pd.DataFrame, names: dict[str, str]) -> dict[str, Any]:
    """Each argument as a series; labels of moderators as a data frame, which may have them."""
    return {
        key: frame[[name]] if (key, name) == ("mods", "arm") else frame[name] for key, name in names.items()
    }


@pytest.mark.parametrize(("function", "names", "told"), thinned(CALLS, 2))
def test_shuffled_series_are_matched_by_their_index(
    function: Callable[..., Any], names: dict[str, str], told: Callable[[Any], Any]
) -> None:
    plain = function(FRAME["yi"], FRAME["vi"], **given(FRAME, names))
    everywhere = function(FRAME["yi"], SHUFFLED["vi"], **given(SHUFFLED, names))
    assert_allclose(told(everywhere), told(plain), rtol=1e-12)
    for key in names:  # each argument on its own
        moved = given(FRAME, names) | {key: given(SHUFFLED, names)[key]}
        assert_allclose(told(function(FRAME["yi"], FRAME["vi"], **moved)), told(plain), rtol=1e-12)
        beside_data = given(FRAME, names) | {key: given(SHUFFLED, names)[key]}
        assert_allclose(told(function("yi", "vi", data=FRAME, **beside_data)), told(plain), rtol=1e-12)
    if "slab" in names:
        assert everywhere.labels == tuple(FRAME["name"])


def test_the_slope_of_shuffled_moderators_is_that_of_the_studies() -> None:
    """A line through the effects, 0.1 + 0.2 dose, comes back whatever the order of the moderator."""
    dose = pd.Series([1.0, 2, 3, 4, 5, 7], index=list("abcdef"))
    yi = 0.1 + 0.2 * dose + pd.Series([0.01, -0.01, 0.02, -0.02, 0.01, -0.01], index=list("abcdef"))
    slope = np.polyfit(dose, yi, 1)[0]
    for order in ("fedcba", "badcfe"):
        found = users.metareg(yi, pd.Series(0.1, index=yi.index), mods=dose[list(order)], method="EE")
        assert_allclose(found.estimate[1], slope, rtol=1e-10)
        by_formula = users.metareg(yi, yi * 0 + 0.1, mods="~ x", data={"x": dose[list(order)]}, method="EE")
        assert_allclose(by_formula.estimate[1], slope, rtol=1e-10)


def test_one_order_may_have_lists_beside_it_and_two_may_not() -> None:
    same = users.metareg(SHUFFLED["yi"], SHUFFLED["vi"], mods=SHUFFLED["dose"].tolist())
    assert_allclose(same.estimate, users.metareg("yi", "vi", mods="~ dose", data=FRAME).estimate, rtol=1e-9)
    more: list[dict[str, Any]] = [{"slab": INDEX}, {"weights": FRAME["w"].to_numpy()}]
    for words in more:
        name = next(iter(words))
        with pytest.raises(
            ValueError, match=f"{name} has no index, and the rows of yi and vi are in different"
        ):
            users.pool(FRAME["yi"], SHUFFLED["vi"], **words)
    with pytest.raises(ValueError, match="mods has no index, and the rows of yi and vi are in different"):
        users.metareg(FRAME["yi"], SHUFFLED["vi"], mods=FRAME["dose"].tolist())
    with pytest.raises(ValueError, match="by has no index, and the rows of yi and vi are in different"):
        users.subgroups(FRAME["yi"], SHUFFLED["vi"], by=list(FRAME["arm"]))


@pytest.mark.parametrize(("function", "names", "told"), CALLS[1:])
def test_labels_that_differ_are_refused(
    function: Callable[..., Any], names: dict[str, str], told: Callable[[Any], Any]
) -> None:
    other = FRAME.rename(index={"c": "x"})
    for key in names:
        with pytest.raises(ValueError, match="'c' is in the index of yi and not of "):
            function(FRAME["yi"], FRAME["vi"], **(given(FRAME, names) | {key: given(other, names)[key]}))
    with pytest.raises(ValueError, match="the rows of yi and vi have different labels"):
        function(FRAME["yi"], other["vi"], **given(FRAME, names))
    with pytest.raises(ValueError, match="the rows of yi and sei have different labels"):
        function(FRAME["yi"], sei=other["vi"], **given(FRAME, names))


def test_new_values_of_moderators_are_matched_too() -> None:
    found = users.metareg("yi", "vi", mods="~ dose + arm", data=FRAME)
    new = {"dose": FRAME["dose"], "arm": SHUFFLED["arm"]}
    assert_allclose(found.predict(new).estimate, found.predict(FRAME).estimate, rtol=1e-12)


def test_whole_numbers_name_columns() -> None:
    frame = FRAME[["yi", "vi", "dose", "arm", "w"]].set_axis(range(5), axis=1)
    pooled = users.pool(0, 1, weights=4, slab=3, data=frame)
    assert pooled.estimate == users.pool("yi", "vi", weights="w", data=FRAME).estimate
    assert pooled.labels == tuple(FRAME["arm"])
    slope = users.metareg(0, 1, mods=2, data=frame).estimate
    assert_allclose(slope, users.metareg("yi", "vi", mods="~ dose", data=FRAME).estimate, rtol=1e-12)
    groups = users.subgroups(0, 1, by=3, data=frame).groups
    assert [group.name for group in groups] == ["b", "a"]
    counts = users.pool_counts("OR", ai=0, bi=1, ci=2, di=3, data=COUNTS.set_axis(range(4), axis=1))
    assert (
        counts.estimate == users.pool_counts("OR", ai="ai", bi="bi", ci="ci", di="di", data=COUNTS).estimate
    )


def test_one_number_beside_data_is_for_every_study() -> None:
    sized = users.pool_counts("RR", ai="ai", n1i=20_000, ci="ci", n2i=20_000, data=COUNTS)
    assert (
        sized.estimate
        == users.pool_counts("RR", ai=COUNTS["ai"], n1i=20_000, ci=COUNTS["ci"], n2i=20_000).estimate
    )


def test_shuffled_counts_are_matched_by_their_index() -> None:
    expected = users.pool_counts("RR", **CELLS)
    moved = COUNTS.loc[list("cadb")]
    slab = pd.Series(["A", "B", "C", "D"], index=COUNTS.index)[["d", "a", "c", "b"]]
    found = users.pool_counts("RR", ai=COUNTS["ai"], bi=moved["bi"], ci="ci", di="di", data=COUNTS, slab=slab)
    assert found.estimate == expected.estimate
    assert found.labels == ("A", "B", "C", "D")
    with pytest.raises(ValueError, match="'d' is in the index of ai and not of bi"):
        users.pool_counts("RR", ai=COUNTS["ai"], bi=COUNTS["bi"][:3], ci=COUNTS["ci"], di=COUNTS["di"])


# What `escalc` returns is an argument.

SIZES = users.escalc("RR", **CELLS, slab=["A", "B", "C", "D"])
PLAIN = users.escalc("RR", **CELLS)


def test_what_escalc_returns_brings_variances_and_labels() -> None:
    pooled = users.pool(SIZES)
    assert pooled.labels == ("A", "B", "C", "D")
    assert pooled.to_dict() == users.pool(SIZES.yi, SIZES.vi, slab=list("ABCD")).to_dict()
    assert users.pool(PLAIN).labels[0] == "study 1"
    assert users.pool(PLAIN, slab=list("wxyz")).labels == tuple("wxyz")
    assert users.pool(SIZES, slab=["A", "B", "C", "D"]).labels == ("A", "B", "C", "D")
    dose = [1.0, 2.0, 4.0, 3.0]
    assert users.metareg(SIZES, mods=dose).labels == ("A", "B", "C", "D")
    assert users.subgroups(SIZES, by=list("aabb")).groups[1].labels == ("C", "D")
    assert users.location_scale(SIZES, scale=dose).labels == ("A", "B", "C", "D")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"vi": SIZES.vi}, "yi comes from escalc with its variances; expected no vi beside it"),
        ({"sei": SIZES.sei}, "yi comes from escalc with its variances; expected no sei beside it"),
        ({"slab": list("ABCX")}, "yi comes from escalc with other labels than slab; expected no slab"),
        ({"slab": "n", "data": {"n": list("ABDC")}}, "yi comes from escalc with other labels than slab"),
    ],
)
def test_what_stands_against_the_result_of_escalc_is_refused(words: dict[str, Any], says: str) -> None:
    calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (users.pool, {}),
        (users.metareg, {"mods": [1.0, 2, 3, 5]}),
        (users.subgroups, {"by": list("aabb")}),
        (users.location_scale, {"scale": [1.0, 2, 3, 5]}),
    ]
    for function, more in calls:
        with pytest.raises(ValueError, match=re.escape(says)):
            function(SIZES, **words, **more)


def test_a_study_without_an_effect_size_is_refused_with_the_reason_escalc_gives() -> None:
    sizes = users.escalc("RR", ai=[0, 1], n1i=[9, 9], ci=[0, 2], n2i=9, to="none", slab=["Oslo", "Rome"])
    with pytest.raises(ValueError, match=r"Oslo: yi is missing \(no events, or nothing but events, in both"):
        users.pool(sizes)
    assert users.pool(sizes, missing="drop").labels == ("Rome",)


def test_text_is_refused_alike_everywhere() -> None:
    calls: list[Callable[[], Any]] = [
        lambda: users.pool([0.1, 0.2], ["0.01", "0,02"]),
        lambda: users.escalc("GEN", estimatei=[1, 2], loweri=0, upperi=3, dfi=["9", "0,02"]),
        lambda: users.pool_counts("OR", ai=["5", "0,02"], bi=5, ci=5, di=5),
        lambda: users.pool([0.1, 0.2], [0.1, 0.1], weights=["1", "0,02"]),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"study 2: \w+ is '0,02', with a decimal comma; expected 0\.02"):
            call()


def test_labels_that_repeat_are_said() -> None:
    note = "labels repeat: these estimates are not independent"
    slab = list("ABCA")
    dose = [1.0, 2.0, 4.0, 3.0]
    counts = CELLS
    for repeated, distinct in (
        (users.metareg(PLAIN, mods=dose, slab=slab), users.metareg(PLAIN, mods=dose)),
        (users.location_scale(PLAIN, scale=dose, slab=slab), users.location_scale(PLAIN, scale=dose)),
        (users.pool_counts(**counts, slab=slab), users.pool_counts(**counts)),
    ):
        assert note in repeated.notes
        assert note not in distinct.notes


def test_the_package_lists_its_names_and_results_print_as_their_text() -> None:
    assert dir(synthesis) == sorted(synthesis.__all__)
    fitted = users.metareg(SIZES, mods=[1.0, 2.0, 4.0, 3.0])
    for result in (
        SIZES,
        users.pool_counts(**CELLS),
        users.subgroups(SIZES, by=list("aabb")),
        users.location_scale(SIZES, scale=[1.0, 2.0, 4.0, 3.0]),
        fitted,
        fitted.QM,
        fitted.predict(),
        fitted.blup(),
        fitted.vif(),
        fitted.contrast([0, 1]),
        fitted.permutation_test(),
        users.location_scale(SIZES, scale=[1.0, 2.0, 4.0, 3.0]).predict_tau2(),
    ):
        assert repr(result) == str(result)
        assert "array(" not in repr(result)


REGRESSION: Any = users.metareg(SIZES, mods=[1.0, 2.0, 4.0, 3.0])
CRUDE: list[tuple[Callable[[], Any], str]] = [
    (lambda: users.metareg(SIZES, mods=["dose", "year"]), "mods has values that are not numbers"),
    (lambda: users.metareg(SIZES, mods={"x": [1, 2, 3, 4]}), "mods is a dict; expected numbers, a data"),
    (lambda: users.metareg(SIZES, mods={1, 2, 3, 4}), "mods is a set; expected numbers"),
    (lambda: users.metareg(SIZES, mods=None), "mods has"),
    (lambda: users.metareg(SIZES, mods=5), "mods has shape ()"),
    (
        lambda: users.metareg(SIZES, mods="~ x", data=[1, 2]),
        "data is of type list; expected a data frame",
    ),
    (lambda: users.metareg(SIZES, mods=[1, 2, 3, 4], intercept="no"), "intercept is 'no'; expected True"),
    (
        lambda: users.location_scale(SIZES, scale=[1, 2, 3, 5], intercept=0),
        "intercept is 0; expected True",
    ),
    (lambda: users.pool(SIZES, slab=5), "slab is 5; expected a label for each study"),
    (lambda: users.pool("yi", "vi", data=[1]), "data is of type list; expected a data frame"),
    (
        lambda: users.pool(SIZES, missing="ignore"),
        "unknown missing 'ignore'. Expected one of: refuse, drop",
    ),
    (lambda: users.subgroups(SIZES, by=5), "by is 5; expected a label for each study"),
    (lambda: users.subgroups(SIZES, by=list("aabb"), tau2="Commn"), "did you mean 'common'?"),
    (lambda: users.metareg(SIZES, mods=[1, 2, 3, 5], method="rma"), "unknown method 'rma'"),
    (lambda: users.location_scale(SIZES, scale=[1, 2, 3, 5], method="DL"), "Expected one of: REML, ML"),
    (lambda: users.location_scale(SIZES, scale=[1, 2, 3, 5], test="knha"), "Expected one of: z, t"),
    (lambda: REGRESSION.predict(transform="exp"), "transform is 'exp'; expected a function such as np.exp"),
    (lambda: REGRESSION.predict(level=0.05), "level is 0.05; did you mean 0.95?"),
    (lambda: REGRESSION.predict(prediction="tk"), "unknown prediction 'tk'"),
    (lambda: REGRESSION.permutation_test(draws=-5), "draws is -5; expected a whole number, 1 or more"),
    (lambda: REGRESSION.permutation_test(draws="many"), "draws is 'many'; expected a whole number"),
    (lambda: REGRESSION.permutation_test(seed=1.5), "seed is 1.5; expected a whole number, 0 or more"),
]


@pytest.mark.parametrize(("call", "says"), CRUDE, ids=[says for _, says in CRUDE])
def test_what_cannot_be_meant_is_refused_with_a_sentence(call: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        call()


def test_words_of_other_programs_work() -> None:
    assert users.metareg(SIZES, mods=[1.0, 2, 4, 3], method="fe", test="knha").method == "EE"
    assert users.metareg(SIZES, mods=[1.0, 2, 4, 3], method="DerSimonian-Laird").method == "DL"
    counts = CELLS
    assert users.pool_counts(**counts, method="Mantel-Haenszel").method == "MH"
    assert users.pool_counts("rr", **counts, method="mh").measure == "RR"
    assert users.pool_counts("RD", **counts, variance="greenland robins").measure == "RD"


def test_sample_sizes_are_matched_by_the_labels_of_the_studies() -> None:
    pooled = users.pool("yi", "vi", data=FRAME, slab=INDEX)
    sizes = pd.Series(range(20, 100, 10), index=INDEX)
    expected = pooled.egger(predictor="ni", ni=sizes.tolist()).statistic
    for given_sizes in (sizes, sizes[::-1], sizes.to_numpy(), sizes.reset_index(drop=True)):
        assert pooled.egger(predictor="ni", ni=given_sizes).statistic == expected
    with pytest.raises(ValueError, match="the index of ni lacks 'c'; expected the labels of all studies"):
        pooled.egger(predictor="ni", ni=sizes.rename({"c": "x"}))
    assert repr(pooled) == str(pooled)
