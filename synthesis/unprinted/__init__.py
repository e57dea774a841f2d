"""Pools that count what was examined and not printed."""
