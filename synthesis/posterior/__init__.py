"""Bayesian random-effects meta-analysis: results, their sensitivity to the prior, words and plots."""
