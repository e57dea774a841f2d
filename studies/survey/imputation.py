"""Missing values filled in several times, by chained equations."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from studies.survey.design import Array, Index, Mask, SurveyError, numbers

if TYPE_CHECKING:
    import pandas as pd

# From the first guess of a chain to the data set that is kept (White, Royston & Wood 2011).
CYCLES = 10


def impute(data: pd.DataFrame, imputations: int = 20, seed: int = 1) -> tuple[pd.DataFrame, ...]:
    """The data with every missing cell filled in, as often as asked; the same seed gives the same frames.

    Multiple imputation by chained equations (van Buuren & Groothuis-Oudshoorn 2011): each column with missing
    values in turn is predicted from all others by linear regression with drawn coefficients, and takes the
    value of somebody observed whose prediction is near (predictive mean matching): what is imputed has been
    observed. Numbers, two classes and ordered categories, as their ranks, are matched by statsmodels'
    MICEData; three or more classes without order (texts, plain categories) on the predictions of all their
    classes together, which it does not know. Each frame ends a chain of its own. statsmodels is given a
    generator with the seed, so that numpy's global state is neither used nor changed.

    data: one row a person, and no other columns than those of the analysis or the prediction: every variable
    of the model, the outcome too, and the weight and strata (Rubin 1996). Columns made of others (logarithms,
    classes, interactions) are better made afterwards. Types, names and order come back as given.
    Raises SurveyError for a column without values, infinite values, names that stand twice, a type such as
    dates, texts that are nearly all different, and fewer than two imputations.
    """
    if imputations < 2:
        raise SurveyError(f"{imputations} imputations; expected two or more, such as 20")
    if not data.columns.is_unique:
        raise SurveyError(
            f"columns stand twice: {', '.join(map(str, data.columns))}; expected each name once"
        )
    columns = {f"v{j}": _column(data[title]) for j, title in enumerate(data.columns)}
    _check_sizes(list(columns.values()))
    return tuple(_completed(data, columns, [seed, place]) for place in range(imputations))


@dataclass(frozen=True, eq=False)
class _Column:
    """place: of each person's value among the levels, -1 where missing; scores: a number for each level.

    nominal: three classes or more without an order.
    """

    title: object
    place: Index
    levels: Any
    scores: Array
    nominal: bool

    @property
    def missing(self) -> Mask:
        return np.asarray(self.place < 0)

    @property
    def values(self) -> Array:
        """Scores, nan where missing, shape (n,)."""
        return np.where(self.missing, np.nan, self.scores[self.place])


def _column(column: pd.Series[Any]) -> _Column:
    import pandas as pd  # slow to import

    ordered, numeric = False, True
    if isinstance(column.dtype, pd.CategoricalDtype):
        place, levels = np.asarray(column.cat.codes), column.cat.categories
        ordered, numeric = bool(column.cat.ordered), False
    elif pd.api.types.is_numeric_dtype(column.dtype):
        place, levels = pd.factorize(column, sort=True)
    elif pd.api.types.is_string_dtype(column.dtype) or column.dtype == object:
        place, levels = pd.factorize(column)
        numeric = False
    else:
        raise SurveyError(
            f"column {column.name!r} has type {column.dtype}; expected numbers, true or false, texts or "
            "categories"
        )
    if not (place >= 0).any():
        raise SurveyError(
            f"column {column.name!r} has no value, so there is nobody to learn from: leave it out"
        )
    nominal = not numeric and not ordered and len(levels) > 2
    if nominal and 2 * len(levels) > (place >= 0).sum():
        raise SurveyError(
            f"column {column.name!r} has {len(levels)} classes among {(place >= 0).sum()} people; expected "
            "few: join classes, give numbers as numbers, or leave names and numbers of people out"
        )
    scores = numbers(levels if numeric else np.arange(len(levels)))
    if np.isinf(scores).any():
        raise SurveyError(f"column {column.name!r} has infinite values; a missing value is nan")
    return _Column(column.name, place, levels, scores if nominal else _standardised(scores, place), nominal)


def _standardised(scores: Array, place: Index) -> Array:
    """Mean 0 and standard deviation 1 among those observed: weights of thousands stand beside ratios."""
    observed = scores[place[place >= 0]]
    spread = observed.std()
    return np.asarray((scores - observed.mean()) / (spread if spread > 0 else 1.0))


def _width(column: _Column) -> int:
    """How many coefficients a column has as a predictor."""
    return len(column.levels) - 1 if column.nominal else 1


def _check_sizes(columns: Sequence[_Column]) -> None:
    whole = sum(map(_width, columns))
    for column in columns:
        observed, coefficients = int((~column.missing).sum()), whole - _width(column) + 2
        if column.missing.any() and observed <= coefficients:
            raise SurveyError(
                f"column {column.title!r} has {observed} values, too few for the {coefficients} coefficients "
                "that predict it from the others: leave columns out"
            )


def _completed(data: pd.DataFrame, columns: dict[str, _Column], seed: Sequence[int]) -> pd.DataFrame:
    found = data.copy()
    if any(column.missing.any() for column in columns.values()):
        chain = _chain(columns, seed)
        for name, column in columns.items():
            drawn = np.searchsorted(column.scores, chain[name].to_numpy()[column.missing])
            found.loc[column.missing, column.title] = column.levels[drawn]
    return found


def _chain(columns: dict[str, _Column], seed: Sequence[int]) -> pd.DataFrame:
    """The scores of one completed data set."""
    import pandas as pd

    from studies.survey.chained_equations import Chain  # statsmodels is slow to import

    frame = pd.DataFrame({name: column.values for name, column in columns.items()})
    nominal = {name for name, column in columns.items() if column.nominal}
    chain = Chain(frame, nominal, np.random.default_rng(seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # collinear predictors predict as well as others
        chain.update_all(CYCLES)
    return pd.DataFrame(chain.data)
