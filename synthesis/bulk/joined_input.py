"""One table a study, joined on a key, or variants of genome-wide studies with their alleles aligned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from synthesis.bulk.alleles import UNKNOWN
from synthesis.bulk.arrow_parts import arrow, numbers_of, with_missing
from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.bulk.data_blocks import check_unit
from synthesis.bulk.effect_columns import (
    Form,
    WrongNumbers,
    check_columns,
    effects_of,
    form_of,
    key_column,
    present_column,
)
from synthesis.bulk.gwas_columns import (
    VARIANT_PLACE,
    GwasColumns,
    Scheme,
    gwas_columns,
    has_places,
    variants_of,
)
from synthesis.bulk.rows_in_order import TableRows, as_arrow, names_in, open_rows
from synthesis.bulk.study_buckets import (
    BucketSource,
    Convert,
    StudyRows,
    divided,
    fill_buckets,
)
from synthesis.bulk.table_files import expanded
from synthesis.bulk.table_input import WhatStands, is_path
from synthesis.bulk.table_plan import BlockSource


@dataclass(frozen=True, eq=False)
class OneStudy:
    """A study's table before it is opened; gwas: its columns where it holds variants."""

    name: str
    data: Any
    paths: tuple[str, ...]
    names: tuple[str, ...]
    gwas: GwasColumns | None


@dataclass(frozen=True, eq=False)
class StudyTables:
    """Tables of several studies that are joined."""

    studies: tuple[OneStudy, ...]
    stands: WhatStands
    chosen: BulkChoices
    form: Form | None
    scheme: Scheme
    _units: list[str] = field(default_factory=list)

    @property
    def files(self) -> Sequence[str]:
        return [path for study in self.studies for path in study.paths]

    @property
    def tables(self) -> Sequence[Any]:
        return [study.data for study in self.studies if not study.paths]

    @property
    def common(self) -> tuple[str, ...] | None:
        return tuple(study.name for study in self.studies)

    @property
    def named_by(self) -> tuple[str, ...]:
        first = self.studies[0].gwas
        if first is None:
            return self.stands.keys
        return VARIANT_PLACE if first.by == "place" else ("variant_id",)

    @property
    def by_n(self) -> bool:
        return self.scheme == "n" or self.form == "z"

    @property
    def plan(self) -> dict[str, Any]:
        described: dict[str, Any] = {"layout": "a table a study", "studies": [s.name for s in self.studies]}
        if self.form is None:
            first = self.studies[0].gwas
            assert first is not None
            return described | {
                "variants_by": first.by,
                "scheme": self.scheme,
                "columns": {study.name: study.gwas.found for study in self.studies if study.gwas},
            }
        return described | {
            "form": self.form,
            "columns": self.stands.parts,
            "keys": list(self.stands.keys),
            "unit": self.stands.unit,
            "ratio": self.stands.ratio,
        }

    def opened(self, copies: Path) -> BlockSource:
        found = tuple(self._study(number, study, copies) for number, study in enumerate(self.studies))
        self._check_alike(found)
        first = self.studies[0].gwas
        by_place = first is not None and first.by == "place"
        name = "place" if by_place else "key"
        folder = copies.parent / "buckets"
        parts = fill_buckets(found, divided(found, name), name, folder)
        key = name if by_place else "variant_id" if first is not None else self.stands.keys[0]
        return BucketSource(found, folder, parts, key, first is not None, self.chosen.invalid == "stop")

    def _study(self, number: int, study: OneStudy, copies: Path) -> StudyRows:
        if study.gwas is not None:
            numbers, texts = study.gwas.numbers, study.gwas.texts
        else:
            unit = () if self.stands.unit is None else (self.stands.unit,)
            numbers = list(self.stands.parts.values())
            texts = [*self.stands.keys, *unit]
        rows = open_rows(study.data, list(study.paths), numbers, texts, copies / f"{number:05d}")
        if not rows.rows:
            raise ValueError(f"study '{study.name}': there are no rows; expected one or more")
        columns = tuple(dict.fromkeys([*texts, *numbers]))
        convert = (
            self._variants(number, study.gwas, rows, study.name)
            if study.gwas is not None
            else self._effects(rows, study.name)
        )
        return StudyRows(study.name, rows, columns, convert)

    def _check_alike(self, studies: tuple[StudyRows, ...]) -> None:
        """Raise ValueError where keys are of two types."""
        if self.form is None:
            return
        key = self.stands.keys[0]
        expected = _first(studies[0].rows, key).type
        for study in studies:
            kind = _first(study.rows, key).type
            if kind != expected:
                raise ValueError(
                    f"{study.rows.places.where(0)}: {key} is of type {kind}, and of type "
                    f"{expected} in {studies[0].rows.places.where(0)}; expected one type"
                )

    def _unit_of(self, rows: TableRows) -> str:
        """The unit that all studies are to have: that of the first row of the first."""
        if not self._units:
            self._units.append(str(_first(rows, self.stands.unit or "")[0].as_py()))
        return self._units[0]

    def _effects(self, rows: TableRows, study: str) -> Convert:
        assert self.form is not None
        form, key = self.form, self.stands.keys[0]
        unit = None if self.stands.unit is None else (self.stands.unit, self._unit_of(rows))

        def convert(table: Any, first: int) -> Any:
            keys = table.column(key)
            if keys.null_count:
                row = int(np.flatnonzero(keys.is_null().to_numpy())[0])
                raise ValueError(
                    f"{rows.places.where(first + row)}: {key} is missing; expected a key for each row"
                )
            parts = {part: numbers_of(table.column(name)) for part, name in self.stands.parts.items()}
            found = effects_of(form, parts, self.chosen.level, self.stands.ratio)
            reasons: dict[int, tuple[str, str]] = {}
            for each in found.wrong:
                for row in np.flatnonzero(each.wrong).tolist():
                    reasons.setdefault(row, (each.says(row), each.reason))
            self._stop_at(found.wrong, rows, first, study)
            columns = {"key": keys, "y": with_missing(found.y), "v": with_missing(found.v)}
            if unit is not None:
                check_unit(table, *unit, first, rows.places.where)
            return _with_reasons(columns, reasons, first)

        return convert

    def _stop_at(self, wrong: tuple[WrongNumbers, ...], rows: TableRows, first: int, study: str) -> None:
        faults = [(int(each.wrong.argmax()), each) for each in wrong if each.stops]
        if faults and self.chosen.invalid == "stop":
            row, fault = min(faults, key=lambda found: found[0])
            raise ValueError(
                f"{rows.places.where(first + row)}, study '{study}': {fault.says(row)} "
                "(invalid='refuse' leaves such effects out and counts them)"
            )

    def _variants(self, number: int, columns: GwasColumns, rows: TableRows, study: str) -> Convert:
        level = self.chosen.level

        def convert(table: Any, first: int) -> Any:
            pa = arrow()
            found = variants_of(table, columns, level)
            self._stop_at(found.wrong, rows, first, study)
            pairs = found.pair.to_numpy(zero_copy_only=False)
            alone = np.flatnonzero((found.states == UNKNOWN) | ((found.place == 0) & (columns.by == "place")))
            for row in alone.tolist():  # what cannot be joined is a data set of its own, which is not pooled
                pairs[row] = f"?{number}:{first + row}/?"
            states = found.states.copy()
            states[alone] = UNKNOWN
            named: dict[str, Any] = (
                {"key": found.name} if columns.by == "name" else {"place": pa.array(found.place)}
            )
            named |= {
                "name": found.name,
                "pair": pa.array(pairs, pa.string()),
                "state": pa.array(states),
                "y": with_missing(found.y),
                "v": with_missing(found.v),
                "frequency": with_missing(found.frequency),
                "n": with_missing(found.n),
            }
            return _with_reasons(named, found.reasons, first)

        return convert


def _with_reasons(columns: dict[str, Any], reasons: dict[int, tuple[str, str]], first: int) -> Any:
    pa = arrow()
    rows = len(columns["y"])
    full, kinds = np.full((2, rows), None)
    for row, (says, kind) in reasons.items():
        full[row], kinds[row] = says, kind
    return pa.table(
        columns
        | {
            "row": pa.array(first + np.arange(rows)),
            "reason": pa.array(full, pa.string()),
            "kind": pa.array(kinds, pa.string()),
        }
    )


def is_studies(data: Any) -> bool:
    """Whether it maps names of studies to their tables, and not names of columns to their values."""
    if not isinstance(data, Mapping) or not data:
        return False
    return all(
        is_path(value) or hasattr(value, "columns") or hasattr(value, "schema") for value in data.values()
    )


def named_by_files(data: Any) -> dict[str, Any]:
    """Files by the names of their studies, which are those of the files without their endings.

    Raises ValueError for what is no file, and for two files of one name.
    """
    if not is_path(data):
        raise ValueError("expected a table a study: a dictionary of names and tables, or a list of files")
    paths = expanded([str(path) for path in (data if isinstance(data, list | tuple) else [data])])
    found: dict[str, Any] = {}
    for path in paths:
        name = Path(path).name.partition(".")[0]
        if name in found:
            raise ValueError(
                f"{path} and {found[name]} are both study '{name}'; expected names, as NAME=PATH"
            )
        found[name] = path
    return found


def study_tables(data: Mapping[str, Any], stands: WhatStands, chosen: BulkChoices) -> StudyTables:
    """Tables of studies with one key. Raises ValueError, naming the file, for columns that are not there."""
    form = form_of(stands.parts)
    if stands.group is not None or stands.study is not None:
        raise ValueError("group and study are columns of a long table; tables of one study each have a key")
    if len(stands.keys) != 1:
        raise ValueError(f"key names {len(stands.keys)} columns; tables of one study each are joined on one")
    check_columns(stands.keys, list(stands.parts.values()))
    studies = []
    for name, value in data.items():
        held, names, paths = _looked_at(value)
        shown = paths[0] if paths else f"study '{name}'"
        key_column(stands.keys[0], names, "key", shown)
        for part, column in stands.parts.items():
            present_column(column, names, part, shown)
        if stands.unit is not None:
            present_column(stands.unit, names, "unit", shown)
        studies.append(OneStudy(str(name), held, tuple(paths), tuple(names), None))
    return StudyTables(tuple(studies), stands, chosen, form, "error")


def gwas_tables(
    data: Mapping[str, Any], chosen: BulkChoices, scheme: Scheme, stands: WhatStands
) -> StudyTables:
    """Summary statistics of studies. Raises ValueError, naming the file, for what a file lacks, and where
    some files have odds ratios and others have not."""
    looked = {str(name): _looked_at(value) for name, value in data.items()}
    shown = {name: paths[0] if paths else f"study '{name}'" for name, (_, _, paths) in looked.items()}
    unplaced = next((shown[name] for name, (_, names, _) in looked.items() if not has_places(names)), "")
    studies = []
    for name, (held, names, paths) in looked.items():
        columns = gwas_columns(names, shown[name], scheme, unplaced)
        studies.append(OneStudy(name, held, tuple(paths), tuple(names), columns))
    if scheme == "error":
        first = studies[0]
        for other in studies[1:]:
            assert first.gwas is not None
            assert other.gwas is not None
            if other.gwas.measure != first.gwas.measure:
                raise ValueError(
                    f"{(other.paths or (other.name,))[0]}, row 1: effects are {other.gwas.measure}, and "
                    f"{first.gwas.measure} in '{first.name}'; expected one unit in all studies"
                )
    return StudyTables(tuple(studies), stands, chosen, None, scheme)


def _first(rows: TableRows, column: str) -> Any:
    return next(iter(rows.between(0, 1, [column]))).column(column)


def _looked_at(value: Any) -> tuple[Any, list[str], list[str]]:
    held = value if is_path(value) else as_arrow(value)
    names, paths = names_in(held)
    return held, names, paths
