"""What papers report, checked."""
