"""Published beside regenerated: every printed number, and a diagnosis of why they differ."""
