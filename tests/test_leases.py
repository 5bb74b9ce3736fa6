"""Leases: one holder at a time, a new token for each, and nothing written by who lost one."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot.clock import MovableClock
from bot.leases import Alone, Fenced, Hold, Shared, Superseded, Wanted
from bot.processes import has_ended, name_of, this_process
from storage import leases
from storage.leases import Replica
from storage.people import Community
from storage.store import Store
from tests.databases import Database, Server, lent
from tests.storing import community, names_in
from tests.world import START

SPAN = timedelta(seconds=20)
WAITS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    opened = database.opens()
    yield opened
    opened.close()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(START)


class Party:
    """A replica with one wish, which notes what it is told."""

    def __init__(self, store: Store, clock: MovableClock, *names: str, most: int = 0) -> None:
        self.leases = Shared(store, clock.now, "1.0", "0007", beat=3600)
        self.names: list[str] = []
        self.holds: dict[str, Hold] = {}
        self.wanted = Wanted(names, self.gained, self.lost, most)

    async def gained(self, hold: Hold) -> None:
        self.holds[hold.name] = hold

    async def lost(self, hold: Hold) -> None:
        del self.holds[hold.name]

    async def comes(self) -> None:
        await self.leases.start()
        await self.leases.want(self.wanted)

    @property
    def has(self) -> list[str]:
        return sorted(self.holds)


def fenced(store: Store, hold: Hold) -> Fenced:
    assert hold.check is not None
    return Fenced(store, hold.check)


@pytest.fixture
async def parties(store: Store, clock: MovableClock) -> AsyncIterator[list[Party]]:
    made: list[Party] = []
    yield made
    for party in made:
        await party.leases.stop()


# The table.


async def test_a_lease_has_one_holder_until_it_runs_out(store: Store) -> None:
    def work(db: Session) -> list[int]:
        a = leases.take(db, "x", "a", START, START + SPAN)
        b = leases.take(db, "x", "b", START + SPAN / 2, START + SPAN)
        again = leases.take(db, "x", "a", START + SPAN / 2, START + SPAN)
        after = leases.take(db, "x", "b", START + SPAN, START + 2 * SPAN)
        return [a, b, again, after]

    assert await store.write(work) == [1, 0, 1, 2]


async def test_each_new_holder_has_a_higher_token_also_after_it_was_let_go(store: Store) -> None:
    def work(db: Session) -> list[int]:
        tokens = []
        for holder in ("a", "b", "a"):
            tokens.append(leases.take(db, "x", holder, START, START + SPAN))
            leases.release(db, holder, ["x"])
        return tokens

    assert await store.write(work) == [1, 2, 3]


async def test_renewing_tells_what_is_still_held(store: Store) -> None:
    def work(db: Session) -> tuple[dict[str, int], dict[str, int]]:
        for name in ("x", "y"):
            leases.take(db, name, "a", START, START + SPAN)
        leases.take(db, "y", "b", START + SPAN, START + 2 * SPAN)
        return leases.renew(db, "a", START + 2 * SPAN), leases.renew(db, "b", START + 2 * SPAN)

    assert await store.write(work) == ({"x": 1}, {"y": 2})


async def test_only_the_newest_token_is_current(store: Store) -> None:
    def work(db: Session) -> list[bool]:
        leases.take(db, "x", "a", START, START + SPAN)
        before = leases.current(db, "x", 1)
        leases.take(db, "x", "b", START + SPAN, START + 2 * SPAN)
        return [before, leases.current(db, "x", 1), leases.current(db, "x", 2)]

    assert await store.write(work) == [True, False, True]


async def test_work_that_passed_the_check_is_done_before_somebody_else_has_the_lease(server: Server) -> None:
    began, go = threading.Event(), threading.Event()

    def work(db: Session) -> None:
        assert leases.current(db, "x", 1)
        began.set()
        go.wait()
        db.add(community("in time"))

    with lent(server) as database:
        holder, other = database.opens(), database.opens()
        await holder.write(lambda db: leases.take(db, "x", "a", START, START + SPAN))
        working = asyncio.create_task(holder.write(work))
        await asyncio.to_thread(began.wait)
        await holder.write(lambda db: leases.renew(db, "a", START + SPAN))  # waits for nobody
        taking = asyncio.create_task(other.write(lambda db: leases.take(db, "x", "b", START + SPAN, START + 2 * SPAN)))
        while not database.rows(WAITS):  # noqa: ASYNC110  # the server tells nobody
            await asyncio.sleep(0)
        go.set()

        assert await taking == 2
        assert names_in(database) == ["in time"]
        await working
        holder.close()
        other.close()


async def test_a_replica_that_ends_leaves_nothing_behind(store: Store) -> None:
    def work(db: Session) -> list[str]:
        leases.report(db, Replica(id="a", name="a:1", version="1", revision="1", started=START, seen=START))
        leases.take(db, "x", "a", START, START + SPAN)
        leases.leave(db, "a")
        assert leases.replicas(db, START - SPAN) == []
        return leases.free(db, ["x", "never held"], START)

    assert await store.write(work) == ["x", "never held"]


# The replicas.


async def test_what_a_dead_replica_held_is_taken_over_when_its_lease_ran_out(
    store: Store, clock: MovableClock, parties: list[Party]
) -> None:
    first, second = Party(store, clock, "x"), Party(store, clock, "x")
    parties += [first, second]
    await first.comes()
    await second.comes()
    assert (first.has, second.has) == (["x"], [])

    clock.move(SPAN - timedelta(seconds=1))
    await second.leases.beat()
    assert second.has == []
    clock.move(timedelta(seconds=1))
    await second.leases.beat()

    assert second.has == ["x"]
    assert second.holds["x"].token > first.holds["x"].token


async def test_who_gives_signs_of_life_keeps_what_they_have(
    store: Store, clock: MovableClock, parties: list[Party]
) -> None:
    first, second = Party(store, clock, "x"), Party(store, clock, "x")
    parties += [first, second]
    await first.comes()
    await second.comes()

    for _ in range(5):
        clock.move(SPAN / 2)
        await first.leases.beat()
        await second.leases.beat()

    assert (first.has, second.has) == (["x"], [])


async def test_a_frozen_replica_is_told_and_can_write_nothing_meanwhile(
    store: Store, clock: MovableClock, parties: list[Party]
) -> None:
    first, second = Party(store, clock, "x"), Party(store, clock, "x")
    parties += [first, second]
    await first.comes()
    await second.comes()
    hold = first.holds["x"]
    clock.move(SPAN)
    await second.leases.beat()

    with pytest.raises(Superseded, match="x is held by somebody else"):
        await fenced(store, hold).write(lambda db: db.add(community("late")))
    await fenced(store, second.holds["x"]).write(lambda db: db.add(community("in time")))
    await first.leases.beat()

    assert first.has == []
    assert await store.read(lambda db: list(db.exec(select(Community.id)))) == ["in time"]


async def test_a_replica_that_was_cut_off_and_whose_lease_nobody_took_goes_on(
    store: Store, clock: MovableClock, parties: list[Party]
) -> None:
    only = Party(store, clock, "x")
    parties.append(only)
    await only.comes()
    token = only.holds["x"].token

    clock.move(10 * SPAN)
    await only.leases.beat()

    assert only.holds["x"].token == token


async def test_what_is_let_go_at_the_end_is_free_at_once(
    store: Store, clock: MovableClock, parties: list[Party]
) -> None:
    first, second = Party(store, clock, "x"), Party(store, clock, "x")
    parties.append(second)
    await first.comes()
    await second.comes()
    assert await second.leases.share() == 2

    await first.leases.stop()
    await second.leases.beat()

    assert second.has == ["x"]
    assert await second.leases.share() == 1


async def test_replicas_that_start_together_share_fairly(
    store: Store, clock: MovableClock, parties: list[Party]
) -> None:
    names = [f"shard {n}" for n in range(4)]
    parties += [Party(store, clock, *names) for _ in range(3)]
    for party in parties:
        await party.comes()

    for _ in range(4):
        for party in parties:
            await party.leases.beat()

    assert sorted(len(party.has) for party in parties) == [1, 1, 2]
    assert sorted(name for party in parties for name in party.has) == names


async def test_what_nobody_else_takes_is_left_over_for_who_is_there(
    store: Store, clock: MovableClock, parties: list[Party]
) -> None:
    listens, only_sends = Party(store, clock, "x", "y", "z"), Party(store, clock)
    parties += [only_sends, listens]
    await only_sends.comes()
    await listens.comes()

    for _ in range(4):
        await listens.leases.beat()

    assert listens.has == ["x", "y", "z"]


async def test_no_more_than_wanted_is_taken_and_never_one_of_another(
    store: Store, clock: MovableClock, parties: list[Party]
) -> None:
    sockets = [f"socket {n}" for n in range(5)]
    parties += [Party(store, clock, *sockets, most=2) for _ in range(3)]

    for party in parties:
        await party.comes()

    assert [len(party.has) for party in parties] == [2, 2, 1]
    assert sorted(name for party in parties for name in party.has) == sockets


async def test_a_turn_is_somebodys_until_its_span_is_over(
    store: Store, clock: MovableClock, parties: list[Party]
) -> None:
    first, second = Party(store, clock), Party(store, clock)
    parties += [first, second]
    five = timedelta(seconds=5)

    assert await first.leases.turn("identify:1", five) == 0
    assert await second.leases.turn("identify:10", five) == 0
    assert await first.leases.turn("identify:1", five) == 5
    clock.move(timedelta(seconds=2))
    assert await second.leases.turn("identify:1", five) == 3
    clock.move(timedelta(seconds=3))
    assert await second.leases.turn("identify:1", five) == 0


async def test_who_holds_what_is_known_by_the_others_names(
    store: Store, clock: MovableClock, parties: list[Party]
) -> None:
    first, second = Party(store, clock, "discord:1"), Party(store, clock, "slack:1")
    parties += [first, second]
    await first.comes()
    await second.comes()

    assert await second.leases.others("discord:") == {"discord:1": first.leases.name}
    assert await first.leases.others("discord:") == {}
    clock.move(SPAN)
    assert await second.leases.others("discord:") == {}


async def test_alone_there_is_nothing_to_wait_for() -> None:
    seconds = 0.0
    alone, got = Alone(lambda: seconds), []

    async def gained(hold: Hold) -> None:
        got.append(hold)

    await alone.want(Wanted(("x", "y"), gained, gained))

    assert got == [Hold("x"), Hold("y")]
    assert await alone.share() == 1
    assert await alone.turn("identify", timedelta(seconds=5)) == 0
    seconds = 4.0
    assert await alone.turn("identify", timedelta(seconds=5)) == 1
    seconds = 5.0
    assert await alone.turn("identify", timedelta(seconds=5)) == 0


async def test_nobody_waits_for_a_process_of_the_same_machine_that_was_killed(
    store: Store, clock: MovableClock, parties: list[Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = await asyncio.create_subprocess_exec("sleep", "60")
    monkeypatch.setattr("bot.leases.this_process", lambda: name_of(killed.pid))
    first = Party(store, clock, "x")
    await first.comes()
    second, third = Party(store, clock, "x"), Party(store, clock, "x")
    parties += [first, second, third]
    monkeypatch.undo()

    await second.comes()
    assert second.has == []  # it lives
    killed.kill()
    await killed.wait()
    await third.comes()

    assert third.has == ["x"]


@pytest.mark.parametrize(
    "name, ended",
    [
        ("{here}/{number}/{start}", False),
        ("{here}/{number}/1", True),  # another one had this number
        ("{boot}:1/{number}/1", False),  # another container
        ("another:1/{number}/1", False),  # another machine
        ("{here}/{number}/", False),  # a machine that does not tell
        ("/{number}/1", False),
    ],
)
def test_only_of_processes_here_it_is_known_that_they_ended(name: str, ended: bool) -> None:
    where, number, start = this_process().rsplit("/", 2)
    name = name.format(here=where, boot=where.partition(":")[0], number=number, start=start)

    assert has_ended(name) is ended
