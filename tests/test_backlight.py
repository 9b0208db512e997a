"""The backlight on a made-up /sys: what is written, and that nothing is ever raised."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from hardware.backlight import Backlight


def light(root: Path, name: str = "10-0045", *, most: str = "255", scale: str = "", power: bool = True) -> Path:
    folder = root / "sys/class/backlight" / name
    folder.mkdir(parents=True)
    (folder / "max_brightness").write_text(f"{most}\n")
    (folder / "brightness").write_text("77\n")
    if scale:
        (folder / "scale").write_text(f"{scale}\n")
    if power:
        (folder / "bl_power").write_text("0\n")
    return folder


def read(folder: Path, name: str = "brightness") -> int:
    return int((folder / name).read_text())


def test_nothing_is_written_before_it_is_asked_for(tmp_path: Path) -> None:
    folder = light(tmp_path)
    assert (Backlight(tmp_path).trouble, read(folder)) == ("", 77)


@pytest.mark.parametrize("most", [1, 31, 255, 1023, 65535])
def test_brightness_rises_with_the_percentage_and_is_never_off(tmp_path: Path, most: int) -> None:
    folder = light(tmp_path, most=str(most))
    backlight = Backlight(tmp_path)
    levels = []
    for percent in range(101):
        backlight.set(percent)
        levels.append(read(folder))
    assert levels == sorted(levels)
    assert levels[0] >= max(1, most * 0.028)
    assert levels[-1] == most
    assert len(set(levels)) >= min(most, 31)


@pytest.mark.parametrize(("percent", "level"), [(-5, 8), (0, 8), (50, 83), (80, 174), (100, 255), (250, 255)])
def test_steps_look_equal_to_an_eye(tmp_path: Path, percent: int, level: int) -> None:
    """A fifth to all of the lightness seen, to the power of 2.2."""
    folder = light(tmp_path)
    Backlight(tmp_path).set(percent)
    assert read(folder) == level


@pytest.mark.parametrize(("scale", "level"), [("linear", 83), ("unknown", 83), ("non-linear", 153)])
def test_a_driver_that_follows_the_eye_is_not_bent_twice(tmp_path: Path, scale: str, level: int) -> None:
    folder = light(tmp_path, scale=scale)
    Backlight(tmp_path).set(50)
    assert read(folder) == level


def test_asleep_it_is_off_and_awake_as_before(tmp_path: Path) -> None:
    folder = light(tmp_path)
    backlight = Backlight(tmp_path)
    backlight.set(80)
    backlight.sleep()
    assert (read(folder), read(folder, "bl_power")) == (0, 4)
    backlight.sleep()
    backlight.wake()
    assert (read(folder), read(folder, "bl_power")) == (174, 0)


def test_what_is_set_asleep_shows_when_awake(tmp_path: Path) -> None:
    folder = light(tmp_path)
    backlight = Backlight(tmp_path)
    backlight.sleep()
    backlight.set(50)
    assert read(folder) == 0
    backlight.wake()
    assert read(folder) == 83


def test_a_kiosk_that_ended_asleep_is_lit_by_the_next_one(tmp_path: Path) -> None:
    folder = light(tmp_path)
    Backlight(tmp_path).sleep()
    Backlight(tmp_path).set(100)
    assert (read(folder), read(folder, "bl_power")) == (255, 0)


def test_a_driver_without_a_power_switch_is_dimmed_to_nothing(tmp_path: Path) -> None:
    folder = light(tmp_path, power=False)
    Backlight(tmp_path).sleep()
    assert (read(folder), (folder / "bl_power").exists()) == (0, False)


def test_all_backlights_are_set(tmp_path: Path) -> None:
    one, other = light(tmp_path, "one"), light(tmp_path, "other", most="31")
    Backlight(tmp_path).set(100)
    assert (read(one), read(other)) == (255, 31)


def test_a_screen_without_a_backlight_says_so_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    backlight = Backlight(tmp_path)
    for _ in range(3):
        backlight.set(50)
        backlight.sleep()
        backlight.wake()
    why = "this screen has no backlight that can be set from here (none in /sys/class/backlight)"
    assert backlight.trouble == why
    assert caplog.record_tuples == [("hardware.backlight", logging.WARNING, f"brightness: {why}")]


def test_a_backlight_that_comes_later_is_set(tmp_path: Path) -> None:
    backlight = Backlight(tmp_path)
    backlight.set(50)
    folder = light(tmp_path)
    backlight.set(100)
    assert (backlight.trouble, read(folder)) == ("", 255)


def test_one_that_may_not_be_written_says_so_once_and_the_others_are_set(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, other = light(tmp_path, "a"), light(tmp_path, "b")
    write = Path.write_text

    def refuse(path: Path, *args: str, **options: str) -> int:
        if path.parent == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return write(path, *args, **options)

    monkeypatch.setattr(Path, "write_text", refuse)
    backlight = Backlight(tmp_path)
    backlight.set(50)
    backlight.set(100)
    why = f"{locked}: can't be set (Permission denied). May this user write to it?"
    assert backlight.trouble == why
    assert read(other) == 255
    assert [record.getMessage() for record in caplog.records] == [f"brightness: {why}"]
    monkeypatch.undo()
    backlight.set(100)
    assert (backlight.trouble, read(locked)) == ("", 255)


def test_a_wake_that_failed_is_tried_again_until_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = light(tmp_path)
    backlight = Backlight(tmp_path)
    backlight.set(80)
    backlight.sleep()
    write, tries = Path.write_text, 0

    def fail(path: Path, *args: str, **options: str) -> int:
        nonlocal tries
        if path.name == "bl_power":
            tries += 1
            raise OSError(5, "Input/output error", str(path))
        return write(path, *args, **options)

    monkeypatch.setattr(Path, "write_text", fail)
    backlight.wake()
    backlight.try_again()
    assert tries == 2
    assert "Input/output error" in backlight.trouble
    assert (read(folder), read(folder, "bl_power")) == (174, 4)
    monkeypatch.undo()
    backlight.try_again()
    assert (backlight.trouble, read(folder), read(folder, "bl_power")) == ("", 174, 0)


def test_what_worked_is_not_done_again(tmp_path: Path) -> None:
    folder = light(tmp_path)
    backlight = Backlight(tmp_path)
    backlight.try_again()
    assert read(folder) == 77
    backlight.set(80)
    (folder / "brightness").write_text("5\n")  # as somebody else may
    backlight.try_again()
    assert read(folder) == 5


@pytest.mark.parametrize("most", ["", "many"])
def test_one_that_holds_nonsense_is_told(tmp_path: Path, most: str) -> None:
    folder = light(tmp_path, most=most)
    backlight = Backlight(tmp_path)
    backlight.set(50)
    assert backlight.trouble == f"{folder}: max_brightness holds no number"
    assert read(folder) == 77


def test_one_that_goes_away_is_told(tmp_path: Path) -> None:
    folder = light(tmp_path)
    (folder / "max_brightness").unlink()
    backlight = Backlight(tmp_path)
    backlight.wake()
    assert backlight.trouble == f"{folder}: can't be set (No such file or directory). May this user write to it?"


def test_where_only_the_brightness_may_be_written_that_is_no_trouble(tmp_path: Path, monkeypatch: Any) -> None:
    """As on Raspberry Pi OS, where the group `video` may write `brightness` and not `bl_power`."""
    light = tmp_path / "sys/class/backlight/10-0045"
    light.mkdir(parents=True)
    for name, text in {"max_brightness": "255", "brightness": "1", "bl_power": "0"}.items():
        (light / name).write_text(text, encoding="ascii")
    write = Path.write_text

    def guarded(path: Path, *text: Any, **more: Any) -> int:
        if path.name == "bl_power":
            raise PermissionError(13, "Permission denied")
        return write(path, *text, **more)

    monkeypatch.setattr(Path, "write_text", guarded)
    backlight = Backlight(tmp_path)
    backlight.set(100)
    assert backlight.trouble == ""
    assert (light / "brightness").read_text(encoding="ascii").strip() == "255"
    backlight.sleep()
    assert backlight.trouble == ""
    assert (light / "brightness").read_text(encoding="ascii").strip() == "0"
