"""Classes of an exposure from columns: effects against each study's reference class, and their covariance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from evidence.choices import named
from evidence.effects.adjusted_ratios import Denominator, reference_correlation
from evidence.effects.hamling import effective_counts
from evidence.effects.input_columns import column, finite, numbers, side_by_side
from synthesis.pooling.kernel.effects import Array, Mask, Rows

KINDS: dict[str, str] = {
    "odds": "odds ratios: cases to others (case-control)",
    "risks": "risk ratios: cases to persons (cumulative incidence)",
    "rates": "rate or hazard ratios: cases to person-time",
    "means": "differences of means",
}
_SHORT = {"cc": "odds", "ci": "risks", "ir": "rates"}
COVARIANCES: dict[str, str] = {
    "GL": "Greenland and Longnecker 1992",
    "Hamling": "Hamling et al. 2008",
    "independent": "taken for independent",
}


@dataclass(frozen=True, eq=False)
class DoseStudy:
    """One study: effects yi (m,) of classes at `dose` (m,) against the class at `reference`.

    covariance: (m, m), of their errors; kind: a key of KINDS, empty where it was not needed.
    """

    name: str
    dose: Array
    reference: float
    yi: Array
    covariance: Array
    kind: str


@dataclass(frozen=True, eq=False)
class ClassColumns:
    """The columns of `dose_response` as they were given, found in their table, in one order."""

    yi: Array
    spread: Array
    dose: Array
    study: tuple[str, ...]
    cases: Array | None
    n: Array | None
    sdi: Array | None
    kind: tuple[str, ...]
    reference: Mask | None

    @classmethod
    def of(cls, data: Any, given: Mapping[str, Any], kind: Any) -> ClassColumns:
        """From columns by name. Raises ValueError, saying what was expected, for what is no such column."""
        variance = _one_of(given)
        found = side_by_side(
            {name: column(values, data, name) for name, values in given.items() if values is not None}
            | {"kind": _kind_column(kind, data)}
        )
        if isinstance(found["study"], str) or not np.iterable(found["study"]):
            raise ValueError("study is no column; expected a label for each class, or a column of `data`")
        labels = tuple(str(label) for label in found["study"])
        rows = len(labels)
        read = {
            name: _numbers(found, name, labels) for name in ("yi", "dose", "vi", "sei", "cases", "n", "sdi")
        }
        for name, values in read.items():
            if values is not None and values.size != rows:
                raise ValueError(f"{name} has {values.size} values for {rows} classes; expected one each")
            if values is not None and name not in ("yi", "dose") and (values < 0).any():
                at = int((values < 0).argmax())
                raise ValueError(f"{labels[at]}: {name} is {values[at]:g}; expected zero or more")
        spread = np.full(rows, np.nan)
        if variance:
            values = cast(Array, read[variance])
            spread = values if variance == "vi" else values**2
        return cls(
            cast(Array, read["yi"]),
            spread,
            cast(Array, read["dose"]),
            labels,
            read["cases"],
            read["n"],
            read["sdi"],
            _kinds("means" if variance == "" and found["kind"] is None else found["kind"], rows),
            _truths(found.get("reference"), rows),
        )

    def studies(self, covariance: str | Mapping[Any, Any], missing: str) -> tuple[DoseStudy, ...]:
        """Every study that has a class beside its reference, in their order.

        covariance: a key of COVARIANCES, or the matrix of each study by its label.
        """
        if self.sdi is not None and (set(self.kind) != {"means"} or covariance not in ("GL", "Hamling")):
            raise ValueError(
                "sdi gives means of classes, whose covariance follows from n; expected neither another kind "
                "than 'means' nor a covariance"
            )
        found = []
        for label in dict.fromkeys(self.study):
            rows = np.flatnonzero([each == label for each in self.study])
            one = self._study(label, rows, covariance, missing)
            if one is not None:
                found.append(one)
        if not found:
            raise ValueError("no study has a class beside its reference; expected at least one")
        if len({each.kind == "means" for each in found if each.kind}) > 1:
            raise ValueError("kind is 'means' for some studies alone; expected ratios or means in all")
        return tuple(found)

    def _study(
        self, label: str, rows: Rows, covariance: str | Mapping[Any, Any], missing: str
    ) -> DoseStudy | None:
        zero = self._reference(label, rows)
        others = rows[rows != zero]
        if not np.isfinite(self.dose[zero]):
            raise ValueError(f"{label}: the reference class has no dose; expected a number")
        lacking = ~np.isfinite(self.yi[others]) | ~np.isfinite(self.dose[others])
        if self.sdi is None:
            lacking |= ~(self.spread[others] > 0)
        if lacking.any():
            if missing == "refuse":
                at = others[int(lacking.argmax())]
                raise ValueError(
                    f"{label}, dose {self.dose[at]:g}: the class lacks an effect, a dose or a variance above "
                    "zero; expected all three (missing='drop' leaves such classes out)"
                )
            others = others[~lacking]
        if not others.size:
            return None
        kind = self._kind(label, rows)
        order = np.append(zero, others)
        yi, matrix = self._effects(label, order, kind, covariance)
        return DoseStudy(label, self.dose[others], float(self.dose[zero]), yi, matrix, kind)

    def _kind(self, label: str, rows: Rows) -> str:
        """What the study's effects are; empty where no class tells it."""
        told = sorted({self.kind[row] for row in rows} - {""})
        if len(told) > 1:
            raise ValueError(f"{label}: its classes have the kinds {' and '.join(told)}; expected one")
        return told[0] if told else ""

    def _reference(self, label: str, rows: Rows) -> int:
        """The row of the reference class."""
        if self.reference is not None:
            found = rows[self.reference[rows]]
            how = "the column `reference`"
        elif self.sdi is not None:
            raise ValueError("sdi gives means of classes; expected `reference`, which class is the reference")
        else:
            alone, silent = ~(self.spread[rows] > 0), np.isnan(self.yi[rows])
            found, how = rows[alone & (self.yi[rows] == 0)], "an effect of 0 without a variance"
            found = found if found.size else rows[alone & silent]
        if found.size != 1:
            raise ValueError(
                f"{label}: {found.size or 'no'} classes have {how}; expected one reference class in "
                "each study"
            )
        if self.sdi is None and np.abs(self.yi[found[0]]) > 0:
            raise ValueError(
                f"{label}: the reference class has an effect of {self.yi[found[0]]:g}; expected 0, effects "
                "being against it"
            )
        return int(found[0])

    def _effects(
        self, label: str, order: Rows, kind: str, covariance: str | Mapping[Any, Any]
    ) -> tuple[Array, Array]:
        """Effects against the reference, first of `order`, and their covariance."""
        others = order[1:]
        if self.sdi is not None:
            return self._of_means(label, order)
        yi, variance = self.yi[others], self.spread[others]
        if not isinstance(covariance, str):
            return yi, _given(covariance, label, variance)
        if covariance == "independent" or others.size == 1:
            return yi, np.diag(variance)
        if not kind:
            raise ValueError(
                f"{label}: `kind` is missing; expected {', '.join(KINDS)}, or covariance='independent'"
            )
        sizes = self._counts(label, order, "n")
        if kind == "means":
            share = np.sqrt((1.0 / sizes[0]) / (1.0 / sizes[0] + 1.0 / sizes[1:]))
            correlation = np.outer(share, share)
        else:
            cases = self._counts(label, order, "cases")
            correlation = _correlation(label, yi, variance, cases, sizes, cast(Denominator, kind), covariance)
        np.fill_diagonal(correlation, 1.0)
        error = np.sqrt(variance)
        return yi, correlation * np.outer(error, error)

    def _of_means(self, label: str, order: Rows) -> tuple[Array, Array]:
        assert self.sdi is not None
        sizes, sd = self._counts(label, order, "n"), self.sdi[order]
        if not (sd > 0).all():
            raise ValueError(f"{label}: sdi is missing or not above zero; expected the SD of each class")
        part = sd**2 / sizes
        return self.yi[order[1:]] - self.yi[order[0]], np.diag(part[1:]) + part[0]

    def _counts(self, label: str, order: Rows, name: str) -> Array:
        values = getattr(self, name)
        if values is None or not (values[order] >= 0).all():
            raise ValueError(
                f"{label}: {name} of a class is missing; expected it for the covariance of classes, or "
                "covariance='independent'"
            )
        return np.asarray(values[order])


def _correlation(
    label: str, yi: Array, variance: Array, cases: Array, sizes: Array, of: Denominator, covariance: str
) -> Array:
    if of != "rates" and (cases > sizes).any():
        raise ValueError(f"{label}: a class has more cases than persons; expected n to count the cases too")
    try:
        if covariance == "GL":
            return reference_correlation(yi, cases, sizes, of)
        a, b = effective_counts(yi, variance, cases, sizes, of)
    except ValueError as error:
        raise ValueError(
            f"{label}: {error}: counts and ratios cannot both be right; expected other ones, or "
            "covariance='independent'"
        ) from error
    shared = {"odds": 1.0 / a[0] + 1.0 / b[0], "risks": 1.0 / a[0] - 1.0 / b[0], "rates": 1.0 / a[0]}[of]
    sei = np.sqrt(variance)
    return np.asarray(shared / np.outer(sei, sei))


def _given(matrices: Mapping[Any, Any], label: str, variance: Array) -> Array:
    if not isinstance(matrices, Mapping) or label not in {str(key) for key in matrices}:
        raise ValueError(
            f"{label}: covariance has no matrix for it; expected {', '.join(COVARIANCES)}, or a "
            "matrix for each "
            "study by its label"
        )
    matrix = np.asarray(next(value for key, value in matrices.items() if str(key) == label), dtype=float)
    m = variance.size
    sound = matrix.shape == (m, m) and np.isfinite(matrix).all() and np.allclose(matrix, matrix.T)
    if (
        not sound
        or np.linalg.eigvalsh(matrix)[0] <= 0
        or not np.allclose(np.diag(matrix), variance, rtol=1e-6, atol=0.0)
    ):
        raise ValueError(
            f"{label}: its covariance is none of {m} classes; expected symmetric, positive definite, "
            "with the "
            "variances on its diagonal, in the order of the classes without the reference"
        )
    return matrix


def _one_of(given: Mapping[str, Any]) -> str:
    """Which column has the variances; empty with standard deviations."""
    there = [name for name in ("vi", "sei", "sdi") if given.get(name) is not None]
    if len(there) != 1:
        raise ValueError("expected one of vi, sei, or sdi beside means of the classes and n")
    return "" if there[0] == "sdi" else there[0]


def _numbers(found: Mapping[str, Any], name: str, labels: tuple[str, ...]) -> Array | None:
    return finite(numbers(found[name], name, labels), name, labels) if name in found else None


def _kind_column(kind: Any, data: Any) -> Any:
    """One word for all classes, or a column."""
    if kind is None or (isinstance(kind, str) and kind.lower() in {*KINDS, *_SHORT}):
        return kind
    return column(kind, data, "kind")


def _kinds(given: Any, rows: int) -> tuple[str, ...]:
    words = [given] * rows if given is None or isinstance(given, str) else list(given)
    if len(words) != rows:
        raise ValueError(f"kind has {len(words)} values for {rows} classes; expected one each, or one word")
    return tuple(_kind(word) for word in words)


def _kind(word: Any) -> str:
    """A key of KINDS, or empty for a missing one."""
    if word is None or word != word:
        return ""
    return named(_SHORT.get(str(word).lower(), str(word)), KINDS, "kind")


def _truths(given: Any, rows: int) -> Mask | None:
    if given is None:
        return None
    values = np.asarray(list(given))
    if values.size != rows or not np.isin(values, [0, 1]).all():
        raise ValueError(
            "reference has other values than true and false; expected one of them for each class"
        )
    return np.asarray(values, dtype=bool)
