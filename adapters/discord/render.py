"""Cards as components v2: a container each, and always something that Discord accepts.  Pure: no network, no clock."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from adapters.discord import limits
from adapters.discord.dialect import MARKDOWN, DiscordMarkdown, takes
from adapters.discord.limits import Json, clip
from adapters.discord.marks import key_mark, menu_mark, space_mark
from bot.addresses import promises_another
from bot.cards import Block, Button, Card, Control, Fields, File, Menu, Note, Option, Picture, Prose, Row, Rule, Tone
from bot.effects import Attach
from bot.text import Reader, Text, say, write

# Colour never speaks alone: what a tone means is said in words.  "Good" only underlines what the text says anyway.
COLOURS: dict[Tone, int] = {"good": 0x2E7D32, "watch": 0xB26A00, "bad": 0xB3261E}
TONES: dict[Tone, Text] = {"watch": say("Please note"), "bad": say("Something is wrong")}
STYLES = {"primary": 1, "plain": 2, "danger": 4}
LINK_STYLE = 5

CONTROLS = 34  # parts that controls may take of a card's forty; the rest is for what they are about
FILE_NAME = 80  # characters of a file's name, its end with the suffix
SHORTEST = 200  # characters that are left of a long text before whole parts are dropped
LEFT_OUT = say("Some of this is too long to show here and was left out.")
NOTHING = say("There is nothing to show.")


@dataclass(frozen=True, slots=True)
class Drawn:
    """The body of a message, and the files that go with it."""

    body: Json
    files: tuple[File, ...] = ()


@dataclass(slots=True)
class Canvas:
    """One card while it is drawn: for whom, in which dialect, and which files it came to need."""

    reader: Reader
    dialect: DiscordMarkdown = MARKDOWN
    files: list[File] = field(default_factory=list)

    def text(self, text: Text) -> str:
        return write(text, self.reader, self.dialect)

    def plain(self, text: Text) -> str:
        return write(text, self.reader)

    def attach(self, file: File) -> str:
        """The address of a file within the message; each has a name of its own that Discord leaves as it is."""
        name = f"{len(self.files)}-{file_name(file.name)}" if self.files else file_name(file.name)
        self.files.append(File(name, file.data, file.mime))
        return f"attachment://{name}"


def message(
    card: Card, reader: Reader, *, space: str = "", key: str = "", dialect: DiscordMarkdown = MARKDOWN
) -> Drawn:
    """A card as the body of a message that pings nobody.  ``space`` and ``key`` travel in it as marks."""
    canvas = Canvas(reader, dialect)
    controls, addresses = draw_controls(card.controls, canvas)
    parts = [*heading(card, canvas), *(p for block in card.blocks for p in draw(block, canvas)), *addresses]
    if not parts and not controls:
        parts = [text_part(canvas.text(NOTHING))]
    parts = fit(parts, controls, canvas)
    container: Json = {"type": limits.CONTAINER, "components": [*parts, *controls]}
    if card.tone in COLOURS:
        container["accent_color"] = COLOURS[card.tone]
    return finish(container, canvas, space, key)


def attachment(attach: Attach, reader: Reader, *, space: str = "") -> Drawn:
    """A file and what it is."""
    canvas = Canvas(reader)
    about = canvas.text(attach.about) or canvas.text(say("{file}", file=attach.file.name))
    shown = {"type": limits.FILE, "file": {"url": canvas.attach(attach.file)}}
    container: Json = {"type": limits.CONTAINER, "components": [text_part(clip(about, limits.MESSAGE_TEXT)), shown]}
    return finish(container, canvas, space, "")


def finish(container: Json, canvas: Canvas, space: str, key: str) -> Drawn:
    """The body around a container; files that nothing shows any more stay behind."""
    if space:
        container["id"] = space_mark(space)
    if key:
        container["components"][0]["id"] = key_mark(key)
    shown = {url for part in container["components"] for url in addresses_in(part)}
    files = tuple(f for f in canvas.files if f"attachment://{f.name}" in shown)
    body = {
        "flags": limits.COMPONENTS_V2,
        "components": [container],
        "attachments": [{"id": n, "filename": f.name} for n, f in enumerate(files)],  # an edit drops all others
        "allowed_mentions": limits.NOBODY,
    }
    return Drawn(body, files)


def heading(card: Card, canvas: Canvas) -> Iterator[Json]:
    title = " ".join(canvas.text(card.title).split())
    if title:
        yield text_part(f"### {title}")
    if card.tone in TONES:
        yield text_part(small(canvas.text(TONES[card.tone])))


def draw(block: Block, canvas: Canvas) -> Iterator[Json]:
    """One block as one part; what has no words takes no place."""
    match block:
        case Prose(text=text):
            yield from written(canvas.text(text))
        case Note(text=text):
            yield from written(small(canvas.text(text)))
        case Fields(pairs=pairs):
            yield from written("\n".join(f"{canvas.dialect.bold(canvas.text(n))}: {canvas.text(v)}" for n, v in pairs))
        case Row(text=text, accessory=accessory):
            yield from draw_row(canvas.text(text), accessory, canvas)
        case Picture(alt=alt) if len(canvas.files) == limits.FILES:
            yield from written(canvas.text(alt))
        case Picture(file=file, alt=alt):
            item: Json = {"media": {"url": canvas.attach(file)}}
            about = clip(canvas.plain(alt), limits.ALT_TEXT)
            yield {"type": limits.GALLERY, "items": [item | ({"description": about} if about else {})]}
        case Rule():
            yield {"type": limits.SEPARATOR, "divider": True, "spacing": 1}


def draw_row(text: str, accessory: Button | None, canvas: Canvas) -> Iterator[Json]:
    drawn = draw_button(accessory, canvas) if accessory else None
    if drawn is None:
        yield from written("\n".join(filter(None, (text, address(accessory, canvas) if accessory else ""))))
        return
    words = text if text.strip() else drawn["label"]
    yield {"type": limits.SECTION, "components": [text_part(words)], "accessory": drawn}


def draw_controls(controls: Iterable[Control], canvas: Canvas) -> tuple[list[Json], list[Json]]:
    """Rows of buttons, five each, and menus in rows of their own; addresses that no button takes become text."""
    rows: list[Json] = []
    texts: list[Json] = []
    for place, control in enumerate(controls, 1):
        drawn = draw_menu(control, place, canvas) if isinstance(control, Menu) else draw_button(control, canvas)
        if drawn is None:
            texts += written(address(control, canvas)) if isinstance(control, Button) else ()
            continue
        grown = beside(rows, drawn)
        if sum(map(size, grown)) > CONTROLS:
            return rows, [*texts, text_part(small(canvas.text(LEFT_OUT)))]
        rows = grown
    return rows, texts


def beside(rows: list[Json], drawn: Json) -> list[Json]:
    """The rows with one more control: buttons stand five in a row, a menu stands alone."""
    last = rows[-1]["components"] if rows else []
    if drawn["type"] == limits.BUTTON and 0 < len(last) < limits.ROW_BUTTONS and last[0]["type"] == limits.BUTTON:
        return [*rows[:-1], {"type": limits.ROW, "components": [*last, drawn]}]
    return [*rows, {"type": limits.ROW, "components": [drawn]}]


def draw_button(button: Button, canvas: Canvas) -> Json | None:
    """A button, or None for one whose address Discord would refuse or whose words promise another."""
    label = clip(" ".join(canvas.plain(button.label).split()) or "…", limits.BUTTON_LABEL)
    if button.then is not None:
        style = STYLES[button.style]
        return {"type": limits.BUTTON, "style": style, "label": label, "custom_id": str(button.then)}
    if not takes(button.url) or len(button.url) > limits.BUTTON_URL or promises_another(label, button.url):
        return None
    return {"type": limits.BUTTON, "style": LINK_STYLE, "label": label, "url": button.url}


def address(button: Button, canvas: Canvas) -> str:
    return canvas.dialect.href(canvas.plain(button.label), button.url)


def draw_menu(menu: Menu, place: int, canvas: Canvas) -> Json | None:
    """A menu, or None for one with nothing to choose from, which Discord refuses."""
    fitting = [o for o in menu.options if 0 < len(o.value) <= limits.OPTION_TEXT][: limits.SELECT_OPTIONS]
    if not fitting:
        return None
    most = min(max(menu.most, 1), len(fitting))
    chosen = [o.value for o in fitting if o.chosen][:most]
    return {
        "type": limits.SELECT,
        "id": menu_mark(menu.field, place),
        "custom_id": str(menu.then),
        "placeholder": clip(canvas.plain(menu.label), limits.PLACEHOLDER),
        "min_values": min(menu.least, most),
        "max_values": most,
        "options": [draw_option(o, canvas.reader, chosen=o.value in chosen) for o in fitting],
    }


def draw_option(option: Option, reader: Reader, *, chosen: bool) -> Json:
    """A line of a select, in a message or a form."""
    drawn: Json = {
        "value": option.value,
        "label": clip(write(option.label, reader) or option.value, limits.OPTION_TEXT),
        "default": chosen,
    }
    about = clip(write(option.about, reader), limits.OPTION_TEXT)
    return drawn | ({"description": about} if about else {})


def text_part(content: str) -> Json:
    return {"type": limits.TEXT, "content": content}


def written(content: str) -> tuple[Json, ...]:
    return (text_part(content),) if content.strip() else ()


def small(text: str) -> str:
    return "\n".join(f"-# {line}" for line in text.splitlines() if line.strip())


# What does not fit.


def fit(parts: list[Json], controls: list[Json], canvas: Canvas) -> list[Json]:
    """Parts that fit beside the controls: long texts are cut first, then parts are dropped from the middle."""
    room = limits.COMPONENTS - 1 - sum(map(size, controls))
    shorten([t for part in parts for t in texts_in(part)])
    if sum(map(size, parts)) <= room and length(parts) <= limits.MESSAGE_TEXT:
        return parts
    note = text_part(small(canvas.text(LEFT_OUT)))
    while sum(map(size, parts)) + 1 > room or length([*parts, note]) > limits.MESSAGE_TEXT:
        middle = len(parts) // 2
        parts = parts[:middle] + parts[middle + 1 :]
    middle = (len(parts) + 1) // 2
    return [*parts[:middle], note, *parts[middle:]]


def shorten(texts: list[Json]) -> None:
    """Cut the longest texts until all of them fit, or each of them is short."""
    while (excess := sum(len(t["content"]) for t in texts) - limits.MESSAGE_TEXT) > 0:
        longest = max(texts, key=lambda t: len(t["content"]))
        if len(longest["content"]) <= SHORTEST:
            return
        longest["content"] = clip(longest["content"], max(SHORTEST, len(longest["content"]) - excess))


def size(part: Json) -> int:
    """How many components this is."""
    return 1 + sum(map(size, part.get("components") or ())) + ("accessory" in part)


def length(parts: Iterable[Json]) -> int:
    return sum(len(t["content"]) for part in parts for t in texts_in(part))


def texts_in(part: Json) -> Iterator[Json]:
    if part["type"] == limits.TEXT:
        yield part
    for inner in part.get("components") or ():
        yield from texts_in(inner)


def addresses_in(part: Json) -> Iterator[str]:
    """Addresses of the files that a part shows."""
    if part["type"] == limits.FILE:
        yield part["file"]["url"]
    yield from (item["media"]["url"] for item in part.get("items") or ())


def file_name(name: str) -> str:
    """A name that Discord keeps as it is: it changes other characters, and the address would lead nowhere."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")[-FILE_NAME:] or "file"
