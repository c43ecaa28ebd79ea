"""Kept text without what identifies: clinical words stay, everything nobody vouches for goes.

`compile_cleaner` knows one patient; its `Cleaner` judges one text at a time.
"""

from tirage.deidentify.text.cleaner import Cleaned, Cleaner, compile_cleaner

__all__ = ["Cleaned", "Cleaner", "compile_cleaner"]
