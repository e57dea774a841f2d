"""From searches, citations and decisions to the numbers of a flow diagram, each with what it counts."""
