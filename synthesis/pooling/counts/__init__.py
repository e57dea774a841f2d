"""Pooling of counts without continuity corrections: Mantel-Haenszel, Peto, and their tests."""
