"""Pooling: pure numerics, arrays in and arrays out. Start at `api.pool` or `batch.pool_batch`.

`kernel` holds the batch and its fits; beside it the rooms `tau2` (estimators and intervals), `mean`,
`prediction`, `designs`, `resampling`, `counts` and `bayes`.
"""
