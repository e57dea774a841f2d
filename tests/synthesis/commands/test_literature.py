"""`literature`: exports in, doubtful pairs decided."""

from __future__ import annotations

from pathlib import Path

from evidence.literature.searches.search_log import read_runs
from tests.synthesis.commands.running import synthesis

ONE = """TY  - JOUR
TI  - Hemoglobin and bone loss in older women
AU  - Rossi, A.
AU  - Lee, B.
AU  - Kim, C.
AU  - Li, D.
PY  - 2012
JO  - Blood
VL  - 27
SP  - 12
DO  - 10.1000/a
ER  -
"""
DOUBT = ONE.replace("10.1000/a", "10.1000/b")
ERRATUM = (
    ONE.replace("TI  - ", "TI  - Erratum: ").replace("10.1000/a", "10.1000/c").replace("SP  - 12", "SP  - 99")
)


def review_with(tmp_path: Path, **files: str) -> Path:
    review = tmp_path / "r"
    synthesis("init", "r", cwd=tmp_path)
    for name, text in files.items():
        (tmp_path / f"{name}.ris").write_text(text)
    return review


def test_an_import_says_what_was_read_joined_and_doubtful(tmp_path: Path) -> None:
    review_with(
        tmp_path, a=ONE + DOUBT, b=ONE.replace("DO  - 10.1000/a\n", "") + "TY  - JOUR\nER  -\n" + ERRATUM
    )
    done = synthesis("literature", "import", "a.ris", "b.ris", "--review", "r", cwd=tmp_path)
    assert done.returncode == 1  # a record could not be read
    assert done.stdout.splitlines() == [
        "not read: b.ris, line 12: a record that says neither title, authors nor identifier",
        "a.ris: 2 records read, 0 unreadable",
        "b.ris: 2 records read, 1 unreadable",
        "not stated when they were searched: a.ris, b.ris; import them again with --searched DATE to say it",
        "3 works in all: 3 new, 1 joined with another record, 0 known before",
        "1 pair may be one work; see: python -m synthesis literature duplicates",
    ]
    assert done.stderr == ""
    again = synthesis("literature", "import", "a.ris", "--review", "r", cwd=tmp_path)
    assert again.returncode == 0
    assert "3 works in all: 0 new, 0 joined with another record, 2 known before" in again.stdout


def test_a_file_that_is_no_export_is_one_line_and_the_others_are_read(tmp_path: Path) -> None:
    review = review_with(tmp_path, a=ONE.replace("ER  -\n", "") + ONE)
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4")
    done = synthesis("literature", "import", "x.pdf", "../a.ris", cwd=review)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["error: 'x.pdf': no such file or directory"]
    assert done.stdout.startswith("a.ris, line 1: its end (ER) is missing")
    nothing = synthesis("literature", "import", "../x.pdf", cwd=review)
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert nothing.stderr.splitlines() == [
        "error: '../x.pdf': it is a PDF: export the citations as RIS or .nbib",
        "error: no record was read; nothing is written",
    ]


def test_many_troubles_are_told_in_few_lines(tmp_path: Path) -> None:
    review = review_with(tmp_path, a=ONE + "TY  - JOUR\nER  -\n" * 25)
    done = synthesis("literature", "import", "../a.ris", cwd=review)
    assert sum(line.startswith("not read: a.ris") for line in done.stdout.splitlines()) == 20
    assert "not read: 5 more" in done.stdout


def test_the_shipped_review_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "a.ris").write_text(ONE)
    for words in (("import", "a.ris"), ("duplicates", "--same", "doi:x", "doi:y")):
        done = synthesis("literature", *words, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (
            2,
            "error: no review.yaml is here; name the review with --review DIR\n",
        )


def test_doubtful_pairs_are_listed_and_decided(tmp_path: Path) -> None:
    review = review_with(tmp_path, a=ONE + DOUBT + ERRATUM)
    synthesis("literature", "import", "../a.ris", cwd=review)
    listed = synthesis("literature", "duplicates", cwd=review)
    assert listed.returncode == 1
    assert listed.stdout.splitlines() == [
        "the same title and place, but another DOI:",
        "  doi:10.1000/a",
        "    Rossi, A., Lee, B., Kim, C. et al.. Hemoglobin and bone loss in older women. Blood 2012 27:12 "
        "[a.ris line 1]",
        "  doi:10.1000/b",
        "    Rossi, A., Lee, B., Kim, C. et al.. Hemoglobin and bone loss in older women. Blood 2012 27:12 "
        "[a.ris line 13]",
        "Decide each: python -m synthesis literature duplicates --same ID ID (or --different ID ID)",
    ]
    related = synthesis("literature", "duplicates", "--related", cwd=review)
    assert related.returncode == 0
    assert related.stdout.count("one is a notice, comment or reply about the other:") == 2
    done = synthesis("literature", "duplicates", "--same", "doi:10.1000/a", "doi:10.1000/b", cwd=review)
    assert done.stdout == "doi:10.1000/a and doi:10.1000/b are same: joined; 2 citations\n"
    none = synthesis("literature", "duplicates", cwd=review)
    assert (none.returncode, none.stdout) == (0, "no pair is doubtful among 2 citations\n")
    parted = synthesis(
        "literature", "duplicates", "--different", "doi:10.1000/a", "doi:10.1000/b", cwd=review
    )
    assert parted.stdout == "doi:10.1000/a and doi:10.1000/b are different: parted; 3 citations\n"


def test_wrong_words_and_damaged_files_are_one_line(tmp_path: Path) -> None:
    review = review_with(tmp_path, a=ONE)
    both = synthesis("literature", "duplicates", "--same", "a", "b", "--different", "a", "b", cwd=review)
    assert (both.returncode, both.stderr) == (2, "error: give --same or --different, one at a time\n")
    unknown = synthesis("literature", "duplicates", "--same", "doi:x", "doi:y", cwd=review)
    assert unknown.returncode == 1
    assert unknown.stderr == "error: no citation has the id doi:x; `literature duplicates` lists them\n"
    (review / "literature" / "citations.jsonl").write_text("{\n")
    for words in (("import", "../a.ris"), ("duplicates",), ("duplicates", "--same", "doi:x", "doi:y")):
        done = synthesis("literature", *words, cwd=review)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "citations.jsonl', line 1: it is no line of JSON" in done.stderr


def test_words_of_a_title_never_command_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b[31m[bold]Red[/bold]\x07 \u202eleft :smile: <script>x</script>"
    text = (ONE + DOUBT).replace("Hemoglobin", evil)
    review = review_with(tmp_path, a=text)
    done = synthesis("literature", "import", "../a.ris", cwd=review)
    listed = synthesis("literature", "duplicates", cwd=review)
    shown = done.stdout + listed.stdout
    assert "[31m[bold]Red[/bold] left :smile: <script>x</script> and bone loss" in shown
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}


def test_an_import_says_when_and_what_was_searched(tmp_path: Path) -> None:
    review = review_with(tmp_path, a=ONE)
    words = ("literature", "import", "../a.ris")
    done = synthesis(*words, "--via", "Citation searching", "--searched", "2026-02-03", cwd=review)
    assert done.returncode == 0
    (run,) = read_runs(review)
    assert (run.kind, str(run.searched), run.file) == ("citation searching", "2026-02-03", "a.ris")
    for more, says in (
        (("--via", "shop"), "error: --via shop: expected one of database, register, website, "),
        (("--searched", "2199-01-01"), "error: --searched 2199-01-01 is a day to come\n"),
        (("--searched", "3.2.2026"), "error: --searched '3.2.2026' is no day; expected e.g. 2026-11-28\n"),
    ):
        done = synthesis(*words, *more, cwd=review)
        assert done.returncode == 2
        assert says in done.stderr


def test_the_help_shows_an_example(tmp_path: Path) -> None:
    for verb, example in (
        ("import", "literature import pubmed.nbib scopus.ris"),
        ("duplicates", "--same doi:10.1000/abc"),
    ):
        shown = " ".join(synthesis("literature", verb, "--help", cwd=tmp_path).stdout.split())
        assert example in shown
