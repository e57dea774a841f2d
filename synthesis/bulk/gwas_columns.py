"""Columns of genome-wide summary statistics, by the names that their formats give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from synthesis.bulk.alleles import UNKNOWN, States, by_frequency, pairs_of, signs_of
from synthesis.bulk.arrow_parts import arrow, numbers_of
from synthesis.bulk.effect_columns import FoundEffects, WrongNumbers, effects_of, wrong_numbers
from synthesis.bulk.many_tests import z_of_log_p, z_of_p
from synthesis.pooling.kernel.effects import Array, Mask

Scheme = Literal["error", "n"]
"""Whether variants are weighted by their standard errors, or z by the square root of n."""

NAMES: dict[str, tuple[str, ...]] = {
    "chromosome": ("chromosome", "hm_chrom", "chr", "chrom", "#chrom", "#chr"),
    "position": ("base_pair_location", "hm_pos", "bp", "pos", "position", "genpos"),
    "variant": ("rsid", "rs_id", "variant_id", "markername", "marker", "snp", "snpid", "id"),
    "effect_allele": ("effect_allele", "hm_effect_allele", "tested_allele", "allele1", "a1", "ea"),
    "other_allele": (
        "other_allele",
        "hm_other_allele",
        "non_effect_allele",
        "allele2",
        "allele0",
        "a2",
        "oa",
        "nea",
        "omitted",
    ),
    "frequency": (
        "effect_allele_frequency",
        "hm_effect_allele_frequency",
        "freq1",
        "eaf",
        "a1freq",
        "a1_freq",
        "af1",
        "freq",
    ),
    "beta": ("beta", "hm_beta", "effect", "b"),
    "odds_ratio": ("odds_ratio", "hm_odds_ratio", "or"),
    "hazard_ratio": ("hazard_ratio", "hr"),
    "error": ("standard_error", "stderr", "se"),
    "low": ("ci_lower", "hm_ci_lower"),
    "high": ("ci_upper", "hm_ci_upper"),
    "p": ("p_value", "p-value", "pvalue", "pval", "p.value", "p"),
    "log_p": ("neg_log_10_p_value", "log10p", "log10_p", "mlog10p", "mlogp"),
    "z": ("z_score", "zscore", "z"),
    "n": ("n", "n_total", "totalsamplesize", "samplesize", "sample_size", "weight"),
}
"""What a column is, and its names in GWAS-SSF (Hayhurst et al. 2022), METAL's and other programs' files, in
the order in which they are looked for; capitals do not count."""

VARIANT_PLACE = ("chromosome", "base_pair_location")
"""Columns of results that say where on the genome a variant is, as in GWAS-SSF."""

_OF_SECOND = {"effect_allele": "allele2", "other_allele": "allele1", "frequency": "af_allele2"}
"""Columns of files that count the second allele, as SAIGE's do, and tell it by counts or frequency of it."""

_LEVEL = 0.95  # of intervals in GWAS-SSF

_TEXTS = ("chromosome", "variant", "effect_allele", "other_allele")
_MEASURES = ("beta", "odds_ratio", "hazard_ratio")
_CHROMOSOMES = {str(i): i for i in range(1, 26)} | {"X": 23, "Y": 24, "MT": 25, "M": 25}
_BITS = 32  # of a place that the position has


@dataclass(frozen=True)
class GwasColumns:
    """The columns of one file by what they are; scheme: what effects are made of; by: place or name.

    Of several that say one thing only that which is read is here: an error, or else limits; z, p or its
    logarithm.
    """

    found: dict[str, str]
    measure: str
    scheme: Scheme
    by: Literal["place", "name"]

    @property
    def numbers(self) -> list[str]:
        """Columns that hold numbers."""
        return [column for what, column in self.found.items() if what not in _TEXTS]

    @property
    def texts(self) -> list[str]:
        """Columns that hold words."""
        return [column for what, column in self.found.items() if what in _TEXTS]


def gwas_columns(names: Sequence[str], shown: str, scheme: Scheme, unplaced: str = "") -> GwasColumns:
    """The columns of a file with these names.

    unplaced: a file that has no places, if there is one: variants of all files go by their names then. Raises
    ValueError, naming the file, for what is lacking.
    """
    found = _found_in(names)
    measure = next((each for each in _MEASURES if each in found), "")
    _require(found, ("effect_allele", "other_allele"), shown, names)
    if unplaced and "variant" not in found:
        raise ValueError(
            _lacking(f"variant ({', '.join(NAMES['variant'])})", shown, names)
            + f". Variants go by their names, as {unplaced} has no chromosome and position"
        )
    _require(found, () if unplaced else ("chromosome", "position"), shown, names)
    wanted = _of_effects(found, measure, scheme, shown, names)
    wanted |= {*_TEXTS, "position", "frequency"}
    if unplaced:
        wanted -= {"chromosome", "position"}
    kept = {what: column for what, column in found.items() if what in wanted}
    return GwasColumns(kept, measure, scheme, "name" if unplaced else "place")


def _found_in(names: Sequence[str]) -> dict[str, str]:
    lower = {name.strip().lower(): name for name in reversed(names)}
    found = {}
    for what, spellings in NAMES.items():
        match = next((lower[spelling] for spelling in spellings if spelling in lower), None)
        if match is not None:
            found[what] = match
    if {"af_allele2", "ac_allele2"} & set(lower):
        found |= {what: lower[spelling] for what, spelling in _OF_SECOND.items() if spelling in lower}
    return found


def _of_effects(
    found: dict[str, str], measure: str, scheme: Scheme, shown: str, names: Sequence[str]
) -> set[str]:
    """The columns of which effects are made. Raises ValueError for what is lacking."""
    if scheme == "error":
        if not measure:
            raise ValueError(_lacking("beta, odds_ratio or hazard_ratio", shown, names))
        if "error" not in found and {"low", "high"} <= set(found):
            return {measure, "low", "high", "n"}
        _require(found, ("error",), shown, names)
        return {measure, "error", "n"}
    _require(found, ("n",), shown, names)
    if "z" in found:
        return {"z", "n"}
    p = next((each for each in ("p", "log_p") if each in found), "")
    if not measure or not p:
        raise ValueError(_lacking("z, or p with the sign of an effect", shown, names))
    return {measure, p, "n"}


def has_places(names: Sequence[str]) -> bool:
    """Whether a file says where on the genome its variants are."""
    lower = {name.strip().lower() for name in names}
    return all(lower & set(NAMES[what]) for what in ("chromosome", "position"))


def _require(found: dict[str, str], wanted: tuple[str, ...], shown: str, names: Sequence[str]) -> None:
    for what in wanted:
        if what not in found:
            raise ValueError(_lacking(f"{what} ({', '.join(NAMES[what])})", shown, names))


def _lacking(what: str, shown: str, names: Sequence[str]) -> str:
    return f"{shown}, row 1: there is no column for {what}. It has: {', '.join(names[:12])}"


@dataclass(frozen=True, eq=False)
class Variants:
    """Rows of one study: their places or names, alleles, and effects of the canonical allele.

    place: chromosome and position in one number, rising along the genome; 0 where variants go by their names.
    reasons: by position, why a row is refused, in full and to be counted. wrong: numbers among them.
    """

    place: Any
    name: Any
    pair: Any
    states: States
    y: Array
    v: Array
    frequency: Array
    n: Array
    reasons: dict[int, tuple[str, str]]
    wrong: tuple[WrongNumbers, ...]


def variants_of(table: Any, columns: GwasColumns, level: float) -> Variants:
    """A table's rows as variants, each with the first reason against it."""
    pa = arrow()
    found, rows = columns.found, table.num_rows
    reasons: dict[int, tuple[str, str]] = {}

    def numbers(what: str) -> Array:
        return np.asarray(numbers_of(table.column(found[what]))) if what in found else np.full(rows, np.nan)

    def refuse(at: Mask, says: str) -> None:
        for row in np.flatnonzero(at).tolist():
            reasons.setdefault(row, (says, says))

    pair, states = pairs_of(*(table.column(found[what]) for what in ("effect_allele", "other_allele")))
    for row in np.flatnonzero(states == UNKNOWN).tolist():
        letters = "/".join(str(table.column(found[w])[row]) for w in ("effect_allele", "other_allele"))
        reasons.setdefault(row, (f"alleles {letters}; expected two different ones", "no two alleles"))
    frequency = numbers("frequency")
    # A percentage would tell the wrong strand.
    beyond = (frequency < 0) | (frequency > 1)
    impossible = wrong_numbers(beyond, "effect_allele_frequency", frequency, "a number from 0 to 1")
    states, unclear = by_frequency(states, frequency)
    refuse(unclear & np.isnan(frequency), "palindromic, without a frequency")
    refuse(unclear, "palindromic, with a frequency between 0.42 and 0.58")
    place, unknown = _places(table, columns, numbers("position"))
    refuse(unknown, "no known chromosome and position")
    effects = _effects(columns, numbers, level)
    wrong = (*impossible, *effects.wrong)
    for each in wrong:
        for row in np.flatnonzero(each.wrong).tolist():
            reasons.setdefault(row, (each.says(row), each.reason))
    sign = signs_of(states)
    out = np.isin(np.arange(rows), list(reasons))
    name = table.column(found["variant"]) if "variant" in found else pa.nulls(rows, pa.string())
    return Variants(
        place,
        name.cast(pa.string()),
        pair,
        states,
        np.where(out, np.nan, sign * effects.y),
        np.where(out, np.nan, effects.v),
        np.where(sign < 0, 1.0 - frequency, frequency),
        numbers("n"),
        reasons,
        wrong,
    )


def _places(table: Any, columns: GwasColumns, position: Array) -> tuple[Any, Mask]:
    if columns.by == "name":
        return np.zeros(table.num_rows, dtype=np.int64), np.zeros(table.num_rows, dtype=bool)
    code = chromosomes_of(table.column(columns.found["chromosome"]))
    with np.errstate(invalid="ignore"):
        unknown: Mask = (code == 0) | ~(position >= 0) | (position >= 2.0**_BITS)
    place = np.zeros(table.num_rows, dtype=np.int64)
    place[~unknown] = (code[~unknown] << _BITS) + position[~unknown].astype(np.int64)
    return place, unknown


def chromosomes_of(column: Any) -> Any:
    """Numbers of chromosomes, of a column of numbers or names; 0 for what is none."""
    coded = column.cast(arrow().string()).combine_chunks().dictionary_encode()
    codes = [_CHROMOSOMES.get(_bare(text), 0) for text in coded.dictionary.to_pylist()]
    return np.array([*codes, 0])[coded.indices.fill_null(len(codes)).to_numpy()]


def _bare(chromosome: str) -> str:
    text = chromosome.strip().upper().removeprefix("CHR").removesuffix(".0")
    return text.lstrip("0") or text


def place_parts(place: Any) -> tuple[Any, Any]:
    """Chromosome (X is 23, Y 24, MT 25, as in GWAS-SSF) and position of places."""
    return place >> _BITS, place & ((1 << _BITS) - 1)


def _effects(columns: GwasColumns, numbers: Any, level: float) -> FoundEffects:
    ratio = columns.measure in ("odds_ratio", "hazard_ratio")
    if columns.scheme == "error" and "error" in columns.found:
        return effects_of("error", {"yi": numbers(columns.measure), "sei": numbers("error")}, level, ratio)
    if columns.scheme == "error":
        parts = {"yi": numbers(columns.measure), "ci_low": numbers("low"), "ci_high": numbers("high")}
        return effects_of("interval", parts, _LEVEL, ratio)
    if "z" in columns.found:
        return effects_of("z", {"zi": numbers("z"), "ni": numbers("n")}, level, ratio)
    effect = numbers(columns.measure)
    size, wrong = _size_of_z(columns, numbers)
    z = np.sign(effect - 1.0 if ratio else effect) * size
    found = effects_of("z", {"zi": z, "ni": numbers("n")}, level, ratio)
    return FoundEffects(found.y, found.v, (*wrong, *found.wrong))


def _size_of_z(columns: GwasColumns, numbers: Any) -> tuple[Array, tuple[WrongNumbers, ...]]:
    """The size of z that p or its logarithm gives, nan where it cannot be, and what is wrong with those."""
    if "p" in columns.found:
        part, p, expected = "p", numbers("p"), "a number above 0, at most 1"
        with np.errstate(invalid="ignore"):
            wrong = (p <= 0) | (p > 1)
        size = z_of_p(np.where(wrong, np.nan, p))
    else:
        part, p, expected = "-log10 p", numbers("log_p"), "a finite number, 0 or more"
        wrong = (p < 0) | np.isinf(p)
        size = z_of_log_p(np.where(wrong, np.nan, -np.log(10.0) * p))
    return size, wrong_numbers(wrong, part, p, expected)
