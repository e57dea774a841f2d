"""Which records are one work: certainly, perhaps, or only related."""
