"""A study before and after de-identification on one page, for the eyes of the identified zone."""
