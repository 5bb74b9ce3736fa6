"""files.*: an upload in three steps."""

from typing import TYPE_CHECKING, Any

from tests.slack.asked import Asked, Method, Refused
from tests.slack.chat import destination, reachable
from tests.slack.messages import File
from tests.slack.records import Upload
from tests.slack.teams import Team

if TYPE_CHECKING:
    from tests.slack.server import SlackServer

Json = dict[str, Any]


def start(asked: Asked) -> Json:
    file = asked.server.new_id("F")
    asked.server.uploads[file] = Upload(asked.text("filename"), int(asked.arguments["length"]), asked.team)
    return {"file_id": file, "upload_url": f"{asked.server.url}/upload/{file}"}


def receive(server: "SlackServer", file: str, content: bytes) -> tuple[Json, Team | None]:
    """The second step: the bytes, as many as were announced."""
    upload = server.uploads.get(file)
    if upload is None:
        return {"ok": False, "error": "file_not_found", "status": 404}, None
    if len(content) != upload.length:
        server.problems.append(f"upload: {len(content)} bytes came, {upload.length} were announced")
    upload.content = content
    return {"ok": True}, upload.team


def complete(asked: Asked) -> Json:
    files = []
    for given in asked.arguments["files"]:
        upload = asked.server.uploads.get(given["id"])
        if upload is None or upload.content is None or upload.team is not asked.team:
            raise Refused("file_not_found")
        files.append(File(given["id"], upload.name, given.get("title") or upload.name, upload.content))
    places = asked.many("channels") or [asked.text("channel_id")]
    for place in filter(None, places):
        asked.arguments["channel"] = place
        channel = destination(asked)
        if asked.team.bot.id not in channel.members:
            raise Refused("not_in_channel")
        reachable(channel)
        thread = asked.text("thread_ts") or None
        asked.team.post(channel, asked.text("initial_comment"), asked.blocks(), files=files, thread_ts=thread)
    return {"files": [{"id": file.id, "title": file.title, "name": file.name} for file in files]}


METHODS = {
    "files.getUploadURLExternal": Method(start, ("filename", "length"), "files:write"),
    "files.completeUploadExternal": Method(complete, ("files",), "files:write"),
}
