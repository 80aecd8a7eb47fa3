"""Operators that read the picture: light, colour, sharpness, motion, stillness, shape; and frames to look at."""
