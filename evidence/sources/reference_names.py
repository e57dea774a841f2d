"""What a reference is called where nobody states which group it is."""

from __future__ import annotations

import re

REFERENCE = re.compile(
    r"placebo|control|reference|usual care|no treatment|untreated|sham|standard care", re.IGNORECASE
)
