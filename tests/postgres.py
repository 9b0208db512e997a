"""A real PostgreSQL of the tests' own: made in a folder of its own, on a socket there, killed and started as they like.

It is never a server of the machine's: nothing that runs already is asked or touched. What it promises of durability is
as PostgreSQL comes.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.conftest import until

USER = "moodpost"
ROOM = 1 << 30
"""What a server with some databases takes at most, in bytes."""
INSTALL = (
    "PostgreSQL's server programs are not here: apt-get install postgresql (`make test` does, and keeps Debian from "
    "starting a server of its own; see the Makefile)"
)


def programs() -> Path:
    """The folder of `initdb` and `postgres`; Debian has it in nobody's PATH."""
    found = [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    return next((folder for folder in found if (folder / "postgres").exists()), None) or pytest.fail(INSTALL)


class Server:
    """One server in `folder`, which must be empty and of a short path, as it holds a socket; not yet started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = programs()
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            # PostgreSQL refuses to run as root.
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._as = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        else:
            self._as = []
        # What is synced or not while it is made has no part in what is tried later.
        self._run("initdb", "--no-sync", "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", folder / "data")

    def start(self) -> None:
        """Start it and wait until it takes connections; after a kill it recovers first."""
        command = self._command("postgres", "-D", self._folder / "data", "-k", self._folder, "-c", "listen_addresses=")
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        until(self._answers, "PostgreSQL to answer")

    def kill(self) -> None:
        """End all its processes as a power cut would end them."""
        assert self._process is not None
        pid = self._process.pid
        children = [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
        # The one that would clean up after the others first.
        for each in (pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._process.wait()
        self._process = None
        until(lambda: not any(map(_lives, children)), "PostgreSQL's processes to be gone")

    def stop(self) -> None:
        """End it at once, as it is when nothing in it is to be kept."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def database(self, like: str = "") -> str:
        """A new, empty database, and where it is; `like` is what else CREATE DATABASE is told."""
        self._made += 1
        name = f"try{self._made}"
        self.sql(f"CREATE DATABASE {name} {like}")
        return self.url(name)

    def url(self, name: str) -> str:
        """The address of a database as the collector takes it."""
        return f"postgresql://{USER}@/{name}?host={self._folder}"

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """What a statement on the server, outside of our databases and of any transaction, gives."""
        import psycopg

        with psycopg.connect(self._where("postgres"), autocommit=True) as connection:
            answer = connection.execute(statement)
            return list(answer.fetchall()) if answer.description else []

    def _where(self, name: str) -> str:
        return f"host={self._folder} user={USER} dbname={name}"

    def _answers(self) -> bool:
        import psycopg

        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text(encoding="utf-8")[-2000:]
        try:
            psycopg.connect(self._where("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _command(self, program: str, *arguments: str | Path) -> Sequence[str]:
        # Whatever becomes of the tests, the server does not outlive them.
        return [
            str(word) for word in ("setpriv", "--pdeathsig", "QUIT", *self._as, self._programs / program, *arguments)
        ]

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            self._command(program, *arguments), cwd=self._folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _place() -> Path:
    """Where its files go: what a killed process has written is there on any file system, and in memory it is faster."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else Path("/tmp")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server for all tests of this process; each makes a database of its own."""
    with tempfile.TemporaryDirectory(prefix="mp-pg-", dir=_place()) as folder:
        server = Server(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()
