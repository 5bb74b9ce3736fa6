"""Figures: what was measured, beside what, and whether the goal is met."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

Unit = Literal["µs CPU", "ms CPU", "ms", "s", "MB", "x", "", "/s"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    ``most`` (or ``least``) is the goal; it bounds the ratio to the floor where there is a floor, else the figure.
    Without either the line is there to be compared with others.
    """

    goal: str  # its number
    what: str
    ours: float
    unit: Unit
    floor: float | None = None
    floor_is: str = ""
    most: float | None = None
    least: float | None = None
    note: str = ""
    ratio_of_rounds: float | None = None  # the median of the ratios, where it differs from the ratio of the medians

    @property
    def ratio(self) -> float | None:
        if self.ratio_of_rounds is not None:
            return self.ratio_of_rounds
        return self.ours / self.floor if self.floor else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        judged = self.ours if self.ratio is None else self.ratio
        if self.most is not None:
            return judged <= self.most
        return judged >= self.least if self.least is not None else None

    @property
    def bound(self) -> str:
        """The goal in short."""
        sign, limit = ("≤", self.most) if self.most is not None else ("≥", self.least)
        if limit is None:
            return ""
        return f"{sign} {limit:g} ×" if self.ratio is not None else f"{sign} {limit:g} {self.unit}".strip()

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, raw: str) -> "Figure":
        return cls(**json.loads(raw))
