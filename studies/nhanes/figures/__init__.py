"""The figures of the spine protocol: who is analysed, and bone mineral density along hemoglobin."""
