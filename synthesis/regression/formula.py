"""Moderators from a formula and a table: factors, interactions and splines, the same for new data.

The formula language is that of the formulaic package, imported here when a formula is used. Its messages are
turned into ours. At the end, columns and terms of the design by the names that people write.
"""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from evidence.effects.input_columns import names_of, side_by_side
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.regression.design_matrix import INTERCEPT, DesignMatrix, is_column, row_count, series, usable

if TYPE_CHECKING:
    import pandas as pd


_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_BACKTICKS = re.compile(r"`[^`]*`")
_NAME = re.compile(r"`([^`]+)`|((?<![\w.])[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*(\(|=(?!=))?")
_POWER = re.compile(r"(\^|\*\*)")
_CODED = re.compile(r"(?<![\w.])C\(\s*`?([^`,()]+?)`?\s*[,)]")
_FACTOR_OF = re.compile(r"^C\(\s*`?([^`,()]+?)`?\s*[,)]")
_NOT_IN_TEXT = re.compile(r"\x1b\[[0-9;]*m|[⧛⧚]")
_CONSTANTS = {"True", "False", "None"}
_NOT_OFFERED = {
    "Q",
    "lag",
    "hashed",
}  # for the first there are backticks; the others depend on order or chance


@dataclass(frozen=True, eq=False)
class FormulaModerators:
    """A formula and the columns it uses, one value for each of n studies."""

    text: str
    columns: Mapping[str, pd.Series[Any]]

    @property
    def lacking(self) -> dict[str, Mask]:
        return {name: column.isna().to_numpy(dtype=bool) for name, column in self.columns.items()}

    def design(self, kept: Mask, labels: Sequence[str]) -> DesignMatrix:
        import pandas as pd

        kept_only = {name: column[kept].reset_index(drop=True) for name, column in self.columns.items()}
        coded = set(_CODED.findall(self.text))
        table = {name: usable(column, name in coded) for name, column in kept_only.items()}
        frame = pd.DataFrame(table, index=range(len(labels)))
        built = _model_matrix(self.text, frame, f"the formula '{self.text}'")
        spec = built.model_spec
        recipe = FormulaRecipe(spec, {name: frame[name].dtype for name in self.columns}, _levels(spec, frame))
        names = tuple(str(name) for name in built.columns)
        terms = {_term(term): tuple(columns) for term, columns in spec.term_indices.items()}
        alone = _alone(recipe.levels, frame, labels)
        return DesignMatrix(built.astype(float).to_numpy(), names, terms, recipe, alone)


@dataclass(frozen=True, eq=False)
class FormulaRecipe:
    """Design rows from tables, with the levels, knots and centres that the studies set."""

    spec: Any
    types: Mapping[str, Any]
    levels: Mapping[str, tuple[Any, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the formula uses."""
        return tuple(self.types)

    def rows(self, newdata: Any) -> Array:
        import pandas as pd

        if not isinstance(newdata, Mapping | pd.DataFrame):
            raise ValueError(
                f"newdata is {type(newdata).__name__}; expected a data frame or dictionary with "
                f"{', '.join(self.columns)}"
            )
        given = [str(name) for name in newdata]
        for name in self.columns:
            if name not in given:
                raise ValueError(
                    f"newdata has no column '{name}'{_did_you_mean(name, given)} The model uses: "
                    f"{', '.join(self.columns)}"
                )
        table = side_by_side({name: newdata[name] for name in self.columns})
        length = max((len(c) for c in table.values() if is_column(c)), default=1)
        rows = range(length if table else row_count(newdata))
        frame = pd.DataFrame({n: self._column(n, c, length) for n, c in table.items()}, index=rows)
        built = _model_matrix(self.spec, frame, "newdata")
        matrix: Array = built.astype(float).to_numpy()
        if not np.isfinite(matrix).all():
            row, column = np.argwhere(~np.isfinite(matrix))[0]
            raise ValueError(f"newdata, row {row + 1}: {built.columns[column]} is not a finite number")
        return matrix

    def _column(self, name: str, values: Any, length: int) -> pd.Series[Any]:
        import pandas as pd

        given = series(values if is_column(values) else [values] * length)
        if len(given) != length:
            raise ValueError(f"newdata: {name} has {len(given)} values; expected {length}")
        if given.isna().any():
            raise ValueError(f"newdata, row {int(given.isna().to_numpy().argmax()) + 1}: {name} is missing")
        levels = self.levels.get(name)
        if levels is None:
            column = usable(given)
            if isinstance(column.dtype, pd.CategoricalDtype) and self.types[name] != "category":
                raise ValueError(f"newdata: {name} is {str(given[0])!r}; expected numbers")
            return column
        if all(isinstance(level, str) for level in levels):
            given = given.astype(str)
        for row, value in enumerate(given):
            if value not in levels:
                known = ", ".join(str(level) for level in levels)
                raise ValueError(
                    f"newdata, row {row + 1}: {name} is {str(value)!r}, which no study has; "
                    f"expected one of: {known}"
                )
        if all(isinstance(level, Real) for level in levels):
            return usable(given)
        return pd.Series(pd.Categorical(given.tolist(), categories=list(levels)))


def formula_columns(text: str, data: Any, what: str = "mods") -> dict[str, Any]:
    """The columns of `data` that a formula such as '~ ablat + C(alloc)', given as `what`, uses, by name.

    Raises ValueError for a formula that cannot be read, and a name that is neither a column nor a function.
    """
    if data is None:
        raise ValueError(f"{what} is the formula '{text}'; expected `data` with the columns it names")
    columns = {str(name): name for name in names_of(data)}
    _check_syntax(text)
    return {name: data[columns[name]] for name in _used(text, list(columns))}


def formula_moderators(text: str, columns: Mapping[str, Any], n: int) -> FormulaModerators:
    """Moderators from a formula and the columns it uses.

    Raises ValueError for columns that do not have one value for each of n studies.
    """
    table = {name: series(column) for name, column in columns.items()}
    for name, column in table.items():
        if len(column) != n:
            raise ValueError(f"{name} has {len(column)} values for {n} studies; expected one per study")
    return FormulaModerators(text, table)


def formula_of(names: Iterable[Any], intercept: bool) -> str:
    """The formula with every column of a data frame as a moderator."""
    return "~ " + " + ".join(["1" if intercept else "0", *(f"`{name}`" for name in names)])


def _check_syntax(text: str) -> None:
    from formulaic import Formula, SimpleFormula
    from formulaic.errors import FormulaicError

    try:
        parsed = Formula(text)
    except (FormulaicError, SyntaxError) as error:
        raise ValueError(f"the formula '{text}' cannot be read: {_first_line(error)}") from None
    if not isinstance(parsed, SimpleFormula):
        raise ValueError(
            f"the formula '{text}' has more than one part; expected moderators only, "
            "such as '~ year + C(group)' (the effects are given by yi)"
        )
    outside = _outside_brackets(text)
    if _POWER.search(outside) and not any(len(term.factors) > 1 for term in parsed):
        raise ValueError(
            f"the formula '{text}' has a power, which in a formula means interactions; "
            "for the power of a moderator write I(x**2) or poly(x, 2)"
        )


def _outside_brackets(text: str) -> str:
    depth, kept = 0, []
    for letter in _STRING.sub("", _BACKTICKS.sub("", text)):
        depth += (letter in "([{") - (letter in ")]}")
        kept.append(letter if depth == 0 else "")
    return "".join(kept)


def _used(text: str, columns: list[str]) -> list[str]:
    """Columns that the formula names, in its order; refuses a name that is neither column nor function."""
    from formulaic.transforms import TRANSFORMS

    functions = set(TRANSFORMS) - _NOT_OFFERED
    used: list[str] = []
    for quoted, bare, after in _NAME.findall(_STRING.sub("''", text)):
        name = quoted or bare
        if name in columns and after != "=":
            used.append(name)
        elif after == "=" or name in _CONSTANTS or name.split(".")[0] in functions:
            continue
        elif after == "(":
            known = sorted(functions - {"np"})
            raise ValueError(
                f"the formula uses the function '{name}', which is not known{_did_you_mean(name, known)} "
                f"Known: {', '.join(known)}, and those of numpy as np."
            )
        else:
            raise ValueError(
                f"the formula uses '{name}', but data has no such column{_did_you_mean(name, columns)} "
                f"It has: {', '.join(columns)}"
            )
    return list(dict.fromkeys(used))


def _model_matrix(spec: Any, frame: pd.DataFrame, where: str) -> Any:
    """formulaic's matrix; raises ValueError, beginning with `where`, for whatever it refuses or warns of."""
    from formulaic import model_matrix
    from formulaic.errors import DataMismatchWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", DataMismatchWarning)
        try:
            with np.errstate(all="ignore"):
                return model_matrix(spec, frame, context={"np": np}, na_action="ignore")
        except Exception as error:  # whatever the functions of a formula raise
            raise ValueError(f"{where}: {_first_line(error)}") from None


def _levels(spec: Any, frame: pd.DataFrame) -> dict[str, tuple[Any, ...]]:
    """The levels the studies have, of each column that enters as a factor."""
    import pandas as pd

    levels: dict[str, tuple[Any, ...]] = {}
    for factor in spec.encoder_state:
        match = _FACTOR_OF.match(str(factor))
        name = match[1] if match else str(factor)
        if name in frame and (match or isinstance(frame[name].dtype, pd.CategoricalDtype)):
            column = frame[name]
            if isinstance(column.dtype, pd.CategoricalDtype):
                levels[name] = tuple(column.cat.categories)
            else:
                levels[name] = tuple(sorted(column.unique().tolist()))
    return levels


def _alone(
    levels: Mapping[str, tuple[Any, ...]], frame: pd.DataFrame, labels: Sequence[str]
) -> tuple[str, ...]:
    return tuple(
        f"{name} is {level} in one study only "
        f"({labels[int(np.flatnonzero(frame[name] == level)[0])]}), which that level's coefficient rests on."
        for name, of_name in levels.items()
        for level in of_name
        if int((frame[name] == level).sum()) == 1
    )


def _term(term: Any) -> str:
    return INTERCEPT if str(term) == "1" else str(term)


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known)
    return f"; did you mean '{close[0]}'?" if close else "."


def _first_line(error: BaseException) -> str:
    """The reason alone: without marks for the terminal, advice on formulaic, and the error that wraps it."""
    line = _NOT_IN_TEXT.sub("", str(error)).strip().split("\n")[0]
    wrapped = re.search(r"\[\w+: (.*)\]\.?$", line)
    return (wrapped[1] if wrapped else line).split(". ")[0].strip()


_CODED_TERM = re.compile(r"C\(`?([^`,()]+?)`?(?:,[^()]*(?:\([^()]*\))?[^()]*)?\)")
_BLANKS = re.compile(r"\s+")


def squeezed(name: str) -> str:
    """The name without blanks, in which users and formulas differ."""
    return _BLANKS.sub("", name)


def spellings(names: Iterable[str]) -> dict[str, str]:
    """Every way to write each name: itself, and alloc[T.x] for C(alloc)[T.x] where that means one only."""
    exact = {squeezed(name): name for name in names}
    short: dict[str, list[str]] = {}
    for name in exact.values():
        short.setdefault(squeezed(_CODED_TERM.sub(r"\1", name)), []).append(name)
    return {alias: found[0] for alias, found in short.items() if len(found) == 1} | exact


def positions(
    wanted: str | int | Sequence[str | int], names: Sequence[str], terms: Mapping[str, tuple[int, ...]]
) -> list[int]:
    """Columns, counted from zero, that names of columns or terms, or numbers, mean; each once, in order.

    Raises ValueError with the closest name for one that is neither.
    """
    items = list(wanted) if isinstance(wanted, Iterable) and not isinstance(wanted, str) else [wanted]
    columns, of_terms = spellings(names), spellings(terms)
    found: list[int] = []
    for item in items:
        if isinstance(item, str):
            key = squeezed(item)
            if key in of_terms:
                found += terms[of_terms[key]]
            elif key in columns:
                found.append(names.index(columns[key]))
            else:
                raise unknown(item, [*terms, *names])
        elif isinstance(item, Integral) and 0 <= item < len(names):
            found.append(int(item))
        else:
            raise ValueError(f"there is no coefficient {item}; expected a name, or 0 to {len(names) - 1}")
    if not found:
        raise ValueError("nothing to test; expected names of coefficients or terms")
    return list(dict.fromkeys(found))


def unknown(name: str, known: Sequence[str]) -> ValueError:
    """The refusal of a name that is not among those known."""
    listed = list(dict.fromkeys(known))
    return ValueError(f"the model has no '{name}'{_did_you_mean(name, listed)} It has: {', '.join(listed)}")
