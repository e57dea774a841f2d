"""`model` of review.yaml: a name, or a name with rho and test; editors know both forms."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from evidence.records.effects_model import MODEL_NAMES, EffectsModel, model_faults
from evidence.records.json_schema import json_schema
from evidence.records.review import Review


def read(given: object) -> EffectsModel:
    return EffectsModel.model_validate(given)


def test_a_name_alone_is_the_model_with_its_defaults() -> None:
    found = read("che")
    assert (found.named, found.rho, found.test, found.one_rho) == ("CHE", None, "CR2", None)
    assert found == read({"name": "che"})


def test_one_rho_is_that_of_every_pair() -> None:
    found = read({"name": "CHE", "rho": "0.60"})
    assert found.one_rho == 0.6
    assert found.rho_of("hip", "spine") == 0.6
    assert found.rho is not None
    assert str(found.rho["others"]) == "0.60", "as it is written"


def test_rho_by_pair_is_that_of_both_directions() -> None:
    found = read({"name": "CHE", "rho": {"hip with femoral neck": "0.8"}})
    assert found.one_rho is None
    assert found.rho_of("femoral neck", "Hip") == found.rho_of("hip", "femoral neck") == 0.8
    assert found.rho_of("hip", "spine") is None


def test_another_rho_changes_nothing_else() -> None:
    found = read({"name": "SCE", "rho": {"a with b": "0.1"}, "test": "t"}).at_rho(0.25)
    assert (found.name, found.test, found.one_rho) == ("SCE", "t", 0.25)


@pytest.mark.parametrize(
    "given", [[], {"rho": "0.5"}, {"name": "CHE", "rho": "high"}, {"name": "CHE", "r": 1}]
)
def test_what_is_no_model_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        read(given)


def test_no_model_has_no_fault() -> None:
    assert list(model_faults(None, ())) == []
    assert list(model_faults(read({"name": "CHE", "rho": "0.999", "test": "z"}), ())) == []


def test_editors_are_offered_both_forms() -> None:
    found = json_schema(Review)["$defs"]["EffectsModel"]["anyOf"]
    assert found[0]["enum"] == list(MODEL_NAMES)
    assert set(found[1]["properties"]) == {"name", "rho", "test"}
    assert found[1]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({"name": "CHE", "rho": "-0.999"}, []),
        ({"name": "CHE", "rho": "1"}, [("model-rho", ("m", "rho"))]),
        ({"name": "CHE", "rho": "-1"}, [("model-rho", ("m", "rho"))]),
        ({"name": "CHE", "rho": {"a with b": "1.5", "others": "2"}},
         [("model-rho", ("m", "rho", "a with b")), ("model-rho", ("m", "rho", "others"))]),
        ({"name": "CHE", "rho": {"a": "0.5", "a with A": "0.5", "a with b with c": "0.5", "a with b": "0.5"}},
         [("model-rho", ("m", "rho", name)) for name in ("a", "a with A", "a with b with c")]),
        ({"name": "HE"}, []),
        ({"name": "HE", "rho": "0.5"}, [("method-mismatch", ("m", "rho"))]),
        ({"name": "HE", "rho": "1.5"}, [("method-mismatch", ("m", "rho")), ("model-rho", ("m", "rho"))]),
        ({"name": "CHEE", "rho": "0.5"}, [("method-unknown", ("m", "name"))]),
        ({"name": "HE", "test": "CR9", "rho": "0.5"},
         [("method-unknown", ("m", "test")), ("method-mismatch", ("m", "rho"))]),
        ({"name": "CHEE", "test": "CR9"},
         [("method-unknown", ("m", "name")), ("method-unknown", ("m", "test"))]),
    ],
)  # fmt: skip
def test_a_model_says_what_cannot_be_in_it_at_its_key(
    given: dict[str, object], faults: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert [(rule, at) for rule, at, _, _ in model_faults(read(given), ("m",))] == faults


def test_an_unknown_name_is_told_with_what_it_is_a_name_of() -> None:
    both = model_faults(read({"name": "CHEE", "test": "CR9"}), ())
    assert [says.partition(";")[0].partition(",")[0] for _, _, says, _ in both] == [
        "unknown model 'CHEE'",
        "unknown test of a model 'CR9'",
    ]


def test_only_errors_within_an_outcome_are_correlated_in_sce_and_none_in_he() -> None:
    found = {name: (read(name).correlated, read(name).by_outcome) for name in MODEL_NAMES}
    assert found == {
        "CHE": (True, False), "CE": (True, False), "HE": (False, False), "SCE": (True, True),
        "CMVE": (True, False),
    }  # fmt: skip
