"""How a review pools: its own method, with what a caller overrides."""

from __future__ import annotations

from typing import TypedDict

from evidence.choices import named
from evidence.records.review import Method, Review
from synthesis.pooling.api import EQUAL_EFFECTS_TEST
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.prediction.prediction import PREDICTIONS
from synthesis.pooling.tau2.estimators import ESTIMATORS


def chosen_method(review: Review, estimator: str | None = None, test: str | None = None) -> Method:
    """The review's method with what overrides it, in the names that pooling knows.

    The review's test goes with its own estimator; equal effects asked for instead are tested as `pool` tests
    them. Raises ValueError for an unknown name.
    """
    given = review.method
    method = named(estimator or given.estimator, ESTIMATORS, "method")
    if test is None and method == "EE" and (estimator or "test" not in given.model_fields_set):
        test = EQUAL_EFFECTS_TEST
    return Method(
        estimator=method,
        test=named(test or given.test, TESTS, "test"),
        level=given.level,
        prediction=named(given.prediction, PREDICTIONS, "prediction"),
    )


class MethodChoices(TypedDict):
    """A review's method, as the functions that pool take it."""

    method: str
    test: str
    level: float
    prediction: str | None


def choices_of(method: Method) -> MethodChoices:
    """What `pool` and its like are told of a review's method."""
    return MethodChoices(
        method=method.estimator,
        test=method.test,
        level=method.level.fraction,
        # a review's kind of prediction is for its random effects; equal effects have none
        prediction=None if method.estimator == "EE" else method.prediction,
    )
