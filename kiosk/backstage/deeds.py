"""What a technician asks to have done: through the applier what needs root, and what goes onto and comes from a stick.

Each takes its time: for a thread of its own. Knows neither screen nor PIN; who may ask was decided before.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hardware import board
from hardware.apply.client import Applier
from hardware.apply.request import Deed, Mount, Outcome, PowerOff, Restart, Unmount
from hardware.errors import HardwareError
from kiosk import files, refused
from kiosk.errors import KioskError
from kiosk.outgoing import stick
from kiosk.settings import Settings
from kiosk.technician.asks import Did, Do, Doing, Found

STEP_S = 0.2
"""How often is looked whether something was done."""
_PULL = "Pull the stick out now."


class Deeds:
    """Does them, one after the other, and remembers what a stick brings until that is confirmed."""

    def __init__(
        self,
        applier: Applier,
        data: Path,
        settings_path: Path,
        settings: Settings,
        *,
        status: Callable[[], str],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`status` gives the readings as JSON, for a support bundle."""
        self._applier = applier
        self._data = data
        self._settings_path = settings_path
        self._settings = settings
        self._status = status
        self._sleep = sleep
        self._brought: stick.Import | None = None

    def do(self, do: Do, tell: Callable[[Doing], None] = lambda _: None) -> Did | Found:
        """Do it, and say what became of it; `tell` is told how far it is, where it takes long."""
        if do.deed == "find":
            return self._find()
        try:
            return Did(do.deed, self._did(do, tell))
        except (KioskError, HardwareError) as error:
            return Did(do.deed, str(error))

    def _did(self, do: Do, tell: Callable[[Doing], None]) -> str:
        match do.deed:
            case "restart":
                return self._applied(Restart())
            case "poweroff":
                return self._applied(PowerOff())
            case "network" if do.wanted is not None:
                return self._applied(do.wanted)
            case "export":
                return self._written(lambda folder: self._export(folder, tell))
            case "bundle":
                return self._written(self._bundle)
            case _:
                return self._import()

    def _applied(self, deed: Deed) -> str:
        return self._outcome(deed).said

    def _outcome(self, deed: Deed) -> Outcome:
        asked = self._applier.ask(deed)
        while (outcome := self._applier.outcome(asked)) is None:
            self._sleep(STEP_S)
        return outcome

    @contextlib.contextmanager
    def _stick(self) -> Iterator[Path]:
        """The stick, mounted; afterwards it can be pulled out. StickError where there is none."""
        mounted = self._outcome(Mount())
        if not mounted.done:
            raise StickError(mounted.said)
        try:
            yield self._applier.stick
        finally:
            unmounted = self._outcome(Unmount())
        if not unmounted.done:
            raise StickError(f"Don't pull the stick out yet: {unmounted.said}")

    def _written(self, write: Callable[[Path], Path]) -> str:
        with self._stick() as folder:
            name = write(folder).name
        return f"{name} is on the stick. {_PULL}"

    def _export(self, folder: Path, tell: Callable[[Doing], None]) -> Path:
        kiosk = self._settings.kiosk
        return stick.export_to(
            folder,
            self._data,
            kiosk=kiosk.id,
            timezone=kiosk.timezone,
            now_ms=_wall_ms(),
            at=lambda rows: tell(Doing("export", f"Writing the votes to the stick: {rows:,} rows so far …")),
        )

    def _bundle(self, folder: Path) -> Path:
        kiosk = self._settings.kiosk
        return stick.bundle_to(
            folder,
            self._data,
            self._settings_path,
            kiosk=kiosk.id,
            timezone=kiosk.timezone,
            now_ms=_wall_ms(),
            status=self._status,
            secrets=_secrets(self._settings),
        )

    def _find(self) -> Found:
        self._brought = None
        if files.are_stored(self._settings_path):
            return Found(self._by_first_boot(), usable=False)
        try:
            with self._stick() as folder:
                brought = stick.find_import(folder, self._settings_path)
        except (KioskError, HardwareError) as error:
            return Found((str(error),), usable=False)
        if not brought.possible:
            return Found(tuple(map(_sentence, brought.mistakes)), usable=False)
        self._brought = brought
        return Found((*brought.said, "It is used from the next restart on."), usable=True)

    def _by_first_boot(self) -> tuple[str, ...]:
        """Where settings are root's, only first boot puts any there, as soon as a stick is plugged in."""
        if sentences := refused.refused(refused.place()):
            return ("They were refused:", *map(_sentence, sentences))
        return (
            "There is nothing to do here: settings and surveys on a stick labelled MOODPOST are taken by themselves, "
            "as soon as it is plugged in.",
            "Where they have mistakes, this page and the first screen say so.",
        )

    def _import(self) -> str:
        if self._brought is None:
            raise StickError("There is nothing to import any more: look at the stick again.")
        brought, self._brought = self._brought, None
        return " ".join((*(f"{said}." for said in stick.take(brought, self._settings_path)), "Restart to use it."))


class StickError(KioskError):
    """There is no stick, or it can't be used."""


def _sentence(said: str) -> str:
    return said[:1].upper() + said[1:].rstrip(".") + "."


def _wall_ms() -> int | None:
    clocks = board.clocks()
    return None if clocks.by == "nobody" else clocks.wall_ms


def _secrets(settings: Settings) -> list[str]:
    known = [
        settings.endpoint and settings.endpoint.token,
        settings.wifi and settings.wifi.passphrase,
        settings.technician and settings.technician.pin,
        settings.network and settings.network.proxy_password,
    ]
    return [secret.reveal() for secret in known if secret]
