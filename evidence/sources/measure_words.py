"""Words by which a paper says what numbers are: a measure, an interval, what a column holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from evidence.records.vocabulary import Measure

# Short names are read in capitals only: 'or' and 'md' are other words.
_NAMES: tuple[tuple[Measure, str], ...] = (
    ("SMD", r"\bSMDs?\b|(?i:standardi[sz]ed mean differences?|hedges['’]? g|cohen['’]?s d)"),
    ("MD", r"\bW?MDs?\b|(?i:(?:weighted )?mean differences?|differences? in means?)"),
    ("IRR", r"\ba?IRRs?\b|(?i:(?:incidence[- ])?rate ratios?)"),
    ("OR", r"\b[acpCA]?ORs?\b|(?i:odds[- ]ratios?|\b(?:crude|adj|log)[._]?or\b)"),
    ("HR", r"\b[acsCA]?HRs?\b|(?i:hazards?[- ]ratios?|\b(?:crude|adj|log)[._]?hr\b)"),
    ("RR", r"\b[acCA]?RRs?\b|(?i:risk[- ]ratios?|relative risks?|\b(?:crude|adj|log)[._]?rr\b)"),
    ("RD", r"\bA?RDs?\b|(?i:(?:absolute )?risk differences?|absolute risk reductions?)"),
    ("beta", r"[βß]|(?i:\bbetas?\b(?![- ]?(?:block|cell|agon|lact))|regression coefficients?|\bslopes?\b)"),
    ("r", r"(?i:(?:correlation|pearson'?s?|spearman'?s?)(?: correlation)?(?: coefficients?)?)|\b[Rr]ho\b|ρ"),
    ("proportion", r"(?i:\b(?:sero)?prevalences?\b)"),
)
_MEASURES = re.compile("|".join(f"(?P<{measure}>{pattern})" for measure, pattern in _NAMES))
_LOG = re.compile(r"\b(?:log|ln)[- ._(]*(?:of the )?$", re.IGNORECASE)

# One letter says a measure only right before '=': what stands before the number, without the sign.
_SYMBOLS: tuple[tuple[Measure, re.Pattern[str]], ...] = (
    ("r", re.compile(r"(?<![\w^])r\s*(?:\(\s*\d+\s*\)\s*)?$")),
    ("SMD", re.compile(r"(?<![\w^])[dg]\s*$")),
    ("beta", re.compile(r"(?<![\w^])[bB]\s*$")),
)

_INTERVAL = r"(?:confidence|credible|uncertainty) (?:intervals?|limits?)"
INTERVAL = rf"(?:CIs?|C\.\s?I\.?|CrIs?|KI|IC(?!\d)|{_INTERVAL})(?![a-z])"
SAYS_INTERVAL = re.compile(rf"(?<![A-Za-z]){INTERVAL}", re.IGNORECASE)
SAYS_SD = re.compile(r"(?<![A-Za-z])(?:S\.?D\.?s?|standard deviations?|std\.? ?dev\.?)(?![A-Za-z])")
SAYS_SE = re.compile(
    r"(?<![A-Za-z])(?:S\.?E\.?(?:M\.?)?|standard errors?|std\.? ?err(?:or)?\.?)(?![A-Za-z])", re.I
)
SAYS_OTHER_INTERVAL = re.compile(
    r"\b(?:range[sd]?|IQR|inter-?quartile|quartiles?|percentiles?|medians?|min(?:imum)?|max(?:imum)?)\b", re.I
)


@dataclass(frozen=True)
class Said:
    """A measure, the words that say it, where these begin, and whether they say its logarithm."""

    measure: Measure
    words: str
    at: int
    on_log: bool = False


def measures_in(words: str) -> list[Said]:
    """The measures that a text names, in their order; of names that begin together the longer one's."""
    found = []
    for match in _MEASURES.finditer(words):
        on_log = _LOG.search(words[: match.start()]) is not None or match[0].casefold().startswith("log")
        found.append(Said(_measure(match), match[0], match.start(), on_log))
    return found


def _measure(match: re.Match[str]) -> Measure:
    return next(measure for measure, _ in _NAMES if measure == match.lastgroup)


_SYMBOL_HEADS = ("r", "r (p)")


def only_measure(words: str) -> Said | None:
    """The measure that a text names, if it names one and no other; `r` alone is the head of a column."""
    if words in _SYMBOL_HEADS:
        return Said("r", "r", 0)
    found = measures_in(words)
    return found[0] if found and len({(said.measure, said.on_log) for said in found}) == 1 else None


def symbol_before(words: str) -> Said | None:
    """The measure of a single letter at the end of a text, as in 'r = 0.45'."""
    for measure, pattern in _SYMBOLS:
        match = pattern.search(words)
        if match is not None:
            return Said(measure, match[0].strip(), match.start())
    return None


def homonyms_in(paper: str) -> frozenset[Measure]:
    """Measures whose short name this paper uses for something else, such as HR for heart rate."""
    folded = paper.casefold()
    return frozenset(
        measure
        for measure, (homonym, own) in _HOMONYMS.items()
        if homonym in folded and not any(words in folded for words in own)
    )


def without_homonyms(said: list[Said], homonyms: frozenset[Measure]) -> list[Said]:
    """Without short names that mean something else in this paper."""
    return [each for each in said if each.measure not in homonyms or len(each.words) > _LONGEST_SHORT_NAME]


_LONGEST_SHORT_NAME = 4
_HOMONYMS: dict[Measure, tuple[str, tuple[str, ...]]] = {
    "HR": ("heart rate", ("hazard",)),
    "RR": ("respiratory rate", ("risk ratio", "relative risk", "rate ratio")),
}

# What the head of a column says; the first that fits counts.


def _compiled(*roles: tuple[str, str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((role, re.compile(pattern, re.IGNORECASE)) for role, pattern in roles)


_ROLES = _compiled(
    (
        "p of another test",
        r"p(?:[\s-]*values?)?[\s-]*(?:for )?(?:the )?(?:trend|interaction|heterogeneity|nonlin).*",
    ),
    ("p", r"p(?:[\s-]*values?)?[a-d*†‡]?|p[\s-]*values?.*|pr\s*\(>.*|sig\.?"),
    (
        "low",
        r"(?:9\d\s*%\s*)?(?:ci)?[\s._]*(?:lb|ll|lcl|lower(?: limit| bound| ci| 9\d.*)?|ci[._ ]?l(?:ow)?)",
    ),
    (
        "high",
        r"(?:9\d\s*%\s*)?(?:ci)?[\s._]*(?:ub|ul|ucl|upper(?: limit| bound| ci| 9\d.*)?|ci[._ ]?u(?:p)?)",
    ),
    ("low", r".*(?:\bcis?\b|c\.\s?i\.|intervals?).*\blower(?: limit| bound)?"),
    ("high", r".*(?:\bcis?\b|c\.\s?i\.|intervals?).*\bupper(?: limit| bound)?"),
    ("ci", r"[(\[]?(?:9\d\s*%?\s*)?(?:cis?|c\.\s?i\.?|(?:confidence|credible) (?:interval|limit)s?).*"),
    ("se", r"s\.?\s?e\.?(?:m\.?)?|std\.?\s*err(?:or)?\.?|standard errors?|se of .*"),
    ("t", r"[zt](?:[\s-]*(?:values?|statistics?|scores?|ratio))?"),
)
_LATER_ROLES = _compiled(
    ("counts", r".*\bn(?:o\.?)?\s*[(,]\s*%.*|.*\bn\s*/\s*n\b.*"),
    ("mean", r"means?(?!\s*(?:\(|±|\+)).*"),
    ("sd", r"s\.?\s?d\.?|standard deviations?|std\.? ?dev(?:iation)?\.?"),
    ("person-time", r".*person[\s-]*(?:years?|time|months?)|per[._]?years|py"),
    ("events", r"(?:no\.?|n|number)?\s*(?:of )?(?:events?|cases?|deaths?|positives?|fractures?)\b.*"),
    ("n", r"n(?:\s*=.*)?|no\.?|(?:total|sample|sampled|participants|patients|subjects|persons|examined)"),
    (
        "n",
        r"(?:total|no\.?|number of|sample) (?:n|size|sampled|participants|patients|subjects|persons)",
    ),
    ("estimate", r"(?:estimates?|coef(?:ficients?)?\.?|effects?|pred(?:icted)?|b)\b.*|exp\s*\(b\)"),
)


@lru_cache(maxsize=10_000)
def role_of(head: str) -> str | None:
    """What a column holds by its head: an estimate, a number beside it, a count; None if unknown."""
    words = head.strip()
    for role, pattern in _ROLES:
        if pattern.fullmatch(words):
            return role
    if measures_in(words) or words in _SYMBOL_HEADS:
        return "estimate"
    for role, pattern in _LATER_ROLES:
        if pattern.fullmatch(words):
            return role
    return None
