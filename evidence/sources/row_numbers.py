"""The numbers of a row: an effect as printed, the numbers of its groups, or one arm."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from evidence.records.scales import RATIOS
from evidence.sources.column_roles import says_se, spans_of
from evidence.sources.column_sets import RAW
from evidence.sources.entries import Plain
from evidence.sources.printed_cells import CellError, PrintedCell, is_missing, is_reference, whole_number
from evidence.sources.row_cells import TableRow, UnreadError

_SIGN_FOR_P = re.compile(r"\*+|n\.?\s?s\.?", re.IGNORECASE)


def arm_of(row: TableRow) -> Plain:
    """The raw numbers of a row that is one arm, with its name and dose. Raises UnreadError."""
    numbers = _raw_numbers(row, "")
    if not row.text("arm"):
        raise UnreadError("the arm has no name")
    if not {"events", "mean", "median"} & set(numbers):
        raise UnreadError("no number of events, mean or median")
    dose = row.text("dose")
    return {"name": row.text("arm"), **({"dose": dose} if dose else {}), **numbers}


def effect_of(row: TableRow, measure: str, of_one_group: bool) -> tuple[Plain | None, str | None]:
    """The row's effect, or what stands in the place of its number. Raises UnreadError.

    of_one_group: its numbers are those of one group, whose proportion, rate or mean it is.
    """
    if of_one_group:
        return _of_one_group(row, measure)
    if row.number("o_minus_e") is not None:
        return _log_rank(row, measure), None
    groups = [_of_one_kind(_raw_numbers(row, arm), measure) for arm in ("1", "2")]
    told = [bool({"events", "mean", "median"} & set(group)) for group in groups]
    effect = _printed_effect(row, measure)
    if not effect and all(told):
        measure = _fitting(measure, groups[0])
    if not effect and not all(told):
        said = _said_instead(row)
        if said is not None and not any(told):
            return None, said
        raise UnreadError(
            "one of the two groups has no numbers" if any(told) else "no number of an effect or of its groups"
        )
    effect = {"measure": measure, **effect}
    names = [row.text("exposed") or "exposed", row.text("reference") or "reference"]
    if all(told):
        effect["groups"] = [{"name": names[at], **groups[at]} for at in (0, 1)]
    effect |= _contrast(row, measure, names, all(told))
    if row.text("change") == "true":
        effect["change"] = True
    return effect, None


def _contrast(row: TableRow, measure: str, names: list[str], has_groups: bool) -> Plain:
    """Between which groups, or for which step, the effect is."""
    if row.text("per") and not has_groups:
        return {"per": row.text("per")}
    if has_groups or row.text("exposed"):
        return {"versus": {"exposed": names[0], "reference": names[1]}}
    return {"per": "not stated"} if measure == "beta" else {}


def _log_rank(row: TableRow, measure: str) -> Plain:
    """O - E and V: a hazard ratio, or Peto's odds ratio where the measure is one of odds."""
    difference, variance = row.number("o_minus_e"), row.number("variance")
    if variance is None:
        raise UnreadError("O - E has no variance V")
    _root(variance)  # refused where it is not positive
    if measure not in ("HR", "OR", "PETO"):
        raise UnreadError(f"O - E and V give a hazard ratio or an odds ratio, not {measure}")
    names = {"exposed": row.text("exposed") or "exposed", "reference": row.text("reference") or "reference"}
    columns = {"oei": difference, "voei": variance}
    return {"measure": "PETO" if measure == "OR" else measure, "versus": names, "columns": columns}


def _of_one_group(row: TableRow, measure: str) -> tuple[Plain | None, str | None]:
    numbers = _raw_numbers(row, "")
    if not {"events", "mean", "median"} & set(numbers):
        raise UnreadError("no number of events, mean or median")
    return {"measure": measure, "group": {"name": row.text("exposed") or "all", **numbers}}, None


_OF_COUNTS = frozenset(("OR", "RR", "RD", "IRR", "AS", "PETO", "PHI", "YUQ", "YUY", "RTET", "PBIT"))
_OF_MEANS = frozenset(("MD", "SMD", "SMDH", "D", "ROM", "CVR", "VR", "SMD1", "mean", "MN", "MNLN", "CVLN"))
_FIVE = ("median", "q1", "q3", "minimum", "maximum")


def _of_one_kind(numbers: Plain, measure: str) -> Plain:
    """The numbers that the measure is of, where a row has counts and means as well."""
    if "events" not in numbers or not {"mean", "median"} & set(numbers):
        return numbers
    others = ("events", "non_events", "person_time") if measure in _OF_MEANS else ("mean", "sd", "se", *_FIVE)
    return {key: value for key, value in numbers.items() if key not in others}


def _fitting(measure: str, numbers: Plain) -> str:
    """The measure, or the usual one of the kind of numbers that the row has and the measure is not of."""
    if measure in _OF_COUNTS and "events" not in numbers:
        return "MD"
    if measure in _OF_MEANS and "events" in numbers:
        return "IRR" if "person_time" in numbers else "RR"
    return measure


def _said_instead(row: TableRow) -> str | None:
    """What stands in the place of every number of the row, if it says that none is there."""
    roles = (
        "estimate",
        "o_minus_e",
        *(f"{role}{arm}" for role in ("events", "mean", "median") for arm in ("1", "2")),
    )
    said = [row.raw(role) for role in roles if row.raw(role)]
    return said[0] if said and all(map(is_missing, said)) else None


def _raw_numbers(row: TableRow, arm: str) -> Plain:
    """The raw numbers of one group; a cell such as 12/40 or 5.2 ± 1.1 may hold two of them."""
    found: Plain = {}
    for role in RAW:
        if role in ("n", "events", "non_events", "mean", "median"):
            continue
        number = row.number(f"{role}{arm}")
        if number is not None:
            found[role] = number
    found |= _mean(row, arm, "sd" in found) | _median(row, arm) | _counts(row, arm)
    return found


def _mean(row: TableRow, arm: str, has_sd: bool) -> Plain:
    cell = row.printed(f"mean{arm}")
    if cell is None:
        return {}
    if cell.number is None or cell.relation or cell.low is not None:
        raise UnreadError(f"'{row.raw(f'mean{arm}')}' is no mean, alone or with its SD")
    if cell.spread is None or has_sd:
        return {"mean": cell.number}
    is_error = cell.kind == "SE" or (cell.kind is None and says_se(row.column(f"mean{arm}")))
    return {"mean": cell.number, "se" if is_error else "sd": cell.spread}


def _median(row: TableRow, arm: str) -> Plain:
    """The median, with its quartiles or its range where the name of its column says which of them."""
    cell = row.printed(f"median{arm}")
    if cell is None:
        return {}
    spans = spans_of(row.column(f"median{arm}"))
    if cell.number is None or cell.relation or cell.spread is not None or (cell.low and not spans):
        raise UnreadError(f"'{row.raw(f'median{arm}')}' is no median, alone or with what its column says")
    found: Plain = {"median": cell.number}
    if spans is not None and cell.low is not None:
        found |= {spans[0]: cell.low, spans[1]: cell.high}
    return found


def _counts(row: TableRow, arm: str) -> Plain:
    cell = row.printed(f"events{arm}")
    n = row.count(f"n{arm}")
    found: Plain = {}
    if cell is not None and cell.events is not None:
        found["events"] = _whole(cell.events)
        total = None if cell.n is None else _whole(cell.n)
        if total is not None and n is not None and total != n:
            raise UnreadError(
                f"the total is {total} in '{row.raw(f'events{arm}')}' and {n} in its own column"
            )
        n = n or total
    elif cell is not None and cell.spread is not None and "%" in row.column(f"events{arm}"):
        found["events"] = _whole(cell.number or "")
        _agree(found["events"], cell.spread, n, row.raw(f"events{arm}"))
    elif cell is not None:
        found["events"] = row.count(f"events{arm}")
    others = row.count(f"non_events{arm}")
    if n is None and others is not None and "events" in found:
        n = str(int(found["events"]) + int(others))
    return found | ({"n": n} if n is not None else {})


def _agree(events: str, percent: str, n: str | None, said: str) -> None:
    """Refuse a share in brackets that the two counts do not have, to one percent."""
    if n is not None and abs(100 * int(events) - float(percent) * int(n)) > int(n):
        raise UnreadError(f"'{said}': {events} of {n} is not {percent} %")


def _whole(number: str) -> str:
    try:
        return whole_number(number)
    except CellError as error:
        raise UnreadError(str(error)) from None


def _printed_effect(row: TableRow, measure: str) -> Plain:
    """The estimate with everything that tells its uncertainty; empty where none is printed."""
    if is_reference(row.raw("estimate")):
        raise UnreadError("the reference class: nothing is estimated for it")
    cell = row.printed("estimate")
    if cell is None:
        return {}
    if cell.number is None or cell.relation or (cell.spread is not None and cell.kind != "SE"):
        raise UnreadError(f"'{row.raw('estimate')}' is no estimate, alone or with its interval")
    own = row.printed("ci")
    found: Plain = {"estimate": cell.number, **_interval(row, cell, own)}
    for role in ("se", "t", "df"):
        number = row.number(role)
        if number is not None:
            found[role] = number
    if cell.spread is not None:
        found.setdefault("se", cell.spread)
    variance = row.number("variance")
    if variance is not None and "se" not in found:
        found["se"] = _root(variance)
    p = _p_value(row) or cell.p or (own.p if own else None)
    if p is not None:
        found["p"] = p
    if row.text("log") == "true" and measure in (*RATIOS, "ROM", "PETO"):
        found["log"] = True
    return found


def _p_value(row: TableRow) -> str | None:
    said = row.raw("p")
    return said if _SIGN_FOR_P.fullmatch(said) else row.number("p")


def _root(variance: str) -> str:
    try:
        value = float(variance)
    except ValueError:  # a bound, e.g. < 0.01
        value = -1.0
    if not 0 < value < math.inf:
        raise UnreadError(f"a variance cannot be {variance}")
    return repr(math.sqrt(value))


def _interval(row: TableRow, cell: PrintedCell, own: PrintedCell | None) -> Plain:
    """The interval of two columns, of its own column, or of the estimate's cell; and its level."""
    if own is not None and own.low is None:
        raise UnreadError(f"'{row.raw('ci')}' is no interval")
    limits = [row.number(role) for role in ("ci_low", "ci_high")]
    if limits.count(None) == 1:
        raise UnreadError("only one limit of the interval is there")
    sources = [each for each in (limits, _limits(own), _limits(cell)) if None not in each]
    if not sources:
        return {}
    numbers = {tuple(float(limit) for limit in each if limit is not None) for each in sources if _plain(each)}
    if len(numbers) > 1:
        raise UnreadError("two cells of the row have different intervals")
    level = row.text("level") or cell.level or (own.level if own else None) or "95 %"
    level = level if level.endswith("%") else f"{level} %"
    return {"ci": sources[0]} | ({} if level.replace(" ", "") == "95%" else {"level": level})


def _limits(cell: PrintedCell | None) -> list[str | None]:
    return [None, None] if cell is None else [cell.low, cell.high]


def _plain(limits: list[str | None]) -> bool:
    """Whether both limits are numbers; one may be a bound, e.g. > 100, which no record takes."""
    return not any(limit is None or limit[0] in "<>≤≥" for limit in limits)


def total(effect: Mapping[str, object] | None) -> str | None:
    """The persons of the group or of both groups together, where they are known."""
    alone = (effect or {}).get("group")
    groups = [alone] if isinstance(alone, dict) else (effect or {}).get("groups")
    if not isinstance(groups, list):
        return None
    sizes = [group.get("n") for group in groups]
    return None if None in sizes else str(sum(map(int, sizes)))
