"""Places that any object has: attributes, private elements, nesting, and the room around the data set."""
