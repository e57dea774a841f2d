"""Records beside the texts of their papers: which file, whether it is the same, and what `check` says."""

from __future__ import annotations

from pathlib import Path

from evidence.checking import check_one
from evidence.records.trust import fingerprint
from tests.evidence.records.samples import bent, record
from tests.evidence.sources.test_finding import PAPER

READ = "year: 2019, read: full text"


def checked(folder: Path, *changes: tuple[str, str], keys: str = "text: papers/lee.txt") -> list[str]:
    """What `check` says of a record in studies/ of a review whose paper is in papers/."""
    (folder / "studies").mkdir(exist_ok=True)
    (folder / "review.yaml").touch()
    path = folder / "studies" / "lee-2019.yaml"
    path.write_text(bent((READ, f"{READ}, {keys}"), *changes), encoding="utf-8")
    _, problems = check_one(path)
    return [f"{each.place.line} {each.severity} {each.rule}: {each.says}" for each in problems]


def paper(folder: Path, text: str = PAPER) -> str:
    """Write the paper; its sha256."""
    from hashlib import sha256

    (folder / "papers").mkdir(exist_ok=True)
    (folder / "papers" / "lee.txt").write_text(text, encoding="utf-8", newline="\n")
    return sha256(text.encode()).hexdigest()


def test_a_text_that_is_not_here_is_a_note(tmp_path: Path) -> None:
    assert checked(tmp_path) == [
        "7 note source-unread: the numbers of 'lee-2019' are not compared: there is no 'papers/lee.txt' here"
    ]


def test_a_record_that_is_as_printed_has_nothing_to_mend(tmp_path: Path) -> None:
    digest = paper(tmp_path)
    assert checked(tmp_path, keys=f"text: papers/lee.txt, sha256: {digest}") == []
    assert checked(tmp_path) == [
        "7 note source-changed: the record does not say which file 'lee.txt' is",
    ]


def test_another_file_is_noticed(tmp_path: Path) -> None:
    digest = paper(tmp_path)
    paper(tmp_path, PAPER + "Correction.\n")
    assert checked(tmp_path, keys=f"text: papers/lee.txt, sha256: {digest}") == [
        "7 warning source-changed: 'lee.txt' is another file than the one that the record was checked against"
    ]


def test_a_misread_digit_is_an_error_at_its_line_until_a_person_has_looked(tmp_path: Path) -> None:
    digest = paper(tmp_path)
    keys = f"text: papers/lee.txt, sha256: {digest}"
    wrong = ("0.0135]", "0.0136]")
    says = "the text prints 0.0135 where the record has 0.0136"
    assert checked(tmp_path, wrong, keys=keys) == [f"19 error source-differs: {says}"]
    data = fingerprint(record(wrong), "hip-men")
    seen = f"finding: source-differs, of: hip-men, why: a misprint, by: A, on: 2026-11-01, data: {data}"
    known = ("\nextraction", f"\nacknowledged:\n  - {{{seen}}}\nextraction")
    words = f"{says}; acknowledged by A on 2026-11-01: a misprint"
    assert checked(tmp_path, wrong, known, keys=keys) == [f"19 note source-differs: {words}"]


def test_what_differs_is_told_in_the_order_of_the_record(tmp_path: Path) -> None:
    digest = paper(tmp_path)
    changes = (("0.0135]", "0.0136]"), ("mean: 62.6", "mean: 62.7"))
    assert checked(tmp_path, *changes, keys=f"text: papers/lee.txt, sha256: {digest}") == [
        "8 error source-differs: the text prints 62.6 where the record has 62.7",
        "19 error source-differs: the text prints 0.0135 where the record has 0.0136",
    ]


def test_a_broken_text_is_one_error(tmp_path: Path) -> None:
    paper(tmp_path, "no number here")
    assert checked(tmp_path) == ["7 error source-unread: 'lee.txt' has no text with a number in it"]


def test_a_record_that_cannot_be_read_is_not_compared(tmp_path: Path) -> None:
    paper(tmp_path)
    assert all("source" not in each for each in checked(tmp_path, ("n: 1426", "n: many")))


def test_a_review_further_up_is_not_the_record_s(tmp_path: Path) -> None:
    paper(tmp_path)
    (tmp_path / "review.yaml").touch()
    (tmp_path / "studies" / "older").mkdir(parents=True)
    path = tmp_path / "studies" / "older" / "lee-2019.yaml"
    path.write_text(bent((READ, f"{READ}, text: papers/lee.txt")), encoding="utf-8")
    [one] = check_one(path)[1]
    assert (one.rule, one.hint) == ("source-unread", f"Expected it in {path.parent / 'papers'}.")


def test_a_record_without_a_review_has_its_paper_beside_it(tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    digest = paper(tmp_path / "alone")
    path = tmp_path / "alone" / "lee-2019.yaml"
    keys = f"{READ}, text: papers/lee.txt, sha256: {digest}"
    path.write_text(bent((READ, keys)), encoding="utf-8")
    assert check_one(path)[1] == []
