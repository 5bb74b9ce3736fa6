"""Restoring: what went out since the backup is not sent again, what did not is sent, and nothing is lost on the way."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from bot.ports import CannotLook
from storage import backups, reopening
from storage.outbox import HELD, PENDING, Outbox, id_for
from storage.store.sqlite import SqliteStore
from tests.doings import DAY, THURSDAY, cards, comes, plans, told
from tests.restoring import Past, doubled, said
from tests.shell import Shell
from tests.talks import asks
from tests.world import HOUR, START, Actor, MemoryChat, World


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.fixture
def past(world: World, tmp_path: Path) -> Past:
    return Past(world, tmp_path)


@pytest.fixture
def file(tmp_path: Path, template: Path) -> Path:
    path = tmp_path / "commonplace.db"
    path.write_bytes(template.read_bytes())
    return path


def rows_of(world: World, state: str) -> list[Outbox]:
    return world.read(lambda db: list(db.exec(select(Outbox).where(Outbox.state == state).order_by(col(Outbox.seq)))))


def name_it(path: Path, name: str) -> None:
    """Something by which a database is told from another one."""
    with closing(sqlite3.connect(path)) as db:
        columns = "id, name, purpose, zone, locale, consent, settings, created"
        values = "?, ?, '', 'UTC', 'en', '1', '{}', '2026-01-01'"
        db.execute(f"INSERT INTO community ({columns}) VALUES ({values})", (name, name))  # noqa: S608  # both are above
        db.commit()


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [name for (name,) in db.execute("SELECT name FROM community ORDER BY name")]


# What was sent, and what was not.


def test_what_went_out_after_the_backup_is_not_sent_again(
    world: World, past: Past, fay: Actor, ana: Actor, ben: Actor
) -> None:
    plans(fay)
    asks(ana, closes="tomorrow 12:00")
    for actor in (ana, ben):
        comes(actor, cards(world)[0])
    backup = past.copy()
    world.until(THURSDAY + HOUR)
    before = said(world)
    assert told(ana, "starts")

    past.returns(backup)
    world.passes(days=1)

    assert said(world) == before


def test_what_an_action_of_that_time_sent_is_not_sent_again_either(
    world: World, past: Past, ana: Actor, ben: Actor
) -> None:
    """The action has to run again, since the older database does not know of its effect."""
    card = asks(ana, closes="tomorrow 12:00")
    ben.clicks("Sushi", on=card)
    backup = past.copy()
    world.passes(days=2)
    before = said(world)
    assert told(ana, "closed") or told(ana, "Sushi")

    past.returns(backup)

    assert said(world) == before
    assert doubled(world.chat().messages) == []
    assert "Closed" in card.text


def test_what_was_due_while_nothing_ran_is_sent_once(world: World, past: Past, fay: Actor, ana: Actor) -> None:
    plans(fay)
    comes(ana, cards(world)[0])
    backup = past.copy()
    world.clock.move(THURSDAY - DAY - world.clock.now())

    past.returns(backup)

    assert len(told(ana, "starts")) == 1


def test_a_card_that_changed_after_the_backup_shows_what_is_known(
    world: World, past: Past, ana: Actor, ben: Actor
) -> None:
    card = asks(ana)
    backup = past.copy()
    ben.clicks("Sushi", on=card)
    messages = len(world.chat().messages)

    past.returns(backup)
    standing = card.text.split(".")[0].splitlines()[-1]
    ana.clicks("Pizza", on=card)

    assert standing == "0 people have voted"
    assert "1 person has voted." in card.text
    assert "Sushi\n░░░░░░░░░░ 0 votes" in card.text
    assert len(world.chat().messages) == messages


def test_where_it_cannot_be_looked_up_a_person_decides(world: World, past: Past, amara: Actor, fay: Actor) -> None:
    """Somebody with accounts in two chats may have got it in either of them."""
    world.links("discord", "D2")
    ana = world.member("ana")
    world.person("ana", space="D2").uses("me")
    plans(fay)
    comes(ana, cards(world)[0])
    backup = past.copy()
    world.until(THURSDAY - DAY)
    before = len(ana.dms)

    past.returns(backup)

    assert len(ana.dms) == before
    assert [row.member_id for row in rows_of(world, HELD)] == [ana.member.id]
    assert "it was due before a backup was restored, and may have been sent" in amara.dms[-1].text
    amara.clicks("Send the held ones", on=amara.dms[-1])
    assert len(ana.dms) in (before, before + 1)
    assert rows_of(world, HELD) == []


@pytest.mark.parametrize("ends", ["a reminder", "a poll"])
def test_where_nobody_may_look_nothing_is_sent_again(
    world: World, past: Past, fay: Actor, ana: Actor, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    async def cannot(*_: object) -> None:
        raise CannotLook("no history here")

    if ends == "a poll":
        asks(ana, closes="tomorrow 12:00")
    else:
        plans(fay)
        comes(ana, cards(world)[0])
    backup = past.copy()
    world.passes(days=3)
    before = said(world)
    assert ana.dms
    monkeypatch.setattr(MemoryChat, "find", cannot)

    past.returns(backup)

    assert said(world) == before
    assert {row.reason for row in rows_of(world, HELD)} == {"unsure"}


def test_what_was_due_long_ago_is_not_sent_without_a_word(world: World, ana: Actor) -> None:
    def due_long_ago(db: Session) -> None:
        row = Outbox(
            seq=0, community_id=ana._member(db).community_id, op="tell", key="k", lane="l", created=START,
            due=START - timedelta(days=8), member_id=ana._member(db).id,
        )  # fmt: skip
        db.add(row)

    world.write(due_long_ago)

    made = world.write(lambda db: reopening.reopen(db, START, world.clock.now()))

    assert (made.unsure, made.held) == (0, 1)
    assert rows_of(world, HELD)[0].reason == "restored"


def test_an_attempt_that_was_unsure_already_is_looked_for_from_its_own_time_on(world: World, ana: Actor) -> None:
    earlier = START - timedelta(hours=3)

    def unsure(db: Session) -> None:
        member = ana._member(db)
        for key, tried in (("a", earlier), ("b", None)):
            row = Outbox(
                seq=0, community_id=member.community_id, op="tell", key=key, lane=key, created=START, due=START,
                member_id=member.id, tried=tried, unsure=bool(tried),
            )  # fmt: skip
            db.add(row)

    world.write(unsure)

    world.write(lambda db: reopening.reopen(db, START, world.clock.now()))

    rows = [row for row in rows_of(world, PENDING) if row.op == "tell"]
    assert [(row.unsure, row.tried) for row in rows] == [(True, earlier), (True, START)]


def test_the_same_message_has_the_same_id_in_every_run(world: World, ana: Actor) -> None:
    asks(ana)

    rows = world.read(lambda db: list(db.exec(select(Outbox))))

    assert rows
    assert [row.id for row in rows] == [id_for(row.community_id, row.key) for row in rows]


def test_the_last_change_is_what_anybody_did_last(world: World, ana: Actor) -> None:
    world.passes(hours=5, minutes=7)
    ana.uses("pause", until="2026-04-01")

    assert world.read(reopening.last_change) == START + timedelta(hours=5, minutes=7)


def test_an_action_whose_time_is_yet_to_come_is_not_doubted(world: World, past: Past, ana: Actor) -> None:
    """A chain of actions, such as a series of meetings, would otherwise be looked up for ever."""
    backup = past.copy()
    world.passes(hours=2)
    past.returns(backup)
    asks(ana, closes="tomorrow 12:00")

    assert [row.unsure for row in rows_of(world, PENDING)] == [False] * len(rows_of(world, PENDING))


# The files.


def test_the_database_of_until_now_is_kept_aside_with_its_last_change(shell: Shell, file: Path) -> None:
    shell.runs("db", "backup", "old.db")
    writing = sqlite3.connect(file)
    writing.execute("PRAGMA journal_mode=WAL")
    name_it(file, "later")  # stands in the log alone, as long as somebody has the file open

    told = shell.runs("db", "restore", "old.db")
    writing.close()

    [kept] = shell.folder.glob("commonplace.before-restore-*.db")
    assert told.status == 0, told.err
    assert (names(file), names(kept)) == ([], ["later"])
    assert str(kept.name) in told.err


def test_a_damaged_database_can_be_replaced(shell: Shell, file: Path) -> None:
    name_it(file, "first")
    shell.runs("db", "backup", "old.db")
    file.write_bytes(b"broken" * 1000)

    told = shell.runs("db", "restore", "old.db")

    [kept] = shell.folder.glob("commonplace.before-restore-*.db")
    assert told.status == 0, told.err
    assert (names(file), kept.read_bytes()) == (["first"], b"broken" * 1000)


def test_a_backup_can_be_tried_in_another_file_while_the_bot_runs(shell: Shell, file: Path) -> None:
    name_it(file, "first")
    shell.runs("db", "backup", "old.db")
    store = SqliteStore(file)
    told = shell.runs("db", "restore", "old.db", "--into", "drill.db")
    store.close()

    assert told.status == 0, told.err
    assert names(shell.folder / "drill.db") == ["first"]
    assert list(shell.folder.glob("*before-restore*")) == []


def test_nothing_is_restored_under_a_running_bot(shell: Shell, file: Path) -> None:
    shell.runs("db", "backup", "old.db")
    store = SqliteStore(file)
    told = shell.runs("db", "restore", "old.db")
    store.close()

    assert told.status == 75
    assert "is in use by another Commonplace" in told.err


@pytest.mark.parametrize(
    "change, why",
    [
        (
            "UPDATE alembic_version SET version_num = '4711'; UPDATE compatible SET oldest = '4711'",
            "Use the newer version",
        ),
        ("DELETE FROM alembic_version", "is no database of Commonplace"),
        ("INSERT INTO place VALUES ('p', 'nobody', 'x', 'x')", "refers to one of community that is not there"),
    ],
)
def test_what_is_no_sound_backup_of_ours_changes_nothing(shell: Shell, file: Path, change: str, why: str) -> None:
    shell.runs("db", "backup", "old.db")
    with closing(sqlite3.connect(shell.folder / "old.db")) as db:
        db.executescript(change)
    name_it(file, "now")

    told = shell.runs("db", "restore", "old.db")

    assert (told.status, why in told.err, "Nothing was changed." in told.err) == (1, True, True), told.err
    assert names(file) == ["now"]
    assert list(shell.folder.glob("*restor*")) == []


@pytest.mark.parametrize("content", [None, b"", b"These are my notes. " * 1000])
def test_a_file_that_is_no_database_changes_nothing(shell: Shell, file: Path, content: bytes | None) -> None:
    if content is not None:
        (shell.folder / "old.db").write_bytes(content)
    name_it(file, "now")

    told = shell.runs("db", "restore", "old.db")

    assert (told.status, "Nothing was changed." in told.err) == (1, True), told.err
    assert names(file) == ["now"]


def test_a_bit_that_flipped_in_a_backup_is_noticed(shell: Shell, file: Path) -> None:
    shell.runs("db", "backup", "old.db")
    whole = (shell.folder / "old.db").read_bytes()
    (shell.folder / "old.db").write_bytes(whole[: 3 * 4096] + b"\xff" * 4096 + whole[4 * 4096 :])

    assert shell.runs("db", "restore", "old.db").status == 1


def test_a_restore_that_is_cut_off_leaves_one_whole_database(
    shell: Shell, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.runs("db", "backup", "old.db")
    name_it(file, "now")

    def power_cut(*_: object) -> None:
        raise OSError("the power went out")

    monkeypatch.setattr(Path, "replace", power_cut)
    told = shell.runs("db", "restore", "old.db")

    assert (told.status, "the power went out" in told.err) == (1, True)
    assert names(file) == ["now"]


def test_the_backup_itself_stays_as_it_is(shell: Shell, file: Path) -> None:
    shell.runs("db", "backup", "old.db")
    before = (shell.folder / "old.db").read_bytes()

    shell.runs("db", "restore", "old.db")

    assert (shell.folder / "old.db").read_bytes() == before
    assert backups.examine(file).revision == backups.examine(shell.folder / "old.db").revision
