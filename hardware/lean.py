"""Keeps out of memory what libraries bring along for others, 5 MB of it. Never knows what is wired."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


def leave_out() -> None:
    """To be called before pygame or gpiozero is imported for the first time; later it changes nothing.

    Nothing is lost by it but sound: whoever asks gpiozero for more gets it, and the memory is taken then.
    """
    # pygame brings its mixer along with a dozen codecs, 2.5 MB; nothing here plays what they read. Modules that are
    # None can't be imported, and pygame goes without.
    sys.modules.update({"pygame.mixer": None, "pygame.mixer_music": None})  # type: ignore[dict-item]
    if "gpiozero" not in sys.modules:
        _gpiozero_by_parts()
        sys.modules.setdefault("importlib_metadata", _late_metadata())


def _gpiozero_by_parts() -> None:
    """`gpiozero.input_devices` alone can be imported, without all boards that there are (0.8 MB)."""
    spec = find_spec("gpiozero")
    if spec is None or spec.loader is None:
        return
    package, loader = module_from_spec(spec), spec.loader

    def whole(name: str) -> Any:
        if name.startswith("__"):  # what the import system asks every module for
            raise AttributeError(f"module 'gpiozero' has no attribute {name!r}")
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, name)

    package.__dict__["__getattr__"] = whole
    sys.modules["gpiozero"] = package


def _late_metadata() -> ModuleType:
    """The backport that gpiozero tries first: the library's own module (1.5 MB), once somebody looks for plugins."""
    module = ModuleType("importlib_metadata")

    def entry_points(**wanted: Any) -> Any:
        from importlib.metadata import entry_points

        return entry_points(**wanted)

    def rest(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module 'importlib_metadata' has no attribute {name!r}")
        import importlib.metadata

        return getattr(importlib.metadata, name)

    module.__dict__.update(entry_points=entry_points, __getattr__=rest)
    return module
