"""The analyses of the shipped review: the rows they promise, and every estimate accounted for."""

from __future__ import annotations

import pytest

from evidence.records.review import SHIPPED, LoadedReview, load_review
from evidence.selection.accounting import in_no_analysis
from evidence.selection.selection import Selection, select


@pytest.fixture(scope="module")
def shipped() -> LoadedReview:
    loaded = load_review(SHIPPED)
    assert loaded.problems == ()
    return loaded


def selected(shipped: LoadedReview) -> dict[str, Selection]:
    return {one.id: select(shipped.review, one, shipped.records) for one in shipped.review.analyses}


def test_the_shipped_review_has_the_analyses_it_promises(shipped: LoadedReview) -> None:
    rows = {
        name: {each.candidate.record.study for each in found.chosen}
        for name, found in selected(shipped).items()
    }
    assert {"imos-4", "cardiovascular-health-study"} <= rows["hip-men"]
    assert "cardiovascular-health-study" in rows["hip-women"]
    assert "imos-4" in rows["femoral-neck-men"]
    for name in ("hip-men", "hip-women", "femoral-neck-men", "lumbar-spine-men", "lumbar-spine-women",
                 "thoracic-spine-by-sex", "lumbar-spine-by-ancestry", "thoracic-spine-by-ancestry",
                 "all-sites-by-sex"):  # fmt: skip
        assert rows[name], name


def test_every_estimate_of_the_shipped_review_is_accounted_for_once(shipped: LoadedReview) -> None:
    selections = list(selected(shipped).values())
    unused = in_no_analysis(shipped.review, shipped.records, selections)
    used: set[str] = set()
    for found in selections:
        used |= {one.candidate.name for one in found.chosen}
        used |= {one.candidate.name for one in (*found.left_out, *found.other_models)}
        used |= {one.name for one in found.silent}
    counted = sum(len(one.placed_estimates) for one in shipped.records)
    assert len(unused) + len(used) == counted
    assert all(each.reason for each in unused)


def test_silence_of_imos_about_women_is_shown(shipped: LoadedReview) -> None:
    found = select(
        shipped.review, next(a for a in shipped.review.analyses if a.id == "hip-women"), shipped.records
    )
    assert "imos-4" in {one.record.study for one in found.silent}
