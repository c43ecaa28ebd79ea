"""Two objects beside one another, for people to read: attributes, values in words, pixels."""
