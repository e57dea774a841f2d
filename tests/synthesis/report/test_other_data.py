"""Which other estimates a reader can pool: those that the engine would select, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evidence.records.review import LoadedReview
from synthesis.report.other_data import _changes, _is_shown, other_data
from synthesis.report.page_parts import OwnChoices
from synthesis.report.rendering import as_page
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from tests.synthesis.paper.making import BY_SEX, SLOPES, arms, by_sex, material
from tests.synthesis.report.pages import page_of
from tests.synthesis.review.made import record, review, slope


def both(folder: Path) -> LoadedReview:
    """Two studies with an adjusted and a crude slope, one of them crude alone in a preprint, one adjusted."""
    records = {
        name: record(
            name, [slope("adjusted", *SLOPES[place]), slope("crude", *SLOPES[(place + 1) % 3], model="least")]
        )
        for place, name in enumerate(("s0", "s1"))
    }
    records["s2"] = record("s2", [slope("crude", *SLOPES[2], model="least")], status="preprint")
    records["s3"] = record("s3", [slope("adjusted", "0.0150", "0.0010, 0.0290")])
    return review(folder, records)


def of(loaded: LoadedReview) -> tuple[AnalysisResult, dict[str, set[str]]]:
    """The result, and the names of what enters under each other preference."""
    result = analyse(loaded, loaded.review.analyses[0], loaded.review.method)
    return result, {other.key: set(other.names) for other in other_data(loaded, result, {})}


def test_each_preference_that_selects_otherwise_is_offered_once_under_its_shortest_name(
    tmp_path: Path,
) -> None:
    result, sets = of(both(tmp_path))
    assert {unit.name for unit in result.groups[0].units} == {
        "s0/adjusted",
        "s1/adjusted",
        "s2/crude",
        "s3/adjusted",
    }
    assert sets == {
        # without the preprint the same is left, and is not offered a second time
        "full-only": {"s0/adjusted", "s1/adjusted", "s3/adjusted"},
        "least-adjusted": {"s0/crude", "s1/crude", "s2/crude", "s3/adjusted"},
        "without-preprints-least-adjusted": {"s0/crude", "s1/crude", "s3/adjusted"},
    }


def test_rows_that_only_other_preferences_have_stand_in_the_page_with_their_numbers(tmp_path: Path) -> None:
    made = material(both(tmp_path))
    page = page_of(made)
    own = page.analyses[0].own
    assert isinstance(own, OwnChoices)
    assert [row.source.other for row in page.analyses[0].forest.rows].count(True) == 0
    assert [row.source.anchor for row in own.others] == ["all/s0/crude", "all/s1/crude"]
    # of the forest plot four rows, then these two
    places = {key: places for key, _, places in own.sets}
    shown = [row.source.entry for row in page.analyses[0].forest.rows if row.source.yi is not None]
    entries = [*shown, *(row.source.entry for row in own.others)]
    least = [entries[place] for place in places["least-adjusted"]]
    assert sorted(least) == ["e/s0/crude", "e/s1/crude", "e/s2/crude", "e/s3/adjusted"]
    found = re.search(rb'<script type="application/json" id="others">(.*?)</script>', as_page(page))
    assert found is not None
    told = json.loads(found[1])["all"]
    assert [key for key, _, _ in told["sets"]] == [key for key, _, _ in own.sets]
    entry, label, cells, estimate, interval, yi, vi, group, drawn = told["rows"][0]
    assert (entry, label, cells, estimate, interval) == (
        "s0/crude",
        "S0",
        ["none"],
        "0.0110",
        "−0.0020 to 0.0240",
    )
    assert (yi, group) == (0.011, 0)
    assert abs(vi - (0.026 / (2 * 1.959963984540054)) ** 2) < 1e-15
    point, left, right, *cut = drawn
    assert 0 <= left < point < right <= 1000
    assert cut == [0, 0]


def test_a_group_without_a_pooled_result_keeps_its_estimates(tmp_path: Path) -> None:
    """Men of three studies are pooled, women of one are not: a second estimate of them has no row."""
    records = {}
    for place in range(3):
        rows = [f"{slope('men', *SLOPES[place])}, stratum: {{sex: men}}"]
        rows.append(f"{slope('men-crude', *SLOPES[2 - place], model='least')}, stratum: {{sex: men}}")
        records[f"s{place}"] = record(f"s{place}", rows)
    women = [
        f"{slope('women', *SLOPES[0])}, stratum: {{sex: women}}",
        f"{slope('women-crude', *SLOPES[1], model='least')}, stratum: {{sex: women}}",
    ]
    kept = review(tmp_path / "kept", records | {"s3": record("s3", women[:1])}, more=BY_SEX)
    assert "least-adjusted" in of(kept)[1]
    moved = review(tmp_path / "moved", records | {"s3": record("s3", women)}, more=BY_SEX)
    assert "least-adjusted" not in of(moved)[1]


def test_nothing_is_offered_where_the_page_cannot_pool_or_has_no_rows(tmp_path: Path) -> None:
    common = by_sex(tmp_path / "common", tau2="common")
    several = arms(tmp_path / "arms")
    for made in (common, several):
        (result,) = made.results
        assert other_data(made.loaded, result, {}) == ()


@pytest.mark.parametrize(("own", "of_arms"), [(None, False), ("choices", True)])
def test_nothing_is_looked_for_where_the_page_cannot_pool_or_a_study_has_several_arms(
    own: str | None, of_arms: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(*_: object) -> Any:
        raise AssertionError("nothing is to be looked for")

    monkeypatch.setattr("synthesis.report.other_data.own_choices", lambda result: own)
    monkeypatch.setattr("synthesis.report.other_data.options_of", look)
    result: Any = SimpleNamespace(groups=(SimpleNamespace(of_arms=of_arms, units=()),), analysis=None)
    assert other_data(None, result, {}) == ()  # type: ignore[arg-type]


def units_of(*names: str, of_arms: bool = False) -> tuple[Any, ...]:
    return tuple(SimpleNamespace(name=name, of_arms=of_arms) for name in names)


def test_units_are_shown_in_groups_of_the_analysis_where_one_study_alone_keeps_its_estimate() -> None:
    def is_shown(k: int | None, units: dict[str | None, Any]) -> bool:
        pooled = None if k is None else SimpleNamespace(k=k)
        men = SimpleNamespace(name="men", units=units_of("a", "b"), pooled=SimpleNamespace(k=2))
        women = SimpleNamespace(name="women", units=units_of("c"), pooled=pooled)
        result: Any = SimpleNamespace(groups=(men, women))
        return _is_shown(result, units)

    men, women = units_of("a"), units_of("c")
    assert is_shown(1, {"men": men, "women": women})
    assert not is_shown(1, {"men": men, "women": women, "children": units_of("d")})
    assert not is_shown(1, {"men": units_of("a", of_arms=True), "women": women})
    for k in (None, 1):
        assert not is_shown(k, {"men": men, "women": units_of("d")})
        assert not is_shown(k, {"men": men})
    assert is_shown(2, {"men": men, "women": units_of("d")})
    assert is_shown(2, {"men": men})


def test_single_preferences_come_before_two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {
        "reports": {"P": {"reports": 1}},
        "adjustment": {"Q": {"adjustment": 2}, "R": {}},
        "arms": {"S": {}},
    }
    monkeypatch.setattr("synthesis.report.other_data.options_of", lambda *_: named)
    result: Any = SimpleNamespace(analysis=None)
    found = list(_changes(None, result))  # type: ignore[arg-type]
    assert [words for words, _ in found] == ["Q", "R", "P", "P; Q", "P; R"]
    assert found[3][1] == {"reports": 1, "adjustment": 2}


@pytest.mark.long
def test_no_text_of_a_record_ends_the_script_that_holds_it(tmp_path: Path) -> None:
    loaded = both(tmp_path)
    path = loaded.folder / "studies" / "s0.yaml"
    path.write_text(path.read_text().replace("label: S0", "label: '</script><b>'"))
    from evidence.records.review import load_review

    held = as_page(page_of(material(load_review(loaded.folder)))).decode()
    inside = held.partition('id="others">')[2].partition("</script>")[0]
    assert json.loads(inside)["all"]["rows"][0][1] == "</script><b>"
