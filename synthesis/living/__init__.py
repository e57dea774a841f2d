"""A review as it goes on: versions compared, what moved and why, releases."""
