"""A real HTTP proxy on a socket of its own: opens tunnels (CONNECT), asks for a password, notes what it was asked."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading

import msgspec


class Connect(msgspec.Struct, frozen=True):
    """What a tunnel was asked for, and with what it was answered."""

    target: str
    status: int


class ProxyServer:
    """Opens tunnels to anywhere. With `password` ("user:word") only for who knows it; `status` refuses everybody.

    `places` leads a name elsewhere, as a proxy with a name server of its own does: ("name:port", (host, port)).
    """

    def __init__(self, password: str = "", places: dict[str, tuple[str, int]] | None = None) -> None:
        self.password = password
        self.status = 200
        self.asked: list[Connect] = []
        self.heard = b""
        """All that clients said before their tunnels were open."""
        self.places = places or {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._begin(self._listen)

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for connection in list(self._open):
            _shut(connection)
        for thread in list(self._threads):
            thread.join(20)
        self._listener.close()

    def _begin(self, work: object, *args: object) -> None:
        thread = threading.Thread(target=work, args=args, name="proxy", daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.add(connection)
                self._begin(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head and (piece := connection.recv(4096)):
                head += piece
            self.heard += head
            method, target, *_ = [*head.split(b"\r\n")[0].decode().split(), "", ""]
            status = self._judge(method, head)
            self.asked.append(Connect(target, status))
            if status != 200:
                reason = {407: "Proxy Authentication Required", 502: "Bad Gateway"}.get(status, "No")
                more = "Proxy-Authenticate: Basic realm=house\r\n" if status == 407 else ""
                connection.sendall(f"HTTP/1.1 {status} {reason}\r\n{more}Content-Length: 0\r\n\r\n".encode())
                return
            host, _, port = target.rpartition(":")
            place = self.places.get(target, (host.strip("[]"), int(port)))
            with socket.create_connection(place, 20) as there:
                self._open.add(there)
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pump, args=(there, connection), name="proxy", daemon=True)
                back.start()
                _pump(connection, there)
                back.join()

    def _judge(self, method: str, head: bytes) -> int:
        if method != "CONNECT":
            return 405
        words = base64.b64encode(self.password.encode())
        if self.password and b"\r\nproxy-authorization: basic " + words.lower() not in head.lower():
            return 407
        return self.status


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
    _shut(source)
    _shut(sink)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
