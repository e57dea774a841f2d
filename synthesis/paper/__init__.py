"""Results as a paper has them: tables, paragraphs with their references, and scripts that reproduce them."""
