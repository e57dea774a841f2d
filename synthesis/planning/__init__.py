"""Has the question been settled? Power and precision of updates, one more study, bounds over time."""
