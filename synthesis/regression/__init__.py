"""Meta-regression and subgroups for users. Start at `api.metareg` or `subgroups.subgroups`."""
