"""Files of papers: what of them is text, and files that are broken or meant to do harm."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from evidence.sources.paper_files import SourceError, read_paper


def lines(folder: Path, name: str, content: str | bytes) -> list[str]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [line.text for line in read_paper(path).text.lines]


def test_plain_text_in_any_usual_encoding(tmp_path: Path) -> None:
    text = "β = −0.5 µg\nsecond ﬁgure 1"
    plain = ["β = -0.5 μg", "second figure 1"]
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert lines(tmp_path, "a.txt", text.encode(encoding)) == plain
    assert lines(tmp_path, "a.txt", "0.5 – 0.7 §".encode("cp1252")) == ["0.5 - 0.7 §"]
    assert lines(tmp_path, "a.txt", b"0.5 \x81 \xa7") == ["0.5 \N{REPLACEMENT CHARACTER} §"], (
        "no letter at all"
    )
    assert lines(tmp_path, "a.txt", b"\xef\xbb\xbf1 \xff") == ["1 \N{REPLACEMENT CHARACTER}"]
    assert lines(tmp_path, "a.txt", b"\xff\xfe1\x00\x00\xd8") == ["1\N{REPLACEMENT CHARACTER}"]


TABLE = """<table-wrap id="t2"><label>Table 2</label><caption><p>Slopes of <italic>BMD</italic>.</p></caption>
<table><thead><tr><th rowspan="2">Site</th><th colspan="2">Men</th></tr><tr><th>β</th><th>p</th></tr></thead>
<tbody><tr><td rowspan="2">Hip</td><td>0.13 (−0.01, 0.26)<sup>2</sup></td><td>0.063</td></tr>
<tr><td>0.18</td><td>&lt;0.001</td></tr></tbody></table></table-wrap>"""


def test_a_table_of_xml_has_a_line_a_row_and_spanning_cells_in_each(tmp_path: Path) -> None:
    words = "<p>A <bold>slope</bold><!-- of 9 --> of 0.13<sup>a</sup>.</p>"
    document = f"<article><body>{words}{TABLE}</body></article>"
    assert lines(tmp_path, "a.xml", document) == [
        "A slope of 0.13^a.",
        "Table 2 Slopes of BMD .",
        "Site\tMen\t",
        "Site\tβ\tp",
        "Hip\t0.13 (-0.01, 0.26)^2\t0.063",
        "Hip\t0.18\t<0.001",
    ]


def test_a_page_of_html_is_read_like_that_without_what_is_not_shown(tmp_path: Path) -> None:
    page = """<html><head><title>T</title><style>p {width: 1px}</style><script>x = 2</script></head><body>
    <h1>Results</h1><p>HR 1.5<br>next line</p><ul><li>one<li>two 2</ul>
    <table><caption>Table 1. Persons</caption>
    <tr><td>Men<td>12</tr></table></body></html>"""
    assert lines(tmp_path, "a.html", page) == [
        "T",
        "Results",
        "HR 1.5",
        "next line",
        "one",
        "two 2",
        "Table 1. Persons",
        "Men\t12",
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.docx", "1", "'a.docx' is of no kind that can be read"),
        ("a.txt", "", "'a.txt' has no text with a number in it"),
        ("a.pdf", "%PDF-1.4 broken 1", "'a.pdf' is not a PDF that can be read"),
        ("a.xml", "", "'a.xml' is not XML that can be read"),
        ("a.xml", "1 2 3", "'a.xml' is not XML that can be read"),
    ],
)
def test_what_cannot_be_read_is_one_error(tmp_path: Path, name: str, content: str, says: str) -> None:
    with pytest.raises(SourceError) as refused:
        lines(tmp_path, name, content)
    assert str(refused.value).startswith(says)


def test_a_file_that_is_missing_a_folder_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"there is no file 'a.txt'"):
        read_paper(tmp_path / "a.txt")
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(SourceError, match="there is no file"):
        read_paper(tmp_path / "b.txt")
    with (tmp_path / "c.txt").open("wb") as file:
        file.truncate(50_000_001)
    with pytest.raises(SourceError, match="is larger than 50 MB"):
        read_paper(tmp_path / "c.txt")


@pytest.mark.parametrize("entity", ["a0 'lol'", "a0 SYSTEM 'file://{}/secret.txt'", "a0 SYSTEM 'secret.txt'"])
def test_an_entity_is_neither_expanded_nor_fetched(tmp_path: Path, entity: str) -> None:
    (tmp_path / "secret.txt").write_text("lol")
    document = f"<!DOCTYPE r [<!ENTITY {entity.format(tmp_path)}>]><r><p>1 &a0; 2</p></r>"
    assert lines(tmp_path, "a.xml", document) == ["1 2"]


def test_entities_of_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    document = f"""<!DOCTYPE r [<!ENTITY a0 "lol">{bomb}]><r><p>1 &a11;</p></r>"""
    assert len("\n".join(lines(tmp_path, "a.xml", document))) < 100


def test_a_page_that_names_another_encoding_than_its_mark_is_read_by_its_mark(tmp_path: Path) -> None:
    page = "<html><head><meta charset='{}'></head><body><p>7.9 ± 0.2 é</p></body></html>"
    for named, encoding in (("windows-1252", "utf-8-sig"), ("utf-16", "utf-16"), ("latin-1", "cp1252")):
        assert lines(tmp_path, "a.html", page.format(named).encode(encoding)) == ["7.9 ± 0.2 é"]


def test_a_text_of_more_than_twenty_million_characters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"'a\.txt' holds more than 20 million characters"):
        lines(tmp_path, "a.txt", b"1" * 20_000_001)


@pytest.mark.parametrize("depth", [100, 5_000])
def test_deep_nesting_ends(tmp_path: Path, depth: int) -> None:
    try:
        found = lines(tmp_path, "a.xml", "<r>" * depth + "1" + "</r>" * depth)
    except SourceError:
        return
    assert found in (["1"], [])


@pytest.mark.long
@pytest.mark.parametrize("kind", ["pdf", "xml", "html", "txt"])
def test_damaged_files_give_a_text_or_one_error(kind: str, tmp_path: Path, shared: Path) -> None:
    folder = shared / "imports" / "fulltext"
    given = {
        "pdf": (folder / "journal.pone.0319315_pages9_11_13.pdf").read_bytes(),
        "xml": (folder / "pntd.0002065.nxml").read_bytes()[:20_000],
        "html": f"<html><body>{TABLE}</body></html>".encode() * 20,
        "txt": (shared / "papers" / "001_a2e85ea3a2331a40.txt").read_bytes(),
    }[kind]
    chance = random.Random(7)
    tried = 0
    for _ in range(300 if kind == "pdf" else 3_000):
        content = bytearray(given)
        for _ in range(chance.choice((1, 3, 30))):
            at = chance.randrange(len(content))
            action = chance.randrange(3)
            if action == 0:
                content[at] = chance.randrange(256)
            elif action == 1:
                del content[at : at + chance.randrange(1, 200)]
            else:
                content[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 20)))
        with suppress(SourceError):
            lines(tmp_path, f"a.{kind}", bytes(content))
        tried += 1
    assert tried >= 300


def pdf(*pages: str) -> bytes:
    """A PDF as simple as can be, its pages' lines of plain letters."""
    bodies = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    bodies.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    kids = []
    for page in pages:
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in page.split("\n"))
        stream = f"BT /F1 12 Tf 50 700 Td {shown}ET"
        bodies.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(f"{len(bodies) + 1} 0 R")
        bodies.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {len(bodies)} 0 R >>"
        )
    bodies[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    parts, starts = ["%PDF-1.4\n"], []
    for number, body in enumerate(bodies, start=1):
        starts.append(sum(map(len, parts)))
        parts.append(f"{number} 0 obj\n{body}\nendobj\n")
    at = sum(map(len, parts))
    table = "".join(f"{start:010d} 00000 n \n" for start in starts)
    size = len(bodies) + 1
    parts.append(f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n")
    parts.append(f"startxref\n{at}\n%%EOF\n")
    return "".join(parts).encode("latin-1")


def test_lines_of_a_pdf_know_their_page(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf("Table 1 Persons\nMen 12", "HR 0.84"))
    text = read_paper(path).text
    assert [(line.page, line.number, line.text.strip()) for line in text.lines] == [
        (1, 1, "Table 1 Persons"),
        (1, 2, "Men 12"),
        (2, 1, "HR 0.84"),
    ]
    assert str(text.line_at(text.whole.index("0.84"))) == "page 2, line 1"
    assert text.table_at(text.whole.index("12")) == (0, "table 1")


def test_a_locked_pdf_and_one_without_end_are_refused(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    path = tmp_path / "a.pdf"
    path.write_bytes(pdf("HR 0.84"))
    for password, opens in (("", True), ("secret", False)):
        writer = PdfWriter(clone_from=PdfReader(path))
        writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
        writer.write(tmp_path / "locked.pdf")
        if opens:
            assert "HR 0.84" in read_paper(tmp_path / "locked.pdf").text.whole
        else:
            with pytest.raises(SourceError, match=r"'locked\.pdf' is locked by a password"):
                read_paper(tmp_path / "locked.pdf")
    for pages, says in ((2_000, "has no text with a number in it"), (2_001, "has more than 2000 pages")):
        writer = PdfWriter()
        for _ in range(pages):
            writer.add_blank_page(10, 10)
        writer.write(tmp_path / "long.pdf")
        with pytest.raises(SourceError, match=says):
            read_paper(tmp_path / "long.pdf")


def test_the_letters_of_all_pages_of_a_pdf_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pypdf import PdfReader

    path = tmp_path / "a.pdf"
    path.write_bytes(pdf("12 men", "30 women"))
    letters = sum(len(page.extract_text()) for page in PdfReader(path).pages)
    assert letters >= len("12 men") + len("30 women")
    monkeypatch.setattr("evidence.sources.paper_files.MOST_CHARACTERS", letters)
    assert [line.text.strip() for line in read_paper(path).text.lines] == ["12 men", "30 women"]
    monkeypatch.setattr("evidence.sources.paper_files.MOST_CHARACTERS", letters - 1)
    with pytest.raises(SourceError, match=f"holds more than {letters - 1} characters"):
        read_paper(path)


@pytest.mark.parametrize(
    ("span", "cells"), [("4", 4), ("3", 3), ("0", 1), ("-1", 1), ("x", 1), ("", 1), (" 2 ", 2)]
)
def test_a_cell_spans_as_many_columns_and_rows_as_it_says(tmp_path: Path, span: str, cells: int) -> None:
    wide = f'<r><table><tr><td colspan="{span}">1</td><td>2</td></tr></table></r>'
    assert lines(tmp_path, "a.xml", wide) == ["1" + "\t" * cells + "2"]
    rows = f'<tr><td rowspan="{span}">1</td><td>2</td></tr>' + "<tr><td>3</td></tr>" * 3
    found = lines(tmp_path, "a.xml", f"<r><table>{rows}</table></r>")
    assert found == ["1\t2", *["1\t3"] * (cells - 1), *["3"] * (4 - cells)]


def test_a_span_beyond_reason_is_cut_short(tmp_path: Path) -> None:
    [line] = lines(tmp_path, "a.xml", '<r><table><tr><td colspan="999999999">1</td></tr></table></r>')
    assert line.count("\t") == 999


def test_references_and_scripts_are_no_text_and_captions_are(tmp_path: Path) -> None:
    document = """<article><body><fig><object-id>10.1371/9</object-id><!-- 8 -->
    <label>Figure 1</label><caption><p>Flow of 12 persons</p></caption>
    <p>Inside</p></fig><p>See<script>x = 9</script><sup>1</sup> <xref>2</xref></p></body>
    <back><ref-list><p>Lee 2019</p></ref-list></back></article>"""
    assert lines(tmp_path, "a.xml", document) == ["Figure 1 Flow of 12 persons", "Inside", "See^1 2"]
