"""What a reference is called where nobody states which group it is."""

from __future__ import annotations

import re

REFERENCE = re.compile(
    r"placebo|control|reference|usual care|(?:treatment|care) as usual|"
    r"\bno[ _](?:treatment|contact|intervention)|untreated|sham|standard care|wait(?:ing)?[- ]?list|"
    r"vehicle|saline|^none$",
    re.IGNORECASE,
)
