"""How a new record moves a review, in words: results that moved, were refused, or stay as they were."""

from __future__ import annotations

import pytest

from evidence.records.review import SHIPPED, Analysis, LoadedReview, load_review
from synthesis.commands.movement import Pooling, Summary, movement_lines, reasons_to_stay_out
from tests.evidence.records.samples import record

SAME = Summary(3, (0.1, 0.05, 0.15), 2, False)


@pytest.fixture(scope="module")
def review() -> LoadedReview:
    return load_review(SHIPPED)


@pytest.fixture(scope="module")
def analyses(review: LoadedReview) -> dict[str, Analysis]:
    return {analysis.id: analysis for analysis in review.review.analyses}


def lines(analyses: list[Analysis], old: Pooling, new: Pooling) -> list[str]:
    return [line.plain for line in movement_lines(analyses, old, new)]


@pytest.mark.parametrize(
    ("summary", "decimals", "shown"),
    [
        (Summary(2, (-0.004, -0.0093, 0.017), 4, False), 4, "−0.0040 [−0.0093, 0.0170]"),
        (Summary(2, (0.004, 0.003, 1.0), 2, True), 2, "0.004 [0.003, 1.00]"),
        (Summary(2, (0.004, 0.003, 1.0), 2, False), 2, "0.00 [0.00, 1.00]"),
        (Summary(0, None, 2, False), 2, "nothing"),
    ],
)
def test_a_result_is_shown_with_its_interval(summary: Summary, decimals: int, shown: str) -> None:
    assert summary.shown(decimals) == shown


def test_results_that_moved_are_aligned_and_take_the_more_decimals(analyses: dict[str, Analysis]) -> None:
    chosen = [analyses["hip-men"], analyses["hip-women"]]
    old = {
        "hip-men": {"李": Summary(1, (0.1, 0.0, 0.2), 1, False)},
        "hip-women": {"Same": SAME, "Hip": Summary(0, None, 0, False)},
    }
    new = {
        "hip-men": {"李": Summary(2, (0.25, 0.2, 0.3), 2, False)},
        "hip-women": {"Same": SAME, "Hip": Summary(1, (0.5, 0.0, 1.0), 1, False)},
    }
    assert lines(chosen, Pooling({}, old, {}), Pooling({}, new, {})) == [
        " 李   0.10 [0.00, 0.20]  →  0.25 [0.20, 0.30]   (k 1 → 2)",
        " Hip  nothing            →  0.5 [0.0, 1.0]   (k 0 → 1)",
        " other analyses unchanged",
    ]


def test_a_result_moves_by_its_numbers_or_by_its_studies_alone(analyses: dict[str, Analysis]) -> None:
    def moved(new: Summary) -> int:
        before, after = (Pooling({}, {"hip-men": {"Hip": each}}, {}) for each in (SAME, new))
        return len(lines([analyses["hip-men"]], before, after)) - 1

    assert moved(SAME) == 0
    assert moved(Summary(4, SAME.numbers, 2, False)) == 1
    assert moved(Summary(3, (0.1, 0.05, 0.16), 2, False)) == 1


def test_a_result_that_was_not_there_before_or_is_gone_is_nothing(analyses: dict[str, Analysis]) -> None:
    chosen, some = [analyses["hip-men"]], Pooling({}, {"hip-men": {"Hip": SAME}}, {})
    none = Pooling({}, {}, {})
    shown = "0.10 [0.05, 0.15]"
    assert lines(chosen, none, some)[0] == f" Hip  nothing  →  {shown}   (k 0 → 3)"
    assert lines(chosen, some, none)[0] == f" Hip  {shown}  →  nothing   (k 3 → 0)"
    assert lines(chosen, none, none) == [" no pooled result changed"]


def test_a_refusal_is_new_or_old(analyses: dict[str, Analysis]) -> None:
    chosen = [analyses["hip-men"]]
    refused, fine = Pooling({}, {}, {"hip-men": "why\x1b"}), Pooling({}, {"hip-men": {"Hip": SAME}}, {})
    rest = " other analyses unchanged"
    assert lines(chosen, fine, refused) == [" Hip, men is now refused: why\\x1b", rest]
    assert lines(chosen, refused, refused) == [" Hip, men is still refused: why\\x1b", rest]


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
