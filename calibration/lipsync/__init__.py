"""Training and judging the audio-to-lip model of :mod:`evalverse.tools.lipsync`."""
