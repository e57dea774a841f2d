"""Pooling, figures, report and commands of a living meta-analysis.

`pool` and `Pooled` are loaded when first used, so that `import synthesis` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthesis.pooling.api import pool
    from synthesis.pooling.result import Pooled

__all__ = ["Pooled", "pool"]

_HOME = {"pool": "synthesis.pooling.api", "Pooled": "synthesis.pooling.result"}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'synthesis' has no attribute '{name}'")
