"""A synthetic hospital: people who never lived, images nobody took, the faults that real archives have."""
