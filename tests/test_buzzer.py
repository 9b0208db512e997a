"""The buzzer, driven by a clock that tests move: notes begin and end in time, with no thread and no sleeping."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from hardware.buzzer import TUNES, Buzzer, Note
from hardware.errors import PanelError
from tests.conftest import Clock

PIN = 18


class LgpioLikePin(MockPWMPin):  # type: ignore[misc]
    """Stops as lgpio's pins do: the wave ends wherever it was, even high. (MockPWMPin goes low.)"""

    def _set_frequency(self, value: int | None) -> None:
        self._frequency = value
        if value is None and 0 < self._state < 1:
            self._state = 1.0


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory(pin_class=LgpioLikePin)
    yield factory
    factory.close()


def heard(factory: MockFactory) -> tuple[int | None, float]:
    """The pin's frequency and how much of the time it is high."""
    pin = factory.pin(PIN)
    return pin.frequency, float(pin.state)


def run(buzzer: Buzzer, factory: MockFactory, clock: Clock) -> list[tuple[int, tuple[int | None, float]]]:
    """A loop that sleeps until the deadline: what the pin did, and when."""
    start, seen = clock.ms, [(0, heard(factory))]
    while (deadline := buzzer.deadline) is not None:
        assert deadline >= clock.ms
        clock.ms = deadline
        buzzer.advance(clock())
        seen.append((clock.ms - start, heard(factory)))
    return seen


def test_it_is_silent_at_first_and_wants_nothing(factory: MockFactory) -> None:
    buzzer = Buzzer(PIN, factory, passive=True)
    assert (heard(factory), buzzer.deadline) == ((None, 0.0), None)
    assert factory.pin(PIN).function == "output"
    buzzer.advance(1)
    assert heard(factory) == (None, 0.0)
    buzzer.close()


def test_thanks_are_two_rising_notes_and_then_silence(factory: MockFactory, clock: Clock) -> None:
    buzzer = Buzzer(PIN, factory, passive=True)
    buzzer.sound("thanked", clock())
    assert run(buzzer, factory, clock) == [
        (0, (1568, 0.5)),
        (70, (None, 0.0)),
        (110, (2093, 0.5)),
        (220, (None, 0.0)),
    ]
    buzzer.close()


def test_a_refusal_is_one_low_note(factory: MockFactory, clock: Clock) -> None:
    buzzer = Buzzer(PIN, factory, passive=True)
    buzzer.sound("refused", clock())
    assert run(buzzer, factory, clock) == [(0, (392, 0.5)), (250, (None, 0.0))]
    buzzer.close()


def test_an_active_buzzer_is_switched_and_never_given_a_wave(clock: Clock) -> None:
    plain = MockFactory()  # its pins know no waves
    buzzer = Buzzer(PIN, plain)
    buzzer.sound("thanked", clock())
    assert run(buzzer, plain, clock) == [(0, (None, 1.0)), (70, (None, 0.0)), (110, (None, 1.0)), (220, (None, 0.0))]
    buzzer.close()
    plain.close()


@pytest.mark.parametrize("passive", [False, True])
def test_no_thread_is_ever_started(factory: MockFactory, clock: Clock, passive: bool) -> None:
    before = threading.active_count()
    buzzer = Buzzer(PIN, factory, passive=passive)
    buzzer.sound("thanked", clock())
    assert threading.active_count() == before
    buzzer.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("late_ms", [0, 1, 39])
def test_a_loop_that_is_a_little_late_does_not_make_the_tune_longer(
    factory: MockFactory, clock: Clock, late_ms: int
) -> None:
    buzzer = Buzzer(PIN, factory, passive=True)
    start = clock()
    buzzer.sound("thanked", start)
    for at_ms in (70, 110, 220):
        assert buzzer.deadline == start + at_ms
        buzzer.advance(start + at_ms + late_ms)
    assert (buzzer.deadline, heard(factory)) == (None, (None, 0.0))
    buzzer.close()


def test_a_loop_that_is_very_late_skips_what_is_over(factory: MockFactory, clock: Clock) -> None:
    buzzer = Buzzer(PIN, factory, passive=True)
    buzzer.sound("thanked", clock())
    buzzer.advance(clock.move(0.15))
    assert heard(factory) == (2093, 0.5)
    buzzer.sound("thanked", clock())
    buzzer.advance(clock.move(9))
    assert (heard(factory), buzzer.deadline) == ((None, 0.0), None)
    buzzer.close()


def test_a_loop_that_asks_too_early_changes_nothing(factory: MockFactory, clock: Clock) -> None:
    buzzer = Buzzer(PIN, factory, passive=True)
    buzzer.sound("refused", clock())
    buzzer.advance(clock.move(0.249))
    assert heard(factory) == (392, 0.5)
    buzzer.advance(clock.move(0.001))
    assert heard(factory) == (None, 0.0)
    buzzer.close()


def test_a_new_tune_cuts_off_the_old_one(factory: MockFactory, clock: Clock) -> None:
    buzzer = Buzzer(PIN, factory, passive=True)
    buzzer.sound("thanked", clock())
    clock.move(0.03)
    buzzer.sound("refused", clock())
    assert run(buzzer, factory, clock) == [(0, (392, 0.5)), (250, (None, 0.0))]
    buzzer.close()


def test_notes_of_ones_own_and_none_at_all(factory: MockFactory, clock: Clock) -> None:
    buzzer = Buzzer(PIN, factory, passive=True)
    buzzer.play([Note(440, 10), Note(880, 20)], clock())
    assert run(buzzer, factory, clock) == [(0, (440, 0.5)), (10, (880, 0.5)), (30, (None, 0.0))]
    buzzer.play([Note(440, 10)], clock())
    buzzer.play([], clock())
    assert (buzzer.deadline, heard(factory)) == (None, (None, 0.0))
    buzzer.close()


def test_tunes_are_short_and_within_what_lgpio_can() -> None:
    for notes in TUNES.values():
        assert sum(note.ms for note in notes) <= 300
        assert all(note.hz <= 10_000 for note in notes)


def test_close_silences_a_note_and_frees_the_pin(factory: MockFactory, clock: Clock) -> None:
    buzzer = Buzzer(PIN, factory, passive=True)
    buzzer.sound("refused", clock())
    buzzer.close()
    assert (heard(factory), buzzer.deadline) == ((None, 0.0), None)
    buzzer.close()
    Buzzer(PIN, factory).close()


def test_a_pin_that_is_taken_is_told(factory: MockFactory) -> None:
    button = gpiozero.Button(PIN, pin_factory=factory)
    with pytest.raises(
        PanelError, match=r"^the buzzer's pin 18 can't be had \(GPIOPinInUse: pin GPIO18 is already in use"
    ):
        Buzzer(PIN, factory)
    button.close()
    Buzzer(PIN, factory).close()


def test_a_buzzer_that_fails_is_logged_once_and_raises_nothing(
    factory: MockFactory, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    buzzer = Buzzer(PIN, factory, passive=True)

    def fail(_state: object) -> None:
        raise OSError("bad handle")

    monkeypatch.setattr(factory.pin(PIN), "_set_state", fail)
    for _ in range(2):
        buzzer.sound("thanked", clock())
        run(buzzer, factory, clock)
    assert caplog.record_tuples == [
        ("hardware.buzzer", logging.ERROR, "the buzzer doesn't work any more (OSError: bad handle)")
    ]
    monkeypatch.undo()
    buzzer.sound("refused", clock())
    assert heard(factory) == (392, 0.5)
    buzzer.close()
