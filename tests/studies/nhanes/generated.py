"""A small invented survey with the variables of the real one, as files: where the real data are absent.

The numbers are drawn, and no person of the survey is in them. Each cycle is drawn from its own seed, so that
the same files come out whichever cycles are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
from numpy.typing import NDArray

from studies.nhanes.catalogue import IDENTIFIER, Catalogue, Cycle, catalogue
from studies.nhanes.data_files import Locked, sha256_of, write_lock

Array = NDArray[np.float64]

CYCLES = ("2013-2014", "2015-2016")
STRATA = 5
_RACES = (1, 2, 3, 4, 6, 7)
_LABORATORY: dict[str, dict[str, tuple[float, float, float]]] = {  # mean, standard deviation, share missing
    "CBC": {"LBXRBCSI": (4.7, 0.5, 0.0)},
    "BMX": {"BMXWT": (80, 18, 0.02), "BMXHT": (168, 10, 0.02), "BMXBMI": (28, 6, 0.03)},
    "BIOPRO": {
        "LBDSALSI": (43, 3, 0.05),
        "LBXSAPSI": (68, 20, 0.05),
        "LBXSATSI": (24, 9, 0.05),
        "LBXSASSI": (25, 8, 0.05),
        "LBDSBUSI": (4.6, 1.5, 0.05),
        "LBDSCASI": (2.35, 0.09, 0.06),
        "LBDSIRSI": (15, 6, 0.06),
        "LBXSCK": (150, 60, 0.07),
        "LBXSGTSI": (26, 12, 0.05),
        "LBDSGLSI": (5.4, 1.1, 0.05),
        "LBXSLDSI": (130, 25, 0.06),
        "LBDSPHSI": (1.2, 0.2, 0.05),
        "LBDSTBSI": (10, 4, 0.05),
        "LBDSTPSI": (71, 4, 0.06),
    },
    "ALB_CR": {"URDACT": (20, 6, 0.04)},
    "HDL": {"LBDHDDSI": (1.4, 0.35, 0.05)},
    "TCHOL": {"LBDTCSI": (4.9, 1.0, 0.05)},
    "TRIGLY": {"LBDTRSI": (1.2, 0.45, 0.05), "LBDLDLSI": (2.9, 0.8, 0.08)},
}
_MORE_LABORATORY: dict[str, dict[str, tuple[float, float, float]]] = {
    "CBC": {"LBXHCT": (42, 4, 0.05), "LBXMCVSI": (89, 6, 0.05), "LBXPLTSI": (240, 60, 0.05)},
    "BIOPRO": {"LBDSCRSI": (78, 20, 0.05), "LBDSUASI": (320, 80, 0.05)},
}


def write_survey(folder: Path, cycles: Iterable[str] = CYCLES, persons: int = 300) -> Path:
    """Write all tables that the survey has of these cycles, and the lock file that states their rows."""
    locked = {}
    for name in cycles:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for table, frame in tables_of(catalogue(), catalogue().cycle(name), persons).items():
            stem = catalogue().file(table, name).stem
            path = write_table(folder / name / f"{stem}.XPT", stem, frame)
            locked[stem] = Locked(sha256_of(path), len(frame), url="", fetched="2000-01-01")
    write_lock(folder, locked)
    return folder


def write_table(path: Path, stem: str, frame: pd.DataFrame) -> Path:
    """One data frame as a transport file (version 5) that holds the table `stem`."""
    pyreadstat.write_xport(frame, path, table_name=stem, file_format_version=5)
    return path


def tables_of(known: Catalogue, cycle: Cycle, persons: int) -> dict[str, pd.DataFrame]:
    """Every table of a cycle by name: SEQN and the variables that the analyses use."""
    rng = np.random.default_rng(cycle.first_year)
    demo = _demographics(rng, cycle, persons)
    examined = demo[demo["RIDSTATR"] == 2]
    adults = demo[demo["RIDAGEYR"] >= 18]
    tables = {"DEMO": demo}
    for table, variables in _LABORATORY.items():
        fasting = examined.sample(frac=0.5, random_state=cycle.first_year) if table == "TRIGLY" else examined
        drawn = {name: _measured(rng, len(fasting), *shape) for name, shape in variables.items()}
        tables[table] = _with_identifier(fasting.sort_index(), drawn)
    tables["CBC"]["LBXHGB"] = _hemoglobin(rng, examined)
    more = np.random.default_rng(cycle.first_year + 10_000)  # drawn apart: the numbers above stay as they are
    for table, variables in _MORE_LABORATORY.items():
        for name, shape in variables.items():
            tables[table][name] = _measured(more, len(tables[table]), *shape)
    women = (demo["RIAGENDR"] == 2) & demo["RIDAGEYR"].between(20, 44)
    demo["RIDEXPRG"] = np.where(women, _coded(more, len(demo), (1, 2, 3), (0.1, 0.85, 0.05)), np.nan)
    demo["INDFMPIR"] = _lacking(more, np.round(more.uniform(0, 5, len(demo)), 2), 0.08)
    tables["BPX"] = _with_identifier(examined, _pressures(rng, len(examined)))
    tables |= _scans(rng, examined, tables["CBC"]["LBXHGB"].to_numpy(), cycle)
    tables["MCQ"] = _with_identifier(
        demo[demo["RIDAGEYR"] >= 1],
        {"MCQ220": _asked(rng, demo[demo["RIDAGEYR"] >= 1], 20, (1, 2, 9), (0.1, 0.88, 0.02))},
    )
    tables["SMQ"] = _with_identifier(
        adults, {"SMQ040": _lacking(rng, _coded(rng, len(adults), (1, 2, 3), (0.4, 0.1, 0.5)), 0.5)}
    )
    now = tables["SMQ"]["SMQ040"].to_numpy()
    ever = np.where(np.isnan(now), _coded(more, len(now), (2, 7), (0.97, 0.03)), 1.0)
    tables["SMQ"]["SMQ020"] = ever
    tables["ALQ"] = _with_identifier(
        adults, {"ALQ130": _lacking(rng, _coded(rng, len(adults), (1, 2, 5, 12, 15, 999)), 0.3)}
    )
    tables["DIQ"] = _with_identifier(
        demo, {"DIQ010": _coded(rng, persons, (1, 2, 3, 9), (0.1, 0.85, 0.04, 0.01))}
    )
    return {name: frame for name, frame in tables.items() if cycle.name not in known.table(name).not_done}


def _demographics(rng: np.random.Generator, cycle: Cycle, n: int) -> pd.DataFrame:
    examined = rng.random(n) < 0.95
    race = _coded(rng, n, _RACES)
    weight = np.round(rng.uniform(5_000, 90_000, n), 4)
    age = np.floor(rng.uniform(0, 81, n))
    release = (cycle.first_year - 1997) // 2
    demo = pd.DataFrame(
        {
            IDENTIFIER: cycle.first_year * 1000.0 + np.arange(n),
            "SDDSRVYR": np.full(n, float(release)),
            "RIDSTATR": np.where(examined, 2.0, 1.0),
            "RIAGENDR": _coded(rng, n, (1, 2)),
            "RIDAGEYR": age,
            "RIDRETH1": np.where(race > 4, 5.0, race),
            "RIDRETH3": race,
            "DMDEDUC2": np.where(age >= 20, _coded(rng, n, (1, 2, 3, 4, 5, 7, 9)), np.nan),
            "INDHHIN2": _lacking(rng, _coded(rng, n, (*range(1, 11), 12, 13, 14, 15, 77, 99)), 0.03),
            cycle.interview_weight: weight,
            cycle.exam_weight: np.where(examined, weight, 0.0),
            "SDMVPSU": _coded(rng, n, (1, 2)),
            "SDMVSTRA": release * 100 + _coded(rng, n, range(1, STRATA + 1)),
        }
    )
    unknown = [] if cycle.first_year >= 2011 else ["RIDRETH3"]
    return demo.drop(columns=unknown)


def _hemoglobin(rng: np.random.Generator, persons: pd.DataFrame) -> Array:
    """One decimal, higher in men, as the survey gives it."""
    expected = np.where(persons["RIAGENDR"] == 1, 14.9, 13.2)
    return _lacking(rng, np.round(rng.normal(expected, 1.1), 1), 0.1)


def _scans(
    rng: np.random.Generator, examined: pd.DataFrame, hemoglobin: Array, cycle: Cycle
) -> dict[str, pd.DataFrame]:
    """Bone density that falls with age and rises with hemoglobin; those not scanned have none."""
    age = examined["RIDAGEYR"].to_numpy()
    density = 1.0 - 0.003 * np.maximum(age - 30, 0) + 0.006 * (np.nan_to_num(hemoglobin, nan=14.0) - 14.0)

    def scan(who: NDArray[np.bool_], status: str, sites: dict[str, float]) -> pd.DataFrame:
        n = int(who.sum())
        valid = rng.random(n) < 0.9
        drawn = {
            site: np.round(density[who] * level + rng.normal(0, 0.1, n), 3) for site, level in sites.items()
        }
        return _with_identifier(
            examined[who],
            {
                status: np.where(valid, 1.0, 3.0),
                **{site: np.where(valid, bmd, np.nan) for site, bmd in drawn.items()},
            },
        )

    old = age >= (40 if cycle.first_year < 2017 else 50)
    return {
        "DXX": scan((age >= 8) & (age < 60), "DXAEXSTS", {"DXXTSBMD": 0.8, "DXXLSBMD": 1.03}),
        "DXXFEM": scan(old, "DXAFMRST", {"DXXOFBMD": 0.98, "DXXNKBMD": 0.82}),
    }


def _pressures(rng: np.random.Generator, n: int) -> dict[str, Array]:
    """Up to four readings; a diastolic pressure of 0 is the survey's own way of writing not heard."""
    systolic = {f"BPXSY{i}": _measured(rng, n, 122, 16, 0.1 if i < 4 else 0.95) for i in range(1, 5)}
    diastolic = {f"BPXDI{i}": _measured(rng, n, 70, 11, 0.1 if i < 4 else 0.95) for i in range(1, 5)}
    diastolic["BPXDI1"][:3] = 0.0
    return systolic | diastolic


def _with_identifier(persons: pd.DataFrame, columns: dict[str, Array]) -> pd.DataFrame:
    return pd.DataFrame({IDENTIFIER: persons[IDENTIFIER].to_numpy(), **columns})


def _measured(rng: np.random.Generator, n: int, mean: float, sd: float, missing: float) -> Array:
    drawn = np.asarray(rng.normal(mean, sd, n), dtype=np.float64)
    return _lacking(rng, np.abs(drawn).round(3), missing)


def _coded(
    rng: np.random.Generator, n: int, codes: Iterable[int], shares: tuple[float, ...] | None = None
) -> Array:
    return rng.choice(np.array(list(codes), dtype=float), n, p=shares)


def _asked(
    rng: np.random.Generator,
    persons: pd.DataFrame,
    from_age: int,
    codes: tuple[int, ...],
    shares: tuple[float, ...],
) -> Array:
    return np.where(persons["RIDAGEYR"] >= from_age, _coded(rng, len(persons), codes, shares), np.nan)


def _lacking(rng: np.random.Generator, values: Array, share: float) -> Array:
    return np.where(rng.random(len(values)) < share, np.nan, values)
