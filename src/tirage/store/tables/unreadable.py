"""What is wrong with a file as a whole."""

from tirage.errors import Permanent


class ListUnreadable(Permanent):
    """A list is no table that can be read: CSV, XLSX, XLS, ODS or Parquet."""

    code = "LIST_UNREADABLE"
    exit_code = 65
    remedy = "Open the list in the program that wrote it and save it anew, as CSV in UTF-8 or as XLSX."
