"""Papers' files that are damaged in any way give candidates or one clear refusal, and nothing else."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from evidence.sources.candidates import TextCandidate
from evidence.sources.contradictions import contradictions_of
from evidence.sources.drafting import drafted
from evidence.sources.matching import Numbers
from evidence.sources.paper_files import SourceError, read_paper
from evidence.sources.searching import candidates_of
from tests.evidence.sources.test_import_fuzz import VALUES, damaged

LINES = (
    "Of 2,658 men who consented, 299 were excluded (n = 180 without data), leaving 2,359.",
    "The odds ratio was 0.84 (95% CI 0.63 to 1.12, p = 0.24).",
    "Table 1. Characteristics",
    "Characteristic Cases (n = 40) Controls (n = 41)",
    "Age (years), mean (SD) 62.6 (8.0) 61.9 (7.7)",
    "Table 2. Hazard ratios (95% CI) of fracture",
    "Tertile Model 1 Model 2 p",
    "First 1.00 (ref) 1.00 (ref)",
    "Second 1.21 (0.84-1.73) 1.30 (0.90, 1.80) 0.17",
    "Third 1.45 [1.01; 2.08] 1.52 [1.05; 2.20] <0.05",
    "Beta = -0.0079 (SE 0.0029), t = -2.72",
)
ROWS = "".join(
    f"<tr><td>{name}</td><td colspan='2'>{one}</td><td>{other}</td></tr>"
    for name, one, other in (
        ("", "OR (95% CI)", "P"),
        ("Men", "0.84 (0.63, 1.12)", "0.24"),
        ("Women", "2", "-"),
    )
)
HTML = (
    "<!DOCTYPE html><html><head><title>A</title></head><body>"
    f"<p>{LINES[0]}<br>{LINES[1]}</p><table><caption>Table 3</caption>{ROWS}</table></body></html>"
)
JATS = (
    '<?xml version="1.0" encoding="UTF-8"?><article><front><article-id>10.1000/a</article-id></front>'
    f"<body><sec><p>{LINES[0]} <italic>{LINES[1]}</italic><sup>2</sup></p><table-wrap><label>Table 3</label>"
    f"<caption><p>Odds</p></caption><table>{ROWS}</table></table-wrap></sec></body></article>"
)


def as_pdf(content: bytes, filtered: bool) -> bytes:
    """A file of one page whose objects, lengths and table of objects are right."""
    stream = zlib.compress(content) if filtered else content
    how = b" /Filter /FlateDecode" if filtered else b""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(stream), how, stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    file, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(file)
    return file + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def page() -> bytes:
    """What draws the lines on a page."""
    return drawn(LINES)


def drawn(lines: Sequence[str]) -> bytes:
    """What draws lines on a page, one under the other."""
    shown = (re.sub(r"([()\\])", r"\\\1", line).encode("cp1252") for line in lines)
    return b"BT /F1 10 Tf 50 750 Td 14 TL\n" + b"".join(b"(%s) Tj T*\n" % line for line in shown) + b"ET"


def other_numbers(text: str, chance: random.Random) -> str:
    """The text with some of its numbers replaced."""
    for _ in range(chance.randint(1, 5)):
        spots = list(re.finditer(r"\d+(?:\.\d+)?|[^\w\s]", text))
        if spots:
            spot = chance.choice(spots)
            text = text[: spot.start()] + chance.choice(VALUES) + text[spot.end() :]
    return text


def hurt(content: bytes, chance: random.Random) -> bytes:
    """Bytes damaged anywhere, or whole but for their numbers and signs."""
    if chance.random() < 0.6:
        return damaged(content, chance)
    return other_numbers(content.decode("utf-8"), chance).encode("utf-8")


def hurt_pdf(chance: random.Random) -> bytes:
    """A file that is damaged, or a whole one whose page is."""
    filtered = chance.random() < 0.5
    if chance.random() < 0.5:
        return damaged(as_pdf(page(), filtered), chance)
    return as_pdf(damaged(page(), chance), filtered)


PAPERS: dict[str, Callable[[random.Random], bytes]] = {
    "pdf": hurt_pdf,
    "txt": lambda chance: hurt("\n".join(LINES).encode(), chance),
    "html": lambda chance: hurt(HTML.encode(), chance),
    "xml": lambda chance: hurt(JATS.encode(), chance),
}
WHOLE = {
    "pdf": as_pdf(page(), True),
    "txt": "\n".join(LINES).encode(),
    "html": HTML.encode(),
    "xml": JATS.encode(),
}


def candidates_in(path: Path) -> tuple[TextCandidate, ...] | None:
    """What a paper has to offer, its contradictions and draft made as well; None where it is refused."""
    try:
        source = read_paper(path)
    except SourceError:
        return None
    found = candidates_of(Numbers(source.text))
    for each in found:
        contradictions_of(each)
    assert drafted("a", source, "a", found)
    return found


@pytest.mark.parametrize(("kind", "found"), [("pdf", 12), ("txt", 12), ("html", 6), ("xml", 6)])
def test_papers_that_are_not_damaged_give_what_they_print(kind: str, found: int, tmp_path: Path) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_bytes(WHOLE[kind])
    candidates = candidates_in(path)
    assert candidates is not None
    assert len(candidates) == found


@pytest.mark.long
@pytest.mark.parametrize("kind", PAPERS)
def test_damaged_papers_give_candidates_or_one_refusal(kind: str, tmp_path: Path) -> None:
    chance, path = random.Random(6104), tmp_path / f"a.{kind}"
    tried = came = 0
    for _ in range(700):
        path.write_bytes(PAPERS[kind](chance))
        came += bool(candidates_in(path))
        tried += 1
    assert tried == 700
    assert 100 < came <= tried
