"""Two readings of the same papers, compared."""
