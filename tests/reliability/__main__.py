"""The command: ``python3 dev.py reliability``, some minutes of kills, or ``--long`` for a night of them."""

import argparse
import asyncio
import secrets
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.databases import Files, lent, make_template, serving
from tests.reliability.campaign import campaign, made
from tests.reliability.elsewhere import AUTHORISATION, BAD_INPUTS, passes
from tests.reliability.forms import LONG, SHORT, Form, worlds_of
from tests.reliability.nursery import Nursery, parent
from tests.reliability.report import report


async def judged(folder: Path, form: Form, seed: str) -> tuple[str, bool]:
    """The report of a form, and whether nothing was wrong."""
    began = time.monotonic()
    with ExitStack() as stack:
        files = Files(made(folder, "databases"), make_template(folder))
        server = stack.enter_context(serving("reliability"))
        warmed = [stack.enter_context(lent(kind)) for kind in (files, server)]
        async with Nursery(stack.enter_context(parent(warmed))) as nursery:
            found = await campaign(nursery, made(folder, "trials"), worlds_of(form, files, server), seed, say)
    tried = {other: await passes(other) for other in (BAD_INPUTS, AUTHORISATION)}
    good = all([*tried.values(), *(one.verdict.good for one in found)])
    return report(found, seed, time.monotonic() - began, tried), good


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py reliability", description=__doc__)
    parser.add_argument("--long", action="store_true", help="the night's form: more of everything, and three replicas")
    parser.add_argument("--seed", default="", help="to repeat what an earlier run drew")
    parser.add_argument("--kills", type=int, help="how many in all, and as many messages as belong to them")
    chosen = parser.parse_args()
    form = LONG if chosen.long else SHORT
    seed = chosen.seed or secrets.token_hex(3)
    say(f"seed {seed}")
    with TemporaryDirectory(prefix="commonplace-reliability-") as folder:
        page, good = asyncio.run(judged(Path(folder), form.of(chosen.kills) if chosen.kills else form, seed))
    print(page)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
