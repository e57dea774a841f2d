"""Texts of records in files that cannot hold every character, or would calculate with them."""

from __future__ import annotations

import io
import re
import zipfile

_ILLEGAL_IN_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With which a cell begins that spreadsheet programs calculate: OWASP, CSV Injection."""

_PINNED = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip file can have
_CORE = "docProps/core.xml"
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def legal_in_xml(text: str) -> str:
    """The text with a sign in place of each character that XML 1.0 cannot hold."""
    return _ILLEGAL_IN_XML.sub(REPLACEMENT, text)


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet program would calculate with a text."""
    return text.startswith(_FORMULA_SIGNS)


def without_dates(content: bytes) -> bytes:
    """A zip file (XLSX, DOCX) in which every date is the same, so that it is the same whenever it is made."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w") as pinned:
        for member in source.infolist():
            entry = zipfile.ZipInfo(member.filename, _PINNED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            data = source.read(member)
            if member.filename == _CORE:
                data = _MOMENT.sub(b"1980-01-01T00:00:00Z", data)
            pinned.writestr(entry, data)
    return target.getvalue()
