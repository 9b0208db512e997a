"""The book of each kiosk: the beginning of a body that its next ones are packed against. Never knows rows or HTTP."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from sync import books
from sync.collector import tables

_BOOK = select(tables.books.c.text).where(
    tables.books.c.kiosk == bindparam("of_kiosk"), tables.books.c.name == bindparam("named")
)


def keep(connection: Connection, kiosk: str, text: bytes) -> str:
    """Keeps `text` in the place of the book that this kiosk had; its name."""
    name, table = books.name_of(text), tables.books
    values = {"name": name, "text": text}
    if not connection.execute(update(table).where(table.c.kiosk == kiosk).values(**values)).rowcount:
        connection.execute(insert(table), [{"kiosk": kiosk, **values}])
    return name


def find(engine: Engine, kiosk: str, name: str) -> bytes | None:
    """The book of this kiosk if that is its name: nobody can name another kiosk's."""
    with tables.reading(engine) as connection:
        text: bytes | None = tables.run(connection, _BOOK, {"of_kiosk": kiosk, "named": name}).scalar()
    return text
