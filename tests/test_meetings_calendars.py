"""Meetings in calendars: one identity, a growing sequence, and nothing that is not for the reader."""

from datetime import UTC, datetime

from icalendar import Calendar, Event

from bot.effects import Attach
from tests.doings import plans, table
from tests.world import Actor, Seen, World


def test_a_calendar_file_has_one_identity_and_a_growing_sequence(world: World, fay: Actor) -> None:
    plans(fay, about="Bring a case; or two", where="Room 5")
    card = table(world)

    before = event(fay.clicks("Add to my calendar", on=card))
    fay.uses("meeting move", meeting="Case Table", when="friday 10:00").clicks("Move it")
    after = event(fay.clicks("Add to my calendar", on=card))

    assert (before["SUMMARY"], before["LOCATION"], before["DESCRIPTION"]) == (
        "Case Table",
        "Room 5",
        "Bring a case; or two",
    )
    assert (before.start, before.end) == (datetime(2026, 3, 5, 17, tzinfo=UTC), datetime(2026, 3, 5, 18, tzinfo=UTC))
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.start == datetime(2026, 3, 6, 9, tzinfo=UTC)
    assert after["STATUS"] == "CONFIRMED"


def test_a_cancelled_date_is_cancelled_in_the_calendar_too(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    ana.clicks("Yes", on=table(world))
    fay.uses("meeting cancel", meeting="Case Table").clicks("Cancel the meeting")

    assert event(ana.clicks("Add to my calendar", on=ana.dms[-1]))["STATUS"] == "CANCELLED"


def test_a_guarded_place_is_in_the_calendars_of_those_who_come(world: World, fay: Actor) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    plans(fay, where="https://meet.example/secret", guarded="yes")
    card = table(world)

    ana.clicks("Yes", on=card)

    assert event(ana.clicks("Add to my calendar", on=card))["LOCATION"] == "https://meet.example/secret"
    assert "secret" not in ics(ben.clicks("Add to my calendar", on=card)).to_ical().decode()


def test_a_title_without_letters_still_names_a_file(world: World, fay: Actor) -> None:
    plans(fay, title="会議")

    seen = fay.clicks("Add to my calendar", on=world.card("会議"))

    assert [s.file.name for s in seen.outcome.shown if isinstance(s, Attach)] == ["meeting.ics"]


def ics(seen: Seen) -> Calendar:
    [shown] = seen.outcome.shown
    assert isinstance(shown, Attach)
    assert shown.file.mime == "text/calendar"
    return Calendar.from_ical(shown.file.data)


def event(seen: Seen) -> Event:
    [found] = ics(seen).walk("VEVENT")
    assert isinstance(found, Event)
    return found
