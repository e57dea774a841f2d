"""Whose weights an analysis uses, by cycle, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from numpy.testing import assert_allclose

from studies.nhanes.catalogue import ProtocolError, catalogue
from studies.nhanes.errors import NhanesError
from studies.nhanes.persons import WEIGHT, read_persons
from studies.nhanes.protocol import Protocol
from studies.nhanes.samples import Sample, chosen_sample, wrong_sample
from tests.studies.nhanes.generated import write_table

INTERVIEW = {"DEMO": {"age"}, "DIQ": {"diabetes"}}
EXAMINED = {**INTERVIEW, "CBC": {"hemoglobin"}}
FASTING = {**EXAMINED, "TRIGLY": {"ldl", "fasting-triglycerides"}}


def test_the_smallest_sample_gives_the_weights_when_nothing_is_said() -> None:
    assert chosen_sample(None, INTERVIEW) == Sample("interview")
    assert chosen_sample(None, EXAMINED) == Sample("examination", blood=("CBC",))
    assert chosen_sample(None, {**INTERVIEW, "ALQ": {"alcohol"}}) == Sample("examination")
    assert chosen_sample(None, FASTING) == Sample("fasting", "TRIGLY")


def test_what_is_said_is_taken() -> None:
    assert chosen_sample("examination", FASTING) == Sample("examination", blood=("CBC",))
    assert chosen_sample("interview", INTERVIEW) == Sample("interview")
    assert chosen_sample("fasting", FASTING) == Sample("fasting", "TRIGLY")
    assert chosen_sample({"UHM": "WTSA2YR"}, EXAMINED) == Sample("UHM", "UHM", "WTSA2YR")
    with pytest.raises(ProtocolError, match="nothing here has the weights 'fasting'; expected one of interv"):
        chosen_sample("fasting", EXAMINED)


@pytest.mark.parametrize(
    ("said", "tables", "says"),
    [
        (
            "interview",
            EXAMINED,
            "'hemoglobin' is from CBC, of the examination sample, and the weights are",
        ),
        ("examination", FASTING, "'fasting-triglycerides' is from TRIGLY, of the fasting sample, and the we"),
        ("interview", INTERVIEW, None),
        ("examination", EXAMINED, None),
        ("fasting", FASTING, None),
    ],
)
def test_weights_of_a_larger_sample_are_refused(
    said: str, tables: dict[str, set[str]], says: str | None
) -> None:
    found = list(wrong_sample(chosen_sample(said, tables), tables, ["2015-2016"]))
    assert len(found) == (says is not None)
    assert says is None or found[0].startswith(says)


def test_weights_are_in_the_participants_table_or_in_the_subsample_s() -> None:
    examined, fasting = Sample("examination", blood=("CBC", "HDL")), Sample("fasting", "TRIGLY")
    one, two = ["2001-2002", "2003-2004"], ["1999-2000", "2001-2002", "2003-2004"]
    places = {
        ("DEMO", "WTMEC2YR"): examined.place("2001-2002", one),
        ("DEMO", "WTMEC4YR"): examined.place("2001-2002", two),
        ("DEMO", "WTMECPRP"): examined.place("2017-2020", ["2017-2020"]),
        ("CBC", "WTPH2YR"): examined.place("2021-2023", ["2021-2023"]),
        ("DEMO", "WTINT2YR"): Sample("interview", blood=("CBC",)).place("2021-2023", ["2021-2023"]),
        ("DEMO", "WTINT4YR"): Sample("interview").place("1999-2000", two),
        ("TRIGLY", "WTSAF2YR"): fasting.place("2021-2023", ["2021-2023"]),
        ("TRIGLY", "WTSAF4YR"): fasting.place("1999-2000", two),
        ("TRIGLY", "WTSAFPRP"): fasting.place("2017-2020", ["2017-2020"]),
        ("UHM", "WTSA2YR"): Sample("UHM", "UHM", "WTSA2YR").place("2015-2016", ["2015-2016"]),
    }
    assert all(expected == found for expected, found in places.items())
    assert examined.place("2003-2004", two) == ("DEMO", "WTMEC2YR")
    assert Sample("examination").place("2021-2023", ["2021-2023"]) == ("DEMO", "WTMEC2YR")
    with pytest.raises(NhanesError, match="the table BMX has no weights of its own"):
        Sample("BMX", "BMX").place("2015-2016", ["2015-2016"])


def test_a_cycle_that_has_no_such_table_says_so() -> None:
    with pytest.raises(NhanesError, match="bone scans were not done in 2021-2023"):
        list(wrong_sample(Sample("DXXSPN", "DXXSPN", "W"), {}, ["2021-2023"]))


def protocol(**fields: object) -> Protocol:
    return Protocol.model_validate(
        {
            "protocol": "own",
            "title": "t",
            "fixed_on": "2026-01-01",
            "exposure": "hemoglobin",
            "outcomes": {"bmi": {"variable": "bmi", "site": "body", "method": "scales"}},
            "eligibility": [],
            "strata": ["all"],
            "missing_covariates": "leave out",
            "models": [{"id": "m", "name": "m", "adjustment": "none", "covariates": []}],
            **fields,
        }
    )


def survey(folder: Path, cycle: str, weights: dict[str, list[float]]) -> None:
    """Three persons of a cycle; weights: of the table DEMO by their columns."""
    release = catalogue().cycle(cycle)
    base = 1000.0 * release.first_year
    numbers = [base + 1, base + 2, base + 3]
    design = {"SDMVSTRA": [1.0, 1, 2], "SDMVPSU": [1.0, 2, 1], "RIDAGEYR": [30.0, 40, 50]}
    tables = {
        "DEMO": {**design, "RIAGENDR": [1.0, 2, 1], **weights},
        "CBC": {"LBXHGB": [14.0, 13, 12], "WTPH2YR": [7.0, 0, 9]},
        "BMX": {"BMXBMI": [20.0, 25, 30]},
    }
    (folder / cycle).mkdir(parents=True)
    for table, columns in tables.items():
        stem = catalogue().file(table, cycle).stem
        used = {k: v for k, v in columns.items() if k != "WTPH2YR" or cycle == "2021-2023"}
        write_table(folder / cycle / f"{stem}.XPT", stem, pd.DataFrame({"SEQN": numbers, **used}))


def test_cycles_are_combined_by_their_own_rules(tmp_path: Path) -> None:
    survey(tmp_path, "1999-2000", {"WTMEC2YR": [9.0, 9, 9], "WTMEC4YR": [1.0, 2, 3]})
    survey(tmp_path, "2001-2002", {"WTMEC2YR": [9.0, 9, 9], "WTMEC4YR": [4.0, 5, 6]})
    survey(tmp_path, "2017-2020", {"WTMECPRP": [10.0, 20, 30]})
    survey(tmp_path, "2021-2023", {"WTMEC2YR": [9.0, 9, 9]})
    cycles = ["1999-2000", "2001-2002", "2017-2020", "2021-2023"]
    weights = read_persons(protocol(cycles=cycles), tmp_path)[WEIGHT].to_numpy()
    years = 4 + 3.2 + 2
    # the four years count with 4 of 9.2 years, the 3.2 years before the pandemic and the last two likewise
    four = [4 / years * one for one in (1, 2, 3, 4, 5, 6)]
    assert_allclose(
        weights,
        [*four, *(3.2 / years * one for one in (10, 20, 30)), *(2 / years * one for one in (7, 0, 9))],
        rtol=1e-14,
    )
    alone = read_persons(protocol(cycles=["2001-2002"]), tmp_path)[WEIGHT].to_numpy()
    assert_allclose(alone, [9, 9, 9], rtol=1e-14)


def test_a_table_with_weights_of_its_own_is_a_subsample_also_where_nobody_listed_it(tmp_path: Path) -> None:
    survey(tmp_path, "2011-2012", {"WTMEC2YR": [9.0, 9, 9]})
    metals = pd.DataFrame({"SEQN": [2011001.0, 2011003], "URXUBA": [1.0, 2], "WTSA2YR": [3.0, 4]})
    write_table(tmp_path / "2011-2012" / "UM_G.XPT", "UM_G", metals)
    barium = {"label": "barium", "unit": "ug/L", "table": "UM", "columns": ["URXUBA"]}
    asked = {"cycles": ["2011-2012"], "exposure": "barium", "variables": {"barium": barium}}
    with pytest.raises(
        NhanesError, match=r"UM_G.XPT: has weights of its own \(WTSA2YR\).*weights: .UM: WTSA2YR.,"
    ):
        read_persons(protocol(**asked), tmp_path)
    own = read_persons(protocol(**asked, design={"weights": {"UM": "WTSA2YR"}}), tmp_path)
    assert_allclose(own[WEIGHT], [3, 0, 4])
    accepted = {"weights": "examination", "accepted": {"barium": "a trial of the rule"}}
    assert_allclose(read_persons(protocol(**asked, design=accepted), tmp_path)[WEIGHT], [9, 9, 9])
