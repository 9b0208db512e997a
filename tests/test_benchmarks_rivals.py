"""The server of the page in Chromium: what it is posted is stored before it answers, or the comparison is none."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.contestants import FOLDER


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where the server listens, which keeps its votes in tmp_path."""
    with subprocess.Popen(
        [sys.executable, str(FOLDER / "server.py"), str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
        process.kill()


def test_a_vote_that_was_answered_is_stored(address: str, tmp_path: Path) -> None:
    for face in (1, 4):
        body = json.dumps({"face": face, "at": 1_000 + face}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{address}votes", body), timeout=30) as answer:
            assert answer.status == 200
    with sqlite3.connect(tmp_path / "votes.db") as base:
        assert base.execute("SELECT face, at FROM votes ORDER BY seq").fetchall() == [(1, 1_001), (4, 1_004)]
    base.close()


def test_it_gives_out_the_page_whatever_the_page_is_asked(address: str) -> None:
    with urllib.request.urlopen(f"{address}?thanks=20", timeout=30) as answer:
        assert answer.read() == (FOLDER / "page.html").read_bytes()
