"""An analysis as plain data: each number is that of the result, and stands under the name that says so."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from evidence.records.review import SHIPPED, load_review
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.difference import difference_interval
from synthesis.review.export import as_dict
from tests.synthesis.review.made import RATIO, record, review, silent
from tests.synthesis.review.sites import MODEL, analysed, both_sites

ROWS = {
    "a": ("hip", "published", "estimate: 1.5, ci: [1.1, 2.04545454545454545]", "men"),
    "b": ("hip", "published", "estimate: 0.8, se: 0.25", "men"),
    "c": ("hip", "published", "estimate: 1.2, se: 0.30", "women"),
    "d": ("hip", "published", "estimate: 1.1, se: 0.20", "women"),
    "e": ("hip", "retracted", "estimate: 9.0, se: 0.20", "women"),
}


def ratios(folder: Path, more: str = "") -> AnalysisResult:
    """Four odds ratios per 1 g/dL, two of each sex; a fifth is retracted, a sixth has no number."""
    records = {
        name: record(
            name,
            [
                f"id: main, outcome: {site}, model: full, stratum: {{sex: {sex}}}, "
                f"effect: {{measure: OR, per: 1 g/dL, {numbers}}}"
            ],
            status=status,
        )
        for name, (site, status, numbers, sex) in ROWS.items()
    }
    records["f"] = record("f", [silent("nothing") + ", stratum: {sex: men}"])
    return analysed(review(folder, records, scale=RATIO, more="stratum: {sex: each}\n    " + more))


def test_ratios_are_exported_as_logarithms_and_as_shown(tmp_path: Path) -> None:
    data = as_dict(ratios(tmp_path))
    assert (data["analysis"], data["title"], data["analysis_scale"]) == ("all", "Everybody", "log")
    assert data["scale"] == {"measure": "OR", "exposure": "hemoglobin", "per": "1 g/dL"}
    (group,) = data["groups"]
    assert (group["group"], data["overall"], data["difference"]) == (None, None, None)
    assert not {"moderators", "overall_bayesian"} & data.keys()
    first, second = group["studies"][:2]
    assert (first["study"], first["estimate_id"], first["report"], first["at"]) == (
        "a",
        "main",
        "first",
        "Table 1",
    )
    assert (first["standing"], first["stratum"], first["site"], first["doi"]) == (
        "published",
        "men",
        "hip",
        None,
    )
    assert first["label"] == "A, men"
    assert first["yi"] == pytest.approx(math.log(1.5), rel=1e-14)
    assert first["shown"]["estimate"] == pytest.approx(1.5, rel=1e-14)
    assert first["shown"]["ci"] == pytest.approx([1.1, 1.5**2 / 1.1], rel=1e-9)
    assert (second["sei"], second["sei_from"], second["multiplied_by"]) == (0.25, "SE", 1.0)
    assert second["shown"]["ci"] == pytest.approx(
        [0.8 * math.exp(s * 1.959963984540054 * 0.25) for s in (-1, 1)]
    )
    assert [(each["study"], each["said"]) for each in group["not_reported"]] == [("f", "not significant")]
    pooled = group["pooled"]
    assert pooled["shown"]["estimate"] == pytest.approx(math.exp(pooled["estimate"]), rel=1e-14)
    assert pooled["shown"]["ci"] == pytest.approx([math.exp(pooled[end]) for end in ("ci_low", "ci_high")])
    assert pooled["k"] == 4
    (out,) = data["left_out"]
    assert (out["study"], out["reason"]) == ("e", out["reason"])
    assert "retracted" in out["reason"]
    assert data["unread"] == data["other_models"] == []
    assert "unreported" not in group
    assert "bayesian" not in group
    assert json.loads(json.dumps(data, allow_nan=False)) == data


@pytest.mark.parametrize("tau2", ["", "tau2: common\n    "])
def test_groups_are_exported_with_their_difference_and_the_summary_of_all(tau2: str, tmp_path: Path) -> None:
    result = ratios(tmp_path, f"group_by: sex\n    {tau2}")
    data = as_dict(result)
    assert [(each["group"], len(each["studies"])) for each in data["groups"]] == [("men", 2), ("women", 2)]
    means = [each["pooled"]["estimate"] for each in data["groups"]]
    assert [each["pooled"]["shown"]["estimate"] for each in data["groups"]] == pytest.approx(
        [math.exp(mean) for mean in means], rel=1e-14
    )
    assert data["overall"]["k"] == 4
    difference = data["difference"]
    assert (difference["by"], difference["tau2"]) == ("sex", "common" if tau2 else "separate")
    assert difference["estimate"] == pytest.approx(means[1] - means[0], rel=1e-12)
    assert result.difference is not None
    ends = difference_interval(result.difference)
    assert ends is not None
    assert difference["ci"] == list(ends[1:])
    assert sum(difference["ci"]) / 2 == pytest.approx(difference["estimate"], rel=1e-12)
    assert difference["between"]["p_value"] == result.difference.between.p_value


def test_a_model_is_exported_with_who_shares_what_and_the_curve_over_rho(tmp_path: Path) -> None:
    result = analysed(both_sites(tmp_path, f"{MODEL}\n    moderators: [site]"))
    data: dict[str, Any] = as_dict(result)
    (group,) = data["groups"]
    pooled = group["pooled"]
    assert "fit" not in pooled
    assert (pooled["model"], pooled["rho"], pooled["k"], pooled["clusters"]) == ("CHE", {"others": 0.6}, 8, 5)
    assert sum(pooled["weights"]) == pytest.approx(100, rel=1e-12)
    assert len(pooled["weights"]) == 8
    assert pooled["shown"] == {"estimate": pooled["estimate"], "ci": [pooled["ci_low"], pooled["ci_high"]]}
    pairs = [
        (each["first"], each["second"], each["covariance"], each["share_of_rho"]) for each in pooled["pairs"]
    ]
    assert pairs == [(f"{study}/hip", f"{study}/spine", None, 1.0) for study in "abd"]
    assert len(pooled["rho_curve"]["rho"]) > 2
    (site,) = data["moderators"]["tests"]
    assert (site["moderator"], site["levels"]) == ("site", ["hip", "spine"])
    assert len(site["difference"]) == 3
    assert 0 < site["p_value"] < 1
    assert data["moderators"]["coefficients"]["k"] == 8
    assert json.loads(json.dumps(data, allow_nan=False)) == data


@pytest.mark.long
def test_every_analysis_of_the_shipped_review_has_its_rows_and_summaries_in_its_export() -> None:
    loaded = load_review(SHIPPED)
    rows = 0
    for analysis in loaded.review.analyses:
        result = analyse(loaded, analysis, loaded.review.method)
        data = as_dict(result)
        assert (data["overall"] is None) == (result.overall is None)
        assert (data["difference"] is None) == (result.difference is None and not result.untested)
        assert ("moderators" in data) == result.is_modelled
        for group, exported in zip(result.groups, data["groups"], strict=True):
            assert exported["group"] == group.name
            assert (exported["pooled"] is None) == (group.summary is None)
            assert [each["yi"] for each in exported["studies"]] == [each.effect.yi for each in group.chosen]
            if group.summary is not None:
                assert exported["pooled"]["estimate"] == group.summary.estimate
            rows += len(exported["studies"])
    assert rows >= 30
