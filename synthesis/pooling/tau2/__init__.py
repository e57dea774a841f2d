"""tau2 itself: estimators, intervals, and the likelihood ratio that compares models with and without it."""
