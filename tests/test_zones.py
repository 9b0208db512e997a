"""Time zones by name: one is known exactly where it is among all that there are."""

from __future__ import annotations

import pytest

from kiosk import zones


def test_each_time_zone_that_there_is_is_known() -> None:
    assert [name for name in zones.known() if not zones.is_known(name)] == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "Europe",
        "Europe/",
        "Europe/Helsinky",
        "posix/Europe/Helsinki",
        "right/UTC",
        "posixrules",
        "zone.tab",
        "tzdata.zi",
        "../../../etc/localtime",
        "/etc/localtime",
        "Europe/\0",
        "\udcff",
        "x" * 5_000,
    ],
)
def test_what_is_no_time_zone_is_not(name: str) -> None:
    assert not zones.is_known(name)
    assert name not in zones.known()
