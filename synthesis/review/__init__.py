"""A review's analyses: pooled, as tables, under other choices, exported."""
