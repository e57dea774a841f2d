"""Names of columns -> what stands in them: `se_beta` is an SE, `ctrl_post_sd` an SD of the controls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

FACTS: dict[str, str] = {
    "study": r"study(_?(id|name|label|key))?|trial(_name|_id)?|paper(_id)?|slab|studlab|author_?year",
    "author": r"(first_)?authors?(_name)?",
    "year": r"(study_|pub(lication)?_)?year(_of_publication)?|yr",
    "citation": r"citation|reference|ref",
    "doi": r"doi",
    "pmid": r"pmid|pubmed(_id)?",
    "title": r"title",
    "design": r"(study_)?design",
    "country": r"country|location|nation",
    "cohort": r"cohort(_name)?|survey|data_?base|sample_name",
    "outcome": r"outcomes?(_name)?|endpoint|dependent(_variable)?",
    "site": r"site|location_of_measurement|bone_site",
    "unit": r"(outcome_)?units?",
    "exposure": r"exposures?(_name)?|predictor|independent(_variable)?|intervention(_name)?",
    "per": r"per|increment|step",
    "exposed": r"exposed(_group)?|exposure_level|comparison_group",
    "reference": r"reference_(group|category|level)|ref_group",
    "sex": r"sex|gender",
    "ancestry": r"ancestry|race|ethnicity|race_ethnicity",
    "age": r"age_?(group|range|stratum)",
    "group": r"sub_?group|stratum|strata|cmj_arm",
    "measure": r"(effect_)?measure|effect_type|metric|es_type",
    "adjustment": r"adjust(ment|ed)?(_level)?",
    "covariates": r"covariates|adjusted_for|confounders",
    "model": r"model(_name)?",
    "arm": r"arm(_name|_label|_id)?|treatment(_name|_group)?|group_name",
    "dose": r"dose(_.*)?",
    "at": r"locator|where|page|table|source_(page|table)|location_in_paper",
    "quote": r"quote|quotation|verbatim|source_text",
    "note": r"notes?|comments?|remarks?|data_note|footnotes?",
}
"""Facts about a row, each with the names that its column has."""

MEASURES: dict[str, tuple[str, bool]] = {
    "beta": ("beta", False), "b": ("beta", False), "coef": ("beta", False), "coefficient": ("beta", False),
    "slope": ("beta", False), "or": ("OR", False), "aor": ("OR", False), "rr": ("RR", False),
    "hr": ("HR", False), "ahr": ("HR", False), "irr": ("IRR", False), "rd": ("RD", False),
    "md": ("MD", False),
    "wmd": ("MD", False), "smd": ("SMD", False), "g": ("SMD", False), "hedges": ("SMD", False),
    "d": ("SMD", False), "cohens": ("SMD", False), "r": ("r", False), "correlation": ("r", False),
    "logor": ("OR", True), "lnor": ("OR", True), "logrr": ("RR", True), "lnrr": ("RR", True),
    "loghr": ("HR", True), "lnhr": ("HR", True), "prevalence": ("proportion", False),
    "proportion": ("proportion", False), "rom": ("ROM", True),
}  # fmt: skip
"""Words for an estimate's column, each with the measure they say and whether it is a logarithm."""

_UNSAID = {"es", "effect", "estimate", "yi", "te", "size", "est", "point"}
_ONE = {
    *("exp", "experimental", "treatment", "treat", "treated", "tx", "trt", "intervention", "int", "exposed"),
    *("active", "e", "t", "1", "case"),
}
_TWO = {
    *("ctrl", "control", "controls", "con", "ctl", "placebo", "comparator", "comp", "reference", "ref", "c"),
    *("unexposed", "2", "pbo"),
}
_NUMBERS: dict[str, str] = {
    "n": "n", "total": "n", "sample": "n", "size": "n", "subjects": "n", "participants": "n",
    "randomized": "n",
    "mean": "mean", "avg": "mean", "average": "mean", "sd": "sd", "stdev": "sd", "std": "sd",
    "events": "events", "event": "events", "cases": "events", "ev": "events", "deaths": "events",
    "median": "median", "med": "median", "q1": "q1", "q25": "q1", "p25": "q1", "q3": "q3", "q75": "q3",
    "p75": "q3", "min": "minimum", "minimum": "minimum", "max": "maximum", "maximum": "maximum",
    "pyears": "person_time", "personyears": "person_time", "py": "person_time", "time": "person_time",
}  # fmt: skip
_UNCERTAINTY: dict[str, str] = {
    "se": "se", "sei": "se", "stderr": "se", "sete": "se", "v": "variance", "vi": "variance",
    "var": "variance",
    "variance": "variance", "lower": "ci_low", "low": "ci_low", "ll": "ci_low", "lcl": "ci_low",
    "lci": "ci_low",
    "lb": "ci_low", "cilb": "ci_low", "upper": "ci_high", "upp": "ci_high", "high": "ci_high",
    "ul": "ci_high",
    "ucl": "ci_high", "uci": "ci_high", "ub": "ci_high", "ciub": "ci_high", "p": "p", "pval": "p",
    "pvalue": "p",
    "t": "t", "z": "t", "tstat": "t", "zval": "t", "df": "df", "start": "ci_low", "end": "ci_high",
}  # fmt: skip
_OF_INTERVALS = {
    "ci",
    "95",
    "95ci",
    "95cl",
    "cl",
    "confidence",
    "interval",
    "limit",
    "bound",
    "value",
    "ci95",
}
_IN_METAFOR: dict[str, str] = {
    "ai": "events1", "n1i": "n1", "ci": "events2", "n2i": "n2", "m1i": "mean1", "sd1i": "sd1", "m2i": "mean2",
    "sd2i": "sd2", "x1i": "events1", "t1i": "person_time1", "x2i": "events2", "t2i": "person_time2",
    "xi": "events",
    "ni": "n", "ti": "person_time", "mi": "mean", "sdi": "sd", "ri": "estimate", "yi": "estimate",
    "vi": "variance", "sei": "se",
}  # fmt: skip


@dataclass(frozen=True)
class Recognised:
    """What a column's name says.

    role: e.g. se, mean1, study. family: the words of the name that tell several sets of numbers apart, e.g.
    post. measure, log: what an estimate's column says of it.
    """

    role: str
    family: str = ""
    measure: str | None = None
    log: bool = False


def normal_name(name: str) -> str:
    """A column's name in small letters, its words joined by _."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", name)
    spaced = spaced.replace("%", "").replace("β", "beta")
    return re.sub(r"[^a-z0-9]+", "_", spaced.casefold()).strip("_")


def recognise(name: str, all_names: Sequence[str] = ()) -> Recognised | None:
    """What a column holds by its name; None where the name says nothing.

    all_names: normal names of all columns: metafor's `ci` is a count beside `ai`, else an interval.
    """
    plain = normal_name(name)
    if plain in _IN_METAFOR and (plain != "ci" or "ai" in all_names):
        return Recognised(_IN_METAFOR[plain])
    for role, pattern in FACTS.items():
        if re.fullmatch(pattern, plain):
            return Recognised(role)
    words = (
        plain.replace("person_years", "personyears").replace("std_err", "se").replace("standard_error", "se")
    )
    words = words.replace("p_value", "p").replace("standard_deviation", "sd").replace("odds_ratio", "or")
    words = words.replace("risk_ratio", "rr").replace("hazard_ratio", "hr").replace("mean_difference", "md")
    split = words.replace("sample_size", "n").replace("log_or", "logor").split("_")
    if len(split) > 1 and split[-1] in ("e", "x") and "_".join([*split[:-1], "n"]) in all_names:
        return Recognised("events", "_".join(split[:-1]))  # response_e beside response_n
    return _numeric(split)


def _numeric(words: list[str]) -> Recognised | None:
    split = [part for word in words for part in _apart(word)]
    found = _of_arm(split)
    return found or _of_effect(split)


def _apart(word: str) -> list[str]:
    """n1 is n and 1; nexp is n and exp; other words stay whole."""
    match = re.fullmatch(r"(n|mean|m|sd|events|event|e|median|x)([12ect])", word)
    if match is None:
        return [word]
    return [{"m": "mean", "e": "events", "x": "events"}.get(match[1], match[1]), match[2]]


def _of_arm(words: list[str]) -> Recognised | None:
    kinds = [_NUMBERS[word] for word in words if word in _NUMBERS]
    if len(set(kinds)) != 1:
        return None
    rest = [word for word in words if word not in _NUMBERS]
    arms = ["1" if word in _ONE else "2" for word in rest if word in _ONE | _TWO]
    family = "_".join(word for word in rest if word not in _ONE | _TWO)
    if len(set(arms)) > 1:
        return None
    return Recognised(kinds[0] + (arms[0] if arms else ""), family)


def _of_effect(words: list[str]) -> Recognised | None:
    kinds = {_UNCERTAINTY[word] for word in words if word in _UNCERTAINTY}
    measures = [word for word in words if word in MEASURES]
    generic = [word for word in words if word in _UNSAID]
    known = {*_UNCERTAINTY, *MEASURES, *_UNSAID, *_OF_INTERVALS}
    family = "_".join(word for word in words if word not in known)
    if len(kinds) > 1:
        return None
    if kinds:
        return Recognised(kinds.pop(), family)
    if words[0] in _OF_INTERVALS:
        return Recognised("ci", family)
    if len(set(measures)) > 1 or not (measures or generic):
        return None
    measure, log = MEASURES[measures[0]] if measures else (None, False)
    return Recognised("estimate", family, measure, log)
