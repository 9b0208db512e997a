"""The technician's PIN: its hash on the card, wrong tries counted, and how long to wait. Knows no screen.

`load` and `check` read and write the card and hash for up to a second: call them on a thread of their own. A wrong
try is on the card before it is answered, so that pulling the plug gives no further tries; and since nobody knows how
long a kiosk was without power, what was left of a wait begins anew in full.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from kiosk import disk
from kiosk.backstage.tries import FIRST_WAIT_MS, FREE_TRIES, Checked, Standing, wait_ms
from kiosk.settings import Secret

log = logging.getLogger(__name__)

_SPOILT = 10
"""How many wrong tries a count stands for that can't be read."""
_N, _R, _P = 2**14, 8, 1
"""scrypt's cost: 16 MiB for 0.05 s on a laptop. A Pi Zero 2 is about ten times slower (reckoned, not measured)."""
_SALT_BYTES, _HASH_BYTES = 16, 32
_MOST_BYTES = 4096


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    salt: bytes
    hash: bytes
    n: int = _N
    r: int = _R
    p: int = _P


class Pin:
    """The PIN kept in `folder`. Usable once `load` has returned; its methods may be called from any thread."""

    def __init__(self, folder: Path, clock: Callable[[], int], given: Secret = Secret("")) -> None:  # noqa: B008
        """`clock` gives milliseconds since this boot. A PIN that is `given` takes the place of another that is kept."""
        self._hash_path = folder / "technician.pin"
        self._tries_path = folder / "technician.tries"
        self._clock = clock
        self._given = given
        self._born_ms = clock()
        self._lock = threading.Lock()
        self._kept: _Kept | None = None
        self._wrong = 0
        self._until_ms = 0
        self._standing: Standing | None = None

    @property
    def standing(self) -> Standing | None:
        """How it stands now, at once; None until `load` has returned."""
        return self._standing

    @property
    def is_given(self) -> bool:
        """Whether the settings give one, which may be another than is kept: `load` soon, before they forget it."""
        return bool(self._given)

    def load(self) -> Standing:
        """Read what is kept, once; it takes as long as a try where a PIN is given."""
        with self._lock:
            if self._standing is not None:
                return self._standing
            self._kept = self._read()
            self._wrong = self._read_tries()
            self._wait(self._born_ms, wait_ms(self._wrong))
            if self._given and not self._matches(self._given):
                self._keep(self._given)
            return self._stands()

    def check(self, typed: Secret) -> Checked:
        """Try a PIN. While there is a wait nothing is tried and nothing counted."""
        with self._lock:
            if self._kept is None or self._clock() < self._until_ms:
                return Checked(False, self._stands())
            self._wrong += 1
            counted = self._count(self._wrong)
            right = self._matches(typed)
            if right:
                self._wrong = self._until_ms = 0
                self._count(0)
            else:
                # A count that a power cut would undo must cost time instead.
                self._wait(self._clock(), max(wait_ms(self._wrong), 0 if counted else FIRST_WAIT_MS))
            return Checked(right, self._stands())

    def _wait(self, since_ms: int, ms: int) -> None:
        self._until_ms = since_ms + ms if ms else 0

    def _stands(self) -> Standing:
        left = max(0, FREE_TRIES - self._wrong)
        self._standing = Standing(self._kept is not None, left, self._until_ms)
        return self._standing

    def _matches(self, typed: Secret) -> bool:
        import hmac

        return self._kept is not None and hmac.compare_digest(_hash(typed, self._kept), self._kept.hash)

    def _keep(self, pin: Secret) -> None:
        new = _Kept(os.urandom(_SALT_BYTES), b"")
        new = msgspec.structs.replace(new, hash=_hash(pin, new))
        try:
            _write_private(self._hash_path, msgspec.json.encode(new))
        except OSError as error:
            log.error("%s: the PIN can't be kept (%s); it holds until the kiosk ends", self._hash_path, error.strerror)
            # Nor are tries free again: at the next start the same PIN would be a new one once more.
            self._kept = new
            return
        self._kept, self._wrong, self._until_ms = new, 0, 0
        self._count(0)

    def _read(self) -> _Kept | None:
        try:
            with self._hash_path.open("rb") as file:
                kept = msgspec.json.decode(file.read(_MOST_BYTES), type=_Kept)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            # Without a PIN the screen can only be looked at: that is the safe side.
            log.error("%s: the PIN can't be read (%s): set it in the settings again", self._hash_path, error)
            return None
        if (kept.n, kept.r, kept.p, len(kept.hash)) != (_N, _R, _P, _HASH_BYTES):
            log.error("%s: the PIN was hashed in another way: set it in the settings again", self._hash_path)
            return None
        return kept

    def _read_tries(self) -> int:
        try:
            with self._tries_path.open("rb") as file:
                return max(0, int(file.read(_MOST_BYTES).split()[0]))
        except FileNotFoundError:
            return 0
        except (OSError, ValueError, IndexError) as error:
            log.error("%s: the count of wrong PINs can't be read (%s)", self._tries_path, error)
            return _SPOILT

    def _count(self, wrong: int) -> bool:
        """Write in place, so that no new room on the disk is needed; whether it is on the card."""
        try:
            descriptor = os.open(self._tries_path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.pwrite(descriptor, f"{wrong:06} wrong\n".encode(), 0)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            disk.sync_folder(self._tries_path.parent)
        except OSError as error:
            log.error("%s: a wrong PIN can't be counted (%s)", self._tries_path, error.strerror)
            return False
        return True


def _hash(pin: Secret, kept: _Kept) -> bytes:
    import hashlib  # with libcrypto, a megabyte that only technicians need

    return hashlib.scrypt(
        pin.reveal().encode(), salt=kept.salt, n=kept.n, r=kept.r, p=kept.p, maxmem=2**26, dklen=_HASH_BYTES
    )


def _write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, and never readable by others, not even while it is written."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    part.replace(path)
    disk.sync_folder(path.parent)
