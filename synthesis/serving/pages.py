"""Pages for a browser: the report with a bar, and forms, each with the policy of what it may run."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from synthesis.report.rendering import page_style, policy_of
from synthesis.serving.live_review import LiveState

_HERE = Path(__file__).parent
_META = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
_OURS = ("connect-src 'self'", "frame-ancestors 'none'")


def report_with_bar(standing: LiveState) -> HTMLResponse:
    """The report as its file has it, and a bar below it that leads to the forms.

    The policy that stands in the file allows its own style and script alone: it is sent as a header instead,
    with the bar's added.
    """
    assert standing.page is not None  # else another page is shown
    page = standing.page
    found = _META.search(page)
    policy = html.unescape(found[1].decode()) if found else ""
    page = page if found is None else page[: found.start()] + page[found.end() :]
    style, script = _file("live.css"), _file("live.js")
    bar = _environment().get_template("bar.jinja").render(standing=standing, on_report=True)
    head = page.index(b"</head>")
    end = page.rindex(b"</body>")
    whole = b"".join(
        (
            page[:head],
            f"<style>{style}</style>".encode(),
            page[head:end],
            f"{bar}<script>{script}</script>".encode(),
            page[end:],
        )
    )
    return HTMLResponse(whole, headers={"Content-Security-Policy": _with_ours(policy, style, script)})


def _with_ours(policy: str, style: str, script: str) -> str:
    """A policy that also allows our style, our script, and questions to this server."""
    kept = [each.strip() for each in policy.split(";") if each.strip()]
    added = [
        f"{each} '{_hash(style)}'"
        if each.startswith("style-src ")
        else f"{each} '{_hash(script)}'"
        if each.startswith("script-src ")
        else each
        for each in kept
    ]
    return "; ".join((*added, *_OURS))


def own_page(
    name: str, scripts: Sequence[str], standing: LiveState, on_report: bool = False, **content: object
) -> HTMLResponse:
    """A page of ours from its template, with the report's colours and the scripts it needs.

    on_report: whether it stands for the report, which takes its place once it is made.
    """
    style = page_style() + _file("live.css") + _file("forms.css")
    script = "\n".join(map(_file, ("live.js", *scripts)))
    text = (
        _environment()
        .get_template(name)
        .render(style=Markup(style), script=Markup(script), standing=standing, on_report=on_report, **content)
    )
    policy = "; ".join((policy_of(style, script), *_OURS))
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})


@cache
def _environment() -> Environment:
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(_HERE),
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As W3C's Content Security Policy Level 3 names an inline source, section 2.3.1."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
