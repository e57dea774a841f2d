"""The participants of a protocol's cycles in one data frame, read once and kept."""

from __future__ import annotations

import hashlib
import multiprocessing
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from evidence.processes import end_with_parent
from studies.nhanes.catalogue import catalogue
from studies.nhanes.data_files import data_folder, find_file, kept_frame, read_table, sha256_of
from studies.nhanes.errors import DataFileError
from studies.nhanes.protocol import Protocol
from studies.nhanes.samples import PARTICIPANTS, of_four_years
from studies.nhanes.xport import read_layout
from studies.survey.design import combine_weights

CYCLE = "cycle"
WEIGHT = "weight"
Wanted = tuple[str, str, list[str]]
_WORTH_TWO_PROCESSES = 10_000_000  # bytes


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
        for table in protocol.columns_to_read(cycle)
    }


def input_hashes(protocol: Protocol, data: Path | None = None) -> dict[str, str]:
    """The sha256 of every file the protocol reads, by `cycle/NAME`."""
    files = input_files(protocol, data)
    with ThreadPoolExecutor(2) as beside:  # reading and hashing are done outside Python
        return dict(zip(files, beside.map(sha256_of, files.values()), strict=True))


def _fingerprint(protocol: Protocol, folder: Path) -> str:
    """Names what `_read` would give: the same files and the same columns give the same frame."""
    parts = [f"{name} {digest}" for name, digest in input_hashes(protocol, folder).items()]
    parts += [f"{cycle} {protocol.columns_to_read(cycle)}" for cycle in protocol.cycles]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _read(protocol: Protocol, folder: Path) -> pd.DataFrame:
    wanted = [
        (table, cycle, columns)
        for cycle in protocol.cycles
        for table, columns in protocol.columns_to_read(cycle).items()
    ]
    read = dict(zip(((table, cycle) for table, cycle, _ in wanted), _tables(wanted, folder), strict=True))
    return pd.concat(
        [
            _joined(
                protocol,
                code,
                folder,
                {table: frame for (table, of), frame in read.items() if of == cycle},
            )
            for code, cycle in enumerate(protocol.cycles)
        ]
    )


def _tables(wanted: Sequence[Wanted], folder: Path) -> list[pd.DataFrame]:
    """The tables (name, cycle, columns), in two processes where that is worth it and safe.

    A process is copied with its memory on Linux alone, and only while no other thread of it runs.
    """
    size = sum(find_file(table, cycle, folder).stat().st_size for table, cycle, _ in wanted)
    alone = sys.platform == "linux" and threading.active_count() == 1
    if size < _WORTH_TWO_PROCESSES or not alone:
        return [_read_wanted(folder, one) for one in wanted]
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(2, mp_context=context, initializer=end_with_parent) as readers:
        return list(readers.map(partial(_read_wanted, folder), wanted))


def _read_wanted(folder: Path, one: Wanted) -> pd.DataFrame:
    table, cycle, columns = one
    return read_table(table, cycle, folder, columns)


def _joined(protocol: Protocol, code: int, folder: Path, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a participant of a cycle, with the columns of its tables."""
    cycle = protocol.cycles[code]
    for name in tables:
        if name != protocol.weight_place(cycle)[0] and name not in protocol.accepted_tables:
            _refuse_own_weights(name, cycle, folder)
    persons = tables.pop(PARTICIPANTS)
    joined = persons.join(list(tables.values())).rename(columns={protocol.weight_place(cycle)[1]: WEIGHT})
    # Weights of two cycles for their four years count the population once, not once a cycle.
    twice = 2.0 if of_four_years(cycle, protocol.cycles) else 1.0
    joined[WEIGHT] = joined[WEIGHT].fillna(0.0) * twice
    joined[CYCLE] = float(code)
    return joined


def _refuse_own_weights(table: str, cycle: str, folder: Path) -> None:
    """A table with weights of its own is of a subsample, also one that the catalogue does not list."""
    path = find_file(table, cycle, folder)
    usual = (catalogue().cycle(cycle).interview_weight, catalogue().cycle(cycle).exam_weight)
    blood = catalogue().cycle(cycle).blood_weight if catalogue().table(table).blood else None
    own = [
        name
        for name in read_layout(path).variables
        if name.startswith("WT") and name not in (*usual, blood) and table != PARTICIPANTS
    ]
    if own:
        raise DataFileError(
            path,
            f"has weights of its own ({', '.join(own)}): it is of a subsample, and these are other weights",
            f"use weights: {{{table}: {own[0]}}}, or give the reason under 'accepted'",
        )
