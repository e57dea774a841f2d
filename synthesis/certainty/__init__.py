"""How certain a result is: absolute effects, and what numbers suggest about each domain of GRADE."""
