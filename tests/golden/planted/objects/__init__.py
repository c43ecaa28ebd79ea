"""The kinds of objects: each with identifiers where only it has room for them."""
