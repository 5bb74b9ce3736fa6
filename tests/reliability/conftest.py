"""What every trial needs: one process that forks, for all of them."""

import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.databases import Files, Server, lent
from tests.discord.conftest import discord_server
from tests.reliability.nursery import Nursery, parent

__all__ = ["discord_server"]


@pytest.fixture(scope="session")
def line(files: Files, server: Server) -> Iterator[socket.socket]:
    with lent(files) as file, lent(server) as one, parent([file, one]) as started:
        yield started


@pytest.fixture
async def nursery(line: socket.socket) -> AsyncIterator[Nursery]:
    async with Nursery(line) as made:
        yield made
