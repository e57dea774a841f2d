"""The services that answer programs: one file each says how it is asked and what its answers mean."""
