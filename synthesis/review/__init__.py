"""A review's analyses: pooled, in a line each, as tables, under other choices, exported."""
