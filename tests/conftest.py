"""Fixtures that every test can ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.actions import Role
from tests.world import Actor, World, make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest revision."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def world(tmp_path: Path, template: Path) -> Iterator[World]:
    """A small community to talk to."""
    made = World(tmp_path, template)
    yield made
    made.close()


@pytest.fixture
def amara(world: World) -> Actor:
    """A coordinator."""
    return world.coordinator("amara")


@pytest.fixture
def ana(world: World) -> Actor:
    return world.member("ana")


@pytest.fixture
def ben(world: World) -> Actor:
    return world.member("ben")


@pytest.fixture
def fay(world: World) -> Actor:
    """A facilitator."""
    return world.member("fay", role=Role.FACILITATOR)
