"""The changelog: each release once, the newest first, in paragraphs and one list."""

from __future__ import annotations

from pathlib import Path

from synthesis.living.changelog import entry_of, first_entry, read_changelog, with_entry
from synthesis.living.summaries import Pooling
from tests.synthesis.living.reviews import REVIEW, study
from tests.synthesis.living.test_exchange import compared
from tests.synthesis.living.test_movement import NEW, OLD, loaded

SEARCHED = REVIEW.replace("title: Tea and bone", "title: Tea and bone\nsearched_to: 2026-05-31")


def test_a_new_entry_stands_above_the_older_ones_and_below_the_title() -> None:
    first = with_entry("", "1.0.0", "First.\n")
    assert first == "# Changelog\n\n## 1.0.0\n\nFirst.\n"
    second = with_entry(first, "1.1.0", "Second.")
    assert second == "# Changelog\n\n## 1.1.0\n\nSecond.\n\n## 1.0.0\n\nFirst.\n"
    own = with_entry("# What we did\n\nBy hand.\n\n## 0.9\n\nOld.\n", "1.0.0", "New.")
    assert own == "# What we did\n\nBy hand.\n\n## 1.0.0\n\nNew.\n\n## 0.9\n\nOld.\n"


def test_a_release_that_has_an_entry_gets_no_second_one() -> None:
    text = "# Changelog\n\n## 1.0.0\n\nBy hand.\n"
    assert with_entry(text, "1.0.0", "Again.") == text
    assert with_entry(text, "1.0", "Other.") != text


def test_a_changelog_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_changelog(tmp_path / "CHANGELOG.md") == ""
    (tmp_path / "CHANGELOG.md").write_text("# Änderungen\n", encoding="utf-8")
    assert read_changelog(tmp_path / "CHANGELOG.md") == "# Änderungen\n"


def test_the_first_entry_counts_and_lists_every_result() -> None:
    """Equal standard errors, so that the mean of 0.2 and 0.6 is 0.4; what was searched stands before."""
    old = {name: study(name, at, site="spine") for name, at in (("dahl", "0.20"), ("eder", "0.60"))}
    for review, searched in ((REVIEW, []), (SEARCHED, ["The literature was searched to 2026-05-31."])):
        made = loaded(old, review)
        first, *between, listed = first_entry(made, Pooling.of(made)).split("\n\n")
        assert first == "First release: 2 studies, 2 analyses."
        assert between == searched
        assert listed.splitlines()[0] == "- Hip: nothing (k 0)"
        assert listed.splitlines()[1].startswith("- Spine: 0.40 \\[")
        assert listed.splitlines()[1].endswith(" (k 2)")
    grouped = REVIEW.replace(
        "{name: BMD, sites: [hip]}", "{name: BMD, sites: [hip, spine]}\n    group_by: site"
    )
    made = loaded(OLD, grouped)
    titles = [line.split(":")[0:2] for line in first_entry(made, Pooling.of(made)).splitlines()[2:]]
    assert [title[1].strip() for title in titles[:2]] == ["hip", "spine"]


def test_an_entry_has_what_changed_and_what_moved_as_one_list() -> None:
    after = SEARCHED.replace("title: Tea and bone", "title: Tea")
    since, searched, listed = entry_of(compared(OLD, NEW, REVIEW, after)).split("\n\n")
    assert since == "Since a: 1 added: fink; 1 retracted: cole; 1 changed: berg."
    assert searched == "The literature was searched to 2026-05-31."
    lines = listed.splitlines()
    assert all(line.startswith("- ") for line in lines)
    assert any("berg (changed): main: effect.estimate 0.30 → 0.35" in line for line in lines)
    assert "- review.yaml, in words alone: title Tea and bone → Tea" in lines
    [moved] = [line for line in lines if line.startswith("- Hip: ")]
    assert " (k 3 → 3), because of " in moved
    assert "→ " in moved
    assert "→  " not in moved
    assert lines[-1] == "- 1 other analysis unchanged."
    assert entry_of(compared(OLD, OLD)) == "Since a: no record changed.\n\n- No pooled result changed."
