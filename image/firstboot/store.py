"""How what was brought becomes what is stored: all of it together, whatever moment the power is cut at.

Everything is written into a folder beside (`staging`) and made to last; one rename to `staged` decides. From then on
nothing but renames is left to do, each of which may be done again: whoever starts next does the rest before any
other program reads a setting. So there is no moment with half of it, and no space is needed after the decision.

    staging/  being written; thrown away at the next start
    staged/   decided: tree/ goes to the same names in the data folder, what `gone` names is removed,
              settings/ changes place with the folder before, the new state comes last
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from image.errors import FirstBootError
from image.firstboot import hands
from image.firstboot.hands import ROOT, Owner
from image.firstboot.state import MOST_BYTES, State, load, written
from kiosk.backstage.pin import Pin
from kiosk.disk import sync_folder
from kiosk.settings import Secret

STORE, SETTINGS, SECRETS, SYSTEM = "store", "settings", "secrets", "system"
PIN_FILES = ("technician.pin", "technician.tries")
_MODES = {STORE: 0o2750, SETTINGS: 0o750, SECRETS: 0o700, SYSTEM: 0o700}
_PRIVATE = 0o700


class Accounts(msgspec.Struct, frozen=True):
    """Whom files are given to. ROOT: nobody else, as where tests run without root."""

    kiosk: Owner = ROOT
    """The kiosk's user and group."""
    readers: Owner = ROOT
    """Root, and the group of both programs."""

    @classmethod
    def found(cls) -> Accounts:
        """Those of this machine; ROOT where this process isn't root or there are none."""
        try:
            user, group = pwd.getpwnam("moodpost-kiosk").pw_uid, grp.getgrnam("moodpost").gr_gid
        except KeyError:
            return cls()
        return cls((user, group), (0, group)) if os.geteuid() == 0 else cls()


class Change(msgspec.Struct, frozen=True):
    """What is to be stored together."""

    settings: Mapping[str, bytes]
    """The folder `settings`, whole: by name, without secrets."""
    tree: Mapping[str, bytes]
    """Files of root's own, by their place in the data folder."""
    links: Mapping[str, str]
    gone: Iterable[str]
    """What shall not be there any more."""
    pin: Secret
    """Empty: the one that is kept stays."""
    state: State


class Store:
    """The data folder. Its methods raise OSError where the disk doesn't take what is to be stored."""

    def __init__(self, data: Path, accounts: Accounts, clock: Callable[[], int]) -> None:
        self._data = data
        self._accounts = accounts
        self._clock = clock
        self._system = data / SYSTEM
        self._staging, self._staged = self._system / "staging", self._system / "staged"
        self._state, self.sums = self._system / "firstboot.json", self._system / "firstboot.sums"

    @property
    def state(self) -> State:
        """What was applied last."""
        return load(self._state)

    @property
    def settings_file(self) -> Path:
        """The stored one, whether or not it is there."""
        return self._data / SETTINGS / "moodpost.toml"

    def place(self, name: str) -> Path:
        """Of a stored thing."""
        return self._data / name

    def read(self, name: str) -> bytes:
        """What is stored under this name, b"" where nothing is."""
        return hands.content(self._data / name, MOST_BYTES) or b""

    def begin(self) -> bool:
        """Make the folders, and do what the power cut; whether there was anything decided to do."""
        if not self._system.is_dir():
            hands.folder(self._data, 0o755)
            hands.folder(self._system, _MODES[SYSTEM])
            sync_folder(self._data)
        hands.remove(self._staging)
        if not self._staged.is_dir():
            return False
        self._roll_forward()
        return True

    def keep_state(self, state: State) -> None:
        """Write down how far it is."""
        hands.put(self._state, written(state))

    def apply(self, change: Change) -> None:
        """All of it or nothing. Up to the last line of `_stage` nothing has changed; then it lasts."""
        try:
            self._stage(change)
        except OSError:
            hands.quietly_remove(self._staging)
            raise
        self._roll_forward()

    def _stage(self, change: Change) -> None:
        hands.remove(self._staging)
        hands.folder(self._staging, _PRIVATE)
        self._stage_settings(change.settings)
        tree = self._staging / "tree"
        hands.folder(tree, _PRIVATE)
        for name, data in change.tree.items():
            self._around(tree, name)
            hands.make(tree / name, data)
        for name, target in change.links.items():
            self._around(tree, name)
            os.symlink(target, tree / name)  # noqa: PTH211
        if change.pin:
            self._stage_pin(tree / STORE, change.pin)
        hands.make(self._staging / "gone", "".join(f"{name}\n" for name in change.gone).encode())
        hands.make(self._staging / "state", written(change.state))
        for folder, _, _ in os.walk(self._staging, topdown=False):
            sync_folder(Path(folder))
        os.sync()  # each file was synced, and told of errors; this is for whatever else stands in the data folder
        hands.remove(self.sums)  # the quick check must not pass over what is decided now
        hands.move(self._staging, self._staged)
        sync_folder(self._system)

    def _stage_settings(self, files: Mapping[str, bytes]) -> None:
        folder = self._staging / SETTINGS
        hands.folder(folder, _MODES[SETTINGS], self._accounts.readers)
        for name, data in files.items():
            if "/" in name:
                hands.folder(folder / name.split("/")[0], _MODES[SETTINGS], self._accounts.readers)
            hands.make(folder / name, data, 0o640, self._accounts.readers)

    def _around(self, tree: Path, name: str) -> None:
        """The folders around a file that is to be stored, as in the data folder."""
        for parent in reversed(Path(name).parents[:-1]):
            hands.folder(tree / parent, _PRIVATE)

    def _stage_pin(self, folder: Path, pin: Secret) -> None:
        """Its hash; with the count of wrong tries, if it is another than is kept."""
        hands.folder(folder, _PRIVATE)
        before = {name: hands.content(self._data / STORE / name, MOST_BYTES) for name in PIN_FILES}
        for name, data in before.items():
            if data is not None:
                hands.make(folder / name, data)
        Pin(folder, self._clock, pin).load()
        kept = folder / PIN_FILES[0]
        if not kept.is_file() or not Pin(folder, self._clock).load().set:
            raise FirstBootError(f"{self._data / STORE}: the technician's PIN can't be stored")
        if kept.read_bytes() == before[PIN_FILES[0]]:
            hands.remove(folder)  # it is the one: wrong tries go on counting
            return
        for name in PIN_FILES:
            if self._accounts.kiosk != ROOT and (folder / name).exists():
                os.chown(folder / name, *self._accounts.kiosk)

    def _roll_forward(self) -> None:
        """Each step may have been done before, by a process that the power cut."""
        settings, before = self._data / SETTINGS, self._staged / "before"
        if (self._staged / SETTINGS).is_dir():
            if settings.exists():
                hands.remove(before)
                hands.move(settings, before)
            hands.move(self._staged / SETTINGS, settings)
        touched = {self._data, self._system}
        tree = self._staged / "tree"
        for folder, _, names in sorted(os.walk(tree)):
            inside = Path(folder).relative_to(tree)
            for part in (*reversed(inside.parents[:-1]), inside) if inside.parts else ():
                owner = self._accounts.kiosk if part == Path(STORE) else ROOT
                hands.folder(self._data / part, _MODES.get(str(part), _PRIVATE), owner)
                touched |= {self._data / part, (self._data / part).parent}
            for name in names:
                self._make_room(self._data / inside / name)
                hands.move(Path(folder) / name, self._data / inside / name)
        for name in self._gone():
            hands.remove(self._data / name)
            if (parent := (self._data / name).parent).is_dir():
                touched.add(parent)
        for folder_touched in sorted(touched):
            sync_folder(folder_touched)
        if (self._staged / "state").exists():
            hands.move(self._staged / "state", self._state)
            sync_folder(self._system)
        hands.move(self._staged, self._staging)  # whole until here: what is thrown away is never taken for decided
        sync_folder(self._system)
        with contextlib.suppress(OSError):  # at the next start
            hands.remove(self._staging)

    def _make_room(self, path: Path) -> None:
        """A file can't take a folder's place, and the kiosk may make one in its own folder."""
        if path.is_dir() and not path.is_symlink():
            hands.remove(path)

    def _gone(self) -> list[str]:
        data = hands.content(self._staged / "gone", MOST_BYTES) or b""
        return data.decode().split("\n")[:-1]
