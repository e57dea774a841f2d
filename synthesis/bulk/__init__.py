"""Millions of meta-analyses of one shape: tables streamed through the kernel, on one machine or on Dask."""
