"""DICOM as bytes: the walker, the two kinds of data set, the dictionary, the character sets."""
