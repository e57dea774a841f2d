"""The review in a browser on this computer: its report, live, and forms that write its records."""
