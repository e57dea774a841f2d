"""`flow`: the diagram, its numbers as a table, JSON and CSV, what each counts, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.evidence.literature.flow.searched_review import SearchedReview, doi
from tests.synthesis.commands.running import synthesis


@pytest.fixture
def review(tmp_path: Path) -> SearchedReview:
    made = SearchedReview(tmp_path / "tea")
    made.search("PubMed", range(6), day="2026-01-05")
    made.search("Scopus", range(4, 8), day="2026-01-07")
    made.decide("title", "exclude", *range(1, 6))
    made.include(0)
    made.record("alpha", 0)
    return made


def test_the_figure_is_written_beside_the_others_and_its_numbers_are_printed(
    review: SearchedReview, tmp_path: Path
) -> None:
    done = synthesis("flow", "--review", "tea", "--width", "174mm", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "output").iterdir()) == [
        "flow.pdf",
        "flow.png",
        "flow.svg",
    ]
    rows = [line.split() for line in done.stdout.splitlines() if line.strip()]
    assert rows == [
        ["now", "--list"],
        ["─" * len(rows[1][0])],
        ["Databases", "10", "databases"],
        ["PubMed", "6", "databases:", "PubMed"],
        ["Scopus", "4", "databases:", "Scopus"],
        ["Duplicate", "records", "2", "duplicates"],
        ["Records", "awaiting", "screening", "2", "awaiting-screening"],
        ["Records", "screened", "6", "screened"],
        ["Records", "excluded", "5", "excluded"],
        ["Reports", "sought", "for", "retrieval", "1", "sought"],
        ["Reports", "not", "retrieved", "0", "not-retrieved"],
        ["Reports", "assessed", "for", "eligibility", "1", "assessed"],
        ["Reports", "excluded", "0", "excluded-reports"],
        ["Reports", "included", "1", "included"],
        ["Studies", "included", "1", "studies"],
        ["Reports", "of", "them", "1", "reports"],
        ["→", "output/flow.png", ".svg", ".pdf"],
    ]
    with Image.open(tmp_path / "output/flow.png") as picture:
        assert picture.width == pytest.approx(174 / 25.4 * 300, abs=1)
        words = picture.info["Description"]
    assert picture.info["Title"] == "Flow of records: Tea and bone"
    assert "Records screened (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}6)." in words
    assert words.endswith("Searched to 5 January 2026 (PubMed) and 7 January 2026 (Scopus).")


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (["--output", "figures/one.svg"], ["figures/one.svg"]),
        (["--output", "figures/one.tif"], ["figures/one.tiff"]),
        (["--output", "figures", "--format", "pdf,png"], ["figures/flow.pdf", "figures/flow.png"]),
        (["--output", "a.b", "--format", "svg"], ["a.b/flow.svg"]),
        (["--json"], []),
        (["--json", "--output", "one.svg"], ["one.svg"]),
        (["--csv"], []),
        (["--list", "screened"], []),
    ],
)
def test_a_file_or_a_folder_may_be_named_and_data_alone_draw_nothing(
    review: SearchedReview, tmp_path: Path, given: list[str], made: list[str]
) -> None:
    done = synthesis("flow", "--review", "tea", *given, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    ends = (".svg", ".tiff", ".pdf", ".png")
    found = sorted(
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.suffix in ends
    )
    assert found == made


def test_what_a_box_counts_is_listed_a_line_each(review: SearchedReview, tmp_path: Path) -> None:
    done = synthesis("flow", "--review", "tea", "--list", "duplicates", cwd=tmp_path)
    assert done.stdout.splitlines() == [f"{doi(4)}  tea-2.ris:1", f"{doi(5)}  tea-2.ris:12"]
    done = synthesis("flow", "--review", "tea", "--list", "databases: Scopus", cwd=tmp_path)
    assert len(done.stdout.splitlines()) == 4
    done = synthesis("flow", "--review", "tea", "--list", "sought", cwd=tmp_path)
    assert done.stdout == f"{doi(0)}\n"
    done = synthesis("flow", "--review", "tea", "--list", "awaiting", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no box is called 'awaiting'; did you mean 'awaiting-")
    done = synthesis("flow", "--review", "tea", "--list", "zzz", cwd=tmp_path)
    assert "no box is called 'zzz'; one of: databases, databases: PubMed, " in done.stderr


def test_json_has_every_box_with_what_it_counts(review: SearchedReview, tmp_path: Path) -> None:
    (flow,) = json.loads(synthesis("flow", "--review", "tea", "--json", cwd=tmp_path).stdout)
    assert (flow["flow"], flow["searched_to"]) == ("", "2026-01-05")
    boxes = {box["box"]: box for box in flow["boxes"]}
    assert boxes["excluded"] == {
        "box": "excluded",
        "label": "Records excluded",
        "n": 5,
        "items": [{"id": doi(n), "where": ""} for n in range(1, 6)],
    }
    assert boxes["databases: Scopus"]["items"][0] == {"id": doi(4), "where": "tea-2.ris:1"}
    assert boxes["studies"]["items"] == [{"id": "alpha", "where": "studies/alpha.yaml"}]


def test_csv_has_the_columns_of_the_tool_and_says_what_it_has_no_box_for(
    review: SearchedReview, tmp_path: Path
) -> None:
    done = synthesis("flow", "--review", "tea", "--csv", cwd=tmp_path)
    rows = {row["data"]: row["n"] for row in csv.DictReader(io.StringIO(done.stdout))}
    assert (rows["database_specific_results"], rows["records_screened"]) == ("PubMed, 6; Scopus, 4", "6")
    told = "the PRISMA2020 tool has no box for records awaiting screening (n = 2), databases and registers\n"
    assert done.stderr == told


def test_after_a_release_the_update_is_drawn_unless_all_is_asked_for(
    review: SearchedReview, tmp_path: Path
) -> None:
    review.release("1.0.0")
    alone = synthesis("flow", "--review", "tea", "--form", "update", "--json", cwd=tmp_path)
    assert alone.returncode == 2
    assert (
        "nothing has come since the only release, so that nothing is updated; choose --form new"
        in alone.stderr
    )
    review.search("PubMed", [20, 0], day="2026-06-01")
    review.include(20)
    review.record("beta", 20)
    review.record("alpha", 0).unlink()
    found = {}
    for form in (None, "update", "new"):
        done = synthesis(
            "flow", "--review", "tea", *(["--form", form] if form else []), "--json", cwd=tmp_path
        )
        (flow,) = json.loads(done.stdout)
        found[form] = (flow["flow"], {box["box"]: box["n"] for box in flow["boxes"]})
    assert found[None] == found["update"]
    assert found[None][0] == "1.0.0"
    wanted = {"databases": 2, "carried": 2, "known-before": 1, "previous-studies": 1, "gone-studies": 1}
    assert {box: found[None][1][box] for box in wanted} == wanted
    assert "new-studies" not in found["new"][1]
    assert found["new"][1]["databases"] == 12
    done = synthesis("flow", "--review", "tea", "--output", "f.svg", cwd=tmp_path)
    assert "since 1.0.0" in done.stdout
    assert "Studies no longer included" in done.stdout
    picture = (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert "Previous studies" in picture


def test_the_living_form_has_a_column_an_update(review: SearchedReview, tmp_path: Path) -> None:
    review.release("1.0.0")
    review.search("PubMed", [20, 0], day="2026-06-01")
    done = synthesis("flow", "--review", "tea", "--form", "living", "--output", "f.svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines() if line.strip()]
    assert lines[0] == ["1.0.0", "now", "--list"]
    assert ["Databases", "10", "2", "databases"] in lines
    assert ["Records", "already", "known", "0", "1", "known-before"] in lines
    assert "1.0.0, to" in (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert "Searched to 7 January 2026 (Scopus)" in (tmp_path / "f.svg").read_text(encoding="utf-8")
    done = synthesis("flow", "--review", "tea", "--form", "living", "--list", "known-before", cwd=tmp_path)
    assert done.stdout == f"{doi(0)}  tea-3.ris:12\n"
    done = synthesis("flow", "--review", "tea", "--form", "living", "--csv", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith("the PRISMA2020 tool has no living form; choose --form new or update\n")


def test_a_flow_that_does_not_add_up_is_refused_with_its_place(
    review: SearchedReview, tmp_path: Path
) -> None:
    review.decide("title", "exclude", 99, who="bert")
    done = synthesis("flow", "--review", "tea", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    first, second, *_ = done.stderr.splitlines()
    assert first.startswith(f"tea/literature/screening/bert.tsv:2:1: error: '{doi(99)}' was decided about")
    assert first.endswith("[flow-decision]")
    assert "exclude" in second
    assert done.stderr.endswith("error: the flow does not add up: mend the errors named above first\n")
    assert not (tmp_path / "output").exists()


def test_notes_are_told_and_the_figure_is_drawn(review: SearchedReview, tmp_path: Path) -> None:
    review.record("beta")
    done = synthesis("flow", "--review", "tea", "--output", "f.svg", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == (
        "tea/studies:1:1: note: 1 report that no included citation is, counted as known to the reviewers: "
        "beta/paper [flow-unsearched]\n"
    )
    assert "Known to the reviewers" in (tmp_path / "f.svg").read_text(encoding="utf-8")


def test_without_a_search_or_a_release_there_is_one_line(tmp_path: Path) -> None:
    bare = SearchedReview(tmp_path / "tea")
    done = synthesis("flow", "--review", "tea", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: no search is recorded in this review; begin with: literature import FILE\n"
    bare.search("PubMed", [0])
    done = synthesis("flow", "--review", "tea", "--form", "update", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "error: there is no release, so that nothing is updated; choose --form new\n"


@pytest.mark.parametrize(
    ("path", "held", "says"),
    [
        ("literature/searches.jsonl", "{\n", "line 1: "),
        ("literature/citations.jsonl", "{\n", "it is no line of JSON"),
        ("literature/duplicates.tsv", "x\n", "line 1"),
        ("literature/screening/anna.tsv", "x\n", "expected when, stage, id, verdict and reason"),
        ("review.yaml", "schema: 1\n", "mend review.yaml first"),
        ("studies/beta.yaml", "study: beta\n", "the flow does not add up"),
    ],
)
def test_files_that_cannot_be_read_are_named(
    review: SearchedReview, tmp_path: Path, path: str, held: str, says: str
) -> None:
    (review.folder / path).write_text(held)
    done = synthesis("flow", "--review", "tea", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert Path(path).name in done.stderr


def test_widths_formats_and_folders_that_are_none_are_refused(review: SearchedReview, tmp_path: Path) -> None:
    for words, says in (
        (["--width", "2mm"], "width is '2mm'"),
        (["--format", "gif"], "gif"),
        (["--output", "one.svg", "--format", "pdf"], "expected one of them"),
    ):
        done = synthesis("flow", "--review", "tea", *words, cwd=tmp_path)
        assert done.returncode == 2
        assert says in done.stderr
    (tmp_path / "taken").write_text("")
    done = synthesis("flow", "--review", "tea", "--output", "taken", cwd=tmp_path)
    assert done.returncode == 1
    assert "the figure cannot be written to 'taken'" in done.stderr
