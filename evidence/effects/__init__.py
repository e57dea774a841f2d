"""Effect sizes of studies and their sampling variances, computed from summary data."""
