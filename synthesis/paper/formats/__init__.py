"""A manuscript as a file: one module a format, which knows nothing of what it writes."""
