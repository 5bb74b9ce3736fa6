"""Fixtures that every test can ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, make_template


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
