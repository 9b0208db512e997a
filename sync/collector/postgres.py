"""What PostgreSQL is told beside our statements: driver, time limits, who waits for whom. Never knows tables."""

from __future__ import annotations

from sqlalchemy import URL, Connection, text

from sync.errors import CollectorError

WAIT_S = 10
"""How long a server may take to be reached, and one transaction wait for another, in seconds."""

WRITERS = 8
"""Batches that one collector writes at once: most of their time they wait for the server."""

CONNECTIONS = 2 * WRITERS
"""Kept open by one collector at most: those of pages and programs that read come on top."""

CHECK = (
    "check that the server runs there, that it lets this user in, and that it has the database; the driver comes with "
    "the extra, moodpost[postgresql]"
)
"""What to look at where it can't be opened."""

_OURS = 0x6D6F6F64
"""Sets our locks apart from those of other programs in the same database ("mood")."""

_LIMITS = {
    "application_name": "moodpost collector",
    "client_encoding": "utf8",
    "connect_timeout": str(WAIT_S),
    # A server that is gone without a word would be waited for until the kernel gives up, a quarter of an hour later.
    "keepalives_idle": str(WAIT_S),
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": str(2 * WAIT_S * 1000),
}

_BEGIN = text(
    "SELECT set_config('lock_timeout', :wait, true), set_config('idle_in_transaction_session_timeout', :idle, true), "
    "set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), true), "
    "pg_advisory_xact_lock(:ours, hashtext(:kiosk))"
)


def is_ours(url: URL) -> bool:
    """Whether `url` names a PostgreSQL, by either of the names that are in use."""
    return url.get_backend_name() in ("postgresql", "postgres")


def settled(url: URL) -> URL:
    """`url` with the driver that we bring, unless it names another, and our limits where it has none."""
    driver = url.drivername if "+" in url.drivername else "postgresql+psycopg"
    return url.set(drivername=driver, query={**_LIMITS, **url.query})


def shown(url: URL) -> str:
    """How `url` may be told: without user and password, which may stand among its options, too."""
    host = url.host or url.query.get("host") or "this machine"
    return f"PostgreSQL at {host}, database {url.database or url.username or 'of this user'}"


def begin(connection: Connection, kiosk: str) -> None:
    """The first statement of a transaction that writes what is of `kiosk`: whoever else writes that waits here.

    Without this two processes that take batches of one kiosk would each look before the other has written. It holds
    until the transaction ends, however it ends. A server that would acknowledge before it has written
    (``synchronous_commit=off``) is told to write first: no kiosk sends again what was acknowledged.
    """
    connection.execute(_BEGIN, {"wait": f"{WAIT_S}s", "idle": f"{6 * WAIT_S}s", "ours": _OURS, "kiosk": kiosk})


def make_ready(connection: Connection) -> None:
    """Looks whether the database can hold what visitors type, and lets one process at a time make tables.

    CollectorError where it can't.
    """
    encoding = connection.scalar(text("SELECT current_setting('server_encoding')"))
    if encoding != "UTF8":
        raise CollectorError(
            f"{shown(connection.engine.url)}: its encoding is {encoding}, expected UTF8, since visitors write in every "
            "script; make another: CREATE DATABASE moodpost ENCODING 'UTF8' TEMPLATE template0"
        )
    connection.execute(text("SELECT pg_advisory_xact_lock(:ours)"), {"ours": _OURS})
