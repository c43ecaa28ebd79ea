"""Scores outputs as the MIDI-B challenge does, and more strictly, on real files of invented people."""
