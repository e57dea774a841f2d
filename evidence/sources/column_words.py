"""Words of columns' names, each with what it says stands there."""

from __future__ import annotations

from evidence.records.vocabulary import Measure

FACTS: dict[str, str] = {
    "study": r"study(_?(id|name|label|key))?|trial(_name|_id)?|paper(_id)?|slab|studlab|"
    r"(first_)?authors?_?(and_)?year",
    "author": r"(first_)?authors?(_name)?",
    "year": r"(study_|pub(lication)?_)?year(_of_publication)?|yr",
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

UNSAID = {"diff", "difference", "es", "effect", "estimate", "yi", "te", "size", "est", "point"}
ONE = {
    *("exp", "experimental", "treatment", "treat", "treated", "tx", "trt", "intervention", "int", "exposed"),
    *("active", "e", "t", "1", "case"),
}
TWO = {
    *(
        "ctrl",
        "control",
        "controls",
        "con",
        "contr",
        "ctl",
        "placebo",
        "comparator",
        "comp",
        "reference",
        "ref",
        "c",
    ),
    *("unexposed", "2", "pbo"),
}
NUMBERS: dict[str, str] = {
    "n": "n", "total": "n", "sample": "n", "subjects": "n", "participants": "n", "randomized": "n",
    "mean": "mean", "avg": "mean", "average": "mean", "sd": "sd", "stdev": "sd", "std": "sd",
    "events": "events", "event": "events", "cases": "events", "ev": "events", "deaths": "events",
    "median": "median", "med": "median", "q1": "q1", "q25": "q1", "p25": "q1", "q3": "q3", "q75": "q3",
    "p75": "q3", "min": "minimum", "minimum": "minimum", "max": "maximum", "maximum": "maximum",
    "x": "events", "died": "events", "dead": "events", "responders": "events", "pos": "events",
    "neg": "non_events", "nonevents": "non_events", "patients": "n", "persons": "n", "randomised": "n",
    "pyears": "person_time", "personyears": "person_time", "persontime": "person_time",
    "py": "person_time", "analysed": "n", "analyzed": "n",
    "examined": "n", "tested": "n", "population": "n",
}  # fmt: skip
UNCERTAINTY: dict[str, str] = {
    "se": "se", "sem": "se", "sei": "se", "stderr": "se", "sete": "se", "vi": "variance", "var": "variance",
    "variance": "variance", "lower": "ci_low", "ll": "ci_low", "lcl": "ci_low", "lci": "ci_low",
    "cilb": "ci_low", "upper": "ci_high", "ul": "ci_high", "ucl": "ci_high", "uci": "ci_high",
    "ciub": "ci_high", "p": "p", "pval": "p", "pvalue": "p", "tstat": "t", "tval": "t", "zval": "t",
    "zstat": "t", "df": "df",
}  # fmt: skip
LIMITS = {
    "low": "ci_low", "inf": "ci_low", "lb": "ci_low", "start": "ci_low", "min": "ci_low",
    "high": "ci_high", "sup": "ci_high", "upp": "ci_high", "ub": "ci_high", "end": "ci_high",
    "max": "ci_high",
}  # fmt: skip
"""Words that are limits of an interval only beside a word that says so: a study has a start and an end."""
LIMITS_OF_EFFECTS = {
    word: role for word, role in LIMITS.items() if word not in ("start", "end", "min", "max", "inf", "sup")
}
SAYS_INTERVAL = {"ci", "ki", "95ci", "95cl", "cl", "ci95", "confidence"}
OF_INTERVALS = {*SAYS_INTERVAL, "95", "interval", "limit", "bound"}
SPELLED = (
    ("non_events?", "nonevents"), ("person_years", "personyears"),
    ("person_time", "persontime"), ("std_err(?:or)?", "se"),
    ("standard_error", "se"), ("p_value", "p"), ("p_wert", "p"), ("t_stat", "tstat"), ("t_value", "tval"),
    ("z_value", "zval"), ("standard_deviation", "sd"), ("odds_ratio", "or"), ("risk_ratio", "rr"),
    ("relative_risk", "rr"), ("rate_ratio", "irr"), ("hazard_ratio", "hr"), ("risk_difference", "rd"),
    ("standardized_mean_difference", "smd"), ("standardised_mean_difference", "smd"),
    ("std_mean_difference", "smd"), ("mean_difference", "md"), ("correlation_coefficient", "r"),
    ("regression_coefficient", "beta"), ("sample_size", "n"), ("mean_diff", "md"),
)  # fmt: skip
IN_METAFOR: dict[str, str] = {
    "ai": "events1", "n1i": "n1", "ci": "events2", "n2i": "n2", "m1i": "mean1", "sd1i": "sd1", "m2i": "mean2",
    "sd2i": "sd2", "x1i": "events1", "t1i": "person_time1", "x2i": "events2", "t2i": "person_time2",
    "tpos": "events1", "tneg": "non_events1", "cpos": "events2", "cneg": "non_events2",
    "bi": "non_events1", "di": "non_events2", "xi": "events",
    "ni": "n", "ti": "person_time", "mi": "mean", "sdi": "sd", "yi": "estimate",
    "vi": "variance", "sei": "se",
}  # fmt: skip
O_MINUS_E = r"(?:log_?rank_)?(?:o_?e|ome|o_minus_e|observed_minus_expected)"
V_OF_IT = rf"(?:v|var|variance)(?:_(?:of_)?{O_MINUS_E})?"
"""Observed less expected events of a log-rank test or Peto's method, and the variance beside it."""
OF_SHARES = {"rate", "rates", "percent", "percentage", "pct", "share", "risk", "incidence", "per"}
"""Words beside a count which say that the column holds no count."""
OF_ERRORS = {"se", "sem"}
OF_QUARTILES = {"iqr", "interquartile", "quartiles"}
OF_RANGES = {"range"}
"""Words beside a median for the two numbers that stand in its cell."""
FILLING = {"group", "arm", "of", "the", "in", "at", "for", "with", "de", "du", "des", "di", "da", "do", "der"}
"""Words that tell no set of numbers from another."""

_COUNTED = "events?|deaths|responders|died|patients|participants|subjects|persons"
COUNTS_SPELLED = (
    ("(?:n|no|number|patients|participants|subjects)_with_(?:the_)?(?:events?|outcome)", "events"),
    (rf"(?:n|no|nr|num|number)_(?:of_)?({_COUNTED})", r"\1"),
    ("(?:no|nr|num|number)_of", "n"),
    ("(?<=_)(?<!yes_)(?:no|number)", "n"),
)
"""Words of counting, each with the word for what is counted."""
UNITS_OF_TIME = {
    *("week", "weeks", "wk", "wks", "w", "month", "months", "mo", "m", "day", "days", "d", "year", "years"),
    *("yr", "yrs", "y", "hour", "hours", "h", "min", "visit", "time", "wave", "phase", "t"),
}
"""Words beside a number that make it a time, and no name of a group."""
