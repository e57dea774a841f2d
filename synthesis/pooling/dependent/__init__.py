"""Effects that are dependent within studies: the covariance of a study, and its mean."""
