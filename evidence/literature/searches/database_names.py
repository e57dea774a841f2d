"""Names of databases as a flow diagram has them, of the short ones that exports write."""

from __future__ import annotations

_NAMES = {
    "a9h": "Academic Search Complete",
    "aph": "Academic Search Premier",
    "awn": "AgeLine",
    "ccm": "CINAHL Complete",
    "cmedm": "MEDLINE",
    "ecn": "EconLit",
    "nlm": "PubMed",
    "pdh": "APA PsycArticles",
    "psyh": "APA PsycInfo",
    "rzh": "CINAHL",
    "s3h": "SPORTDiscus with Full Text",
}
"""Codes that EBSCOhost's exports have, and the one that EndNote writes for PubMed."""


def database_name(written: str) -> str:
    """The name of a database; what is no known code stays as written."""
    return _NAMES.get(written.strip().lower(), written)
