"""Input devices of the kernel, each a pipe that tells what such a device does, and a kernel that is asked about it."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterator, Sequence

import pygame
import pytest

from hardware.evdev import Reader
from hardware.inputs import Key, Move, Release, Touch, Translator
from hardware.rotation import Rotation

PANEL = (800, 480)
SYN, KEY, REL, ABS = range(4)
REPORT, DROPPED = (SYN, 0, 0), (SYN, 3, 0)
X, Y, SLOT, MT_X, MT_Y, MT_ID = 0x00, 0x01, 0x2F, 0x35, 0x36, 0x39
LEFT, TOUCH, ONE, NINE = 0x110, 0x14A, 2, 10
LIFTED = -1


class Device:
    """A device as the kernel tells of it: keys, axes with their ranges, what it moves, and where things stand."""

    def __init__(
        self, keys: Sequence[int] = (), axes: dict[int, tuple[int, int]] | None = None, moves: Sequence[int] = ()
    ) -> None:
        self.keys, self.axes, self.moves = keys, axes or {}, moves
        self.points = False
        self.standing: dict[int, int | list[int]] = {}
        self.reading, self.writing = os.pipe2(os.O_NONBLOCK)

    def __call__(self, descriptor: int, request: int, argument: bytes) -> bytes:
        assert descriptor == self.reading
        assert request >> 30 == 2  # the kernel writes
        assert request >> 16 & 0x3FFF == len(argument)
        assert request >> 8 & 0xFF == ord("E")
        number = request & 0xFF
        if number == 0x09:
            told = int(self.points)
        elif 0x20 <= number < 0x40:
            told = sum(1 << code for code in {KEY: self.keys, REL: self.moves, ABS: self.axes}[number - 0x20])
        elif number == 0x0A:
            code = struct.unpack_from("@I", argument)[0]
            values = self.standing.get(code, [])
            assert isinstance(values, list)
            values += [0] * (len(argument) // 4 - 1 - len(values))
            return struct.pack(f"@I{len(values)}i", code, *values)
        else:
            code = number - 0x40
            if code not in self.axes:
                raise OSError(errno.EINVAL, "Invalid argument")
            value = self.standing.get(code, 0)
            return struct.pack("@6i", value if isinstance(value, int) else 0, *self.axes[code], 0, 0, 0)
        return told.to_bytes(len(argument), "little")

    def tell(self, *events: tuple[int, int, int]) -> None:
        for event in events:
            os.write(self.writing, struct.pack("@llHHi", 0, 0, *event))


def screen() -> Device:
    return Device(
        [TOUCH], {X: (0, 4095), Y: (0, 4095), SLOT: (0, 9), MT_X: (0, 799), MT_Y: (0, 479), MT_ID: (0, 65535)}
    )


def tablet() -> Device:
    return Device([LEFT], {X: (0, 32767), Y: (0, 32767)})


@pytest.fixture
def opened() -> Iterator[list[Device]]:
    devices: list[Device] = []
    yield devices
    for device in devices:
        os.close(device.reading)
        if device.writing >= 0:
            os.close(device.writing)


class Hand:
    """A device and what the picture makes of it."""

    def __init__(self, device: Device, opened: list[Device]) -> None:
        opened.append(device)
        self.device = device
        self.reader = Reader(device.reading, PANEL, device)
        self._translator = Translator(Rotation(0, *PANEL))

    def does(self, *events: tuple[int, int, int]) -> list[object]:
        self.device.tell(*events, REPORT)
        return list(self._translator.inputs(self.reader.read()))

    def released(self) -> list[object]:
        return list(self._translator.inputs(self.reader.release()))


def test_a_finger_counts_where_it_is_once_the_report_is_whole(opened: list[Device]) -> None:
    hand = Hand(screen(), opened)
    hand.device.tell((ABS, MT_ID, 7), (ABS, MT_X, 120))
    assert list(hand.reader.read()) == []
    assert hand.does((ABS, MT_Y, 240), (ABS, X, 614), (ABS, Y, 2047), (KEY, TOUCH, 1)) == [Touch(120, 240)]
    assert hand.does((ABS, MT_X, 130)) == [Move(130, 240)]
    assert hand.does((ABS, MT_ID, LIFTED), (KEY, TOUCH, 0)) == [Release(130, 240)]


def test_of_what_did_not_change_the_kernel_tells_nothing_and_it_is_known_all_the_same(opened: list[Device]) -> None:
    device = screen()
    device.standing = {MT_X: [700, 20], MT_Y: [400, 30]}
    hand = Hand(device, opened)
    assert hand.does((ABS, MT_ID, 7), (ABS, MT_X, 600)) == [Touch(600, 400)]
    assert hand.does((ABS, SLOT, 1), (ABS, MT_ID, 8)) == [Touch(20, 30, 1)]


def test_two_fingers_are_two_and_who_follows_at_once_is_another(opened: list[Device]) -> None:
    hand = Hand(screen(), opened)
    both = ((ABS, SLOT, 0), (ABS, MT_ID, 1), (ABS, MT_X, 10), (ABS, SLOT, 1), (ABS, MT_ID, 2), (ABS, MT_X, 700))
    assert hand.does(*both) == [Touch(10, 0), Touch(700, 0, 1)]
    assert hand.does((ABS, SLOT, 0), (ABS, MT_ID, 3), (ABS, MT_X, 20)) == [Release(20, 0), Touch(20, 0)]
    assert hand.does((ABS, SLOT, 1), (ABS, MT_ID, LIFTED)) == [Release(700, 0, 1)]


def test_the_very_edges_are_within_the_picture(opened: list[Device]) -> None:
    hand = Hand(screen(), opened)
    assert hand.does((ABS, MT_ID, 1), (ABS, MT_X, 799), (ABS, MT_Y, 479)) == [Touch(799, 479)]
    assert hand.does((ABS, MT_X, 0), (ABS, MT_Y, -5)) == [Move(0, 0)]
    assert hand.does((ABS, MT_X, 9_999)) == [Move(799, 0)]


def test_a_screen_that_knows_one_finger_is_touched_too(opened: list[Device]) -> None:
    hand = Hand(Device([TOUCH], {X: (200, 3_900), Y: (200, 3_900)}), opened)
    assert hand.does((ABS, X, 2_050), (ABS, Y, 200), (KEY, TOUCH, 1)) == [Touch(399, 0)]
    assert hand.does((KEY, TOUCH, 0)) == [Release(399, 0)]


def test_a_tablet_counts_when_it_clicks_and_not_when_it_hovers(opened: list[Device]) -> None:
    device = tablet()
    device.standing = {X: 16_384, Y: 16_384}
    hand = Hand(device, opened)
    assert hand.does((KEY, LEFT, 1)) == [Touch(400, 240)]
    assert hand.does((KEY, LEFT, 0)) == [Release(400, 240)]
    assert hand.does((ABS, X, 0)) == []
    assert hand.does((KEY, LEFT, 1)) == [Touch(0, 240)]


def test_a_mouse_starts_in_the_middle_and_never_leaves(opened: list[Device]) -> None:
    hand = Hand(Device([LEFT], moves=[X, Y]), opened)
    assert hand.does((REL, X, -100), (REL, Y, 50), (KEY, LEFT, 1)) == [Touch(300, 290)]
    assert hand.does((REL, X, -5_000), (REL, Y, 5_000)) == [Move(0, 479)]
    assert hand.does((REL, 0x08, 1), (REL, X, 5_000), (KEY, LEFT, 0)) == [Release(799, 479)]


def test_a_touchpad_counts_when_it_is_pressed_down_and_not_when_somebody_rests_on_it(opened: list[Device]) -> None:
    pad = screen()
    pad.keys, pad.points = [TOUCH, LEFT], True
    hand = Hand(pad, opened)
    assert hand.does((ABS, MT_ID, 1), (ABS, MT_X, 400), (ABS, X, 2_048), (ABS, Y, 2_048), (KEY, TOUCH, 1)) == []
    assert hand.does((KEY, LEFT, 1)) == [Touch(400, 240)]


def test_digits_count_once_however_long_they_are_held(opened: list[Device]) -> None:
    hand = Hand(Device([ONE, NINE, 30]), opened)
    assert hand.does((KEY, ONE, 1)) == [Key(1, down=True)]
    assert hand.does((KEY, ONE, 2)) == []
    assert hand.does((KEY, ONE, 0), (KEY, NINE, 1), (KEY, 30, 1)) == [Key(1, down=False), Key(9, down=True)]


def test_what_the_kernel_had_no_room_for_lifts_the_fingers_and_is_asked_for(opened: list[Device]) -> None:
    hand = Hand(screen(), opened)
    assert hand.does((ABS, MT_ID, 1), (ABS, MT_X, 10)) == [Touch(10, 0)]
    hand.device.standing = {MT_X: [500], MT_Y: [300], SLOT: 0}
    assert hand.does(DROPPED, (ABS, MT_X, 499), (KEY, ONE, 1)) == [Release(500, 300)]
    assert hand.does((ABS, MT_ID, LIFTED)) == []
    assert hand.does((ABS, MT_ID, 2)) == [Touch(500, 300)]


def test_a_finger_on_what_is_pulled_out_is_lifted(opened: list[Device]) -> None:
    hand = Hand(tablet(), opened)
    assert hand.does((KEY, LEFT, 1)) == [Touch(0, 0)]
    os.close(hand.device.writing)
    hand.device.writing = -1
    with pytest.raises(OSError, match="No such device"):
        list(hand.reader.read())
    assert hand.released() == [Release(0, 0)]
    assert hand.released() == []


def test_what_is_no_input_device_tells_nothing(opened: list[Device]) -> None:
    device = tablet()
    opened.append(device)
    reader = Reader(device.reading, PANEL)  # asks the real kernel, which knows it for a pipe
    device.tell((KEY, LEFT, 1), (ABS, X, 5), (REL, X, 5), REPORT)
    assert list(reader.read()) == []
    os.write(device.writing, b"no events")
    assert list(reader.read()) == []


def test_events_are_those_of_sdl(opened: list[Device]) -> None:
    hand = Hand(tablet(), opened)
    hand.device.tell((ABS, X, 16_384), (KEY, LEFT, 1), REPORT)
    (event,) = hand.reader.read()
    assert (event.type, event.finger_id, event.x, event.y) == (pygame.FINGERDOWN, 0, 0.5, 0.0)
