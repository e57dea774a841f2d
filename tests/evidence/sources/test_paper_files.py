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


TABLE = """<table-wrap id="t2"><label>Table 2</label><caption><p>Slopes of <italic>BMD</italic>.</p></caption>
<table><thead><tr><th rowspan="2">Site</th><th colspan="2">Men</th></tr><tr><th>β</th><th>p</th></tr></thead>
<tbody><tr><td rowspan="2">Hip</td><td>0.13 (−0.01, 0.26)<sup>2</sup></td><td>0.063</td></tr>
<tr><td>0.18</td><td>&lt;0.001</td></tr></tbody></table></table-wrap>"""


def test_a_table_of_xml_has_a_line_a_row_and_spanning_cells_in_each(tmp_path: Path) -> None:
    document = f"<article><body><p>A <bold>slope</bold> of 0.13<sup>a</sup>.</p>{TABLE}</body></article>"
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


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret 42")
    bomb = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    document = f"""<!DOCTYPE r [<!ENTITY a0 "lol">{bomb}<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]>
    <r><p>1 &a11; &x;</p></r>"""
    whole = "\n".join(lines(tmp_path, "a.xml", document))
    assert "secret" not in whole
    assert len(whole) < 100


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
