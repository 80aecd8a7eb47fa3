"""Operators on composition: how large, where and how clearly things stand in the frame."""
