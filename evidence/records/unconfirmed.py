"""Values that a program proposed and no person has confirmed: marked in the file, refused by everything.

`measure: OR <to-be-confirmed>` becomes `measure: OR` by the hand of whoever has looked at the paper.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.records.parsing import KeyPath, Node

TO_BE_CONFIRMED = "<to-be-confirmed>"


def proposed(value: str = "") -> str:
    """A value with the mark; the mark alone where there is nothing to propose."""
    return f"{value} {TO_BE_CONFIRMED}".lstrip()


def unconfirmed(node: Node, at: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """The key path of every marked value below a node, and what is proposed there; at: the node's own."""
    if isinstance(node.content, dict):
        for key, child in node.content.items():
            yield from unconfirmed(child, (*at, key))
    elif isinstance(node.content, list):
        for index, child in enumerate(node.content):
            yield from unconfirmed(child, (*at, index))
    elif node.content is not None and node.content.rstrip().endswith(TO_BE_CONFIRMED):
        yield at, node.content.rstrip().removesuffix(TO_BE_CONFIRMED).strip()
