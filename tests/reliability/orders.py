"""Orders: what one life of the bot is told before it is born, and where it may be told to die."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

# In the child: around transactions, by what they write, and around what is asked of a platform.
CLAIM = ("before_claim", "after_claim")
SEND = ("before_send", "after_answer_before_mark")
LOOK = ("before_look", "after_look_before_mark")
MARK = ("before_mark", "after_mark")
PLAN = ("before_plan_commit", "after_plan_commit_before_answer")
VOTE = ("before_vote_commit", "after_vote_commit_before_answer")
# On the platform's side, when a request for a message has come, and when it was done but not answered.
SERVED = ("after_send_before_acceptance", "after_send_before_answer")
RANDOM = "at a random instant"
POINTS = (*CLAIM, *SEND, *LOOK, *MARK, *PLAN, *VOTE, *SERVED)
EVERYWHERE = (*POINTS, *[RANDOM] * 3)  # that one three times as often as any of the others

STEP = "step"  # every step counts: each transaction before and after its commit
STEP_AT_WORK = "step at work"  # the same, once the platform is connected

TRY_AGAIN = 75  # the status of a life that could not begin; whoever keeps the bot running starts another one

Sabotage = Literal["", "no key", "no looking back", "marked before sending"]
SABOTAGES: tuple[Sabotage, ...] = ("no key", "no looking back", "marked before sending")


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that a life has to know."""

    life: int
    database: str  # an address
    clock: str  # paths
    reports: str
    log: str
    discord_api: str = ""  # empty: not connected
    slack_api: str = ""
    seed: int = 0
    crash: str = ""  # a point
    nth: int = 1  # the how manieth time that it comes there
    sabotage: Sabotage = ""
    together: bool = False  # other lives work on the same database
    skew: float = 0  # seconds that this life's clock is ahead

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Order":
        return cls(**told)
