"""Re-analysis of primary data."""
