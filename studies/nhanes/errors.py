"""What can be wrong with the survey's files, each in one sentence."""

from __future__ import annotations

from pathlib import Path


class NhanesError(Exception):
    """One sentence: what, where, what was expected, and a hint."""


class NotInCatalogueError(NhanesError):
    """A cycle or table that the survey does not have, or that the catalogue does not know."""


class MissingFileError(NhanesError):
    """A table the survey has, and the data folder has not."""


class DataFileError(NhanesError):
    """A file that is not, or no longer is, what its name says."""

    def __init__(self, path: Path, what: str, hint: str) -> None:
        super().__init__(f"{path}: {what}; {hint}")
        self.path = path
        self.what = what
        self.hint = hint

    def __reduce__(self) -> tuple[type[DataFileError], tuple[Path, str, str]]:
        """How it comes out of a process that read a file."""
        return type(self), (self.path, self.what, self.hint)


class UnknownColumnError(DataFileError):
    """A file that lacks a column that is asked of it."""


class DownloadError(NhanesError):
    """A file that the server did not give, or gave as something else."""


class UnreachableError(DownloadError):
    """A server that does not answer at all: other files of it need not be tried."""
