"""Whether a screen is plugged in, by a made-up /sys."""

from __future__ import annotations

from pathlib import Path

from hardware.connectors import Seen, seen


def connector(root: Path, name: str, status: str, modes: str | None = "") -> None:
    folder = root / "sys/class/drm" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "status").write_text(f"{status}\n")
    if modes is not None:
        (folder / "modes").write_text(modes)


def test_without_a_graphics_card_nobody_knows(tmp_path: Path) -> None:
    assert seen(tmp_path) == Seen(told=False, connected=False, ready=False)
    (tmp_path / "sys/class/drm/card0").mkdir(parents=True)
    (tmp_path / "sys/class/drm/version").touch()
    assert not seen(tmp_path).told


def test_a_screen_is_there_once_one_connector_says_so_and_has_a_mode(tmp_path: Path) -> None:
    connector(tmp_path, "card0-HDMI-A-1", "disconnected")
    connector(tmp_path, "card1-Composite-1", "unknown", "720x576i\n")
    assert seen(tmp_path) == Seen(told=True, connected=False, ready=False)
    connector(tmp_path, "card0-HDMI-A-2", "connected")
    assert seen(tmp_path) == Seen(told=True, connected=True, ready=False)
    connector(tmp_path, "card0-HDMI-A-2", "connected", "1920x1080\n1280x720\n")
    assert seen(tmp_path) == Seen(told=True, connected=True, ready=True)


def test_the_mode_of_one_does_not_count_for_another(tmp_path: Path) -> None:
    connector(tmp_path, "card0-DSI-1", "disconnected", "800x480\n")
    connector(tmp_path, "card0-HDMI-A-1", "connected")
    assert not seen(tmp_path).ready


def test_what_can_not_be_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "sys/class/drm/card0-HDMI-A-1/status").mkdir(parents=True)
    connector(tmp_path, "card0-HDMI-A-2", "connected", None)
    assert seen(tmp_path) == Seen(told=True, connected=True, ready=False)
