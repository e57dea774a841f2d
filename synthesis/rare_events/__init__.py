"""Sparse counts pooled by models of the counts themselves."""
