"""Tables 1 to 5 of the spine protocol: for reading (terminal, HTML) and for computing (CSV)."""
