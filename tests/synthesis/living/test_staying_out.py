"""Why an estimate of a new record is in no analysis: the first thing that none asks for."""

from __future__ import annotations

import pytest

from evidence.records.review import SHIPPED, LoadedReview, load_review
from synthesis.living.staying_out import reasons_to_stay_out
from synthesis.living.summaries import Pooling
from tests.evidence.records.samples import record


@pytest.fixture(scope="module")
def review() -> LoadedReview:
    return load_review(SHIPPED)


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        (
            (("{name: BMD, site: hip", "{name: T-score, site: hip"),),
            ["no analysis has the outcome 'T-score'; the review asks for: BMD"],
        ),
        (
            (("site: hip", "site: thumb"),),
            [
                "no analysis of BMD has the site 'thumb'; the review asks for: hip, femoral neck,"
                " lumbar spine, thoracic spine"
            ],
        ),
        (
            (("sex: men", "sex: men, group: smokers"), ("site: hip", "site: Femoral Neck")),
            [
                "no analysis of BMD at this site has the stratum 'men, smokers'; the review asks for:"
                " men; each sex"
            ],
        ),
        (
            (("{sex: men}", "{group: smokers}"), ("site: hip", "site: lumbar spine")),
            [
                "no analysis of BMD at this site has the stratum 'smokers'; the review asks for:"
                " men; women; all; each ancestry; each sex"
            ],
        ),
        ((), ["hip-men: refused", "all-sites-by-sex: refused"]),
    ],
)
def test_an_estimate_in_no_analysis_is_told_the_first_thing_that_none_asks_for(
    review: LoadedReview, changes: tuple[tuple[str, str], ...], reasons: list[str]
) -> None:
    refused = Pooling({}, {}, {"hip-men": "why", "all-sites-by-sex": "why"})
    assert reasons_to_stay_out(review, record(*changes), refused) == {"hip-men": reasons}
