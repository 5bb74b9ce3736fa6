"""The library: sharing, duplicates, finding, and who may see what."""

import pytest
from sqlmodel import Session, select

from bot.actions import Link, Role
from bot.addresses import first_address, read_address
from storage.groups import IN, Group, sit
from storage.people import space_of
from storage.places import make_place, put_channel
from storage.resources import Resource, SearchMiss
from tests.world import START, Actor, World

HOSTILE = "@everyone <!channel> [x](http://evil) **b** `c` {why}"
PAGE = "https://example.org/three-question-intake.pdf"


def shares(actor: Actor, url: str = PAGE, why: str = "It takes three minutes", **more: str) -> str:
    return actor.uses("resource add", url=url, why=why, **more).text


def finds(actor: Actor, **terms: str) -> str:
    return actor.uses("resource find", **terms).text


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
    assert "Give 0 to 5, not 6." in shares(world.member("ana"), tags="a, b, c, d, e, f")


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
    assert "good until Tuesday, March 31, 2026" in card.text
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

    assert (
        "Only Ana or a coordinator" in ben.uses("resource remove", resource="three question intake (example.org)").text
    )
    gone = cora.uses("resource remove", resource="three question intake (example.org)")

    assert card.text == "This is no longer in the library."
    assert "No resources yet" in finds(ana)
    assert "That is no longer in the library." in ben.follows(Link("resources.look", (ids(world)[0],))).text

    gone.clicks("Put it back")
    assert "It takes three minutes" in card.text
    assert "three question" in finds(ana, text="question")


def test_a_name_that_is_not_there_is_answered_with_the_nearest(world: World) -> None:
    ana = world.member("ana")
    shares(ana, title="Three questions")

    assert (
        "Nothing is called “Three qestions”. Did you mean Three questions?"
        in ana.uses("resource show", resource="Three qestions").text
    )
    assert ana.types("resource show", "resource", "quest") == ["Three questions"]


# Finding


def test_an_empty_library_teaches(world: World) -> None:
    seen = world.member("ana").uses("resource find")

    assert seen.text.startswith("No resources yet. Share the first with /resource add")
    assert seen.buttons == ["Share one"]


def test_twelve_resources_are_three_pages_and_the_page_is_in_the_link(world: World) -> None:
    ana = world.member("ana")
    for n in range(12):
        shares(ana, url=f"https://example.org/mentoring-{n}", tags="mentoring")

    first = ana.uses("resource find", text="mentoring", tag="mentoring", kind="link")
    assert "12 resources, Page 1 of 3" in first.text
    assert len([b for b in first.buttons if b == "Show"]) == 5

    world.restarts()
    third = first.clicks("Next").clicks("Next")
    assert "Page 3 of 3" in third.text
    assert "Next" not in third.buttons
    assert "Page 2 of 3" in third.clicks("Previous").text


def test_the_longest_search_still_turns_its_pages(world: World) -> None:
    ana = world.member("ana")
    words = "wohin " * 10
    for n in range(6):
        shares(ana, url=f"https://example.org/{n}", why=words, tags="a" * 20, kind="template")

    seen = ana.uses("resource find", text=words.strip(), tag="#" + "A" * 20, kind="template")

    assert "Page 2 of 2" in seen.clicks("Next").text


@pytest.mark.parametrize(
    "typed, there",
    [
        *(("meeting", "Better meetings"), ("MEET", "Better meetings"), ("meetin", "Better meetings")),
        *(("cafe", "Café notes"), ("CAFÉ", "Café notes"), ("ünter", "Für Jünter")),
        *(("会議", "会議の進め方"), ("進め方", "会議の進め方"), ("example.org", "Better meetings")),
        ("better run", "Better meetings"),
    ],
)
def test_words_are_found_whatever_their_form(world: World, typed: str, there: str) -> None:
    ana = world.member("ana")
    shares(ana, title="Better meetings", why="Running them is easier")
    shares(ana, url="", title="Café notes", why="Un")
    shares(ana, url="", title="Für Jünter", why="Zwei")
    shares(ana, url="", title="会議の進め方", why="三")

    assert there in finds(ana, text=typed)


@pytest.mark.parametrize(
    "typed", ['AND OR "(*', "NEAR(a", "title:x", "a*b^c", "'; DROP TABLE resource; --", "%", "_", "-", "🎉"]
)
def test_no_search_is_a_syntax_error(world: World, typed: str) -> None:
    ana = world.member("ana")
    shares(ana, url="", why="words")

    text = finds(ana, text=typed)

    assert "Something went wrong" not in text
    assert "Nothing about" in text or "I look for letters and digits" in text


def test_the_best_fit_comes_first(world: World) -> None:
    ana = world.member("ana")
    shares(ana, url="", title="Retention", why="How to")
    shares(ana, url="", title="Something else", why="It mentions retention in passing")

    assert finds(ana, text="retention").index("Retention, note") < finds(ana, text="retention").index("Something else")


def test_a_search_is_at_most_sixty_characters(world: World) -> None:
    assert "At most 60 characters" in finds(world.member("ana"), text="x" * 61)


def test_what_is_not_found_can_be_asked_for_and_the_gap_has_no_name(world: World) -> None:
    ana, cora = world.member("ana"), world.coordinator("cora")
    shares(ana, url="", why="something", tags="parking")

    seen = ana.uses("resource find", text="parents")
    assert "Nothing about “parents” yet." in seen.text
    assert "There are tags: parking." in seen.text
    asked = seen.clicks("Ask for it")
    assert "Ask this where everybody sees it?" in asked.text
    assert not [m for m in world.chat().messages if "looking for" in m.text]
    asked.clicks("Ask")
    assert "Ana is looking for something about “parents”" in world.card("looking for").text

    finds(cora, text="parents")
    assert "“parents”: 2 times" in cora.uses("resource gaps").text
    rows = world.read(lambda db: db.exec(select(SearchMiss)).all())
    assert {c for row in rows for c in row.model_dump()} == {"id", "community_id", "words", "at"}
    assert "needs a coordinator" in ana.uses("resource gaps").text


def test_the_own_page_shows_the_newest_two_of_others(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    for n in range(3):
        shares(ana, url=f"https://example.org/page-{n}")

    assert "page 2" in ben.home
    assert "page 1" in ben.home
    assert "page 0" not in ben.home
    assert "page 2" not in ana.home


# Who sees what


def test_what_is_shared_in_a_private_group_stays_there(world: World) -> None:
    lead, ana, ben = world.member("lead", role=Role.FACILITATOR), world.member("ana"), world.member("ben")
    group = world.write(lambda db: private_group(db, lead, ana))

    seen = lead.uses("resource add", in_="den", url=PAGE, why="For us", tags="secret")

    assert "Only members of this group see it." in seen.text
    assert world.card("three question").channel == "den"
    assert "three question" in finds(ana)
    assert "No resources yet" in finds(ben)
    assert ben.types("resource find", "tag", "sec") == []
    assert ben.types("resource show", "resource", "three") == []
    assert "no longer in the library" in ben.follows(Link("resources.look", (ids(world)[0],))).text
    assert "Shared. Thank you!" in shares(ben)  # and the address alone gives nothing away
    assert group

    def open_it(db: Session) -> None:
        row = db.get_one(Group, group)
        row.private = False
        db.add(row)

    world.write(open_it)
    assert "2 resources" in finds(ben)


def test_another_community_has_a_library_of_its_own(world: World) -> None:
    ana = world.member("ana")
    shares(ana, tags="retention")
    world.opens("discord", "D9")
    zoe = world.member("zoe", space="D9")

    assert "No resources yet" in finds(zoe)
    assert "Nothing about" in finds(zoe, text="question")
    assert zoe.types("resource find", "tag", "ret") == []
    assert "no longer in the library" in zoe.follows(Link("resources.look", (ids(world)[0],))).text
    assert "no longer in the library" in zoe.follows(Link("resources.remove_one", (ids(world)[0],))).text
    assert "Shared." in shares(zoe)


def test_a_restart_changes_nothing(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    preview = (shares(ana), ben.uses("resource add", url=PAGE, why="Parents like it"))[1]

    world.restarts()

    preview.clicks("Add my reason")
    assert "Ben: Parents like it" in world.card("three question").text
    assert "three question" in finds(ben, text="parents")


def ids(world: World) -> list[str]:
    return list(world.read(lambda db: db.exec(select(Resource.id).order_by(Resource.number)).all()))  # type: ignore[arg-type]


def private_group(db: Session, lead: Actor, *others: Actor) -> str:
    """A private group with its channel."""
    first = lead._member(db)
    space = space_of(db, "discord", "D1")
    assert space is not None
    place = make_place(db, first.community_id, "group:den", "Den")
    put_channel(db, place, space.id, "den")
    group = Group(
        community_id=first.community_id,
        name="Den",
        key="den",
        purpose="",
        lead_id=first.id,
        private=True,
        place_id=place.id,
        created=START,
    )
    db.add(group)
    db.flush()
    for actor in (lead, *others):
        sit(db, group, actor._member(db).id, IN, START)
    return group.id


def test_who_leaves_may_take_everything_they_shared_along(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    ana.uses("resource add", url="https://example.org/guide", why="It explains mentoring")
    assert "example.org" in ben.uses("resource find", text="mentoring").text

    ana.uses("leave", contributions="delete mine").clicks("Leave")

    assert "example.org" not in ben.uses("resource find", text="mentoring").text
    assert all("mentoring" not in m.text for m in world.chat().messages if m.channel == "resources")
