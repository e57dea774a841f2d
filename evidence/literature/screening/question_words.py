"""Words of the review's question, found in titles and abstracts whatever their ending and spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evidence.records.review import Question

_SAYS_NOTHING = re.compile(
    "a|about|after|all|among|an|and|any|are|as|at|be|before|between|by|compared|during|each|either|for|from|"
    "had|has|have|how|if|in|into|is|its|least|more|most|no|nor|not|of|on|only|or|other|our|over|per|than|"
    "that|the|their|then|there|these|they|this|those|through|to|under|versus|very|vs|was|were|what|when|"
    "which|who|whose|will|with|within|without|yes"
)
_OF_FIELDS = re.compile(r"\[[^\]]*\]|\b\w+:(?=\S)")  # [tiab] of PubMed, title: of Europe PMC
_TERMS = re.compile(r'"([^"]+)"|([^\s()",;]+)')
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_ENDINGS = re.compile(r"(?<=\w{3})(?:ies|es|s|y|e)$")


def question_terms(question: Question, further: Iterable[str] = ()) -> tuple[str, ...]:
    """The words of a question that say something, and further ones: phrases, or with * at the end."""
    texts = (question.population, question.exposure, question.comparator or "", question.outcome)
    words = (word.casefold() for text in texts for word in _WORD.findall(text))
    said = (word for word in words if len(word) > 2 and not _SAYS_NOTHING.fullmatch(word))
    return tuple(dict.fromkeys([*said, *further]))


def query_terms(query: str) -> tuple[str, ...]:
    """The words and quoted phrases of a saved search, without its operators and names of fields."""
    plain = _OF_FIELDS.sub(" ", query.casefold())
    found = (phrase or word for phrase, word in _TERMS.findall(plain))
    return tuple(dict.fromkeys(each.strip() for each in found if _says(each.strip())))


def _says(term: str) -> bool:
    return len(term) > 2 and not _SAYS_NOTHING.fullmatch(term) and any(map(str.isalpha, term))


class TermFinder:
    """Finds terms in texts: "fractures" also as fracture, "hemoglobin" also as haemoglobin."""

    def __init__(self, terms: Iterable[str]) -> None:
        patterns = [_pattern(term) for term in terms if term.strip("* ")]
        self._any = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE) if patterns else None

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where the terms stand in a text, as beginnings and ends."""
        return [found.span() for found in self._any.finditer(text)] if self._any else []


def _pattern(term: str) -> str:
    words = _WORD.findall(term.casefold())
    if not words:
        return re.escape(term.strip("* "))
    stems = [re.escape(word) for word in words[:-1]]
    last = words[-1]
    end = r"\w*"
    if not term.rstrip().endswith("*"):
        last, end = _ENDINGS.sub("", last), r"(?:ies|es|s|y|e)?"
    pattern = r"\W+".join([*stems, re.escape(last)])
    return re.sub(r"[ao]?e", "[ao]?e", pattern.replace("æ", "ae").replace("œ", "oe")) + end
