"""One vote, one fsync: counted by strace under the real store, in a process of its own, on the real file."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

VOTES = 40
SYNCS = re.compile(r"\b(fsync|fdatasync|sync_file_range|msync|syncfs|sync)\((?:\d+<(?P<path>[^>]*)>)?")

VOTER = """
import sys
from pathlib import Path
from tests.test_store import Bench, a_vote, an_end

bench = Bench(Path(sys.argv[1]))
bench.start()
bench.put([a_vote(1)], 1)
print("MARK begin", file=sys.stderr, flush=True)
for n in range(2, int(sys.argv[2]) + 2):
    bench.put([a_vote(n)], n)
    # How the visit ended: nobody is thanked for it, so it must cost nothing of its own.
    bench.open.put([an_end(n)], None)
print("MARK end", file=sys.stderr, flush=True)
bench.stop()
"""


def syncs_of(folder: Path, votes: int) -> list[Path]:
    """The file of each sync while so many votes are stored one by one; start and end of the store are left out."""
    assert shutil.which("strace"), "strace is needed: apt-get install strace"
    log = folder / "strace.log"
    command = [
        "strace",
        "-f",
        "-y",
        "-s",
        "64",
        "-o",
        str(log),
        "-e",
        "trace=fsync,fdatasync,msync,sync_file_range,write",
    ]
    voter = [sys.executable, "-c", VOTER, str(folder), str(votes)]
    run = subprocess.run([*command, *voter], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, f"strace can't trace here, or the store failed: {run.stderr[-2_000:]}"
    lines = log.read_text(encoding="utf-8").splitlines()
    begin, end = (next(i for i, line in enumerate(lines) if f"MARK {word}" in line) for word in ("begin", "end"))
    return [Path(found["path"] or "?") for line in lines[begin:end] if (found := SYNCS.search(line))]


def test_each_vote_costs_exactly_one_sync_and_that_of_the_log_ahead(tmp_path: Path) -> None:
    """Fewer votes than a checkpoint needs: what is synced is the WAL alone, once a vote."""
    assert syncs_of(tmp_path, VOTES) == [tmp_path / "votes.db-wal"] * VOTES


def test_a_checkpoint_adds_few_syncs_and_not_one_a_vote(tmp_path: Path) -> None:
    """SQLite copies the log into the database after each thousand pages or so: three syncs, of both files."""
    votes = 1_200
    syncs = syncs_of(tmp_path, votes)
    checkpoints = syncs.count(tmp_path / "votes.db")
    assert 1 <= checkpoints <= votes / 100, "no checkpoint, or far too many: is the log grown ahead another way now?"
    log = syncs.count(tmp_path / "votes.db-wal")
    # A checkpoint syncs the log before it copies, and the commit after it the log's new header; free pages are commits.
    assert votes <= log <= votes * 1.02
    assert len(syncs) == log + checkpoints


@pytest.mark.parametrize("votes", [0])
def test_a_store_at_rest_syncs_nothing(tmp_path: Path, votes: int) -> None:
    assert syncs_of(tmp_path, votes) == []
