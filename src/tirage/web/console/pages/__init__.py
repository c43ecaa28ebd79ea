"""One module a part of the console, each with the routes of its pages."""
