"""What the page says of the last release: what moved since then, in words and rows, or why nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthesis.living.repository import NoHistoryError
from synthesis.living.versions import Version
from synthesis.living.what_moved import WhatMoved, compare_versions
from synthesis.report.page_parts import Since
from synthesis.report.since_release import NO_RELEASE, since_release
from tests.synthesis.living.reviews import REVIEW, study
from tests.synthesis.living.test_movement import Texts, loaded

OLD = {name: study(name, estimate) for name, estimate in (("a", "0.1"), ("b", "0.2"), ("c", "0.6"))}
NEW = {**OLD, "b": study("b", "0.5"), "d": study("d", "1.2")}
SPINE = {name: study(name, "0.4", site="spine") for name in ("x", "y")}


def told(
    new: Texts, monkeypatch: pytest.MonkeyPatch, old: Texts = OLD, name: str = "v1.0", after: str = REVIEW
) -> Since:
    """Of two versions of the review, in place of those that git would hold."""
    before = Version(name, f"{name} (1 June 2026)", loaded(old))

    def compared(folder: Path) -> WhatMoved:
        assert folder == Path("tea")
        return compare_versions(before, Version("working tree", "working tree", loaded(new, after)))

    monkeypatch.setattr("synthesis.report.since_release.what_moved", compared)
    return since_release(Path("tea"))


def test_a_result_that_moved_has_a_row_with_its_numbers_and_what_moved_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = told(NEW | SPINE, monkeypatch, OLD | SPINE)
    assert found.says == (
        "Since v1.0 (1 June 2026): 1 added: d; 1 changed: b.",
        "1 other analysis unchanged.",
    )
    assert found.moved is not None
    assert found.moved.heads == ("Result", "Estimates", "Before", "After", "What moved it")
    assert found.moved.numeric == (False,) * 5
    (row,) = found.moved.rows
    # equal variances: the mean of the estimates ± t(k − 1) of their standard deviation / √k
    assert [cell.text for cell in row[:4]] == [
        "Hip",
        "3 → 4",
        "0.30 [−0.36, 0.96]",
        "0.60 [−0.12, 1.32]",
    ]
    causes, together, tau2, *_, weights = row[4].text.split("; ")
    assert causes == "because of d +0.225, b +0.100"  # (0.1 + 0.2 + 0.6 + 1.2) / 4 and (0.1 + 0.5 + 0.6) / 3
    assert together.startswith("together −0.02")
    assert tau2 == "τ² 0.060 → 0.20"
    assert weights == "weights d/main – → 25 %, a/main 33 % → 25 %, b/main 33 % → 25 %"


def test_a_page_without_a_change_says_so_and_one_without_a_release_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert told(OLD, monkeypatch) == Since(("Nothing changed since v1.0 (1 June 2026).",))
    assert told(NEW, monkeypatch, name="HEAD") == Since((NO_RELEASE,))


def test_records_without_a_result_that_moved_have_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = {**OLD, "a": OLD["a"].replace("title: Study a", "title: A study")}
    found = told(noted, monkeypatch)
    assert found.moved is None
    assert found.says == ("Since v1.0 (1 June 2026): 1 changed: a.", "No pooled result changed.")


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (NoHistoryError("there is no commit"), NO_RELEASE),
        (ValueError("the estimator is unknown"), "Nothing was compared with the last release: {}."),
    ],
)
def test_without_a_version_to_compare_with_the_page_says_why(
    reason: ValueError, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> WhatMoved:
        raise reason

    monkeypatch.setattr("synthesis.report.since_release.what_moved", refuse)
    assert since_release(Path("tea")) == Since((says.format(reason),))


def test_an_analysis_that_is_refused_and_what_deserves_a_look_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    twin = study("twin", "0.30", cohort="Cohort a")
    found = told({**OLD, "twin": twin}, monkeypatch)
    assert found.moved is None
    assert found.says[1].startswith("Hip is refused: ")
    assert "share persons" in found.says[1]
    assert len(found.says) == 3
    near = {name: study(name, "0.4") for name in "abc"}
    signals = told({**near, "d": study("d", "-2.0")}, monkeypatch, near).signals
    assert [words.partition(":")[0] for words in signals] == ["Hip"] * len(signals)
    assert "Hip: the result is no longer significant" in " ".join(signals)
