"""``python -m evalverse``."""

from evalverse.cli import main

main()
