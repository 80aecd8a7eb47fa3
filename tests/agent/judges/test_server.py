"""The address of a remote judge comes apart, and no credential stays in what is shown."""

from __future__ import annotations

import pytest

from evalverse.agent.judges.server import Server
from evalverse.errors import UsageError


def test_an_address_comes_apart() -> None:
    assert Server.parse("http://localhost:8000/v1#org/model:7b") == Server("http://localhost:8000/v1", "org/model:7b")
    assert Server.parse("https://api.example.com").url == "https://api.example.com/v1"
    assert Server.parse("http://[::1]:9/openai/v1/").url == "http://[::1]:9/openai/v1"


def test_credentials_of_an_address_become_a_header_and_are_not_shown() -> None:
    server = Server.parse("http://me:se%40cret@host/v1#m")
    assert server.url == "http://host/v1"
    assert server.headers["Authorization"].startswith("Basic ")
    assert "cret" not in repr(server)


@pytest.mark.parametrize("address", ["", "localhost:8000", "ftp://x/y", "http://", "http://host:port/v1", "file:///v1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="remote:http"):
        Server.parse(address)


def test_a_key_in_the_query_is_refused_without_repeating_it() -> None:
    with pytest.raises(UsageError, match="EVALVERSE_API_KEY") as caught:
        Server.parse("http://host/v1?key=hush")
    assert "hush" not in str(caught.value)
