"""Requests between kiosk and sync: one file, made in one piece, gone when it was done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kiosk import requests
from kiosk.errors import RequestError
from sync.request import Request


@pytest.mark.parametrize(
    ("given", "environment", "folder"),
    [
        ("given", {"RUNTIME_DIRECTORY": "/run/moodpost"}, "given"),
        (None, {"RUNTIME_DIRECTORY": "/run/moodpost:/run/other"}, "/run/moodpost"),
        (None, {"RUNTIME_DIRECTORY": ""}, "data"),
        (None, {}, "data"),
    ],
)
def test_requests_are_left_where_systemd_or_the_data_is(
    given: str | None, environment: dict[str, str], folder: str
) -> None:
    found = requests.runtime_folder(None if given is None else Path(given), Path("data"), environment)
    assert found == Path(folder)


def test_a_request_is_seen_and_gone_once_it_is_done(tmp_path: Path) -> None:
    request = Request(tmp_path / requests.TEST_NETWORK)
    assert (request.seen(), requests.network_is_tested(tmp_path)) == (None, False)
    requests.test_network(tmp_path)
    assert requests.network_is_tested(tmp_path)
    mark = request.seen()
    assert mark is not None
    assert request.done(mark)
    assert (request.seen(), requests.network_is_tested(tmp_path), list(tmp_path.iterdir())) == (None, False, [])


def test_a_request_made_anew_meanwhile_is_another_one_and_stays(tmp_path: Path) -> None:
    request = Request(tmp_path / requests.TEST_NETWORK)
    requests.test_network(tmp_path)
    mark = request.seen()
    requests.test_network(tmp_path)
    assert request.seen() not in (None, mark)
    assert request.done(mark)
    assert requests.network_is_tested(tmp_path)


def test_the_half_of_a_request_whose_writer_died_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / f".{requests.TEST_NETWORK}").write_text("half")
    assert Request(tmp_path / requests.TEST_NETWORK).seen() is None
    requests.test_network(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [requests.TEST_NETWORK]


def test_a_folder_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        requests.test_network(tmp_path / "absent")
    assert str(caught.value) == (
        f"{tmp_path}/absent/test-network: can't be written (No such file or directory). "
        "Is the folder there, and may this user write to it?"
    )


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_file_is_no_request_and_is_told_once(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / requests.TEST_NETWORK
    {"link": lambda: path.symlink_to("/etc/hostname"), "folder": path.mkdir, "pipe": lambda: os.mkfifo(path)}[kind]()
    request = Request(path)
    assert [request.seen(), request.seen()] == [None, None]
    assert [record.message for record in caplog.records] == [f"{path}: is no file"]


def test_a_request_that_can_not_be_removed_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    requests.test_network(tmp_path)
    request = Request(tmp_path / requests.TEST_NETWORK)
    monkeypatch.setattr(Path, "unlink", fails)
    assert [request.done(request.seen()), request.done(request.seen())] == [False, False]
    (record,) = caplog.records
    assert "can't be removed (Permission denied). May sync's user write to that folder?" in record.message
