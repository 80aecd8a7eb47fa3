"""Frames for looking: uniform, per shot, at motion peaks, around a time; and contact sheets of them."""
