"""Tables for spreadsheets: CSV in which no cell is a formula, however a spreadsheet takes the file apart."""

import csv
import io
import re
from collections.abc import Iterable

from bot.cards import File

# What begins a formula, also as full-width letters have it.  It is looked for where a cell may begin: at the start, and
# behind what a spreadsheet of another country takes for the end of a cell, since it does not heed our quotation marks.
FORMULA = re.compile(r"(^|[;\t\r\n])((?:[^\S\t\r\n]|\")*)(?=[=+\-@＝＋－＠])")
MARK = "'"  # as spreadsheets mark what is text; a tab is not enough (CVE-2021-41270)


def sheet(name: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> File:
    """A file that spreadsheets read as UTF-8, every cell in quotation marks."""
    made = io.StringIO()
    writer = csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([disarmed(head) for head in heads])
    writer.writerows([disarmed(cell) for cell in row] for row in rows)
    return File(name, made.getvalue().encode("utf-8-sig"), "text/csv")


def disarmed(cell: str) -> str:
    """The cell as text and nothing else."""
    return FORMULA.sub(rf"\1\2{MARK}", cell)
