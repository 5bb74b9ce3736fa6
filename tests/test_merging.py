"""Merging: two members or two communities become one, with everything that any table holds."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.effects import Later, Post, Refresh, Tell
from bot.features import find_features
from bot.kinds import kinds
from bot.planning import plan
from storage.groups import Group
from storage.locks import shared
from storage.merging import Clash, join_communities, member_columns, merge_members
from storage.outbox import SENT, Outbox
from storage.people import Account, Community, Member, Muted, Space
from storage.places import Channel, Place, channels_of, make_place, place_for
from tests.databases import Database
from tests.rows import Row, dump, fill, naming, tables
from tests.signs import NEWS, beat, planning, sign, signs
from tests.turns import ticking
from tests.world import START, Actor, World


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    made = World(database, [signs, kinds])
    yield made
    made.close()


def member(world: World, name: str, platform: str = "discord", space: str = "D1") -> Member:
    actor = world.person(name, platform, space)
    visits(actor)
    return actor.member


def visits(actor: Actor) -> None:
    actor.follows(kinds.actions["kinds.start"].link(NEWS.name))


def twice(db: Session, made: dict[str, Row], keep: Member, gone: Member) -> None:
    """The kept member's rows once more for the other one, wherever the database allows two of one meaning."""
    for table in tables():
        named = [column.name for owner, column in member_columns() if owner is table]
        if not named or table.name not in made:
            continue
        again = {**made[table.name], **dict.fromkeys(named, gone.id)}
        if [c.name for c in table.primary_key] == ["id"]:
            again["id"] = f"{again['id']}x"
        try:
            with db.begin_nested():
                db.execute(insert(table).values(again))
        except IntegrityError:
            continue  # unique whoever it names


def broken(db: Session) -> list[Any]:
    """Rows that point to nothing; PostgreSQL would not have taken them."""
    return [] if shared(db) else list(db.execute(text("PRAGMA foreign_key_check")))


def test_everything_of_one_member_becomes_the_others(world: World) -> None:
    find_features()  # with all their tables
    keep, gone = member(world, "ana"), member(world, "ben")
    made = world.write(lambda db: fill(db, gone, "mine"))
    before = world.read(dump)

    world.write(lambda db: merge_members(db, keep.id, gone.id))

    after = world.read(dump)
    assert naming(after, gone.id) == []
    assert {t: len(rows) for t, rows in after.items()} == {t: len(r) - (t == "member") for t, r in before.items()}
    for table, column in member_columns():
        assert made[table.name][column.name] is None or keep.id in str(after[table.name]), column
    assert world.read(broken) == []


def test_where_both_have_a_row_of_one_meaning_the_kept_ones_stays(world: World) -> None:
    find_features()
    keep, gone = member(world, "ana"), member(world, "ben")

    def both(db: Session) -> None:
        twice(db, fill(db, keep, "kept"), keep, gone)

    world.write(both)
    kept = world.read(dump)
    world.write(lambda db: merge_members(db, keep.id, gone.id))

    after = world.read(dump)
    assert naming(after, gone.id) == []
    assert world.read(broken) == []
    for table, rows in kept.items():
        assert [r for r in rows if keep.id in str(r) and r not in after[table]] == [], table


def test_what_is_planned_for_either_is_sent_to_the_one_once(world: World) -> None:
    keep, gone = member(world, "ana"), member(world, "ben")
    world.write(lambda db: setattr(db.exec(select(Community)).one(), "settings", {"a": "x", "b": "y"}))
    soon = START + timedelta(hours=1)
    world.write(planning(world, Tell(keep.id, sign.link("a"), NEWS, soon), Tell(gone.id, sign.link("a"), NEWS, soon)))
    world.write(planning(world, Tell(gone.id, sign.link("b"), NEWS, soon)))

    world.write(lambda db: merge_members(db, keep.id, gone.id))
    world.write(planning(world, Tell(keep.id, sign.link("b"), NEWS, soon)))  # planned again, it is the same message
    world.passes(hours=2)

    assert sorted(m.text.splitlines()[0] for m in world.chat().messages) == ["a x", "b y"]
    assert world.read(lambda db: {r.lane for r in db.exec(select(Outbox))}) == {f"member:{keep.id}"}


def test_what_one_of_two_switched_off_is_off_for_both(world: World) -> None:
    keep, gone = member(world, "ana"), member(world, "ben")
    off = [Muted(member_id=m.id, kind=NEWS.name, community_id=m.community_id) for m in (keep, gone)]
    world.write(lambda db: db.add_all(off))

    world.write(lambda db: merge_members(db, keep.id, gone.id))

    assert world.read(lambda db: [m.member_id for m in db.exec(select(Muted))]) == [keep.id]


def both_ids(world: World) -> tuple[str, str]:
    world.opens("slack", "S1")
    one, other = world.read(lambda db: [s.community_id for s in db.exec(select(Space).order_by(col(Space.platform)))])
    return one, other


def test_everything_of_one_community_becomes_the_others(world: World) -> None:
    find_features()
    one, other = both_ids(world)
    zoe = member(world, "zoe", "slack", "S1")
    world.write(lambda db: fill(db, zoe, "theirs"))
    before = world.read(dump)

    world.write(lambda db: join_communities(db, one, other))

    after = world.read(dump)
    assert naming(after, other) == []
    less = {"community": 1, "place": 3}  # announcements, welcome and resources are one place each
    assert {t: len(rows) for t, rows in after.items()} == {t: len(r) - less.get(t, 0) for t, r in before.items()}
    assert world.read(broken) == []


def test_a_purpose_that_both_have_is_one_place_with_the_channels_of_both(world: World) -> None:
    one, other = both_ids(world)

    world.write(lambda db: join_communities(db, one, other))

    def channels(db: Session) -> list[str]:
        place = place_for(db, one, "announcements")
        assert place is not None
        return [c.space_id for c in channels_of(db, place.id)]

    assert len(world.read(channels)) == 2
    assert world.read(lambda db: len(list(db.exec(select(Place).where(Place.purpose == "welcome"))))) == 1
    assert world.read(lambda db: len(list(db.exec(select(Channel))))) == 6


def test_the_same_plan_of_both_is_one_plan(world: World) -> None:
    one, other = both_ids(world)

    def plan(db: Session) -> None:
        for community_id in (one, other):
            db.add(
                Outbox(
                    seq=1, community_id=community_id, op="run", key="later:digest", lane=f"{community_id}:later:digest",
                    link=str(beat.link("a")), due=START + timedelta(hours=1), created=START,
                )
            )  # fmt: skip

    world.write(plan)
    world.write(lambda db: join_communities(db, one, other))
    world.passes(hours=2)

    assert world.read(lambda db: [(r.community_id, r.state) for r in db.exec(select(Outbox))]) == [(one, SENT)]
    assert world.community.settings == {"a": 1}


def test_a_name_that_both_use_is_told_and_nothing_moves(world: World) -> None:
    one, other = both_ids(world)

    def name(db: Session) -> None:
        for community_id in (one, other):
            place = make_place(db, community_id, "group:x")
            mine = {"community_id": community_id, "place_id": place.id, "created": START}
            group = Group.model_validate({**mine, "name": "Readers", "key": "readers", "purpose": ""})
            db.add(group)

    world.write(name)
    before = world.read(dump)

    with pytest.raises(Clash) as clash:
        world.write(lambda db: join_communities(db, one, other))

    assert clash.value.table == "group"
    assert world.read(dump) == before


def test_one_platform_identity_in_both_is_one_member_who_was_there_first(world: World) -> None:
    world.opens("discord", "D2")
    older = member(world, "ana")
    world.clock.move(timedelta(hours=1))
    newer = member(world, "ana", space="D2")

    world.write(lambda db: join_communities(db, older.community_id, newer.community_id))

    assert world.read(lambda db: [m.id for m in db.exec(select(Member))]) == [older.id]
    assert world.read(lambda db: {a.member_id for a in db.exec(select(Account))}) == {older.id}


def test_a_card_that_stood_in_either_chat_is_still_edited(world: World) -> None:
    one, other = both_ids(world)
    world.write(lambda db: db.execute(update(Community).values(settings={"a": "old"})))

    def post(db: Session) -> None:
        for community in db.exec(select(Community)):
            plan(ticking(world, db, community.id), [Post("announcements", sign.link("a"))])

    world.write(post)
    world.settles()
    world.write(lambda db: join_communities(db, one, other))
    world.write(lambda db: db.execute(update(Community).values(settings={"a": "new"})))
    world.write(planning(world, Refresh(sign.link("a")), Later(START, beat.link("b"), key="k")))
    world.settles()

    assert [m.text for p in ("discord", "slack") for m in world.chat(p).messages] == ["a new", "a new"]
