"""Drafts of records from citations: what the export says is filled in, the rest is left to be extracted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evidence.literature.citation import Citation
from evidence.literature.drafts_of_citations import (
    draft_of_citation,
    label_of,
    reference_of,
    report_of_citation,
    study_of,
)
from evidence.records.reading import record_from_text
from evidence.records.review import Review
from evidence.records.unconfirmed import unconfirmed
from tests.evidence.literature.exports import cited
from tests.evidence.records.test_review import review

RATIOS = "measure: OR, exposure: anemia"
LEE = cited(
    "Anemia and hip fracture: a 'cohort' #1.",
    authors=("Lee, Jane A.", "van der Berg, K."),
    doi="10.1000/lee",
    pmid="77",
)


def drafted(citation: Citation, asked: Review | None = None) -> dict[str, Any]:
    """A draft as plain data; every complaint about it is that a value is to be confirmed."""
    document = record_from_text(draft_of_citation(citation, "lee-2012", asked), Path("lee-2012.yaml"))
    assert {each.rule for each in document.problems} == {"to-be-confirmed"}
    assert document.tree is not None
    plain = document.tree.root.plain()
    assert isinstance(plain, dict)
    return plain


def test_what_the_citation_says_stands_in_the_draft_as_it_is() -> None:
    plain = drafted(LEE)
    assert (plain["study"], plain["label"]) == ("lee-2012", "Lee 2012")
    assert plain["title"] == "Anemia and hip fracture: a 'cohort' #1"
    assert plain["reports"] == {
        "lee-2012": {
            "type": "journal article",
            "status": "published",
            "citation": "Lee JA, van der Berg K. Anemia and hip fracture: a 'cohort' #1. Journal of Bone and "
            "Mineral Research 2012;27(3):123-130",
            "label": "Lee 2012",
            "year": "2012",
            "doi": "10.1000/lee",
            "pmid": "77",
            "read": "full text <to-be-confirmed>",
        }
    }


def test_what_only_the_paper_says_is_marked() -> None:
    document = record_from_text(draft_of_citation(LEE, "lee-2012", None), Path("x.yaml"))
    assert document.tree is not None
    assert [".".join(map(str, at)) for at, _ in unconfirmed(document.tree.root)] == [
        "design",
        "cohort.name",
        "cohort.years",
        "cohort.country",
        "reports.lee-2012.read",
        "exposures.exposure.name",
        "exposures.exposure.unit",
        "outcomes.outcome.name",
        "outcomes.outcome.unit",
        "models.model.type",
        "models.model.adjustment",
        "estimates.0.n",
        "estimates.0.effect.measure",
        "estimates.0.effect.estimate",
        "estimates.0.effect.ci.0",
        "estimates.0.effect.ci.1",
        "estimates.0.where.at",
        "extraction.by",
        "extraction.on",
    ]


def test_a_draft_is_a_record_once_every_mark_is_gone(tmp_path: Path) -> None:
    text = draft_of_citation(LEE, "lee-2012", review(tmp_path))
    for old, new in (
        ("design: <to-be-confirmed>", "design: cohort"),
        ("{name: <to-be-confirmed>, years: <to-be-confirmed>, country: <to-be-confirmed>}", "{name: LEE}"),
        ("unit: <to-be-confirmed>}\n\noutcomes", "unit: g/dL}\n\noutcomes"),
        ("unit: <to-be-confirmed>}\n\nmodels", "unit: g/cm2}\n\nmodels"),
        (
            "{type: <to-be-confirmed>, adjustment: <to-be-confirmed>}",
            "{type: linear regression, adjustment: full}",
        ),
        (" n: <to-be-confirmed>", " n: 1426"),
        (" estimate: <to-be-confirmed>", " estimate: 0.0079"),
        ("[<to-be-confirmed>, <to-be-confirmed>]", "[0.002, 0.0135]"),
        (" at: <to-be-confirmed>", " at: Table 2"),
        ("{by: <to-be-confirmed>, on: <to-be-confirmed>}", "{by: me, on: 2026-11-30}"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    document = record_from_text(text.replace(" <to-be-confirmed>", ""), Path("lee-2012.yaml"))
    assert document.problems == ()
    assert document.model is not None
    assert document.model.reports["lee-2012"].doi == "10.1000/lee"
    assert [each.id for each in document.model.estimates] == ["estimate"]


def test_what_the_review_asks_is_proposed(tmp_path: Path) -> None:
    plain = drafted(LEE, review(tmp_path))
    assert plain["exposures"]["exposure"]["name"] == "hemoglobin <to-be-confirmed>"
    assert plain["outcomes"]["outcome"]["name"] == "BMD <to-be-confirmed>"
    effect = plain["estimates"][0]["effect"]
    assert effect["measure"] == "beta <to-be-confirmed>"
    assert effect["per"] == "1 g/dL <to-be-confirmed>"
    assert "versus" not in effect
    ratios = review(tmp_path, ("measure: beta, exposure: hemoglobin, per: 1 g/dL, unit: g/cm2", RATIOS))
    effect = drafted(LEE, ratios)["estimates"][0]["effect"]
    assert effect["versus"] == {"exposed": "<to-be-confirmed>", "reference": "<to-be-confirmed>"}
    assert (effect["measure"], "per" in effect) == ("OR <to-be-confirmed>", False)
    effect = drafted(LEE)["estimates"][0]["effect"]
    assert (effect["measure"], set(effect)) == ("<to-be-confirmed>", {"measure", "estimate", "ci"})


@pytest.mark.parametrize(
    ("said", "kind", "status"),
    [
        ({}, "journal article", "published"),
        ({"kind": "jour"}, "journal article", "published"),
        ({"kind": "article"}, "journal article", "published"),
        ({"kind": "preprint"}, "preprint", "preprint"),
        ({"kind": "article", "doi": "10.1101/2020.01.01"}, "preprint", "preprint"),
        ({"kind": "conference abstract"}, "conference abstract", "conference abstract"),
        ({"kind": "thes"}, "thesis", "published"),
        ({"kind": "dissertation"}, "thesis", "published"),
        ({"kind": "trial registry record"}, "registry", "published"),
    ],
)
def test_the_type_is_what_the_export_says(said: dict[str, str], kind: str, status: str) -> None:
    citation = cited(**said)
    report = drafted(citation)["reports"]["lee-2012"]
    assert (report["type"], report["status"]) == (kind, status)
    whole = report_of_citation(citation)
    assert (whole.type, whole.status) == (kind, status)


@pytest.mark.parametrize("kind", ["", "evidence synthesis", "book"])
def test_a_type_that_the_export_does_not_say_is_a_guess(kind: str) -> None:
    report = drafted(cited(kind=kind))["reports"]["lee-2012"]
    assert (report["type"], report["status"]) == (
        "journal article <to-be-confirmed>",
        "published <to-be-confirmed>",
    )
    assert report_of_citation(cited(kind=kind)).type == "journal article"


def test_without_an_identifier_the_report_keeps_the_id_of_its_citation() -> None:
    citation = cited()
    assert drafted(citation)["reports"]["lee-2012"]["found_as"] == citation.id
    assert report_of_citation(citation).found_as == citation.id
    for said, key, value in (
        ({"doi": "10.1000/a"}, "doi", "10.1000/a"),
        ({"pmid": "5"}, "pmid", "5"),
        ({"pmcid": "PMC123"}, "url", "https://pmc.ncbi.nlm.nih.gov/articles/PMC123"),
    ):
        report = drafted(cited(**said))["reports"]["lee-2012"]
        assert (report[key], "found_as" in report) == (value, False)


def test_a_report_for_a_record_is_whole() -> None:
    report = report_of_citation(LEE)
    assert (report.year, report.doi, report.pmid, report.read) == (
        2012,
        "10.1000/lee",
        77,
        "secondary source",
    )
    assert report.note == "Known from its citation alone: nothing of it is extracted."
    assert report_of_citation(cited(abstract="We asked.")).read == "abstract"
    assert report_of_citation(cited(year=None)).year is None
    assert drafted(cited(year=None))["reports"]["lee-2012"]["year"] == "<to-be-confirmed>"


@pytest.mark.parametrize(
    ("said", "name", "label"),
    [
        ({}, "rossi-2012", "Rossi 2012"),
        ({"authors": ("Anna B. Rossi",)}, "rossi-2012", "Rossi 2012"),
        ({"authors": ("Rossi AB",)}, "rossi-2012", "Rossi 2012"),
        ({"authors": ("van der Berg, K.",)}, "vanderberg-2012", "van der Berg 2012"),
        ({"authors": ("Müller, K.",), "year": None}, "muller", "Müller"),
        ({"authors": ("王小明",)}, "2012", "王小明 2012"),
        ({"authors": ()}, "hemoglobin-and-bone-2012", "Hemoglobin and bone 2012"),
        ({"authors": (), "title": "", "year": None}, "study", None),
    ],
)
def test_a_study_is_called_by_its_first_author_and_year(
    said: dict[str, Any], name: str, label: str | None
) -> None:
    assert study_of(cited(**said), ()) == name
    assert label_of(cited(**said)) == (label or cited(**said).id)


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert study_of(cited(), {"rossi-2012", "rossi-2012-2"}) == "rossi-2012-3"


NO_PLACE = {"volume": "", "issue": "", "pages": ""}


@pytest.mark.parametrize(
    ("said", "reference"),
    [
        ({"authors": (), "pages": "", "issue": ""}, "T. J 2012;27"),
        ({"authors": ("A B",), **NO_PLACE, "pages": "e5"}, "A B. T. J 2012;:e5"),
        ({"authors": ("Rossi, J.-P.", "Lee, AB"), **NO_PLACE}, "Rossi J-P, Lee AB. T. J 2012"),
        ({"authors": tuple("ABCDEF"), **NO_PLACE, "year": None, "volume": "1"}, "A, B, C, D, E, F. T. J;1"),
        ({"authors": tuple("ABCDEFG"), **NO_PLACE, "journal": ""}, "A, B, C, D, E, F et al. T. 2012"),
        ({"authors": ("Committee,",), **NO_PLACE, "journal": "", "year": None}, "Committee. T"),
    ],
)
def test_a_reference_has_the_parts_that_there_are(said: dict[str, Any], reference: str) -> None:
    assert reference_of(cited(**{"title": "T.", "journal": "J", **said})) == reference


def test_a_citation_that_says_nothing_is_called_by_its_id() -> None:
    nothing = Citation(doi="10.1000/x\x07y")
    assert reference_of(nothing) == "doi:10.1000/x\x07y"
    text = draft_of_citation(nothing, "study", None)
    assert "from the citation doi:10.1000/x y:" in text.splitlines()[0]
