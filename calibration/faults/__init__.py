"""The fault laboratory: clean footage in, the same footage with one known fault out. One file per group of faults."""
