"""The rules for components of messages and modals: limits, nesting, and what may stand where."""

from collections.abc import Callable, Collection

from tests.discord.problems import Findings
from tests.discord.shapes import SELECTS, V2_ONLY, Json, Kind

COMPONENTS_MAX = 40  # in one message, nested ones count
TEXT_MAX = 4000  # all text displays of a message together
LEGACY_ROWS = 5
LINK, PREMIUM = 5, 6  # button styles

COMMON = ("type", "id")
SELECT_FIELDS = (*COMMON, "custom_id", "placeholder", "min_values", "max_values", "disabled", "required")
IN_CONTAINER = frozenset({Kind.ROW, Kind.SECTION, Kind.TEXT, Kind.GALLERY, Kind.FILE, Kind.SEPARATOR})


class ComponentCheck:
    """Checks one payload; what has to be unique or counted over all of it is kept here."""

    def __init__(self, findings: Findings, *, files: Collection[str] = ()) -> None:
        self.findings = findings
        self.files = files
        self.count = 0
        self.text = 0
        self.custom_ids: set[str] = set()
        self.numbers: set[int] = set()
        self.kinds: dict[int, Callable[[str, Json], None]] = {
            Kind.ROW: self.row,
            Kind.BUTTON: self.button,
            Kind.SECTION: self.section,
            Kind.TEXT: self.text_display,
            Kind.THUMBNAIL: self.thumbnail,
            Kind.GALLERY: self.gallery,
            Kind.FILE: self.file,
            Kind.SEPARATOR: self.separator,
            Kind.CONTAINER: self.container,
            **dict.fromkeys(SELECTS, self.select),
        }

    def message(self, components: object, *, v2: bool) -> None:
        top = self.findings.many("components", components, COMPONENTS_MAX if v2 else LEGACY_ROWS)
        allowed = (IN_CONTAINER | {Kind.CONTAINER}) if v2 else {Kind.ROW}
        for number, component in enumerate(top):
            self.one(f"components.{number}", component, allowed, v2=v2)
        if self.count > COMPONENTS_MAX and v2:
            self.findings.add("components", "COMPONENT_MAX_TOTAL", f"At most {COMPONENTS_MAX}, not {self.count}.")
        if self.text > TEXT_MAX:
            self.findings.add("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"{self.text} characters.")

    def one(self, path: str, component: Json, allowed: Collection[int], *, v2: bool = True) -> None:
        kind = int(component.get("type") or 0)
        self.count += 1
        number = component.get("id")
        if number:
            self.findings.number(f"{path}.id", number, 1, 2**31 - 1)
            if number in self.numbers:
                self.findings.add(f"{path}.id", "COMPONENT_ID_DUPLICATED", f"{number} is used twice.")
            self.numbers.add(number)
        if kind in V2_ONLY and not v2:
            self.findings.add(f"{path}.type", "UNION_TYPE_CHOICES", f"Type {kind} needs the components v2 flag.")
        elif kind not in allowed:
            self.findings.add(f"{path}.type", "UNION_TYPE_CHOICES", f"Type {kind} may not stand here.")
        else:
            self.kinds[kind](path, component)

    def custom_id(self, path: str, component: Json) -> None:
        value = component.get("custom_id")
        self.findings.text(f"{path}.custom_id", value, 100, least=1)
        if value in self.custom_ids:
            self.findings.add(f"{path}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id duplicated.")
        if isinstance(value, str):
            self.custom_ids.add(value)

    def row(self, path: str, row: Json) -> None:
        self.findings.fields(path, row, (*COMMON, "components"))
        inside = self.findings.many(f"{path}.components", row.get("components"), 5, least=1)
        if any(child.get("type") in SELECTS for child in inside) and len(inside) > 1:
            self.findings.add(f"{path}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A menu needs its row alone.")
        for number, child in enumerate(inside):
            self.one(f"{path}.components.{number}", child, SELECTS | {Kind.BUTTON})

    def button(self, path: str, button: Json) -> None:
        find = self.findings
        known = ("style", "label", "emoji", "custom_id", "url", "sku_id", "disabled")
        find.fields(path, button, (*COMMON, *known))
        find.one_of(f"{path}.style", button.get("style"), range(1, 7))
        find.text(f"{path}.label", button.get("label"), 80, optional=True)
        find.flag(f"{path}.disabled", button.get("disabled"))
        self.emoji(path, button.get("emoji"))
        if button.get("style") == PREMIUM:
            find.text(f"{path}.sku_id", button.get("sku_id"), 20, least=1)
            return
        if not button.get("label") and not button.get("emoji"):
            find.add(path, "BUTTON_COMPONENT_REQUIRES_LABEL_OR_EMOJI", "A button needs a label or an emoji.")
        if button.get("style") != LINK:
            self.custom_id(path, button)
            self.url(path, button, expected=False)
            return
        self.url(path, button, expected=True)
        if button.get("custom_id"):
            find.add(f"{path}.custom_id", "BUTTON_COMPONENT_CUSTOM_ID_FORBIDDEN", "A link has no custom id.")

    def url(self, path: str, button: Json, *, expected: bool) -> None:
        value = button.get("url")
        if not expected:
            if value:
                self.findings.add(f"{path}.url", "BUTTON_COMPONENT_URL_FORBIDDEN", "Only links have an address.")
            return
        self.findings.text(f"{path}.url", value, 512, least=1)
        if isinstance(value, str) and not value.startswith(("http://", "https://", "discord://")):
            self.findings.add(f"{path}.url", "URL_TYPE_INVALID_SCHEME", f"{value} has no scheme that is allowed.")

    def emoji(self, path: str, emoji: Json | None) -> None:
        if emoji is None:
            return
        self.findings.fields(f"{path}.emoji", emoji, ("id", "name", "animated"))
        name = emoji.get("name")
        if not emoji.get("id") and (not isinstance(name, str) or not name or name.isascii()):
            self.findings.add(f"{path}.emoji.name", "BUTTON_COMPONENT_INVALID_EMOJI", f"{name!r} is no emoji.")

    def select(self, path: str, select: Json) -> None:
        find = self.findings
        kind = select["type"]
        extra = {Kind.SELECT: ("options",), Kind.CHANNELS: ("channel_types", "default_values")}
        find.fields(path, select, (*SELECT_FIELDS, *extra.get(kind, ("default_values",))))
        self.custom_id(path, select)
        find.text(f"{path}.placeholder", select.get("placeholder"), 150, optional=True)
        find.flag(f"{path}.disabled", select.get("disabled"))
        self.bounds(path, select, 25)
        if kind == Kind.SELECT:
            self.options(path, select, 25, least=1)
        else:
            find.many(f"{path}.default_values", select.get("default_values"), 25)

    def bounds(self, path: str, chooser: Json, most: int) -> None:
        least, top = chooser.get("min_values"), chooser.get("max_values")
        self.findings.number(f"{path}.min_values", least, 0, most)
        self.findings.number(f"{path}.max_values", top, 1, most)
        if (1 if least is None else least) > (1 if top is None else top):
            self.findings.add(f"{path}.min_values", "COMPONENT_MIN_GREATER_THAN_MAX", f"{least} is more than {top}.")

    def options(self, path: str, chooser: Json, most: int, *, least: int, single: bool = False) -> None:
        find = self.findings
        options = find.many(f"{path}.options", chooser.get("options"), most, least=least)
        top = 1 if single else chooser.get("max_values") or 1
        values: set[object] = set()
        for number, option in enumerate(options):
            place = f"{path}.options.{number}"
            find.fields(place, option, ("label", "value", "description", "emoji", "default"))
            find.text(f"{place}.label", option.get("label"), 100, least=1)
            find.text(f"{place}.value", option.get("value"), 100, least=1)
            find.text(f"{place}.description", option.get("description"), 100, optional=True)
            self.emoji(place, option.get("emoji"))
            if option.get("value") in values:
                find.add(f"{place}.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "This value is used twice.")
            values.add(option.get("value"))
        if sum(bool(option.get("default")) for option in options) > top:
            find.add(f"{path}.options", "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", f"More than {top} are chosen.")
        if top > max(len(options), 1):
            find.add(f"{path}.max_values", "SELECT_COMPONENT_MAX_VALUES", f"There are only {len(options)} options.")

    def section(self, path: str, section: Json) -> None:
        self.findings.fields(path, section, (*COMMON, "components", "accessory"))
        texts = self.findings.many(f"{path}.components", section.get("components"), 3, least=1)
        for number, text in enumerate(texts):
            self.one(f"{path}.components.{number}", text, {Kind.TEXT})
        accessory = section.get("accessory")
        if isinstance(accessory, dict):
            self.one(f"{path}.accessory", accessory, {Kind.BUTTON, Kind.THUMBNAIL})
        else:
            self.findings.add(f"{path}.accessory", "BASE_TYPE_REQUIRED", "This field is required")

    def text_display(self, path: str, display: Json) -> None:
        self.findings.fields(path, display, (*COMMON, "content"))
        content = display.get("content")
        self.findings.text(f"{path}.content", content, TEXT_MAX, least=1)
        self.text += len(content) if isinstance(content, str) else 0

    def thumbnail(self, path: str, thumbnail: Json) -> None:
        self.findings.fields(path, thumbnail, (*COMMON, "media", "description", "spoiler"))
        self.media(path, thumbnail)

    def gallery(self, path: str, gallery: Json) -> None:
        self.findings.fields(path, gallery, (*COMMON, "items"))
        for number, item in enumerate(self.findings.many(f"{path}.items", gallery.get("items"), 10, least=1)):
            self.findings.fields(f"{path}.items.{number}", item, ("media", "description", "spoiler"))
            self.media(f"{path}.items.{number}", item)

    def media(self, path: str, holder: Json) -> None:
        self.findings.text(f"{path}.description", holder.get("description"), 1024, optional=True)
        self.address(f"{path}.media.url", (holder.get("media") or {}).get("url"))

    def file(self, path: str, file: Json) -> None:
        self.findings.fields(path, file, (*COMMON, "file", "spoiler", "name", "size"))
        self.address(f"{path}.file.url", (file.get("file") or {}).get("url"), only_attached=True)

    def address(self, path: str, url: object, *, only_attached: bool = False) -> None:
        self.findings.text(path, url, 2048, least=1)
        if not isinstance(url, str):
            return
        attached = url.removeprefix("attachment://")
        if attached == url:
            if only_attached or not url.startswith(("http://", "https://")):
                self.findings.add(path, "UNFURLED_MEDIA_ITEM_INVALID", f"{url} is no address that is allowed here.")
        elif attached not in self.files:
            self.findings.add(path, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", f"No file {attached}.")

    def separator(self, path: str, separator: Json) -> None:
        self.findings.fields(path, separator, (*COMMON, "divider", "spacing"))
        self.findings.flag(f"{path}.divider", separator.get("divider"))
        self.findings.one_of(f"{path}.spacing", separator.get("spacing"), (1, 2), optional=True)

    def container(self, path: str, container: Json) -> None:
        self.findings.fields(path, container, (*COMMON, "components", "accent_color", "spoiler"))
        self.findings.number(f"{path}.accent_color", container.get("accent_color"), 0, 0xFFFFFF)
        inside = self.findings.many(f"{path}.components", container.get("components"), COMPONENTS_MAX, least=1)
        for number, child in enumerate(inside):
            self.one(f"{path}.components.{number}", child, IN_CONTAINER)
