"""The technician's PIN: hashed, counted before it is answered, and no plug to pull that gives more tries."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from kiosk.backstage import pin as pin_module
from kiosk.backstage.pin import Pin
from kiosk.backstage.tries import FIRST_WAIT_MS, FREE_TRIES, LONGEST_WAIT_MS, Standing, wait_ms
from kiosk.settings import Secret
from tests.conftest import Clock

RIGHT, WRONG = Secret("246810"), Secret("246811")


@pytest.fixture
def pin(tmp_path: Path, clock: Clock) -> Pin:
    pin = Pin(tmp_path, clock, RIGHT)
    pin.load()
    return pin


def after_a_restart(folder: Path, clock: Clock, given: Secret | None = None) -> Pin:
    pin = Pin(folder, clock, given or Secret(""))
    pin.load()
    return pin


def fail(pin: Pin, times: int, clock: Clock) -> None:
    """Wrong so many times, however long that takes."""
    for _ in range(times):
        assert pin.standing is not None
        clock.ms = max(clock.ms, pin.standing.until_ms)
        assert not pin.check(WRONG).right


def test_the_right_pin_is_right_and_another_is_not(pin: Pin) -> None:
    assert pin.check(RIGHT).right
    assert not pin.check(WRONG).right
    assert not pin.check(Secret("")).right


def test_without_a_pin_nothing_is_right(tmp_path: Path, clock: Clock) -> None:
    pin = Pin(tmp_path, clock)
    assert pin.standing is None
    assert pin.load() == Standing(False)
    assert not pin.check(Secret("")).right
    assert list(tmp_path.iterdir()) == []


def test_it_is_kept_over_a_restart_once_the_settings_say_nothing_any_more(
    pin: Pin, tmp_path: Path, clock: Clock
) -> None:
    assert after_a_restart(tmp_path, clock).check(RIGHT).right


def test_another_pin_in_the_settings_takes_its_place_and_ends_the_wait(pin: Pin, tmp_path: Path, clock: Clock) -> None:
    fail(pin, 10, clock)
    later = after_a_restart(tmp_path, clock, WRONG)
    assert later.standing == Standing(True)
    assert later.check(WRONG).right
    assert not later.check(RIGHT).right


def test_whether_one_is_given_is_known_at_once_and_it_is_hashed_once(tmp_path: Path, clock: Clock) -> None:
    assert not Pin(tmp_path, clock).is_given
    first = Pin(tmp_path, clock, RIGHT)
    assert first.is_given
    assert first.load() is first.load()
    assert Pin(tmp_path, clock, WRONG).is_given, "which may be another than is kept"


def test_the_same_pin_in_the_settings_ends_no_wait(pin: Pin, tmp_path: Path, clock: Clock) -> None:
    fail(pin, FREE_TRIES, clock)
    later = after_a_restart(tmp_path, clock, RIGHT)
    assert later.standing == Standing(True, 0, clock.ms + FIRST_WAIT_MS)


def test_what_is_on_the_card_tells_no_pin_and_nobody_else_may_read_it(pin: Pin, tmp_path: Path) -> None:
    pin.check(WRONG)
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert RIGHT.reveal().encode() not in path.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"technician.pin", "technician.tries"}


def test_the_same_pin_is_hashed_differently_each_time(pin: Pin, tmp_path: Path, clock: Clock) -> None:
    first = (tmp_path / "technician.pin").read_bytes()
    (tmp_path / "technician.pin").unlink()
    after_a_restart(tmp_path, clock, RIGHT)
    assert (tmp_path / "technician.pin").read_bytes() != first


def test_five_tries_are_free_then_the_wait_doubles_to_a_quarter_of_an_hour() -> None:
    waits = [wait_ms(wrong) // 1000 for wrong in range(12)]
    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert wait_ms(10**9) == LONGEST_WAIT_MS


def test_while_there_is_a_wait_not_even_the_right_pin_is_tried(pin: Pin, clock: Clock) -> None:
    fail(pin, FREE_TRIES, clock)
    checked = pin.check(RIGHT)
    assert not checked.right
    assert checked.standing == Standing(True, 0, clock.ms + FIRST_WAIT_MS)
    clock.ms = checked.standing.until_ms - 1
    assert not pin.check(RIGHT).right
    clock.ms += 1
    assert pin.check(RIGHT).right
    assert pin.standing == Standing(True)


def test_ten_wrong_tries_lock_it_over_a_restart_for_the_full_time(pin: Pin, tmp_path: Path, clock: Clock) -> None:
    fail(pin, 10, clock)
    clock.ms = 7  # another boot: its clock begins at nothing
    later = after_a_restart(tmp_path, clock)
    assert later.standing == Standing(True, 0, 7 + LONGEST_WAIT_MS)
    assert not later.check(RIGHT).right
    clock.ms += LONGEST_WAIT_MS
    assert later.check(RIGHT).right


def test_a_wrong_try_is_on_the_card_before_it_is_answered(
    pin: Pin, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: Any) -> bytes:
        raise InterruptedError  # the plug is pulled while the PIN is being hashed

    monkeypatch.setattr(pin_module, "_hash", cut)
    for _ in range(FREE_TRIES):
        with pytest.raises(InterruptedError):
            pin.check(RIGHT)
    monkeypatch.undo()
    assert after_a_restart(tmp_path, clock).standing == Standing(True, 0, clock.ms + FIRST_WAIT_MS)


def test_the_right_pin_makes_the_tries_free_again(pin: Pin, tmp_path: Path, clock: Clock) -> None:
    fail(pin, 4, clock)
    assert pin.check(RIGHT).standing.left == FREE_TRIES
    assert after_a_restart(tmp_path, clock).standing == Standing(True)


def test_where_tries_cannot_be_counted_each_costs_a_wait(
    pin: Pin, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "technician.tries").unlink()
    (tmp_path / "technician.tries").mkdir()
    with caplog.at_level(logging.ERROR):
        assert pin.check(WRONG).standing.until_ms == clock.ms + FIRST_WAIT_MS
        clock.ms += FIRST_WAIT_MS
        assert pin.check(RIGHT).right, "a card that fails must not keep a technician out"
    assert "can't be counted" in caplog.text


@pytest.mark.parametrize("spoilt", [b"", b"\0" * 13, b"many wrong\n"])
def test_a_count_that_cannot_be_read_counts_as_ten(tmp_path: Path, clock: Clock, pin: Pin, spoilt: bytes) -> None:
    (tmp_path / "technician.tries").write_bytes(spoilt)
    assert after_a_restart(tmp_path, clock).standing == Standing(True, 0, clock.ms + LONGEST_WAIT_MS)


@pytest.mark.parametrize(
    "spoilt",
    [b"", b"{}", b'{"salt":"","hash":""}', b'{"salt":"","hash":"","n":1048576}', b"\xff" * 9],
)
def test_a_pin_that_cannot_be_read_is_none_so_the_screen_is_read_only(
    tmp_path: Path, clock: Clock, pin: Pin, spoilt: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "technician.pin").write_bytes(spoilt)
    later = after_a_restart(tmp_path, clock)
    assert later.standing == Standing(False)
    assert not later.check(RIGHT).right
    assert "set it in the settings again" in caplog.text


def test_a_pin_that_cannot_be_kept_holds_until_the_end(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    pin = Pin(tmp_path / "nowhere", clock, RIGHT)
    assert pin.load() == Standing(True)
    assert "can't be kept" in caplog.text
    assert pin.check(RIGHT).right
    assert RIGHT.reveal() not in caplog.text


def test_a_new_pin_that_cannot_be_kept_makes_no_tries_free(
    pin: Pin, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    fail(pin, 10, clock)
    monkeypatch.setattr(pin_module, "_write_private", full)
    for _ in range(2):
        later = after_a_restart(tmp_path, clock, WRONG)
        assert later.standing == Standing(True, 0, clock.ms + LONGEST_WAIT_MS)
        assert not later.check(WRONG).right
    assert "can't be kept" in caplog.text
    clock.ms += LONGEST_WAIT_MS
    assert later.check(WRONG).right


def test_libcrypto_is_not_loaded_before_a_pin_is_tried() -> None:
    import subprocess
    import sys

    code = "import sys, kiosk.backstage.pin; print(sorted({'hashlib', 'hmac'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
