"""Where a work is printed, and its identifiers, in one line."""

from __future__ import annotations

from evidence.literature.citation import Citation


def printed_place(work: Citation) -> str:
    """Such as "Bone. 2012;27(3):123-130. journal article. doi:10.1000/a"."""
    numbers = (
        work.volume + (f"({work.issue})" if work.issue else "") + (f":{work.pages}" if work.pages else "")
    )
    printed = ";".join(each for each in (str(work.year or ""), numbers) if each)
    names = [f"{kind}:{value}" for kind, value in (("doi", work.doi), ("pmid", work.pmid)) if value]
    return ". ".join(each for each in (work.journal, printed, work.kind, " ".join(names)) if each)
