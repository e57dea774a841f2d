"""What `add` tells of a record after it is written, beside its numbers."""

from __future__ import annotations

from pathlib import Path

from tests.synthesis.commands.adding import ESTIMATE, STUDY, add, as_options
from tests.synthesis.living.reviews import study, write


def test_an_acknowledgement_that_is_older_than_its_data_is_told_when_its_record_is_added(
    review: Path, tmp_path: Path
) -> None:
    assert add(review, *as_options(STUDY, ESTIMATE)).exit_code == 0
    (path,) = (review / "studies").glob("lee*.yaml")
    text = path.read_text(encoding="utf-8")
    (name,) = [line.split(": ")[1] for line in text.splitlines() if "- id: " in line]
    stale = (
        f"acknowledged:\n  - {{finding: limits-reversed, of: {name}, why: a misprint, data: 'old', "
        "by: me, on: 2026-06-01}\n"
    )
    (tmp_path / "again.yaml").write_text(text + stale, encoding="utf-8")
    done = add(review, "--from", tmp_path / "again.yaml", "--force")
    assert done.exit_code == 0
    told = " ".join(done.stdout.split())
    says = f"judgement lee-2019: the acknowledgement of limits-reversed in '{name}' (me, 2026-06-01) is older"
    assert told.count(says) == 1


def test_an_analysis_that_the_new_record_does_not_touch_is_still_told_to_be_refused(tmp_path: Path) -> None:
    """Two records of one cohort at the spine; the new one is of the hip."""
    twins = {name: study(name, "0.2", site="spine", cohort="One") for name in ("dahl", "eder")}
    folder = write(tmp_path / "tea", **twins)
    (tmp_path / "new.yaml").write_text(study("abel", "0.50"), encoding="utf-8")
    done = add(folder, "--from", tmp_path / "new.yaml")
    assert done.exit_code == 1, "the record is written, but not every analysis can be pooled"
    assert (folder / "studies" / "abel.yaml").is_file()
    lines = done.stdout.splitlines()
    assert any(line.startswith(" Spine is still refused: ") for line in lines)
    assert any(line.startswith(" Hip ") and "0.50" in line for line in lines)
