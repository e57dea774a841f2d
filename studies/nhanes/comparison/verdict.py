"""The alignment diagnosis in words: what was found, and the evidence for it."""

from __future__ import annotations

from studies.nhanes.alignment import AS_FILED, STACKED, Match, both_permuted
from studies.nhanes.comparison.compare import TABLE_ONE, Comparison, counts


def verdict(comparison: Comparison, matches: tuple[Match, ...]) -> str:
    """A paragraph: a diagnosis with its evidence. It says how the numbers behave, not what anybody did."""
    by_name = {match.arrangement: match for match in matches}
    filed, stacked = by_name[AS_FILED], by_name[STACKED]
    permuted = by_name[both_permuted(comparison.cycles[1:])]
    return " ".join(
        (
            "A diagnosis, and not a fact about the authors: the printed numbers behave as if race and weights"
            " stood beside other participants in all cycles but the first.",
            f"With the two as in the files, {_found(filed)}.",
            f"When they are {_found_at_random(permuted)}.",
            f"When the persons of these cycles are stacked last cycle first and the two columns stay in the"
            f" files' order, {_found(stacked)}, and {_table_one(comparison)}.",
            "This stacking was found by its race composition alone, among all shifts of the two columns by"
            " whole rows; slopes and Table 1 are its test.",
        )
    )


def _found(match: Match) -> str:
    return (
        f"{match.within_rounding:.0f} of {match.slopes} printed slopes of Models 1 and 2 come out to the last"
        f" digit and {match.inside:.0f} inside the printed interval (root mean square difference"
        f" {match.rms:.2f} printed standard errors), and race shares are off by up to"
        f" {match.composition_gap:.2f} percentage points"
    )


def _found_at_random(match: Match) -> str:
    return (
        f"{match.arrangement} ({match.draws:,} draws), {match.inside:.1f} of {match.slopes} slopes lie inside"
        f" the printed interval on average ({match.rms:.2f} printed standard errors, 5 % to 95 % of draws"
        f" {match.rms_low:.2f} to {match.rms_high:.2f}), the printed slopes are no further from the draws'"
        f" mean than {100 * match.typical:.0f} % of draws, and race shares are off by up to"
        f" {match.composition_gap:.2f} points"
    )


def _table_one(comparison: Comparison) -> str:
    found = [count for count in counts(comparison.rows) if count.table == TABLE_ONE and count.diagnosed_of]
    numbers = sum(count.numbers for count in found)
    before, after = sum(count.agree for count in found), sum(count.diagnosed_agree for count in found)
    return f"{after} of {numbers} means, SDs and percentages of Table 1 agree to the last digit, not {before}"
