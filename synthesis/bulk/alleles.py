"""Alleles of many studies brought to one effect allele: swapped, on the other strand, palindromic."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthesis.bulk.arrow_parts import arrow
from synthesis.pooling.kernel.effects import Array, Mask

States = npt.NDArray[np.int8]

UNKNOWN, PALINDROME = -1, 4
SWAPPED, STRAND = 1, 2  # bits of the state of a pair that is no palindrome
FLIPPED = 2  # bit of a palindrome's state: its frequency says that it is on the other strand

AMBIGUOUS = 0.08
"""Palindromes whose allele is about as frequent as the other are refused: 0.42 to 0.58, as Hemani et al. 2018
do (TwoSampleMR, eLife 7:e34408)."""

_COMPLEMENT = str.maketrans("ACGT", "TGCA")


def other_strand(pair: tuple[str, str]) -> tuple[str, str]:
    """Two bases as the other strand has them.

    Insertions and deletions stay as they are: AT/A and AT/T may both stand at one place.
    """
    first, second = pair
    if len(first) == len(second) == 1 and first in "ACGT" and second in "ACGT":
        return first.translate(_COMPLEMENT), second.translate(_COMPLEMENT)
    return pair


def canonical(effect: str, other: str) -> tuple[tuple[str, str], int]:
    """The one pair that stands for a pair, however it is written, and the state of this writing.

    State: bits SWAPPED and STRAND; of a palindrome, such as A/T, PALINDROME and bit SWAPPED; UNKNOWN for two
    equal alleles, and for letters that are neither bases nor I and D.
    """
    if effect == other or not (_is_allele(effect) and _is_allele(other)):
        return ("", ""), UNKNOWN
    turned = other_strand((effect, other))
    if turned == (other, effect):
        pair = min((effect, other), (other, effect))
        return pair, PALINDROME + (pair != (effect, other))
    writings = [(effect, other), (other, effect), turned, turned[::-1]]
    pair = min(writings)
    return pair, writings.index(pair)


def _is_allele(allele: str) -> bool:
    return bool(allele) and (set(allele) <= set("ACGT") or allele in {"I", "D"})


def written(pair: tuple[str, str], state: int) -> tuple[str, str]:
    """Effect and other allele as the study with this state wrote them."""
    if state >= PALINDROME:
        return pair[::-1] if state & SWAPPED else pair
    own = other_strand(pair) if state & STRAND else pair
    return own[::-1] if state & SWAPPED else own


def pairs_of(effect: Any, other: Any) -> tuple[Any, States]:
    """Canonical pairs "A/G" of columns of alleles, "" where unknown, and their states."""
    pa, compute = arrow(), arrow("compute")
    joined = compute.binary_join_element_wise(
        compute.fill_null(compute.utf8_upper(effect), ""),
        compute.fill_null(compute.utf8_upper(other), ""),
        "/",
    )
    joined = joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined
    coded = joined.dictionary_encode()
    found = [canonical(*text.split("/", 1)) for text in coded.dictionary.to_pylist()]
    names = pa.array(
        [f"{pair[0]}/{pair[1]}" if state != UNKNOWN else "" for pair, state in found], pa.string()
    )
    states = np.array([state for _, state in found], dtype=np.int8)
    return names.take(coded.indices), states[coded.indices.to_numpy()]


def signs_of(states: States) -> Array:
    """1 where a study's effect is that of the canonical allele, -1 where of the other."""
    swapped = (states & SWAPPED) != 0
    flipped = (states >= PALINDROME) & ((states & FLIPPED) != 0)
    return np.where(swapped ^ flipped, -1.0, 1.0)


def by_frequency(states: States, frequency: Array) -> tuple[States, Mask]:
    """States of palindromes on the strand that their frequency tells, and which cannot be told.

    frequency: of the effect allele as written. The canonical allele of a palindrome is taken to be the rarer.
    """
    palindrome = states >= PALINDROME
    of_canonical = np.where((states & SWAPPED) != 0, 1.0 - frequency, frequency)
    with np.errstate(invalid="ignore"):
        unclear = palindrome & ~(np.abs(of_canonical - 0.5) >= AMBIGUOUS - 1e-12)  # 0.58 as 0.42
        flipped = palindrome & (of_canonical > 0.5)
    return np.where(flipped, states | FLIPPED, states).astype(np.int8), unclear


@dataclass(frozen=True, eq=False)
class Aligned:
    """States of n variants in k studies, (n, k), and which studies have them."""

    states: States
    known: Mask

    @property
    def reference(self) -> npt.NDArray[np.intp]:
        """The study, by position, as whose effect allele is counted, (n,)."""
        first: npt.NDArray[np.intp] = self.known.argmax(axis=1)
        return first

    def counts(self, studies: tuple[str, ...]) -> Counter[tuple[str, str]]:
        """By study and kind how many variants were written otherwise than the reference has them."""
        reference = self.states[np.arange(len(self.states)), self.reference][:, None]
        others = self.known & (np.arange(self.states.shape[1]) != self.reference[:, None])
        palindrome = self.states >= PALINDROME
        swapped = ((self.states ^ reference) & SWAPPED) != 0
        turned = ((self.states ^ reference) & STRAND) != 0
        counts: Counter[tuple[str, str]] = Counter()
        for kind, which in (
            ("alleles swapped", others & swapped & ~palindrome),
            ("on the other strand", others & turned & ~palindrome),
            ("palindromic, strand by frequency as written", others & palindrome & ~turned),
            ("palindromic, strand by frequency turned", others & palindrome & turned),
        ):
            for at, study in enumerate(studies):
                if times := int(which[:, at].sum()):
                    counts[(study, kind)] += times
        return counts
