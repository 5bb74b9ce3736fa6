"""Fixtures that every test can ask for."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from bot import metrics
from bot.actions import Feature, Role
from bot.features import find_features
from tests.canaries import leaks
from tests.compiled import share_compiled
from tests.databases import Database, Databases, Files, Server, lent, make_template, serving
from tests.world import Actor, World

share_compiled()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files with the longest tests first, so that no worker begins them when the others are done."""
    limits: dict[Path, float] = {}
    for item in items:
        marked = item.get_closest_marker("timeout")
        limits[item.path] = max(limits.get(item.path, 0), marked.args[0] if marked else 0)
    items.sort(key=lambda item: -limits[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """No test passes that lets a secret out."""
    report = yield
    if report.when == "teardown" and report.passed:
        folder = getattr(item, "funcargs", {}).get("tmp_path")
        if found := list(leaks(report.sections, folder)):
            report.outcome, report.longrepr = "failed", "secrets leaked: " + "; ".join(found)
    return report


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty file of SQLite at the newest revision."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def server(worker_id: str) -> Iterator[Server]:
    """PostgreSQL, once for all tests of this process."""
    with serving(worker_id) as started:
        yield started


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Files:
    return Files(tmp_path_factory.mktemp("sqlite"), template)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Whoever needs a database runs on both kinds."""
    found: Databases = request.getfixturevalue("files" if request.param == "sqlite" else "server")
    return found


@pytest.fixture
def features() -> list[Feature]:
    """What the community's bot can do; a module of tests may add features of its own."""
    return find_features()


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    """An empty database at the newest revision."""
    with lent(databases) as one:
        yield one
        if one.dialect == "sqlite":
            assert list(leaks([], one.path.parent)) == []


@pytest.fixture
def world(database: Database, features: list[Feature]) -> Iterator[World]:
    """A small community to talk to."""
    made = World(database, features)
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


@pytest.fixture
def beats() -> Iterator[None]:
    """The dispatcher has begun its rounds; afterwards nobody knows of them."""
    metrics.dispatcher.beat()
    yield
    metrics.dispatcher.rest()
