"""Pooling: pure numerics, arrays in and arrays out. Start at `api.pool` or `batch.pool_batch`."""
