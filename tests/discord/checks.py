"""The rules for the bodies of messages: text, embeds, mentions, files, and what excludes what."""

from collections.abc import Collection

from tests.discord.check_components import ComponentCheck
from tests.discord.problems import Findings, Refused
from tests.discord.shapes import Flag, Json

CONTENT_MAX = 2000  # for bots
EMBEDS_TEXT_MAX = 6000  # all embeds of a message together
FILES_MAX = 10
FILE_MAX = 10 * 2**20
REQUEST_MAX = 25 * 2**20
NONCE_MAX = 25

EDIT_FIELDS = ("content", "embeds", "flags", "allowed_mentions", "components", "attachments")
CALLBACK_FIELDS = (*EDIT_FIELDS, "tts", "poll")
FOLLOWUP_FIELDS = (*CALLBACK_FIELDS, "username", "avatar_url", "thread_name", "applied_tags")
CREATE_FIELDS = (*CALLBACK_FIELDS, "sticker_ids", "message_reference", "nonce", "enforce_nonce")


def check_message(find: Findings, body: Json, files: dict[str, bytes], *, known: Collection[str] = EDIT_FIELDS) -> None:
    """Check a whole message: what is written, or what an edit would leave."""
    flags = whole_number(find, "flags", body.get("flags"))
    find.fields("", body, known)
    find.text("content", body.get("content"), CONTENT_MAX, optional=True)
    check_embeds(find, body.get("embeds"))
    check_allowed_mentions(find, body.get("allowed_mentions"))
    check_files(find, body, files)
    check_nonce(find, body)
    check_poll(find, body.get("poll"))
    v2 = bool(flags & Flag.V2)
    names = [*files, *(kept["filename"] for kept in body.get("attachments") or () if "filename" in kept)]
    ComponentCheck(find, files=names).message(body.get("components"), v2=v2)
    if v2:
        for field in ("content", "embeds", "poll", "sticker_ids"):
            if body.get(field):
                code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
                find.add(field, code, "This field cannot be used together with components v2.")


def refuse_empty(body: Json, files: dict[str, bytes]) -> None:
    """Raise the answer to a message that shows nothing."""
    fields = ["content", "embeds", "attachments", "poll", "sticker_ids"]
    if whole_number(Findings(), "flags", body.get("flags")) & Flag.V2:
        fields.append("components")
    if not files and not any(body.get(field) for field in fields):
        raise Refused(50006)


def whole_number(find: Findings, path: str, value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        find.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        return 0
    return value


def check_embeds(find: Findings, embeds: object) -> None:
    total = 0
    known = ("title", "type", "description", "url", "timestamp", "color", "footer", "image", "thumbnail", "author")
    for number, embed in enumerate(find.many("embeds", embeds, 10)):
        path = f"embeds.{number}"
        find.fields(path, embed, (*known, "fields", "flags", "provider", "video"))
        footer, author = embed.get("footer") or {}, embed.get("author") or {}
        find.text(f"{path}.title", embed.get("title"), 256, optional=True)
        find.text(f"{path}.description", embed.get("description"), 4096, optional=True)
        find.text(f"{path}.footer.text", footer.get("text"), 2048, optional=True)
        find.text(f"{path}.author.name", author.get("name"), 256, optional=True)
        find.number(f"{path}.color", embed.get("color"), 0, 0xFFFFFF)
        texts = [embed.get("title"), embed.get("description"), footer.get("text"), author.get("name")]
        for index, field in enumerate(find.many(f"{path}.fields", embed.get("fields"), 25)):
            find.text(f"{path}.fields.{index}.name", field.get("name"), 256, least=1)
            find.text(f"{path}.fields.{index}.value", field.get("value"), 1024, least=1)
            texts += [field.get("name"), field.get("value")]
        total += sum(len(text) for text in texts if isinstance(text, str))
    if total > EMBEDS_TEXT_MAX:
        find.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBEDS_TEXT_MAX}.")


def check_allowed_mentions(find: Findings, allowed: object) -> None:
    if allowed is None:
        return
    if not isinstance(allowed, dict):
        find.add("allowed_mentions", "MODEL_TYPE_CONVERT", "Must be an object.")
        return
    find.fields("allowed_mentions", allowed, ("parse", "users", "roles", "replied_user"))
    parse = allowed.get("parse") or []
    for number, kind in enumerate(parse):
        find.one_of(f"allowed_mentions.parse.{number}", kind, ("users", "roles", "everyone"))
    for kind in ("users", "roles"):
        ids = allowed.get(kind) or []
        if len(ids) > 100:
            find.add(f"allowed_mentions.{kind}", "BASE_TYPE_BAD_LENGTH", "Must be 100 or fewer in length.")
        if ids and kind in parse:
            code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
            find.add("allowed_mentions", code, f'parse:["{kind}"] and {kind}:[ids...] are mutually exclusive.')


def check_files(find: Findings, body: Json, files: dict[str, bytes]) -> None:
    attachments = find.many("attachments", body.get("attachments"), FILES_MAX)
    if len(files) > FILES_MAX:
        find.add("files", "BASE_TYPE_MAX_LENGTH", f"Must be {FILES_MAX} or fewer in length.")
    for number, attachment in enumerate(attachments):
        find.text(f"attachments.{number}.description", attachment.get("description"), 1024, optional=True)
    if any(len(data) > FILE_MAX for data in files.values()) or sum(map(len, files.values())) > REQUEST_MAX:
        raise Refused(40005)


def check_nonce(find: Findings, body: Json) -> None:
    nonce = body.get("nonce")
    if isinstance(nonce, str) and len(nonce) > NONCE_MAX:
        find.add("nonce", "NONCE_TYPE_TOO_LONG", f"Must be {NONCE_MAX} or fewer in length.")
    if body.get("enforce_nonce") and nonce is None:
        find.add("nonce", "BASE_TYPE_REQUIRED", "A nonce is needed to enforce it.")


def check_poll(find: Findings, poll: Json | None) -> None:
    if poll is None:
        return
    find.text("poll.question.text", (poll.get("question") or {}).get("text"), 300, least=1)
    find.number("poll.duration", poll.get("duration"), 1, 768)
    for number, answer in enumerate(find.many("poll.answers", poll.get("answers"), 10, least=1)):
        media = answer.get("poll_media") or {}
        find.text(f"poll.answers.{number}.poll_media.text", media.get("text"), 55, least=1, optional="emoji" in media)
