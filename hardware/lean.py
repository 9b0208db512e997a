"""Keeps out of memory what libraries bring along for others, 5 MB of it. Never knows what is wired."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

_NAMES = {
    "Rect": "rect",
    "FRect": "rect",
    "Color": "color",
    "Event": "event",
    "Surface": "surface",
    "Font": "font",
}
"""Where pygame has what it offers by itself, as far as it is asked for here."""


def leave_out() -> None:
    """To be called before pygame, gpiozero or msgspec is imported for the first time; later it changes nothing.

    Nothing is lost by it but sound: whoever asks for more gets it, and time and memory are taken then.
    """
    # pygame brings its mixer along with a dozen codecs, 2.5 MB; nothing here plays what they read. Modules that are
    # None can't be imported, and pygame goes without.
    sys.modules.update({"pygame.mixer": None, "pygame.mixer_music": None})  # type: ignore[dict-item]
    if "msgspec" not in sys.modules:
        _msgspec_alone()
    if "pygame" not in sys.modules:
        _by_parts("pygame", _part_of_pygame)
    if "gpiozero" not in sys.modules:
        _by_parts("gpiozero")
        # What it wants for plugins, lights that have a colour, and what sensors read: 3 MB that nothing here uses.
        _late("importlib_metadata", "entry_points", of="importlib.metadata")
        _late("colorzero", "Color")
        _late("statistics", "median", "mean")


def _by_parts(name: str, part: Callable[[ModuleType, str], Any] | None = None) -> None:
    """The package's modules can be imported alone, without all that it would import by itself.

    Of gpiozero that is each board there is (0.8 MB), of pygame two dozen modules and what they import (1 MB). What
    `part` doesn't find is asked of the whole, which is imported then.
    """
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        return
    package, loader = module_from_spec(spec), spec.loader

    def asked(wanted: str) -> Any:
        if wanted.startswith("__"):  # what the import system asks every module for
            raise AttributeError(f"module {name!r} has no attribute {wanted!r}")
        if part is not None:
            try:
                return part(package, wanted)
            except (ImportError, AttributeError):
                pass
        package.__dict__.pop("__getattr__", None)
        loader.exec_module(package)
        return getattr(package, wanted)

    package.__dict__["__getattr__"] = asked
    sys.modules[name] = package


def _part_of_pygame(package: ModuleType, wanted: str) -> Any:
    if (module := _NAMES.get(wanted)) is not None:
        found = getattr(import_module(f"pygame.{module}"), wanted)
    elif wanted == "error":
        found = import_module("pygame.base").error
    elif wanted.isupper() or wanted.startswith("K_"):
        found = getattr(import_module("pygame.constants"), wanted)
    else:
        return import_module(f"pygame.{wanted}")
    package.__dict__[wanted] = found
    return found


def _msgspec_alone() -> None:
    """It asks typing_extensions for what every Python that we run on has by itself."""
    was = sys.modules.get("typing_extensions")
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    try:
        import_module("msgspec")
    finally:
        del sys.modules["typing_extensions"]
        if was is not None:
            sys.modules["typing_extensions"] = was


def _late(name: str, *functions: str, of: str = "") -> None:
    """Imports the module `name` once somebody calls one of its `functions`, or asks for anything else of it.

    `of` is the module whose they are, where that is another.
    """
    module = ModuleType(name)

    def real() -> ModuleType:
        if not of and sys.modules.get(name) is module:
            del sys.modules[name]
        return import_module(of or name)

    def late(function: str) -> Callable[..., Any]:
        return lambda *given, **named: getattr(real(), function)(*given, **named)

    def rest(wanted: str) -> Any:
        if wanted.startswith("__"):
            raise AttributeError(f"module {name!r} has no attribute {wanted!r}")
        return getattr(real(), wanted)

    module.__dict__.update({function: late(function) for function in functions}, __getattr__=rest)
    sys.modules.setdefault(name, module)
