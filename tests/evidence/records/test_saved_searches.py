"""Saved searches that cannot be run are told with their keys."""

from __future__ import annotations

import pytest

from evidence.records.saved_searches import SavedSearch, ServiceName, search_faults


@pytest.mark.parametrize(
    ("service", "refused"), [("PubMed", True), ("Europe PMC", True), ("Crossref", False), ("OpenAlex", False)]
)
def test_a_filter_is_of_the_services_that_take_one(service: ServiceName, refused: bool) -> None:
    plain = SavedSearch(name="a", service=service, query="bone")
    filtered = SavedSearch(name="b", service=service, query="bone", filter="type:article")
    says = f"{service} has no 'filter' beside its query"
    expected = [(("searches", 1, "filter"), says, "Write the condition into 'query'.")]
    assert list(search_faults([plain, filtered])) == (expected if refused else [])


def test_the_second_of_two_searches_of_one_name_is_told() -> None:
    names = ("a", "b", "a")
    searches = [SavedSearch(name=name, service="PubMed", query="bone") for name in names]
    says = "two searches are called 'a'"
    assert list(search_faults(searches)) == [
        (("searches", 2, "name"), says, "Its runs are known by its name.")
    ]
