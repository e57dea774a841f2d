"""Models of counts themselves, with random effects: nothing is added to empty cells."""
