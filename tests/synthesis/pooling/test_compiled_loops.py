"""The compiled moment loop: the numbers of numpy, and numpy itself wherever it cannot be had."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthesis.pooling.kernel import fast_paths
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.fitting import estimate_batch
from synthesis.pooling.kernel.one_mean import intercept_model

# Where CI is set its absence fails, as every compiled loop is then asserted to exist.
needs_numba = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None and not os.environ.get("CI"), reason="numba is not installed"
)


@pytest.fixture
def afresh() -> Iterator[None]:
    """What was compiled, or failed to be, is forgotten before and after."""
    fast_paths.compiled_moment_loop.cache_clear()
    fast_paths.compiled_sum_loop.cache_clear()
    yield
    fast_paths.compiled_moment_loop.cache_clear()
    fast_paths.compiled_sum_loop.cache_clear()


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
    for loop in (fast_paths.compiled_moment_loop(), fast_paths.compiled_sum_loop()):
        assert getattr(loop, "targetoptions")["nogil"] is True  # noqa: B009


@needs_numba
def test_it_refuses_what_loses_digits() -> None:
    compiled = fast_paths.compiled_moment_loop()
    assert compiled is not None
    for y in (np.full((1, 3), 0.1), np.array([[np.nan, 0.1, 0.2]]), np.array([[np.inf, 0.1, 0.2]])):
        assert not compiled(y, np.full((1, 3), 0.1), *np.empty((3, 1)))


@pytest.mark.usefixtures("afresh")
def test_without_numba_numpy_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_paths, "find_spec", lambda name: None)
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
from synthesis.pooling.kernel import fast_paths
assert fast_paths.compiled_moment_loop() is not None and fast_paths.compiled_sum_loop() is not None
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


@needs_numba
@pytest.mark.parametrize("k", [2, 3, 7, 20, 400])
@pytest.mark.parametrize("absent", [0.0, 0.3])
def test_sums_taken_at_once_are_those_of_numpy(k: int, absent: float) -> None:
    loop = fast_paths.compiled_sum_loop()
    assert loop is not None
    rng = np.random.default_rng(k)
    v = rng.uniform(0.1, 0.3, (600, k))
    present = rng.random((600, k)) >= absent
    present[:, :2] = True
    model, _ = intercept_model(Effects(rng.normal(0.2, 0.5, (600, k)), v, present))
    model = replace(model, loop=None)
    assert model.top_index is None
    tau2 = rng.choice([0.0, 0.01, 0.4, 20.0], 600)
    tau2.flags.writeable = False
    compared = 0
    for chosen in (loop, fast_paths.sum_loop if k < 10 else loop):
        quick, plain = replace(model, loop=chosen, _latest=[]).at(tau2), replace(model, _latest=[]).at(tau2)
        for name in ATTRIBUTES:
            ours, theirs = getattr(quick, name), getattr(plain, name)
            scale = np.abs(theirs).reshape(600, -1).max(axis=1)
            least = plain.trace_w**-0.5 if name == "beta" else 0.0
            error = np.abs(ours - theirs).reshape(600, -1).max(axis=1)
            assert np.all(error <= 2e-12 * (scale + least)), name
            compared += 1
    assert compared == 2 * len(ATTRIBUTES)


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
def test_a_loop_is_compiled_from_150000_numbers_on_and_serves_parts_of_its_batch() -> None:
    rng = np.random.default_rng(1)
    for n, k in ((74_999, 2), (149_999, 1), (50_000, 3)):
        model, _ = intercept_model(Effects(rng.normal(size=(n, k)), rng.uniform(0.1, 0.3, (n, k))))
        assert (model.loop is not None) == (n * k >= 150_000), n
        assert model.take(np.arange(3)).loop is model.loop


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
    compiled = fast_paths._compile(made["twice"], "void(data, data, data1, out2)")
    sums = np.zeros((1, 1))
    compiled(np.ones((1, 1)), np.ones((1, 1)), np.array([3.0]), sums)
    assert sums[0, 0] == 6.0


def test_without_numba_large_batches_are_left_to_numpy(afresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_paths, "find_spec", lambda name: None)
    assert fast_paths.compiled_sum_loop() is None
    model, _ = intercept_model(data_sets(10_000, 20))
    assert model.loop is None
    assert np.isfinite(estimate_batch(data_sets(10_000, 20)).tau2).all()


@needs_numba
def test_loops_read_data_that_nobody_may_write_to() -> None:
    moments, sums = fast_paths.compiled_moment_loop(), fast_paths.compiled_sum_loop()
    assert moments is not None
    assert sums is not None
    y, v = np.array([[0.1, 0.5, 0.9]]), np.array([[0.1, 0.2, 0.4]])
    found = {}
    for writeable in (True, False):
        y.flags.writeable = v.flags.writeable = writeable
        filled = run(moments, Effects(y, v)), np.zeros((7, 1))
        sums(y.reshape(3, 1), v.reshape(3, 1), np.zeros(1), filled[1])
        found[writeable] = filled
    assert all(np.array_equal(one, other) for one, other in zip(found[True], found[False], strict=True))
    assert found[True][1][:2, 0] == pytest.approx([17.5, 131.25], rel=1e-14)
