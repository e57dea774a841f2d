"""What users hand to `pool_unreported`: studies with numbers, and studies of which something is said."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.choices import named
from evidence.effects.columns import EffectSizes
from evidence.effects.input_columns import column, is_missing, label_of, numbers, side_by_side
from synthesis.pooling.inputs import Studies, check_labels, labels_of, of_escalc, read_studies
from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.unreported.errors_from_n import typical_sigma, unreported_se
from synthesis.pooling.unreported.likelihood import Unprinted
from synthesis.pooling.unreported.statements import ORBIT, STATEMENTS, critical_value, limits

GIVEN, OWN, TYPICAL, NONE = "given", "own sigma", "typical sigma", ""
_WORDS = (*STATEMENTS, *ORBIT)
_NOT_SIGNIFICANT = ("NS", "NONSIGNIFICANT", "INSIGNIFICANT")
_LARGEST_RATIO = 1e8  # of two standard errors, beyond which units are wrong


@dataclass(frozen=True, eq=False)
class Silent:
    """m results without a number; each field has shape (m,).

    said: keys of STATEMENTS. classes: ORBIT classes, empty where words were given. sei: standard errors,
    given or nan. ni, sigma: persons and their own sigma, nan where not known. probability: that a result was
    examined and is what is said. alpha: of the paper's two-sided test.
    """

    labels: tuple[str, ...]
    said: tuple[str, ...]
    classes: tuple[str, ...]
    sei: Array
    ni: Array
    sigma: Array
    probability: Array
    alpha: Array

    @property
    def told(self) -> Mask:
        """Which say anything about the result."""
        words = np.array([word != "not examined" for word in self.said], dtype=bool)
        return np.asarray(words & (self.probability > 0.0))

    def errors(self, typical: float) -> tuple[Array, tuple[str, ...]]:
        """Standard errors, and where each is from; nan for a result of which nothing is said."""
        from_n = unreported_se(self.ni, self.sigma, typical)
        known, own = np.isfinite(self.sei), np.isfinite(self.sigma)
        sources = [
            NONE if not told else GIVEN if known[i] else OWN if own[i] else TYPICAL
            for i, told in enumerate(self.told)
        ]
        sei = np.where(known, self.sei, from_n)
        return np.where(self.told, sei, np.nan), tuple(sources)

    def as_unprinted(self, sei: Array) -> Unprinted:
        """Those that say anything, as parts of the likelihood with these standard errors, (m,)."""
        told = np.flatnonzero(self.told)
        low, high = limits([self.said[i] for i in told], critical_value(self.alpha[told]))
        return Unprinted(sei[told], low, high, self.probability[told])


@dataclass(frozen=True, eq=False)
class SilentStudies:
    """Studies with numbers, and those without. ni: persons of those with numbers, (k,), nan where not known.

    places: where each stands among the rows that were given, those with numbers first, (k + m,).
    """

    printed: Studies
    ni: Array
    silent: Silent
    places: Rows

    def typical(self, rule: str) -> float:
        """sigma of the studies with numbers, by a key of SE_RULES; nan where none has an n."""
        return typical_sigma(np.sqrt(self.printed.vi), self.ni, rule)


@dataclass(frozen=True, eq=False)
class _Columns:
    """All columns in one order, and labels."""

    found: Mapping[str, Any]
    labels: tuple[str, ...]

    def number(self, name: str) -> Array:
        """A column of numbers, one a row; nan where it was not given."""
        n = len(self.labels)
        if self.found[name] is None:
            return np.full(n, np.nan)
        values = numbers(self.found[name], name, self.labels)
        return self._whole(values, name)

    def one_or_each(self, name: str) -> Array:
        """The same where one number may stand for all rows."""
        given = self.found[name]
        if np.iterable(given):
            return self.number(name)
        return np.repeat(numbers([given], name), len(self.labels))

    def _whole(self, values: Array, name: str) -> Array:
        if values.size != len(self.labels):
            raise ValueError(
                f"{name} has {values.size} values for {len(self.labels)} studies; expected one of each"
            )
        return values

    def refuse(self, wrong: Mask, values: Array, says: str) -> None:
        """Raise ValueError for the first row that is wrong."""
        if wrong.any():
            row = int(wrong.argmax())
            raise ValueError(f"{self.labels[row]}: {says.format(f'{values[row]:g}')}")


def read_silent_studies(
    yi: Any, vi: Any, sei: Any, said: Any, data: Any, slab: Any, beside: Mapping[str, Any]
) -> SilentStudies:
    """Rows with numbers and rows with words, from lists, series or names of columns of `data`.

    beside: ni, sigma, probability and alpha. Raises ValueError, naming the study and what was expected.
    """
    if isinstance(yi, EffectSizes):
        if yi.scale.null is None:
            raise ValueError(
                f"{yi.measure} has no value that means no effect, so that none of it is significant or not"
            )
        yi, vi, slab = of_escalc(yi, vi, sei, slab, data)
    if (vi is None) == (sei is None):
        raise ValueError("expected either the variances vi or the standard errors sei, and not both")
    spread = "vi" if sei is None else "sei"
    _check_said(said, data)
    given = {"yi": yi, spread: vi if sei is None else sei, "said": said, "slab": slab}
    columns = {name: column(values, data, name) for name, values in given.items()}
    columns |= {name: column(values, data, name, constant=True) for name, values in beside.items()}
    found = side_by_side(columns)
    words = _texts(found["said"])
    names = labels_of(found["slab"])
    check_labels(names, len(words))
    rows = _Columns(found, tuple(label_of(names, i) for i in range(len(words))))
    y, errors = rows.number("yi"), rows.number(spread)
    _check_rows(rows, y, words)
    silent = np.array([word != "" for word in words])
    ni = rows.number("ni")
    rows.refuse(~(np.isnan(ni) | (ni > 0.0) & np.isfinite(ni)), ni, "ni is {}; expected persons, above zero")
    printed = _printed(y, errors, spread, rows.labels, ~silent)
    places = np.concatenate([np.flatnonzero(~silent), np.flatnonzero(silent)])
    spoken = _silent(rows, words, errors, ni, spread)
    return SilentStudies(printed, ni[~silent], spoken, places)


def _check_said(said: Any, data: Any) -> None:
    """Refuse what is not one text a study."""
    named_column = data is not None and isinstance(said, str | int)
    if not named_column and (isinstance(said, str) or not np.iterable(said)):
        raise ValueError(
            f"said is {said!r}; expected what is said of each study without a number, such as "
            "'not significant', and None for those with one; or a column of `data`"
        )


def _texts(said: Any) -> list[str]:
    """The words of each row, empty where there are none."""
    return ["" if _blank(each) else str(each).strip() for each in said]


def _blank(each: Any) -> bool:
    return is_missing(each) or (isinstance(each, float) and np.isnan(each))


def _check_rows(rows: _Columns, y: Array, words: Sequence[str]) -> None:
    """Every row has a number or words, and not both."""
    for i, word in enumerate(words):
        label, effect = rows.labels[i], y[i]
        if word and not np.isnan(effect):
            raise ValueError(
                f"{label}: yi is {effect:g} and said is '{word}'; expected a number, or what is said where "
                "there is none"
            )
        if not word and np.isnan(effect):
            raise ValueError(
                f"{label}: yi is missing and nothing is said of it; expected a number, or in `said` one of "
                f"{', '.join(STATEMENTS)}, or an ORBIT class from A to I"
            )
    if all(words):
        raise ValueError("no study has a number; expected at least one, as words alone have no size")


def _printed(y: Array, errors: Array, spread: str, labels: tuple[str, ...], kept: Mask) -> Studies:
    """The studies with numbers, checked as `pool` does."""
    some = [label for i, label in enumerate(labels) if kept[i]]
    variances = {spread: errors[kept]}
    return read_studies(y[kept], variances.get("vi"), variances.get("sei"), None, some, "refuse")


def _silent(rows: _Columns, words: Sequence[str], errors: Array, ni: Array, spread: str) -> Silent:
    """The studies without a number, checked."""
    there = np.array([i for i, word in enumerate(words) if word], dtype=np.intp)
    chosen = [_word(rows.labels[i], words[i]) for i in there]
    probability, alpha = rows.one_or_each("probability"), rows.one_or_each("alpha")
    sigma = rows.number("sigma")
    rows.refuse(
        ~(np.isnan(sigma) | (sigma > 0.0) & np.isfinite(sigma)), sigma, "sigma is {}; expected above zero"
    )
    probability = np.where(np.isnan(probability), 1.0, probability)
    rows.refuse(
        ~((probability >= 0.0) & (probability <= 1.0)), probability, "probability is {}; expected 0 to 1"
    )
    alpha = np.where(np.isnan(alpha), 0.05, alpha)
    rows.refuse(
        ~((alpha > 0.0) & (alpha < 1.0)),
        alpha,
        "alpha is {}; expected the level of a two-sided test as a fraction, such as 0.05",
    )
    for i in there:
        if not (np.isnan(errors[i]) or 0.0 < errors[i] < np.inf):
            raise ValueError(
                f"{rows.labels[i]}: {spread} is not above zero; expected a finite number above zero"
            )
    return Silent(
        tuple(rows.labels[i] for i in there),
        tuple(ORBIT[word].said if word in ORBIT else word for word in chosen),
        tuple(word if word in ORBIT else "" for word in chosen),
        np.sqrt(errors[there]) if spread == "vi" else errors[there],
        ni[there],
        sigma[there],
        probability[there],
        alpha[there],
    )


def _word(label: str, given: str) -> str:
    """A key of STATEMENTS or of ORBIT; NS is what papers print for not significant."""
    if "".join(filter(str.isalpha, given)).upper() in _NOT_SIGNIFICANT:
        return "not significant"
    try:
        return named(given, _WORDS, "statement")
    except ValueError:
        close = difflib.get_close_matches(given, STATEMENTS)
        hint = f"; did you mean '{close[0]}'?" if close else "."
        known = ", ".join(f"'{word}'" for word in STATEMENTS)
        raise ValueError(
            f"{label}: unknown statement '{given}'{hint} Expected one of {known}, or an ORBIT class from A "
            "to I"
        ) from None


def check_errors(silent: Silent, sei: Array, printed: Array) -> None:
    """Refuse statements without a standard error, and errors that must be in other units than the printed.

    sei: of the silent, (m,); printed: (k,).
    """
    for i in np.flatnonzero(silent.told):
        label = silent.labels[i]
        if np.isnan(sei[i]):
            if np.isnan(silent.ni[i]):
                lacks = "neither its standard error nor its n is known; expected sei, or ni"
            else:
                lacks = (
                    "its standard error would follow from n and the other studies, of which none has an n; "
                    "expected ni of the studies with numbers, or sigma, or sei"
                )
            raise ValueError(f"{label}: said to be '{silent.said[i]}', but {lacks}")
        ratio = max(sei[i] / printed.min(), printed.max() / sei[i])
        if ratio > _LARGEST_RATIO:
            raise ValueError(
                f"{label}: its standard error, {sei[i]:g}, is {ratio:.0e} times another; check the units"
            )
