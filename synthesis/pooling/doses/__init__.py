"""Effects of classes of a dose as a curve over it."""
