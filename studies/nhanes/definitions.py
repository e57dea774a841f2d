"""Definitions kept as data (protocols, variables): YAML in, a checked model or one clear message out."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from evidence.records.reading import read_model
from studies.nhanes.errors import NhanesError

Definition = TypeVar("Definition", bound=BaseModel)


class ProtocolError(NhanesError):
    """A definition that cannot be read, or that asks for what does not exist."""


def read_definition(path: Path, model: type[Definition]) -> Definition:
    """The model in a file; raises ProtocolError naming every problem with its line and column."""
    document = read_model(path, model)
    if document.model is None:
        raise ProtocolError(
            "\n".join(
                f"{problem.place}: {problem.says}" + (f" {problem.hint}" if problem.hint else "")
                for problem in document.problems
            )
        )
    return document.model
