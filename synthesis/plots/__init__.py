"""Plots of one pooled analysis: each kind turns its numbers into a chart or a forest table."""
