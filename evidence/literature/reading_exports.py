"""A file of citations, whatever its format: every record a citation, or named with its line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from evidence.literature.assembling import citation_of
from evidence.literature.citation import Citation
from evidence.literature.decoding import text_lines
from evidence.literature.raw_record import ExportError, Trouble
from evidence.literature.readers.recognising import LOOKED_AT, reader_of


def read_export(path: Path) -> Iterator[Citation | Trouble]:
    """The citations of a file in their order, and what is wrong in it, in memory for one record at a time.

    Formats: MEDLINE (.nbib), PubMed XML, summary and CSV, RIS, Web of Science, EndNote (.enw, XML), BibTeX,
    CSL JSON and tables; recognised by their content. Raises ExportError for a file that is none of them or
    holds no record, and where the system refuses to read it.
    """
    try:
        lines = text_lines(path)
        head = list(itertools.islice(lines, LOOKED_AT))
        kind, reader = reader_of([text for _, text in head])
        found = 0
        for raw in reader(itertools.chain(head, lines)):
            found += 1
            citation = citation_of(raw, path.name)
            if citation is None:
                says = "a record that says neither title, authors nor identifier"
                yield Trouble(path.name, raw.line, raw.remark or says, lost=True)
                continue
            if raw.remark:
                yield Trouble(path.name, raw.line, raw.remark, lost=False)
            yield citation
    except OSError as error:
        raise ExportError(f"'{path}': {(error.strerror or str(error)).lower()}") from error
    except ExportError as error:
        raise ExportError(f"'{path}': {error}") from None
    if not found:
        raise ExportError(f"'{path}': it looks like {kind}, and holds no record")
