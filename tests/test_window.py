"""A window is opened without what takes time and serves nobody; what serves somebody stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hardware import window
from tests.benchmarks.screen import screen
from tests.conftest import ROOT


def spared(environment: dict[str, str]) -> dict[str, str]:
    window.spare(environment)
    return environment


def test_no_bus_is_started_where_none_runs(tmp_path: Path) -> None:
    assert spared({})["DBUS_SESSION_BUS_ADDRESS"] == "disabled:"
    assert spared({"XDG_RUNTIME_DIR": str(tmp_path)})["DBUS_SESSION_BUS_ADDRESS"] == "disabled:"


def test_a_bus_that_runs_is_asked_as_ever(tmp_path: Path) -> None:
    (tmp_path / "bus").touch()
    assert "DBUS_SESSION_BUS_ADDRESS" not in spared({"XDG_RUNTIME_DIR": str(tmp_path)})
    named = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus"}
    assert spared(dict(named))["DBUS_SESSION_BUS_ADDRESS"] == named["DBUS_SESSION_BUS_ADDRESS"]


def test_a_folder_of_another_user_is_no_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    def stat(*given: object, **named: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", stat)
    environment = {"XDG_RUNTIME_DIR": "/run/user/1"}
    window.spare(environment)
    assert environment["DBUS_SESSION_BUS_ADDRESS"] == "disabled:"


def test_a_table_of_accents_is_read_only_where_somebody_named_one() -> None:
    assert spared({})["XCOMPOSEFILE"] == os.devnull
    assert spared({"XCOMPOSEFILE": "/mine"})["XCOMPOSEFILE"] == "/mine"


OPENED = """
import os, sys
from hardware.display import Display
display = Display("window", (320, 240))
print("pygame.pkgdata" in sys.modules)
display.close()
"""


@pytest.mark.parametrize("bus", ["none", "one"])
def test_a_window_starts_no_program_and_reads_no_icon_of_another(bus: str, tmp_path: Path) -> None:
    launched = tmp_path / "launched"
    launcher = tmp_path / "dbus-launch"
    launcher.write_text(f"#!/bin/sh\ntouch {launched}\nexit 1\n")
    launcher.chmod(0o755)
    (tmp_path / "accents").write_text("")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS_", "COVERAGE"))}
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    environment["XDG_RUNTIME_DIR"] = str(tmp_path)
    if bus == "one":
        environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={tmp_path}/bus"
    with screen((400, 300)) as display:
        told = subprocess.run(
            [sys.executable, "-c", OPENED],
            cwd=ROOT,
            env={**environment, "DISPLAY": display},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    assert told.split() == ["False"]
    assert not launched.exists()


def test_a_window_has_an_icon_of_its_own() -> None:
    icon = window.icon()
    assert icon.get_size() == (32, 32)
    assert icon.get_at((16, 16))[:3] == (0, 107, 78)
    assert icon.get_at((0, 0))[3] == 0
