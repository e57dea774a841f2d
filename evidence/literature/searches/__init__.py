"""Searches: when which database was asked, and asking the services that answer programs."""
