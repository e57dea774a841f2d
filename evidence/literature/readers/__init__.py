"""One module a format: from its lines to records with common names, each with the line on which it begins.

They are of our own: rispy drops a record without its ER line and every record without TY, bibtexparser every
entry that repeats a key or a field, both hold the whole file, and neither says on which line something was lost.
"""
