"""The command ``commonplace``, also as ``python -m bot``; what it puts together is in bot.cli.serve."""

import gc
import sys

SELDOM = 10_000  # new objects between two sweeps; imports and tables make very many, and all of them stay


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit status."""
    gc.set_threshold(SELDOM)
    from bot.cli import app
    from bot.cli.console import Stop, say

    try:
        app(arguments, prog_name="commonplace")
    except Stop as stop:
        say(str(stop))
        sys.exit(stop.status)


if __name__ == "__main__":
    main()
