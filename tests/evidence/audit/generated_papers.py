"""Papers and reviews as they are printed, and each with the one thing wrong that a rule is about."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np

from evidence.records.effect import Effect, Estimate, Group, Locator
from evidence.records.printed import Printed, PrintedCount
from evidence.records.schema import Age, Baseline, BaselineRow, Record
from evidence.records.stratum import Stratum
from tests.evidence.audit.group_misprints import other_digit
from tests.evidence.records.samples import record

Review = list[Record]
Maker = Callable[[random.Random, bool], Review]
"""Makes records without a misprint, or (True) with the one that the rule is about."""

_BASE = record()
_WHERE = Locator(report="lee-2019", at="Table 2")


def _printed(value: float, decimals: int) -> Printed:
    return Printed.parse(f"{value:.{decimals}f}")


def _normal(draw: random.Random, mean: float, sd: float, n: int) -> Any:
    return np.array([draw.gauss(mean, sd) for _ in range(n)])


def _estimate(place: int, effect: Effect, stratum: Stratum | None = None, n: int | None = None) -> Estimate:
    return Estimate(
        id=f"e{place}",
        outcome="hip",
        stratum=stratum or Stratum(),
        n=None if n is None else PrintedCount(n),
        effect=effect,
        where=_WHERE.model_copy(update={"at": f"Table 2, row {place}"}),
    )


def _with(estimates: list[Estimate], **changes: Any) -> Record:
    return _BASE.model_copy(update={"estimates": tuple(estimates), **changes})


# Whole numbers and bounds.


def _score_groups(draw: random.Random) -> tuple[Group, Group]:
    groups = []
    for name in ("a", "b"):
        n, share = draw.randint(8, 60), draw.uniform(0.3, 0.7)
        values = np.array([sum(draw.random() < share for _ in range(10)) for _ in range(n)], dtype=float)
        mean, sd = _printed(values.mean(), 2), _printed(values.std(ddof=draw.choice([1, 1, 0])), 2)
        groups.append(Group(name=name, n=PrintedCount(n), mean=mean, sd=sd))
    return groups[0], groups[1]


def _scores(spoil: Callable[[Group, random.Random], dict[str, Any]]) -> Maker:
    def make(draw: random.Random, misprinted: bool) -> Review:
        first, second = _score_groups(draw)
        if misprinted:
            first = first.model_copy(update=spoil(first, draw))
        bounds = (Printed.parse("0"), Printed.parse("10"))
        outcome = _BASE.outcomes["hip"].model_copy(update={"whole_numbers": True, "bounds": bounds})
        estimate = _estimate(0, Effect(measure="MD", groups=(first, second)))
        return [_with([estimate], outcomes={"hip": outcome})]

    return make


def _digit(key: str) -> Callable[[Group, random.Random], dict[str, Any]]:
    return lambda group, draw: {key: Printed.parse(other_digit(getattr(group, key).text, draw))}


def _moved(key: str) -> Callable[[Group, random.Random], dict[str, Any]]:
    return lambda group, draw: {key: Printed.parse(f"{getattr(group, key).value.scaleb(1):f}")}


def _ages(draw: random.Random, misprinted: bool) -> Review:
    n, low = draw.randint(20, 2000), draw.choice([18, 40, 50, 65])
    values = np.abs(_normal(draw, 0, draw.uniform(5, 20), n)) + low
    values = values[values < low + draw.choice([15, 30, 60])]
    sd = float(values.std(ddof=1))
    if misprinted:
        sd = draw.choice([sd / math.sqrt(values.size), 10 * sd])
    age = Age(
        minimum=_printed(low, 0),
        maximum=_printed(math.floor(values.max()), 0),
        mean=_printed(float(values.mean()), 1),
        sd=_printed(sd, draw.choice([1, 2])),
    )
    population = _BASE.population.model_copy(update={"n": PrintedCount(values.size), "age": age})
    return [_with([], population=population)]


# The same digits.


def _slope(draw: random.Random, decimals: int = 2) -> Effect:
    value, error = draw.gauss(0, 1.5), draw.uniform(0.2, 0.9)
    numbers = [_printed(value + sign * 1.96 * error, decimals) for sign in (0, -1, 1)]
    return Effect(measure="beta", estimate=numbers[0], ci=(numbers[1], numbers[2]))


def _intervals(draw: random.Random, misprinted: bool) -> Review:
    slopes = [_slope(draw) for _ in range(30)]
    if misprinted:
        slopes[draw.randint(1, 29)] = slopes[3].model_copy(update={"estimate": slopes[0].estimate})
    return [_with([_estimate(place, slope) for place, slope in enumerate(slopes)])]


def _two_groups(draw: random.Random, n: int, m: int) -> tuple[Group, Group]:
    centre, spread = draw.uniform(5, 50), draw.uniform(1, 8)
    a, b = (
        Group(
            name=name,
            n=PrintedCount(size),
            mean=_printed(draw.gauss(centre, spread / math.sqrt(size)), 1),
            sd=_printed(draw.gauss(spread, spread / math.sqrt(2 * size)), 1),
        )
        for name, size in (("a", n), ("b", m))
    )
    return a, b


def _outcomes(draw: random.Random, misprinted: bool) -> Review:
    sizes = draw.randint(20, 200), draw.randint(20, 200)
    groups = [_two_groups(draw, *sizes) for _ in range(12)]
    if misprinted:
        groups[draw.randint(1, 11)] = groups[0]
    strata = [Stratum(group=f"g{place}") for place in range(12)]
    effects = [Effect(measure="MD", groups=pair) for pair in groups]
    rows = zip(effects, strata, strict=True)
    return [_with([_estimate(place, effect, stratum) for place, (effect, stratum) in enumerate(rows)])]


def _columns(draw: random.Random, misprinted: bool) -> Review:
    """A baseline table of three arms, whose characteristics chance alone sets apart."""
    n, rows = draw.randint(30, 600), []
    for place in range(draw.randint(4, 12)):
        if draw.random() < 0.5:
            cells = [_two_groups(random.Random(place), n, n)[0] for _ in range(3)]
            noise = [draw.gauss(0, 1 / math.sqrt(n)) for _ in range(3)]
            mean_sd = tuple(_moved_cell(*pair) for pair in zip(cells, noise, strict=True))
            rows.append(BaselineRow(variable=f"v{place}", mean_sd=mean_sd))
        else:
            shares = [round(100 * sum(draw.random() < 0.4 for _ in range(n)) / n, 1) for _ in range(3)]
            columns = [(_printed(share, 1), _printed(100 - share, 1)) for share in shares]
            lines = dict(zip(("yes", "no"), zip(*columns, strict=True), strict=True))
            rows.append(BaselineRow(variable=f"v{place}", percent=lines))
    if misprinted:
        rows = [_copied(row) for row in rows]
    table = Baseline(where=_WHERE, columns=("A", "B", "C"), rows=tuple(rows))
    return [_with([], baseline=(table,))]


def _moved_cell(group: Group, noise: float) -> tuple[Printed, Printed]:
    assert group.mean is not None
    assert group.sd is not None
    sd = float(group.sd)
    return _printed(float(group.mean) + noise * sd, 1), _printed(sd * (1 + noise / 2), 1)


def _copied(row: BaselineRow) -> BaselineRow:
    """The second column over the third."""
    if row.mean_sd is not None:
        return row.model_copy(update={"mean_sd": (*row.mean_sd[:2], row.mean_sd[1])})
    lines = {name: (*line[:2], line[1]) for name, line in (row.percent or {}).items()}
    return row.model_copy(update={"percent": lines})


# Several studies.


def _study(place: int, estimates: list[Estimate]) -> Record:
    return _with(estimates, study=f"s{place}")


def _thirty_studies(draw: random.Random, misprinted: bool) -> Review:
    effects = [_slope(draw, 3) if draw.random() < 0.5 else _means(draw) for _ in range(30)]
    if misprinted:
        effects[draw.randint(1, 29)] = effects[0]
    return [_study(place, [_estimate(0, effect)]) for place, effect in enumerate(effects)]


def _means(draw: random.Random) -> Effect:
    return Effect(measure="MD", groups=_two_groups(draw, draw.randint(20, 200), draw.randint(20, 200)))


def _sds(draw: random.Random, misprinted: bool) -> Review:
    """Eight studies whose SDs differ by a factor of two or so, as those of one outcome do."""
    studies = []
    for place in range(8):
        n, spread = draw.randint(20, 200), 8 * math.exp(draw.gauss(0, 0.3))
        if misprinted and place == 0:
            spread /= math.sqrt(n)
        sds = [_printed(spread * draw.uniform(0.9, 1.1), 2) for _ in range(2)]
        a, b = (
            Group(name=name, n=PrintedCount(n), mean=_printed(50, 1), sd=sd)
            for name, sd in zip("ab", sds, strict=True)
        )
        studies.append(_study(place, [_estimate(0, Effect(measure="MD", groups=(a, b)))]))
    return studies


# Strata.


def _strata(draw: random.Random, misprinted: bool) -> Review:
    n, m = draw.randint(50, 4000), draw.randint(50, 4000)
    part = int(other_digit(str(n), draw)) if misprinted else n
    rows = [(Stratum(), n + m), (Stratum(sex="men"), part), (Stratum(sex="women"), m)]
    return [_with([_estimate(p, _slope(draw), stratum, k) for p, (stratum, k) in enumerate(rows)])]


def _strata_of_groups(draw: random.Random, misprinted: bool) -> Review:
    """Events of two groups by sex; one of the numbers of events is misprinted."""
    cells = [[(draw.randint(50, 400), draw.randint(5, 40)) for _ in range(2)] for _ in range(2)]
    men, women = cells
    whole = [(a[0] + b[0], a[1] + b[1]) for a, b in zip(men, women, strict=True)]
    if misprinted:
        n, events = men[0]
        men[0] = n, int(other_digit(str(events), draw))
    rows = [(Stratum(), whole), (Stratum(sex="men"), men), (Stratum(sex="women"), women)]
    estimates = []
    for place, (stratum, arms) in enumerate(rows):
        groups = tuple(
            Group(name=name, n=PrintedCount(n), events=PrintedCount(min(events, n)))
            for name, (n, events) in zip("ab", arms, strict=True)
        )
        estimates.append(_estimate(place, Effect(measure="OR", groups=(groups[0], groups[1])), stratum))
    return [_with(estimates)]


def _citation(draw: random.Random, misprinted: bool) -> Review:
    year = draw.randint(1985, 2025)
    said = int(other_digit(str(year), draw)) if misprinted else year
    pages = draw.choice(["71:1-7", "1998:2011-2019", "e2004", "12(3):2001-9"])
    forms = (f"Lee A. Bone {said};{pages}", f"Lee A ({said}) Bone, {pages}", f"Lee et al., {said}")
    report = _BASE.reports["lee-2019"].model_copy(update={"year": year, "citation": draw.choice(forms)})
    return [_with([], reports={"lee-2019": report})]


PAPERS: dict[str, tuple[str, Maker]] = {
    "mean-of-whole-numbers": ("digit of a mean, 8 to 60 persons", _scores(_digit("mean"))),
    "sd-of-whole-numbers": ("digit of an SD, 8 to 60 persons", _scores(_digit("sd"))),
    "mean-outside-bounds": ("point of a mean", _scores(_moved("mean"))),
    "sd-above-bounds": ("point of an SD", _scores(_moved("sd"))),
    "sd-of-age": ("SE for the SD, or its point", _ages),
    "same-interval": ("interval copied, 30 rows", _intervals),
    "same-groups": ("both groups copied, 12 rows", _outcomes),
    "columns-identical": ("column copied, 4 to 12 rows", _columns),
    "same-numbers-in-two-studies": ("numbers copied, 30 studies", _thirty_studies),
    "sd-across-studies": ("SEs for SDs, 8 studies", _sds),
    "n-across-strata": ("digit of n of a stratum", _strata),
    "groups-across-strata": ("digit of events", _strata_of_groups),
    "citation-year": ("digit of the year", _citation),
}
"""By rule: what is wrong, and the maker."""
