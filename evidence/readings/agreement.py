"""How far two readers agree: the share of cells, and kappa where cells are words of a few classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.readings.values import number, plain

MOST_CLASSES = 10


@dataclass(frozen=True)
class Agreement:
    """Cells of one column, or of several, that two readers filled alike.

    kappa: None where it is not asked or not defined; why: in a few words.
    """

    key: str
    compared: int
    agreed: int
    kappa: float | None = None
    why: str | None = None

    @property
    def percent(self) -> float:
        """Cells that agree, per hundred compared; of none, 100."""
        return 100.0 * self.agreed / self.compared if self.compared else 100.0


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Agreement of two readers beyond chance; None where both know one class only.

    kappa = (p_o - p_e) / (1 - p_e), with p_o the share of pairs that agree and p_e the sum over the classes
    of the product of both readers' shares. Cohen 1960, Educ Psychol Meas 20:37-46, formula 1. Where p_e is 1
    there is no agreement beyond chance to speak of, and kappa is undefined.
    """
    n = len(pairs)
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    # in whole numbers, so that one class is told from almost one class
    by_chance = sum(count * seconds[name] for name, count in firsts.items())
    if by_chance == n * n:
        return None
    agreed = sum(first == second for first, second in pairs)
    return (agreed * n - by_chance) / (n * n - by_chance)


def agreement(
    key: str, compared: int, agreed: int, pairs: Sequence[tuple[str, str]], rated: bool = False
) -> Agreement:
    """The agreement of cells of which so many agreed; pairs: the words of those that both readers filled.

    rated: the cells are judgements, whose kappa is asked whatever their number; else it is asked of words of
    at most ten classes with two cells a class or more.
    """
    words = [(plain(first), plain(second)) for first, second in pairs]
    if not (rated or are_classes(words)):
        return Agreement(key, compared, agreed)
    kappa = cohen_kappa(words) if words else None
    why = None
    if kappa is None:
        why = "both readers know one class only" if words else "no cell has both readers' words"
    return Agreement(key, compared, agreed, kappa, why)


def are_classes(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether the cells are words of a few classes rather than numbers or free text."""
    names = {name for pair in pairs for name in pair}
    return (
        0 < len(names) <= MOST_CLASSES
        and 2 * len(names) <= len(pairs)
        and not any(number(name) for name in names)
    )
