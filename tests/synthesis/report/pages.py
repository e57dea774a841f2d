"""Pages of made reviews, and what stands in them."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

from lxml import html

from synthesis.paper.paper_table import Reported
from synthesis.report.page_of_review import report_page
from synthesis.report.page_parts import ReportPage
from synthesis.report.rendering import as_page

HOSTILE = (
    "<script>window.hit = 1</script>",
    "</script><!-- <script>window.hit = 2",
    "\"'><img src=x onerror=window.hit=3>",
    "</title></style><svg onload=window.hit=4>",
    "{{ 7 * 7 }}{% raw %}${window.hit=5}`",
    "javascript:window.hit=6",
    "\u202eright to left\u202c & ]]> -->",
)
"""Titles that are nothing but titles."""


def page_of(material: Reported) -> ReportPage:
    return report_page(material, {}, {})


def parsed(held: bytes) -> Any:
    return html.document_fromstring(held.decode())


def tree_of(page: ReportPage) -> Any:
    return parsed(as_page(page))


def dead_links(tree: Any) -> list[str]:
    """Links inside the page that lead nowhere."""
    places = set(tree.xpath("//@id"))
    return sorted(
        {link for link in tree.xpath("//a/@href") if link.startswith("#")} - {f"#{p}" for p in places}
    )


def scripts_in(page: bytes) -> dict[str, Any]:
    """The scripts that a page has packed."""
    found = re.search(rb'<script type="text/plain" id="scripts">([A-Za-z0-9+/=]+)</script>', page)
    assert found is not None
    unpacked: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(found[1])))
    return unpacked


def written(folder: Path, page: bytes) -> str:
    """The address of a page as a file."""
    path = folder / "page.html"
    path.write_bytes(page)
    return path.as_uri()
