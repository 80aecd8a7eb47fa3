"""The media layer: a file becomes a fact sheet (probe), frames (decode, sample), sound, and times (timecode)."""
