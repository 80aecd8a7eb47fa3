"""Judges: what decides and explains. One file each; :mod:`base` holds the protocol, :mod:`make` finds them."""
