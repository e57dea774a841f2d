"""Exports of every format, damaged at random: bytes changed, pieces lost, repeated or put in."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

SIGNS = (
    *(
        b"{",
        b"}",
        b'"',
        b"[",
        b"]",
        b"<",
        b">",
        b"\n",
        b"\r",
        b"\x00",
        b"\xff\xfe",
        b",",
        b";",
        b"&lol;",
        b"\\",
        b"$",
    ),
    *(
        b"@article{",
        b"TY  - ",
        b"ER  - \n",
        b"PMID- ",
        b"<PubmedArticle>",
        b"</record>",
        b"%0 ",
        b"PT J\n",
        b"\t",
        b" ",
    ),
)
SWAPS = (
    (b"\n", b"\r\n"),
    (b"\n", b"\r"),
    (b"\n", b""),
    (b" - ", b"-"),
    (b'"', b""),
    (b",", b";"),
    (b"}", b""),
    (b">", b" "),
)
ENCODINGS = ("utf-16", "utf-32", "latin-1", "utf-8-sig", "utf-16-le")


def damaged(whole: bytes, dice: random.Random) -> bytes:
    """The bytes with one to thirty damages."""
    made = whole
    for _ in range(dice.choice((1, 1, 2, 5, 30))):
        made = dice.choice(DAMAGES)(made, dice)[:400_000]
    return made


def _cut(whole: bytes, dice: random.Random) -> tuple[bytes, bytes]:
    at = dice.randrange(len(whole) + 1)
    return whole[:at], whole[at:]


def _byte(whole: bytes, dice: random.Random) -> bytes:
    before, behind = _cut(whole, dice)
    return before + bytes([dice.randrange(256)]) + behind[1:]


def _lost(whole: bytes, dice: random.Random) -> bytes:
    before, behind = _cut(whole, dice)
    return before + behind[dice.randrange(1, 400) :]


def _repeated(whole: bytes, dice: random.Random) -> bytes:
    before, behind = _cut(whole, dice)
    return before + _cut(whole, dice)[1][:500] + behind


def _put_in(whole: bytes, dice: random.Random) -> bytes:
    before, behind = _cut(whole, dice)
    return before + dice.choice(SIGNS) * dice.choice((1, 1, 3, 2_000)) + behind


def _swapped(whole: bytes, dice: random.Random) -> bytes:
    return whole.replace(*dice.choice(SWAPS))


def _in_another_encoding(whole: bytes, dice: random.Random) -> bytes:
    return whole.decode("utf-8", "replace").encode(dice.choice(ENCODINGS), "replace")


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_byte, _lost, _repeated, _put_in, _swapped, _in_another_encoding),
    lambda whole, dice: _cut(whole, dice)[0],
    lambda whole, dice: _cut(whole, dice)[1],
)

_ROWS = [
    (f"Study {n} of “bone” & β-{n}", f"Rossi {n}, A.", f"{1990 + n}", f"10.1000/{n}", f"An abstract {n}, <5")
    for n in range(12)
]
EXPORTS: dict[str, bytes] = {
    "ris": "".join(
        f"TY  - JOUR\nTI  - {t}\nAU  - {a}\nPY  - {y}\nDO  - {d}\nAB  - {b}\nmore\nER  - \n\n"
        for t, a, y, d, b in _ROWS
    ).encode(),
    "nbib": "".join(
        f"PMID- {y}\nTI  - {t}\n      on\nAU  - {a}\nDP  - {y}\nLID - {d} [doi]\nAB  - {b}\nSO  - x\n\n"
        for t, a, y, d, b in _ROWS
    ).encode(),
    "wos": (
        "FN x\nVR 1.0\n"
        + "".join(f"PT J\nAU {a}\n   {a}\nTI {t}\nPY {y}\nDI {d}\nAB {b}\nER\n\n" for t, a, y, d, b in _ROWS)
        + "EF\n"
    ).encode(),
    "enw": "".join(
        f"%0 Journal\n%T {t}\n%A {a}\n%D {y}\n%R {d}\n%X {b}\n\n" for t, a, y, d, b in _ROWS
    ).encode(),
    "bib": "".join(
        f"@article{{k{y},\n title = {{{t}}},\n author = \"{a}\",\n year = {y},\n doi = {{{d}}},\n"
        f" abstract={{{b}}}\n}}\n"
        for t, a, y, d, b in _ROWS
    ).encode(),
    "json": (
        "["
        + ",\n".join(f'{{"title": "{t}", "DOI": "{d}", "issued": "{y}"}}' for t, _, y, d, _ in _ROWS)
        + "]"
    ).encode(),
    "csv": (
        "title,authors,year,doi,abstract\n"
        + "".join(f'"{t}","{a}",{y},{d},"{b}\nx"\n' for t, a, y, d, b in _ROWS)
    ).encode(),
    "tsv": (
        "title\tauthors\tyear\tdoi\n" + "".join(f"{t}\t{a}\t{y}\t{d}\n" for t, a, y, d, _ in _ROWS)
    ).encode(),
    "pubmed": (
        "<PubmedArticleSet>"
        + "".join(
            f"<PubmedArticle><MedlineCitation><PMID>{y}</PMID><Article><ArticleTitle>"
            f"{t.replace('&', '&amp;')}</ArticleTitle></Article></MedlineCitation></PubmedArticle>\n"
            for t, _, y, _, _ in _ROWS
        )
        + "</PubmedArticleSet>"
    ).encode(),
    "endnote": (
        "<xml><records>"
        + "".join(
            f"<record><titles><title>{t.replace('&', '&amp;')}</title></titles>"
            f"<dates><year>{y}</year></dates></record>"
            for t, _, y, _, _ in _ROWS
        )
        + "</records></xml>"
    ).encode(),
    "summary": "".join(
        f"{n}: Rossi A. {t}. Blood. {y} Apr;1(2):3-4. doi: {d}. PMID: {y}.\n\n"
        for n, (t, _, y, d, _) in enumerate(_ROWS, 1)
    ).encode(),
}  # fmt: skip


def increasing(numbers: list[int]) -> bool:
    """Whether no number is smaller than the one before it."""
    return all(a <= b for a, b in pairwise(numbers))
