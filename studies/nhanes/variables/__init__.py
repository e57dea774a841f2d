"""What is known of a person: variables made from the survey's columns or from each other, as YAML says."""
