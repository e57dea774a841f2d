"""`literature draft`: included citations become drafts, once each, or are asked about."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

import pytest

from evidence.records.reading import read_record
from tests.synthesis.commands.running import synthesis

RIS = """TY  - JOUR
TI  - {title}
AU  - {author}
PY  - 2012
JO  - Bone
VL  - {volume}
SP  - 12
{more}ER  -
"""


def ris(title: str, author: str, volume: int, more: str = "") -> str:
    return RIS.format(title=title, author=author, volume=volume, more=more)


ROSSI = ris("Anemia and fractures of the hip in Rome", "Rossi, A.", 1, "DO  - 10.1000/rossi\n")
LEE = ris("Anemia and fractures of the wrist in Busan", "Lee, B.", 2)
KIM = ris("Anemia and fractures of the spine in Seoul", "Kim, C.", 3, "DO  - 10.1000/kim\n")
SAME = ris(
    "Hemoglobin and fractures of ExLand", "Sanz, D.", 4, "DO  - 10.1000/sanz\nAB  - The ExLand study.\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A review with one record, of the cohort ExLand, and four citations of which none is screened."""
    synthesis("init", "r", cwd=tmp_path)
    (tmp_path / "all.ris").write_text(ROSSI + LEE + KIM + SAME, encoding="utf-8")
    record = tmp_path / "r" / "studies" / "example.yaml"
    text = record.read_text(encoding="utf-8")
    assert "{name: Example cohort" in text
    record.write_text(text.replace("{name: Example cohort", "{name: ExLand"), encoding="utf-8")
    done = synthesis("literature", "import", "../all.ris", cwd=tmp_path / "r")
    assert "4 works in all" in done.stdout
    return tmp_path / "r"


def screened(folder: Path, *ids: str, verdict: str = "include") -> None:
    """Both stages decided by one person."""
    (folder / "literature" / "screening").mkdir(exist_ok=True)
    with (folder / "literature" / "screening" / "ana.tsv").open("a", encoding="utf-8") as file:
        for name in ids:
            file.write(f"2026-11-30T12:00:00Z\ttitle\t{name}\tinclude\t\n")
            file.write(f"2026-11-30T12:00:01Z\tfull text\t{name}\t{verdict}\t\n")


def comments_of(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]


def draft(folder: Path, *words: str) -> CompletedProcess[str]:
    return synthesis("literature", "draft", *words, cwd=folder)


def test_included_citations_become_drafts_and_nothing_twice(folder: Path) -> None:
    nothing = draft(folder)
    assert (nothing.returncode, nothing.stdout) == (
        0,
        "0 included citations: 0 drafted, 0 in a record or draft before\n",
    )
    words = next(
        line for line in (folder / "literature/citations.jsonl").read_text().splitlines() if "Busan" in line
    )
    lee = words.partition('"id": "')[2].partition('"')[0]
    screened(folder, "doi:10.1000/rossi", lee)
    screened(folder, "doi:10.1000/kim", verdict="exclude")
    done = draft(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "wrote drafts/rossi-2012.yaml",
        "  Rossi A. Anemia and fractures of the hip in Rome. Bone 2012;1:12",
        "wrote drafts/lee-2012.yaml",
        "  Lee B. Anemia and fractures of the wrist in Busan. Bone 2012;2:12",
        "2 included citations: 2 drafted, 0 in a record or draft before",
        "what each lacks: python -m synthesis check",
    ]
    assert sorted(path.name for path in (folder / "drafts").iterdir()) == ["lee-2012.yaml", "rossi-2012.yaml"]
    before = {path: path.read_bytes() for path in (folder / "drafts").iterdir()}
    again = draft(folder)
    assert again.stdout == "2 included citations: 0 drafted, 2 in a record or draft before\n"
    assert {path: path.read_bytes() for path in (folder / "drafts").iterdir()} == before


def test_check_names_each_draft_and_no_command_breaks_on_them(folder: Path) -> None:
    before = synthesis("forest", "--json", cwd=folder)
    screened(folder, "doi:10.1000/rossi", "doi:10.1000/kim")
    draft(folder)
    checked = synthesis("check", cwd=folder)
    assert checked.returncode == 0
    for name in ("rossi-2012", "kim-2012"):
        assert f"drafts/{name}.yaml:1:1: note: the draft '{name}' is incomplete and in no pool: design, " in (
            checked.stdout
        )
    assert synthesis("forest", "--json", cwd=folder).stdout == before.stdout
    assert ", 2 drafts wait\n" in synthesis("forest", cwd=folder).stdout
    told = synthesis("diff", folder, folder, cwd=folder)
    assert told.stdout.splitlines()[1] == " 2 drafts wait, and no result has anything of a draft"
    assert told.returncode == 0
    done = synthesis("release", "1.0.0", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 drafts wait, and the release has nothing of a draft" in done.stdout.splitlines()
    kept = [path.name for path in (folder / "releases" / "1.0.0").rglob("*") if path.is_file()]
    assert "example.yaml" in kept
    assert not {"rossi-2012.yaml", "kim-2012.yaml"} & set(kept)


def test_only_named_ones_are_drafted_by_any_of_their_ids(folder: Path) -> None:
    screened(folder, "doi:10.1000/rossi", "doi:10.1000/kim")
    done = draft(folder, "doi:10.1000/kim")
    assert [path.name for path in (folder / "drafts").iterdir()] == ["kim-2012.yaml"]
    assert "1 included citation: 1 drafted" in done.stdout


def test_a_name_that_is_taken_gets_a_number(folder: Path) -> None:
    (folder / "studies" / "kim-2012.yaml").write_text("[", encoding="utf-8")
    screened(folder, "doi:10.1000/kim")
    draft(folder)
    assert [path.name for path in (folder / "drafts").iterdir()] == ["kim-2012-2.yaml"]


def test_another_report_of_a_record_is_asked_about_and_drafted_if_it_is_none(folder: Path) -> None:
    screened(folder, "doi:10.1000/sanz")
    done = draft(folder)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "doi:10.1000/sanz",
        "  Sanz D. Hemoglobin and fractures of ExLand. Bone 2012;4:12",
        "  may be another report of example: it names ExLand",
        "  if it is: python -m synthesis literature draft doi:10.1000/sanz --to example; if not: --new",
        "1 included citation: 0 drafted, 0 in a record or draft before, 1 to be answered",
    ]
    assert not (folder / "drafts").exists()
    new = draft(folder, "doi:10.1000/sanz", "--new")
    assert (new.returncode, "wrote drafts/sanz-2012.yaml" in new.stdout) == (0, True)
    assert draft(folder).returncode == 0


def test_a_report_is_added_to_the_record_whose_it_is(folder: Path) -> None:
    screened(folder, "doi:10.1000/sanz")
    path = folder / "studies" / "example.yaml"
    comments = comments_of(path)
    done = draft(folder, "doi:10.1000/sanz", "--to", "example")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "wrote studies/example.yaml: report sanz-2012",
        "what it prints: python -m synthesis add --to example --report sanz-2012",
    ]
    record = read_record(path).model
    assert record is not None
    assert list(record.reports) == ["example-2020", "sanz-2012"]
    assert record.reports["sanz-2012"].doi == "10.1000/sanz"
    assert [
        line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")
    ] == comments
    text = path.read_bytes()
    again = draft(folder, "doi:10.1000/sanz", "--to", "example")
    assert again.stdout == "doi:10.1000/sanz is report sanz-2012 of example already\n"
    assert path.read_bytes() == text
    assert draft(folder).stdout == "1 included citation: 0 drafted, 1 in a record or draft before\n"
    assert synthesis("check", cwd=folder).returncode == 0


def test_a_second_version_of_a_draft_is_asked_about(folder: Path) -> None:
    second = (
        ROSSI.replace("10.1000/rossi", "10.1000/preprint")
        .replace("VL  - 1\n", "")
        .replace("JO  - Bone", "JO  - medRxiv")
    )
    (folder / "more.ris").write_text(second, encoding="utf-8")
    synthesis("literature", "import", "more.ris", cwd=folder)
    screened(folder, "doi:10.1000/rossi", "doi:10.1000/preprint")
    done = draft(folder)
    assert done.returncode == 1
    assert "may be report rossi-2012 of rossi-2012 (a draft): the same title with another DOI" in done.stdout
    refused = draft(folder, "doi:10.1000/rossi", "--to", "rossi-2012")
    assert refused.returncode == 2
    assert refused.stderr == (
        "error: 'rossi-2012' is a draft: write the report under 'reports:' of drafts/rossi-2012.yaml, with "
        "its doi or pmid\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (
            ("doi:10.1000/none",),
            2,
            "no citation has the id doi:10.1000/none; they stand in literature/citations.jsonl",
        ),
        (
            ("doi:10.1000/kim",),
            1,
            "doi:10.1000/kim is not included: waiting at its title; python -m synthesis screen",
        ),
        (("--new",), 2, "--new and --to are about citations that are named"),
        (("--to", "example"), 2, "--new and --to are about citations that are named"),
        (("doi:10.1000/rossi", "--to", "example", "--new"), 2, "give --to or --new, one at a time"),
        (
            ("doi:10.1000/rossi", "--to", "nobody"),
            2,
            "--to: no record is called 'nobody'; the review has: example",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    words: tuple[str, ...], code: int, says: str, folder: Path
) -> None:
    screened(folder, "doi:10.1000/rossi")
    done = draft(folder, *words)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"error: {says}\n")
    assert not (folder / "drafts").exists()


def test_an_excluded_citation_is_not_drafted(folder: Path) -> None:
    screened(folder, "doi:10.1000/kim", verdict="exclude")
    done = draft(folder, "doi:10.1000/kim")
    assert done.stderr == (
        "error: doi:10.1000/kim is not included: excluded at its full text; python -m synthesis screen\n"
    )


def test_damaged_files_of_the_review_are_told_and_nothing_is_written(folder: Path) -> None:
    screened(folder, "doi:10.1000/kim")
    citations = folder / "literature" / "citations.jsonl"
    kept = citations.read_text(encoding="utf-8")
    citations.write_text(kept + "{\n", encoding="utf-8")
    done = draft(folder)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "citations.jsonl', line 5" in done.stderr
    citations.write_text(kept, encoding="utf-8")
    (folder / "review.yaml").write_text("[", encoding="utf-8")
    done = draft(folder)
    assert done.returncode == 1
    assert "nothing was written: mend review.yaml first" in done.stderr
    assert not (folder / "drafts").exists()


def test_the_shipped_review_gets_no_drafts_because_none_was_named(tmp_path: Path) -> None:
    done = draft(tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "error: no review.yaml is here; name the review with --review DIR\n",
    )


def test_what_the_review_knows_of_a_citation_is_shown_while_it_is_screened(folder: Path) -> None:
    with patch("sys.stdin", StringIO("q\n" * 2)):
        done = synthesis("screen", "--reviewer", "ana", cwd=folder)
    assert "may be another report" not in done.stdout  # the first in the order of ids is Kim's
    for name in ("kim", "rossi"):
        with (folder / "literature" / "screening" / "ana.tsv").open("a", encoding="utf-8") as file:
            file.write(f"2026-11-30T12:00:00Z\ttitle\tdoi:10.1000/{name}\texclude\t\n")
    with patch("sys.stdin", StringIO("q\n")):
        done = synthesis("screen", "--reviewer", "ana", cwd=folder)
    assert "may be another report of example: it names ExLand" in done.stdout.splitlines()
