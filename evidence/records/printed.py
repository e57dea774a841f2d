"""Numbers as a paper prints them: the spelling, the value, and how far rounding reaches."""

from __future__ import annotations

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
_RELATIONS = {"<": "<", "≤": "<=", "<=": "<=", "=": "=", "": "=", ">": ">", "≥": ">=", ">=": ">="}
_P_VALUE = re.compile(r"(?:[pP]\s*)?(?P<relation><=|>=|[<>=≤≥]?)\s*(?P<number>.+)")


class PrintedError(ValueError):
    """A text that should be a printed number is not one."""


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
        """Read a number as papers spell it (−0.5, 8,126, 0·79, 2 × 10^-5).

        Raises PrintedError when the text is anything else: a date, NaN, a word, two numbers.
        """
        match = _NUMBER.fullmatch(text.translate(_DASHES).strip())
        if match is None:
            raise PrintedError(
                f"'{shorten(text)}' is not a number; expected one as printed, e.g. {cls.example}"
            )
        power = match["power"] or "0"
        if len(match["digits"]) > 40 or len(power) > 5 or abs(int(power)) > 300:
            raise PrintedError(f"'{shorten(text)}' is out of any printed range")
        digits = Decimal(match["sign"] + match["digits"].replace(",", "")).scaleb(int(power))
        return cls(text, digits)

    @property
    def half_unit(self) -> float:
        """Half of one unit in the last printed place."""
        exponent = self.value.as_tuple().exponent
        assert isinstance(exponent, int)  # parse admits finite numbers only
        return 0.5 * 10.0**exponent

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
        """Read `54.2 %`; raises PrintedError when the percent sign is missing."""
        if not text.strip().endswith("%"):
            raise PrintedError(f"'{shorten(text)}' has no percent sign; expected e.g. {cls.example}")
        number = Printed.parse(text.strip()[:-1])
        if not 0 <= number.value <= 100:
            raise PrintedError(f"'{shorten(text)}' is not between 0 % and 100 %")
        return cls(text, number.value)

    @property
    def fraction(self) -> float:
        """The percentage as a proportion between 0 and 1."""
        return float(self.value) / 100

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"not": {"type": "number"}, "pattern": r"^\d+([.,·]\d+)?\s*%$", "examples": [cls.example]}


@dataclass(frozen=True)
class PValue(_Scalar):
    """A printed p-value: exact (`0.006`), a bound (`< 0.0001`), or said to be missing (`not printed`)."""

    relation: str
    number: Printed | None

    example: ClassVar[str] = "0.006"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a p-value; raises PrintedError when it is none, or lies outside 0 to 1."""
        if text.strip().lower() == NOT_PRINTED:
            return cls(text, "=", None)
        match = _P_VALUE.fullmatch(text.strip())
        if match is None:
            raise PrintedError(
                f"'{shorten(text)}' is not a p-value; expected e.g. 0.006, < 0.001 or '{NOT_PRINTED}'"
            )
        try:
            number = Printed.parse(match["number"])
        except PrintedError as error:
            raise PrintedError(
                f"'{shorten(text)}' is not a p-value; expected e.g. 0.006, < 0.001 or '{NOT_PRINTED}'"
            ) from error
        if not 0 <= number.value <= 1:
            raise PrintedError(f"a p-value lies between 0 and 1, not at {number.text.strip()}")
        return cls(text, _RELATIONS[match["relation"]], number)

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
        return float(self.number) if self.relation in ("<", "<=") else min(1.0, self.number.highest)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "anyOf": [{"type": "number"}, {"type": "string"}],
            "examples": ["0.006", "< 0.001", NOT_PRINTED],
        }


def shorten(text: str, limit: int = 40) -> str:
    """A text short enough to stand inside a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
