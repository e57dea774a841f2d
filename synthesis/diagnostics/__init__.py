"""Does the pooled number hold? Batches of the pooling kernel that ask it: arrays in, results out."""
