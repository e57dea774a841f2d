"""From an analysis of a review to comparable effects, each person counted once."""
