"""What further rules about one record must flag, and what they must leave alone."""

from __future__ import annotations

from tests.evidence.audit.records import replaced
from tests.evidence.records.samples import TEXT

FLAGGED: dict[str, list[str]] = {
    "doi-malformed": [replaced(("year: 2019,", "year: 2019, doi: 'doi.org/10.1007/x',"))],
}

LEFT_ALONE: dict[str, list[str]] = {
    "doi-malformed": [TEXT, replaced(("year: 2019,", "year: 2019, doi: 10.1007/s00198-019-04950-x,"))],
}
