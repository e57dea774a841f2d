"""The page as one HTML file: style and script inside it, named by their hashes in its own security policy."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, partial
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from synthesis.paper.formats.cleaning import legal_in_xml
from synthesis.paper.manuscript import with_citations
from synthesis.report.page_parts import (
    AnalysisSection,
    ReportPage,
    ScriptShown,
    ShownTable,
    TableCell,
    ToldRow,
)

_HERE = Path(__file__).parent
_STYLES = ("page.css", "judged.css")
_SCRIPTS = ("what_if.js", "page.js", "what_if_page.js")
_BARE = re.compile(r"[\w#./:@%,+~-]+", re.ASCII)
"""Values that need no quotes."""

_TEXTS = re.compile(r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)""")
"""Of a script: what stands in quotation marks."""

_PUNCTUATION = re.compile(r"\s*([{}()\[\];,:?=<>*!|&])\s*")
_SIGN = re.compile(r"(?<=[\w)\]]) ([-+/]) (?=[\w(\[])")
_MOST_SPANNED = 12
"""Rows for which a cell of a table stands: it is in sight of each of them."""

_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*$", re.DOTALL | re.MULTILINE)


def as_page(page: ReportPage) -> bytes:
    """The file. Every text of the review is escaped; what is not is made of numbers and of escaped texts."""
    style = "\n".join((*map(_text, _STYLES), *map(_null_line, page.nulls)))
    script = shortened("\n".join(map(_text, _SCRIPTS)))
    text = (
        _environment()
        .get_template("page.jinja")
        .render(
            page=page,
            style=Markup(style),
            script=Markup(script),
            policy=policy_of(style, script),
            cited=partial(_cited, numbers=_numbers(page)),
        )
    )
    return legal_in_xml(text).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(_HERE),
        trim_blocks=True,
    )
    environment.filters |= {
        "drawn": Markup,
        "packed": _packed,
        "value": in_attribute,
        "link": _link,
        "spanned": spanned,
        "others": _others,
    }
    return environment


def spanned(table: ShownTable) -> tuple[tuple[tuple[TableCell, ...], int], ...]:
    """The rows, each with how many its first cell stands for; those that would say it again have 0."""
    runs = [list(same) for _, same in groupby(table.rows, lambda row: row[0])]
    blocks = [run[at : at + _MOST_SPANNED] for run in runs for at in range(0, len(run), _MOST_SPANNED)]
    return tuple((row, 0 if place else len(same)) for same in blocks for place, row in enumerate(same))


def in_attribute(text: object) -> Markup:
    """The value of an attribute, in quotes where HTML asks for them."""
    return Markup(text) if _BARE.fullmatch(str(text)) else Markup('"{}"').format(text)


def _link(anchor: str) -> Markup:
    return in_attribute(f"#{anchor}")


def _null_line(place: int) -> str:
    """The line of no effect in forest plots that have it there, thousandths from their left end."""
    return f".at{place} .plot::before{{left:{place / 10:g}%}}"


def shortened(script: str) -> str:
    """A script without blanks that separate nothing; every statement in it ends with its semicolon."""
    parts = _TEXTS.split(script)
    parts[::2] = [_SIGN.sub(r"\1", _PUNCTUATION.sub(r"\1", code)) for code in parts[::2]]
    return "".join(parts)


def _text(name: str) -> str:
    """A file beside this one, without comments that have lines of their own and white around lines."""
    whole = _COMMENT.sub("", (_HERE / name).read_text(encoding="utf-8"))
    lines = (line.strip() for line in whole.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def policy_of(style: str, script: str) -> str:
    """What the page may load and run: its own style and script, and nothing from the network."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    """As W3C's Content Security Policy Level 3 names an inline source, section 2.3.1."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _packed(scripts: Sequence[ScriptShown]) -> Markup:
    """All scripts as JSON, compressed and in letters alone: they repeat themselves."""
    told = {
        each.language: {
            "ending": each.ending,
            "head": each.parts.head,
            "analyses": dict(each.parts.analyses),
            "tail": each.parts.tail,
        }
        for each in scripts
        if not each.why
    }
    data = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return Markup(base64.b64encode(gzip.compress(data, mtime=0)).decode())


def _others(analyses: Sequence[AnalysisSection]) -> Markup:
    """Rows that only other preferences have, and these, as JSON by analysis; no text ends its script."""
    told = {
        each.anchor: {"sets": each.own.sets, "rows": [_other(row) for row in each.own.others]}
        for each in analyses
        if each.own is not None and each.own.sets
    }
    return Markup(json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))


def _other(row: ToldRow) -> tuple[object, ...]:
    source, marks = row.source, row.marks
    drawn = () if marks is None else (marks.point, *marks.spans[0], *map(int, marks.cut))
    words = (source.entry.removeprefix("e/"), row.label, row.cells, row.estimate, row.interval)
    return (*words, source.yi, source.vi, source.group, drawn)


def _numbers(page: ReportPage) -> Mapping[str, int]:
    return {key: number for number, key in enumerate(page.cited, start=1)}


def _cited(text: str, numbers: Mapping[str, int]) -> Markup:
    """A paragraph whose citations are numbers that lead to the list of references."""

    def cite(keys: Sequence[str]) -> str:
        links = (Markup('<a href="#ref/{0}">{0}</a>').format(numbers[key]) for key in keys)
        return Markup("[{}]").format(Markup(", ").join(links))

    return Markup(with_citations(text, lambda part: str(escape(part)), lambda keys: str(cite(keys))))
