"""Intervals for tau2, I2 and H2, and the distributions they rest on."""
