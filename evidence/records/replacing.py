"""Replacing a file in one step; imports nothing heavy, so that figures can use it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace_bytes(path: Path, data: bytes) -> None:
    """Put bytes in place of a file so that nobody sees half of it; a failure leaves the old file.

    Raises OSError where the folder is missing, full or cannot be written.
    """
    beside = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        beside.write_bytes(data)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
