"""One module a format: from its lines to records with common names, each with the line on which it begins.

They are of our own: rispy 0.10 drops a record without its ER line and every one without TY, bibtexparser 2.1
every entry that repeats a key or a field; both hold the whole file in memory, and rispy names no line.
"""
