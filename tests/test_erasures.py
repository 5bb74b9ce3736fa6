"""Erasures stay erasures: a journal outside the database, which names nobody, has them done again after a restore."""

import json
from pathlib import Path

import pytest
from sqlmodel import select

from bot.erasing import Erasures
from storage import erasures
from storage.erasures import Entry, Erasure, Journal, mark
from storage.people import Account, Member
from tests.doings import cards, comes, plans, shares
from tests.restoring import Past
from tests.rows import dump, naming
from tests.talks import asks, mirrored, starts_private
from tests.world import START, Actor, World

WORDS = "xylophone"  # stands in everything that Ana writes


@pytest.fixture
def ana(world: World) -> Actor:
    """Somebody who has left traces everywhere."""
    ana = world.member(f"{WORDS}-ana")
    ana.uses("profile edit", work=f"I play the {WORDS}")
    shares(ana, why=f"It is about the {WORDS}", tags=WORDS)
    ana.uses("resource add", url=f"https://example.org/{WORDS}")  # a form that waits for the rest
    ana.uses("poll create", question=f"More {WORDS}?")
    return ana


@pytest.fixture
def past(world: World, tmp_path: Path) -> Past:
    return Past(world, tmp_path)


def notes_down(past: Past) -> Journal:
    """The bell rings."""
    past.world.wait(Erasures(past.world.store, past.journal).tick())
    past.world.settles()
    return past.journal


def goes(actor: Actor) -> None:
    actor.uses("leave", contributions="delete mine").clicks("Leave")


def traces(world: World, words: str = WORDS) -> list[str]:
    """Tables that still have the words, and the file itself if it has them anywhere."""
    tables = naming(world.read(dump), words)
    if world.database.dialect != "sqlite":
        return tables
    world.store.close()
    raw = ["the file"] if words.encode() in world.database.path.read_bytes().lower() else []
    world.restarts()
    return tables + raw


def accounts(world: World) -> list[Account]:
    return world.read(lambda db: list(db.exec(select(Account))))


def test_who_was_erased_stays_so_when_an_older_backup_is_put_back(world: World, past: Past, ana: Actor) -> None:
    backup = past.copy()
    assert traces(world)
    goes(ana)
    notes_down(past)

    past.returns(backup)
    notes_down(past)

    assert traces(world) == []


def test_the_erased_leave_no_trace_in_the_database_of_today(world: World, past: Past, ana: Actor) -> None:
    goes(ana)
    notes_down(past)

    assert traces(world) == []


def test_without_the_journal_they_would_be_back(world: World, past: Past, ana: Actor) -> None:
    backup = past.copy()
    goes(ana)

    past.returns(backup)

    assert naming(world.read(dump), WORDS)


def test_others_keep_everything(world: World, past: Past, ana: Actor, ben: Actor) -> None:
    ben.uses("profile edit", work="I play chess")
    backup = past.copy()
    goes(ana)
    notes_down(past)

    past.returns(backup)

    assert (ben.member.name, ben.member.status) == ("Ben", "member")
    assert naming(world.read(dump), "I play chess") == ["profile"]


def test_the_journal_names_nobody_and_is_for_its_owner_alone(world: World, past: Past, ana: Actor) -> None:
    member = ana.member
    goes(ana)

    kept = notes_down(past)

    text = kept.path.read_text()
    for secret in (WORDS, ana.account.user, member.id, member.name, "discord"):
        assert secret not in text
    assert [path.stat().st_mode & 0o777 for path in (kept.path, kept.key_path)] == [0o600, 0o600]


def test_each_erasure_is_written_once(world: World, past: Past, ana: Actor) -> None:
    goes(ana)

    first = notes_down(past).path.read_text()
    again = notes_down(past).path.read_text()

    assert first == again
    assert len(first.splitlines()) == 1


def test_the_account_stays_until_the_member_is_out_of_every_channel(world: World, past: Past, fay: Actor) -> None:
    ana = world.member("ana")
    starts_private(fay, "Den", lead="ana")
    here = len(accounts(world))
    assert mirrored(world) == {"ana"}

    goes(ana)
    notes_down(past)

    assert mirrored(world) == set()
    assert len(accounts(world)) == here - 1


def test_who_comes_back_is_somebody_new(world: World, past: Past, ana: Actor) -> None:
    before = ana.member.id
    goes(ana)
    notes_down(past)

    ana.uses("join").clicks("Join")

    assert ana.member.id != before
    assert (ana.member.status, ana.member.name) == ("member", ana.account.name)


def test_who_came_back_is_not_erased_once_more(world: World, past: Past, ana: Actor) -> None:
    older = past.copy()
    goes(ana)
    notes_down(past)
    ana.uses("join").clicks("Join")
    world.passes(hours=1)
    newer = past.copy()

    past.returns(newer)
    assert ana.member.status == "member"
    world.passes(hours=1)
    past.returns(older)
    notes_down(past)
    assert traces(world) == []
    ana.uses("join").clicks("Join")
    world.passes(hours=1)
    past.returns(past.copy())

    assert ana.member.status == "member"


def test_who_comes_back_before_the_bell_rings_keeps_their_account(world: World, past: Past, ana: Actor) -> None:
    goes(ana)
    ana.uses("join").clicks("Join")

    notes_down(past)

    assert ana.member.status == "member"


def test_one_person_in_two_servers_is_one_account_and_another_platform_is_not(tmp_path: Path) -> None:
    key = Journal(tmp_path / "j").key()

    first = mark(key, "c1", "discord", "D1", "42")

    assert first == mark(key, "c1", "discord", "D2", "42")
    assert first != mark(key, "c2", "discord", "D1", "42")
    assert mark(key, "c1", "slack", "T1", "42") != mark(key, "c1", "slack", "T2", "42")


def test_without_the_key_the_journal_means_nothing(tmp_path: Path) -> None:
    one, other = Journal(tmp_path / "one").key(), Journal(tmp_path / "other").key()

    assert mark(one, "c", "discord", "", "42") != mark(other, "c", "discord", "", "42")
    assert one == Journal(tmp_path / "one").key()


def test_a_line_that_a_power_cut_tore_spoils_no_other(tmp_path: Path) -> None:
    kept = Journal(tmp_path / "j")
    kept.add([Entry("a", "c", "2026-03-02", ["m"])])
    with kept.path.open("a") as file:
        file.write('{"id": "b", "comm')

    kept.add([Entry("d", "c", "2026-03-02", ["n"])])

    assert [entry.id for entry in kept.entries()] == ["a", "d"]


def test_what_the_journal_says_of_communities_that_are_not_here_is_left_alone(
    world: World, past: Past, ana: Actor
) -> None:
    kept = past.journal
    kept.add([Entry("a", "elsewhere", START.isoformat(), ["m"])])

    assert world.write(lambda db: erasures.catch_up(db, kept)) == []
    assert world.read(lambda db: list(db.exec(select(Erasure)))) == []


def test_what_waits_for_the_erased_is_dropped_and_what_they_answered_counts_no_more(
    world: World, past: Past, ana: Actor, fay: Actor
) -> None:
    plans(fay)
    comes(ana, cards(world)[0])
    backup = past.copy()
    goes(ana)
    notes_down(past)
    before = len(ana.dms)

    past.returns(backup)
    world.passes(days=4)

    assert len(ana.dms) == before
    assert world.read(lambda db: [m.name for m in db.exec(select(Member)) if m.status == "left"]) == ["A former member"]


def test_a_vote_of_the_erased_still_counts_without_a_name(world: World, past: Past, ana: Actor, ben: Actor) -> None:
    card = asks(ben)
    ana.clicks("Pizza", on=card)

    goes(ana)
    notes_down(past)

    assert "1 person has voted" in card.text


# Several replicas, each with a journal of its own.


@pytest.mark.parametrize("late", [False, True], ids=["beside the other", "long after it"])
def test_every_replica_s_journal_knows_all_the_erased(
    world: World, past: Past, ana: Actor, tmp_path: Path, late: bool
) -> None:
    backup, mine = past.copy(), past.journal
    theirs = Journal(tmp_path / "another machine" / "community.erased")
    theirs.path.parent.mkdir()
    goes(ana)
    if not late:
        past.journal = theirs
        notes_down(past)
        past.journal = mine
    notes_down(past)
    here = accounts(world)
    past.journal = theirs
    notes_down(past)

    assert here == accounts(world)  # let go by the first of them
    assert theirs.path.read_text() == mine.path.read_text()
    past.returns(backup)
    notes_down(past)
    assert traces(world) == []


def test_a_replica_that_is_new_after_a_restore_learns_what_the_journal_knew(
    world: World, past: Past, ana: Actor, tmp_path: Path
) -> None:
    goes(ana)
    notes_down(past)
    older = past.copy()
    nobody = Entry(
        "e", world.read(lambda db: db.exec(select(Member.community_id)).first() or ""), START.isoformat(), ["m"]
    )
    past.journal.add([nobody])  # whom the older database does not know
    past.returns(older)

    mine, past.journal = past.journal, Journal(tmp_path / "fresh")
    notes_down(past)

    assert {entry.id for entry in past.journal.entries()} == {entry.id for entry in mine.entries()}
    assert past.journal.keys() == mine.keys()


def test_a_journal_that_had_a_key_of_its_own_is_read_under_both(world: World, past: Past, ana: Actor) -> None:
    own = past.journal.key()
    backup = past.copy()
    other = "ab" * 32
    world.write(lambda db: erasures.agree(db, other))
    goes(ana)
    notes_down(past)

    past.returns(backup)
    notes_down(past)

    assert past.journal.keys() == [own, other]
    assert traces(world) == []


def test_lines_are_of_one_form(tmp_path: Path) -> None:
    kept = Journal(tmp_path / "j")
    kept.add([Entry("a", "c", "2026-03-02T09:00:00+00:00", ["m"])])

    assert json.loads(kept.path.read_text()) == {
        "id": "a", "community_id": "c", "at": "2026-03-02T09:00:00+00:00", "marks": ["m"],
    }  # fmt: skip
