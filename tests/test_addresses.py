"""Where Kraken is: what is no address, or would send a token in the clear, is refused before anything is sent."""

from typing import Any

import pytest

from krakenio import BETA, PRODUCTION, Endpoints, InvalidRequest
from krakenio.endpoints import Address, parse_address

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"rest": "api.kraken.com"}, "expected an address like 'https://api.kraken.com'"),
    ({"rest": "wss://api.kraken.com"}, "expected an address like 'https://api.kraken.com'"),
    ({"rest": "https://"}, "expected an address like"),
    ({"rest": "https://api.kraken.com:many"}, "not an address"),
    ({"rest": None}, "not an address|expected an address like"),
    ({"rest": "https://api.kraken.com/0"}, "write 'https://api.kraken.com'"),
    ({"rest": "https://api.kraken.com?x=1"}, "write 'https://api.kraken.com'"),
    ({"rest": "http://api.kraken.com"}, "is not encrypted.*use https://"),
    ({"ws": "wss://ws.kraken.com"}, "speaks its old protocol; write 'wss://ws.kraken.com/v2'"),
    ({"ws_auth": "wss://ws-auth.kraken.com/"}, "write 'wss://ws-auth.kraken.com/v2'"),
    ({"ws": "https://ws.kraken.com/v2"}, "expected an address like 'wss://ws.kraken.com/v2'"),
    ({"ws_auth": "ws://ws-auth.kraken.com/v2"}, "is not encrypted.*use wss://"),
    ({"ws_l3": "wss://me:secret@ws-l3.kraken.com/v2"}, "user names, passwords and fragments do not belong"),
    ({"ws": "wss://ws.kraken.com/v2#x"}, "user names, passwords and fragments do not belong"),
]


@pytest.mark.parametrize(("wrong", "told"), REFUSED)
def test_what_is_no_address_is_refused_with_what_to_write(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidRequest, match=told) as caught:
        Endpoints(**wrong)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("rest", ["https://api.kraken.com", "https://api.kraken.com/", "http://127.0.0.1:8080", "http://[::1]:1"])
def test_an_address_of_rest_has_no_path_and_may_be_plain_on_this_machine(rest: str) -> None:
    assert Endpoints(rest=rest).rest == rest


@pytest.mark.parametrize("ws", ["ws://127.0.0.1:8080", "wss://exchange.example/", "wss://exchange.example/v1"])
def test_another_server_may_have_any_path(ws: str) -> None:
    assert Endpoints(ws=ws, ws_auth=ws, ws_l3=ws).ws == ws


def test_krakens_own_addresses_are_right() -> None:
    assert parse_address(PRODUCTION.ws) == Address("ws.kraken.com", 443, secure=True, target="/v2")
    assert BETA.rest == PRODUCTION.rest


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("wss://ws.kraken.com/v2", "ws.kraken.com"),
        ("wss://ws.kraken.com:443/v2", "ws.kraken.com"),
        ("wss://ws.kraken.com:80/v2", "ws.kraken.com:80"),
        ("ws://[::1]/v2", "[::1]"),
        ("http://127.0.0.1:443", "127.0.0.1:443"),
    ],
)
def test_a_port_that_is_not_the_schemes_own_is_told_to_the_host(url: str, host: str) -> None:
    assert parse_address(url).authority == host
