"""Numbers as a paper prints them: the spelling, the value, and how far rounding reaches."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

NOT_PRINTED = "not printed"

_DASHES = str.maketrans({"−": "-", "–": "-", "‐": "-", "‑": "-", "·": ".", "＋": "+"})
_NUMBER = re.compile(
    r"""(?P<sign>[+-]?)
        (?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)
        (?:(?:[eE]|\s*[x×*]\s*10\s*\^?)(?P<power>[+-]?\d+))?""",
    re.VERBOSE,
)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
_MOST_DIGITS = 400
"""A longer row of digits is no number that anybody printed; what no study can have is left to the audit."""

_LARGEST_POWER = 9999
"""A larger power of ten is taken as this one: both are beyond any study."""

_RELATIONS = {"<": "<", "≤": "<=", "<=": "<=", "=": "=", "": "=", ">": ">", "≥": ">=", ">=": ">="}
_SIGN_ALONE = re.compile(
    r"(?P<sign>\*+|†+|[nN]\.?\s?[sS]\.?)\s*(?:\(\s*(?P<inside>.+)\s*\)|(?P<behind>\S.*))?"
)
"""Stars or NS in the place of p, and the bound that the table's legend gives them."""

_P_VALUE = re.compile(r"(?:[pP]\s*)?(?P<relation><=|>=|[<>=≤≥]?)\s*(?P<number>.+)")


class PrintedError(ValueError):
    """A text that should be a printed number is not one."""


class CommaError(PrintedError):
    """A number with a comma that is, or may be, a decimal comma."""


def _about_comma(number: str) -> str:
    point, bare = number.replace(",", "."), number.replace(",", "")
    if _THOUSANDS.fullmatch(number):
        return f"'{shorten(number)}' is {bare} or {point}; write the one that is meant, without a comma"
    return f"'{shorten(number)}' has a decimal comma; write {shorten(point)}"


@dataclass(frozen=True)
class _Scalar:
    """A text from a record that a class knows how to read; pydantic reads and writes it as that text."""

    text: str

    example: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text; raises PrintedError."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def _validate(cls, given: object) -> Self:
        if isinstance(given, cls):
            return given
        if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
            raise PrintedError(f"expected one number as printed, e.g. {cls.example}")
        return cls.parse(str(given))


@dataclass(frozen=True)
class Printed(_Scalar):
    """One printed number; `0.0020` and `0.002` have the same value and different reach."""

    value: Decimal

    example: ClassVar[str] = "0.0020"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number as papers spell it (−0.5, 1,234,567, 0·79, 2 × 10^-5).

        Raises PrintedError when the text is anything else: a date, NaN, a word, two numbers; and for a
        comma that may be, or is, a decimal comma: 1,325 is 1325 to one reader and 1.325 to another.
        """
        plain = text.translate(_DASHES).strip()
        if _DECIMAL_COMMA.fullmatch(plain):
            raise CommaError(_about_comma(plain))
        match = _NUMBER.fullmatch(plain)
        if match is None:
            raise PrintedError(
                f"'{shorten(text)}' is not a number; expected one as printed, e.g. {cls.example}"
            )
        power = match["power"] or "0"
        if len(match["digits"]) + len(power) > _MOST_DIGITS:
            raise PrintedError(f"'{shorten(text)}' is out of any printed range")
        shift = max(-_LARGEST_POWER, min(_LARGEST_POWER, int(power)))
        digits = Decimal(match["sign"] + match["digits"].replace(",", "")).scaleb(shift)
        return cls(text, digits)

    @property
    def half_unit(self) -> float:
        """Half of one unit in the last printed place."""
        exponent = self.value.as_tuple().exponent
        assert isinstance(exponent, int)  # parse admits finite numbers only
        return 0.5 * 10.0**exponent if exponent < 300 else math.inf

    @property
    def lowest(self) -> float:
        """The lower end of the rounding interval."""
        return float(self.value) - self.half_unit

    @property
    def highest(self) -> float:
        """The upper end of the rounding interval."""
        return float(self.value) + self.half_unit

    def __float__(self) -> float:
        return float(self.value)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+−-]?[\d.,·]+.*$"}],
            "description": "A number exactly as printed: its digits say how far rounding reaches.",
        }


@dataclass(frozen=True)
class Percent(Printed):
    """A printed percentage, written with its sign: `54.2 %`."""

    example: ClassVar[str] = "54.2 %"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `54.2 %`; raises PrintedError when the percent sign is missing.

        Whether there can be so many per cent is a question of the audit.
        """
        if not text.strip().endswith("%"):
            raise PrintedError(f"'{shorten(text)}' has no percent sign; expected e.g. {cls.example}")
        number = Printed.parse(text.strip()[:-1])
        return cls(text, number.value)

    @property
    def fraction(self) -> float:
        """The percentage as a proportion between 0 and 1."""
        return float(self.value) / 100

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"not": {"type": "number"}, "pattern": r"^[+−-]?\d+([.·]\d+)?\s*%$", "examples": [cls.example]}


@dataclass(frozen=True)
class PValue(_Scalar):
    """A printed p-value: exact (`0.006`), a bound (`< 0.0001`), or said to be missing (`not printed`).

    Stars and NS stand for the bound that is written behind them (`** < 0.01`, `NS (> 0.05)`), because tables
    differ; alone they say nothing that arithmetic could use.
    """

    relation: str
    number: Printed | None

    example: ClassVar[str] = "0.006"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a p-value; raises PrintedError when it is none. The audit asks whether it lies in 0 to 1."""
        if text.strip().lower() == NOT_PRINTED:
            return cls(text, "=", None)
        sign = _SIGN_ALONE.fullmatch(text.strip())
        if sign is not None:
            bound = (sign["inside"] or sign["behind"] or "").strip()
            if not bound:
                return cls(text, "=", None)
            meant = cls.parse(bound)
            if meant.relation == "=":
                raise PrintedError(f"'{shorten(text)}' has no bound behind its sign; expected e.g. ** < 0.01")
            return cls(text, meant.relation, meant.number)
        match = _P_VALUE.fullmatch(text.strip())
        if match is None:
            raise PrintedError(
                f"'{shorten(text)}' is not a p-value; expected e.g. 0.006, < 0.001 or '{NOT_PRINTED}'"
            )
        try:
            number = Printed.parse(match["number"])
        except CommaError:
            raise
        except PrintedError as error:
            raise PrintedError(
                f"'{shorten(text)}' is not a p-value; expected e.g. 0.006, < 0.001 or '{NOT_PRINTED}'"
            ) from error
        return cls(text, _RELATIONS[match["relation"]], number)

    @property
    def upper_bound(self) -> Decimal | None:
        """The p that it is said to lie below, 0.0005 of 0.000; None of an exact p or a lower bound."""
        if self.number is None or self.relation in (">", ">="):
            return None
        exponent = self.number.value.as_tuple().exponent
        if self.number.value == 0 and isinstance(exponent, int) and exponent < 0:
            return Decimal(5).scaleb(exponent - 1)
        return None if self.relation == "=" else self.number.value

    @property
    def lowest(self) -> float:
        """The smallest p that would be printed so; 0 when nothing bounds it."""
        if self.number is None or self.relation in ("<", "<="):
            return 0.0
        return float(self.number) if self.relation in (">", ">=") else max(0.0, self.number.lowest)

    @property
    def highest(self) -> float:
        """The largest p that would be printed so; 1 when nothing bounds it."""
        if self.number is None or self.relation in (">", ">="):
            return 1.0
        # "< 0.000" bounds nothing: what is meant is the same as by "= 0.000"
        is_bound = self.relation in ("<", "<=") and self.number.value != 0
        return float(self.number) if is_bound else min(1.0, self.number.highest)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "anyOf": [{"type": "number"}, {"type": "string"}],
            "examples": ["0.006", "< 0.001", NOT_PRINTED],
        }


class PrintedCount(int):
    """A printed number of persons, events or steps, with its spelling.

    What cannot be a count (2.5, 1e309) is kept as it stands, so that the audit can say so: `text` is what
    is printed, the value the nearest whole number that arithmetic can bear.
    """

    text: str
    is_whole: bool

    MOST: ClassVar[int] = 10**30

    def __str__(self) -> str:
        return self.text if hasattr(self, "text") else int.__repr__(self)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a count; raises PrintedError when the text is no number."""
        try:
            number = Printed.parse(text).value
        except CommaError:
            raise
        except PrintedError:
            raise PrintedError(f"'{shorten(text)}' is not a whole number; expected e.g. 1426") from None
        most = Decimal(cls.MOST)
        near = max(-most, min(most, number))
        found = cls(int(near))
        found.text, found.is_whole = text.strip(), near == int(near)
        return found

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda count: int(count) if count.is_whole else count.text
            ),
        )

    @classmethod
    def _validate(cls, given: object) -> Self:
        if isinstance(given, cls):
            return given
        if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
            raise PrintedError("expected one whole number, e.g. 1426")
        return cls.parse(str(given))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "number", "description": "A whole number, as printed."}


def shorten(text: str, limit: int = 40) -> str:
    """A text short enough to stand inside a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
