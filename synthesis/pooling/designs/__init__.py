"""Designs of more columns than the intercept: meta-regression, and location-scale models."""
