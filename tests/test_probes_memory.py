"""Memory of a made-up Pi: good, bad, missing, garbage."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.probes import memory
from tests.pi import Pi, reading

INFO, OWN, KILLS = "proc/meminfo", "proc/self/smaps_rollup", "proc/vmstat"


def info(left: str) -> str:
    return f"MemTotal: 440000 kB\nMemAvailable: {left}\nSwapTotal: 0 kB\n"


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path / "pi")


def test_a_healthy_pi_has_memory_left(pi: Pi) -> None:
    assert [(found.name, found.condition, found.said, found.raw) for found in memory.probe(pi.root)] == [
        ("memory", "good", "244 MB of memory are left.", "MemAvailable 244 of 429 MB"),
        ("memory.own", "good", "This program takes 40 MB of memory.", "Pss 40 MB"),
        ("memory.kills", "good", "Memory never ran out since the start.", "oom_kill 0"),
    ]


@pytest.mark.parametrize(
    ("name", "path", "content", "condition", "raw"),
    [
        ("memory", INFO, info("51200 kB"), "good", "MemAvailable 50 of 429 MB"),
        ("memory", INFO, info("51199 kB"), "bad", "MemAvailable 49 of 429 MB"),
        ("memory", INFO, info("much"), "unknown", "no MemAvailable in meminfo"),
        ("memory", INFO, "", "unknown", "no MemAvailable in meminfo"),
        ("memory", INFO, None, "unknown", "proc/meminfo: No such file or directory"),
        ("memory.own", OWN, "Pss: 132095 kB\n", "good", "Pss 128 MB"),
        ("memory.own", OWN, "Pss: 132096 kB\n", "bad", "Pss 129 MB"),
        ("memory.own", OWN, "Pss_Anon: 100 kB\n", "unknown", "no Pss in smaps_rollup"),
        ("memory.own", OWN, None, "unknown", "self/smaps_rollup: No such file or directory"),
        ("memory.kills", KILLS, "oom_kill 1\n", "bad", "oom_kill 1"),
        ("memory.kills", KILLS, "oom_killer 3\n", "unknown", "no oom_kill in vmstat"),
        ("memory.kills", KILLS, b"oom_kill \xff", "unknown", "proc/vmstat: no text"),
        ("memory.kills", KILLS, None, "unknown", "proc/vmstat: No such file or directory"),
    ],
)
def test_each_figure_is_good_bad_or_unknown(
    pi: Pi, name: str, path: str, content: str | bytes | None, condition: str, raw: str
) -> None:
    pi.write(path, content)
    found = reading(memory.probe(pi.root), name)
    assert (found.condition, found.raw) == (condition, raw)


def test_swap_is_told_where_there_is_any(pi: Pi) -> None:
    lines = ("MemTotal: 440000 kB", "MemAvailable: 250000 kB", "SwapTotal: 204800 kB", "SwapFree: 1024 kB")
    pi.write(INFO, "\n".join(lines) + "\n")
    assert reading(memory.probe(pi.root), "memory").raw == "MemAvailable 244 of 429 MB, SwapFree 1 of 200 MB"


@pytest.mark.parametrize(("kills", "times"), [(1, "once"), (4, "4 times")])
def test_what_was_ended_for_want_of_memory_is_counted(pi: Pi, kills: int, times: str) -> None:
    pi.write(KILLS, f"oom_kill {kills}\n")
    assert reading(memory.probe(pi.root), "memory.kills").said == (
        f"Memory ran out {times} since the start, and a program was ended: stop what else runs on this Pi."
    )


def test_this_machine_tells_its_memory() -> None:
    assert {found.condition for found in memory.probe()} <= {"good", "bad"}
