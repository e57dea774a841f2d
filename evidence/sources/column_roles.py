"""Names of columns -> what stands in them: `se_beta` is an SE, `ctrl_post_sd` an SD of the controls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.records.vocabulary import Measure

FACTS: dict[str, str] = {
    "study": r"study(_?(id|name|label|key))?|trial(_name|_id)?|paper(_id)?|slab|studlab|author_?year|studie",
    "author": r"(first_)?authors?(_name)?",
    "year": r"(study_|pub(lication)?_)?year(_of_publication)?|yr|jahr",
    "citation": r"citation|reference|ref",
    "doi": r"doi",
    "pmid": r"pmid|pub_?med(_id)?",
    "title": r"title",
    "design": r"(study_)?design",
    "country": r"country|location|nation",
    "cohort": r"cohort(_name)?|survey|data_?base|sample_name",
    "outcome": r"outcomes?(_name)?|endpoint|dependent(_variable)?",
    "site": r"site|location_of_measurement|bone_site",
    "unit": r"(outcome_)?units?",
    "exposure": r"exposures?(_name)?|predictor|independent(_variable)?|intervention(_name)?",
    "per": r"per|increment|step",
    "exposed": r"exposed(_group)?|exposure_level|(treat(ment)?|trt|group|arm)_?1",
    "reference": r"reference_(group|category|level)|ref_group|(treat(ment)?|trt|group|arm)_?2|comparator",
    "sex": r"sex|gender",
    "ancestry": r"ancestry|race|ethnicity|race_ethnicity",
    "age": r"age_?(group|range|stratum)",
    "group": r"sub_?group|stratum|strata|heading",
    "measure": r"(effect_)?measure|effect_type|metric|es_type",
    "adjustment": r"adjust(ment|ed)?(_level)?",
    "covariates": r"covariates|adjusted_for|confounders",
    "model": r"model(_name)?",
    "arm": r"arm(_name|_label|_id)?|treatment(_name|_group)?|trt|group(_name)?",
    "dose": r"dose(_.*)?",
    "at": r"locator|where|page|table|source_(page|table)|location_in_paper",
    "quote": r"quote|quotation|verbatim|source_text",
    "note": r"notes?|comments?|remarks?|data_note|footnotes?",
}
"""Facts about a row, each with the names that its column has."""

MEASURES: dict[str, tuple[Measure, bool]] = {
    "beta": ("beta", False), "b": ("beta", False), "coef": ("beta", False), "coefficient": ("beta", False),
    "slope": ("beta", False), "or": ("OR", False), "aor": ("OR", False), "rr": ("RR", False),
    "hr": ("HR", False), "ahr": ("HR", False), "irr": ("IRR", False), "rd": ("RD", False),
    "md": ("MD", False), "wmd": ("MD", False), "smd": ("SMD", False), "g": ("SMD", False),
    "hedges": ("SMD", False), "d": ("SMD", False), "cohens": ("SMD", False), "r": ("r", False),
    "correlation": ("r", False), "prevalence": ("proportion", False), "proportion": ("proportion", False),
    "rom": ("ROM", False), "logor": ("OR", True), "lnor": ("OR", True), "logrr": ("RR", True),
    "lnrr": ("RR", True), "loghr": ("HR", True), "lnhr": ("HR", True), "logirr": ("IRR", True),
    "lnirr": ("IRR", True), "logrom": ("ROM", True), "lnrom": ("ROM", True),
}  # fmt: skip
"""Words for an estimate's column, each with the measure they say and whether it is a logarithm."""

_UNSAID = {"diff", "difference", "es", "effect", "estimate", "yi", "te", "size", "est", "point"}
_ONE = {
    *("exp", "experimental", "treatment", "treat", "treated", "tx", "trt", "intervention", "int", "exposed"),
    *("active", "e", "t", "1", "case"),
}
_TWO = {
    *("ctrl", "control", "controls", "con", "ctl", "placebo", "comparator", "comp", "reference", "ref", "c"),
    *("unexposed", "2", "pbo"),
}
_NUMBERS: dict[str, str] = {
    "n": "n", "total": "n", "sample": "n", "subjects": "n", "participants": "n", "randomized": "n",
    "mean": "mean", "avg": "mean", "average": "mean", "sd": "sd", "stdev": "sd", "std": "sd",
    "events": "events", "event": "events", "cases": "events", "ev": "events", "deaths": "events",
    "median": "median", "med": "median", "q1": "q1", "q25": "q1", "p25": "q1", "q3": "q3", "q75": "q3",
    "p75": "q3", "min": "minimum", "minimum": "minimum", "max": "maximum", "maximum": "maximum",
    "x": "events", "died": "events", "dead": "events", "responders": "events", "pos": "events",
    "neg": "non_events", "nonevents": "non_events", "patients": "n", "persons": "n", "randomised": "n",
    "pyears": "person_time", "personyears": "person_time", "persontime": "person_time",
    "py": "person_time",
}  # fmt: skip
_UNCERTAINTY: dict[str, str] = {
    "se": "se", "sei": "se", "stderr": "se", "sete": "se", "vi": "variance", "var": "variance",
    "variance": "variance", "lower": "ci_low", "ll": "ci_low", "lcl": "ci_low", "lci": "ci_low",
    "cilb": "ci_low", "upper": "ci_high", "ul": "ci_high", "ucl": "ci_high", "uci": "ci_high",
    "ciub": "ci_high", "p": "p", "pval": "p", "pvalue": "p", "tstat": "t", "tval": "t", "zval": "t",
    "zstat": "t", "df": "df",
}  # fmt: skip
_LIMITS = {
    "low": "ci_low", "lb": "ci_low", "start": "ci_low", "min": "ci_low",
    "high": "ci_high", "upp": "ci_high", "ub": "ci_high", "end": "ci_high", "max": "ci_high",
}  # fmt: skip
"""Words that are limits of an interval only beside a word that says so: a study has a start and an end."""
_LIMITS_OF_EFFECTS = {
    word: role for word, role in _LIMITS.items() if word not in ("start", "end", "min", "max")
}
_SAYS_INTERVAL = {"ci", "ki", "95ci", "95cl", "cl", "ci95", "confidence"}
_OF_INTERVALS = {*_SAYS_INTERVAL, "95", "interval", "limit", "bound"}
_SPELLED = (
    ("non_events?", "nonevents"), ("no_of", "n"), ("number_of", "n"), ("person_years", "personyears"),
    ("person_time", "persontime"), ("std_err", "se"),
    ("standard_error", "se"), ("p_value", "p"), ("p_wert", "p"), ("t_stat", "tstat"), ("t_value", "tval"),
    ("z_value", "zval"), ("standard_deviation", "sd"), ("odds_ratio", "or"), ("risk_ratio", "rr"),
    ("relative_risk", "rr"), ("rate_ratio", "irr"), ("hazard_ratio", "hr"), ("risk_difference", "rd"),
    ("standardized_mean_difference", "smd"), ("standardised_mean_difference", "smd"),
    ("std_mean_difference", "smd"), ("mean_difference", "md"), ("correlation_coefficient", "r"),
    ("regression_coefficient", "beta"), ("sample_size", "n"), ("mean_diff", "md"),
)  # fmt: skip
_IN_METAFOR: dict[str, str] = {
    "ai": "events1", "n1i": "n1", "ci": "events2", "n2i": "n2", "m1i": "mean1", "sd1i": "sd1", "m2i": "mean2",
    "sd2i": "sd2", "x1i": "events1", "t1i": "person_time1", "x2i": "events2", "t2i": "person_time2",
    "tpos": "events1", "tneg": "non_events1", "cpos": "events2", "cneg": "non_events2",
    "bi": "non_events1", "di": "non_events2", "xi": "events",
    "ni": "n", "ti": "person_time", "mi": "mean", "sdi": "sd", "yi": "estimate",
    "vi": "variance", "sei": "se",
}  # fmt: skip


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
    spaced = spaced.replace("%", "").replace("β", "beta")
    return re.sub(r"[^a-z0-9]+", "_", spaced.casefold()).strip("_")


def recognise(name: str, all_names: Sequence[str] = ()) -> Recognised | None:
    """What a column holds by its name; None where the name says nothing, or may say several things.

    all_names: normal names of all columns: metafor's `ci` is a count beside `ai`, else an interval.
    """
    plain = normal_name(name)
    if plain == "ri":
        return Recognised("estimate", measure="r")
    if plain == "mi" and "xi" in all_names and "sdi" not in all_names:
        return Recognised("non_events")
    if plain in _IN_METAFOR and (plain not in ("bi", "ci", "di") or "ai" in all_names):
        return Recognised(_IN_METAFOR[plain])
    if plain in ("a", "b", "c", "d") and {"a", "b", "c", "d"} <= set(all_names):
        return None  # cells of a 2x2 table, which are not everywhere in the same order
    for role, pattern in FACTS.items():
        if re.fullmatch(pattern, plain):
            return Recognised(role)
    for spelled, short in _SPELLED:
        plain = re.sub(rf"(?<![^_]){spelled}(?![^_])", short, plain)
    plain = re.sub(r"^se_?(?=(?:log|ln)(?:or|rr|hr|irr|rom)$)", "se_", plain)
    split = re.sub(r"(?<![^_])(log|ln)_(or|rr|hr|irr|rom)(?![^_])", r"\1\2", plain).split("_")
    if len(split) > 1 and split[-1] in ("e", "x") and "_".join([*split[:-1], "n"]) in all_names:
        return Recognised("events", "_".join(split[:-1]))  # response_e beside response_n
    split = [part for word in _mean_and_sd(split, all_names) for part in _apart(word, all_names)]
    return _of_arm(split) or _of_effect(split, all_names)


def measure_in(text: str) -> Measure | None:
    """The measure that a cell names: odds ratio and OR are one."""
    plain = normal_name(text)
    for spelled, short in _SPELLED:
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
    """Words in which m and s are a mean and its SD, if there is a column of each."""
    *front, last = words
    pair = {"_".join([*front, each]) for each in ("m", "s")}
    known = {"m": "mean", "s": "sd"}
    return [*front, known[last]] if front and last in known and pair <= set(all_names) else words


def _of_arm(words: list[str]) -> Recognised | None:
    kinds = {_NUMBERS[word] for word in words if word in _NUMBERS}
    if kinds == {"mean", "sd"}:
        kinds = {"mean"}  # 5.2 ± 1.1 in one cell
    if len(kinds) != 1 or _SAYS_INTERVAL & set(words):
        return None
    rest = [word for word in words if word not in _NUMBERS]
    arms = {"1" if word in _ONE else "2" for word in rest if word in _ONE | _TWO}
    family = "_".join(word for word in rest if word not in _ONE | _TWO)
    if len(arms) > 1:
        return None
    return Recognised(kinds.pop() + "".join(arms), family)


def _of_effect(words: list[str], all_names: Sequence[str]) -> Recognised | None:
    about_interval = bool(_SAYS_INTERVAL & set(words))
    about_effect = len(words) > 1 and bool({*MEASURES, *_UNSAID} & set(words[:-1]))
    limits = _LIMITS if about_interval else _LIMITS_OF_EFFECTS if about_effect else {}
    uncertain = _UNCERTAINTY | limits
    kinds = {uncertain[word] for word in words if word in uncertain}
    measures = {MEASURES[word] for word in words if word in MEASURES}
    known = {*uncertain, *MEASURES, *_UNSAID, *_OF_INTERVALS, "adjusted", "adj"}
    family = "_".join(word for word in words if word not in known)
    if len(kinds) > 1 or len(measures) > 1:
        return None
    measure, log = next(iter(measures), (None, False))
    if kinds:
        return Recognised(kinds.pop(), family, measure)
    alone = "_".join(word for word in words if word not in _OF_INTERVALS)
    if about_interval and (words[0] in _OF_INTERVALS or alone in all_names):
        return Recognised("ci", family, measure)  # OR (95% CI) holds both, unless OR has its own column
    if not measures and not _UNSAID & set(words):
        return None
    return Recognised("estimate", family, measure, log)
