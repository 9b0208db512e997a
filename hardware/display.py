"""The picture and the touch of this machine. Knows surfaces and points; never what is drawn.

In a window both are SDL's; on the bare screen of a Pi (kmsdrm) they are the kernel's own, and SDL only draws. It also
tells what to sleep on: SDL's own waiting is a 1 ms poll, so a sleeper watches the X connection in a window, or the
input devices, and asks only when one of them stirs.
"""

from __future__ import annotations

import ctypes
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hardware import panel_size, window
from hardware.devices import Devices
from hardware.errors import DisplayError
from hardware.inputs import WANTED, Damaged, Input, Key, Move, Quit, Release, Touch, Translator
from hardware.rotation import TURNS, Rotation

if TYPE_CHECKING:
    from hardware.scanout import Scanout

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")  # SIGTERM and Ctrl-C are the program's own

import pygame

__all__ = ["DRIVERS", "Damaged", "Display", "Input", "Key", "Move", "Quit", "Release", "Touch", "pick_driver"]

log = logging.getLogger(__name__)

DRIVERS = ("window", "kmsdrm", "offscreen")


def pick_driver() -> str:
    """Where the picture can go on this machine: a window, the bare screen of a Pi, or nowhere."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return "window"
    if any(Path("/dev/dri").glob("card*")):
        return "kmsdrm"
    return "offscreen"


class Display:
    """An open picture. `surface` is drawn on, `flip` shows it. DisplayError where there is none to be had.

    `rotate` turns the picture clockwise by 0, 90, 180 or 270 degrees: with 90 its top lies along the panel's right
    edge. All else here is as the visitor sees it, upright: `size` (asked for and got), `surface`, touches, what is
    saved. `root` is where /sys and /dev are looked for.
    """

    def __init__(
        self,
        driver: str,
        size: tuple[int, int] | None = None,
        *,
        fullscreen: bool = False,
        rotate: int = 0,
        root: Path = Path("/"),
    ) -> None:
        if not getattr(pygame, "IS_CE", False):
            raise DisplayError("found pygame, expected pygame-ce: uninstall both, then install pygame-ce alone")
        if rotate not in TURNS:
            raise DisplayError(f"found rotate {rotate}, expected one of {', '.join(map(str, TURNS))}")
        self._root = root
        self._devices = Devices(root)
        self._open(driver, size, fullscreen=fullscreen, rotate=rotate)

    def reopen(self, driver: str, size: tuple[int, int] | None = None) -> None:
        """Open the picture through another driver. DisplayError where it can't be had: then it goes off screen.

        Whoever drew on `surface` draws on the new one from now on, and no descriptor of before is valid.
        """
        degrees = self._rotation.degrees
        self.close()
        self._devices = Devices(self._root)
        try:
            self._open(driver, size, fullscreen=False, rotate=degrees)
        except DisplayError:
            self._open("offscreen", size, fullscreen=False, rotate=degrees)
            raise

    def _open(self, driver: str, size: tuple[int, int] | None, *, fullscreen: bool, rotate: int) -> None:
        self.lost = False
        """Whether the screen was pulled out, as whoever watches it says; the picture is still open."""
        self.failing = False
        """Whether it can't be shown any more."""
        sdl_driver = _sdl_driver(driver)
        # In a window of X this saves 100 MB of Mesa; there is little to draw. Wayland can show nothing without it.
        os.environ["SDL_FRAMEBUFFER_ACCELERATION"] = "1" if sdl_driver == "wayland" else "0"
        os.environ["SDL_VIDEODRIVER"] = sdl_driver
        os.environ.setdefault("SDL_VIDEO_X11_WMCLASS", "moodpost")
        window.spare()
        self._scanout: Scanout | None = None
        try:
            if driver == "kmsdrm":
                from hardware.scanout import Scanout  # here: a window starts sooner without it

                self._scanout = Scanout(size and Rotation(rotate, *size).panel, self._root)
            self._draw_on(size, fullscreen=fullscreen, rotate=rotate)
        except (pygame.error, DisplayError) as error:
            self._give_back()
            raise DisplayError(f"no picture through {driver} ({error}). Is a screen connected?") from None
        self.driver = driver if self._scanout else pygame.display.get_driver().lower()
        self._translator = Translator(self._rotation)
        pygame.event.set_blocked(None)
        pygame.event.set_allowed(WANTED)
        self.refresh_inputs()

    def _draw_on(self, size: tuple[int, int] | None, *, fullscreen: bool, rotate: int) -> None:
        pygame.display.init()
        pygame.display.set_caption("Moodpost")
        pygame.display.set_icon(window.icon())
        if self._scanout:
            self._rotation = Rotation.on(self._scanout.size, rotate)
            # What SDL takes for its window, which nobody sees: memory that is quick to read, unlike the panel's.
            self.surface = pygame.display.set_mode(self._rotation.size)
            return
        flags = pygame.FULLSCREEN if fullscreen else 0
        asked = (0, 0) if flags and size is None else Rotation(rotate, *(size or (800, 480))).panel
        self._window = pygame.display.set_mode(asked, flags)
        self._rotation = Rotation.on(self._window.get_size(), rotate)
        # Of the window's own format: then showing it is turning and copying, nothing else.
        self.surface = pygame.Surface(self._rotation.size, 0, self._window) if rotate else self._window

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture, pixels."""
        return self._rotation.size

    @property
    def mm(self) -> tuple[int, int] | None:
        """Width and height of the picture, mm; None where nobody knows: in a window, or a screen that doesn't tell."""
        found = panel_size.physical_size(self._rotation.panel, self._root) if self.driver == "kmsdrm" else None
        return found and panel_size.upright(found, self._rotation.degrees)

    @property
    def dpi(self) -> float | None:
        """Pixels on an inch of the panel; None where its size is unknown."""
        mm = self.mm
        return mm and panel_size.dots_per_inch(self.size, mm)

    def flip(self, area: pygame.Rect | tuple[int, int, int, int] | None = None) -> None:
        """Show what was drawn, or of it only `area`, pixels of the picture.

        Where the picture is turned the cost goes by the area: a key of a keyboard should not cost the whole.
        """
        whole = self.surface.get_rect()
        part = whole if area is None else whole.clip(area)
        if not part:
            return
        place = self._rotation.area_on_panel(*part)
        panel = self._scanout.panel if self._scanout else self._window
        if self._rotation.degrees:
            panel.blit(pygame.transform.rotate(self.surface.subsurface(part), -self._rotation.degrees), place)
        elif panel is not self.surface:
            panel.blit(self.surface, place, part)
        try:
            if self._scanout:
                self._scanout.changed(place)
            else:
                pygame.display.update(place)
        except (pygame.error, OSError) as error:  # the screen was pulled out: buttons count without it
            if not self.failing:
                log.error("the picture can't be shown any more (%s)", error)
            self.failing = True

    def save(self, path: Path) -> None:
        """Write the picture as a PNG. DisplayError where the file can't be written."""
        try:
            pygame.image.save(self.surface, path)
        except (pygame.error, OSError) as error:
            raise DisplayError(f"{path}: the picture can't be written ({error})") from None

    def inputs(self) -> Iterator[Input]:
        """What happened since the last call."""
        return self._translator.inputs([*pygame.event.get(), *self._devices.events()])

    def touch(self, x: int, y: int) -> None:
        """Tap the picture as a mouse would: for a player that has no hands."""
        self.press_at(x, y)
        self.release_at(x, y)

    def press_at(self, x: int, y: int) -> None:
        """The first half of a tap: what comes before `release_at` is a long press."""
        self._point(pygame.MOUSEBUTTONDOWN, x, y)

    def release_at(self, x: int, y: int) -> None:
        """The second half of a tap."""
        self._point(pygame.MOUSEBUTTONUP, x, y)

    def _point(self, kind: int, x: int, y: int) -> None:
        pygame.event.post(pygame.Event(kind, button=1, pos=self._rotation.to_panel(x, y), touch=False))

    def descriptors(self) -> list[int] | None:
        """What to sleep on, or None where this driver has nothing and must be asked now and then."""
        if self.driver == "offscreen":
            return []
        if self.driver == "kmsdrm":
            return self._devices.descriptors or None
        connection = _x_connection() if self.driver == "x11" else None
        return None if connection is None else [connection]

    def drain(self, descriptor: int) -> None:
        """Read what an input device has to tell; the X connection is left to SDL."""
        self._devices.drain(descriptor)

    @property
    def inputs_changed(self) -> bool:
        """Whether an input device was plugged in or pulled out since the last `refresh_inputs`."""
        return self._devices.changed

    def refresh_inputs(self) -> bool:
        """Open the input devices that are new, close those that are gone; whether there was any.

        Then `descriptors` are others: forget those of before first.
        """
        return self.driver == "kmsdrm" and self._devices.refresh(self._rotation.panel)

    def close(self) -> None:
        """Give the picture back."""
        self._devices.close()
        self._give_back()

    def _give_back(self) -> None:
        if self._scanout:
            self._scanout.close()
            self._scanout = None
        pygame.display.quit()


def _sdl_driver(driver: str) -> str:
    if driver == "window":
        return "x11" if os.environ.get("DISPLAY") else "wayland"
    if driver in DRIVERS:
        return "offscreen"
    raise DisplayError(f"found screen {driver!r}, expected one of {', '.join(DRIVERS)}")


def _x_connection() -> int | None:
    """The descriptor of SDL's X connection: SDL keeps it to itself, Xlib tells."""
    capsule = pygame.display.get_wm_info().get("display")
    if capsule is None:
        return None
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype = ctypes.c_char_p
    api.PyCapsule_GetName.argtypes = [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    try:
        xlib = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    xlib.XConnectionNumber.argtypes = [ctypes.c_void_p]
    return int(xlib.XConnectionNumber(api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))))
