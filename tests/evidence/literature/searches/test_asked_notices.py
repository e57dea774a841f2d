"""Notices about the papers of records, asked at Crossref."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.literature.searches.asked_notices import ask_notices
from evidence.literature.searches.service_requests import RefusedQuestionError, ServiceError
from evidence.literature.searches.updating_searches import SERVICES
from evidence.records.reading import record_from_text
from evidence.records.schema import Record
from tests.evidence.literature.searches.loopback import Services, sent, services_running
from tests.evidence.literature.searches.settings import Clock
from tests.evidence.records.samples import TEXT


def record(*dois: str) -> Record:
    """A record with a report without a DOI, and one for each of these."""
    lines = [line for line in TEXT.splitlines() if "status: published" in line]
    head, _, said = lines[0].partition(":")
    with_doi = said.replace("status: published", "status: published, doi: {}")
    reports = [f"{head}{at}:{with_doi.replace('{}', doi)}" for at, doi in enumerate(dois)]
    found = record_from_text(TEXT.replace(lines[0], "\n".join([lines[0], *reports])), Path("lee-2019.yaml"))
    assert found.model is not None, found.problems
    return found.model


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Services, Clock]]:
    clock = Clock()
    monkeypatch.setattr("evidence.literature.searches.service_requests.time", clock)
    monkeypatch.setenv("SYNTHESIS_EMAIL", "a@b.org")
    with services_running() as services:
        monkeypatch.setitem(
            SERVICES, "Crossref", replace(SERVICES["Crossref"], base=services.addresses["Crossref"])
        )
        yield services, clock


def test_each_doi_is_asked_once_at_the_pace_of_single_works(asked: tuple[Services, Clock]) -> None:
    services, clock = asked
    update = {"DOI": "10.1000/n", "type": "retraction", "updated": {"date-parts": [[2020, 2, 1]]}}
    services.registered = {
        "10.1000/a": {"DOI": "10.1000/a", "updated-by": [update]},
        "10.1000/b(1)/2": {"DOI": "10.1000/b(1)/2"},
    }
    told: list[tuple[int, int | None, str]] = []
    records = [record("10.1000/A", "10.1000/b(1)/2"), record("10.1000/a", "10.1000/zz")]
    found = ask_notices(records, lambda *words: told.append(words))
    assert found.asked == ["10.1000/a", "10.1000/b(1)/2", "10.1000/zz"]
    assert found.unknown == ["10.1000/zz"]
    (notice,) = found.notices
    assert (notice.kind, notice.doi, notice.notice, str(notice.on)) == (
        "retraction",
        "10.1000/a",
        "10.1000/n",
        "2020-02-01",
    )
    assert told == [(0, 3, "asking Crossref"), (1, 3, "asking Crossref"), (2, 3, "asking Crossref")]
    assert services.paths()[1] == "/crossref/works/10.1000%2Fb%281%29%2F2"
    assert {given["mailto"] for _, given in services.asked} == {"a@b.org"}
    assert clock.waited == pytest.approx([0.2, 0.2])


def test_half_of_the_answers_are_none(asked: tuple[Services, Clock]) -> None:
    services, _ = asked
    services.registered = {"10.1000/a": {"DOI": "10.1000/a"}}
    services.faults = [None, sent(b'{"message": "No robots"}', 403)]
    with pytest.raises(RefusedQuestionError, match="Crossref answers 403: No robots"):
        ask_notices([record("10.1000/a", "10.1000/b")])
    for wrong in (b'{"message": {"DOI": 5}}', b'{"message": []}', b"{}"):
        services.faults = [sent(wrong)] * 6
        with pytest.raises(ServiceError, match="Crossref sends no work, 6 times"):
            ask_notices([record("10.1000/a")])


def test_records_without_a_doi_ask_nothing(asked: tuple[Services, Clock]) -> None:
    assert ask_notices([record()]).asked == []
    assert asked[0].asked == []
