"""One-time codes: proof that whoever uses one here was also there."""

import secrets
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete
from sqlmodel import col

from bot.actions import Refuse
from bot.calls import Turn
from storage.columns import ALPHABET
from storage.people import Code

LASTS = timedelta(hours=1)
LENGTH = 8  # 32^8: an hour of guessing finds nothing


def issue(turn: Turn, kind: Literal["community", "member"]) -> str:
    """A new code in the name of who asks; an earlier one of theirs stops working."""
    turn.db.execute(delete(Code).where(col(Code.member_id) == turn.who.id, col(Code.kind) == kind))
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    turn.db.add(
        Code(code=code, community_id=turn.community.id, kind=kind, member_id=turn.who.id, expires=turn.now + LASTS)
    )
    return f"{code[:4]}-{code[4:]}"


def claim(turn: Turn, typed: str, kind: Literal["community", "member"]) -> Code:
    """The code that was typed, whichever community it is from: it is the one thing that may cross."""
    row = turn.db.get(Code, "".join(c for c in typed.lower() if c in ALPHABET))
    if row is None or row.kind != kind or row.expires < turn.now:
        raise Refuse("That code is unknown or older than an hour. Get a new one in the other chat.", field="code")
    return row
