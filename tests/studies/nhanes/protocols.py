"""Protocols for the tests, as YAML a person could have written."""

from __future__ import annotations

from pathlib import Path

from studies.nhanes.protocol import PROTOCOLS, Protocol, load_protocol


def variant(folder: Path, replace: dict[str, str], of: str = "spine") -> Path:
    """A shipped protocol with some of its text replaced; every text must occur."""
    text = (PROTOCOLS / f"{of}.yaml").read_text(encoding="utf-8")
    for old, new in replace.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "variant.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def two_cycles(folder: Path, **replace: str) -> Protocol:
    """The published protocol for the two cycles of the invented survey."""
    return load_protocol(
        variant(folder, {"[2013-2014, 2015-2016, 2017-2018]": "[2013-2014, 2015-2016]", **replace})
    )
