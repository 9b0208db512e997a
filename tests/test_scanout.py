"""The bare screen: which one is taken, in which mode, what is seen on it. The card is a file that answers as one."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from hardware import drm
from hardware.display import Display, Touch
from hardware.errors import DisplayError
from hardware.scanout import Scanout
from tests.graphics_card import Card, Kernel, Socket, mode

SMALL, WIDE = (64, 48), (96, 54)
RED = (255, 0, 0)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(drm.fcntl, "ioctl", kernel.ioctl)
    for name in ("SDL_VIDEODRIVER", "SDL_FRAMEBUFFER_ACCELERATION"):
        monkeypatch.setenv(name, "")
    return kernel


@pytest.fixture
def card(kernel: Kernel, tmp_path: Path) -> Card:
    return add(kernel, tmp_path, "card0", Socket([mode(SMALL)]))


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def add(kernel: Kernel, root: Path, name: str, *sockets: Socket) -> Card:
    kernel.cards.append(Card(root / "dev/dri" / name, sockets))
    return kernel.cards[-1]


@contextlib.contextmanager
def opened(root: Path, size: tuple[int, int] | None = None) -> Iterator[Scanout]:
    scanout = Scanout(size, root)
    try:
        yield scanout
    finally:
        scanout.close()


def taken(root: Path, card: Card, size: tuple[int, int] | None = None) -> tuple[int, list[int], tuple[int, int]]:
    """The CRTC, the connectors and the size that a card shows the picture with."""
    with opened(root, size):
        assert card.shown
        crtc, connectors, chosen = card.shown
        return crtc, connectors, chosen.size


def test_the_screen_is_black_before_it_shows_anything(card: Card, tmp_path: Path) -> None:
    with opened(tmp_path) as scanout:
        assert (scanout.size, card.pixel(0, 0), card.pixel(63, 47)) == (SMALL, (0, 0, 0), (0, 0, 0))


def test_what_is_written_is_shown_where_it_was_written(card: Card, tmp_path: Path) -> None:
    with opened(tmp_path) as scanout:
        scanout.panel.fill(RED, (10, 20, 5, 5))
        scanout.changed((10, 20, 5, 5))
        assert [card.pixel(*at) for at in ((9, 20), (10, 20), (14, 24), (15, 24))] == [(0, 0, 0), RED, RED, (0, 0, 0)]
    assert card.dirt == [(10, 20, 5, 5)]


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_card_that_sees_for_itself_is_told_no_more(card: Card, tmp_path: Path, number: int) -> None:
    card.refuses["dirty"] = number
    with opened(tmp_path) as scanout:
        scanout.changed((0, 0, 1, 1))
        card.refuses.clear()
        scanout.changed((0, 0, 1, 1))
    assert card.dirt == []


def test_a_screen_that_shows_nothing_any_more_is_told(card: Card, tmp_path: Path) -> None:
    with opened(tmp_path) as scanout:
        card.refuses["dirty"] = errno.EACCES
        with pytest.raises(OSError, match="Permission denied"):
            scanout.changed((0, 0, 1, 1))


def test_the_mode_that_is_shown_already_stays(kernel: Kernel, tmp_path: Path) -> None:
    """The kernel's command line may ask for one (video=)."""
    socket = Socket([mode(WIDE, preferred=True), mode(SMALL, clock=2), mode(SMALL, clock=3)])
    card = add(kernel, tmp_path, "card0", socket)
    assert taken(tmp_path, card) == (31, [41], WIDE)
    as_shown = mode(SMALL, clock=3)
    as_shown.type, as_shown.name = 0x20, b"by hand"
    socket.shows = drm.Crtc(crtc_id=32, mode_valid=1, mode=as_shown)
    assert taken(tmp_path, card) == (32, [41], SMALL)
    assert card.shown
    assert card.shown[2].clock == 3
    socket.shows.mode.clock = 4  # of another screen, which was there before
    assert taken(tmp_path, card) == (32, [41], WIDE)


def test_where_none_is_preferred_the_first_is_taken(kernel: Kernel, tmp_path: Path) -> None:
    card = add(kernel, tmp_path, "card0", Socket([mode(SMALL), mode(WIDE)]))
    assert taken(tmp_path, card) == (31, [41], SMALL)


def test_of_a_very_large_screen_a_smaller_mode_of_its_proportions_is_taken(kernel: Kernel, tmp_path: Path) -> None:
    sizes = [(3840, 2160), (1600, 1200), (1920, 1080), (1280, 720)]
    socket = Socket([mode(size, preferred=size == sizes[0]) for size in sizes])
    card = add(kernel, tmp_path, "card0", socket)
    assert taken(tmp_path, card)[2] == (1920, 1080)
    socket.shows = drm.Crtc(crtc_id=31, mode_valid=1, mode=socket.modes[0])
    assert taken(tmp_path, card)[2] == (1920, 1080)
    del socket.modes[2:]
    assert taken(tmp_path, card)[2] == (1600, 1200)
    del socket.modes[1:]
    assert taken(tmp_path, card)[2] == (3840, 2160)


def test_a_size_that_was_asked_for_is_taken_or_told(kernel: Kernel, tmp_path: Path) -> None:
    card = add(kernel, tmp_path, "card0", Socket([mode(WIDE, preferred=True), mode(SMALL), mode(WIDE)]))
    assert taken(tmp_path, card, SMALL)[2] == SMALL
    with pytest.raises(DisplayError, match=r"^the screen has no mode of 10 x 10, but 96 x 54, 64 x 48$"):
        Scanout((10, 10), tmp_path)


def test_sockets_without_a_screen_are_passed_over(kernel: Kernel, tmp_path: Path) -> None:
    empty, unknown = Socket([mode(WIDE)], connection=2), Socket([mode(WIDE)], connection=3)
    nobody_sees = Socket([mode(WIDE)], kind=drm.WRITEBACK)
    last = Socket([mode(SMALL)])
    last.crtcs = 0b10
    card = add(kernel, tmp_path, "card1", empty, unknown, nobody_sees, last)
    add(kernel, tmp_path, "card0")
    assert taken(tmp_path, card) == (32, [44], SMALL)
    assert card.probes == 0


def test_a_screen_that_nobody_has_asked_yet_is_asked(kernel: Kernel, tmp_path: Path) -> None:
    card = add(kernel, tmp_path, "card0", Socket(asked=[mode(SMALL)]))
    assert taken(tmp_path, card) == (31, [41], SMALL)
    assert card.probes == 1


def test_a_screen_that_is_changed_while_it_is_asked_is_no_screen_yet(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = Socket([mode(SMALL)])
    add(kernel, tmp_path, "card0", socket)

    def growing(descriptor: int, request: int, argument: object) -> int:
        done = kernel.ioctl(descriptor, request, argument)
        if request & 0xFF == 0xA7:
            socket.modes.append(mode(SMALL))
        return done

    monkeypatch.setattr(drm.fcntl, "ioctl", growing)
    with pytest.raises(DisplayError, match=r"^no screen is connected$"):
        Scanout(None, tmp_path)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EBUSY])
def test_a_screen_that_another_program_has_is_told(card: Card, tmp_path: Path, number: int) -> None:
    card.refuses["set_crtc"] = number
    before = descriptors()
    with pytest.raises(DisplayError, match=r"card0: .*: another program has the screen, or this user is not in the gr"):
        Scanout(None, tmp_path)
    assert descriptors() == before


def test_what_is_no_card_or_has_no_memory_to_show_is_passed_over(kernel: Kernel, tmp_path: Path) -> None:
    with pytest.raises(DisplayError, match=r"^no graphics card is there$"):
        Scanout(None, tmp_path)
    (tmp_path / "dev/dri").mkdir(parents=True)
    (tmp_path / "dev/dri/card0").write_bytes(b"")
    with pytest.raises(DisplayError, match=r"card0: Inappropriate ioctl for device$"):
        Scanout(None, tmp_path)
    (tmp_path / "dev/dri/card0").unlink()
    add(kernel, tmp_path, "card1", Socket([mode(SMALL)])).dumb = False
    add(kernel, tmp_path, "card3").refuses["cap"] = errno.EOPNOTSUPP  # a Pi's 3D core
    with pytest.raises(DisplayError, match=r"^no screen is connected$"):
        Scanout(None, tmp_path)
    assert taken(tmp_path, add(kernel, tmp_path, "card2", Socket([mode(SMALL)]))) == (31, [41], SMALL)


def test_the_card_is_given_back_once_nobody_draws_any_more(card: Card, tmp_path: Path) -> None:
    before = descriptors()
    with opened(tmp_path) as scanout:
        kept = scanout.panel
    kept.fill(RED)  # into memory that is still there
    assert card.pixel(0, 0) == RED
    del kept
    assert descriptors() == before


@pytest.mark.parametrize(
    ("rotate", "size", "at"),
    [(0, SMALL, (2, 3)), (90, (48, 64), (60, 2)), (180, SMALL, (61, 44)), (270, (48, 64), (3, 45))],
)
def test_a_picture_is_shown_turned_and_only_what_was_changed_of_it(
    card: Card, tmp_path: Path, rotate: int, size: tuple[int, int], at: tuple[int, int]
) -> None:
    display = Display("kmsdrm", rotate=rotate, root=tmp_path)
    assert (display.driver, display.size) == ("kmsdrm", size)
    display.surface.set_at((2, 3), RED)
    display.surface.set_at((20, 20), RED)
    display.flip((2, 3, 1, 1))
    assert card.pixel(*at) == RED
    assert card.dirt == [(*at, 1, 1)]
    assert sum(card.pixel(x, y) == RED for x in range(64) for y in range(48)) == 1
    display.flip()
    assert sum(card.pixel(x, y) == RED for x in range(64) for y in range(48)) == 2
    display.close()


def test_a_screen_that_was_pulled_out_fails_once_and_is_opened_anew_in_another_size(
    card: Card, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    display = Display("kmsdrm", root=tmp_path)
    card.refuses["dirty"] = errno.ENODEV
    for _ in range(3):
        display.flip()
    assert display.failing
    assert caplog.text.count("the picture can't be shown any more (") == 1
    card.sockets[0].modes = [mode(WIDE)]
    card.refuses.clear()
    display.reopen("kmsdrm")
    assert (display.size, display.failing) == (WIDE, False)
    card.sockets[0].connection = 2
    with pytest.raises(DisplayError, match=r"^no picture through kmsdrm \(no screen is connected\)"):
        display.reopen("kmsdrm")
    assert display.driver == "offscreen"
    display.close()


def test_fingers_on_the_bare_screen_come_from_the_kernel_and_from_a_player(card: Card, tmp_path: Path) -> None:
    display = Display("kmsdrm", root=tmp_path)
    list(display.inputs())
    display._devices._told.append(pygame.Event(pygame.FINGERDOWN, touch_id=9, finger_id=0, x=0.5, y=0.5))
    assert list(display.inputs()) == [Touch(32, 24)]
    display.press_at(1, 2)
    assert list(display.inputs()) == [Touch(1, 2, 1)]
    display.close()
