"""Quiet hours: when a direct message reaches a member who does not want to be disturbed at night or at weekends."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.actions import Kind
from bot.times import resolve
from storage.people import Member

SATURDAY = 5


def moved(at: datetime, now: datetime, kind: Kind, member: Member, zone: ZoneInfo) -> datetime:
    """When to send what is meant for ``at``: aware in, aware out, never before ``now``.

    What can wait comes when the quiet is over, weekends included.  A reminder comes before the night instead, since
    later would be too late; when that has passed as well, it comes as planned: somebody asked for it.
    """
    match kind.quiet:
        case "wait":
            return after(at, member, zone)
        case "early":
            earlier = before(at, member, zone)
            return earlier if earlier > now else at
        case "now":
            return at


def after(at: datetime, member: Member, zone: ZoneInfo) -> datetime:
    """The first moment from ``at`` on that is neither in the quiet hours nor at a weekend."""
    for _ in range(8):  # a night and a weekend, and whatever the clocks do in between
        local = at.astimezone(zone)
        if local.weekday() >= SATURDAY:
            monday = local.date() + timedelta(days=7 - local.weekday())
            at = resolve(datetime.combine(monday, time()), zone)
        elif asleep(local.time(), member):
            start, end = hours(member)
            day = local.date() + timedelta(days=1 if start > end and local.time() >= start else 0)
            at = resolve(datetime.combine(day, end), zone)
        else:
            break
    return at


def before(at: datetime, member: Member, zone: ZoneInfo) -> datetime:
    """The moment at which the quiet hours around ``at`` begin, or ``at`` itself outside of them."""
    local = at.astimezone(zone)
    if not asleep(local.time(), member):
        return at
    start, end = hours(member)
    day = local.date() - timedelta(days=1 if start > end and local.time() < end else 0)
    return resolve(datetime.combine(day, start), zone)


def asleep(clock: time, member: Member) -> bool:
    """Whether a wall clock shows a quiet hour; the same beginning and end mean that there are none."""
    start, end = hours(member)
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def hours(member: Member) -> tuple[time, time]:
    return time.fromisoformat(member.quiet_from), time.fromisoformat(member.quiet_to)
