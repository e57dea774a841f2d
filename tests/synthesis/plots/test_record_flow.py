"""A review's flow as boxes: the templates of PRISMA 2020, and what they say of a published review."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from evidence.literature.flow.flow_counts import IncludedStudies, ReviewFlow
from evidence.literature.flow.searched_days import NEVER_SEARCHED, SearchedDays
from synthesis.drawing.flow_diagram import FlowBox, FlowStream
from synthesis.drawing.flow_layout import lay_out_flow
from synthesis.plots.record_flow import flow_columns, flow_diagram
from tests.evidence.literature.flow.published_flow import PUBLISHED, count, published_flow, stream
from tests.synthesis.drawing.charts import colliding, outside_page

DAYS = SearchedDays(((date(2026, 11, 28), ("PubMed",)),))


def words(box: FlowBox | None) -> list[str]:
    """The lines of a box with plain blanks, set in by blanks."""
    lines = () if box is None else box.lines
    return [" " * line.indent + line.text.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def told(drawn: FlowStream) -> list[list[str]]:
    """Each box of a stream, and behind it those that leave it with a sign before them."""
    found = []
    for step in drawn.steps:
        found.append(words(step.box))
        for each in step.leaving:
            sign = {"leaving": "- ", "waiting": "? "}[each.look]
            found.append([sign + line for line in words(each)])
    return found


needs_file = pytest.mark.skipif(not PUBLISHED.exists(), reason="needs ../shared/imports")


@needs_file
def test_a_published_flow_has_the_published_numbers_in_the_boxes_of_the_template() -> None:
    flow = published_flow()
    assert list(flow.imbalances()) == []
    drawn = flow_diagram(flow, "TAAR1 agonists")
    databases, other = drawn.streams
    assert databases.title == "Identification of studies via databases and registers"
    assert other.title == "Identification of studies via other methods"
    assert told(databases) == [
        [
            "Records identified from:",
            " Databases (n = 6,347)",
            "  Biosis Citation Index (n = 1,185)",
            "  Cochrane SR (n = 8)",
            "  CENTRAL (n = 78)",
            "  EMBASE (n = 1,332)",
            "  International Pharmaceutical Abstracts (n = 21)",
            "  MEDLINE (n = 1,212)",
            "  OpenAlex (n = 978)",
            "  PsychINFO (n = 131)",
            "  WoS CORE (n = 1,346)",
            "  ScanMedicine (n = 56)",
            " Registers (n = 126)",
            "  ClinicalTrials.gov (n = 67)",
            "  WHO ICTRP (n = 59)",
        ],
        ["- Records removed before screening:", "-  Duplicate records (n = 2,511)"],
        ["Records screened (n = 3,962)"],
        ["- Records excluded (n = 3,797)"],
        ["Reports sought for retrieval (n = 165)"],
        ["- Reports not retrieved (n = 0)"],
        ["Reports assessed for eligibility (n = 165)"],
        ["- Reports excluded (n = 42):", "-  Study design (n = 26)", "-  Intervention (n = 16)"],
    ]
    assert told(other) == [
        ["Records identified from:", " Citation searching (n = 1)"],
        [],
        ["Reports sought for retrieval (n = 1)"],
        ["- Reports not retrieved (n = 0)"],
        ["Reports assessed for eligibility (n = 1)"],
        ["- Reports excluded (n = 0)"],
    ]
    assert list(map(words, drawn.ends)) == [
        ["Studies included in review (n = 25)", "Reports of included studies (n = 124)"]
    ]
    assert drawn.stages == (("Identification", 1), ("Screening", 3), ("Included", 1))
    assert (drawn.title, drawn.footnotes) == ("TAAR1 agonists", ())
    assert [stream.end for stream in drawn.streams] == [0, 0]
    assert drawn.ends[0].look == "last"


@needs_file
@pytest.mark.parametrize("width", [85.0, 174.0])
def test_a_published_flow_fits_the_widths_of_journals(width: float) -> None:
    laid = lay_out_flow(flow_diagram(published_flow(), "TAAR1 agonists"), width / 25.4 * 72)
    assert outside_page(laid) == []
    assert colliding(laid) == []
    assert laid.height < 297 / 25.4 * 72 * (1.2 if width < 100 else 0.6)


def included(prefix: str, studies: int, reports: int) -> IncludedStudies:
    return IncludedStudies(count(f"{prefix}s", "", studies), count(f"{prefix}r", "", reports))


def updated(gone: int = 0) -> ReviewFlow:
    """What waits at every stage, and what an update brings."""
    main = stream(
        {
            "identified": [count("databases", "Databases", 5)],
            "carried": 2,
            "duplicates": 1,
            "known": 1,
            "unreadable": 1,
            "waiting_titles": 1,
            "screened": 3,
            "sought": 3,
            "waiting_reports": 1,
            "assessed": 2,
            "awaiting_extraction": 1,
            "included": 1,
        },
        other=False,
    )
    other = stream(
        {
            "identified": [count("websites", "Websites", 4, [count("x", "a.ris", 4)])],
            "duplicates": 1,
            "screened": 3,
            "excluded": 3,
        },
        other=True,
    )
    total = included("total", 8 - gone, 10 - gone)
    return ReviewFlow(
        main,
        other,
        included("new", 1, 1),
        total,
        DAYS,
        "1.0.0",
        included("p", 7, 9),
        included("g", gone, gone),
    )


def test_an_update_begins_with_its_previous_version_and_ends_with_the_total() -> None:
    assert list(updated().imbalances()) == list(updated(gone=2).imbalances()) == []
    drawn = flow_diagram(updated(), "Tea")
    previous, databases, other = drawn.streams
    assert (previous.title, previous.end, databases.end, other.end) == ("Previous studies", 1, 0, 0)
    assert told(previous) == [
        [
            "Studies included in previous version of review (n = 7)",
            "Reports of studies included in previous version of review (n = 9)",
        ],
        *[[]] * 3,
    ]
    assert databases.title == "Identification of new studies via databases and registers"
    assert told(databases) == [
        ["Records identified from:", " Databases (n = 5)", " Awaiting in the previous version (n = 2)"],
        [
            "- Records removed before screening:",
            "-  Duplicate records (n = 1)",
            "-  Records already known (n = 1)",
            "-  Records that could not be read (n = 1)",
        ],
        ["? Records awaiting screening (n = 1)"],
        ["Records screened (n = 3)"],
        ["- Records excluded (n = 0)"],
        ["Reports sought for retrieval (n = 3)"],
        ["- Reports not retrieved (n = 0)"],
        ["? Reports awaiting assessment (n = 1)"],
        ["Reports assessed for eligibility (n = 2)"],
        ["- Reports excluded (n = 0)"],
        ["? Reports awaiting extraction (n = 1)"],
    ]
    assert told(other)[:4] == [
        ["Records identified from:", " Websites (n = 4)"],
        ["- Records removed before screening:", "-  Duplicate records (n = 1)"],
        ["Records screened (n = 3)"],
        ["- Records excluded (n = 3)"],
    ]
    assert list(map(words, drawn.ends)) == [
        ["New studies included in review (n = 1)", "Reports of new included studies (n = 1)"],
        ["Total studies included in review (n = 8)", "Reports of total included studies (n = 10)"],
    ]
    assert drawn.stages[-1] == ("Included", 2)
    assert drawn.footnotes == ("Searched to 28 November 2026 (PubMed).",)
    gone = flow_diagram(updated(gone=2), "Tea").streams[0]
    assert told(gone)[0][2:] == ["Studies no longer included (n = 2)", "Reports of them (n = 2)"]


def test_a_flow_of_nothing_has_zeros_and_no_other_methods() -> None:
    nothing = stream({"identified": []}, other=False)
    flow = ReviewFlow(
        nothing,
        stream({"identified": []}, other=True),
        included("n", 0, 0),
        included("n", 0, 0),
        NEVER_SEARCHED,
    )
    (databases,) = flow_diagram(flow, "Tea").streams
    assert told(databases) == [
        ["Records identified (n = 0)"],
        ["- Records removed before screening:", "-  Duplicate records (n = 0)"],
        ["Records screened (n = 0)"],
        ["- Records excluded (n = 0)"],
        ["Reports sought for retrieval (n = 0)"],
        ["- Reports not retrieved (n = 0)"],
        ["Reports assessed for eligibility (n = 0)"],
        ["- Reports excluded (n = 0)"],
    ]


def test_what_waits_among_other_methods_is_screened_there_too() -> None:
    other = stream({"identified": [count("websites", "Websites", 2)], "waiting_titles": 2}, other=True)
    flow = ReviewFlow(
        stream({"identified": []}, other=False),
        other,
        included("n", 0, 0),
        included("n", 0, 0),
        NEVER_SEARCHED,
    )
    assert told(flow_diagram(flow, "Tea").streams[1])[:4] == [
        ["Records identified from:", " Websites (n = 2)"],
        ["? Records awaiting screening (n = 2)"],
        ["Records screened (n = 0)"],
        ["- Records excluded (n = 0)"],
    ]


@needs_file
def test_columns_of_updates_stand_beside_their_sum_row_by_row() -> None:
    drawn = flow_columns([published_flow(), updated()], "Tea", "Searched to today.")
    assert drawn.columns == ("Since then", "1.0.0, to 28\N{NO-BREAK SPACE}Nov 2026", "All")
    assert drawn.total
    assert [(row.kind, row.label, *row.counts) for row in drawn.rows] == [
        ("step", "Records identified", "6,474", "9", "6,483"),
        ("detail", "Databases and registers", "6,473", "5", "6,478"),
        ("detail", "Other methods", "1", "4", "5"),
        ("leaving", "Duplicate records", "2,511", "2", "2,513"),
        ("leaving", "Records already known", "0", "1", "1"),
        ("leaving", "Records that could not be read", "0", "1", "1"),
        ("waiting", "Records awaiting screening", "0", "1", "1"),
        ("step", "Records screened", "3,963", "6", "3,969"),
        ("leaving", "Records excluded", "3,797", "3", "3,800"),
        ("step", "Reports sought for retrieval", "166", "3", "169"),
        ("leaving", "Reports not retrieved", "0", "0", "0"),
        ("waiting", "Reports awaiting assessment", "0", "1", "1"),
        ("step", "Reports assessed for eligibility", "166", "2", "168"),
        ("leaving", "Reports excluded", "42", "0", "42"),
        ("detail", "Study design", "26", "0", "26"),
        ("detail", "Intervention", "16", "0", "16"),
        ("waiting", "Reports awaiting extraction", "0", "1", "1"),
        ("step", "Studies included", "25", "1", "26"),
        ("detail", "Reports of them", "124", "1", "125"),
    ]
    assert drawn.footnotes == ("Searched to today.",)


def test_one_column_has_no_sum_and_rows_that_do_not_apply_are_left_out(tmp_path: Path) -> None:
    flow = ReviewFlow(
        stream(
            {"identified": [count("databases", "Databases", 3)], "screened": 3, "excluded": 3}, other=False
        ),
        stream({"identified": []}, other=True),
        included("n", 0, 0),
        included("n", 0, 0),
        NEVER_SEARCHED,
    )
    drawn = flow_columns([flow], "Tea", "")
    assert (drawn.columns, drawn.total, drawn.footnotes) == (("Since then",), False, ())
    assert [row.label for row in drawn.rows] == [
        "Records identified",
        "Duplicate records",
        "Records screened",
        "Records excluded",
        "Reports sought for retrieval",
        "Reports not retrieved",
        "Reports assessed for eligibility",
        "Reports excluded",
        "Studies included",
        "Reports of them",
    ]
