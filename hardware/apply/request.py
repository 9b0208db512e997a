"""What can be asked of whoever is root, and what he answers: a closed list. Pure; never knows files or processes."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from hardware.apply.ip import AUTOMATIC, Ip
from hardware.errors import ApplyError

MOST_BYTES = 4_096
"""A longer request is none."""
MAX_AGE_MS = 60_000
"""An older request is not carried out: whoever asked for a restart a minute ago has helped himself by now."""
MOST_SAID = 300
REQUEST, OUTCOME = ".request", ".outcome"
"""How the names of the files end that hold them; they begin with the request's id."""
STICK = "/run/moodpost-stick"
"""Where the stick stands once it is mounted: always the same place."""

Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}\Z")]
_Line = r"^[^\x00-\x1f\x7f]*\Z"


class _Deed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    seconds: ClassVar[float] = 20.0
    """How long all of it may take."""


class Restart(_Deed, frozen=True, tag="restart"):
    """Start the machine anew."""


class PowerOff(_Deed, frozen=True, tag="poweroff"):
    """Switch the machine off."""


class Wifi(_Deed, frozen=True, tag="wifi"):
    """Join this wireless network from now on; without a passphrase it is an open one."""

    seconds: ClassVar[float] = 160.0

    ssid: Annotated[str, Meta(min_length=1, max_length=32, pattern=_Line)]
    passphrase: Annotated[str, Meta(max_length=64, pattern=r"^[ -~]*\Z")] = ""
    ip: Ip = AUTOMATIC

    def __repr__(self) -> str:
        return "Wifi(…)"


class Cable(_Deed, frozen=True, tag="cable"):
    """Have this address on the cable's network from now on."""

    seconds: ClassVar[float] = 160.0

    ip: Ip = AUTOMATIC


class Proxy(_Deed, frozen=True, tag="proxy"):
    """Reach the endpoint through this proxy from now on; without a url through none."""

    seconds: ClassVar[float] = 110.0

    url: Annotated[str, Meta(max_length=1_024, pattern=r"^[!-~]*\Z")] = ""
    """With user and password, where it wants them, in their place and percent-encoded (RFC 3986)."""

    def __repr__(self) -> str:
        return "Proxy(…)"


class Mount(_Deed, frozen=True, tag="mount"):
    """Make the stick labelled MOODPOST readable and writable for whoever asks."""


class Unmount(_Deed, frozen=True, tag="unmount"):
    """Finish writing to that stick, so that it can be pulled out."""

    seconds: ClassVar[float] = 60.0
    """Sticks are slow, and all that was written must get onto them."""


Deed = Restart | PowerOff | Wifi | Cable | Proxy | Mount | Unmount


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A deed that is asked for, at a moment of this machine's boot clock (ms)."""

    id: Id
    at_ms: Annotated[int, Meta(ge=0)]
    deed: Deed


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of it, in a sentence for whoever stands before the kiosk."""

    id: Id
    done: bool
    said: str


def encode(request: Request) -> bytes:
    """A request as it stands in its file."""
    return msgspec.json.encode(request)


def decode(data: bytes, *, id_: str, now_ms: int) -> Request:
    """The request in a file named after `id_`, read at `now_ms`; ApplyError where it is none that is carried out.

    What is wrong is told without what was found: there may be a passphrase in it.
    """
    if len(data) > MOST_BYTES:
        raise ApplyError(f"found more than {MOST_BYTES} bytes, expected a request")
    try:
        request = msgspec.json.decode(data, type=Request)
    except msgspec.ValidationError as error:
        raise ApplyError(f"the request is not one that can be carried out: {_place(error)}") from None
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise ApplyError("found something else than a request") from None
    if request.id != id_:
        raise ApplyError("the request is that of another file")
    if not 0 <= now_ms - request.at_ms <= MAX_AGE_MS:
        raise ApplyError("the request is too old, or of another start of this machine: ask again")
    return request


def outcome(id_: str, done: bool, said: str) -> Outcome:
    """An outcome whose sentence is one line of bearable length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in said[: 8 * MOST_SAID]).split())
    return Outcome(id_, done, line[:MOST_SAID])


def _place(error: msgspec.ValidationError) -> str:
    """Where it is wrong: msgspec's words up to there could repeat an unknown key or tag."""
    _, mark, place = str(error).rpartition(" - at `")
    return f"see {place.rstrip('`')}" if mark else "it has unknown or missing fields"
