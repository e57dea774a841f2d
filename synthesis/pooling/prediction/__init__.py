"""What is expected elsewhere, and of the studies themselves: prediction, thresholds, shrinkage."""
