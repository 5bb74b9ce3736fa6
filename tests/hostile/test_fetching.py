"""Addresses that people give are shown, and never opened, whatever they look like (SSRF)."""

import socket

from tests.doings import finds, shares
from tests.hostile.corpus import ADDRESSES
from tests.hostile.ear import heard
from tests.world import World


def test_a_connection_would_be_heard() -> None:
    with heard() as words, socket.create_server(("127.0.0.1", 0)) as door:
        socket.create_connection(("localhost", door.getsockname()[1])).close()

    assert {event.split()[0] for event in words} == {"socket.getaddrinfo", "socket.connect"}


def test_no_address_is_opened_when_it_is_shared_found_or_handed_out(world: World) -> None:
    ana = world.member("ana")
    with heard() as words:
        for url in ADDRESSES:
            shares(ana, url=url)
        finds(ana)
        world.coordinator("amara").uses("resource table")
        world.passes(days=8)

    assert words == []
