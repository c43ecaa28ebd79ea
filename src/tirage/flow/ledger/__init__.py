"""What became of every requested row: a table, a picture and a page, for the eyes of the identified zone."""
