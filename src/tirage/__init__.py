"""Tirage moves DICOM imaging from clinical systems to research, de-identified, with proof at every step."""
