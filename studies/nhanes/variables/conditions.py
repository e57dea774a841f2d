"""Conditions on one variable as a protocol writes them: a class, a code, a comparison, a range, or `not`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from evidence.records.part import Part, Text

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

RECORDED, MISSING = "recorded", "missing"
FORMS = "a class, a number, '< 13', '>= 12', '12 to 15', a list of these, 'not ...', 'recorded' or 'missing'"
"""What a condition may be, for messages."""

_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_COMPARISON = re.compile(rf"^(<=|>=|<|>|≤|≥)\s*({_NUMBER})$")
_RANGE = re.compile(rf"^({_NUMBER})\s+to\s+({_NUMBER})$|^(\d+)-(\d+)$")
_AND_MORE = re.compile(r"^(\d+)\+$")
_NOT = re.compile(r"^not\s+")
_COMPARE: dict[str, Callable[[Array, float], Mask]] = {
    "<": operator.lt,
    "<=": operator.le,
    "≤": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "≥": operator.ge,
}


class Condition(Part):
    """What a variable must be: one of `any_of`, or none of them where `negated`.

    Written as a text, a number or a list of them, after `not` or as `{not: ...}` where negated. Somebody
    without a value meets no condition but `missing` and `not recorded`.
    """

    any_of: tuple[Text, ...] = Field(min_length=1)
    negated: bool = False

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, plain: Any) -> Any:
        if isinstance(plain, dict) and "any_of" in plain:
            return plain  # as it is dumped
        negated = isinstance(plain, dict) and set(plain) == {"not"}
        if negated:
            plain = plain["not"]
        elif isinstance(plain, str) and _NOT.match(plain.strip()):
            negated, plain = True, _NOT.sub("", plain.strip())
        several = plain if isinstance(plain, list | tuple) else [plain]
        if any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in several):
            raise ValueError(f"a condition is {FORMS}")
        texts = [str(one) for one in several]
        if any(_NOT.match(text) for text in texts):
            raise ValueError("'not' stands before the whole list: {not: [a, b]} is neither a nor b")
        return {"any_of": texts, "negated": negated}

    def fault(self, labels: Sequence[str], codes: bool) -> str:
        """Why it cannot be asked of a variable with these classes (none: continuous); empty where it can.

        codes: whether the classes stand for numbers of the survey, which may then be named instead.
        """
        for text in self.any_of:
            if text in (RECORDED, MISSING) or text in labels:
                continue
            if labels and not (codes and re.fullmatch(_NUMBER, text)):
                return f"has no class '{text}'; its classes are {', '.join(labels)}"
            if not labels and _test(text) is None:
                return _unreadable(text)
        return ""

    def met(self, values: Array, classes: NDArray[np.intp] | None, labels: Sequence[str]) -> Mask:
        """Who meets it; shape (n,).

        values: numbers or codes, nan where not recorded; classes: index into labels, len(labels) where not
        recorded, or None for a continuous variable.
        """
        recorded = ~np.isnan(values) if classes is None else classes < len(labels)
        meets: Mask = np.zeros(len(values), dtype=bool)
        known = True
        for text in self.any_of:
            if text in (RECORDED, MISSING):
                meets |= recorded if text == RECORDED else ~recorded
                known = False
            elif classes is not None and text in labels:
                meets |= classes == labels.index(text)
            else:
                test = _test(text)
                if test is None:
                    raise ValueError(_unreadable(text))
                meets |= test(values)
        if not self.negated:
            return meets
        return ~meets & recorded if known else ~meets


def _unreadable(text: str) -> str:
    backwards = _RANGE.match(text)
    if backwards:
        return f"cannot be '{text}': the range begins above its end"
    return f"cannot be '{text}', for it is continuous; expected e.g. '< 13', '>= 12' or '12 to 15'"


def _test(text: str) -> Callable[[Array], Mask] | None:
    """The test of values that a text writes; None where it writes none."""
    if re.fullmatch(_NUMBER, text):
        number = float(text)
        return lambda values: values == number
    if match := _COMPARISON.match(text):
        compare, bound = _COMPARE[match[1]], float(match[2])
        return lambda values: compare(values, bound)
    if match := _AND_MORE.match(text):
        lowest = float(match[1])
        return lambda values: values >= lowest
    if match := _RANGE.match(text):
        low, high = float(match[1] or match[3]), float(match[2] or match[4])
        return (lambda values: (values >= low) & (values <= high)) if low <= high else None
    return None
