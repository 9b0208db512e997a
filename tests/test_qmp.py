"""QEMU's control socket is spoken as QEMU speaks it: answers find their askers, events wait for who wants them."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import IO, Any

import pytest

from tests.conftest import until
from tests.image.qmp import Qmp, QmpError

GREETING = {"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}


class FakeQemu:
    """The other end: answers what it was told to, in pieces as small as a socket may deliver."""

    def __init__(self) -> None:
        self.ours, self._theirs = socket.socketpair()
        self.asked: list[dict[str, Any]] = []
        self.answers: dict[str, dict[str, Any]] = {"qmp_capabilities": {"return": {}}}
        self._stream: IO[bytes] = self._theirs.makefile("rb")
        self.say(GREETING)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def say(self, what: dict[str, Any]) -> None:
        line = json.dumps(what).encode() + b"\r\n"
        for at in range(0, len(line), 7):
            self._theirs.sendall(line[at : at + 7])

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._theirs.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._stream.close()
        self._theirs.close()

    def _serve(self) -> None:
        for line in self._stream:
            asked = json.loads(line)
            self.asked.append(asked)
            if answer := self.answers.get(asked["execute"]):
                self.say({**answer, "id": asked["id"]})


@pytest.fixture
def qemu() -> Iterator[FakeQemu]:
    qemu = FakeQemu()
    yield qemu
    qemu.end()


@pytest.fixture
def qmp(qemu: FakeQemu) -> Iterator[Qmp]:
    qmp = Qmp(qemu.ours)
    yield qmp
    qmp.close()


def test_an_answer_is_given_back_and_arguments_are_spelt_as_qemu_does(qemu: FakeQemu, qmp: Qmp) -> None:
    qemu.answers["qom-list"] = {"return": [{"name": "device[8]", "type": "child<pl061>"}]}
    assert qmp("qom-list", path="/machine", no_flush=True) == [{"name": "device[8]", "type": "child<pl061>"}]
    assert [asked["execute"] for asked in qemu.asked] == ["qmp_capabilities", "qom-list"]
    assert qemu.asked[1]["arguments"] == {"path": "/machine", "no-flush": True}


def test_a_refusal_says_which_command_and_why(qemu: FakeQemu, qmp: Qmp) -> None:
    qemu.answers["set_link"] = {"error": {"class": "DeviceNotFound", "desc": "Device 'nic' not found"}}
    with pytest.raises(QmpError, match=r"^set_link: Device 'nic' not found$"):
        qmp("set_link", name="nic", up=False)


def test_an_event_is_waited_for_from_a_moment_on_and_by_what_it_says(qemu: FakeQemu, qmp: Qmp) -> None:
    qemu.say({"event": "DEVICE_DELETED", "data": {"device": "touch"}, "timestamp": {}})
    qmp.wait_for("DEVICE_DELETED", device="touch")
    since = qmp.mark()
    with pytest.raises(QmpError, match="in vain for the event DEVICE_DELETED"):
        qmp.wait_for("DEVICE_DELETED", since, seconds=0.01, device="touch")
    qemu.say({"event": "DEVICE_DELETED", "data": {"path": "/machine/touch"}, "timestamp": {}})
    qemu.say({"event": "DEVICE_DELETED", "data": {"device": "touch", "path": "/x"}, "timestamp": {}})
    assert qmp.wait_for("DEVICE_DELETED", since, device="touch")["data"]["path"] == "/x"


def test_events_are_told_at_once(qemu: FakeQemu) -> None:
    told: list[str] = []
    qmp = Qmp(qemu.ours, told.append)
    qemu.say({"event": "RESET", "data": {"guest": True}, "timestamp": {}})
    until(lambda: told == ["RESET"], "the event")
    qmp.close()


def test_who_asks_a_qemu_that_has_ended_is_told_so(qemu: FakeQemu, qmp: Qmp) -> None:
    ending = threading.Thread(target=qemu.end)
    ending.start()
    with pytest.raises(QmpError, match=r"QEMU ended before the answer to query-status|QEMU is gone"):
        qmp("query-status")
    ending.join()
