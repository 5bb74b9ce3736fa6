"""What other tests try, for the report: hostile words, and who may do what."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from bot.cli.rights import COLUMNS
from tests.hostile.corpus import FAMILIES, HOSTILE
from tests.hostile.test_actions import FIELDS
from tests.hostile.test_rendering import NAMES
from tests.test_rights import ACTIONS, OUTSIDE

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Tried:
    """Tests of something, and how much of it there is."""

    name: str
    count: str
    tests: str  # where they are


BAD_INPUTS = Tried(
    "bad inputs tried",
    f"{len(HOSTILE):,} strings of {len(FAMILIES)} kinds, in {len(NAMES)} places of a card and {len(FIELDS)} fields",
    "tests/hostile",
)
AUTHORISATION = Tried(
    "authorisation cells",
    f"{len(ACTIONS) * (len(COLUMNS) + len(OUTSIDE)):,}, of {len(ACTIONS)} actions"
    f" and {len(COLUMNS) + len(OUTSIDE)} kinds of people",
    "tests/test_rights.py",
)


async def passes(tried: Tried) -> bool:
    """Run the tests, in a process of their own; what fails says so on our standard error."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tried.tests]
    running = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await running.communicate()
    if running.returncode:
        sys.stderr.write(told.decode(errors="replace"))
    return running.returncode == 0
