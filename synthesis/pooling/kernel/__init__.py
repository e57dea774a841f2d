"""Batches of effects fitted: the numbers on which everything else rests."""
