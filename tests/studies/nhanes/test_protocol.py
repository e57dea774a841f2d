"""Protocol files: what is read from them, and what is refused in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.protocol import Protocol, load_named, load_protocol, shipped_protocols
from tests.studies.nhanes.protocols import variant

SHIPPED = ("femur-50", "femur-by-age", "lumbar-50", "osteoporosis", "spine", "spine-50")


def test_six_protocols_are_shipped_and_named_as_their_files() -> None:
    assert shipped_protocols() == SHIPPED
    assert all(load_named(name).protocol == name for name in shipped_protocols())


def test_every_cycle_and_table_of_a_shipped_protocol_exists() -> None:
    from studies.nhanes.catalogue import catalogue

    files = 0
    for protocol in map(load_protocol, shipped_protocols()):
        for cycle in protocol.cycles:
            for table, columns in protocol.columns_by_table(cycle).items():
                assert set(columns) <= set(catalogue().file(table, cycle).variables)
                files += 1
    assert files == 3 * 14 + 4 * 5 * 4 + 3 * 4


def test_the_weights_are_the_cycle_s_own() -> None:
    protocol = load_protocol("spine")
    assert protocol.weight_place("2013-2014") == ("DEMO", "WTMEC2YR")
    assert protocol.weight_place("2017-2020") == ("DEMO", "WTMECPRP")
    assert protocol.weight_place("2021-2023") == ("CBC", "WTPH2YR")


@pytest.mark.parametrize(
    ("replace", "says"),
    [
        ({"age: 18+": "age: adult"}, "does not have the expected form"),
        ({"exclude_cancer: not no": "exclude_cancer: maybe"}, "expected one of: yes, not no"),
        ({"recorded: [hemoglobin]": "recorded: [hemoglobin], age: 18+"}, "exactly one of"),
        ({"recorded: [hemoglobin]": "recorded: []"}, "exactly one of"),
        ({"exposure: hemoglobin": "exposure: haemoglobin"}, "did you mean 'hemoglobin'"),
        ({"exposure: hemoglobin": "exposure: race"}, "'race' is analysed"),
        ({"strata: [all, sex, race]": "strata: [all, bmi]"}, "'bmi' is continuous"),
        ({"2017-2018]": "2017-2018, 2017-2020]"}, "holds the participants of 2017-2018 again"),
        ({"2017-2018]": "2015-2016]"}, "a cycle is named twice"),
        ({"strata:": "stratum:"}, "unknown key 'stratum'"),
        (
            {"recorded: [hemoglobin]": "only: {sex: man}"},
            "'sex' has no class 'man'; its classes are m",
        ),
        (
            {"recorded: [hemoglobin]": "only: {bmi: high}"},
            "'bmi' cannot be 'high', for it is continuous",
        ),
    ],
)
def test_a_protocol_that_cannot_be_run_is_refused(tmp_path: Path, replace: dict[str, str], says: str) -> None:
    with pytest.raises(ProtocolError, match=r"variant\.yaml") as refused:
        load_protocol(variant(tmp_path, replace))
    assert says in str(refused.value)


@pytest.mark.parametrize("part", ["cycles", "outcomes", "strata", "models"])
def test_a_protocol_needs_one_of_each_and_no_more(part: str) -> None:
    plain = load_protocol("femur-50").model_dump(by_alias=True)
    several = plain[part]
    one, none = (
        (dict([*several.items()][:1]), {}) if isinstance(several, dict) else (several[:1], several[:0])
    )
    assert len(getattr(Protocol.model_validate({**plain, part: one}), part)) == 1
    with pytest.raises(ValidationError, match=f"(?s){part}.*at least 1"):
        Protocol.model_validate({**plain, part: none})
    del plain["schema"]
    assert Protocol.model_validate(plain).schema_version == 1


def test_a_class_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="'femur-scan' has no class 'fine'; its classes are valid, inv"):
        load_protocol(variant(tmp_path, {"femur-scan: valid": "femur-scan: fine"}, of="femur-50"))


def test_an_unknown_cycle_is_refused(tmp_path: Path) -> None:
    from studies.nhanes.errors import NhanesError

    with pytest.raises(NhanesError, match="no survey cycle is called '2012-2013'"):
        load_protocol(variant(tmp_path, {"2013-2014": "2012-2013"}))


def test_an_unknown_protocol_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ProtocolError, match=f"expected a YAML file or one of {', '.join(SHIPPED)}"):
        load_named("hip")
