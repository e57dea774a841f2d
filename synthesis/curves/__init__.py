"""Dose-response meta-analysis: classes of an exposure as a curve."""
