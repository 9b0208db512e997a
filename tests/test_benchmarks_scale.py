"""What a fleet comes to is reckoned from what was measured, and from nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.benchmarks import scale
from tests.benchmarks.figure import Figure
from tests.benchmarks.scale import Measured


def figures(**changed: float) -> dict[str, list[Figure]]:
    values = {"visit": 2_675.0, "full": 3_987.0, "bare": 2_310.0, "cpu": 4.0, "took": 5.0, "kept": 200.0} | changed

    def one(what: str, unit: str, value: float) -> Figure:
        return Figure(what, unit, value, "another", 1.0, None)

    return {
        "fleet": [
            one("a visit at the collector", "ms of processor", values["cpu"]),
            one("a visit at the collector", "ms, from 4 clients", values["took"]),
            one("a row kept there", "bytes", values["kept"]),
            one("over the line for one visit", "bytes", values["visit"]),
            one("over the line for 1,000 rows", "bytes", values["full"]),
            one("  a connection and nothing", "bytes", values["bare"]),
        ],
        "drain": [one("draining a backlog", "s per 100,000 rows", 2.0)],
        "card": [one("bytes on the card, a paced vote", "bytes", 9_000.0)],
    }


def page(of: Measured) -> str:
    return scale.page(of, 2.5)


def sentences(of: Measured) -> str:
    """The page with its lines joined."""
    return " ".join(page(of).split())


def test_each_figure_is_found_where_its_benchmark_tells_it() -> None:
    assert scale.measured(figures()) == Measured(2_675, 3_987, 2_310, 4, 5, 200, 2, 9_000)


def test_a_figure_that_is_told_no_more_is_named() -> None:
    with pytest.raises(KeyError, match="drain: draining"):
        scale.measured(figures() | {"drain": []})


def test_a_thousand_times_the_kiosks_come_to_a_thousand_times_as_much() -> None:
    (line,) = [line for line in page(scale.measured(figures())).splitlines() if line.startswith("| rows a year")]
    assert line == "| rows a year | 365 k | 36.5 M | 3.65 G | 365 G |"


def test_the_collector_gives_way_where_it_takes_less_than_comes() -> None:
    assert "is busy for 78% of the busiest hour" in sentences(scale.measured(figures()))
    assert "takes 100 visits a second, and 1.6 times that come" in sentences(scale.measured(figures(took=10.0)))


@pytest.mark.parametrize("cpu", [1.0, 1234.5])
def test_lines_are_full_whatever_the_figures_are(cpu: float) -> None:
    lines = page(scale.measured(figures(cpu=cpu, visit=cpu * 10))).splitlines()
    for line, after in pairwise(lines):
        prose = line and after and not line.startswith(("#", "|"))
        assert len(line) <= 120 or line.startswith("|")
        if prose:
            assert len(line) + 1 + len(after.split()[0]) > 120, line


@pytest.mark.parametrize(
    ("kiosks", "share"), [(1, "0.0078%"), (100, "0.78%"), (10_000, "78%"), (1_000_000, "78 times that")]
)
def test_what_is_many_times_what_one_process_takes_is_no_percentage(kiosks: int, share: str) -> None:
    (line,) = [line for line in page(scale.measured(figures())).splitlines() if "one process on SQLite takes" in line]
    assert line.split("|")[2:-1][scale.FLEETS.index(kiosks)].strip() == share


def test_small_numbers_are_written_out() -> None:
    assert [scale._round(value) for value in (3.8e-05, 0.41, 10.0, 99.9, 15_556.2)] == [
        "0.000038",
        "0.41",
        "10",
        "100",
        "15,556",
    ]
