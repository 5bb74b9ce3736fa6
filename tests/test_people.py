"""People and chats: who acts, with which rights, in which zone, and how a chat is found, named and mapped."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from bot.actions import Feature, Role
from bot.calls import AccountRef, Quoted, Turn
from bot.cards import Card, card
from bot.effects import Effect, Reply
from bot.people import NAME_MAX, SEEN_EVERY, everybody, first_zone, the_clock
from bot.text import say
from storage.merging import join_communities
from storage.people import Account, Community, Member, Space
from storage.places import Channel, Place
from storage.presence import community_facts
from tests.databases import Database
from tests.turns import keep
from tests.world import Actor, World

who = Feature("who")


@who.action("Who am I?", command="who", needs=Role.GUEST, message="Quote")
def am_i(turn: Turn) -> list[Effect]:
    keep(turn, quoted=turn.quoted.text if turn.quoted else "")
    text = say("{name} {role} {zone} {locale} {status}", name=turn.who.name, role=turn.who.role.name.lower(),
               zone=str(turn.who.zone), locale=turn.who.locale, status=turn.who.status)  # fmt: skip
    return [Reply(card(text))]


@who.view(home=True)
def front(turn: Turn) -> Card | None:
    if turn.who.name == "Broken":
        raise RuntimeError("front")
    return card(say("Hello {name}.", name=turn.who.name)) if turn.who.name else None


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    made = World(database, [who])
    yield made
    made.close()


def becomes(actor: Actor, **values: object) -> Actor:
    member_id = actor.member.id

    def change(db: Session) -> None:
        member = db.get_one(Member, member_id)
        for name, value in values.items():
            setattr(member, name, value)
        db.add(member)

    actor.world.write(change)
    return actor


def known(actor: Actor) -> Actor:
    actor.uses("who")
    return actor


def all_of(world: World, model: type) -> list:  # type: ignore[type-arg]
    return world.read(lambda db: list(db.exec(select(model))))


def test_somebody_new_is_a_guest_with_the_name_the_chat_gives(world: World) -> None:
    seen = world.person("ana").uses("who")

    assert seen.text == "Ana guest Europe/Berlin en guest"
    [member] = all_of(world, Member)
    assert (member.name, member.status, member.joined) == ("Ana", "guest", None)


def test_somebody_who_acts_twice_is_one_person(world: World) -> None:
    known(known(world.person("ana")))

    assert len(all_of(world, Member)) == len(all_of(world, Account)) == 1


def test_a_name_that_nobody_could_store_or_read_is_made_one(world: World) -> None:
    ana = world.person("ana")
    odd = Actor(world, replace(ana.account, name="\ud800A\u202ena\x00" + "x" * 200))

    known(odd)

    assert all_of(world, Member)[0].name == "Ana" + "x" * (NAME_MAX - 3)


def test_who_has_no_name_is_called_by_their_reference(world: World) -> None:
    known(Actor(world, AccountRef("discord", "D1", "4711", "\u202e")))

    assert all_of(world, Member)[0].name == "4711"


@pytest.mark.parametrize(
    "status, granted, admin, role",
    [
        ("guest", Role.MEMBER, False, "guest"),
        ("guest", Role.COORDINATOR, False, "guest"),
        ("member", Role.MEMBER, False, "member"),
        ("member", Role.FACILITATOR, False, "facilitator"),
        ("paused", Role.COORDINATOR, False, "coordinator"),
        ("left", Role.COORDINATOR, False, "guest"),
        ("guest", Role.MEMBER, True, "administrator"),
        ("member", Role.COORDINATOR, True, "administrator"),
        ("left", Role.MEMBER, True, "administrator"),
    ],
)
def test_rights_are_what_was_granted_or_what_the_platform_says_now(
    world: World, status: str, granted: Role, admin: bool, role: str
) -> None:
    ana = becomes(known(world.person("ana")), status=status, role=granted)

    assert Actor(world, replace(ana.account, admin=admin)).uses("who").text.split()[1] == role


def test_an_administrator_who_is_one_no_more_has_no_rights_left_from_then(world: World) -> None:
    boss = world.person("boss", admin=True)
    assert boss.uses("who").text.split()[1] == "administrator"

    assert world.person("boss").uses("who").text.split()[1] == "guest"
    assert all_of(world, Member)[0].role == Role.MEMBER


def test_who_coordinates_without_having_joined_can_do_so(world: World) -> None:
    boss = becomes(known(world.person("boss", admin=True)), role=Role.COORDINATOR)

    assert boss.uses("who").text == "Boss administrator Europe/Berlin en guest"


@pytest.mark.parametrize(
    "own, chats, shown",
    [
        ("", "", "Europe/Berlin"),  # the community's
        ("", "Asia/Tokyo", "Asia/Tokyo"),
        ("America/New_York", "Asia/Tokyo", "America/New_York"),
        ("", "Mars/Olympus", "Europe/Berlin"),
        ("", "../../etc/passwd", "Europe/Berlin"),
        ("", "America", "Europe/Berlin"),
        ("Mars/Olympus", "Asia/Tokyo", "Asia/Tokyo"),
    ],
)
def test_times_are_in_a_persons_zone_then_their_chats_then_the_communitys(
    world: World, own: str, chats: str, shown: str
) -> None:
    ana = becomes(known(world.person("ana", zone=chats)), zone=own)

    assert ana.uses("who").text.split()[2] == shown


def test_without_any_zone_it_is_utc() -> None:
    assert first_zone("", "Mars/Olympus").key == "UTC"


def test_words_are_in_a_persons_language_then_their_chats_then_the_communitys(world: World) -> None:
    ana = known(world.person("ana", locale="de-AT"))
    assert ana.uses("who").text.split()[3] == "de-AT"

    becomes(ana, locale="pl")
    assert ana.uses("who").text.split()[3] == "pl"


def test_the_same_platform_identity_in_two_chats_of_a_community_is_one_member(world: World) -> None:
    world.opens("discord", "D2")
    one, other = (c.id for c in all_of(world, Community))
    world.write(lambda db: join_communities(db, one, other))

    known(world.person("ana"))
    known(world.person("ana", space="D2"))

    assert (len(all_of(world, Member)), len(all_of(world, Account))) == (1, 2)


def test_the_same_platform_identity_in_two_communities_is_two_people(world: World) -> None:
    world.opens("discord", "D2")
    known(world.person("ana"))
    known(world.person("ana", space="D2"))

    assert len({m.community_id for m in all_of(world, Member)}) == 2


def test_the_same_reference_on_two_platforms_is_two_people(world: World) -> None:
    world.opens("slack", "S1")
    one, other = (c.id for c in all_of(world, Community))
    world.write(lambda db: join_communities(db, one, other))

    known(world.person("ana"))
    known(world.person("ana", "slack", "S1"))

    assert len(all_of(world, Member)) == 2


def test_somebody_who_is_only_named_becomes_known_but_is_not_seen(world: World) -> None:
    ben = known(world.person("ben"))
    before = ben.member
    world.clock.move(timedelta(days=1))
    ana = world.person("ana")

    ana.again(replace(ana._call(am_i.link(), "general", {}), people={"ben": "Benjamin", "cem": "Cem"}))

    accounts = {a.ref: a for a in all_of(world, Account)}
    assert sorted(accounts) == ["ana", "ben", "cem"]
    assert accounts["ben"].seen == before.created
    assert sorted(m.name for m in all_of(world, Member)) == ["Ana", "Ben", "Cem"]


def test_when_somebody_was_seen_is_written_seldom_and_a_change_at_once(world: World) -> None:
    known(world.person("ana"))
    first = all_of(world, Account)[0].seen

    world.clock.move(timedelta(seconds=SEEN_EVERY))
    known(world.person("ana"))
    assert all_of(world, Account)[0].seen == first

    world.clock.move(timedelta(seconds=1))
    known(world.person("ana"))
    assert all_of(world, Account)[0].seen == world.clock.now()

    known(world.person("ana", locale="de"))
    assert all_of(world, Account)[0].locale == "de"


def test_who_left_the_chat_and_acts_again_is_there_again(world: World) -> None:
    known(world.person("ana"))

    def leave(db: Session) -> None:
        account = db.exec(select(Account)).one()
        account.present = False
        db.add(account)

    world.write(leave)
    known(world.person("ana"))

    assert all_of(world, Account)[0].present


# Chats.


def test_a_chat_never_seen_before_starts_a_community_with_the_defaults(world: World) -> None:
    seen = world.person("zoe", "slack", "S9").uses("who")

    assert seen.text == "Zoe guest Europe/Berlin en guest"
    assert len(all_of(world, Community)) == 2
    assert [(s.platform, s.ref) for s in all_of(world, Space)] == [("discord", "D1"), ("slack", "S9")]


def test_a_chat_gets_its_name_when_the_platform_tells_it(world: World) -> None:
    known(world.person("zoe", "slack", "S9"))
    world.wait(world.engine.runtime.settle("slack", "S9", "Zoo\u202e\ud800", {}))

    assert [s.name for s in all_of(world, Space)] == ["Practice Circle", "Zoo"]


def test_settling_twice_changes_nothing(world: World) -> None:
    before = [all_of(world, model) for model in (Community, Space, Place, Channel)]
    world.opens("discord", "D1")

    assert [all_of(world, model) for model in (Community, Space, Place, Channel)] == before


def test_channels_of_known_names_serve_their_purpose(world: World) -> None:
    channels = {"C1": "Announcements ", "C2": "random", "C3": "WELCOME", "C4": "announcements-old", "C5": "resources"}
    world.wait(world.engine.runtime.settle("slack", "S1", "Acme", channels))

    def served(db: Session) -> dict[str, str]:
        space = db.exec(select(Space).where(Space.ref == "S1")).one()
        chosen = select(Place.purpose, Channel.ref).join(Channel, col(Channel.place_id) == col(Place.id))
        return dict(db.exec(chosen.where(Channel.space_id == space.id)).all())

    assert world.read(served) == {"announcements": "C1", "welcome": "C3", "resources": "C5"}


def test_a_channel_that_was_chosen_stays_chosen(world: World) -> None:
    world.wait(world.engine.runtime.settle("discord", "D1", "", {"new": "announcements"}))

    assert "new" not in [c.ref for c in all_of(world, Channel)]


def test_a_chat_that_the_bot_comes_back_to_is_active_again(world: World) -> None:
    def remove(db: Session) -> None:
        space = db.exec(select(Space)).one()
        space.active = False
        db.add(space)

    world.write(remove)
    world.opens("discord", "D1")

    assert all_of(world, Space)[0].active


# What they see.


def test_a_quoted_message_is_cleaned_like_everything_that_people_write(world: World) -> None:
    quoted = Quoted("he\u202ello\x00\ud800", "https://a.example", "ben")

    world.person("ana").quotes("who.am_i", quoted)

    assert world.community.settings == {"quoted": "hello"}


def test_the_home_page_is_a_persons_own_and_a_mistake_in_it_is_answered(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    assert world.person("ana").home == "Hello Ana."

    broken = world.person("broken").home
    assert broken.split("mention ")[1].strip(".") in caplog.text


def test_whoever_reads_in_a_channel_reads_as_the_community(world: World) -> None:
    ours = world.community.id
    here = world.read(lambda db: community_facts(db, ours))
    reads, acts = everybody(here), the_clock(here)

    assert (reads.id, reads.role, str(reads.zone), reads.locale) == ("", Role.GUEST, "Europe/Berlin", "en")
    assert (acts.id, acts.role) == ("", Role.SYSTEM)
