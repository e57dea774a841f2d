"""Papers as files: their text by line, and the recorded numbers found again in it."""
