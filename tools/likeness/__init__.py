"""Likeness: of pictures to each other, of pictures to words."""
