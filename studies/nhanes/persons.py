"""The participants of a protocol's cycles in one data frame, read once and kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from studies.nhanes.catalogue import catalogue
from studies.nhanes.data_files import data_folder, find_file, kept_frame, read_table, sha256_of
from studies.nhanes.protocol import Protocol
from studies.nhanes.variables import columns_by_table
from studies.survey.design import combine_weights

CYCLE = "cycle"
WEIGHT = "weight"
_PARTICIPANTS = "DEMO"


def read_persons(protocol: Protocol, data: Path | None = None) -> pd.DataFrame:
    """Everybody sampled in the protocol's cycles, with the columns its variables are made from.

    data: the folder of the survey's files; None as files.data_folder says. One row a participant, index SEQN
    (int64, unique); columns float64 as in the files, `cycle` (categorical, in the protocol's order) and
    `weight`, combined over the cycles by their years; 0 for who has none. A person who is not in a table has
    NaN in its columns. Raises NhanesError for a file that is missing or damaged.
    """
    folder = data_folder(data)
    persons = kept_frame(_fingerprint(protocol, folder), lambda: _read(protocol, folder))
    codes = persons[CYCLE].to_numpy(dtype=np.intp)
    cycles = pd.Categorical.from_codes(codes, pd.Index(protocol.cycles))
    years = {cycle: catalogue().cycle(cycle).years for cycle in protocol.cycles}
    weights = combine_weights(persons[WEIGHT].to_numpy(), cycles, years)
    persons[CYCLE], persons[WEIGHT] = cycles, weights
    return persons


def input_files(protocol: Protocol, data: Path | None = None) -> dict[str, Path]:
    """Every file the protocol reads, by `cycle/NAME`, in the protocol's order."""
    folder = data_folder(data)
    return {
        f"{cycle}/{catalogue().file(table, cycle).stem}": find_file(table, cycle, folder)
        for cycle in protocol.cycles
        for table in _columns(protocol, cycle)
    }


def input_hashes(protocol: Protocol, data: Path | None = None) -> dict[str, str]:
    """The sha256 of every file the protocol reads, by `cycle/NAME`."""
    return {name: sha256_of(path) for name, path in input_files(protocol, data).items()}


def _fingerprint(protocol: Protocol, folder: Path) -> str:
    """Names what `_read` would give: the same files and the same columns give the same frame."""
    parts = [f"{name} {digest}" for name, digest in input_hashes(protocol, folder).items()]
    parts += [f"{cycle} {_columns(protocol, cycle)}" for cycle in protocol.cycles]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _read(protocol: Protocol, folder: Path) -> pd.DataFrame:
    return pd.concat([_read_cycle(protocol, code, folder) for code in range(len(protocol.cycles))])


def _read_cycle(protocol: Protocol, code: int, folder: Path) -> pd.DataFrame:
    cycle = protocol.cycles[code]
    tables = {
        name: read_table(name, cycle, folder, wanted) for name, wanted in _columns(protocol, cycle).items()
    }
    persons = tables.pop(_PARTICIPANTS)
    return (
        persons.join(list(tables.values()))
        .rename(columns={protocol.weight_column(cycle): WEIGHT})
        .assign(**{CYCLE: float(code)})
    )


def _columns(protocol: Protocol, cycle: str) -> dict[str, list[str]]:
    """The columns to read of each table, that of the participants first."""
    wanted = columns_by_table(protocol.variables)
    design = [protocol.weight_column(cycle), protocol.design.strata, protocol.design.psu]
    return {_PARTICIPANTS: design + wanted.pop(_PARTICIPANTS, []), **wanted}
