"""One pass of first boot: from what is on card and stick to what is stored, blanked and applied. At each start.

In every one of its moments the power may be cut: store.py says why nothing is ever half stored, settle.py why
secrets may be blanked again. A mistake in a file leaves everything as it was before.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from hardware.apply.deeds import Run
from image.errors import RefusedError
from image.firstboot import brought, guess, hands, plan, spans, state
from image.firstboot.machine import Machine
from image.firstboot.said import Said, reason
from image.firstboot.settle import settle
from image.firstboot.source import SETTINGS, Mounts, Source, stick
from image.firstboot.state import Seen
from image.firstboot.store import Accounts, Store
from kiosk import files as kiosk_files
from kiosk import settings as kiosk_settings
from kiosk.errors import SettingsError

log = logging.getLogger(__name__)


class Places(msgspec.Struct, frozen=True):
    """Where everything stands."""

    boot: Path
    data: Path
    runtime: Path
    """In memory, written by root alone; what holds secrets meanwhile is in folders of root's there."""
    root: Path


def boottime_ms() -> int:
    """As the kiosk counts."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class Once:
    """`run` runs programs, `status` tells systemd how far it is."""

    def __init__(
        self,
        places: Places,
        run: Run,
        status: Callable[[str], None],
        accounts: Accounts,
        clock: Callable[[], int] = boottime_ms,
    ) -> None:
        self._places = places
        self._accounts = accounts
        self._run = run
        self._mounts = Mounts(places.root)
        self._say = Said(status, places.root, places.runtime, accounts.readers)
        self._store = Store(places.data, accounts, clock)
        self._machine = Machine(places.root, places.data, run, self._mounts, self._say)
        self._refused: list[str] = []
        self._unblanked: list[str] = []
        self._applied: list[str] = []
        self._network = False
        self._card = Source("card", places.boot, run, self._mounts)
        self._passed_over = False

    def go(self) -> bool:
        """Do it; whether all could be done. A file that is refused counts as done: the boot goes on."""
        with self._alone():
            try:
                done = self._go()
            except OSError as error:
                self._refused.append(
                    f"{self._places.data}: nothing can be stored there ({reason(error)}), settings stay as they were"
                )
                done = False
            self._machine.apply()
            self._say.unblanked(self._unblanked)
            self._say.refused(self._refused)
            if self._applied:
                self._machine.take_over(network=self._network)
            return done

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        hands.own(self._places.runtime, 0o750, self._accounts.readers)
        descriptor = os.open(self._places.runtime / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _go(self) -> bool:
        if self._machine.is_ours and not self._mounts.is_mount(self._places.data):
            self._refused.append(
                f"{self._places.data}: the card's data partition can't be used, so nothing can be stored: "
                "use another card, or have this one looked at (its votes may be saved)"
            )
            return False
        self._machine.grow()
        if self._store.begin():
            self._say("what a power cut had left half done is done")
            self._applied.append("what was decided before")
            self._network = True
        self._machine.prepare()
        done = self._take(self._card)
        try:
            with stick(self._places.root, self._places.runtime, self._run, self._mounts) as found:
                if found is not None:
                    done = self._take(found) and done
                    if self._passed_over:
                        done = self._take(self._card) and done
        except OSError as error:
            self._refused.append(reason(error))
        self._judge_stored()
        self._keep_sums()
        return done

    def _judge_stored(self) -> None:
        """What another version of this program took may be none to this one: that is told, and nothing changed."""
        try:
            kiosk_files.settings(self._store.settings_file)
        except SettingsError as error:
            if self._store.settings_file.exists() and not self._refused:
                self._refused += error.mistakes

    def _take(self, source: Source) -> bool:
        """Apply what is new there, and blank it; whether all could be done."""
        try:
            files = source.read()
        except OSError as error:
            self._refused.append(f"{source.words} can't be read ({reason(error)})")
            return False
        kept = self._store.state
        seen = kept.of(source.name)
        if SETTINGS not in files:
            if source.name == "card" and not self._store.settings_file.exists():
                self._refused.append(
                    f"{SETTINGS}: found no such file on {source.words}, "
                    "expected one with a line [kiosk] and a line id = …"
                )
            if stray := source.stray():
                self._refused.append(
                    f"{stray} on {source.words}: found no {SETTINGS} beside it, expected one: "
                    "what is brought counts as a whole, or not at all"
                )
            return True
        try:
            same = seen.is_as(files, source.cluster) and self._store.settings_file.exists()
            if same and source.name == "stick" and kept.in_force != "stick":
                # It was taken before the card was changed. Torn in the middle of its blanking it can't be read yet.
                if not seen.settled and self._settle(source, files, seen):
                    files, seen = source.read(), self._store.state.of(source.name)
                same = False
            if not same:
                seen = self._apply(source, files, seen)
        except RefusedError as error:
            self._refused += error.mistakes
            return True
        except OSError as error:
            self._refused.append(f"the settings on {source.words} can't be stored ({reason(error)})")
            return False
        if seen.unsure:
            self._unblanked.append(f"{SETTINGS} on {source.words} can't be read, so secrets may stand in it: delete it")
        return seen.settled or self._settle(source, files, seen)

    def _apply(self, source: Source, files: dict[str, bytes], before: Seen) -> Seen:
        self._say(f"reading the settings on {source.words}")
        checked = brought.check(files, self._places.runtime / "check")
        wipe = bool(checked.spans) or (before.wipe and not before.settled)
        now = state.seen(files, {SETTINGS: checked.spans}, wipe=wipe)
        kept = msgspec.structs.replace(self._store.state.having(source.name, now), in_force=source.name)
        if source.name == "stick" and self._refused:
            kept = self._pass_over_card(kept)
        change = plan.change(checked, self._store, kept)
        self._store.apply(change)
        self._network = self._network or bool({plan.CONNECTION, plan.CABLE} & {*change.tree, *change.gone})
        self._applied.append(source.name)
        if source.name == "stick" and self._refused:
            self._passed_over = True
            self._refused.clear()
        self._say(f"the settings on {source.words} are stored")
        return now

    def _pass_over_card(self, kept: state.State) -> state.State:
        """The stick's stand in for what is wrong on the card; that is blanked too, and told again once it changed."""
        try:
            files = self._card.read()
        except OSError:  # as it was told
            return kept
        if SETTINGS not in files:
            return kept
        found = _spans(files[SETTINGS])
        wipe = bool(found) or (kept.card.wipe and not kept.card.settled)
        over = state.seen(files, {SETTINGS: found}, wipe=wipe)
        return kept.having("card", msgspec.structs.replace(over, unsure=not guess.is_text(files[SETTINGS])))

    def _settle(self, source: Source, files: dict[str, bytes], seen: Seen) -> bool:
        self._say(f"blanking the secrets on {source.words}")
        try:
            settle(source, seen, _secrets(files[SETTINGS]), self._say)
        except OSError as error:
            self._unblanked.append(f"the secrets on {source.words} can't be blanked ({reason(error)}): keep it safe")
            return False
        plain = {name: msgspec.structs.replace(file, spans=[]) for name, file in seen.files.items()}
        settled = msgspec.structs.replace(seen, files=plain, settled=True, wipe=False)
        try:
            self._store.keep_state(self._store.state.having(source.name, settled))
        except OSError as error:
            self._unblanked.append(
                f"the secrets on {source.words} are blanked, but that can't be noted ({reason(error)}): "
                "it is done again at the next start"
            )
            return False
        self._say(f"the secrets on {source.words} are blanked")
        return True

    def _keep_sums(self) -> None:
        """For the quick check at the next start: only where it may pass over everything."""
        card = self._store.state.card
        good = card.settled and card.files and not self._refused and not card.unsure
        wanted = state.sums(card.files) if good else b""
        if wanted and self._store.sums.is_file() and self._store.sums.read_bytes() == wanted:
            return
        if wanted:
            hands.put(self._store.sums, wanted)
        else:
            hands.remove(self._store.sums)


def _secrets(data: bytes) -> list[str]:
    """Those that still stand in the file. Torn in the middle it can't be read: then copies of it went before."""
    try:
        text = data.decode("utf-8-sig").rstrip("\0")
        return list(spans.secrets_of(kiosk_settings.parse(text)).values())
    except (SettingsError, UnicodeDecodeError):
        return guess.words(data)


def _spans(data: bytes) -> list[spans.Span]:
    """Of the secrets in a file that was refused."""
    try:
        return spans.find(data, spans.secrets_of(kiosk_settings.parse(data.decode("utf-8-sig"))))
    except (SettingsError, UnicodeDecodeError, spans.CannotBlankError):
        return guess.find(data)
