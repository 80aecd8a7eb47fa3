"""Operators that listen: level, peaks, noise, silence, speech, music, and how sound sits with the picture."""
