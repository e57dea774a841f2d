"""Which format a file has."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.literature.raw_record import ExportError
from evidence.literature.readers.recognising import reader_of
from tests.evidence.literature.exports import read_text, whole_export


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("TY  - JOUR\nTI  - PMID: 5\n", "RIS"),
        ("junk\n\nC1  - 5\nTI  - x\nER  - \n", "RIS"),
        ("TI  - a\nAU  - b\nPY  - 2012\nJO  - c\n", "RIS"),
        ("PMID- 5\nTI  - x\n", "MEDLINE"),
        ("\nOWN - ERIC\nTI  - x\n", "MEDLINE"),
        ("FN x\nVR 1.0\nPT J\n", "Web of Science"),
        ("%T x\n%A y\n", "EndNote"),
        ("Scopus\n\n@article{a,\n", "BibTeX"),
        (" @Article (a,\n", "BibTeX"),
        ('[{"title": "x"}]', "CSL JSON"),
        ('{"items": []}', "CSL JSON"),
        ("1: Rossi A. Iron. Blood. 2012. PMID: 7.\n", "PubMed summary"),
        ("title,year\n", "table"),
        ("<PubmedArticleSet>", "PubMed XML"),
        ("<?xml version='1.0'?>\n<xml><records>", "EndNote XML"),
        ("<xml>\n<record>", "EndNote XML"),
    ],
)
def test_a_format_is_recognised_by_what_stands_in_the_file(text: str, kind: str) -> None:
    assert reader_of(text.splitlines())[0] == kind


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04abc", "a ZIP archive or an office file: save its table as CSV"),
        (b"%PDF-1.4\n", "a PDF: export the citations"),
        (b"\xd0\xcf\x11\xe0\xa1", "an old office file"),
        (b"\x1f\x8b\x08", "a compressed file"),
        (b"{\\rtf1", "a rich text document"),
        (b"<html><body>x</body></html>", "expected the XML of PubMed .* found <html>"),
        (b"<?xml?><!-- x -->", "found another kind"),
        (b"A letter to the editor.\n\nDear all,\n", "expected an export of citations"),
    ],
)
def test_what_is_no_export_is_refused_in_one_line(content: bytes, says: str) -> None:
    with pytest.raises(ExportError, match=says) as error:
        read_text(content)
    assert "\n" not in str(error.value)
    assert "export.txt'" in str(error.value)


def test_a_file_that_the_system_refuses_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no such file or directory"):
        whole_export(tmp_path / "none.ris")
    with pytest.raises(ExportError, match="is a directory"):
        whole_export(tmp_path)
