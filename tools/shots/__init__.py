"""Where shots begin, and what follows from their lengths."""
