"""`pool_counts`: the same numbers as the batched formulas, in words, and its refusals."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import synthesis
from evidence.effects.absolute import absolute_effect
from evidence.effects.person_time import person_time
from evidence.effects.zero_cells import tables
from synthesis.pooling.counts.count_tests import cochran_mantel_haenszel, mantel_haenszel_rate_test
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
        ({"measure": "OR", "ai": [5], "n1i": [4], "ci": [1], "n2i": [9]}, "study 1: ai is 5 and n1i 4"),
        (
            {"measure": "OR", "ai": [0, 0], "n1i": [4, 4], "ci": [0, 1], "n2i": [9, 9]},
            "group 1 has no events in any",
        ),
        (
            {"measure": "RR", "ai": [1, 0], "n1i": [4, 4], "ci": [0, 0], "n2i": 9},
            "group 2 has no events in any",
        ),
        (
            {"measure": "OR", "ai": [1], "n1i": [4], "ci": [0], "n2i": [0]},
            "one of the groups has nobody in it",
        ),
        ({"measure": "IRR", "x1i": 1, "t1i": 4, "x2i": 0, "t2i": 0}, "one of the groups has no person-time"),
        ({"measure": "IRR", "x1i": 1, "t1i": 4, "x2i": 0, "t2i": 9}, "group 2 has no events in any study"),
        (
            {"measure": "OR", "ai": [4], "n1i": [4], "ci": [1], "n2i": [9]},
            "everybody in group 1 has the event, in every study",
        ),
        (
            {"measure": "OR", "ai": [1], "n1i": [4], "ci": [9], "n2i": [9]},
            "everybody in group 2 has the event",
        ),
        (
            {"measure": "OR", "ai": [0, 4], "n1i": 4, "ci": [0, 5], "n2i": [9, 9]},
            "no study has events in one",
        ),
        (
            {"measure": "OR", "method": "Peto", "ai": [0], "n1i": 4, "ci": 0, "n2i": 9},
            "no study has both events",
        ),
        ({"ai": [], "n1i": [], "ci": [], "n2i": []}, "there are no studies"),
        ({"ai": [None], "n1i": 5, "ci": 1, "n2i": 5}, "study 1: ai is missing; expected a number"),
        ({"ai": [None], "n1i": 5, "ci": 1, "n2i": 5, "missing": "drop"}, "every study lacks a count"),
        ({"ai": [math.inf], "n1i": 5, "ci": 1, "n2i": 5}, "study 1: ai is inf; expected a finite number"),
        ({**BCG, "slab": ["a", "b"]}, "slab has 2 labels for 13 studies"),
        ({**BCG, "missing": "ignore"}, "unknown missing 'ignore'. Expected one of: refuse, drop"),
        ({**BCG, "variance": "Robins"}, "unknown variance 'Robins'"),
        ({**BCG, "correct": "yes"}, "correct is 'yes'; expected True or False"),
        ({**BCG, "level": 0.05}, "did you mean 0.95"),
        ({**BCG, "add": 0.5}, "unknown column 'add'"),
    ],
)
def test_what_cannot_be_pooled_is_refused_in_words(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        synthesis.pool_counts(**given)  # type: ignore[arg-type]


REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "sparse_counts" / "sparse.json").read_text(encoding="utf-8")
)


def test_sparse_tables_agree_with_metafor_and_df_are_never_below_zero() -> None:
    """Q is of the studies with an effect of their own: `k_yi` of metafor, whose df can be -1."""
    compared, below = 0, 0
    for one in REFERENCE["sets"]:
        cells: dict[str, Any] = {name: np.atleast_1d(one[name]) for name in ("ai", "n1i", "ci", "n2i")}
        for name, theirs in dict(one["found"]).items():
            method, measure = ("Peto", "OR") if name == "Peto" else ("MH", name)
            ours = synthesis.pool_counts(measure, method=method, **cells)  # type: ignore[arg-type]
            for number in ("estimate", "se", "Q", "Q_p"):
                if theirs[number] is not None:
                    compared += 1
                    assert_allclose(getattr(ours, number), theirs[number], rtol=1e-8, atol=1e-12)
            assert ours.Q_df == max(theirs["k_yi"] - 1, 0)
            assert ours.Q_df > 0 or ours.Q == 0
            below += theirs["k_yi"] == 0
    assert compared == 807
    assert below > 10


SPARSE: dict[str, Any] = {"ai": [0, 0, 3], "n1i": [10, 10, 20], "ci": [0, 0, 5], "n2i": [10, 10, 20]}


def test_studies_that_say_nothing_are_said() -> None:
    found = synthesis.pool_counts("OR", **SPARSE)
    assert (found.k, found.Q, found.Q_df, found.Q_p) == (3, 0.0, 0.0, 1.0)
    assert found.notes == (
        "2 studies with no events, or nothing else, in both groups: nothing is known from that of a ratio.",
        "Q has no degrees of freedom: fewer than two studies have an effect of their own.",
    )
    assert f"  Note: {found.notes[1]}" in str(found)
    assert found.notes[1] in found._repr_html_()
    assert synthesis.pool_counts("OR", **BCG).notes == ()
    rates = synthesis.pool_counts("IRR", x1i=[0, 3, 2], t1i=10, x2i=[0, 5, 4], t2i=[9, 9, 8])
    assert rates.notes == ("1 study with no events in both groups: nothing is known from that of a ratio.",)


def test_an_interval_without_width_or_end_is_said() -> None:
    nothing = synthesis.pool_counts("RD", ai=[0, 0], n1i=[10, 10], ci=[0, 0], n2i=[10, 10])
    assert (nothing.estimate, nothing.ci_low, nothing.ci_high) == (0.0, 0.0, 0.0)
    assert "The interval has no width" in nothing.notes[0]
    assert "test" not in str(nothing)
    endless = synthesis.pool_counts("RR", ai=[1e-8], n1i=[10], ci=[1e-8], n2i=[10])
    assert endless.shown[2] == math.inf
    assert any(note.startswith("The interval reaches beyond every ratio") for note in endless.notes)
    difference = synthesis.pool_counts("RD", **SPARSE)
    assert difference.notes == (
        "Q has no degrees of freedom: fewer than two studies have an effect of their own.",
    )


def test_studies_without_a_group_are_left_out_and_said() -> None:
    found = synthesis.pool_counts("OR", ai=[1, 0, 4, 2], n1i=[9, 0, 9, 8], ci=[2, 3, 5, 1], n2i=[9, 9, 9, 9])
    assert found.k == 3
    assert found.notes == ("1 study with nobody in one of the groups left out.",)
    rates = synthesis.pool_counts("IRD", x1i=[1, 0, 4], t1i=[9, 0, 9], x2i=[2, 3, 5], t2i=[9, 9, 9])
    assert rates.notes == ("1 study without person-time in one of the groups left out.",)


def test_missing_counts_are_refused_by_name_or_dropped_and_counted() -> None:
    gaps = BCG | {"bi": [None, *BCG["bi"][1:12], math.nan], "slab": [*"ABCDEFGHIJKLM"]}
    with pytest.raises(ValueError, match=r"^A: bi is missing; expected a number \(missing='drop' leaves"):
        synthesis.pool_counts("OR", **gaps)
    found = synthesis.pool_counts("OR", **gaps, missing="drop")
    complete: dict[str, Any] = {name: cells[1:12] for name, cells in BCG.items()}
    whole = synthesis.pool_counts("OR", **complete)
    assert_allclose([found.estimate, found.Q], [whole.estimate, whole.Q], rtol=1e-13)
    assert (found.k, found.Q_df) == (11, 10)
    assert found.labels == tuple("BCDEFGHIJKL")
    assert found.notes == ("2 studies without all counts left out.",)
    assert synthesis.pool_counts("OR", **(BCG | {"n1i": None})).estimate == pytest.approx(
        synthesis.pool_counts("OR", **BCG).estimate
    )


def test_one_study_is_no_studies() -> None:
    found = synthesis.pool_counts("RR", ai=3, n1i=10, ci=1, n2i=10)
    assert str(found).startswith("Risk ratio of 1 study\n")
    assert found.notes == ()


def test_the_test_of_association_without_correction_and_the_other_variance() -> None:
    with_correction, without = (synthesis.pool_counts("OR", **BCG, correct=c) for c in (True, False))
    assert with_correction.association < without.association
    data = tables(**BCG)
    assert without.association == cochran_mantel_haenszel(data, correct=False).statistic.item()
    rates: dict[str, Any] = {"x1i": [4, 9], "t1i": [100, 90], "x2i": [7, 3], "t2i": [95, 120]}
    plain = mantel_haenszel_rate_test(person_time(**rates), correct=False).statistic.item()
    assert synthesis.pool_counts("IRR", **rates, correct=False).association == plain
    other = synthesis.pool_counts("RD", **BCG, variance="Greenland-Robins")
    assert other.se == mantel_haenszel(data, "RD", variance="Greenland-Robins").se.item()
    assert other.se != synthesis.pool_counts("RD", **BCG).se


def test_a_level_and_a_baseline_risk() -> None:
    narrow, wide = (synthesis.pool_counts("OR", **BCG, level=level) for level in (0.8, 0.95))
    assert narrow.ci_high < wide.ci_high
    assert wide.absolute(0.02) == absolute_effect("OR", (wide.estimate, wide.ci_low, wide.ci_high), 0.02)
    harmless = wide.absolute(0.02, harmful=False)
    assert not harmless.number.harmful
    with pytest.raises(ValueError, match=r"unknown measure with a risk 'IRR'"):
        synthesis.pool_counts("IRR", x1i=1, t1i=2, x2i=3, t2i=4).absolute(0.1)


def test_a_dictionary_for_json() -> None:
    found = synthesis.pool_counts("RR", **BCG).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False))["homogeneity"] is None
    assert found["labels"][0] == "study 1"


def test_one_table_in_words_by_hand() -> None:
    """10 of 20 and 5 of 20: log 3 with variance 0.1 + 0.1 + 0.2 + 1 / 15; 10 - 7.5 less 1/2 is 2."""
    found = synthesis.pool_counts("OR", ai=10, n1i=20, ci=5, n2i=20, level=90)
    half = 1.6448536 * math.sqrt(0.4 + 1 / 15)
    z, chi2 = math.log(3) / math.sqrt(0.4 + 1 / 15), 4 / (15 * 25 * 400 / (1600 * 39))
    assert str(found).splitlines() == [
        "Odds ratio of 1 study",
        f"  estimate     3, 90% CI [{3 / math.exp(half):.4g}, {3 * math.exp(half):.4g}]",
        f"  test         z = {z:.3f}, p = 0.11",
        "  Q            0 on 0 df, p = 1.0",
        f"  association  chi2 = {chi2:.4g}, p = 0.20",
        "  homogeneity  chi2 = 0 on 0 df, p = 1.0",
        "  Mantel-Haenszel odds ratio, common effect, nothing added to empty cells.",
    ]
    difference = str(synthesis.pool_counts("RD", ai=10, n1i=20, ci=5, n2i=20)).splitlines()
    assert difference[1].startswith("  estimate     0.25, 95% CI [-0.0")
    assert [line.split()[0] for line in difference[2:5]] == ["test", "Q", "association"]
    peto_sentence = synthesis.pool_counts("OR", method="Peto", **BCG).method_sentence
    assert peto_sentence == "Peto's one-step odds ratio, common effect, nothing added to empty cells."


@pytest.mark.parametrize("measure", ["OR", "RR", "RD", "IRR", "IRD", "Peto"])
def test_limits_lie_a_normal_quantile_away_at_every_level(measure: str) -> None:
    cells: dict[str, Any] = {"x1i": [4, 9], "t1i": [100, 90], "x2i": [7, 3], "t2i": [95, 120]}
    given = cells if measure in ("IRR", "IRD") else BCG
    words: dict[str, Any] = {"method": "Peto"} if measure == "Peto" else {"measure": measure}
    for level, quantile in ((None, 1.9599640), (0.8, 1.2815516)):
        at: dict[str, Any] = {} if level is None else {"level": level}
        found = synthesis.pool_counts(**words, **given, **at)
        half = quantile * found.se
        assert_allclose([found.ci_low, found.ci_high], found.estimate + np.array([-half, half]), rtol=1e-7)
        assert found.level == (level or 0.95)


def test_what_is_left_open_is_corrected_and_satos() -> None:
    data = tables(**BCG)
    assert synthesis.pool_counts(**BCG).measure == "OR"
    assert synthesis.pool_counts(**BCG).association == cochran_mantel_haenszel(data, correct=True).statistic
    assert synthesis.pool_counts("RD", **BCG).se == mantel_haenszel(data, "RD", variance="Sato").se
    with pytest.raises(ValueError, match="study 1: ai is missing"):
        synthesis.pool_counts("OR", **(BCG | {"ai": [None, *BCG["ai"][1:]]}))


def test_one_number_beside_columns_is_for_every_study() -> None:
    found = synthesis.pool_counts("RR", data=BCG, ai="ai", n1i=100_000, ci="ci", n2i=100_000)
    sizes = [100_000] * 13
    given = synthesis.pool_counts("RR", ai=BCG["ai"], n1i=sizes, ci=BCG["ci"], n2i=sizes)
    assert str(found) == str(given)
    assert (found.estimate, found.ci_low, found.ci_high) == (given.estimate, given.ci_low, given.ci_high)
    with pytest.raises(ValueError, match=r"^study 2: ci is missing; expected a number \(missing="):
        synthesis.pool_counts("RR", ai=[1, 2], n1i=9, ci=[1, None], n2i=9)


@pytest.mark.parametrize(
    ("given", "words"),
    [  # the first study, with nobody in group 2, has events that count for nothing
        ({"ai": [3, 0], "n1i": [9, 9], "ci": [0, 2], "n2i": [0, 9]}, "group 1 has no events in any study"),
        ({"ai": [0, 2], "n1i": [0, 9], "ci": [3, 0], "n2i": [9, 9]}, "group 2 has no events in any study"),
        (
            {"ai": [3, 9], "n1i": [9, 9], "ci": [0, 2], "n2i": [0, 9]},
            "everybody in group 1 has the event, in every study",
        ),
        (
            {"measure": "IRR", "x1i": [3, 0], "t1i": 9, "x2i": [0, 2], "t2i": [0, 9]},
            "group 1 has no events in any study",
        ),
        (
            {"measure": "RR", "ai": [3, None], "n1i": 9, "ci": [0, 2], "n2i": [0, 9], "missing": "drop"},
            "in every study one of the groups has nobody in it",
        ),
        (
            {"method": "Peto", "ai": [9, 0], "n1i": 9, "ci": [9, 0], "n2i": 9},
            "no study has both events and people without one",
        ),
    ],
)
def test_studies_that_take_no_part_are_no_reason(given: dict[str, Any], words: str) -> None:
    measure = {"IRR": "incidence rate ratio", "RR": "risk ratio"}.get(
        given.get("measure", "OR"), "odds ratio"
    )
    with pytest.raises(ValueError, match=f"^there is no common {measure}: {words}"):
        synthesis.pool_counts(**given)


def test_notes_by_the_studies_that_call_for_them() -> None:
    silent = "1 study with no events, or nothing else, in both groups: nothing is known from that of a ratio."
    no_df = "Q has no degrees of freedom: fewer than two studies have an effect of their own."
    endless = "The interval reaches beyond every ratio that can be written: the studies say next to nothing."
    two = synthesis.pool_counts("OR", ai=[3, 0], n1i=9, ci=[2, 0], n2i=9)
    assert two.notes == (silent, no_df)
    mixed = synthesis.pool_counts(
        "OR",
        ai=[3, 0, None, 2, 4],
        n1i=9,
        ci=[2, 0, 0, 1, 5],
        n2i=[9, 9, 0, 9, 9],
        missing="drop",
        slab=list("aabcd"),
    )
    assert mixed.notes == (
        "1 study without all counts left out.",
        "labels repeat: these estimates are not independent",
        silent,
    )
    nothing = synthesis.pool_counts("RD", ai=[0, 0], n1i=10, ci=[0, 0], n2i=10)
    assert nothing.notes == (
        "The interval has no width, as every study has no events, or nothing else, in both groups: it does "
        "not say how rare events are.",
        no_df,
    )
    # One tiny count beside a large one: an end at infinity alone, or at zero alone.
    high = synthesis.pool_counts("RR", ai=1e6, n1i=1e7, ci=7.84e-6, n2i=1e7)
    low = synthesis.pool_counts("RR", ai=7.27e-6, n1i=1e7, ci=1e6, n2i=1e7)
    assert (high.shown[2], low.shown[1]) == (math.inf, 0.0)
    assert high.shown[1] > 0.0
    assert low.shown[2] < math.inf
    assert high.notes == low.notes == (endless,)
