"""Publication-ready figures: a layout model first, then its drawing."""
