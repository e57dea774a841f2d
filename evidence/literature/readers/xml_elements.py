"""Elements of a large XML file one at a time, each parsed by itself.

Damage stays inside one element, and entities are never declared: a document of entities within entities costs
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import cast

from lxml import etree

LONGEST_ELEMENT = 4_000_000
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_OF_XML = {"amp", "lt", "gt", "quot", "apos"}
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def elements(
    lines: Iterator[tuple[int, str]], names: tuple[str, ...]
) -> Iterator[tuple[int, etree._Element | None, str]]:
    """Line, element and a remark; the element is None where nothing of it can be read.

    names: of the elements, which are not inside one another.
    """
    either = "|".join(names)
    mark = re.compile(rf"<(/?)(?:{either})(?=[\s>/])")
    parts: list[str] = []
    begun, size = 0, 0
    for number, line in lines:
        at = 0
        for found in mark.finditer(line):
            if begun and not found[1]:
                parts.append(line[at : found.start()])
                yield (
                    begun,
                    *_parsed("".join(parts), f"its end is missing: the next begins on line {number:,}"),
                )
            if not found[1]:
                begun, size, parts, at = number, 0, [], found.start()
            elif begun:
                stop = line.find(">", found.end()) + 1 or len(line)
                parts.append(line[at:stop])
                yield begun, *_parsed("".join(parts), "")
                begun, parts = 0, []
        if begun:
            size += len(line)
            if size < LONGEST_ELEMENT:
                parts.append(line[at:] + "\n")
    if begun:
        yield begun, *_parsed("".join(parts), "the file ends before the record does")


def _parsed(text: str, remark: str) -> tuple[etree._Element | None, str]:
    parser = etree.XMLParser(recover=True, resolve_entities=False)
    text = _NO_CHARACTER.sub("", _ENTITY.sub(_character, text))
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    return root, remark


def _character(found: re.Match[str]) -> str:
    """Names of HTML's characters, which XML does not know, as characters."""
    return found[0] if found[1] in _OF_XML else html5.get(f"{found[1]};", found[0])


def words(element: etree._Element | None) -> str:
    """The text of an element and all inside it."""
    return "" if element is None else "".join(cast(list[str], element.xpath(".//text()")))


def each_text(element: etree._Element, *paths: str) -> list[str]:
    """Texts at several paths, in their order, without empty ones."""
    return [text for path in paths for found in element.iterfind(path) if (text := words(found).strip())]
