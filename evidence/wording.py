"""Numbers as a reader would write them."""

from __future__ import annotations


def number(value: float) -> str:
    """Four significant digits, as a reader would write them."""
    return f"{value:.4g}"


def interval(bounds: tuple[float, float]) -> str:
    """Two bounds in words."""
    return f"{number(bounds[0])} to {number(bounds[1])}"


def p_text(p: float) -> str:
    """'= 0.0310' or '< 0.0001'."""
    return "< 0.0001" if p < 1e-4 else f"= {p:.4f}"
