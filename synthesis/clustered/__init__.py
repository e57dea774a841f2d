"""Several effects a study: their joint model, what it says, and every question that can be asked of it."""
