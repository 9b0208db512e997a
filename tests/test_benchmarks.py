"""What the benchmarks count with: trees of processes, and figures."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import survey
from kiosk.settings import parse
from tests.benchmarks import leak, page, size, start, tree
from tests.benchmarks.__main__ import BENCHMARKS, main, show
from tests.benchmarks.figure import Figure
from tests.benchmarks.ours import Timed, drawn_wholly
from tests.benchmarks.tree import Cost
from tests.conftest import ROOT, until
from tests.running import SETTINGS, Place

CHILD = "import sys; held = bytearray(30_000_000); print('up', flush=True); sys.stdin.read()"
PARENT = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {CHILD!r}]).wait())"


@pytest.fixture
def family() -> Iterator[int]:
    """A process whose child holds 30 MB."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"up\n"
        yield process.pid
        assert process.stdin is not None
        process.stdin.close()


def test_a_child_counts_with_its_parent(family: int) -> None:
    assert len(tree.members(family)) == 2
    assert os.getpid() not in tree.members(family)
    assert 30 < tree.memory_mb(family) < 100


def test_what_sleeps_costs_nothing_and_what_works_does(family: int) -> None:
    before, mine = tree.cost(family), tree.cost(os.getpid())
    sum(range(3_000_000))
    assert tree.spent(before, tree.cost(family)).cpu_s < tree.spent(mine, tree.cost(os.getpid())).cpu_s


def test_a_thread_that_begins_is_counted_and_one_that_ended_is_not() -> None:
    before = {"1": Cost(10, 1.0), "2": Cost(5, 5.0)}
    assert tree.spent(before, {"1": Cost(12, 1.5), "3": Cost(7, 0.25)}) == Cost(9, 0.75)


@pytest.mark.parametrize(
    ("ours", "baseline", "ratio", "told"),
    [(1.0, 4.0, 0.25, "0.250"), (0.0, 0.0, 1.0, "1.000"), (0.1, 0.0, math.inf, "–")],
)
def test_a_ratio_bears_a_baseline_of_nothing(
    ours: float, baseline: float, ratio: float, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = Figure("what", "ms", ours, "another", baseline, 1.0)
    assert (figure.ratio, figure.is_met) == (ratio, ratio <= 1.0)
    assert f" | {told} | ≤ 1 | " in page._row(figure)
    show(figure)
    assert told in capsys.readouterr().out.split()


def test_a_language_counts_only_with_every_screen_that_another_one_had() -> None:
    told = [("en", "attract"), ("en", "thanks"), ("fi", "attract"), ("en", "attract"), ("ar", "thanks")]
    screens = [{"language": language, "screen": screen, "targets": []} for language, screen in told]
    assert drawn_wholly(screens, ["en", "fi", "ar", "th"]) == (1, 4, 2)
    screens += [{"language": "fi", "screen": "thanks"}]
    assert drawn_wholly(screens, ["en", "fi", "ar", "th"]) == (2, 4, 2)


def test_a_benchmark_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(
        SystemExit, match=r"^found taps, expected some of wire, .*tap, idle, memory, start, leak, misuse$"
    ):
        main(["taps"])


def test_every_benchmark_stands_in_the_developers_page() -> None:
    page = (ROOT / "docs/developer.md").read_text(encoding="utf-8")
    assert [name for name in BENCHMARKS if f"`{name}`" not in page] == []


def test_several_trees_count_together(family: int) -> None:
    assert set(tree.members(family, os.getpid())) >= {*tree.members(family), os.getpid()}
    assert tree.memory_mb(family, os.getpid()) > tree.memory_mb(family)
    assert tree.memory_mb(family, measure="Rss") >= tree.memory_mb(family)
    assert tree.memory_mb(family) >= tree.memory_mb(family, measure="Anonymous") > 30


def test_the_survey_and_the_settings_of_the_benchmark_leak_are_good() -> None:
    found = survey.parse(leak.SURVEY)
    assert [face.label["en"] for face in found.faces] == list(leak.FACES)
    assert not found.followups
    assert parse(leak.SETTINGS).panel.quiet_ms == 1


def test_files_that_are_forgotten_are_there_still(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"all of it")
    start.forget(tmp_path)
    assert (tmp_path / "folder" / "file").read_bytes() == b"all of it"


def test_a_kiosk_with_a_stopwatch_tells_how_soon_each_touched_vote_was_with_the_store(tmp_path: Path) -> None:
    place = Place(tmp_path, SETTINGS)
    place.module = Timed.module
    try:
        heard = place.kiosk("--screen", "offscreen")
        until(place.on_screen("attract"), "the faces")
        place.members["kiosk"].order("tap face:2 attract")
        until(lambda: heard.all("handed"), "the vote to be handed over")
        assert len(heard.all("handed")) == 1
        assert heard.all("handed")[0]["ms"] > 0
    finally:
        place.close()


def test_what_apt_would_install_is_read_from_what_it_says() -> None:
    said = (
        "NOTE: This is only a simulation!\nInst libc6 (2.41-12 Debian:13/stable [arm64])\n"
        "Inst python3:any (3.13 Debian)\nConf libc6 (2.41-12 Debian:13/stable [arm64])\n"
    )
    assert size.installed(said) == {"libc6", "python3"}


def test_sizes_are_read_from_apt_s_records() -> None:
    records = "Package: libc6\nInstalled-Size: 12345\n\nPackage: empty\nVersion: 1\nDescription: nothing\n\n"
    assert size.sizes(records) == {"libc6": 12345, "empty": 0}
