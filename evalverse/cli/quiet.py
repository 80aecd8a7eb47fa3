"""Keeps the chatter of C libraries off the terminal: the face mesh writes to file descriptor 2 as it pleases."""

from __future__ import annotations

import os
import sys
import warnings


def hush() -> None:
    """From here on Python's own errors reach the terminal and what C libraries write there does not.

    EVALVERSE_VERBOSE=1 lets everything through.
    """
    if os.environ.get("EVALVERSE_VERBOSE"):
        return
    warnings.filterwarnings("ignore", message=r"SymbolDatabase\.GetPrototype")  # MediaPipe's, of protobuf
    try:
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except OSError:  # no stderr to begin with
        return
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(kept, "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
