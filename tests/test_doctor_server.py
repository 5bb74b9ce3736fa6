"""The doctor at a server of PostgreSQL: whether it can be used, its clock, its schema; and it never says a password."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.canaries import DATABASE_PASSWORD
from tests.databases import Database, Server, lent
from tests.shell import Ran, Shell
from tests.test_doctor import COMMUNITY


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.fixture
def database(server: Server, shell: Shell) -> Iterator[Database]:
    with lent(server) as one:
        shell.set(DATABASE_URL=one.url)
        yield one


def line(told: Ran, what: str) -> str:
    [found] = [each for each in told.out.splitlines() if each[7:].startswith(what)]
    return found


def test_a_server_that_can_be_used_is_told_with_its_version_and_its_clock(shell: Shell, database: Database) -> None:
    told = shell.runs("doctor", "--offline")

    assert "PostgreSQL 1" in line(told, "database  ")
    assert line(told, "database clock").startswith("ok")
    assert line(told, "migrations").startswith("ok")
    assert line(told, "channels").startswith("-")
    assert "sqlite" not in told.out


def test_a_chat_without_a_channel_for_announcements_is_named(shell: Shell, database: Database) -> None:
    for statement in filter(str.strip, COMMUNITY.replace(", 1, '", ", true, '").split(";")):
        database.runs(statement.replace("'', 0)", "'', false)").replace("'', 1)", "'', true)"))

    assert "Practice (Discord) has no channel for announcements." in line(shell.runs("doctor", "--offline"), "channels")


def test_a_revision_that_is_behind_is_told(shell: Shell, database: Database) -> None:
    database.runs("UPDATE alembic_version SET version_num = '0000'")

    assert line(shell.runs("doctor", "--offline"), "migrations").startswith("note")


def test_a_server_that_is_not_there_is_told_without_the_password(shell: Shell) -> None:
    shell.set(DATABASE_URL=f"postgresql://bot:{DATABASE_PASSWORD}@127.0.0.1:9/commonplace")

    told = shell.runs("doctor", "--offline")

    assert told.status == 1
    assert line(told, "database").startswith("WRONG")
    assert "the database commonplace on 127.0.0.1 cannot be used" in line(told, "database")
    assert DATABASE_PASSWORD not in told.out + told.err
