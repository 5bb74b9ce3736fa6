"""What Discord refuses: error answers, and findings about a payload with the place of each."""

from collections.abc import Collection, Mapping

from tests.discord.shapes import Json

KNOWN = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20028: (429, "The write action you are performing on the channel has hit the write rate limit."),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40001: (401, "Unauthorized"),
    40003: (429, "You are opening direct messages too fast"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50028: (400, "Invalid Role"),
    50033: (400, "Invalid Recipient(s)"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
    160004: (400, "A thread has already been created for this message"),
    160006: (400, "Maximum number of active threads reached"),
    200000: (400, "Message was blocked by automatic moderation"),
}


class Refused(Exception):
    """An answer that is not a success."""

    def __init__(self, code: int, *, status: int | None = None, message: str = "", errors: Json | None = None) -> None:
        known_status, known_message = KNOWN.get(code, (400, "Refused"))
        self.status = status or known_status
        self.body: Json = {"message": message or known_message, "code": code}
        if errors is not None:
            self.body["errors"] = errors
        super().__init__(f"{self.status}/{code}: {self.body['message']}")


class Findings:
    """Everything wrong with one payload."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []

    def add(self, path: str, code: str, message: str) -> None:
        self.found.append((path, code, message))

    def text(self, path: str, value: object, most: int, *, least: int = 0, optional: bool = False) -> None:
        if value is None:
            if not optional:
                self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif not isinstance(value, str):
            self.add(path, "STRING_TYPE_CONVERT", "Could not convert to a string.")
        elif not least <= len(value) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length, not {len(value)}.")

    def number(self, path: str, value: object, least: float, most: float, *, optional: bool = True) -> None:
        if value is None:
            if not optional:
                self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif isinstance(value, bool) or not isinstance(value, int | float):
            self.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
        elif not least <= value <= most:
            self.add(path, "NUMBER_TYPE_RANGE", f"Value should be between {least} and {most}, not {value}.")

    def flag(self, path: str, value: object) -> None:
        if value is not None and not isinstance(value, bool):
            self.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")

    def one_of(self, path: str, value: object, choices: Collection[object], *, optional: bool = False) -> None:
        if value not in choices and not (optional and value is None):
            self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {sorted(choices, key=str)}, not {value!r}.")

    def many(self, path: str, value: object, most: int, *, least: int = 0) -> list[Json]:
        """The list at this path if it is one of objects, and what is wrong with its length."""
        if value is None:
            value = []
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.add(path, "LIST_TYPE_CONVERT", "Only iterables of objects may be used.")
            return []
        if not least <= len(value) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length, not {len(value)}.")
        return value

    def fields(self, path: str, value: Mapping[str, object], known: Collection[str]) -> None:
        """Discord ignores what it does not know; here it is a mistake, since it is a misspelt name most of the time."""
        for name in value.keys() - set(known):
            self.add(f"{path}.{name}".strip("."), "UNKNOWN_FIELD", "Discord knows no such field.")

    def lines(self) -> list[str]:
        return [f"{path}: {message}" for path, _, message in self.found]

    def tree(self) -> Json:
        tree: Json = {}
        for path, code, message in self.found:
            node = tree
            for step in path.split("."):
                node = node.setdefault(step, {})
            node.setdefault("_errors", []).append({"code": code, "message": message})
        return tree
