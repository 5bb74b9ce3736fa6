"""A click from the platform's frame to the answer: what it costs the bot, and whether the number of actions matters."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count

from tests.bench.figures import Figure
from tests.bench.floors import raw_votes
from tests.bench.measuring import Cost, Effort, Variant, cpu, cpu_ratio, interleaved, timed
from tests.bench.peers import Peer, peer
from tests.bench.town import Builder, Town

AT_ONCE = 64
CLICKS = 640  # a round
MOST, MOST_GROWTH = 3, 1.1
NAMES = {"discord": "discord.py", "slack": "Bolt"}


async def clicked(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 5, on both platforms; the least effort is content with one of them."""
    times = effort.times(CLICKS, AT_ONCE)
    for platform, library in list(NAMES.items())[: effort.rounds]:
        async with AsyncExitStack() as stack:
            bots = {
                kind: await stack.enter_async_context(peer("clients", f"{platform}-{kind}", folder=builder.folder))
                for kind in ("bare", "ours", "crowd")[: effort.rounds + 1]
            }
            raw = raw_votes(builder.folder / f"{platform}.raw", Town(), "NORMAL")
            costs = await interleaved(
                effort, {"raw": storing(raw, times)} | {kind: clicking(bot, times) for kind, bot in bots.items()}
            )
        for figure in said(platform.capitalize(), library, costs):
            yield figure


def said(platform: str, library: str, costs: dict[str, list[Cost]]) -> Iterator[Figure]:
    ours = costs["ours"]
    floors = [Cost(bare.cpu + raw.cpu, 0) for bare, raw in zip(costs["bare"], costs["raw"], strict=True)]
    note = f"{library} alone {cpu(costs['bare']):,.0f}"
    what, floor_is = f"a click on {platform}, {AT_ONCE} at once", f"bare {library} + raw sqlite3"
    ratio = cpu_ratio(ours, floors)
    yield Figure("5", what, cpu(ours), "µs CPU", cpu(floors), floor_is, MOST, note=note, ratio_of_rounds=ratio)
    if "crowd" in costs:
        what, ratio = f"the same with 300 more actions, on {platform}", cpu_ratio(costs["crowd"], ours)
        most = MOST_GROWTH
        yield Figure("5", what, cpu(costs["crowd"]), "µs CPU", cpu(ours), "without them", most, ratio_of_rounds=ratio)


def clicking(bot: Peer, times: int) -> Variant:
    async def round_() -> Cost:
        return Cost(**await bot.ask(times=times, at_once=AT_ONCE))

    return round_


def storing(raw: Callable[[int], None], times: int) -> Variant:
    numbers = count()

    async def votes() -> None:
        for _ in range(times):
            raw(next(numbers))

    return lambda: timed(votes, times)
