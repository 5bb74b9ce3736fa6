"""The library: sharing, the same page again, changing and removing."""

import csv
import io

import pytest

from bot.actions import Link
from bot.addresses import first_address, read_address
from bot.effects import Attach
from tests.doings import HOSTILE, PAGE, TITLE, finds, private_group, resource_ids, shares
from tests.world import Actor, World

# Sharing


def test_what_is_shared_appears_among_the_resources_and_is_found_again(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")

    assert "Shared. Thank you!" in shares(ana, tags="Intake, #Retention")

    card = world.card("three question intake (example.org)")
    assert card.channel == "resources"
    assert "It takes three minutes" in card.text
    assert "link, shared by Ana, tags: intake, retention" in card.text
    assert "three question intake" in finds(ben, text="question")


def test_why_it_helps_is_asked_and_what_was_typed_stays(world: World) -> None:
    ana = world.member("ana")

    seen = ana.uses("resource add", url=PAGE)

    assert [f.name for f in seen.form.fields] == ["url", "why", "title", "kind", "tags"]
    assert seen.form.filled == {"url": PAGE}
    assert "Shared." in seen.submits(why="Short").text


def test_the_shortcut_asks_in_one_form_of_five_fields(world: World) -> None:
    [shortcut] = [a for a in world.engine.app.shortcuts.values() if a.anywhere == "Share a resource"]

    world.form_size = 5
    form = world.member("ana").follows(shortcut.link()).form

    assert (form.pages, len(form.fields)) == (1, 5)


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "JavaScript://example.org/%0aalert(1)", "data:text/html,x", "file:///etc/passwd"),
        *("mailto:a@example.org", "example", "two words", "https://", "https://[x](http://evil)", "@everyone"),
        *("https://example.org:99999/", "//example.org/x", "https://exa mple.org", "http://-", "ftp://example.org"),
    ],
)
def test_what_no_browser_opens_is_refused_with_the_accepted_form(world: World, url: str) -> None:
    ana = world.member("ana")

    seen = ana.uses("resource add", url=url, why="It helps")

    assert "is not a web address that I can share. Write it like https://example.org/page" in seen.text
    assert seen.clicks("Open the form again").form.filled["url"] == url
    assert "No resources yet" in finds(ana)


def test_a_note_needs_no_address_and_is_named_by_its_first_words(world: World) -> None:
    ana = world.member("ana")

    shares(ana, url="", why="Ask the mentee first.\nThen the parents.")

    assert "Ask the mentee first., note by Ana" in finds(ana)


def test_a_title_and_a_kind_of_their_own(world: World) -> None:
    ana = world.member("ana")

    shares(ana, title="Intake in three questions", kind="tool")

    assert "Intake in three questions, tool by Ana" in finds(ana, kind="tool")
    assert "Nothing of this kind yet: story." in finds(ana, kind="story")


@pytest.mark.parametrize("tags", ["a" * 21, "!!!", "ok, ---"])
def test_a_tag_that_cannot_be_one_is_named(world: World, tags: str) -> None:
    assert "cannot be a tag. Use 1 to 20 letters or digits" in shares(world.member("ana"), tags=tags)


def test_at_most_five_tags(world: World) -> None:
    assert "At most 5, please; this has 6." in shares(world.member("ana"), tags="a, b, c, d, e, f")


def test_known_tags_are_suggested_for_the_one_being_typed(world: World) -> None:
    ana = world.member("ana")
    shares(ana, tags="retention, parents")

    assert ana.types("resource add", "tags", "par") == ["parents"]
    assert ana.types("resource add", "tags", "intake, ret") == ["intake, retention"]
    assert ana.types("resource find", "tag", "#ret") == ["retention"]


def test_words_of_people_stay_words(world: World) -> None:
    ana = world.member("ana")

    shares(ana, url="", title=HOSTILE, why=HOSTILE)

    card = world.card(HOSTILE)
    values = [v for _, v in card.card.title.values]
    assert values == [HOSTILE]
    assert HOSTILE in ana.uses("resource show", resource=HOSTILE).text


def test_a_guest_is_asked_to_join_first(world: World) -> None:
    assert "Join first" in shares(world.person("gus"))


def test_in_private_it_still_reaches_the_resources_channel(world: World) -> None:
    ana = world.member("ana")

    ana.uses("resource add", in_="dm", url=PAGE, why="It helps")

    assert world.card("three question").channel == "resources"


def test_without_a_resources_channel_it_appears_where_it_was_shared(world: World) -> None:
    world.opens("discord", "D2")
    ana = world.member("ana", space="D2")
    world.chat().gone.add("resources")
    shares(ana, url="https://example.org/first")  # that channel turns out to be gone

    ana.uses("resource add", url=PAGE, why="It helps")

    assert world.card("three question").channel == "general"


# The same page again


@pytest.mark.parametrize(
    "again",
    [
        "http://www.example.org/three-question-intake.pdf/",
        "EXAMPLE.org:443/three-question-intake.pdf?utm_source=mail#page=2",
        "https://user:secret@example.org/three-question-intake.pdf?fbclid=1",
    ],
)
def test_the_same_page_becomes_one_resource_with_two_reasons(world: World, again: str) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    shares(ana)

    seen = ben.uses("resource add", url=again, why="Parents like it")

    assert "This is in the library already. Add your reason to it?" in seen.text
    assert "shared by Ana" in seen.text
    assert "Thank you!" in seen.clicks("Add my reason").text
    assert "Ben: Parents like it" in world.card("three question").text
    assert "1 resource" in finds(ben)
    assert "three question" in finds(ana, text="parents")


def test_a_reason_is_one_a_member_and_the_last_one_counts(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    shares(ana)
    card = world.card("three question")

    ben.clicks("Say why it helps you", on=card).submits(why="First thought")
    ben.clicks("Say why it helps you", on=card).submits(why="Second thought")

    assert "Ben: Second thought" in card.text
    assert "First thought" not in card.text
    assert "Nothing about" in finds(ben, text="first thought")
    assert "three question" in finds(ben, text="second")


def test_pages_that_differ_in_what_they_ask_for_are_two(world: World) -> None:
    ana = world.member("ana")

    shares(ana, url="https://example.org/?page=1")
    shares(ana, url="https://example.org/?page=2")

    assert "2 resources" in finds(ana)


def test_addresses_are_freed_of_trackers_and_secrets(world: World) -> None:
    shown = read_address("https://user:pw@www.Example.org:443/a/../b%2Fc/?b=2&utm_medium=x&a=1#top")

    assert shown is not None
    assert shown.url == "https://www.example.org/b%2Fc/?b=2&a=1#top"
    assert shown.key == "example.org/b%2Fc?a=1&b=2"
    assert first_address("see (https://en.example.org/wiki/A_(b)), or not").url.endswith("/A_(b)")  # type: ignore[union-attr]
    assert first_address("nothing here") is None


# Changing and removing


def test_whoever_shared_it_changes_it_and_adds_details(world: World) -> None:
    ana = world.member("ana")
    world.member("ben")
    seen = ana.uses("resource add", url=PAGE, why="It helps", tags="intake")

    form = seen.clicks("Add details")
    assert form.form.filled["tags"] == "intake"
    form.submits(contact="Ben", expires="2026-03-31", tags="retention", title="Three questions")

    card = world.card("Three questions")
    assert "ask Ben about it" in card.text
    assert "good until Tuesday 31 March 2026" in card.text
    assert "tags: retention" in card.text
    assert "Three questions" in finds(ana, text="retention")
    assert "Nothing about" in finds(ana, text="intak", tag="intake")


def test_what_is_out_of_date_is_not_found_any_more(world: World) -> None:
    ana = world.member("ana")
    ana.uses("resource add", url=PAGE, why="It helps").clicks("Add details").submits(expires="2026-03-03")

    assert "three question" in finds(ana)
    world.passes(days=2)
    assert "No resources yet" in finds(ana)


def test_only_its_sharer_and_coordinators_take_it_out_and_it_can_be_put_back(world: World) -> None:
    ana, ben, cora = world.member("ana"), world.member("ben"), world.coordinator("cora")
    shares(ana)
    card = world.card("three question")

    assert "Only Ana or a coordinator" in ben.uses("resource remove", resource=TITLE).text
    gone = cora.uses("resource remove", resource=TITLE)

    assert card.text == "This is no longer in the library."
    assert "No resources yet" in finds(ana)
    assert "That is no longer in the library." in ben.follows(Link("resources.look", (resource_ids(world)[0],))).text

    gone.clicks("Put it back")
    assert "It takes three minutes" in card.text
    assert "three question" in finds(ana, text="question")


def test_what_a_coordinator_took_out_is_not_put_back_by_who_shared_it(world: World) -> None:
    ana, cora, cleo = world.member("ana"), world.coordinator("cora"), world.coordinator("cleo")
    shares(ana)
    card = world.card("three question")
    [one] = resource_ids(world)
    cora.uses("resource remove", resource=TITLE)

    seen = ana.follows(Link("resources.restore", (one,)))

    assert "Cora took it out. Only they or a coordinator can put it back." in seen.text
    assert card.text == "This is no longer in the library."
    assert "is in the library again" in cleo.follows(Link("resources.restore", (one,))).text
    assert "It takes three minutes" in card.text


def test_what_somebody_took_out_themselves_they_put_back_themselves(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    shares(ana)
    [one] = resource_ids(world)

    gone = ana.uses("resource remove", resource=TITLE)

    assert "Ana took it out" in ben.follows(Link("resources.restore", (one,))).text
    assert "is in the library again" in gone.clicks("Put it back").text
    assert "cannot be put back any more" in gone.clicks("Put it back").text


def test_only_what_may_leave_the_community_says_so(world: World) -> None:
    ana = world.member("ana")
    details = ana.uses("resource add", url=PAGE, why="It helps").clicks("Add details")
    card = world.card("three question")

    assert details.form.filled["outside"] is False
    details.submits(title="Three questions")
    assert "outside" not in card.text

    ana.uses("resource edit", resource="Three questions").submits(outside=True)
    assert "link, shared by Ana, may be shown outside" in card.text
    again = ana.uses("resource edit", resource="Three questions")
    assert again.form.filled["outside"] is True


def test_a_name_that_is_not_there_is_answered_with_the_nearest(world: World) -> None:
    ana = world.member("ana")
    shares(ana, title="Three questions")

    assert (
        "Nothing is called “Three qestions”. Did you mean Three questions?"
        in ana.uses("resource show", resource="Three qestions").text
    )
    assert ana.types("resource show", "resource", "quest") == ["Three questions"]


def test_those_who_look_after_the_library_get_it_as_a_table(world: World, ana: Actor, amara: Actor) -> None:
    shares(ana, url="https://example.org/a", why="=1+1", title="+Plus", tags="retention")

    seen = amara.uses("resource table")

    [shown] = seen.outcome.shown
    assert isinstance(shown, Attach)
    head, row = csv.reader(io.StringIO(shown.file.data.decode("utf-8-sig"), newline=""))
    assert head == ["Title", "Kind", "Address", "Why it helps", "Tags", "Shared by", "Shared on"]
    assert row == ["'+Plus", "link", "https://example.org/a", "'=1+1", "retention", "Ana", "2026-03-02"]
    assert "1 entry" in seen.text
    assert "That needs" in ana.uses("resource table").text


def test_a_table_holds_nothing_of_groups_that_one_is_not_in(world: World, ana: Actor, amara: Actor) -> None:
    private_group(world, ana)
    ana.uses("resource add", in_="den", url="https://example.org/secret", why="Only for us")

    [shown] = amara.uses("resource table").outcome.shown

    assert isinstance(shown, Attach)
    assert b"secret" not in shown.file.data
