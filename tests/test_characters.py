"""Characters: what nobody means to send is gone, what people write stays, and nothing that is one is cut in two."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.characters import CONTROL, FLAG, JOINERS, LONGEST, MARKS, PICTURES, UNMEANT, cut, isolated
from bot.text import Reader, clean_text, say, write

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
TRICKS = st.sampled_from(
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u061c\u034f\u115f\u3164\u2800\ufe0e\ufe0f\U000e0101\u202e\u2066\u2069\u2028\r\n\t"
    "\ud800\udfff\ue000\ufffe\U000e0067\U000e007f\U0001f3f4\U0001f1e9\U0001f1ea\U0001f468\U0001f3fd❤↔1#\u20e3"
    "e\u0301\u0316\u0327\u0338\u2adc\u0627\u064b\u064e\u06cc\u0915\u094d\u093c\u0958\u1100\u1161\u11a8\u1820\u180b葛\uf900"
)
ANY = st.characters() | st.characters(categories=["Cc", "Cf", "Cs", "Co", "Mn", "Me"])
RAW = st.text(ANY | TRICKS, max_size=40)


@given(raw=RAW)
@example(ENGLAND)
@example("e\u200b\u0301")  # what stood between them is gone, and they compose
@example("\u0627\u200c\u200c\u0628")
def test_cleaning_again_changes_nothing(raw: str) -> None:
    cleaned = clean_text(raw)

    assert clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == cleaned.strip()


@given(raw=RAW)
def test_nothing_is_left_that_nobody_means_to_send(raw: str) -> None:
    cleaned = FLAG.sub("", clean_text(raw))

    cleaned.encode()
    kept = [c for c in cleaned if unicodedata.category(c) in UNMEANT and c not in JOINERS and c not in "\n\t"]
    assert [c for c in kept if not PICTURES.match(c)] == []  # an emoji that is newer than this Python
    assert not CONTROL.search(cleaned)
    assert len(cleaned.splitlines()) <= cleaned.count("\n") + 1  # nothing else ends a line


@given(raw=RAW)
def test_no_character_carries_more_marks_than_a_language_needs(raw: str) -> None:
    run = longest = 0
    for c in clean_text(raw):
        run = run + 1 if unicodedata.category(c) in ("Mn", "Me") else 0 if c not in JOINERS else run
        longest = max(longest, run)

    assert longest <= MARKS


@pytest.mark.parametrize(
    "words",
    [
        "👩\u200d👩", "فارسی\u200cزبان", "line\nline", "tab\tstop", "naïve café", "שלום", ENGLAND, "1️⃣",
        "❤️", "👩🏽\u200d🚀", "🏳️\u200d🌈", "\U0001fa77", "葛\U000e0100城", "क्\u200dष", "Tiếng Việt",
        "ภาษาไทย", "אָ֑ב", "ᠠ᠋", "👍🏿", "🇩🇪", "Zoë & Łukasz",
    ],
)  # fmt: skip
def test_what_people_write_stays(words: str) -> None:
    assert clean_text(words) == words


@pytest.mark.parametrize(
    "raw, cleaned",
    [
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("Ana\u202eevil\u202c", "Anaevil"),
        ("a\u200b\u200d\u2060\ufeffb", "ab"),
        ("h\U000e0041\U000e0042i", "hi"),
        ("q" + "\u0301\u0316" * 50, "q\u0316\u0316\u0316"),
        ("\u3164\u3164", ""),
        ("\u2800", ""),
        ("a\ufe0fb\ufe0f", "ab"),
        ("x" * 70_000, "x" * LONGEST),
        ("cafe\u0301", "café"),
        ("\ud800half", "half"),
    ],
)
def test_what_hides_or_breaks_is_taken_out(raw: str, cleaned: str) -> None:
    assert clean_text(raw) == cleaned


def test_a_flood_of_marks_takes_no_time_and_little_room() -> None:
    assert len(clean_text("a" + "\u0301\u0316" * 500_000)) <= 1 + MARKS


@pytest.mark.parametrize("one", ["👩🏽\u200d🚀", "e\u0316\u0323", "🇩🇪", ENGLAND, "क्\u200dष", "❤️"])
def test_what_people_see_as_one_character_is_not_cut(one: str) -> None:
    words = f"ab{one}cd"

    assert [cut(words, n) for n in range(3, 2 + len(one))] == ["ab"] * (len(one) - 1)
    assert cut(words, 2 + len(one)) == f"ab{one}"
    assert cut(words, 99) == words


@given(raw=RAW, most=st.integers(1, 20))
def test_a_cut_text_is_never_longer_and_never_empty(raw: str, most: int) -> None:
    assert len(cut(raw, most)) <= most
    assert bool(cut(raw, most)) == bool(raw)
    assert raw.startswith(cut(raw, most))


def test_a_name_from_right_to_left_turns_nothing_around_it() -> None:
    assert write(say("{name}: 3 votes", name="שלום"), Reader()) == "\u2068שלום\u2069: 3 votes"
    assert write(say("{name}: 3 votes", name="Ana"), Reader()) == "Ana: 3 votes"
    assert isolated("שלום https://example.org") == "שלום https://example.org"
    assert isolated("שלום\nשלום") == "שלום\nשלום"
