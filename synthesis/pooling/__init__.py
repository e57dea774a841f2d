"""Pooling: pure numerics, arrays in and arrays out. Start at `api.pool` or `batch.pool_batch`.

The kernel (effects, preparation, model, intercept, fitting, optimum, batch) stands here; beside it the rooms
`between_studies` (tau2), `intervals`, `mean`, `prediction`, `designs`, `resampling` and `counts`.
"""
