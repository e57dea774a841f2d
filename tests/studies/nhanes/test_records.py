"""Generated records: what they say, that they read back, and that the shipped ones can be made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from evidence.records.effect import Effect
from evidence.records.reading import read_record
from evidence.records.review import SHIPPED
from evidence.records.schema import Cohort as RecordCohort
from evidence.records.schema import Record
from evidence.records.shared_reference import SharedReference
from evidence.records.writing import WritingError
from evidence.selection.overlap import cohorts_overlap
from studies.nhanes.cohort import Cohort, load_cohort
from studies.nhanes.persons import input_hashes
from studies.nhanes.protocol import load_protocol, shipped_protocols
from studies.nhanes.records import generate, periods, record_of, write
from tests.studies.nhanes.protocols import two_cycles

INPUTS = {"2013-2014/DEMO_H": "0" * 64}


@pytest.fixture
def invented(invented_data: Path, tmp_path: Path) -> Record:
    cohort = load_cohort(two_cycles(tmp_path), invented_data)
    return record_of(cohort, INPUTS)


def shipped(protocol: str) -> Record:
    record = read_record(SHIPPED / "studies" / f"nhanes-{protocol}-reanalysis.yaml").model
    assert record is not None
    return record


def numbers(effect: Effect) -> list[float]:
    assert effect.ci is not None
    assert effect.p is not None
    printed = (effect.estimate, *effect.ci, effect.se, effect.p.number)
    return [effect.df or 0.0, *(float(number) for number in printed if number is not None)]


def _without_effects(comparison: SharedReference) -> SharedReference:
    arms = tuple(arm.model_copy(update={"effect": None}) for arm in comparison.arms)
    return comparison.model_copy(update={"arms": arms})


def without_numbers(record: Record) -> Record:
    """What must be the same on every machine.

    Last digits of results and versions of software need not, nor the bytes of files with the same cells.
    """
    assert record.generated is not None
    names = dict.fromkeys(record.generated.inputs, "0" * 64)
    return record.model_copy(
        update={
            "estimates": tuple(each.model_copy(update={"effect": None}) for each in record.estimates),
            "comparisons": tuple(_without_effects(each) for each in record.comparisons),
            "generated": record.generated.model_copy(update={"software": {}, "inputs": names}),
        }
    )


ESTIMATES = {"spine": 54, "femur-50": 8, "spine-50": 8, "femur-by-age": 24, "lumbar-50": 4, "osteoporosis": 4}


@pytest.mark.parametrize(("protocol", "estimates"), ESTIMATES.items())
def test_the_shipped_record_is_what_the_files_give(
    real_cohorts: dict[str, Cohort], survey_data: Path, protocol: str, estimates: int
) -> None:
    again = record_of(real_cohorts[protocol], input_hashes(load_protocol(protocol), survey_data))
    kept = shipped(protocol)
    assert without_numbers(again) == without_numbers(kept)
    compared = 0
    for (_, one), (_, other) in zip(again.placed_estimates, kept.placed_estimates, strict=True):
        assert one.effect is not None
        assert other.effect is not None
        assert_allclose(numbers(one.effect), numbers(other.effect), rtol=1e-8)
        compared += len(numbers(one.effect))
    assert compared == estimates * 6


def test_the_shipped_records_name_the_files_they_were_made_from(shared: Path) -> None:
    rows = (shared / "nhanes" / "FILES.tsv").read_text(encoding="utf-8").splitlines()[1:]
    listed = {row.split("\t")[0].removesuffix(".XPT"): row.split("\t")[-1] for row in rows}
    compared = 0
    for protocol in shipped_protocols():
        generated = shipped(protocol).generated
        assert generated is not None
        for name, digest in generated.inputs.items():
            assert listed[name] == digest
            compared += 1
    assert compared == 3 * 14 + 4 * 5 * 4 + 3 * 4


def test_every_protocol_has_its_record() -> None:
    names = {path.stem for path in (SHIPPED / "studies").glob("nhanes-*-reanalysis.yaml")}
    assert names == {f"nhanes-{name}-reanalysis" for name in shipped_protocols()}


def test_results_have_all_their_digits() -> None:
    for estimate in shipped("spine").estimates:
        assert estimate.effect is not None
        assert estimate.effect.estimate is not None
        printed = estimate.effect.estimate
        assert f"{float(printed):.17g}" == printed.text


def test_the_record_of_separate_cycles_shares_persons_with_those_alone() -> None:
    cohort = shipped("femur-50").cohort
    assert cohort.years == "2005-2010, 2013-2014, 2017-2018"

    def other(years: str) -> RecordCohort:
        return RecordCohort(name="NHANES", years=years, repeated=True)

    assert not cohorts_overlap(cohort, other("2011-2012"))
    assert not cohorts_overlap(cohort, other("2015-2016"))
    assert cohorts_overlap(cohort, other("2011-2018"))
    assert cohorts_overlap(cohort, other("2007-2008"))


@pytest.mark.parametrize(
    ("cycles", "years"),
    [
        (["2005-2006"], "2005-2006"),
        (["2005-2006", "2007-2008"], "2005-2008"),
        (["2017-2018", "2013-2014"], "2013-2014, 2017-2018"),
        (["2015-2016", "2017-2020"], "2015-2020"),
    ],
)
def test_years_without_a_gap_are_joined(cycles: list[str], years: str) -> None:
    assert periods(cycles) == years


def test_a_record_says_what_was_done(invented: Record) -> None:
    assert invented.study == "nhanes-spine-reanalysis"
    assert invented.generated is not None
    assert invented.generated.inputs == INPUTS
    assert set(invented.generated.software) == {"python", "numpy", "scipy", "pandas", "pyreadstat"}
    assert {report.status for report in invented.reports.values()} == {"re-analysis"}
    assert len({estimate.id for estimate in invented.estimates}) == len(invented.estimates) == 54
    by_id = {estimate.id: estimate for estimate in invented.estimates}
    assert by_id["lumbar-spine-women-model-3"].stratum.sex == "women"
    assert by_id["lumbar-spine-other-hispanic-model-1"].stratum.ancestry == "Other Hispanic"
    assert by_id["lumbar-spine-all-model-1"].stratum.describe() == "all"
    assert invented.flow is not None
    assert invented.flow.steps[0].start == 3_000
    assert invented.flow.steps[-1].left == invented.population.n


def test_ages_are_a_stratum_only_where_the_protocol_says_so() -> None:
    assert {estimate.stratum.age for estimate in shipped("spine-50").estimates} == {"50-59"}
    assert {estimate.stratum.age for estimate in shipped("femur-50").estimates} == {None}


def test_a_record_is_read_back_as_it_was_written(invented: Record, tmp_path: Path) -> None:
    path = write(tmp_path, invented)
    assert path.read_text(encoding="utf-8").startswith("# Generated by 'python -m studies nhanes records'")
    assert read_record(path).model == invented
    assert write(tmp_path, invented) == path


def test_a_record_written_by_a_person_is_not_overwritten(invented: Record, tmp_path: Path) -> None:
    path = tmp_path / f"{invented.study}.yaml"
    path.write_text("study: mine\n", encoding="utf-8")
    with pytest.raises(WritingError, match="not a generated record"):
        write(tmp_path, invented)
    assert path.read_text(encoding="utf-8") == "study: mine\n"


def test_running_it_again_gives_the_same_record(invented_data: Path, tmp_path: Path) -> None:
    protocol = two_cycles(tmp_path)
    assert generate(protocol, invented_data) == generate(protocol, invented_data)
