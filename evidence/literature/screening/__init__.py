"""Which citations belong into the review: decisions of persons, and what follows from them."""
