"""Where a remote model is: its address, taken apart so that no credential stays in what is shown or stored."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from evalverse.errors import UsageError


@dataclass(frozen=True)
class Server:
    """Where the model is. ``url`` holds no credentials: those of the address are in ``headers``."""

    url: str
    model: str | None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, address: str) -> Server:
        """From ``http://host:port/v1#model``; without a path, /v1 is added; ``user:password@`` becomes a header.

        Raises:
            UsageError: not an http(s) address, or one with a query.
        """
        parts = urlsplit(address.strip())
        try:
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if parts.scheme not in ("http", "https") or not host:
            raise UsageError("a remote judge is written remote:http://host:port/v1#model; this address is not http(s)")
        if parts.query:
            raise UsageError(f"{host}: leave the query out of the judge's address; a key belongs in EVALVERSE_API_KEY")
        place = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
        headers = {}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
        url = urlunsplit((parts.scheme, place, parts.path.rstrip("/") or "/v1", "", ""))
        return cls(url, unquote(parts.fragment) or os.environ.get("EVALVERSE_MODEL") or None, headers)
