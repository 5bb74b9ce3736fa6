"""Routes about interactions: the first answer within three seconds, follow-ups and edits for fifteen minutes."""

from __future__ import annotations

from tests.discord.check_commands import check_choice
from tests.discord.check_modals import ModalCheck
from tests.discord.checks import CALLBACK_FIELDS, FOLLOWUP_FIELDS, check_message, refuse_empty
from tests.discord.interactions import AUTOCOMPLETE, COMPONENT, KINDS, SUBMIT, Interaction, Modal
from tests.discord.messages import Message, loading
from tests.discord.options import Choice
from tests.discord.problems import Findings, Refused
from tests.discord.rest import Handler, Request
from tests.discord.routes_messages import change
from tests.discord.shapes import Flag, Json

MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


def interaction_of(request: Request) -> Interaction:
    """The interaction that this webhook address belongs to, as long as its token lives."""
    interaction = request.server.interactions.get(request.args["token"])
    application = request.args["application"]
    if interaction is None or application != request.server.application_id or interaction.expired:
        raise Refused(10015)
    return interaction


def callback(request: Request) -> Json | None:
    interaction = request.server.interactions.get(request.args["token"])
    if interaction is None or interaction.id != request.args["interaction"]:
        raise Refused(10062)
    if interaction.kind is None and (interaction.late or request.server.too_late):
        request.server.too_late = max(request.server.too_late - 1, 0)
        interaction.kind = "failed"
        request.server.bell.ring()
    if interaction.kind == "failed":
        raise Refused(10062)
    if interaction.kind is not None:
        raise Refused(40060)
    kind = checked_kind(request, interaction)
    data = request.body.get("data") or {}
    answer(request, interaction, kind, data)
    interaction.kind = KINDS[kind]
    request.server.bell.ring()
    if request.query.get("with_response") not in {"1", "true"}:
        return None
    return response(interaction, kind)


def checked_kind(request: Request, interaction: Interaction) -> int:
    kind = request.body.get("type")
    findings = Findings()
    findings.fields("", request.body, ("type", "data"))
    findings.one_of("type", kind, allowed_kinds(interaction))
    request.refuse_if_wrong(findings)
    return int(kind or 0)


def allowed_kinds(interaction: Interaction) -> set[int]:
    """What may answer this interaction: no form after a form, nothing but choices while somebody types."""
    if interaction.type == AUTOCOMPLETE:
        return {CHOICES}
    kinds = {MESSAGE, DEFER}
    if interaction.type == COMPONENT or (interaction.type == SUBMIT and interaction.clicked):
        kinds |= {DEFER_UPDATE, UPDATE}
    return kinds if interaction.type == SUBMIT else kinds | {MODAL}


def answer(request: Request, interaction: Interaction, kind: int, data: Json) -> None:
    """Do what this answer says."""
    if kind == MESSAGE:
        interaction.original = write(request, interaction, data, known=CALLBACK_FIELDS)
    elif kind == DEFER:
        defer(request, interaction, data)
    elif kind in {DEFER_UPDATE, UPDATE}:
        assert interaction.clicked is not None
        if kind == UPDATE:
            change(request, interaction.clicked, data)
        interaction.original = interaction.clicked
        interaction.waiting = kind == DEFER_UPDATE
    elif kind == CHOICES:
        interaction.choices = choices(request, interaction, data)
    else:
        findings = Findings()
        ModalCheck(findings).modal(data)
        request.refuse_if_wrong(findings)
        interaction.modal = Modal(interaction, data)


def write(request: Request, interaction: Interaction, body: Json, *, known: tuple[str, ...]) -> Message:
    findings = Findings()
    check_message(findings, body, request.files, known=known)
    request.refuse_if_wrong(findings)
    refuse_empty(body, request.files)
    server = request.server
    message = Message(server, interaction.channel, server.bot, body, files=request.files, answers=interaction)
    message.announce("MESSAGE_CREATE")
    return message


def defer(request: Request, interaction: Interaction, data: Json) -> None:
    findings = Findings()
    findings.fields("data", data, ("flags",))
    flags = int(data.get("flags") or 0)
    if flags & ~(Flag.EPHEMERAL | Flag.SILENT):
        findings.add("data.flags", "MESSAGE_FLAGS_NOT_ALLOWED", "A deferred answer is ephemeral or not, no more.")
    request.refuse_if_wrong(findings)
    server = request.server
    interaction.original = Message(server, interaction.channel, server.bot, loading(flags), answers=interaction)
    interaction.original.announce("MESSAGE_CREATE")
    interaction.waiting = True


def choices(request: Request, interaction: Interaction, data: Json) -> list[Choice]:
    findings = Findings()
    findings.fields("data", data, ("choices",))
    kind = focused(interaction.data)["type"]
    offered = findings.many("data.choices", data.get("choices"), 25)
    for number, choice in enumerate(offered):
        check_choice(findings, f"data.choices.{number}", choice, kind)
    request.refuse_if_wrong(findings)
    return [Choice(choice["name"], choice["value"]) for choice in offered]


def focused(data: Json) -> Json:
    for option in data.get("options") or ():
        if option.get("focused"):
            return dict(option)
        if option.get("options"):
            return focused(option)
    raise AssertionError("nobody types anything")


def response(interaction: Interaction, kind: int) -> Json:
    made: Json = {"id": interaction.id, "type": interaction.type, "channel_id": interaction.channel.id}
    message = interaction.original
    if message is not None and kind in {MESSAGE, DEFER}:
        made |= {
            "response_message_id": message.id,
            "response_message_loading": kind == DEFER,
            "response_message_ephemeral": message.ephemeral,
        }
    if interaction.channel.guild:
        made["guild_id"] = interaction.channel.guild.id
    answered: Json = {"interaction": made}
    if message is not None and kind in {MESSAGE, UPDATE}:
        answered["resource"] = {"type": kind, "message": message.json()}
    return answered


def follow_up(request: Request) -> Json | None:
    interaction = interaction_of(request)
    if interaction.kind is None:
        raise Refused(10015)
    original = interaction.original
    if original is not None and original.flags & Flag.LOADING and not original.deleted:
        complete(request, interaction, request.body)  # the first follow-up takes the place of a deferred answer
        return original.json()
    message = write(request, interaction, request.body, known=FOLLOWUP_FIELDS)
    interaction.followups.append(message)
    interaction.completed()
    return message.json() if request.query.get("wait") in {"1", "true"} else None


def complete(request: Request, interaction: Interaction, body: Json) -> None:
    assert interaction.original is not None
    change(request, interaction.original, body)
    interaction.completed()


def message_of(request: Request, interaction: Interaction) -> Message:
    message_id = request.args.get("message")
    mine = [message for message in (interaction.original, *interaction.followups) if message and not message.deleted]
    for message in mine:
        if message_id in {None, message.id}:
            return message
    raise Refused(10008 if interaction.kind else 10015)


def original_of(request: Request, interaction: Interaction) -> Message:
    message = interaction.original
    if message is None or message.deleted:
        raise Refused(10008 if interaction.kind else 10015)
    return message


def get_original(request: Request) -> Json:
    return original_of(request, interaction_of(request)).json()


def edit_original(request: Request) -> Json:
    interaction = interaction_of(request)
    message = original_of(request, interaction)
    complete(request, interaction, request.body)
    return message.json()


def delete_original(request: Request) -> None:
    interaction = interaction_of(request)
    original_of(request, interaction).delete()
    interaction.completed()


def get_message(request: Request) -> Json:
    return message_of(request, interaction_of(request)).json()


def edit_message(request: Request) -> Json:
    interaction = interaction_of(request)
    message = message_of(request, interaction)
    change(request, message, request.body)
    interaction.completed()
    return message.json()


def delete_message(request: Request) -> None:
    message_of(request, interaction_of(request)).delete()


WEBHOOK = "/webhooks/{application}/{token}"
ROUTES: dict[str, Handler] = {
    "POST /interactions/{interaction}/{token}/callback": callback,
    f"POST {WEBHOOK}": follow_up,
    f"GET {WEBHOOK}/messages/@original": get_original,
    f"PATCH {WEBHOOK}/messages/@original": edit_original,
    f"DELETE {WEBHOOK}/messages/@original": delete_original,
    f"GET {WEBHOOK}/messages/{{message}}": get_message,
    f"PATCH {WEBHOOK}/messages/{{message}}": edit_message,
    f"DELETE {WEBHOOK}/messages/{{message}}": delete_message,
}
