"""Synthesis of results that are not pooled: their directions, and their p-values."""
