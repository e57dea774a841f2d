"""Names of columns -> what stands in them: `se_beta` is an SE, `ctrl_post_sd` an SD of the controls."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.records.vocabulary import Measure
from evidence.sources.column_words import (
    COUNTS_SPELLED,
    FACTS,
    FILLING,
    IN_METAFOR,
    LIMITS,
    LIMITS_OF_EFFECTS,
    MEASURES,
    NUMBERS,
    O_MINUS_E,
    OF_ERRORS,
    OF_INTERVALS,
    OF_QUARTILES,
    OF_RANGES,
    OF_SHARES,
    ONE,
    SAYS_INTERVAL,
    SPELLED,
    TWO,
    UNCERTAINTY,
    UNITS_OF_TIME,
    UNSAID,
    V_OF_IT,
)
from evidence.sources.foreign_heads import in_english
from evidence.sources.head_units import unit_apart


@dataclass(frozen=True)
class Recognised:
    """What a column's name says.

    role: e.g. se, mean1, study. family: the words of the name that tell several sets of numbers apart, e.g.
    post. measure: of a column of an effect, where its name says it. log: of an estimate that is a logarithm.
    """

    role: str
    family: str = ""
    measure: Measure | None = None
    log: bool = False


def normal_name(name: str) -> str:
    """A column's name in small letters, its words joined by _."""
    spaced = re.sub(r"(?<=[a-z]{2})(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z][a-z]{2})", "_", name)
    spaced = spaced.replace("%", "").replace("β", "beta").replace("Δ", "change ").replace("ß", "ss")
    spaced = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", spaced.casefold()).strip("_")


def recognise(name: str, all_names: Sequence[str] = ()) -> Recognised | None:
    """What a column holds by its name; None where the name says nothing, or may say several things.

    all_names: normal names of all columns: metafor's `ci` is a count beside `ai`, else an interval.
    """
    plain = normal_name(name)
    as_it_is = _letter_by_letter(plain, all_names)
    if as_it_is is not None:
        return as_it_is
    if plain in ("a", "b", "c", "d") and {"a", "b", "c", "d"} <= set(all_names):
        return None  # cells of a 2x2 table, which are not everywhere in the same order
    plain = in_english(plain, all_names)
    for role, pattern in FACTS.items():
        if re.fullmatch(pattern, plain):
            return Recognised(role)
    plain = in_english(normal_name(_FRACTION.sub(" events ", unit_apart(name)[0])), all_names)
    for spelled, short in (*COUNTS_SPELLED, *SPELLED):
        plain = re.sub(rf"(?<![^_]){spelled}(?![^_])", short, plain).strip("_")
    plain = re.sub(r"^se_?(?=(?:log|ln)(?:or|rr|hr|irr|rom)$)", "se_", plain)
    split = re.sub(r"(?<![^_])(log|ln)_(or|rr|hr|irr|rom)(?![^_])", r"\1\2", plain).split("_")
    if len(split) > 1 and split[-1] in ("e", "x") and "_".join([*split[:-1], "n"]) in all_names:
        return Recognised("events", "_".join(split[:-1]))  # response_e beside response_n
    split = [part for word in _mean_and_sd(split, all_names) for part in _apart(word, all_names)]
    is_percentage = _PERCENTAGE.search(name) is not None
    return _of_arm(split, all_names) or _of_effect(split, all_names, is_percentage)


def _letter_by_letter(plain: str, all_names: Sequence[str]) -> Recognised | None:
    """Names that programs and formulas give: metafor's columns, and O - E with V."""
    if plain == "ri":
        return Recognised("estimate", measure="r")
    if plain == "mi" and "xi" in all_names and "sdi" not in all_names:
        return Recognised("non_events")
    if plain in IN_METAFOR and (plain not in ("bi", "ci", "di") or "ai" in all_names):
        return Recognised(IN_METAFOR[plain])
    if re.fullmatch(O_MINUS_E, plain):
        return Recognised("o_minus_e")
    if re.fullmatch(V_OF_IT, plain) and any(re.fullmatch(O_MINUS_E, each) for each in all_names):
        return Recognised("variance")
    return None


_PERCENTAGE = re.compile(r"(?<!\d)(?<!\d )%")
"""A % that is of no level of confidence."""
_FRACTION = re.compile(
    r"\b(?:n|no\.?|x|r|even\w+|ereigniss?e?|cases|deaths|responders|died)\s*/\s*"
    r"(?:n|total\w*|patients|participants|randomi[sz]ed|sample)\b\.?(?:\s*[(\[]%[)\]])?|"
    r"\b(?:n|no\.?|number)\s*,?\s*(?:[(\[]\s*%\s*[)\]]|%)",
    re.IGNORECASE,
)
"""Heads of cells such as 12/100 and 12 (12 %): n/N, Events/Total, No. (%)."""


def measure_in(text: str) -> Measure | None:
    """The measure that a cell names: odds ratio and OR are one."""
    plain = normal_name(text)
    for spelled, short in SPELLED:
        plain = re.sub(rf"{spelled}s?", short, plain)
    found, log = MEASURES.get(plain, (None, False))
    return None if log else found


_KINDS = r"n|mean|m|sd|events|event|e|median|x"
_ARMS = r"[12ect]|exp|con|ctrl|ctl|trt|int"
_SHORT = {"m": "mean", "e": "events", "x": "events", "y": "mean"}


def _apart(word: str, all_names: Sequence[str]) -> list[str]:
    """n1 is n and 1, nexp is n and exp, xti is x and t, y1 a mean beside sd1; other words stay whole."""
    match = re.fullmatch(rf"({_KINDS})({_ARMS}|[ct]i)", word) or re.fullmatch(r"(y)([12])", word)
    if match is None or (match[1] == "y" and f"sd{match[2]}" not in all_names):
        return [word]
    return [_SHORT.get(match[1], match[1]), match[2].removesuffix("i") if len(match[2]) == 2 else match[2]]


def _mean_and_sd(words: list[str], all_names: Sequence[str]) -> list[str]:
    """Words in which m is a mean beside an sd, or m and s a mean and its SD, if there is a column of each."""
    as_sd = "_".join("sd" if word == "m" else word for word in words)
    if words.count("m") == 1 and as_sd in all_names:
        return ["mean" if word == "m" else word for word in words]
    *front, last = words
    pair = {"_".join([*front, each]) for each in ("m", "s")}
    known = {"m": "mean", "s": "sd"}
    return [*front, known[last]] if front and last in known and pair <= set(all_names) else words


def _of_arm(words: list[str], all_names: Sequence[str]) -> Recognised | None:
    kinds = {NUMBERS[word] for word in words if word in NUMBERS}
    if kinds == {"mean", "sd"}:
        kinds = {"mean"}  # 5.2 ± 1.1 in one cell
    if not kinds and OF_ERRORS & set(words) and (ONE | TWO) & set(words) and _has_means(all_names):
        kinds = {"se"}
    if len(kinds) != 1 or SAYS_INTERVAL & set(words) or (kinds & {"n", "events"} and OF_SHARES & set(words)):
        return None
    rest = [word for at, word in enumerate(words) if word not in NUMBERS and not _is_of_time(words, at)]
    arms = {"1" if word in ONE else "2" for word in rest if word in ONE | TWO}
    if len(arms) > 1:
        return None
    return Recognised(kinds.pop() + "".join(arms), _family_of(words))


def _is_of_time(words: Sequence[str], at: int) -> bool:
    """Whether a number is one of a time, as in visit 1 and 2 years, and not of a group."""
    beside = {*words[max(at - 1, 0) : at], *words[at + 1 : at + 2]}
    return words[at].isdigit() and bool(UNITS_OF_TIME & {word for word in beside if len(word) > 1})


def _family_of(words: Sequence[str]) -> str:
    """The words of a name of raw numbers that say neither their kind nor their group."""
    told = {*NUMBERS, *ONE, *TWO, *FILLING, *OF_ERRORS, *OF_QUARTILES, *OF_RANGES}
    return "_".join(word for at, word in enumerate(words) if word not in told or _is_of_time(words, at))


def spans_of(name: str) -> tuple[str, str] | None:
    """The roles of the two numbers behind a median in one cell, where the name says it: IQR or range."""
    words = set(normal_name(name).split("_"))
    if OF_QUARTILES & words:
        return "q1", "q3"
    return ("minimum", "maximum") if OF_RANGES & words else None


def says_se(name: str) -> bool:
    """Whether the name of a column of means says that standard errors stand beside them."""
    words = set(in_english(normal_name(name)).replace("standard_error", "se").split("_"))
    return bool(OF_ERRORS & words) and "sd" not in words


def _has_means(all_names: Sequence[str]) -> bool:
    return any({"mean", "moyenne", "media", "mittelwert"} & set(name.split("_")) for name in all_names)


def _of_effect(words: list[str], all_names: Sequence[str], is_percentage: bool) -> Recognised | None:
    about_interval = bool(SAYS_INTERVAL & set(words))
    about_effect = bool({*MEASURES, *UNSAID} & set(words[:-1]))
    limits = LIMITS if about_interval else LIMITS_OF_EFFECTS if about_effect else {}
    uncertain = UNCERTAINTY | limits
    kinds = {uncertain[word] for word in words if word in uncertain}
    measures = {MEASURES[word] for word in words if word in MEASURES}
    known = {*uncertain, *MEASURES, *UNSAID, *OF_INTERVALS, *FILLING, "adjusted", "adj"}
    family = "_".join(word for word in words if word not in known)
    if len(kinds) > 1 or len(measures) > 1:
        return None
    measure, log = next(iter(measures), (None, False))
    if measure == "proportion" and is_percentage:
        return None  # 12 % would be read as 12
    if kinds:
        return Recognised(kinds.pop(), family, measure)
    alone = "_".join(word for word in words if word not in OF_INTERVALS)
    if about_interval and (words[0] in OF_INTERVALS or alone in all_names):
        return Recognised("ci", family, measure)  # OR (95% CI) holds both, unless OR has its own column
    if not measures and not UNSAID & set(words):
        return None
    return Recognised("estimate", family, measure, log)
