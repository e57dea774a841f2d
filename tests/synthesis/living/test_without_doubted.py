"""Results without the reports that were retracted or are under concern, whatever their status says."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.living.exchange import as_data
from synthesis.living.markdown import as_markdown
from synthesis.living.versions import Version
from synthesis.living.what_moved import compare_versions
from synthesis.living.without_doubted import WithoutDoubted, without_doubted
from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import study, write

NOTICES = """\
schema: 1
searched: {Retraction Watch: 2026-11-30}
notices:
"""


def tea(folder: Path, **more: str) -> Path:
    """Abel 0.5, Berg 0.3 and Cole 0.4, each with a DOI; Dahl at the spine."""
    return write(
        folder,
        **{
            "abel": with_doi("abel", "0.50"),
            "berg": with_doi("berg", "0.30"),
            "cole": with_doi("cole", "0.40"),
            "dahl": with_doi("dahl", "0.20", site="spine"),
            **more,
        },
    )


def with_doi(name: str, estimate: str, **more: str) -> str:
    return study(name, estimate, **more).replace("year: 2020", f"year: 2020, doi: 10.1000/{name}")


def noticed(folder: Path, **kinds: str) -> Path:
    (folder / "literature").mkdir(exist_ok=True)
    lines = [
        f"  - {{kind: {kind}, doi: 10.1000/{name}, source: Retraction Watch}}\n"
        for name, kind in kinds.items()
    ]
    (folder / "literature" / "notices.yaml").write_text(NOTICES + "".join(lines), encoding="utf-8")
    return folder


def without(folder: Path) -> WithoutDoubted:
    found = without_doubted(load_review(folder))
    assert found is not None
    return found


def numbers(found: WithoutDoubted) -> dict[str, tuple[int, int, float | None]]:
    """By title: k before and after, and the estimate after."""
    return {
        each.title: (each.before.k, each.after.k, each.after.numbers and each.after.numbers[0])
        for each in found.movement.moved
    }


def test_a_review_whose_reports_are_in_no_doubt_has_no_other_result(tmp_path: Path) -> None:
    folder = tea(tmp_path)
    assert without_doubted(load_review(folder)) is None
    assert without_doubted(load_review(noticed(folder, abel="correction"))) is None
    (folder / "literature" / "notices.yaml").write_text("[", encoding="utf-8")
    assert without_doubted(load_review(folder)) is None  # `check` says what is wrong with the file


def test_a_retraction_takes_its_report_out_before_its_status_says_so(tmp_path: Path) -> None:
    found = without(noticed(tea(tmp_path), abel="retraction"))
    assert found.words == "without abel (retracted)"
    (moved,) = found.movement.moved
    assert (moved.before.k, moved.after.k, found.movement.unchanged) == (3, 2, 1)
    assert found.movement.changes.layout == 0
    assert moved.after.numbers is not None
    assert moved.after.numbers[0] == pytest.approx(0.35, abs=1e-12)  # equal weights: the mean of 0.3 and 0.4
    assert [cause.name for cause in moved.causes] == ["abel"]


def test_a_result_is_the_one_that_marking_the_report_would_give(tmp_path: Path) -> None:
    found = without(noticed(tea(tmp_path / "a"), berg="retraction"))
    marked = tea(tmp_path / "b", berg=with_doi("berg", "0.30", status="retracted"))
    (moved,) = compare_versions(
        Version("a", "a", load_review(tmp_path / "a")), Version("b", "b", load_review(marked))
    ).movement.moved
    (alone,) = found.movement.moved
    assert alone.after.numbers == moved.after.numbers
    assert alone.after.is_same(moved.after)


def test_several_reports_go_together_and_each_is_a_cause(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path), abel="retraction", berg="expression of concern", dahl="retraction")
    found = without(folder)
    assert found.words == "without abel (retracted), berg (under concern), dahl (retracted)"
    assert numbers(found) == {"Hip": (3, 1, 0.4), "Spine": (1, 0, None)}
    assert sorted(cause.name for cause in found.movement.moved[0].causes) == ["abel", "berg"]


def test_what_is_marked_is_out_already_and_is_not_told(tmp_path: Path) -> None:
    folder = tea(tmp_path, abel=with_doi("abel", "0.50", status="retracted"))
    assert without_doubted(load_review(noticed(folder, abel="retraction"))) is None
    found = without(noticed(folder, abel="retraction", cole="expression of concern"))
    assert found.words == "without cole (under concern)"
    assert numbers(found) == {"Hip": (2, 1, 0.3)}


@pytest.mark.parametrize("at", ["review", "analysis"])
def test_where_the_review_takes_retracted_reports_they_go_too(at: str, tmp_path: Path) -> None:
    folder = tea(tmp_path, abel=with_doi("abel", "0.50", status="retracted"))
    text = (folder / "review.yaml").read_text(encoding="utf-8")
    words = "reports: [published, retracted]"
    old, new = {
        "review": ("analyses:", f"{words}\nanalyses:"),
        "analysis": ("title: Hip", f"title: Hip\n    {words}"),
    }[at]
    assert old in text
    (folder / "review.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    k, left, estimate = numbers(without(folder))["Hip"]
    assert (k, left) == (3, 2)
    assert estimate == pytest.approx(0.35, abs=1e-12)


def test_a_concern_that_was_looked_at_is_told_all_the_same(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path), abel="expression of concern")
    (before,) = without(folder).reports
    path = folder / "studies" / "abel.yaml"
    looked_at = "{finding: notice-of-concern, of: reports, by: me, on: 2026-11-30, why: read, data: DATA}"
    text = path.read_text(encoding="utf-8") + f"acknowledged:\n  - {looked_at}\n"
    path.write_text(text, encoding="utf-8")
    told = synthesis("check", folder, cwd=tmp_path).stdout
    data = told.partition("write 'data: ")[2].partition("'")[0]
    assert data
    path.write_text(text.replace("DATA", data), encoding="utf-8")
    (after,) = without(folder).reports
    assert (before.acted_on, after.acted_on) == (False, True)


def test_of_two_reports_only_the_retracted_one_goes(tmp_path: Path) -> None:
    preprint = (
        '  other: {type: preprint, status: preprint, citation: "P", year: 2019, read: full text, '
        "label: Abel 2019, doi: 10.1000/preprint}\n"
    )
    text = with_doi("abel", "0.50").replace("  paper: {", f"{preprint}  paper: {{label: Abel 2020, ")
    folder = tea(tmp_path, abel=text)
    found = without(noticed(folder, preprint="retraction"))
    assert found.words == "without abel: Abel 2019 (retracted)"
    assert found.movement.moved == ()
    found = without(noticed(folder, abel="retraction"))
    assert found.words == "without abel: Abel 2020 (retracted)"
    assert numbers(found)["Hip"][:2] == (3, 2)


def test_arms_of_a_retracted_report_go_too(tmp_path: Path) -> None:
    arms = """\
comparisons:
  - id: doses
    outcome: hip
    measure: MD
    arms:
      - {id: water, name: water, reference: true, n: 50, mean: 1.0, sd: 0.5}
      - {id: tea, name: tea, n: 50, mean: 1.4, sd: 0.5}
    where: {report: paper, at: Table 3}
extraction: {by: me, on: 2026-06-01}
"""
    text = with_doi("abel", "0.50").partition("estimates:")[0] + arms
    folder = tea(tmp_path, abel=text)
    found = without(noticed(folder, abel="retraction"))
    assert numbers(found)["Hip"][:2] == (3, 2)


def test_diff_says_it_in_words_data_and_markdown_though_nothing_changed(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path / "a"), abel="retraction")
    version = Version("a", "version a", load_review(folder))
    found = compare_versions(version, version)
    assert found.still
    data = as_data(found)["without"]
    assert data["reports"] == [
        {"study": "abel", "report": "paper", "label": "abel", "retracted": True, "acted_on": False}
    ]
    assert [(each["analysis"], each["before"]["k"], each["after"]["k"]) for each in data["moved"]] == [
        ("hip", 3, 2)
    ]
    assert data["refused"] == []
    lines = as_markdown(found).splitlines()
    at = lines.index("**As it is now without abel (retracted)**")
    assert lines[at + 4].startswith("| Hip | 3 → 2 | 0.40 ")
    told = synthesis("diff", folder, folder, cwd=tmp_path).stdout.splitlines()
    assert told[1:3] == [" nothing changed", " without abel (retracted):"]
    assert told[3].startswith(" Hip  0.40 ")
    other = Version("b", "version b", load_review(tea(tmp_path / "b")))
    assert as_data(compare_versions(version, other))["without"] is None
    assert "As it is now" not in as_markdown(compare_versions(version, other))
    moved = as_markdown(compare_versions(other, version))
    assert moved.index("As it is now") > 0
