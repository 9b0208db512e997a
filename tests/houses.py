"""A network of its own with a name server in it, in a namespace: `python -m tests.houses SERVER NAME …` looks names up.

Run by `looked_up`, within namespaces of network and mounts in which /etc/resolv.conf names that server alone.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from tests.conftest import ROOT

SERVER = "127.0.0.53"
KNOWN = {"feedback.example.com": "192.0.2.80", "proxy.house": "10.0.0.9"}
_ENTER = """
ip link set lo up
mount --bind "$1" /etc/resolv.conf
shift
exec "$@"
"""


def looked_up(*names: str, answers: bool = True, servers: str = SERVER) -> dict[str, list[str]]:
    """What sync's probe says of each name, condition and words, where the only name server is `servers`'."""
    with tempfile.TemporaryDirectory() as folder:
        resolv = Path(folder) / "resolv.conf"
        resolv.write_text(f"nameserver {servers}\noptions timeout:1 attempts:1\n")
        enter = ["unshare", "--map-root-user", "--net", "--mount", "sh", "-euc", _ENTER, "sh", str(resolv)]
        command = [*enter, sys.executable, "-m", "tests.houses", "answers" if answers else "silent", *names]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, list[str]] = json.loads(ended.stdout)
    return found


def answer(asked: bytes) -> bytes:
    """What a name server says (RFC 1035): an A record, none of that kind, or that there is no such name."""
    labels, at = [], 12
    while length := asked[at]:
        labels.append(asked[at + 1 : at + 1 + length].decode())
        at += 1 + length
    question = asked[12 : at + 5]
    (kind,) = struct.unpack_from("!H", asked, at + 1)
    address = KNOWN.get(".".join(labels))
    record = b""
    if address and kind == 1:
        record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
    flags = 0x8180 if address else 0x8183
    return asked[:2] + struct.pack("!HHHHH", flags, 1, bool(record), 0, 0) + question + record


def _serve(listener: socket.socket, answers: bool) -> None:
    while True:
        asked, sender = listener.recvfrom(512)
        if answers:
            listener.sendto(answer(asked), sender)


def _main(mode: str, names: list[str]) -> None:
    from sync import probes_line

    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind((SERVER, 53))
    threading.Thread(target=_serve, args=(listener, mode == "answers"), daemon=True).start()
    found = {}
    for name in names:
        reading, _ = probes_line.resolve(name, 443)
        found[name] = [reading.condition, reading.said, reading.raw]
    print(json.dumps(found), flush=True)
    os._exit(0)


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2:])
