"""Selection models: what the studies would show if their p-values decided whether they were seen."""
