"""The library: finding by words, tag and kind, what is not there, and who sees what."""

import pytest
from sqlmodel import Session, select

from bot.actions import Link, Role
from storage.groups import Group
from storage.resources import SearchMiss
from tests.doings import PAGE, finds, private_group, resource_ids, shares
from tests.world import World

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
    group = private_group(world, lead, ana)

    seen = lead.uses("resource add", in_="den", url=PAGE, why="For us", tags="secret")

    assert "Only members of this group see it." in seen.text
    assert world.card("three question").channel == "den"
    assert "three question" in finds(ana)
    assert "No resources yet" in finds(ben)
    assert ben.types("resource find", "tag", "sec") == []
    assert ben.types("resource show", "resource", "three") == []
    assert "no longer in the library" in ben.follows(Link("resources.look", (resource_ids(world)[0],))).text
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
    assert "no longer in the library" in zoe.follows(Link("resources.look", (resource_ids(world)[0],))).text
    assert "no longer in the library" in zoe.follows(Link("resources.remove_one", (resource_ids(world)[0],))).text
    assert "Shared." in shares(zoe)


def test_a_restart_changes_nothing(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    preview = (shares(ana), ben.uses("resource add", url=PAGE, why="Parents like it"))[1]

    world.restarts()

    preview.clicks("Add my reason")
    assert "Ben: Parents like it" in world.card("three question").text
    assert "three question" in finds(ben, text="parents")
