"""What is imputed: types, seeds, relations between columns, and rates of error with Rubin's rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from studies.survey import SurveyDesign, SurveyError, combine_imputations, impute, linear, model_matrix
from studies.survey.imputation import CYCLES

EDUCATION = pd.CategoricalDtype(["school", "college", "degree"], ordered=True)


def people(n: int = 120, seed: int = 3) -> pd.DataFrame:
    """Columns of every kind, a sixth of the cells of all but the first missing."""
    random = np.random.default_rng(seed)
    age = random.integers(20, 80, n)
    frame = pd.DataFrame(
        {
            "age": age,
            "weight (kg)": np.round(50.0 + 0.4 * age + random.normal(size=n), 1),
            "sex": np.where(random.uniform(size=n) < 0.5, "man", "woman"),
            "race": np.array(["A", "B", "C"])[random.integers(0, 3, n)],
            "education": pd.Series(np.array(EDUCATION.categories)[(age // 25).clip(0, 2)], dtype=EDUCATION),
            "smokes": pd.Series(random.uniform(size=n) < 0.3, dtype="boolean"),
            "visits": pd.Series(random.poisson(2.0, n), dtype="Int64"),
            "place": pd.Series(np.array(["n", "e", "s"])[random.integers(0, 3, n)]).astype("category"),
        }
    ).set_index(np.arange(n) + 1000)
    frame = frame.assign(again=frame["race"].astype(object), same=1.0)
    for name in frame.columns[1:]:
        frame.loc[random.uniform(size=n) < 1 / 6, name] = None
    return frame


PEOPLE = people()
FRAMES = impute(PEOPLE, 2, seed=8)


def test_every_cell_is_filled_with_a_value_that_has_been_observed() -> None:
    for found in FRAMES:
        assert not found.isna().any(axis=None)
        for name in PEOPLE.columns:
            assert set(found[name]) <= set(PEOPLE[name].dropna())


def test_what_was_observed_stays_with_its_names_types_and_order() -> None:
    before = PEOPLE.copy()
    for found in FRAMES:
        pd.testing.assert_frame_equal(found.where(PEOPLE.notna()), PEOPLE.where(PEOPLE.notna()))
        assert (found.dtypes == PEOPLE.dtypes).all()
        assert found.index.equals(PEOPLE.index)
    pd.testing.assert_frame_equal(PEOPLE, before)


@pytest.mark.long
def test_the_same_seed_gives_the_same_frames_and_numpys_own_state_is_left_alone() -> None:
    before = np.random.get_state(legacy=False)["state"]["key"].copy()
    again, other = impute(PEOPLE, 2, seed=8), impute(PEOPLE, 2, seed=9)
    assert (np.random.get_state(legacy=False)["state"]["key"] == before).all()
    for found, once in zip(again, FRAMES, strict=True):
        pd.testing.assert_frame_equal(found, once)
    pd.testing.assert_frame_equal(impute(PEOPLE, 2)[0], impute(PEOPLE, 2, seed=1)[0])
    assert not other[0].equals(FRAMES[0])
    assert not FRAMES[1].equals(FRAMES[0])


def test_a_number_of_frames_begins_with_those_of_a_smaller_number() -> None:
    for found, once in zip(impute(PEOPLE, 3, seed=8), FRAMES, strict=False):
        pd.testing.assert_frame_equal(found, once)


def test_without_missing_values_frames_are_copies_of_their_own() -> None:
    whole = PEOPLE[["age"]]
    frames = impute(whole, 2)
    frames[0].loc[1000, "age"] = -1
    assert frames[1].equals(whole)
    assert (whole["age"] > 0).all()


def test_there_are_twenty_frames_unless_another_number_is_asked_for() -> None:
    assert len(impute(pd.DataFrame({"x": [1.0, 2.0, None, 3.0, 5.0], "y": range(5)}))) == 20


def related(n: int = 300) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """A class for each third of x, y on a line of it, z a part of y; half of each is missing."""
    random = np.random.default_rng(5)
    x = random.uniform(0, 3, n)
    frame = pd.DataFrame(
        {
            "x": x,
            "third": np.array(["low", "middle", "high"])[x.astype(int)],
            "y": 1e6 + 2000.0 * x + random.normal(size=n),
        }
    )
    hidden = random.uniform(size=n) < 0.4
    frame.loc[hidden, "third"] = None
    frame.loc[~hidden & (random.uniform(size=n) < 0.3), "y"] = None
    return frame, x


def test_imputed_numbers_follow_the_line_of_those_observed() -> None:
    frame, x = related()
    for found in impute(frame, 2):
        away = (found["y"] - 1e6 - 2000.0 * x)[frame["y"].isna()]
        assert abs(away.mean()) < 60.0
        assert away.std() < 200.0


def test_a_number_is_imputed_from_each_of_the_classes() -> None:
    frame = pd.DataFrame({"class": [*"abcd"] * 30, "y": np.tile([5.0, -3.0, 2.0, 9.0], 30)})
    expected = frame["y"].copy()
    frame.loc[::7, "y"] = None
    for found in impute(frame, 2):
        pd.testing.assert_series_equal(found["y"], expected)


def test_imputed_classes_are_those_of_people_alike_in_all_their_shares() -> None:
    """The middle class has no extreme share of its own: along one axis alone it could not be told apart."""
    frame, x = related()
    truth = np.array(["low", "middle", "high"])[x.astype(int)]
    for found in impute(frame, 2):
        right = (found["third"] == truth)[frame["third"].isna()]
        assert right.mean() > 0.8
    shares = pd.crosstab(impute(frame, 2)[0]["third"], truth, normalize="columns")
    assert shares.to_numpy().diagonal().min() > 0.8


def test_people_alike_in_all_they_have_may_each_be_a_donor() -> None:
    """Of two kinds, a hundred with a value and a hundred without: not the same ten give theirs to all."""
    value = np.random.default_rng(2).normal(size=400)
    frame = pd.DataFrame({"kind": np.arange(400) % 2, "value": value})
    frame.loc[200:, "value"] = None
    assert all(found.loc[200:, "value"].nunique() > 60 for found in impute(frame, 2))
    sizes = frame.assign(value=np.array(["low", "middle", "high"])[(value > -0.5) * 1 + (value > 0.5)])
    sizes.loc[200:, "value"] = None
    observed = pd.crosstab(sizes["kind"], sizes["value"], normalize="index").to_numpy()
    for found in impute(sizes, 6):
        drawn = found.loc[200:]
        shares = pd.crosstab(drawn["kind"], drawn["value"], normalize="index").to_numpy()
        assert np.abs(shares - observed).max() < 0.2


def test_a_donor_is_one_of_the_ten_whose_prediction_is_nearest() -> None:
    """On a line without noise, between 50 and 51: people at 46 to 55, each of them in turn."""
    x = np.append(np.arange(101.0), np.full(200, 50.5))
    frame = pd.DataFrame({"x": x, "y": np.where(np.arange(301) < 101, x, np.nan)})
    for found in impute(frame, 2):
        assert set(found["y"][101:]) == set(np.arange(46.0, 56.0))


def test_numbers_far_from_zero_predict_as_well_as_others() -> None:
    z = np.random.default_rng(9).normal(size=120)
    frame = pd.DataFrame({"far": 1e9 + z, "y": z})
    frame.loc[::4, "y"] = None
    for found in impute(frame, 2):
        assert np.abs(found["y"] - z)[::4].max() < 1.5


def test_imputed_values_vary_as_the_residuals_do_and_differ_between_frames() -> None:
    random = np.random.default_rng(6)
    n = 2000
    x = random.normal(size=n)
    frame = pd.DataFrame({"x": x, "y": 3.0 * x + random.normal(size=n)})
    hidden = random.uniform(size=n) < 0.5
    frame.loc[hidden, "y"] = None
    frames = impute(frame, 4)
    spread = [float((found["y"] - 3.0 * x)[hidden].std()) for found in frames]
    assert all(0.9 < each < 1.1 for each in spread)
    means = [float(found["y"].mean()) for found in frames]
    assert 0.002 < np.std(means) < 0.2


def test_a_chain_runs_until_columns_that_depend_on_each_other_have_settled() -> None:
    """y and z are nearly one, and never missing together: the first guess of neither is left."""
    random = np.random.default_rng(7)
    n = 300
    y = random.normal(size=n)
    frame = pd.DataFrame({"y": y, "z": y + 0.01 * random.normal(size=n), "noise": random.normal(size=n)})
    part = np.arange(n) % 3
    frame.loc[part == 0, "y"] = None
    frame.loc[part == 1, "z"] = None
    for found in impute(frame, 2):
        assert np.corrcoef(found["y"], found["z"])[0, 1] > 0.98
    assert CYCLES == 10


def test_people_of_whom_nothing_is_known_are_imputed_too() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, None, 4.0, 5.0], "y": [2.0, 1.0, None, 3.0, 6.0]})
    found = impute(frame, 2)[0]
    assert found.shape == (5, 2)
    assert found.loc[2].isin([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).all()


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ([None] * 6, "column 'x' has no value, so there is nobody to learn from: leave it out"),
        ([np.nan] * 6, "column 'x' has no value"),
        ([1.0, np.inf, 2.0, 3.0, None, 5.0], "column 'x' has infinite values; a missing value is nan"),
        ([date(2020, 1, k) for k in range(1, 7)], "column 'x' has 6 classes among 6 people; expected few"),
        (
            pd.date_range("2020-01-01", periods=6),
            r"column 'x' has type datetime64\[\w+\]; expected numbers, true",
        ),
        ([*"abcd", None, "a"], "column 'x' has 4 classes among 5 people; expected few"),
    ],
)
def test_columns_that_cannot_be_imputed_are_refused(column: Any, says: str) -> None:
    with pytest.raises(SurveyError, match=says):
        impute(pd.DataFrame({"y": range(6), "x": column}), 2)


def test_a_column_needs_more_values_than_it_has_coefficients() -> None:
    """Intercept, noise, two of the three classes, the number: five of them, and six values to fit."""
    frame = pd.DataFrame({"x": [*range(6), None, None], "three": [*"abcabcab"], "number": [1.0, 2.0] * 4})
    assert not impute(frame, 2)[0].isna().any(axis=None)
    frame.loc[5, "x"] = None
    with pytest.raises(SurveyError, match="column 'x' has 5 values, too few for the 5 coefficients that"):
        impute(frame, 2)


def test_half_as_many_classes_as_people_are_few_enough() -> None:
    frame = pd.DataFrame({"y": range(7), "x": [*"abcabc", None]})
    assert impute(frame, 2)[0]["x"].iloc[6] in "abc"


def test_names_that_stand_twice_and_less_than_two_frames_are_refused() -> None:
    with pytest.raises(SurveyError, match="columns stand twice: x, x; expected each name once"):
        impute(pd.DataFrame([[1.0, None]], columns=["x", "x"]), 2)
    with pytest.raises(SurveyError, match="1 imputations; expected two or more, such as 20"):
        impute(PEOPLE, 1)


def covered(kind: str, seed: int, n: int = 400) -> list[bool]:
    """Whether the intervals of a regression hold the truth; the more y, the more often x is missing."""
    random = np.random.default_rng(seed)
    psu = np.arange(n) % 40
    z = random.normal(size=n) + 0.5 * random.normal(size=40)[psu]
    shares = np.exp(np.stack([0.0 * z, 0.8 * z, 0.5 - 0.8 * z], axis=1))
    place = (random.uniform(size=n)[:, None] > np.cumsum(shares / shares.sum(axis=1)[:, None], axis=1)).sum(
        axis=1
    )
    drawn = {
        "number": 0.5 * z + random.normal(size=n),
        "binary": (random.uniform(size=n) < 1 / (1 + np.exp(-0.8 * z))) * 1.0,
        "classes": np.array(["a", "b", "c"])[place.clip(0, 2)],
    }
    x = drawn[kind]
    effect, truth = (
        (0.5 * x, [0.5, 0.3]) if kind != "classes" else (np.array([0, 0.7, -0.5])[place], [0.7, -0.5, 0.3])
    )
    y = 1.0 + effect + 0.3 * z + random.normal(size=n)
    frame = pd.DataFrame({"x": x, "z": z, "y": y, "w": random.uniform(1, 4, n)})
    frame.loc[random.uniform(size=n) < 1 / (1 + np.exp(1.7 - 0.7 * y)), "x"] = None
    fits = []
    for found in impute(frame, 10, seed):
        columns = {"x": found["x"]} if kind != "classes" else {k: (found["x"] == k) * 1.0 for k in "bc"}
        matrix, names = model_matrix({**columns, "z": found["z"]})
        fits.append(linear(SurveyDesign(found["w"].to_numpy(), psu=psu), found["y"], matrix, names=names))
    low, high = combine_imputations(fits).ci()[1:].T
    return [bool(inside) for inside in (low < truth) & (truth < high)]


@pytest.mark.long
@pytest.mark.parametrize("kind", ["number", "binary", "classes"])
def test_intervals_after_imputation_hold_the_truth_as_often_as_they_say(kind: str) -> None:
    found = np.array([covered(kind, seed) for seed in range(300)])
    assert found.shape == (300, 3 if kind == "classes" else 2)
    # Of 300 intervals of 95 %, 285 hold it; four standard errors are 15.
    assert (found.mean(axis=0) > 0.90).all()
    assert (found.mean(axis=0) < 0.99).all()
