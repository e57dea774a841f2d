"""What a reader must know of a model of counts: how it was done, and what its studies cannot tell."""

from __future__ import annotations

import math

from evidence.wording import counted, enumerate_words, percent
from synthesis.rare_events.rare_summary import RARE_MEASURES, RareSummary

_MODELS = {
    "CM.EL": "exact likelihood given the events of both groups",
    "CM.AL": "binomial approximation given the events of both groups",
    "UM.FS": "one coefficient for each study's level",
    "UM.RS": "random study levels",
    "BB": "beta-binomial likelihood",
}
_SINGLE = {"PLO": "binomial counts with normal logits", "IRLN": "Poisson counts with normal log rates"}
_FEW = 5
_NAMED = 6


def rare_sentence(result: RareSummary, coding: float, correlated: bool) -> str:
    """The method in one sentence."""
    how = _MODELS.get(result.model) or _SINGLE[result.measure]
    name = RARE_MEASURES[result.measure]
    effect = f"{name[0].upper()}{name[1:]}"
    parts = [f"{effect}, model {result.model}: {how}" if result.model != "normal" else f"{effect}: {how}"]
    if result.model == "BB":
        parts.append("probabilities vary between studies" if result.random else "binomial, no variation")
    else:
        parts.append("random effects" if result.random else "common effect")
    if result.model.startswith("UM") and result.random:
        share = {0.5: "half in either group", 1.0: "in group 1", 0.0: "in group 2"}[coding]
        parts.append(f"random effect {share}")
    if correlated:
        parts.append("correlated")
    tests = {"LRT": "profile likelihood", "z": "Wald z", "t": "Wald t"}
    return f"{', '.join(parts)}; maximum likelihood, {tests[result.test]} interval; nothing added to zeros."


def rare_notes(result: RareSummary, dropped: int) -> tuple[str, ...]:
    """Sentences that the reader needs."""
    notes = []
    if dropped:
        notes.append(f"{counted(dropped)} without all counts left out.")
    if result.silent:
        shown = result.silent[:_NAMED]
        more = f" and {len(result.silent) - _NAMED} more" if len(result.silent) > _NAMED else ""
        listed = enumerate_words(shown) if not more else ", ".join(shown) + more
        notes.append(
            f"{counted(len(result.silent))} with no events, or nothing else, in both groups "
            f"({listed}): under this "
            "model nothing is known from that of the effect; UM.RS and BB use such studies."
        )
    elif result.double_zeros and result.model in ("UM.RS", "BB"):
        notes.append(
            f"{counted(result.double_zeros)} without events takes part through the level of events."
            if result.double_zeros == 1
            else f"{counted(result.double_zeros)} without events take part through the level of events."
        )
    if result.k == 1:
        notes.append("One study: nothing is known of differences between studies.")
    elif result.k < _FEW and result.random:
        notes.append(
            f"With {counted(result.k)} maximum likelihood makes tau2 too small, and the interval too short."
        )
    if math.isinf(result.ci_low) or math.isinf(result.ci_high):
        notes.append(
            f"The {percent(result.level)} interval has no end on one side: the counts do not rule out "
            "any effect there."
        )
    return tuple(notes)
