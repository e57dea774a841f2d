"""Bayesian models."""
