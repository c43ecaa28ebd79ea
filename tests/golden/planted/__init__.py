"""Synthetic objects with identifiers hidden in them, what should survive, and the search for both.

Nothing here knows how Tirage works: objects go in as files, what comes out is searched as bytes and
by pydicom.
"""
