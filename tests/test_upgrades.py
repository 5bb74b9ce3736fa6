"""Upgrades: every released version's database keeps every row, and the bot goes on with it."""

import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from sqlmodel import col, select

from bot.actions import Link
from bot.cards import Card
from bot.text import Reader
from storage import backups, schema
from storage.outbox import PENDING, Outbox
from storage.people import Space
from storage.polls import Poll, PollOption
from storage.store.sqlite import open_engine
from tests import golden
from tests.databases import Database, Server
from tests.shell import Shell
from tests.upgrading import columns, content, digests, fill, revision, take_over, upgrade_to
from tests.world import Message, World

ROOT = Path(__file__).parent.parent
CHANGED: dict[str, set[str]] = {}  # columns whose values a revision changes on purpose, by table
BATCH = """
from alembic import op
import sqlalchemy as sa

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    with op.batch_alter_table("poll", recreate="always") as poll:
        poll.add_column(sa.Column("colour", sa.String(), nullable=True))
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.fixture(params=golden.FILES, ids=lambda path: path.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The database of a released version."""
    return golden.unpack(request.param.name.partition(".")[0], tmp_path / "commonplace.db")


def upgraded(path: Path) -> Path:
    engine = open_engine(path)
    schema.upgrade(engine)
    engine.dispose()
    return path


def chain() -> list[str]:
    walked = ScriptDirectory.from_config(schema.configuration()).walk_revisions()
    return [script.revision for script in walked][::-1]


# What is kept.


def test_every_row_and_every_value_is_kept(old: Path) -> None:
    kept = {table: [c for c in names if c not in CHANGED.get(table, ())] for table, names in columns(old).items()}
    before = content(old, kept)

    upgraded(old)

    assert content(old, kept) == before
    assert backups.examine(old).revision == schema.head()


def test_every_row_and_every_value_is_kept_on_postgresql_too(old: Path, server: Server) -> None:
    bare = server.take_bare()
    upgrade_to(bare.engine, revision(old))
    take_over(old, bare.engine)
    kept = {table: [c for c in names if c not in CHANGED.get(table, ())] for table, names in columns(old).items()}
    before = digests(bare.engine, kept)

    schema.upgrade(bare.engine)
    after = digests(bare.engine, kept)
    server.give_back(bare)

    assert after == before
    assert before["vote"][0] > 0


def test_a_golden_database_has_rows_in_every_table(old: Path) -> None:
    assert [table for table, (rows, _) in content(old).items() if not rows] == []


def test_a_copy_is_made_and_checked_before_an_upgrade(old: Path, shell: Shell) -> None:
    if revision(old) == schema.head():
        pytest.skip("this one is up to date")
    before = content(old)

    told = shell.runs("db", "upgrade")

    kept = shell.folder / f"commonplace.before-{schema.head()}.db"
    assert told.status == 0, told.err
    assert (content(kept), kept.stat().st_mode & 0o777) == (before, 0o600)


def test_without_room_for_a_copy_nothing_is_upgraded(old: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    if revision(old) == schema.head():
        pytest.skip("this one is up to date")
    monkeypatch.setattr(backups, "SPARE", 2**60)
    before = revision(old), content(old)

    told = shell.runs("db", "upgrade")

    assert (told.status, "Make room" in told.err) == (1, True)
    assert (revision(old), content(old)) == before


def test_an_old_backup_is_upgraded_when_it_is_restored(old: Path, shell: Shell) -> None:
    before = content(old)["member"][0]
    shutil.copy(old, shell.folder / "old.db")

    told = shell.runs("db", "restore", "old.db")

    assert told.status == 0, told.err
    assert (revision(old), content(old)["member"][0]) == (schema.head(), before)


# The bot goes on.


@pytest.fixture
def world(old: Path) -> Iterator[World]:
    """The bot of today on that database, with what it had posted."""
    engine = create_engine(f"sqlite:///{upgraded(old)}", poolclass=NullPool)
    world = World(Database(f"sqlite:///{old}", engine))
    stands = select(Outbox, Space).join(Space, col(Space.id) == col(Outbox.space_id)).where(Outbox.ref != "")
    for row, space in world.read(lambda db: list(db.exec(stands))):
        message = Message(space.ref, row.channel, row.ref, Card(), Reader(), row.id)
        world.chat(space.platform).messages.append(message)
    for chat in world.chats.values():
        chat._numbers = iter(range(1000, 2000))
    world.clock.move(timedelta(hours=12))
    yield world
    world.close()


def test_reminders_that_were_planned_are_sent_on_time(world: World) -> None:
    ana = world.person("ana")
    world.until(datetime(2026, 3, 4, 16, 59, tzinfo=UTC))
    early = [message.text for message in ana.dms if "starts Thu 5 Mar, 18:00" in message.text]
    world.until(datetime(2026, 3, 5, 16, 0, tzinfo=UTC))

    sent = [message.text for message in ana.dms if "starts Thu 5 Mar, 18:00" in message.text]

    assert (len(early), len(sent)) == (0, 2)


def test_open_polls_take_votes_and_close_on_time(world: World) -> None:
    lunch = world.read(lambda db: db.exec(select(Poll).where(Poll.question == "Lunch?")).one())
    options = world.read(lambda db: list(db.exec(select(PollOption).where(PollOption.poll_id == lunch.id))))
    sushi = next(option.number for option in options if option.text == "Sushi")

    world.person("dan").follows(Link("polls.vote", (lunch.id, str(sushi))))
    world.until(datetime(2026, 3, 8, 12, tzinfo=UTC))

    cards = [message.text for message in world.chat().messages if message.text.startswith("Lunch?")]
    assert len(cards) == 1
    assert "3 people have voted. Most votes: Sushi." in cards[0]
    assert "Closed Sunday 8 March 2026, 12:00" in cards[0]


def test_what_was_shared_is_found(world: World) -> None:
    found = world.person("ana").uses("resource find", text="ünïcödé").text

    assert "example.org" in found


def test_everything_that_was_planned_has_its_end(world: World) -> None:
    def planned() -> list[str]:
        rows = select(Outbox).where(Outbox.state == PENDING, Outbox.due <= world.clock.now())
        return world.read(lambda db: [f"{row.op} {row.link}: {row.error}" for row in db.exec(rows)])

    world.passes(days=40)

    assert planned() == []
    broken = select(Outbox).where(col(Outbox.error).contains("something went wrong"))
    assert world.read(lambda db: list(db.exec(broken))) == []


# What goes wrong on the way.


@pytest.mark.timeout(180)
def test_an_upgrade_that_is_killed_at_any_step_leaves_the_database_as_it_was(old: Path, tmp_path: Path) -> None:
    if revision(old) == schema.head():
        pytest.skip("this one is up to date")

    told = killed(old, tmp_path, 1)

    assert told > 5


@pytest.mark.timeout(180)
def test_a_database_whose_making_is_killed_is_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()

    told = killed(tmp_path / "empty.db", tmp_path, 23)

    assert told > 100


def killed(source: Path, tmp_path: Path, stride: int) -> int:
    """Kill the upgrade at every so manieth statement until it gets through; how many statements it has."""
    folder = tmp_path / "killed"
    folder.mkdir()
    command = [sys.executable, "-m", "tests.upgrading", str(source), str(folder), str(stride)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert revision(folder / "work.db") == schema.head()
    return int(done.stdout)


def lost(path: Path, wanted: str) -> dict[str, tuple[int, int]]:
    """Upgrade to a revision with a row in every table; tables that have another number of rows afterwards."""
    engine = open_engine(path)
    try:
        tables = fill(engine)
        before = content(path)
        upgrade_to(engine, wanted)
    finally:
        engine.dispose()
    after = content(path)
    assert tables
    assert backups.examine(path).revision == wanted
    return {t: (rows, after[t][0]) for t, (rows, _) in before.items() if t in after and rows != after[t][0]}


@pytest.mark.parametrize("number", range(1, len(chain())), ids=lambda n: chain()[n])
def test_no_revision_loses_rows_that_others_refer_to(tmp_path: Path, number: int) -> None:
    path = tmp_path / "test.db"
    engine = open_engine(path)
    upgrade_to(engine, chain()[number - 1])
    engine.dispose()

    assert lost(path, chain()[number]) == {}


def test_a_batch_migration_that_deletes_children_is_found(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alembic's batch copies a table and drops the old one; where foreign keys are on, that fails or deletes."""
    path = Path(shutil.copy(template, tmp_path / "test.db"))
    ours = shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
    (ours / "versions" / "9999_batch.py").write_text(BATCH.format(head=schema.head()), "utf-8")
    monkeypatch.setattr(schema, "MIGRATIONS", ours)

    with pytest.raises(Exception, match="FOREIGN KEY constraint failed"):
        lost(path, "9999")


# Each release has its golden database.


def version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def test_every_version_has_a_golden_database() -> None:
    released = set(re.findall(r"^## \[?v?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE))
    files = {path.name.partition(".")[0] for path in golden.FILES}

    assert released | {version()} <= set(golden.RELEASES), "run python -m tests.golden.make, and name it in RELEASES"
    assert set(golden.RELEASES.values()) <= files


def test_a_version_is_released_with_a_golden_database_of_its_own_revision() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    if f"## {version()}" in changelog:
        assert golden.RELEASES[version()] == schema.head(), "run python -m tests.golden.make before the release"


def test_golden_databases_are_at_the_revision_of_their_name(old: Path, request: pytest.FixtureRequest) -> None:
    with closing(sqlite3.connect(old)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision(old),)]
    assert f"{revision(old)}.db.gz" in {path.name for path in golden.FILES}
