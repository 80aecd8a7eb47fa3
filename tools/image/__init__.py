"""Operators of image faults and of what motion says about them: what survives, melts, repeats, blocks."""
