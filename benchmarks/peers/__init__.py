"""Other tools that de-identify, each run over the same files: what they wrote, what they refused."""
