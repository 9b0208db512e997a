"""A CSV file as spreadsheets save it: header and rows, by the numbers that a spreadsheet shows. Pure."""

from __future__ import annotations

import codecs
import csv
import io
from typing import NamedTuple

from image.provision.errors import FleetError

MOST_BYTES = 4 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE = 'save it as "CSV UTF-8" (Excel: Save As; LibreOffice: Text CSV, character set Unicode (UTF-8))'


class Row(NamedTuple):
    """A row, by the number beside it in a spreadsheet: the header is 1."""

    number: int
    cells: list[str]


class Table(NamedTuple):
    """The header's cells, and the rows that are not blank."""

    header: list[str]
    rows: list[Row]


def read(data: bytes, name: str) -> Table:
    """The table in `data`, whether it is separated by comma, semicolon or tab; FleetError where it is none."""
    if len(data) > MOST_BYTES:
        raise FleetError([f"{name}: found more than {MOST_BYTES >> 20} MB, expected a table with a row for each kiosk"])
    if data.startswith(_UTF16) or b"\0" in data[:1024]:
        raise FleetError([f'{name}: found UTF-16 (Excel calls it "Unicode text"), expected UTF-8: {_SAVE}'])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FleetError([f"{name}, line {line}: found a letter that is not UTF-8, expected UTF-8: {_SAVE}"]) from None
    skipped = 0
    if text[:4].lower() == "sep=":  # a line for Excel alone
        text, skipped = text.partition("\n")[2], 1
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        records = [Row(number, cells) for number, cells in enumerate(reader, 1 + skipped)]
    except csv.Error as error:
        raise FleetError([f"{name}, line {reader.line_num + skipped}: found no CSV ({error})"]) from None
    filled = [row for row in records if any(cell.strip() for cell in row.cells)]
    if len(filled) < 2:
        raise FleetError([f"{name}: found no kiosk, expected a line of column names and a row for each kiosk"])
    return Table(filled[0].cells, filled[1:])
