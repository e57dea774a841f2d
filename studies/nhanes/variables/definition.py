"""What YAML says of one variable: where it comes from, what is done with it, and its classes."""

from __future__ import annotations

from itertools import chain, pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from evidence.records.part import Part, Text
from studies.nhanes.variables.conditions import Condition

OTHERWISE = "otherwise"
NOT_ASKED = "not asked"

Calculation = Literal[
    "mean", "first", "last", "lowest", "highest", "sum", "difference", "product", "ratio",
    "log", "log2", "log10", "square root", "z-score",
]  # fmt: skip
"""What several columns or variables are made into one by, or what is done with one."""

OF_TWO = ("difference", "ratio")
OF_ONE = ("log", "log2", "log10", "square root", "z-score")


def _several(plain: Any) -> Any:
    return (plain,) if isinstance(plain, str) else plain


def _alternatives(plain: Any) -> Any:
    """Alternatives as a list of them; `otherwise` has none."""
    if plain == OTHERWISE or plain == ():
        return ()
    if isinstance(plain, list) and not plain:
        raise ValueError(f"expected conditions by variable, a list of such, or '{OTHERWISE}'")
    return plain if isinstance(plain, list | tuple) else (plain,)


Names = Annotated[tuple[Text, ...], BeforeValidator(_several)]
Rule = Annotated[tuple[dict[Text, Condition], ...], BeforeValidator(_alternatives)]
"""Alternatives, of which one is to hold; of each all conditions, by variable or column. Empty: otherwise."""


class TableColumns(Part):
    """Columns of one table."""

    table: Text
    columns: Names = Field(min_length=1)


class Variable(Part):
    """One variable: continuous, or in classes by its codes, by bounds, by quantiles or by rules.

    It comes from columns of a table (in_cycles: where a cycle names them otherwise, or did not ask), or
    `from` other variables. Several columns or variables are averaged over those recorded unless `calculate`
    says otherwise; a ratio and a difference are of two. z-score: (value - mean) / sd. A unit that differs
    from that of the one variable it comes from is converted to; molar_mass, in g/mol, where one counts moles
    and the other weighs. missing: codes or conditions that are no answer. closed: a bound belongs to the
    class whose right end it is, or with `left` to the class above. quantiles: that many classes of equal
    size, cut in those who are analysed, with their weights unless `weighted: false`, within each class of
    `within`. rules: of each class the conditions, a list of alternatives, or `otherwise`.
    """

    label: Text
    explanation: Text | None = None
    unit: Text | None = None
    table: Text | None = None
    columns: Names = ()
    in_cycles: dict[Text, TableColumns | Literal["not asked"]] = Field(default_factory=dict)
    parts: Names = Field((), alias="from")
    calculate: Calculation | None = None
    mean: float | None = None
    sd: float | None = Field(None, gt=0)
    molar_mass: float | None = Field(None, gt=0)
    missing: tuple[float | Condition, ...] = ()
    codes: dict[int, Text] | None = None
    bounds: tuple[float, ...] = ()
    quantiles: int | None = Field(None, ge=2, le=20)
    within: Text | None = None
    weighted: bool = True
    rules: dict[Text, Rule] | None = None
    classes: tuple[Text, ...] = ()
    closed: Literal["left", "right"] = "right"

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if self.rules is None and bool(self.columns) == bool(self.parts):
            raise ValueError(f"'{self.label}' is made from 'columns' of a table or 'from' other variables")
        if self.rules is not None and (self.columns or self.parts):
            raise ValueError(f"'{self.label}' has 'rules', which name what they ask: no 'columns' or 'from'")
        if self.columns and self.table is None:
            raise ValueError(f"'{self.label}' does not say in which 'table' its columns are")
        if self.parts and (self.table or self.in_cycles):
            raise ValueError(f"'{self.label}' is made 'from' variables, which have their own tables")
        if self.calculate is None and len(self.parts) > 1:
            raise ValueError(f"'{self.label}' is made from {len(self.parts)} variables: 'calculate' says how")
        count = len(self.columns) + len(self.parts)
        if (self.calculate in OF_TWO and count != 2) or (self.calculate in OF_ONE and count != 1):
            needs = "two parts" if self.calculate in OF_TWO else "one part"
            raise ValueError(f"'{self.label}': a {self.calculate} is made of {needs}; it has {count}")
        if (self.calculate == "z-score") != (self.mean is not None and self.sd is not None):
            raise ValueError(f"'{self.label}': a z-score needs 'mean' and 'sd', and only a z-score has them")
        if self.calculate in OF_ONE and self.calculate != "z-score" and self.unit is None:
            raise ValueError(f"'{self.label}' needs a 'unit', e.g. log(mmol/L)")
        return self

    @model_validator(mode="after")
    def _one_way_to_classes(self) -> Self:
        ways = {
            "codes": self.codes,
            "bounds": self.bounds,
            "quantiles": self.quantiles,
            "rules": self.rules,
        }
        given = [name for name, way in ways.items() if way]
        if len(given) > 1:
            raise ValueError(f"'{self.label}' has '{given[0]}' or '{given[1]}', not both")
        if bool(self.bounds or self.quantiles) < bool(self.classes) or (
            self.bounds and len(self.classes) != len(self.bounds) + 1
        ):
            raise ValueError(f"'{self.label}' has one name in 'classes' more than numbers in 'bounds'")
        if any(high <= low for low, high in pairwise(self.bounds)):
            raise ValueError(f"the bounds of '{self.label}' do not rise")
        if self.quantiles and self.classes and len(self.classes) != self.quantiles:
            raise ValueError(f"'{self.label}' has {self.quantiles} quantiles and {len(self.classes)} classes")
        if len(set(self.classes)) < len(self.classes):
            raise ValueError(f"'{self.label}' names a class twice")
        if self.quantiles is None and (self.within or not self.weighted):
            raise ValueError(f"'{self.label}': 'within' and 'weighted' are about 'quantiles'")
        if self.rules and sum(not rule for rule in self.rules.values()) > 1:
            raise ValueError(f"'{self.label}' has '{OTHERWISE}' twice")
        if self.rules and len(self.rules) < 2:
            raise ValueError(f"'{self.label}' needs rules for two classes or more")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, Not recorded aside; none for a continuous variable."""
        if self.codes:
            return tuple(dict.fromkeys(self.codes.values()))
        if self.rules:
            return tuple(self.rules)
        if self.quantiles and not self.classes:
            return tuple(f"Q{index}" for index in range(1, self.quantiles + 1))
        return self.classes

    @property
    def categorical(self) -> bool:
        """Whether it is in classes."""
        return bool(self.labels)

    @property
    def asked(self) -> tuple[str, ...]:
        """What its rules ask: names of variables, and of columns of its table."""
        alternatives = chain.from_iterable((self.rules or {}).values())
        return tuple(dict.fromkeys(chain.from_iterable(alternatives)))

    def source(self, cycle: str) -> TableColumns | None:
        """Where its columns are in a cycle; None where it has none of its own, or they were not asked."""
        named = self.in_cycles.get(cycle)
        if named is not None:
            return named if isinstance(named, TableColumns) else None
        if self.table is None:
            return None
        columns = self.columns or tuple(name for name in self.asked if name.isupper())
        return TableColumns(table=self.table, columns=columns) if columns else None
