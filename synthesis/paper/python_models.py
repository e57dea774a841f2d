"""Models of dependent effects in a Python script: their data, covariance and tests, by `pool_dependent`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from synthesis.paper.model_fits import TEST_OF, ModelFit

FUNCTIONS = '''

def dependent(data, covariances, model, method, test, level, mods=None):
    """Several estimates a study; covariances: (i, j, value) of estimates whose errors are correlated."""
    V = np.diag(data["vi"])
    for i, j, value in covariances:
        V[i, j] = V[j, i] = value
    result = pool_dependent(
        yi=data["yi"],
        vi=V,
        cluster=data["cluster"],
        slab=data["slab"],
        data=data,
        model=model,
        outcome=data["site"] if model in ("SCE", "CMVE") else None,
        mods=mods,
        method=method,
        test=test,
        level=level,
    )
    found.append(result)
    return result


def add_model(analysis, group, result):
    numbers = [float(value[0]) for value in (result.estimate, result.ci_low, result.ci_high, result.p_value)]
    ends = (result.prediction_low, result.prediction_high)
    rows.append([analysis, group, result.k, *numbers, result.machinery.total_variance(), *ends, *[""] * 4])


def add_test(analysis, name, k, test):
    blank = [""] * 3
    rows.append([analysis, name, k, *blank, test.p_value, *blank, test.statistic, test.df1, test.df2, ""])
'''


def model_calls(analysis: str, fits: Iterable[ModelFit], level: float) -> Iterator[str]:
    """The lines of one analysis."""
    for fit in fits:
        columns = {
            "slab": fit.labels,
            "cluster": fit.cluster,
            "site": fit.site,
            "yi": fit.yi,
            "vi": fit.vi,
        } | {f"m{place}": levels for place, (_, levels) in enumerate(fit.moderators)}
        yield "data = {"
        yield from (f"    {name!a}: {list(values)!a}," for name, values in columns.items())
        yield "}"
        yield f"covariances = {list(fit.covariances)!r}"
        mods = "~ " + " + ".join(f"m{place}" for place in range(len(fit.moderators)))
        asked = f", {mods!r}" if fit.moderators else ""
        choices = f"{fit.model!r}, {fit.method!r}, {fit.test!r}, {level!r}{asked}"
        yield f"result = dependent(data, covariances, {choices})"
        if not fit.moderators:
            yield f"add_model({analysis!a}, {fit.name!a}, result)"
        for place, (name, _) in enumerate(fit.moderators):
            test = f'result.joint_test("m{place}")'
            yield f"add_test({analysis!a}, {TEST_OF.format(name)!a}, result.k, {test})"
