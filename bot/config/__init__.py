"""Settings: one TOML file and the environment, checked whole before anything starts; every mistake is told at once.

What is said later wins: defaults, the file, conventional names such as DISCORD_TOKEN, COMMONPLACE_<SECTION>__<KEY>, the
command line.  Each variable may also be given as <NAME>_FILE, the path of a file that holds the value.
"""

from bot.config.reading import CONVENTIONAL, BadSettings, load, with_dotenv
from bot.config.sections import DISCORD_API, SLACK_API, Health, Settings, Workspace

__all__ = [
    "CONVENTIONAL",
    "DISCORD_API",
    "SLACK_API",
    "BadSettings",
    "Health",
    "Settings",
    "Workspace",
    "load",
    "with_dotenv",
]
