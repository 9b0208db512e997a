"""Runs on the board in place of a service, in its sandbox: tries what it is asked to and says how each try ended.

Knows what the kernel offers and only the standard library; never what a service may do.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

ANSWER_S = 5.0
_IO_URING_SETUP = 425
"""The same number on every architecture."""


def tcp(where: str) -> None:
    """Connect to ``address port``."""
    address, port = where.split()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as one:
        one.settimeout(ANSWER_S)
        one.connect((address, int(port)))


def udp(where: str) -> None:
    """Send a packet to ``address port``."""
    address, port = where.split()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"?", (address, int(port)))


def family(name: str) -> None:
    """Open a socket of a family such as AF_PACKET, whose kind is behind it after a blank."""
    of, kind = name.split()
    socket.socket(getattr(socket, of), getattr(socket, kind)).close()


def ring(_: str) -> None:
    """Make a ring of requests: what is asked for through one passes by all filters of system calls."""
    libc = ctypes.CDLL(None, use_errno=True)
    made = libc.syscall(_IO_URING_SETUP, 4, ctypes.create_string_buffer(120))
    if made < 0:
        raise OSError(ctypes.get_errno(), "io_uring_setup")
    os.close(made)


def read(path: str) -> None:
    """Read a little of a file."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        os.read(handle, 16)
    finally:
        os.close(handle)


def write(path: str) -> None:
    """Open a file or device for writing; nothing is written."""
    os.close(os.open(path, os.O_RDWR))


def make(path: str) -> None:
    """Make a file that is not there, and take it away."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    Path(path).unlink()


def move(path: str) -> None:
    """Give a file another name, and its own again."""
    Path(path).rename(f"{path}.moved").rename(path)


def device(path: str) -> None:
    """Make a node of the GPIO chip's number, open it, and take it away."""
    major, minor = map(int, Path("/sys/bus/gpio/devices/gpiochip0/dev").read_text().split(":"))
    os.mknod(path, 0o20600, os.makedev(major, minor))
    try:
        write(path)
    finally:
        Path(path).unlink()


TRIES: dict[str, Callable[[str], None]] = {
    one.__name__: one for one in (tcp, udp, family, ring, read, write, make, move, device)
}


def tried(asked: str) -> str:
    """How one try, ``name`` and what it needs, ended: "done" or the error's short name."""
    name, _, given = asked.partition(" ")
    try:
        TRIES[name](given)
    except TimeoutError:
        return "ETIMEDOUT"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "done"


def place() -> dict[str, object]:
    """What of the sandbox the kernel tells: for a comparison with the program that usually runs in it."""
    return view("self")


def view(process: str) -> dict[str, object]:
    """The same of another process, by its number."""
    told = Path("/proc", process)
    status = dict(line.split(":\t", 1) for line in (told / "status").read_text().splitlines() if ":\t" in line)
    mounts = sorted(" ".join(line.split()[4:6]) for line in (told / "mountinfo").read_text().splitlines())
    kept = ("Uid", "Gid", "Groups", "CapBnd", "CapEff", "CapPrm", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters")
    return {"status": {key: status[key] for key in kept}, "mounts": mounts}


if __name__ == "__main__":
    if sys.argv[1] == "--view":
        print(json.dumps(view(sys.argv[2])))
    else:
        print(json.dumps({"tries": {asked: tried(asked) for asked in sys.argv[1:]}, "place": place()}))
