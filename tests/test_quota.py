"""Quota: one person's flood is refused before it costs anything, and everybody else goes on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import quota
from bot.calls import AccountRef
from bot.features.meetings import planning
from bot.features.polls import asking
from bot.features.resources import sharing
from bot.quota import BURST, Quota
from tests.doings import plans
from tests.world import Actor, Seen, World

TOO_MUCH = "That was a lot at once. I did nothing this time; please try again in 3 seconds."
ANA = AccountRef("discord", "D1", "ana")


class Watch:
    """A clock that only the test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_a_flood_of_one_person_is_refused_without_a_look_at_the_database(
    world: World, ana: Actor, ben: Actor, watch: Watch
) -> None:
    world.engine.runtime.quota = Quota(20, watch)
    call = ana._call(world.engine.app.commands["settings zone"].link(), "general", {"city": "Tokyo"})

    texts = [ana.again(call).text for _ in range(40)]
    refused = ana.again(call).text
    others = ben.uses("settings zone", city="Tokyo").text
    world.store.close()
    flood = [world.wait(world.engine.runtime.run(call)) for _ in range(10_000)]

    assert all("Tokyo" in text for text in (*texts, others))
    assert {Seen(ana, outcome).text for outcome in flood} == {refused} == {TOO_MUCH}


def test_whoever_waits_may_go_on(watch: Watch) -> None:
    most = Quota(20, watch)
    taken = [most.wait(ANA) for _ in range(41)]

    watch.now += 3
    again = [most.wait(ANA) for _ in range(2)]
    watch.now += 3600
    later = [most.wait(ANA) for _ in range(41)]

    assert taken == [0.0] * 40 + [pytest.approx(3)]
    assert again == [0.0, pytest.approx(3)]
    assert later.count(0.0) == 20 * BURST


def test_typing_costs_less_than_calling(watch: Watch) -> None:
    most = Quota(20, watch)

    assert [most.wait(ANA, quota.TYPING) for _ in range(160)] == [0.0] * 160
    assert most.wait(ANA, quota.TYPING) > 0


def test_each_account_has_its_own_and_only_so_many_are_remembered(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "REMEMBERED", 100)
    most = Quota(1, watch)

    assert [most.wait(replace(ANA, user=f"u{n}")) for n in range(1000)] == [0.0] * 1000
    assert len(most) == 100
    assert most.wait(replace(ANA, space="D2")) == most.wait(replace(ANA, platform="slack")) == 0.0


def test_nobody_keeps_more_open_polls_than_anybody_can_answer(
    world: World, ana: Actor, ben: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "OPEN_MINE", 2)
    monkeypatch.setattr(asking, "OPEN_OURS", 3)

    def asks(who: Actor, question: str) -> str:
        shown = who.uses("poll create", question=question, choices="Yes\nNo")
        return shown.clicks("Ask it").text if "Ask it" in shown.buttons else shown.text

    assert ["Your question is out" in asks(ana, f"Question {n}?") for n in range(3)] == [True, True, False]
    assert "You have 2 open polls" in asks(ana, "One more?")
    assert "Your question is out" in asks(ben, "Mine?")
    assert "There are 3 open polls here" in asks(ben, "Another?")


def test_nobody_plans_series_without_end(
    world: World, fay: Actor, amara: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "SERIES_MINE", 1)
    monkeypatch.setattr(planning, "SERIES_OURS", 2)

    plans(fay, "every thursday 18:00", "One")
    assert "You have planned 1 series" in fay.uses("meeting create", title="Two", when="every friday 18:00").text
    assert "Planned" in plans(fay, "friday 18:00", "Once").text
    plans(amara, "every monday 18:00", "Two")
    monkeypatch.setattr(planning, "SERIES_MINE", 9)
    assert "There are 2 series here" in amara.uses("meeting create", title="Three", when="every friday 18:00").text


def test_nobody_fills_the_library_in_a_day(world: World, ana: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "A_DAY", 2)

    shared = [ana.uses("resource add", url=f"https://example.org/{n}", why="It helps").text for n in range(3)]
    world.passes(hours=timedelta(days=1).total_seconds() / 3600)

    assert ["Thank you" in text for text in shared] == [True, True, False]
    assert "You have shared 2 things since yesterday" in shared[2]
    assert "Thank you" in ana.uses("resource add", url="https://example.org/9", why="It helps").text
