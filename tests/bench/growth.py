"""Growth: a vote in a poll with many votes costs what it costs in one with few."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count

from sqlmodel import Session

from bot.actions import Link
from bot.calls import Turn
from bot.engine import Engine
from bot.features.polls.voting import revote, show_card
from bot.people import everybody
from storage.presence import community_facts
from tests.bench.figures import Figure
from tests.bench.floors import raw_votes
from tests.bench.measuring import Effort, Variant, cpu, exponent, interleaved, timed
from tests.bench.town import NOW, Builder, Town

SIZES = (50, 500, 5_000, 10_000)  # votes in a poll
VOTES = 200  # a round, of each size
MOST = 1.5  # times the cost of the smallest


def town_of(size: int) -> Town:
    return Town(people=size, polls=1, voted=size)


def voting(bot: Engine, town: Town, votes: int) -> Variant:
    """Votes on one's own card, which shows the tally at once, so that a vote is committed and tallied."""
    numbers = count()

    async def vote() -> None:
        for _ in range(votes):
            number = next(numbers)
            link = Link(revote.name, ("p0", str(town.choice(number))))
            await bot.runtime.run(replace(town.voting(number), link=link))

    return lambda: timed(vote, votes)


def showing(bot: Engine, cards: int) -> Variant:
    """The card in the channel, which is made once for however many votes came meanwhile."""

    def card(db: Session) -> None:
        community = community_facts(db, "c")
        show_card.run(Turn(everybody(community), community, NOW, db, bot.app), "p0")

    async def show() -> None:
        for _ in range(cards):
            await bot.store.read(card)

    return lambda: timed(show, cards)


def counting(builder: Builder, town: Town, votes: int) -> Variant:
    vote, numbers = raw_votes(builder.folder / f"{town.voted}.raw", town, "NORMAL"), count()

    async def votes_() -> None:
        for _ in range(votes):
            vote(next(numbers))

    return lambda: timed(votes_, votes)


async def grown(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 4: what a vote costs in small and in large polls."""
    votes, sizes = effort.times(VOTES, 4), SIZES if effort.scale > 0.1 else SIZES[:2]
    towns = {size: town_of(size) for size in sizes}
    bots = {size: await builder.bot(town) for size, town in towns.items()}
    variants: dict[str, Variant] = {}
    for size, town in towns.items():
        variants |= {
            f"vote {size}": voting(bots[size], town, votes),
            f"card {size}": showing(bots[size], votes),
            f"raw {size}": counting(builder, town, votes),
        }
    costs = {name: cpu(found) for name, found in (await interleaved(effort, variants)).items()}
    for bot in bots.values():
        bot.store.close()
    for what, name, most in (
        ("a vote that shows the tally", "vote", MOST),
        ("the card in the channel, once for many votes", "card", None),
        ("raw sqlite3 with count(*)", "raw", None),
    ):
        series = [costs[f"{name} {size}"] for size in sizes]
        power = exponent(sizes, series)
        note = " / ".join(f"{cost:,.0f}" for cost in series) + f" µs CPU, exponent {power:.2f}"
        sizes_ = f"{sizes[0]} to {sizes[-1]:,} votes"
        yield Figure("4", f"{what}: {sizes_}", series[-1] / series[0], "x", most=most, note=note)
