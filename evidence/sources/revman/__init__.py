"""RevMan files: reviews of RevMan 5, its exported tables, and the data of RevMan Web."""
