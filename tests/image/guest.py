"""A shell on the board, over the image's own ssh. Knows a port and a key; nothing of QEMU."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from tests.image.console import BOOT_S
from tests.image.tools import found, run

USER = "root"
_FAILED = 255
"""What ssh itself ends with where it can't get through; the board's commands must not."""
_AGAIN_S = 1.0


class Key:
    """A key pair made for the tests; `public` is the line for authorized_keys."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "Moodpost's tests", "-f", self.path)

    @property
    def public(self) -> str:
        """The line that lets the key in."""
        return self.path.with_suffix(".pub").read_text()


class Guest:
    """A shell on the board whose ssh is forwarded to `port` of this host; waits for it where it is not there yet."""

    def __init__(self, port: int, key: Key) -> None:
        # Its own short folder: the path of a socket may have 107 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="mp-ssh-"))
        self._pause = threading.Event()
        self._options = [
            *("-i", str(key.path), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"),
            *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=60"),
            # One handshake is enough: in emulation it takes seconds.
            *("-o", "ControlMaster=auto", "-o", f"ControlPath={self._folder}/s", "-o", "ControlPersist=yes"),
            *("-o", "ServerAliveInterval=20", "-o", "ServerAliveCountMax=6"),
        ]
        self._port = port

    def run(self, command: str, seconds: float = BOOT_S, *, given: bytes | None = None, good: int | None = 0) -> str:
        """What `command` prints on the board, run by a shell as root; AssertionError where it fails.

        With `good` None any exit code will do.
        """
        limit = time.monotonic() + seconds
        while True:
            left = max(1.0, limit - time.monotonic())
            done = self._ssh(command, given, left)
            if done.returncode != _FAILED:
                break
            said = done.stderr.decode(errors="replace").strip()
            assert "Permission denied" not in said, f"the board does not take the tests' key: {said}"
            assert time.monotonic() < limit, f"no ssh to the board within {seconds} s: {said}"
            self._pause.wait(_AGAIN_S)
        printed = done.stdout.decode(errors="replace")
        assert good is None or done.returncode == good, (
            f"{command}: exit code {done.returncode}\n{printed[-2000:]}{done.stderr.decode(errors='replace')[-2000:]}"
        )
        return printed

    def write(self, path: str, data: str | bytes) -> None:
        """Make a file on the board."""
        self.run(f"cat > '{path}'", given=data.encode() if isinstance(data, str) else data)

    def read(self, path: str) -> str:
        """What a file on the board holds."""
        return self.run(f"cat '{path}'")

    def hang_up(self) -> None:
        """End the connection: the next command makes a new one. To be called when the board was restarted."""
        with contextlib.suppress(subprocess.SubprocessError):
            words = [found("ssh"), *self._options, "-O", "exit", "127.0.0.1"]
            subprocess.run(words, capture_output=True, timeout=20, check=False)

    def close(self) -> None:
        """Hang up for good."""
        self.hang_up()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ssh(self, command: str, given: bytes | None, seconds: float) -> subprocess.CompletedProcess[bytes]:
        words = [found("ssh"), *self._options, "-p", str(self._port), f"{USER}@127.0.0.1", command]
        try:
            return subprocess.run(words, input=given or b"", capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{command}: not done within {seconds:.0f} s on the board") from None
