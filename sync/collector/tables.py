"""What the collector keeps: its tables and how its database is opened. Never knows batches, votes' meaning or HTTP.

The tables run on SQLite and on PostgreSQL. Times of kiosks are whole seconds, as on the wire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    URL,
    BigInteger,
    Boolean,
    Column,
    Connection,
    CursorResult,
    Dialect,
    Engine,
    Executable,
    Index,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import SQLAlchemyError

from sync.collector import postgres
from sync.errors import CollectorError

BUSY_S = 10
"""How long a write waits for another process's lock on SQLite, in seconds."""

TOGETHER = 50
"""Rows that one statement inserts where values go by their order: SQLite takes 999 of those whatever its version."""

_CHECK = "check that the folder exists and may be written to, and that the file is the collector's"

metadata = MetaData()


def _key(name: str, size: int) -> Column[str]:
    return Column(name, String(size), primary_key=True)


epochs = Table(
    "epochs",
    metadata,
    _key("kiosk", 64),
    _key("epoch", 16),
    Column("start", BigInteger, nullable=False),
    Column("have", BigInteger, nullable=False, comment="from start to here there is no gap: a row or known missing"),
    Column("last_contact", BigInteger, nullable=False, comment="the collector's Unix time of the last batch taken"),
)

responses = Table(
    "responses",
    metadata,
    _key("kiosk", 64),
    _key("epoch", 16),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("received", BigInteger, nullable=False, comment="Unix ms of the batch's arrival, made to only ever grow"),
    Column("kind", String(16), nullable=False),
    Column("visit", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("survey", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("ui", String(16), nullable=False),
    Column("language", Text, nullable=False),
    Column("misuse", Text, nullable=False),
    Column("boot", BigInteger, nullable=False),
    Column("boottime", BigInteger, nullable=False),
    Index("responses_by_arrival", "received", "seq"),
    # The key is the order in which rows are written and compared: no second copy of it.
    sqlite_with_rowid=False,
)

votes = Table(
    "votes",
    metadata,
    _key("kiosk", 64),
    _key("epoch", 16),
    Column("visit", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, comment="the vote of the visit that counts: its last"),
    Column("face", SmallInteger, nullable=False),
    Column("faces", SmallInteger, nullable=False),
    Column("marked", Boolean, nullable=False, comment="as misuse, in the row or by a later mark"),
    Index("votes_by_face", "kiosk", "faces", "face", "marked"),
    sqlite_with_rowid=False,
)
"""One row a visit, derived from `responses` in the same transaction, so that nobody has to read them all to count."""

missing = Table(
    "missing",
    metadata,
    _key("kiosk", 64),
    _key("epoch", 16),
    Column("low", BigInteger, primary_key=True, autoincrement=False),
    Column("high", BigInteger, nullable=False),
)
"""Ranges that the kiosk said will never come. They touch no row and no other range."""

boots = Table(
    "boots",
    metadata,
    # SQLite numbers by itself only what it calls INTEGER.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("kiosk", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    UniqueConstraint("kiosk", "id"),
)

anchors = Table(
    "anchors",
    metadata,
    Column("boot", BigInteger, primary_key=True, autoincrement=False),
    _key("voucher", 16),
    Column("boottime", BigInteger, primary_key=True, autoincrement=False),
    Column("wall", BigInteger, nullable=False, comment="Unix seconds"),
)

alarms = Table(
    "alarms",
    metadata,
    _key("kiosk", 64),
    _key("epoch", 16),
    _key("kind", 16),
    Column("seq", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Column("since", BigInteger, nullable=False, comment="Unix seconds"),
    Column("last", BigInteger, nullable=False, comment="Unix seconds"),
    Column("times", BigInteger, nullable=False),
)

books = Table(
    "books",
    metadata,
    _key("kiosk", 64),
    Column("name", String(16), nullable=False),
    Column("text", LargeBinary, nullable=False, comment="at most 2 KiB; holds no text that a visitor typed"),
)
"""The latest book of each kiosk: one, or a kiosk could fill the disk. Whatever is lost here is told again."""


def open_engine(database: Path | str) -> Engine:
    """The database with its tables, made where they are not there yet.

    `database` is the path of an SQLite file or, with ``://`` in it, the URL of a PostgreSQL as SQLAlchemy reads it.
    CollectorError where it can't be opened.
    """
    url = _url(database)
    server = postgres.is_ours(url)
    engine = None
    try:
        # What visitors typed must not stand in an error message. A server may have been started anew meanwhile.
        more = {"pool_pre_ping": True, "pool_size": postgres.CONNECTIONS} if server else {}
        engine = create_engine(url, hide_parameters=True, **more)
        _make(engine)
    except (SQLAlchemyError, ImportError, CollectorError) as error:
        if engine is not None:
            engine.dispose()
        if isinstance(error, CollectorError):
            raise
        cause = " ".join(str(getattr(error, "orig", None) or error).split())
        where, check = (postgres.shown(url), postgres.CHECK) if server else (url.database, _CHECK)
        raise CollectorError(f"{where}: the collector's database can't be opened ({cause}); {check}") from None
    return engine


def _make(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
        metadata.create_all(engine)
        return
    with engine.begin() as connection:
        postgres.make_ready(connection)
        metadata.create_all(connection)


def _url(database: Path | str) -> URL:
    if not isinstance(database, str) or "://" not in database:
        return URL.create("sqlite", database=str(database))
    try:
        url = make_url(database)
    except (SQLAlchemyError, ValueError):
        url = None
    if url is not None and postgres.is_ours(url):
        return postgres.settled(url)
    if url is None or url.get_backend_name() != "sqlite":
        # What was given may hold a password, wherever it went wrong.
        raise CollectorError(
            "the collector's database can't be opened: expected postgresql://USER@HOST/NAME or the path of an SQLite "
            "file, found another address"
        )
    return url


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def settle(connection: Any, _record: object) -> None:
        # The driver's own BEGIN comes too late, and deferred; the listener below writes it.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_S * 1000}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("moodpost_writes", False)
        # A transaction that reads first and writes later fails at once beside another writer.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def told(error: SQLAlchemyError) -> str:
    """What went wrong, for a log: its first line. Those that follow may quote the row, and what a visitor typed."""
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {str(cause).partition(chr(10))[0]}"


@contextmanager
def writing(engine: Engine, kiosk: str = "") -> Iterator[Connection]:
    """One transaction that writes: durable when the block ends, nothing of it kept when it raises.

    `kiosk` is whose rows it writes. Others that write the same kiosk's wait; on SQLite, all others.
    """
    with engine.connect().execution_options(moodpost_writes=True) as connection:
        if engine.dialect.name == "sqlite":
            with connection.begin():
                yield connection
            return
        # Each statement sees what was written while the first one waited, whatever the server's default is.
        with connection.execution_options(isolation_level="READ COMMITTED").begin():
            postgres.begin(connection, kiosk)
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that reads, everything as of the same moment; on SQLite it stops no writer."""
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":  # which knows nothing else
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def run(connection: Connection, statement: Executable, values: Mapping[str, Any]) -> CursorResult[Any]:
    """Execute a statement with a value for each of its parameters, as the driver takes them.

    SQLAlchemy would look at all of the statement each time, which takes longer than SQLite takes to run it. What is
    read off it is kept, so let it be the same object each time.
    """
    sql, order = _as_text(statement, connection.dialect)
    return connection.exec_driver_sql(sql, values if order is None else tuple([values[name] for name in order]))


def fetch(connection: Connection, query: Executable, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    """The rows of a query that is run so."""
    return cast(Sequence[tuple[Any, ...]], run(connection, query, values).all())


def insert_many(connection: Connection, insertion: Insert, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, each with a value for every column of its table in order, as the driver takes them.

    As with `run`, but SQLAlchemy would even look at every value of every row.
    """
    sql, order = _as_text(insertion, connection.dialect)
    names = tuple(column.name for column in insertion.table.columns)
    if order is None:
        connection.exec_driver_sql(sql, [dict(zip(names, row, strict=True)) for row in rows])
        return
    assert order == names, order
    whole = len(rows) // TOGETHER * TOGETHER
    if whole:
        # SQLite's driver begins a statement anew for each row, which takes longer than to tell it what the row holds.
        places = f"({', '.join('?' * len(names))})"
        many = ", ".join([places] * TOGETHER).join(sql.split(places))
        connection.exec_driver_sql(
            many, [tuple(chain.from_iterable(rows[at : at + TOGETHER])) for at in range(0, whole, TOGETHER)]
        )
    if whole < len(rows):
        connection.exec_driver_sql(sql, rows[whole:])


@lru_cache(maxsize=64)
def _as_text(statement: Executable, dialect: Dialect) -> tuple[str, tuple[str, ...] | None]:
    """What a driver takes, and the names of its values in their order; None where it takes them by name."""
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    order = getattr(compiled, "positiontup", None)
    return str(compiled), None if order is None else tuple(order)
