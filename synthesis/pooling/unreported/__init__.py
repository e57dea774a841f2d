"""Results that were examined and not printed, as parts of a likelihood, and what they could be at most."""
