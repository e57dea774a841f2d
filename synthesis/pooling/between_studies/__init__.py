"""tau2 itself: estimators, and the likelihood ratio that compares models with and without it."""
