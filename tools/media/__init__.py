"""The media layer: a file becomes a fact sheet (probe), frames (decode, sample), sound, and times (timecode)."""

VERSION = "1"
"""Changes when the same file would give other pictures or other sound: readings of before are then measured again."""
