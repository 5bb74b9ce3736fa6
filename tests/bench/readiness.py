"""The process that ``start`` measures: all that ``commonplace run`` does before its first connection."""

import sys


def ready(platforms: list[str]) -> None:
    """Say so when it is.  Everything is imported in here, as the command line does it."""
    from bot.cli import app
    from bot.cli.console import settings_from
    from bot.cli.database import bring_up_to_date, open_store
    from bot.cli.serve import platforms as adapters
    from bot.clock import SystemClock
    from bot.engine import Engine
    from bot.features import find_features

    settings = settings_from(None)
    store = open_store(settings.database)
    bring_up_to_date(store)
    engine = Engine(store, find_features(), SystemClock().now)
    for adapter in adapters(settings, engine.runtime, engine.leases):
        engine.add(adapter)
    if "discord" in platforms:
        from adapters.discord.commands import registered

        registered(engine.app)
    assert app.info.help
    assert [adapter.platform for adapter in engine.adapters] == platforms
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    ready(sys.argv[1:])
