"""Inference for the mean and for coefficients: weights, tests, intervals."""
