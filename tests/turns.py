"""Turns that tests make themselves, and where toy actions keep what they were given."""

from sqlmodel import Session

from bot.calls import Turn
from bot.people import the_clock
from storage.presence import community_facts
from tests.world import World


def ticking(world: World, db: Session, community_id: str) -> Turn:
    """A turn in which the clock acts."""
    community = community_facts(db, community_id)
    return Turn(the_clock(community), community, world.clock.now(), db, world.engine.app)


def keep(turn: Turn, **values: object) -> None:
    """Among the settings of the community, where a toy needs no table of its own."""
    row = turn.community_row()
    row.settings = {**row.settings, **values}
