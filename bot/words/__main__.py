"""Brings the template and all catalogues up to date with the code; the name of a language starts a new one."""

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.core import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from bot.text import WORDS
from bot.words.extract import extract

TEMPLATE = "messages.pot"
WIDTH = 120
BY_BABEL = r"POT-Creation-Date|Generated-By|Report-Msgid-Bugs-To|Project-Id-Version"  # change when no sentence does
TO_FILL_IN = r"[A-Z].*(YEAR-MO-DA|FULL NAME|<LL@)"
LEFT_OUT = re.compile(f'"({BY_BABEL}|{TO_FILL_IN})')


def written(catalogue: Catalog) -> str:
    """A catalogue as its file, in an order and with headers that only change when a sentence does."""
    file = BytesIO()
    write_po(
        file, catalogue, WIDTH, sort_by_file=True, ignore_obsolete=True, include_lineno=False, include_previous=True
    )
    lines = file.getvalue().decode("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not LEFT_OUT.match(line)).rstrip() + "\n"


def path_of(language: str, folder: Path = WORDS) -> Path:
    return folder / language / "LC_MESSAGES" / "messages.po"


def read(path: Path, language: str) -> Catalog:
    """A language's catalogue, or an empty one."""
    locale = Locale.parse(language)
    if path.exists():
        with path.open("rb") as file:
            return read_po(file, locale=locale)
    return Catalog(locale, header_comment=f"# Commonplace in {locale.english_name}.", fuzzy=False)


def main(asked: list[str], folder: Path = WORDS) -> None:
    template = extract()
    (folder / TEMPLATE).write_text(written(template), "utf-8")
    known = {path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/messages.po")}
    for language in sorted(known | set(asked)):
        path = path_of(language, folder)
        catalogue = read(path, language)
        catalogue.update(template)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(catalogue), "utf-8")
        missing = sum(not all(translations(message)) for message in catalogue if message.id)
        fuzzy = sum(message.fuzzy for message in catalogue if message.id)
        sys.stdout.write(f"{language}: {len(catalogue)} sentences, {missing} to translate, {fuzzy} to look at again\n")


def translations(message: Message) -> list[str]:
    """What a message is in this language: one text, or one for each form of its plural."""
    several = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return [str(text or "") for text in several]


if __name__ == "__main__":
    main(sys.argv[1:])
