"""Citations: search exports read, records of one work joined, and all kept as text in the review."""
