"""Batches made of one data set: all subsets, permutations."""
