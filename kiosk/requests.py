"""What the kiosk asks sync to do: a file in the runtime folder, whose name is all that it says. Never imports sync."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from kiosk.errors import RequestError

TEST_NETWORK = "test-network"
"""Look at the network now. Sync removes it once it has left its findings (`kiosk.reader.network_findings`)."""


def runtime_folder(given: Path | None, data: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Where requests are left: what was given, else the first that systemd made for this process, else the data folder.

    Kiosk and sync must agree on it; under systemd each has the other's group there.
    """
    if given is not None:
        return given
    first = environment.get("RUNTIME_DIRECTORY", "").split(":")[0]
    return Path(first) if first else data


def test_network(runtime: Path) -> None:
    """Ask for a look at the network; RequestError where the folder won't have it. Asked again it counts anew."""
    request = runtime / TEST_NETWORK
    before = runtime / f".{TEST_NETWORK}"
    try:
        before.unlink(missing_ok=True)
        descriptor = os.open(before, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
        os.close(descriptor)
        before.replace(request)
    except OSError as error:
        raise RequestError(
            f"{request}: can't be written ({error.strerror}). Is the folder there, and may this user write to it?"
        ) from None


def network_is_tested(runtime: Path) -> bool:
    """Whether such a request waits still, or is being carried out."""
    return os.path.lexists(runtime / TEST_NETWORK)
