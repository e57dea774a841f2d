"""The figures of a protocol: who is analysed, and its outcomes along its exposure."""
