"""The lights: those asked for are lit and no others, and a light that fails stops nobody."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from hardware.errors import PanelError
from hardware.lights import Lights

PINS = [12, 16, 20, 21]


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.close()


def states(factory: MockFactory) -> list[int]:
    return [int(factory.pin(pin).state) for pin in PINS]


def test_all_lights_are_off_at_first(factory: MockFactory) -> None:
    lights = Lights(PINS, factory)
    assert states(factory) == [0, 0, 0, 0]
    assert {factory.pin(pin).function for pin in PINS} == {"output"}
    lights.close()


def test_the_lights_asked_for_are_lit_and_no_others(factory: MockFactory) -> None:
    lights = Lights(PINS, factory)
    lights.show({0, 2})
    assert states(factory) == [1, 0, 1, 0]
    lights.show({3})
    assert states(factory) == [0, 0, 0, 1]
    lights.show(range(4))
    assert states(factory) == [1, 1, 1, 1]
    lights.show(())
    assert states(factory) == [0, 0, 0, 0]
    lights.close()


@pytest.fixture
def dimming() -> Iterator[MockFactory]:
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.close()


def waves(factory: MockFactory) -> list[tuple[int | None, float]]:
    return [(factory.pin(pin).frequency, float(factory.pin(pin).state)) for pin in PINS]


def test_a_dimmable_light_is_as_bright_as_asked_for(dimming: MockFactory) -> None:
    lights = Lights(PINS, dimming, dimmable=True)
    lights.show({0: 1.0, 1: 0.2, 2: 0.0})
    assert waves(dimming) == [(None, 1.0), (100, 0.2), (None, 0.0), (None, 0.0)]
    lights.show({0: 0.5, 1: 1.0, 2: 0.7, 3: 9.0})
    assert waves(dimming) == [(100, 0.5), (None, 1.0), (100, 0.7), (None, 1.0)]
    lights.show({0: 0.6, 2: -1.0})
    assert waves(dimming) == [(100, 0.6), (None, 0.0), (None, 0.0), (None, 0.0)]
    lights.close()
    assert waves(dimming) == [(None, 0.0)] * 4


def test_a_light_that_is_only_on_or_off_makes_no_wave(dimming: MockFactory) -> None:
    """A wave keeps a thread of lgpio's awake, hundreds of times a second."""
    lights = Lights(PINS, dimming, dimmable=True)
    lights.show({1, 2})
    assert waves(dimming) == [(None, 0.0), (None, 1.0), (None, 1.0), (None, 0.0)]
    lights.close()


def test_where_lights_cannot_be_dimmed_half_and_more_is_on(factory: MockFactory) -> None:
    lights = Lights(PINS, factory)
    lights.show({0: 1.0, 1: 0.5, 2: 0.49})
    assert states(factory) == [1, 1, 0, 0]
    lights.close()


def test_pins_that_cannot_dim_are_logged_once(factory: MockFactory, caplog: pytest.LogCaptureFixture) -> None:
    lights = Lights(PINS, factory, dimmable=True)
    lights.show({0: 0.2, 1: 1.0})
    lights.show({0: 0.2, 1: 1.0})
    assert states(factory) == [0, 1, 0, 0]
    assert [record.getMessage() for record in caplog.records] == [
        "the lights don't work any more (PinPWMUnsupported: )"
    ]
    lights.close()


def test_a_light_that_is_not_there_is_no_error(factory: MockFactory) -> None:
    lights = Lights(PINS, factory)
    lights.show({-1, 1, 9})
    assert states(factory) == [0, 1, 0, 0]
    lights.close()


def test_close_turns_everything_off_and_frees_the_pins(factory: MockFactory) -> None:
    lights = Lights(PINS, factory)
    lights.show(range(4))
    lights.close()
    assert states(factory) == [0, 0, 0, 0]
    lights.close()
    lights.show({0})
    assert states(factory) == [0, 0, 0, 0]
    Lights(PINS, factory).close()


def test_a_pin_that_is_taken_is_told_and_the_others_are_freed(factory: MockFactory) -> None:
    button = gpiozero.Button(20, pin_factory=factory)
    with pytest.raises(
        PanelError,
        match=r"^the lights' pins \[12, 16, 20, 21\] can't be had \(GPIOPinInUse: pin GPIO20 is already in use",
    ):
        Lights(PINS, factory)
    button.close()
    Lights(PINS, factory).close()


def test_a_light_that_fails_later_is_logged_once_and_the_others_still_shine(
    factory: MockFactory, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lights = Lights(PINS, factory)

    def fail(_state: object) -> None:
        raise OSError("bad handle")

    monkeypatch.setattr(factory.pin(12), "_set_state", fail)
    for lit in ({0, 3}, {0, 1}):
        lights.show(lit)
    assert states(factory)[1:] == [1, 0, 0]
    assert caplog.record_tuples == [
        ("hardware.lights", logging.ERROR, "the lights don't work any more (OSError: bad handle)")
    ]
    lights.close()
    assert states(factory)[1:] == [0, 0, 0]
