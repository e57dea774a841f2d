"""A study or an estimate as a person types it: what is asked, whether it can be, and the record it makes."""
