"""Records and reviews: what is printed, where it stands, read and written."""
