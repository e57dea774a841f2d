"""The page as one HTML file: style and script inside it, named by their hashes in its own security policy."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from synthesis.paper.formats.cleaning import legal_in_xml
from synthesis.paper.manuscript import with_citations
from synthesis.report.page_parts import ReportPage, ScriptShown

_HERE = Path(__file__).parent
_SCRIPTS = ("what_if.js", "page.js", "what_if_page.js")
_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*$", re.DOTALL | re.MULTILINE)


def as_page(page: ReportPage) -> bytes:
    """The file. Every text of the review is escaped; what is not is made of numbers and of escaped texts."""
    style = _text("page.css")
    script = "\n".join(map(_text, _SCRIPTS))
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
        lstrip_blocks=True,
    )
    environment.filters |= {"drawn": Markup, "packed": _packed}
    return environment


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


def _numbers(page: ReportPage) -> Mapping[str, int]:
    return {key: number for number, key in enumerate(page.cited, start=1)}


def _cited(text: str, numbers: Mapping[str, int]) -> Markup:
    """A paragraph whose citations are numbers that lead to the list of references."""

    def cite(keys: Sequence[str]) -> str:
        links = (Markup('<a href="#ref/{0}">{0}</a>').format(numbers[key]) for key in keys)
        return Markup("[{}]").format(Markup(", ").join(links))

    return Markup(with_citations(text, lambda part: str(escape(part)), lambda keys: str(cite(keys))))
