"""Records that cannot be read, and the analyses that may lack an estimate of theirs."""

from __future__ import annotations

import re
from pathlib import Path

from evidence.records.parsing import UnreadableError, read_bytes
from evidence.records.review import Analysis, LoadedReview


def unread_of(loaded: LoadedReview, analysis: Analysis) -> tuple[str, ...]:
    """Files of records that cannot be read and may hold an estimate of the analysis, as the folder has them.

    Those count whose text has the outcome's name, or another that the review has for it, and those without
    a text. A record that is read as far as it can be would hide what it lacks, so nothing of it is used.
    """
    name = loaded.review.same.name("outcomes", analysis.outcome.name)
    known = (name, analysis.outcome.name, *loaded.review.same.outcomes.get(name, ()))
    said = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in known), re.IGNORECASE)
    texts = {document.path: _text(document.path) for document in loaded.unread}
    return tuple(
        path.relative_to(loaded.folder).as_posix()
        for path, text in texts.items()
        if text is None or said.search(text)
    )


def _text(path: Path) -> str | None:
    try:
        return read_bytes(path).decode(errors="replace")
    except (OSError, UnreadableError):
        return None
