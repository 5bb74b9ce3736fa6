"""Reach: in which chat a member is told something, when not at all, and where they have a seat."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from bot.effects import Join, Leave, Open, Post, Refresh, Tell
from bot.kinds import kinds
from bot.ports import Unsure
from storage.merging import join_communities, merge_members
from storage.outbox import DEAD, SKIPPED, WAITING
from storage.people import Account, Member, Space
from storage.places import make_place
from tests.databases import Database
from tests.signs import NEWS, SlowChat, first, later, plans, row, rows, shows, sign, signs
from tests.world import Actor, World

POST = Post("announcements", sign.link("a"))


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    made = World(database, [signs, kinds])
    shows(made, a="here")
    yield made
    made.close()


@pytest.fixture
def ana(world: World) -> Actor:
    return visiting(world.person("ana"))


def visiting(actor: Actor) -> Actor:
    """They do something small, and so the bot knows them."""
    visited(actor)
    return actor


def visited(actor: Actor) -> str:
    """What they read after something small."""
    return actor.follows(kinds.actions["kinds.start"].link(NEWS.name)).text


def tell(actor: Actor) -> Tell:
    return Tell(actor.member.id, sign.link("a"), NEWS)


def becomes(actor: Actor, **values: object) -> None:
    member_id = actor.member.id

    def change(db: Session) -> None:
        member = db.get_one(Member, member_id)
        for name, value in values.items():
            setattr(member, name, value)
        db.add(member)

    actor.world.write(change)


@pytest.fixture
def both(world: World, ana: Actor) -> tuple[Actor, Actor]:
    """Ana in two chats of one community; she used Slack last."""
    world.opens("slack", "S1")
    world.clock.move(timedelta(hours=1))
    slack = visiting(world.person("ana", "slack", "S1"))
    keep, gone = ana.member, slack.member

    def link(db: Session) -> None:
        join_communities(db, keep.community_id, gone.community_id)
        merge_members(db, keep.id, gone.id)

    world.write(link)
    return ana, slack


def first_lines(actor: Actor) -> list[str]:
    return [m.text.splitlines()[0] for m in actor.dms]


def test_a_person_in_two_chats_is_told_where_they_were_last(world: World, both: tuple[Actor, Actor]) -> None:
    discord, slack = both
    plans(world, tell(discord))
    world.settles()

    assert (first_lines(discord), first_lines(slack)) == ([], ["a here"])


def test_who_takes_no_messages_here_is_told_in_their_other_chat(world: World, both: tuple[Actor, Actor]) -> None:
    discord, slack = both
    world.chat("slack").closed.add("ana")
    plans(world, tell(discord))
    world.settles()
    assert first_lines(discord) == ["a here"]

    shows(world, a="changed")
    plans(world, Refresh(sign.link("a")))
    world.settles()
    assert (first_lines(discord), first_lines(slack)) == (["a changed"], [])


def test_who_takes_no_messages_anywhere_reads_them_once_at_the_next_visit(
    world: World, both: tuple[Actor, Actor]
) -> None:
    discord, slack = both
    world.chat("slack").closed.add("ana")
    world.chat().closed.add("ana")
    plans(world, tell(discord))
    world.settles()
    assert row(world).state == WAITING

    assert "a here" in visited(discord)
    plans(world, Refresh(sign.link("a")))
    world.settles()
    assert "a here" not in visited(slack)


def test_who_opens_their_messages_again_gets_the_next_one_there(world: World, ana: Actor) -> None:
    shows(world, b="later")
    world.chat().closed.add("ana")
    plans(world, tell(ana))
    world.settles()
    world.chat().closed.clear()

    world.passes(hours=1)
    visited(ana)
    plans(world, Tell(ana.member.id, sign.link("b"), NEWS))
    world.settles()

    assert first_lines(ana) == ["b later"]


def test_what_waited_too_long_is_not_shown_at_the_next_visit(world: World, ana: Actor) -> None:
    world.chat().closed.add("ana")
    plans(world, Tell(ana.member.id, sign.link("a"), NEWS, expires=later(world, hours=1)))
    world.settles()

    world.passes(hours=2)

    assert "a here" not in visited(ana)


def test_an_unclear_message_is_looked_for_where_it_was_sent(world: World, both: tuple[Actor, Actor]) -> None:
    discord, slack = both
    lost = SlowChat("slack")
    lost.lost.append(Unsure("502"))
    world.chats["slack"] = lost
    world.engine.dispatcher.add(lost)
    plans(world, tell(discord))
    world.settles()
    world.clock.move(timedelta(minutes=20))
    visiting(discord)  # meanwhile she is in the other chat

    assert (first_lines(discord), first_lines(slack)) == ([], ["a here"])


@pytest.mark.parametrize("status", ["paused", "left"])
def test_who_pauses_or_left_is_told_nothing(world: World, ana: Actor, status: str) -> None:
    plans(world, tell(ana))
    becomes(ana, status=status)
    world.settles()

    assert (ana.dms, row(world).state, row(world).reason) == ([], SKIPPED, status)


def test_what_somebody_switched_off_is_not_sent(world: World, ana: Actor) -> None:
    ana.follows(kinds.actions["kinds.stop"].link(NEWS.name))
    plans(world, tell(ana))
    world.settles()

    assert (ana.dms, row(world).state) == ([], SKIPPED)


def test_a_chat_that_the_bot_was_removed_from_is_not_written_to(world: World, ana: Actor) -> None:
    plans(world, POST, tell(ana))
    world.write(lambda db: db.execute(update(Space).values(active=False)))
    world.settles()

    assert world.chat().messages == []
    assert [r.state for r in rows(world)] == [DEAD, WAITING]


def test_a_seat_is_mirrored_once_and_the_last_word_counts(world: World, ana: Actor) -> None:
    home = world.write(lambda db: make_place(db, first(db).id, "group:1", "Readers"))
    member = ana.member.id

    plans(world, Open(home), Join(member, home))
    world.settles()
    assert world.chat().seats == {("D1", "home-Readers", "ana")}

    plans(world, Leave(member, home), Join(member, home), Leave(member, home))
    world.settles()
    assert world.chat().seats == set()
    assert len(world.chat().homes) == 1


def test_who_is_not_in_a_chat_gets_no_seat_there(world: World, both: tuple[Actor, Actor]) -> None:
    discord, _ = both
    home = world.write(lambda db: make_place(db, first(db).id, "group:1", "Readers"))
    plans(world, Join(discord.member.id, home))
    world.write(lambda db: db.execute(update(Account).where(col(Account.platform) == "slack").values(present=False)))
    world.settles()

    assert (len(world.chat().seats), len(world.chat("slack").seats)) == (1, 0)


def test_a_late_message_that_fails_does_not_stand_in_the_way(world: World, ana: Actor) -> None:
    world.chat().closed.add("ana")
    plans(world, tell(ana))
    world.settles()
    assert row(world).state == WAITING

    shows(world, a="poison")
    seen = ana.follows(kinds.actions["kinds.start"].link(NEWS.name))

    assert seen.text.startswith("Started again")
    assert row(world).state == DEAD


def test_what_the_clock_posts_to_a_purpose_without_a_channel_is_seen_and_the_rest_goes_on(world: World) -> None:
    plans(world, Post("library", sign.link("a")), POST)

    lost, posted = sorted(rows(world), key=lambda row: row.seq)
    assert (lost.state, lost.reason, lost.error) == (DEAD, "nowhere", "library")
    assert posted.state != DEAD
