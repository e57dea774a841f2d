"""Genome-wide studies: METAL's published formulas by hand, alleles aligned, control, overlap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special

import synthesis
from synthesis.bulk.alleles import UNKNOWN, by_frequency, canonical, other_strand, pairs_of, signs_of, written
from synthesis.bulk.arrow_parts import arrow
from synthesis.bulk.before_pooling import study_inflations
from synthesis.bulk.bulk_choices import read_bulk_choices
from synthesis.bulk.gwas_columns import chromosomes_of, place_parts
from synthesis.bulk.many_tests import MEDIAN_CHI2
from synthesis.bulk.sample_overlap import SignCounts, read_overlap
from synthesis.bulk.table_input import WhatStands, table_input


def study(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """GWAS-SSF: place, alleles, effect, error, frequency, n."""
    names = ["base_pair_location", "effect_allele", "other_allele", "beta", "standard_error"]
    frame = pd.DataFrame(rows, columns=[*names, "effect_allele_frequency", "n"])
    return frame.assign(chromosome="1", rsid=[f"rs{i}" for i in frame["base_pair_location"]])


FIRST = study(
    [
        (10, "A", "G", 0.10, 0.05, 0.30, 1000),  # every study as it is
        (20, "A", "G", 0.20, 0.05, 0.30, 1000),  # swapped, on the other strand, both
        (30, "A", "T", 0.30, 0.05, 0.20, 1000),  # palindrome
        (40, "A", "T", 0.40, 0.05, 0.80, 1000),  # palindrome of which the other allele is the rare one
        (50, "C", "G", 0.50, 0.05, 0.49, 1000),  # palindrome that cannot be told
        (60, "A", "G", 0.60, 0.05, 0.30, 1000),  # other alleles at this place
        (70, "AT", "A", 0.70, 0.05, 0.30, 1000),  # an insertion
        (80, "a", "g", 0.80, 0.05, np.nan, 1000),  # in small letters
        (90, "A", "A", 0.90, 0.05, 0.30, 1000),  # no two alleles
    ]
)
SECOND = study(
    [
        (10, "A", "G", 0.12, 0.10, 0.32, 2000),
        (20, "G", "A", -0.22, 0.10, 0.68, 2000),
        (30, "A", "T", 0.32, 0.10, 0.22, 2000),
        (40, "A", "T", -0.42, 0.10, 0.22, 2000),  # its A is the first study's T
        (50, "C", "G", 0.52, 0.10, 0.20, 2000),
        (60, "A", "C", 0.62, 0.10, 0.30, 2000),
        (70, "AT", "A", 0.72, 0.10, 0.31, 2000),
        (80, "T", "C", 0.82, 0.10, 0.20, 2000),
    ]
)
THIRD = study(
    [
        (10, "A", "G", 0.14, 0.20, 0.34, 4000),
        (20, "T", "C", 0.24, 0.20, 0.31, 4000),
        (30, "T", "A", -0.34, 0.20, 0.79, 4000),
        (40, "T", "A", -0.44, 0.20, 0.21, 4000),
        (50, "C", "G", 0.54, 0.20, np.nan, 4000),
        (70, "A", "AT", -0.74, 0.20, 0.70, 4000),
        (80, "C", "T", -0.84, 0.20, 0.80, 4000),
    ]
)
STUDIES = {"one": FIRST, "two": SECOND, "three": THIRD}


def metal(beta: Any, se: Any) -> tuple[float, float, float]:
    """Inverse-variance weighting. Willer, Li & Abecasis 2010, table 1: beta, se and p."""
    w = 1.0 / np.square(se)
    mean, error = np.dot(w, beta) / w.sum(), np.sqrt(1.0 / w.sum())
    return float(mean), float(error), float(2.0 * special.ndtr(-abs(mean / error)))


@pytest.fixture(scope="module")
def aligned() -> pd.DataFrame:
    found = synthesis.pool_table(STUDIES, gwas=True, ask="direction", invalid="refuse")
    frame: pd.DataFrame = found.to_frame()
    return frame.set_index("base_pair_location")


def test_equal_effects_are_those_of_metals_published_formulas(aligned: pd.DataFrame) -> None:
    expected = {
        10: [0.10, 0.12, 0.14],
        20: [0.20, 0.22, 0.24],
        30: [0.30, 0.32, 0.34],
        40: [0.40, 0.42, 0.44],
        70: [0.70, 0.72, 0.74],
        80: [0.80, 0.82, 0.84],
    }
    compared = 0
    for place, beta in expected.items():
        mean, se, p = metal(beta, [0.05, 0.10, 0.20])
        found = aligned.loc[[place]].iloc[0]
        for name, value in (("estimate", mean), ("se", se), ("p_value", p)):
            assert found[name] == pytest.approx(value, rel=1e-12)
            compared += 1
        q = sum((b - mean) ** 2 / s**2 for b, s in zip(beta, [0.05, 0.10, 0.20], strict=True))
        assert found["Q"] == pytest.approx(q, rel=1e-10)
        assert found["direction"] == "+++"
        assert found["n"] == 7000.0
    assert compared == 18


def test_alleles_are_those_of_the_first_study_and_others_are_turned_to_them(aligned: pd.DataFrame) -> None:
    for place, alleles in ((20, "A/G"), (30, "A/T"), (40, "A/T"), (70, "AT/A"), (80, "A/G")):
        row = aligned.loc[[place]].iloc[0]
        assert f"{row['effect_allele']}/{row['other_allele']}" == alleles
    w = np.array([400.0, 100.0, 25.0])
    for place, frequencies in ((20, [0.30, 0.32, 0.31]), (40, [0.80, 0.78, 0.79]), (70, [0.30, 0.31, 0.30])):
        mean = np.dot(w, frequencies) / w.sum()
        assert aligned.loc[place, "effect_allele_frequency"] == pytest.approx(mean, rel=1e-12)


def test_what_cannot_be_aligned_is_refused_with_counts() -> None:
    found = synthesis.pool_table(STUDIES, gwas=True, invalid="refuse")
    assert found.refused == {
        ("one", "palindromic, with a frequency between 0.42 and 0.58"): 1,
        ("three", "palindromic, without a frequency"): 1,
        ("one", "no two alleles"): 1,
        ("", "no study with an effect and its variance"): 1,
    }
    frame = found.to_frame()
    assert frame["base_pair_location"].tolist() == [10, 20, 30, 40, 50, 60, 60, 70, 80, 90]
    assert frame.set_index("base_pair_location").loc[50, "k"] == 1
    assert frame.loc[frame["base_pair_location"] == 60, "k"].tolist() == [1, 1]  # two variants at one place
    at_60 = frame[frame["base_pair_location"] == 60]
    assert at_60["other_allele"].tolist() == ["C", "G"]  # in the order of their alleles
    assert frame["effect_allele"].isna().tolist() == [False] * 9 + [True]
    assert {(each["study"], each["reason"]): each["times"] for each in found.manifest["alleles"]} == {
        ("two", "alleles swapped"): 1,
        ("two", "on the other strand"): 1,
        ("two", "palindromic, strand by frequency as written"): 1,
        ("two", "palindromic, strand by frequency turned"): 1,
        ("three", "alleles swapped"): 2,
        ("three", "on the other strand"): 2,
        ("three", "palindromic, strand by frequency as written"): 2,
    }
    assert found.refused_table.num_rows == 4


def test_numbers_that_cannot_be_stop_a_run_of_variants_and_their_alleles_do_not() -> None:
    wrong = {
        "one": FIRST,
        "two": SECOND.assign(standard_error=SECOND["standard_error"].where(SECOND.index != 2, -1)),
    }
    with pytest.raises(ValueError, match="the table, row 3, study 'two': sei is -1; expected a number above"):
        synthesis.pool_table(wrong, gwas=True)
    found = synthesis.pool_table(wrong, gwas=True, invalid="refuse")
    assert found.refused[("two", "sei is not a number above zero")] == 1
    assert found.refused[("one", "no two alleles")] == 1
    alone = {"one": FIRST.assign(p_value=0.0)}
    with pytest.raises(ValueError, match="row 1, study 'one': p is 0; expected a number above 0, at most 1"):
        synthesis.pool_table(alone, gwas=True, scheme="n")
    lacking = {"one": FIRST.assign(standard_error=np.nan), "two": SECOND}
    assert synthesis.pool_table(lacking, gwas=True).refused[("one", "yi without sei")] >= 5
    twice = {"one": pd.concat([FIRST, FIRST[:1]], ignore_index=True)}
    with pytest.raises(ValueError, match="variant 'rs10' stands again, after the table, row 1"):
        synthesis.pool_table(twice, gwas=True)


def test_variants_may_go_by_their_names_and_must_then_have_the_same_alleles() -> None:
    named = {name: frame.drop(columns=["chromosome"]) for name, frame in STUDIES.items()}
    found = synthesis.pool_table(named, gwas=True, invalid="refuse")
    assert found.refused[("two", "other alleles")] == 1
    frame = found.to_frame().set_index("variant_id")
    assert "chromosome" not in frame.columns
    assert frame.loc["rs60", "k"] == 1
    assert frame.loc["rs20", "estimate"] == pytest.approx(
        metal([0.20, 0.22, 0.24], [0.05, 0.1, 0.2])[0], rel=1e-12
    )
    reasons = found.refused_table.to_pandas().set_index("variant_id").loc["rs60", "reason"]
    assert reasons == "alleles A/C, and A/G in 'one'"


def test_the_scheme_by_sample_size_is_metals() -> None:
    """Z = sum(sqrt(n) z) / sqrt(sum n). Willer, Li & Abecasis 2010, table 1."""
    p = {"one": 0.03, "two": 0.2, "three": 1e-4}
    sign = {"one": 1, "two": -1, "three": 1}
    tables = {
        name: frame[:1].assign(p_value=p[name], beta=sign[name] * 0.1).drop(columns="standard_error")
        for name, frame in STUDIES.items()
    }
    z = {name: sign[name] * -special.ndtri(p[name] / 2) for name in p}
    n = {"one": 1000.0, "two": 2000.0, "three": 4000.0}
    expected = sum(np.sqrt(n[name]) * z[name] for name in p) / np.sqrt(7000.0)
    found = synthesis.pool_table(tables, gwas=True, scheme="n").to_frame()
    assert found["statistic"][0] == pytest.approx(expected, rel=1e-12)
    by_z = {name: frame.drop(columns=["p_value"]).assign(Zscore=z[name]) for name, frame in tables.items()}
    assert synthesis.pool_table(by_z, gwas=True, scheme="n").to_frame()["statistic"][0] == pytest.approx(
        expected
    )
    ratios = {
        name: frame.assign(odds_ratio=1.0 + frame["beta"]).drop(columns="beta")
        for name, frame in tables.items()
    }
    assert synthesis.pool_table(ratios, gwas=True, scheme="n").to_frame()["statistic"][0] == pytest.approx(
        expected, rel=1e-12
    )
    with pytest.raises(ValueError, match="there is no column for error"):
        synthesis.pool_table(tables, gwas=True)


def test_names_of_columns_are_those_of_the_usual_formats(tmp_path: Path) -> None:
    renamed = {
        "base_pair_location": "BP",
        "chromosome": "CHR",
        "effect_allele": "Allele1",
        "other_allele": "Allele2",
        "beta": "Effect",
        "standard_error": "StdErr",
        "effect_allele_frequency": "Freq1",
        "rsid": "MarkerName",
        "n": "N",
    }
    FIRST.assign(chromosome="chr01").rename(columns=renamed).to_csv(
        tmp_path / "one.tbl", sep="\t", index=False, na_rep="#NA"
    )
    SECOND.to_csv(tmp_path / "two.tsv.gz", sep="\t", index=False)
    ratio = THIRD.assign(odds_ratio=np.exp(THIRD["beta"])).drop(columns="beta")
    paths = [str(tmp_path / "one.tbl"), str(tmp_path / "two.tsv.gz")]
    found = synthesis.pool_table(paths, gwas=True, invalid="refuse").to_frame()
    held = synthesis.pool_table({"one": FIRST, "two": SECOND}, gwas=True, invalid="refuse").to_frame()
    pd.testing.assert_frame_equal(found, held)
    with pytest.raises(
        ValueError, match="row 1: effects are odds_ratio, and beta in 'one'; expected one unit"
    ):
        synthesis.pool_table({"one": FIRST, "three": ratio}, gwas=True)
    alone = synthesis.pool_table({"three": ratio}, gwas=True, invalid="refuse").to_frame()
    np.testing.assert_allclose(alone["estimate"][:2], [0.14, 0.24], rtol=1e-12)
    with pytest.raises(
        ValueError, match=r"row 1: there is no column for other_allele \(other_allele, hm_other"
    ):
        synthesis.pool_table({"one": FIRST.drop(columns="other_allele")}, gwas=True)
    with pytest.raises(ValueError, match="are both study 'two'"):
        synthesis.pool_table([paths[1], paths[1]], gwas=True)
    with pytest.raises(ValueError, match="expected a table a study"):
        synthesis.pool_table(FIRST, gwas=True)


def as_written_by(names: dict[str, str], rows: pd.DataFrame = FIRST) -> pd.DataFrame:
    """A place and two alleles of the first two variants, in the columns of another program."""
    return rows[:2].rename(columns=names)[list(names.values())]


PLACE = {"chromosome": "CHR", "base_pair_location": "POS"}
PROGRAMS = {
    "REGENIE": {
        "chromosome": "CHROM",
        "base_pair_location": "GENPOS",
        "other_allele": "ALLELE0",
        "effect_allele": "ALLELE1",
        "effect_allele_frequency": "A1FREQ",
        "beta": "BETA",
        "standard_error": "SE",
    },
    "SAIGE": {
        **PLACE,
        "other_allele": "Allele1",
        "effect_allele": "Allele2",
        "effect_allele_frequency": "AF_Allele2",
        "beta": "BETA",
        "standard_error": "SE",
    },
    "GCTA": {
        **PLACE,
        "effect_allele": "A1",
        "other_allele": "A2",
        "effect_allele_frequency": "AF1",
        "beta": "BETA",
        "standard_error": "SE",
    },
    "PLINK 2": {
        **PLACE,
        "effect_allele": "A1",
        "other_allele": "OMITTED",
        "effect_allele_frequency": "A1_FREQ",
        "beta": "BETA",
        "standard_error": "SE",
    },
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_allele_that_other_programs_count_is_the_effect_allele(program: str) -> None:
    found = synthesis.pool_table({"one": as_written_by(PROGRAMS[program])}, gwas=True).to_frame()
    assert found["estimate"].tolist() == [0.10, 0.20]
    assert found["effect_allele"].tolist() == ["A", "A"]
    assert found["other_allele"].tolist() == ["G", "G"]
    assert found["effect_allele_frequency"].tolist() == [0.30, 0.30]


def test_counts_of_the_second_allele_alone_make_it_the_effect_allele() -> None:
    names = PROGRAMS["SAIGE"] | {"n": "AC_Allele2"}
    del names["effect_allele_frequency"]
    found = synthesis.pool_table({"one": as_written_by(names)}, gwas=True).to_frame()
    assert found[["effect_allele", "other_allele"]].to_numpy().tolist() == [["A", "G"]] * 2
    assert np.isnan(found["effect_allele_frequency"]).all()


def test_ratios_with_limits_have_the_error_of_their_interval_of_95_percent() -> None:
    """By hand: (ln 1.3 - ln 1.1) / (2 * 1.96) of an odds ratio of 1.2; an error that is there goes before."""
    ratio = FIRST[:1].drop(columns=["beta", "standard_error"])
    ratio = ratio.assign(odds_ratio=1.2, ci_lower=1.1, ci_upper=1.3)
    error = np.log(1.3 / 1.1) / (2.0 * 1.959963984540054)
    for level in (0.95, 0.9):
        found = synthesis.pool_table({"one": ratio}, gwas=True, level=level).to_frame()
        assert found["estimate"][0] == pytest.approx(np.log(1.2), rel=1e-14)
        assert found["se"][0] == pytest.approx(error, rel=1e-12)
    both = synthesis.pool_table({"one": ratio.assign(standard_error=0.5)}, gwas=True).to_frame()
    assert both["se"][0] == 0.5
    with pytest.raises(ValueError, match="there is no column for error"):
        synthesis.pool_table({"one": ratio.drop(columns="ci_lower")}, gwas=True)


def test_logarithms_of_p_reach_beyond_the_smallest_number() -> None:
    """z of -log10 p: 1.959963984540054 of 0.05; of 10^-400, by mpmath with 50 digits, 42.826..."""
    table = FIRST[:1].drop(columns=["standard_error"])
    for log_p, z in ((-np.log10(0.05), 1.959963984540054), (0.0, 0.0), (400.0, 42.826406491171177631)):
        for name in ("neg_log_10_p_value", "LOG10P"):
            given = {"one": table.assign(**{name: log_p})}
            found = synthesis.pool_table(given, gwas=True, scheme="n").to_frame()
            assert found["statistic"][0] == pytest.approx(z, rel=1e-12, abs=1e-15)
    given = {"one": table.assign(neg_log_10_p_value=400.0, p_value=0.05)}
    assert synthesis.pool_table(given, gwas=True, scheme="n").to_frame()["statistic"][0] == pytest.approx(
        1.959963984540054, rel=1e-12
    )
    for wrong in (-0.1, np.inf):
        with pytest.raises(ValueError, match=r"-log10 p is \S+; expected a finite number, 0 or more"):
            synthesis.pool_table({"one": table.assign(neg_log_10_p_value=wrong)}, gwas=True, scheme="n")


@pytest.mark.parametrize("there", ["beta", "p_value"])
def test_weights_by_n_need_a_p_value_and_the_sign_of_an_effect(there: str) -> None:
    table = FIRST[:1].drop(columns=["standard_error", "beta"]).assign(**{there: 0.05})
    with pytest.raises(ValueError, match="no column for z, or p with the sign of an effect"):
        synthesis.pool_table({"one": table}, gwas=True, scheme="n")


def test_frequencies_are_from_0_to_1_as_percentages_would_tell_the_wrong_strand() -> None:
    """A palindrome whose allele has 20 % in one study and 0.22 in another."""
    other = {"two": SECOND[2:3]}
    for given in (20.0, -0.2, 1.001):
        percent = FIRST[2:3].assign(effect_allele_frequency=given)
        with pytest.raises(
            ValueError,
            match=f"row 1, study 'one': effect_allele_frequency is {given:g}; expected a number from 0 to 1",
        ):
            synthesis.pool_table({"one": percent, **other}, gwas=True)
        left = synthesis.pool_table({"one": percent, **other}, gwas=True, invalid="refuse")
        assert left.refused == {("one", "effect_allele_frequency is not a number from 0 to 1"): 1}
        assert left.to_frame()["k"].tolist() == [1]
    for given in (0.0, 1.0):
        alone = FIRST[:1].assign(effect_allele_frequency=given)
        assert synthesis.pool_table({"one": alone}, gwas=True).pooled == 1


def test_a_variant_without_a_name_that_stands_again_is_named_by_its_place() -> None:
    twice = pd.concat([FIRST[:1], FIRST[:1]]).drop(columns="rsid")
    with pytest.raises(ValueError, match=r"row 2: variant '1:10 A/G' stands again, after the table, row 1"):
        synthesis.pool_table({"one": twice}, gwas=True)


def test_names_are_asked_for_because_another_file_has_no_places() -> None:
    placed, named = FIRST.drop(columns="rsid"), SECOND.drop(columns="chromosome")
    with pytest.raises(
        ValueError, match=r"study 'one', row 1: .* variant .* as study 'two' has no chromosome and position"
    ):
        synthesis.pool_table({"one": placed, "two": named}, gwas=True)


def test_alleles_have_one_canonical_pair_however_they_are_written() -> None:
    compared = 0
    for pair in (("A", "G"), ("G", "A"), ("T", "C"), ("C", "T")):
        assert canonical(*pair)[0] == ("A", "G")
        assert written(*canonical(*pair)) == pair
        compared += 1
    for pair in (
        ("A", "T"),
        ("T", "A"),
        ("GC", "GC"[::-1]),
        ("AT", "A"),
        ("TA", "T"),
        ("I", "D"),
        ("D", "I"),
    ):
        assert written(*canonical(*pair)) == pair
        compared += 1
    for pair in (("A", "A"), ("A", "N"), ("", "A"), ("0", "A")):
        assert canonical(*pair) == (("", ""), UNKNOWN)
        compared += 1
    assert compared == 15
    assert canonical("AT", "A")[0] != canonical("AT", "T")[0]  # two deletions, not two strands
    pa = arrow()
    names, states = pairs_of(pa.array(["a", None, "T"]), pa.array(["g", "A", "C"]))
    assert names.to_pylist() == ["A/G", "", "A/G"]
    assert states.tolist() == [0, UNKNOWN, 2]
    states, unclear = by_frequency(
        np.array([4, 5, 4, 5, 4], dtype=np.int8), np.array([0.42, 0.42, 0.6, 0.1, np.nan])
    )
    assert unclear.tolist() == [False, False, False, False, True]
    assert states.tolist() == [4, 7, 6, 7, 4]
    assert signs_of(states).tolist() == [1.0, 1.0, -1.0, 1.0, 1.0]


def simulated(rows: int, inflation: float, shared: float) -> dict[str, pd.DataFrame]:
    """Three studies without effects, the first inflated, the first two with correlated estimates."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=(3, rows))
    z[1] = shared * z[0] + np.sqrt(1 - shared**2) * z[1]
    z[0] *= np.sqrt(inflation)
    se = np.array([0.1, 0.2, 0.3])
    return {
        name: pd.DataFrame(
            {
                "chromosome": 1 + np.arange(rows) % 22,
                "base_pair_location": np.arange(rows) + 1,
                "effect_allele": "A",
                "other_allele": "G",
                "beta": se[i] * z[i],
                "standard_error": se[i],
                "n": 1000,
            }
        )
        for i, name in enumerate(("one", "two", "three"))
    }


def test_genomic_control_enlarges_variances_by_the_lambda_of_a_study_and_corrects_results() -> None:
    tables = simulated(3_000, 1.5, 0.0)
    found = synthesis.pool_table(tables, gwas=True, genomic_control="both")
    frame = found.to_frame()
    order = np.lexsort((tables["one"]["base_pair_location"], tables["one"]["chromosome"]))
    beta = np.array([t["beta"].to_numpy()[order] for t in tables.values()])
    se = np.array([0.1, 0.2, 0.3])
    lambdas = np.maximum([np.median((b / s) ** 2) / MEDIAN_CHI2 for b, s in zip(beta, se, strict=True)], 1.0)
    assert found.manifest["lambda_of_studies"] == pytest.approx(
        dict(zip(tables, lambdas.tolist(), strict=True)), rel=1e-12
    )
    assert lambdas[0] > 1.3
    w = 1.0 / (lambdas * se**2)
    z = (w @ beta) / np.sqrt(w.sum())
    np.testing.assert_allclose(frame["statistic"], z, rtol=1e-11)
    own = max(np.median(z**2) / MEDIAN_CHI2, 1.0)
    np.testing.assert_allclose(frame["p_gc"], 2 * special.ndtr(-np.abs(z) / np.sqrt(own)), rtol=1e-10)
    assert found.inflation == pytest.approx(np.median(z**2) / MEDIAN_CHI2, rel=1e-10)
    assert special.gammaincinv(0.5, 0.5) * 2 == pytest.approx(MEDIAN_CHI2, rel=1e-14)
    assert frame["p_bonferroni"].min() == pytest.approx(min(1.0, 3_000 * frame["p_gc"].min()))


def test_control_by_sample_size_divides_z_as_metal_does() -> None:
    tables = {
        name: frame.assign(z=frame["beta"] / frame["standard_error"])
        for name, frame in simulated(2_000, 1.5, 0.0).items()
    }
    found = synthesis.pool_table(tables, gwas=True, scheme="n", genomic_control="studies")
    lambdas = found.manifest["lambda_of_studies"]
    frame = found.to_frame().sort_values("base_pair_location")
    expected = sum(t["z"] / np.sqrt(lambdas[name]) for name, t in tables.items()) / np.sqrt(3.0)
    np.testing.assert_allclose(frame["statistic"], expected, rtol=1e-11)


def test_overlap_gives_the_generalised_least_squares_of_shared_samples() -> None:
    tables = simulated(400, 1.0, 0.4)
    tables["two"] = tables["two"][10:]
    r = np.array([[1.0, 0.4, 0.0], [0.4, 1.0, 0.1], [0.0, 0.1, 1.0]])
    found = synthesis.pool_table(tables, gwas=True, overlap=r).to_frame().sort_values("base_pair_location")
    se = np.array([0.1, 0.2, 0.3])
    for row in (0, 25, 399):
        there = [i for i in range(3) if i != 1 or row >= 10]
        y = np.array(
            [list(tables.values())[i].set_index("base_pair_location").loc[row + 1, "beta"] for i in there]
        )
        inverse = np.linalg.inv(r[np.ix_(there, there)] * np.outer(se[there], se[there]))
        assert found["estimate"].iloc[row] == pytest.approx((inverse @ y).sum() / inverse.sum(), rel=1e-10)
        assert found["se"].iloc[row] == pytest.approx(inverse.sum() ** -0.5, rel=1e-12)
    shuffled = pd.DataFrame(r, index=list(tables), columns=list(tables)).loc[
        ["three", "one", "two"], ["two", "three", "one"]
    ]
    again = (
        synthesis.pool_table(tables, gwas=True, overlap=shuffled).to_frame().sort_values("base_pair_location")
    )
    assert again["estimate"].tolist() == found["estimate"].tolist()


def test_overlap_is_estimated_by_how_often_signs_agree() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=(40_000, 2))
    z[:, 1] = 0.5 * z[:, 0] + np.sqrt(0.75) * z[:, 1]
    table = {"y_A": z[:, 0], "y_B": z[:, 1], "v_A": np.ones(40_000), "v_B": np.ones(40_000)}
    found = synthesis.pool_table(table, yi="y_*", vi="v_*", overlap="estimate", method="EE")
    agreed = np.mean(np.sign(z[:, 0]) == np.sign(z[:, 1]))
    assert found.manifest["correlations"][0][1] == pytest.approx(np.sin(np.pi * (agreed - 0.5)), rel=1e-12)
    assert found.manifest["correlations"][0][1] == pytest.approx(0.5, abs=0.03)
    assert np.std(found.to_frame()["statistic"]) == pytest.approx(1.0, abs=0.02)
    with pytest.raises(ValueError, match="overlap of 'A' and 'B' cannot be estimated from 900 rows"):
        SignCounts.of(z[:900]).correlations(("A", "B"))


def test_a_study_that_adds_nothing_but_noise_is_refused() -> None:
    table = {"y_A": [0.0, 0.1], "y_B": [0.0, 0.2], "v_A": [1.0, 1.0], "v_B": [1.0, 100.0]}
    r = [[1.0, 0.5], [0.5, 1.0]]
    found = synthesis.pool_table(table, yi="y_*", vi="v_*", method="EE", overlap=r)
    assert found.refused == {("", "overlap leaves a study without weight"): 1}
    assert found.to_frame()["se"][0] == pytest.approx(np.sqrt(0.75), rel=1e-12)
    names = ("A", "B")
    for wrong, says in (
        (np.eye(3), "overlap has shape"),
        ([[1.0, 0.5], [0.4, 1.0]], "not symmetric"),
        ([[1.0, 1.0], [1.0, 1.0]], "not positive definite"),
        (pd.DataFrame(np.eye(2), index=["A", "C"], columns=["A", "C"]), "overlap lacks study 'B'"),
    ):
        with pytest.raises(ValueError, match=says):
            read_overlap(wrong, names)


def test_chromosomes_have_one_number_however_they_are_written() -> None:
    pa = arrow()
    names = ["1", "chr2", "CHR03", " 22", "X", "chrY", "MT", "M", "23", "5.0", "26", "0", "GL1", "", None]
    found = chromosomes_of(pa.chunked_array([names]))
    assert found.tolist() == [1, 2, 3, 22, 23, 24, 25, 25, 23, 5, 0, 0, 0, 0, 0]
    assert chromosomes_of(pa.chunked_array([[7, None]])).tolist() == [7, 0]
    place = (np.array([1, 23, 25]) << 32) + np.array([0, 5, 2**32 - 1])
    chromosome, position = place_parts(place)
    assert chromosome.tolist() == [1, 23, 25]
    assert position.tolist() == [0, 5, 2**32 - 1]


def test_variants_without_a_place_are_data_sets_of_their_own_that_are_not_pooled() -> None:
    wrong = FIRST.assign(
        chromosome=["1", "0", *["1"] * 7],
        base_pair_location=[10.0, 20.0, -1.0, 2.0**32, 50.0, np.nan, 70.0, 80.0, 90.0],
    )
    found = synthesis.pool_table({"one": wrong, "two": SECOND}, gwas=True, invalid="refuse")
    assert found.refused[("one", "no known chromosome and position")] == 4
    frame = found.to_frame()
    assert frame["refused"].notna().sum() >= 4
    refused = found.refused_table.to_pandas()
    own = refused[refused["reason"] == "no known chromosome and position"]
    assert own["place"].tolist() == [f"the table, row {row}" for row in (2, 3, 4, 6)]
    assert own["variant_id"].tolist() == ["rs20", "rs30", "rs40", "rs60"]


def test_frequencies_and_numbers_of_persons_are_of_the_studies_that_have_them() -> None:
    two = SECOND.assign(effect_allele_frequency=np.nan)
    found = synthesis.pool_table({"one": FIRST[:1], "two": two[:1]}, gwas=True).to_frame()
    assert found["effect_allele_frequency"][0] == FIRST["effect_allele_frequency"][0]
    assert found["n"][0] == FIRST["n"][0] + SECOND["n"][0]
    without = FIRST[:1].drop(columns=["n", "effect_allele_frequency"])
    found = synthesis.pool_table({"one": without}, gwas=True).to_frame()
    assert np.isnan(found["effect_allele_frequency"][0])
    assert np.isnan(found["n"][0])


def test_effects_turned_round_have_the_frequency_of_the_other_allele() -> None:
    """The first study counts G, the second A on the other strand: one variant, whose effects agree."""
    one = study([(10, "G", "A", 0.3, 0.1, 0.7, 100)])
    two = study([(10, "T", "C", -0.3, 0.1, 0.3, 100)])
    row = synthesis.pool_table({"one": one, "two": two}, gwas=True, ask="direction").to_frame().iloc[0]
    assert (row["effect_allele"], row["other_allele"], row["direction"]) == ("G", "A", "++")
    assert row["estimate"] == pytest.approx(0.3, rel=1e-14)
    assert row["effect_allele_frequency"] == pytest.approx(0.7, rel=1e-14)


def test_only_single_bases_have_another_strand() -> None:
    assert other_strand(("A", "C")) == ("T", "G")
    for pair in (("AT", "A"), ("A", "AT"), ("A", "D"), ("D", "A"), ("CG", "GT")):
        assert other_strand(pair) == pair
    pa = arrow()
    names, states = pairs_of(pa.array(["A/G", "C"]), pa.array(["T", "T"]))  # no allele has a stroke
    assert names.to_pylist() == ["", "A/G"]
    assert states.tolist() == [UNKNOWN, 3]
    names, states = pairs_of(pa.array([], pa.string()), pa.array([], pa.string()))
    assert (len(names), states.size) == (0, 0)
    assert states.dtype == np.int8


def test_palindromes_at_the_bounds_of_what_can_be_told_are_told_alike() -> None:
    states = np.array([4, 5, 4, 5, 4, 5], dtype=np.int8)
    _, unclear = by_frequency(states, np.array([0.42, 0.42, 0.58, 0.58, 0.4201, 0.5799]))
    assert unclear.tolist() == [False, False, False, False, True, True]


def test_the_lambda_of_a_study_is_one_or_more_and_leaves_no_file(tmp_path: Path) -> None:
    y = np.array([[3.0, 0.1, np.nan], [2.0, 0.1, np.nan], [4.0, 0.2, np.nan]])
    table = {f"y_{i}": y[:, i] for i in range(3)} | {f"v_{i}": np.full(3, 2.0) for i in range(3)}
    chosen = read_bulk_choices(None, None, None, "QP", 0.95, None, (), 1, "stop", ())
    given = WhatStands({"yi": "y_*", "vi": "v_*"}, None, None, (), None, False)
    source = table_input(table, given, chosen).opened(tmp_path)
    for _ in range(2):  # the second in the folder that the first has made
        found = study_inflations(source, 3, tmp_path / "z")
        np.testing.assert_allclose(found, [4.5 / MEDIAN_CHI2, 1.0, 1.0], rtol=1e-14)
        assert list((tmp_path / "z").iterdir()) == []


def test_p_values_are_above_zero_and_at_most_one() -> None:
    table = FIRST[:1].drop(columns=["standard_error"])
    for p, z in ((1.0, 0.0), (0.05, 1.959963984540054)):
        found = synthesis.pool_table({"one": table.assign(p_value=p)}, gwas=True, scheme="n").to_frame()
        assert found["statistic"][0] == pytest.approx(z, rel=1e-12)
    for p in (0.0, 1.2):
        with pytest.raises(ValueError, match=f"p is {p:g}; expected a number above 0, at most 1"):
            synthesis.pool_table({"one": table.assign(p_value=p)}, gwas=True, scheme="n")


def test_a_position_may_be_zero_and_a_variant_stands_once() -> None:
    one = FIRST[:2].assign(base_pair_location=0)
    assert synthesis.pool_table({"one": one[:1]}, gwas=True).pooled == 1
    with pytest.raises(ValueError, match=r"row 2: variant 'rs20' stands again, after the table, row 1"):
        synthesis.pool_table({"one": one}, gwas=True)


def test_persons_are_counted_in_the_studies_that_are_pooled(aligned: pd.DataFrame) -> None:
    assert aligned.loc[50, "n"] == 2000.0
    assert aligned.loc[[60], "n"].tolist() == [2000.0, 1000.0]


def test_z_with_n_may_share_samples() -> None:
    """By hand: two studies of one size with correlation r have the mean z (1 + 1) / sqrt(2 + 2 r)."""
    table = {"z_A": [1.0], "n_A": [100.0], "z_B": [1.0], "n_B": [100.0]}
    r = [[1.0, 0.5], [0.5, 1.0]]
    found = synthesis.pool_table(table, zi="z_*", ni="n_*", overlap=r, method="EE").to_frame()
    assert found["statistic"][0] == pytest.approx(2.0 / np.sqrt(3.0), rel=1e-14)


def test_a_matrix_of_overlap_is_checked_to_the_last_digit() -> None:
    names, good = ("A", "B"), pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], index=["A", "B"], columns=["A", "B"])
    assert read_overlap(good.astype(object), names).tolist() == [[1.0, 0.5], [0.5, 1.0]]
    for wrong in (
        [[1.0, 0.5], [0.5 + 1e-9, 1.0]],
        [[1.0, 0.5], [0.5, 1.5]],
        [[1.0, 0.5], [0.5, 1.0 + 1e-9]],
    ):
        with pytest.raises(ValueError, match="overlap is not symmetric with a diagonal of one"):
            read_overlap(wrong, names)
    for axis in (0, 1):
        with pytest.raises(ValueError, match="overlap lacks study 'B'"):
            read_overlap(good.rename({"B": "C"}, axis=axis), names)
    half = np.full((2, 2), 750.0)
    found = SignCounts(half, np.full((2, 2), 1_000.0)).correlations(names)
    np.testing.assert_allclose(found, [[1.0, 0.5**0.5], [0.5**0.5, 1.0]], rtol=1e-14)
    with pytest.raises(ValueError, match="cannot be estimated from 999 rows; expected 1000 or more"):
        SignCounts(half, np.full((2, 2), 999.0)).correlations(names)
