"""The method of a review and what the command line makes of it."""

from __future__ import annotations

import pytest
import typer

from evidence.records.review import SHIPPED, Method, Review, load_review
from synthesis.commands.loading import (
    choose,
    find_review,
    method_of,
    other_choices,
    unchanged_models,
)


@pytest.fixture(scope="module")
def review() -> Review:
    return load_review(SHIPPED).review


def by(review: Review, **method: str) -> Review:
    return review.model_copy(update={"method": Method.model_validate(method)})


def test_what_no_option_names_is_the_reviews_own(review: Review) -> None:
    own = by(review, estimator="DL", test="t", level="90 %", prediction="HTS")
    found = method_of(own, None, None)
    assert (found.estimator, found.test, found.prediction, str(found.level)) == ("DL", "t", "HTS", "90 %")
    found = method_of(own, "pm", "hksj")
    assert (found.estimator, found.test, found.prediction, str(found.level)) == ("PM", "HKSJ", "HTS", "90 %")
    assert other_choices(own, found) == "_PM_HKSJ"
    assert other_choices(own, method_of(own, "PM", None)) == "_PM"
    assert other_choices(own, method_of(own, "dl", "T")) == ""


@pytest.mark.parametrize(
    ("method", "estimator", "test", "expected"),
    [
        ({"estimator": "REML", "test": "HKSJ"}, "EE", None, "z"),
        ({"estimator": "REML", "test": "HKSJ"}, "EE", "t", "t"),
        ({"estimator": "EE", "test": "t"}, None, None, "t"),
        ({"estimator": "EE"}, None, None, "z"),
        ({"estimator": "REML"}, None, None, "HKSJ"),
    ],
)
def test_equal_effects_are_tested_by_z_unless_a_test_is_named(
    review: Review, method: dict[str, str], estimator: str | None, test: str | None, expected: str
) -> None:
    assert method_of(by(review, **method), estimator, test).test == expected


def test_analyses_come_in_the_order_asked_for_each_once(review: Review) -> None:
    names = ["hip-women", "hip-men", "hip-women"]
    assert [analysis.id for analysis in choose(review, names)] == ["hip-women", "hip-men"]
    assert choose(review, []) == review.analyses


@pytest.mark.parametrize(("estimator", "test"), [("nothing", None), (None, "nothing")])
def test_an_unknown_name_exits_with_2(review: Review, estimator: str | None, test: str | None) -> None:
    with pytest.raises(typer.Exit) as ending:
        method_of(review, estimator, test)
    assert ending.value.exit_code == 2


def test_a_review_is_named_by_its_folder_or_its_file() -> None:
    assert find_review(SHIPPED / "review.yaml") == find_review(SHIPPED) == SHIPPED


@pytest.mark.parametrize(
    ("estimator", "test", "said"),
    [
        (None, None, ""),
        ("ML", None, ""),
        ("REML", "HKSJ", ""),
        ("DL", None, "estimator DL is of independent effects, and changes nothing there"),
        (None, "z", "test z is of independent effects, and changes nothing there"),
        ("PM", "t", "test t and estimator PM are of independent effects, and change nothing there"),
    ],
)
def test_what_a_model_does_not_heed_is_said_of_the_analyses_that_have_one(
    review: Review, estimator: str | None, test: str | None, said: str
) -> None:
    used = method_of(review, estimator, test)
    one = choose(review, ["hip-men", "all-sites-by-sex"])
    assert unchanged_models(review, one, used) == (
        said and f"all-sites-by-sex has a model of its own: {said}"
    )
    both = choose(review, ["all-sites-by-sex", "hip-and-neck-by-sex"])
    assert unchanged_models(review, both, used) == (
        said and f"all-sites-by-sex and hip-and-neck-by-sex have models of their own: {said}"
    )
    assert unchanged_models(review, choose(review, ["hip-men"]), used) == ""
