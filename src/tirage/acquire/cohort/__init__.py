"""What a list of requests means, row by row, and what is wrong with it."""
