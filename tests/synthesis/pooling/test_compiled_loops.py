"""The compiled loops: the numbers of numpy, and numpy itself wherever they cannot be had."""

import gc
import importlib.util
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel import compiling, fast_paths, one_mean, search
from synthesis.pooling.kernel.effects import Array, Effects, compiled_usable_loop
from synthesis.pooling.kernel.fitting import estimate_batch
from synthesis.pooling.kernel.likelihood import FULL, RESTRICTED, maximise
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.one_mean import InterceptModel, RowModel, intercept_model
from synthesis.pooling.tau2.estimators import generalised_q_root
from tests.synthesis.pooling.fuzz.problems import random_problems

# Where CI is set its absence fails, as every compiled loop is then asserted to exist.
needs_numba = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None and not os.environ.get("CI"), reason="numba is not installed"
)


@pytest.fixture
def afresh() -> Iterator[None]:
    """What was compiled, or failed to be, is forgotten before and after."""
    fast_paths.compiled_moment_loop.cache_clear()
    search.compiled_loops.cache_clear()
    yield
    fast_paths.compiled_moment_loop.cache_clear()
    search.compiled_loops.cache_clear()


def data_sets(n: int, k: int) -> Effects:
    rng = np.random.default_rng(k)
    v = rng.uniform(0.01, 0.3, (n, k))
    return Effects(rng.normal(0.2, np.sqrt(v + rng.uniform(0.0, 0.2, (n, 1)))), v)


def run(loop: fast_paths.MomentLoop, effects: Effects) -> Array:
    found = np.full((3, effects.batch), np.nan)
    assert loop(effects.y, effects.v, found[0], found[1], found[2])
    return found


@needs_numba
@pytest.mark.parametrize("k", [2, 3, 4, 5, 7, 16, 20, 33, 1000])
def test_compiled_python_and_numpy_agree(k: int) -> None:
    compiled = fast_paths.compiled_moment_loop()
    assert compiled is not None
    every = data_sets(400, k)
    good = np.array([fast_paths.plain_moments(every.rows(slice(i, i + 1))) is not None for i in range(400)])
    effects = Effects(every.y[good], every.v[good])
    expected = run(fast_paths.moments_by_numpy, effects)
    unit = np.array([expected[0] + effects.v.min(axis=1), np.abs(expected[1]) + expected[2], expected[2]])
    assert good.sum() > 350
    assert k > 20 or np.mean(expected[0] == 0.0) > 0.05
    for loop in (compiled, fast_paths.moment_loop):
        assert np.all(np.abs(run(loop, effects) - expected) <= 2e-12 * unit)


@needs_numba
def test_two_runs_give_the_same_bits() -> None:
    effects = data_sets(60_000, 20)
    first, second = (fast_paths.plain_moments(effects) for _ in range(2))
    assert first is not None
    assert second is not None
    for name in ("tau2", "mean", "se"):
        assert np.array_equal(getattr(first, name), getattr(second, name))


@needs_numba
def test_arrays_that_cannot_be_written_are_read() -> None:
    effects = data_sets(100, 20)
    compiled = fast_paths.compiled_moment_loop()
    assert compiled is not None
    expected = run(compiled, effects)
    effects.y.flags.writeable = effects.v.flags.writeable = False
    assert np.array_equal(run(compiled, effects), expected)


@needs_numba
def test_other_threads_go_on_while_a_compiled_loop_runs() -> None:
    loops = search.compiled_loops()
    assert loops is not None
    for loop in (
        compiled_usable_loop(),
        fast_paths.compiled_moment_loop(),
        loops.survey,
        loops.search,
        loops.sums,
    ):
        assert getattr(loop, "targetoptions")["nogil"] is True  # noqa: B009


@needs_numba
def test_it_refuses_what_loses_digits() -> None:
    compiled = fast_paths.compiled_moment_loop()
    assert compiled is not None
    for y in (np.full((1, 3), 0.1), np.array([[np.nan, 0.1, 0.2]]), np.array([[np.inf, 0.1, 0.2]])):
        assert not compiled(y, np.full((1, 3), 0.1), *np.empty((3, 1)))


@pytest.mark.usefixtures("afresh")
def test_without_numba_numpy_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "find_spec", lambda name: None)
    effects = data_sets(60_000, 20)
    assert fast_paths.compiled_moment_loop() is None
    assert np.array_equal(estimate_batch(effects, "DL").tau2, run(fast_paths.moments_by_numpy, effects)[0])


@pytest.mark.usefixtures("afresh")
def test_a_numba_that_does_not_work_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)  # importing it raises
    effects = data_sets(60_000, 20)
    assert fast_paths.compiled_moment_loop() is None
    assert np.array_equal(estimate_batch(effects, "DL").tau2, run(fast_paths.moments_by_numpy, effects)[0])


@needs_numba
@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize("usable", [True, False])
def test_compiled_code_is_kept_where_the_user_told_numba_or_nowhere(
    usable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from numba.core import config

    folder = tmp_path / "kept"
    if not usable:
        folder.write_text("a file where the folder should be")
    monkeypatch.setattr(config, "CACHE_DIR", str(folder))
    compiled = fast_paths.compiled_moment_loop()
    assert compiled is not None
    run(compiled, data_sets(1, 20))
    assert len(list(tmp_path.rglob("*.nbi"))) == usable


@needs_numba
def test_settings_of_numba_are_read_and_never_written() -> None:
    code = """
from numba.core import config
before = {name: getattr(config, name) for name in dir(config) if name.isupper()}
class Watched(type(config)):
    def __setattr__(self, name, value):
        raise AssertionError(f"{name} was set")
config.__class__ = Watched
from synthesis.pooling.kernel import fast_paths, search
assert fast_paths.compiled_moment_loop() is not None and search.compiled_loops() is not None
assert before == {name: getattr(config, name) for name in before}
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@needs_numba
@pytest.mark.usefixtures("afresh")
def test_a_damaged_cache_breaks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from numba.core import config

    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    assert fast_paths.compiled_moment_loop() is not None
    kept = list(tmp_path.rglob("*.nb?"))
    assert len(kept) == 2
    for file in kept:
        file.write_bytes(b"not what was written")
    fast_paths.compiled_moment_loop.cache_clear()
    effects = data_sets(60_000, 20)
    found = estimate_batch(effects, "DL")
    expected = run(fast_paths.moments_by_numpy, effects)
    assert np.allclose(found.tau2, expected[0], rtol=1e-11, atol=1e-14)


def test_small_batches_import_no_numba() -> None:
    code = """
import sys, numpy as np
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.kernel.fitting import estimate_batch
from synthesis.pooling.kernel.one_mean import intercept_model
v = np.random.default_rng(1).uniform(0.01, 0.3, (10_000, 20))
estimate_batch(Effects(np.random.default_rng(2).normal(0.2, np.sqrt(v + 0.1)), v), "DL")
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


ATTRIBUTES = (
    "trace_w",
    "trace_ww",
    "trace_p",
    "trace_pp",
    "ypy",
    "yppy",
    "ypppy",
    "beta",
    "covariance",
    "logdet_w",
    "logdet_gram",
    "weights",
)


def both_models(effects: Effects, monkeypatch: pytest.MonkeyPatch) -> tuple[RowModel, InterceptModel]:
    """The model that loops read row by row, and that of numpy."""
    with monkeypatch.context() as patch:
        patch.setattr(one_mean, "_WORTH_COMPILING", 1)
        rows = intercept_model(effects)[0]
        patch.setattr(one_mean, "_WORTH_COMPILING", np.inf)
        columns = intercept_model(effects)[0]
    assert isinstance(rows, RowModel)
    assert not isinstance(columns, RowModel)
    return rows, columns


@pytest.fixture(params=["compiled", "python"])
def loops(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The loops as machine code, and as they are written."""
    if request.param == "python":
        written = search.Loops(search.survey_loop, search.search_loop, search.sum_loop)
        monkeypatch.setattr(search, "compiled_loops", lambda: written)
    elif search.compiled_loops() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("numba is not installed")
    return str(request.param)


@pytest.mark.parametrize("k", [2, 3, 7, 20])
@pytest.mark.parametrize("absent", [0.0, 0.3])
@pytest.mark.parametrize("dominating", [1.0, 1e-9])
def test_sums_taken_at_once_are_those_of_numpy(
    loops: str, k: int, absent: float, dominating: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = 60
    rng = np.random.default_rng(k)
    v = rng.uniform(0.1, 0.3, (n, k))
    v[:, -1] *= dominating
    present = rng.random((n, k)) >= absent
    present[:, [0, -1]] = True
    quick, plain = both_models(Effects(rng.normal(0.2, 0.5, (n, k)), v, present), monkeypatch)
    assert (plain.top_index is None) == (quick.top_index is None) == (dominating == 1.0)
    unit = (plain.v_min / quick.v_min) ** 0.5  # that of numpy differs by a power of two where none dominates
    tau2 = rng.choice([0.0, 0.01, 0.4, 20.0], n) * quick.v_min
    tau2.flags.writeable = False
    compared = 0
    assert np.all(unit == 1.0)
    for name in ATTRIBUTES:
        ours, theirs = getattr(quick.at(tau2), name), getattr(plain.at(tau2), name)
        scale = np.abs(theirs).reshape(n, -1).max(axis=1)
        least = plain.at(tau2).trace_w ** -0.5 if name == "beta" else 1.0 if "logdet" in name else 0.0
        error = np.abs(ours - theirs).reshape(n, -1).max(axis=1)
        assert np.all(error <= 2e-12 * (scale + least)), name
        compared += 1
    assert compared == len(ATTRIBUTES)


SEARCHES: dict[str, Callable[[LinearModel], Array]] = {
    "REML": lambda model: maximise(model, RESTRICTED),
    "ML": lambda model: maximise(model, FULL),
    "PM": lambda model: generalised_q_root(model, model.df),
    "Q": lambda model: generalised_q_root(model, 1.7 * model.df),
}


def test_a_search_by_loops_ends_where_that_of_numpy_ends(loops: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random and extreme data sets, among them some of two maxima, with ties and with studies absent."""
    compared = zero = 0
    rng = np.random.default_rng(4)
    for number, (_, effects) in enumerate(random_problems(9, 40_000 if loops == "compiled" else 600)):
        present = rng.random(effects.y.shape) >= (0.3 if number % 3 == 0 else 0.0)
        present[:, :2] = True
        rows, columns = both_models(effects.where(present), monkeypatch)
        shrink = rows.given.facts[search.SHRINK]
        to_rows = columns.v_min / rows.v_min  # numpy measures all in units of its own where one is extreme
        with np.errstate(divide="ignore", invalid="ignore"):
            for find in SEARCHES.values():
                ours, theirs = find(rows), find(columns) / to_rows
                assert np.all(np.abs(ours - theirs) <= 2e-12 * (theirs + rows.v_min))
                zero += int(np.sum(ours == 0.0))
                compared += ours.size
        assert np.all(np.frexp(shrink)[0] == 0.5)
    assert compared > (150_000 if loops == "compiled" else 2_300)
    assert compared > 2 * zero > 0.3 * compared


def test_of_two_maxima_the_higher_is_found_by_loops_too(loops: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two precise studies that agree, and others far apart: zero and a large tau2 are both maxima."""
    highest = []
    for far in np.linspace(3.0, 9.0, 25):
        y = np.array([0.0, 0.001, far, -far, 0.9 * far])
        effects = Effects(y, np.array([1e-4, 1e-4, 4.0, 4.0, 4.0]))
        rows, columns = both_models(effects, monkeypatch)
        for criterion in (RESTRICTED, FULL):
            ours = maximise(rows, criterion) * columns.v_min / rows.v_min
            assert ours == pytest.approx(maximise(columns, criterion), rel=1e-11)
            highest.append(float(ours[0]) > 0.0)
    assert 0 < sum(highest) < len(highest) == 50


def test_each_data_set_is_read_of_its_own_by_loops(loops: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands beside it in a batch moves no bit: dominated, extreme, empty, one study, all equal."""
    nan = np.nan
    y = np.array([[0.1, 0.5, 0.9], [3.0, 2.0, 1.0], [1e70, 2e70, 0.0], [nan] * 3, [nan, 2.0, nan], [4.0] * 3])
    v = np.array(
        [[1.0, 2.0, 3.0], [1e-9, 1.0, 2.0], [1e140, 2e140, 1e139], [nan] * 3, [nan, 0.5, nan], [2.0] * 3]
    )
    present = np.isfinite(y)
    rows, _ = both_models(Effects(y, v, present), monkeypatch)
    shrink = rows.given.facts[search.SHRINK]
    assert rows.k.tolist() == [3.0, 3.0, 3.0, 0.0, 1.0, 3.0]
    assert rows.given.facts[search.TOP].tolist() == [-1.0, 0.0, 2.0, -1.0, -1.0, -1.0]
    assert rows.given.facts[search.ORIGIN].tolist() == [0.1, 3.0, 0.0, 0.0, 2.0, 4.0]
    assert (rows.v_min / shrink**2).tolist() == [1.0, 1e-9, 1e139, 1.0, 0.5, 2.0]
    assert (rows.v_max / shrink**2).tolist() == [3.0, 2.0, 2e140, 1.0, 0.5, 2.0]
    assert np.array_equal(shrink[[0, 3, 4, 5]], np.ones(4))
    assert np.all((rows.v_min[1:3] >= 1.0) & (rows.v_min[1:3] < 4.0))
    assert np.array_equal(rows.present, present)
    several = rows.take(np.array([0, 1, 2, 5]))
    alone = [rows.take(np.array([i])) for i in (0, 1, 2, 5)]
    for find in SEARCHES.values():
        with np.errstate(divide="ignore", invalid="ignore"):
            assert np.array_equal(find(several), np.concatenate([find(one) for one in alone]))


@needs_numba
@pytest.mark.parametrize("method", ["REML", "PM", "DL", "HE", "SJ"])
def test_what_is_pooled_from_loops_is_what_is_pooled_without(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every number of a result, with studies absent and one that dominates in every other data set."""
    rng = np.random.default_rng(6)
    v = rng.uniform(0.1, 0.3, (400, 6))
    v[::2, 3] *= 1e-7
    present = rng.random((400, 6)) >= 0.4
    present[7] = False
    effects = Effects(rng.normal(0.2, np.sqrt(v + 0.1)), v, present)
    plain = pool_batch(effects, method)
    monkeypatch.setattr(one_mean, "_WORTH_COMPILING", 1)
    quick = pool_batch(effects, method)
    assert 0.0 in plain.k
    assert 1.0 in plain.k
    compared = 0
    for field in fields(plain):
        ours, theirs = getattr(quick, field.name), getattr(plain, field.name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-11, err_msg=field.name)
        compared += 1
    assert compared == len(fields(plain)) == 30


@needs_numba
@pytest.mark.parametrize("method", ["REML", "ML", "PM", "SJ", "EE"])
def test_large_batches_give_the_numbers_of_small_ones(method: str) -> None:
    effects = data_sets(10_000, 20)
    large = estimate_batch(effects, method)
    small = [estimate_batch(effects.rows(slice(i, i + 500)), method) for i in range(0, 10_000, 500)]
    for name, least in (("tau2", 1e-2), ("beta", 1e-2), ("se", 0.0)):
        ours = getattr(large, name)
        theirs = np.concatenate([getattr(part, name) for part in small])
        assert np.all(np.abs(ours - theirs) <= 1e-10 * (np.abs(theirs) + least)), name


@needs_numba
def test_loops_are_compiled_from_150000_numbers_on_and_serve_parts_of_their_batch() -> None:
    rng = np.random.default_rng(1)
    for n, k in ((74_999, 2), (149_999, 1), (50_000, 3)):
        model, _ = intercept_model(Effects(rng.normal(size=(n, k)), rng.uniform(0.1, 0.3, (n, k))))
        assert isinstance(model, RowModel) == (n * k >= 150_000), n
        assert type(model.take(np.arange(3))) is type(model)


@needs_numba
def test_moments_are_compiled_from_a_million_numbers_on_that_lie_in_order() -> None:
    compiled = fast_paths.compiled_moment_loop()
    for n, k in ((333_333, 3), (500_000, 2)):
        y = np.zeros((n, k))
        assert (fast_paths._loop_for(Effects(y, y + 1.0)) is compiled) == (n * k == 1_000_000)
    across = np.zeros((2, 500_000)).T
    assert fast_paths._loop_for(Effects(across, across + 1.0)) is fast_paths.moments_by_numpy


@needs_numba
def test_a_loop_that_comes_from_no_file_is_compiled_and_kept_nowhere() -> None:
    made: dict[str, Any] = {}
    exec("def twice(y, v, tau2, sums):\n    sums[0, 0] = 2.0 * tau2[0]", made)
    compiled = compiling._compile(made["twice"], "void(data, data, data1, out2)")
    sums = np.zeros((1, 1))
    compiled(np.ones((1, 1)), np.ones((1, 1)), np.array([3.0]), sums)
    assert sums[0, 0] == 6.0


def test_without_numba_large_batches_are_left_to_numpy(afresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "find_spec", lambda name: None)
    assert search.compiled_loops() is None
    model, _ = intercept_model(data_sets(10_000, 20))
    assert not isinstance(model, RowModel)
    assert np.isfinite(estimate_batch(data_sets(10_000, 20)).tau2).all()


@needs_numba
def test_loops_read_data_that_nobody_may_write_to() -> None:
    moments = fast_paths.compiled_moment_loop()
    assert moments is not None
    effects = Effects(np.array([[0.1, 0.5, 0.9]]), np.array([[0.1, 0.2, 0.4]]))
    loops = search.compiled_loops()
    assert loops is not None
    rows = effects.y, effects.v, np.empty((0, 0), dtype=bool)
    found = {}
    for writeable in (True, False):
        effects.y.flags.writeable = effects.v.flags.writeable = writeable
        sums, facts, tau2 = np.zeros((8, 1)), np.zeros((6, 1)), np.zeros(1)
        loops.survey(*rows, facts)
        loops.sums(*rows, facts, np.zeros(1), sums)
        loops.search(*rows, facts, search.RESTRICTED, np.zeros(1), tau2)
        found[writeable] = run(moments, effects), sums, facts, tau2
    assert all(np.array_equal(one, other) for one, other in zip(found[True], found[False], strict=True))
    assert found[True][1][:2, 0] == pytest.approx([17.5, 131.25], rel=1e-14)


@needs_numba
def test_what_was_fitted_is_let_go_of_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No circle of a model and its projections keeps a block until Python looks for circles."""
    rows, _ = both_models(data_sets(50, 4), monkeypatch)
    assert np.isfinite(rows.at_zero.ypy + rows.at(rows.v_min).trace_p).all()
    assert rows.at(rows.v_min).weights.shape == (50, 4)
    gone = weakref.ref(rows)
    gc.disable()
    try:
        del rows
        assert gone() is None
    finally:
        gc.enable()


def test_a_q_next_to_nothing_is_met_far_out(loops: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two studies of variance one, d apart, it is d^2 / 2 / (1 + tau2)."""
    d = np.array([0.5, 1.0, 3.0])
    effects = Effects(np.column_stack([np.zeros(3), d]), np.ones((3, 2)))
    rows, _ = both_models(effects, monkeypatch)
    for goal in (0.02, 0.1, 0.5):
        found = generalised_q_root(rows, np.full(3, goal))
        assert found == pytest.approx(np.maximum(0.5 * d**2 / goal - 1.0, 0.0), rel=1e-11)


def test_effects_far_from_zero_but_not_from_one_another_are_harmless(
    loops: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are measured from the first: only where others are far from it is one kept apart."""
    y = np.array([[1e7, 1e7 + 1.0, 1e7 - 2.0], [0.0, 1e7, 1.0], [-1e7, -1e7, -1e7 + 5.0]])
    rows, columns = both_models(Effects(y, np.array([[1.0, 0.5, 2.0]] * 3)), monkeypatch)
    assert rows.given.facts[search.TOP].tolist() == [-1.0, 1.0, -1.0]
    assert rows.given.facts[search.ORIGIN].tolist() == [1e7, 1e7, -1e7]
    to_rows = columns.v_min / rows.v_min
    assert maximise(rows, RESTRICTED) == pytest.approx(maximise(columns, RESTRICTED) / to_rows, rel=1e-9)
