"""The tables of a protocol: for reading (terminal, HTML) and for computing (CSV)."""
