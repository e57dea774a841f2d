"""Citations: search exports of every database read, found again as duplicates, and kept as text in the review."""
