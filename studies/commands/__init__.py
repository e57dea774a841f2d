"""The verbs of `python -m studies`, one thin module each."""
