"""Operators on people: faces, and what their mouths do against the sound."""
