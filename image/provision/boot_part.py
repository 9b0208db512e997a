"""The image's boot partition with one kiosk's files on it, laid over the image on its way to a card. Knows mtools.

So settings are written and read back with everything else, in one go. What lies in the temporary folder is readable
by this user alone, and gone at the end.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from image.firstboot.source import SETTINGS, SURVEYS
from image.provision.errors import ProvisionError
from image.provision.picture import Part, Picture, parts
from image.provision.writing import write_sparse

_FAT = (0x0B, 0x0C, 0x0E)


class BootPart:
    """The boot partition of `picture`; ProvisionError where it has none of Moodpost's. `close` takes it away."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        found = [part for part in picture.parts if part.kind in _FAT]
        if not found:
            raise ProvisionError(f"{picture.path}: has no FAT partition to put settings on. Is it Moodpost's image?")
        self._part: Part = found[0]
        self._folder = Path(tempfile.mkdtemp(prefix="moodpost-provision-"))
        try:
            self._plain = self._extracted()
            if SETTINGS not in self._names():
                raise ProvisionError(
                    f"{picture.path}: has no {SETTINGS} on its boot partition. Is it Moodpost's image?"
                )
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Take everything away again."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextlib.contextmanager
    def pieces(self, files: Mapping[str, bytes]) -> Iterator[Iterator[bytes]]:
        """All bytes of the image with `files` on its boot partition, cut as the image's own are."""
        part = self._folder / "kiosk.fat"
        try:
            shutil.copyfile(self._plain, part)
            self._put(part, files)
            yield self._laid_over(part)
        finally:
            part.unlink(missing_ok=True)

    def _laid_over(self, path: Path) -> Iterator[bytes]:
        start, end, at = self._part.start, self._part.start + self._part.size, 0
        with path.open("rb") as file:
            for piece in self._picture.pieces():
                low, high = max(start, at), min(end, at + len(piece))
                if low < high:
                    file.seek(low - start)
                    piece = piece[: low - at] + file.read(high - low) + piece[high - at :]
                yield piece
                at += len(piece)

    def _extracted(self) -> Path:
        path, at = self._folder / "plain.fat", 0
        start, end = self._part.start, self._part.start + self._part.size
        pieces = self._picture.pieces()
        with path.open("wb") as file:
            for piece in pieces:
                low, high = max(start, at), min(end, at + len(piece))
                if low < high:
                    write_sparse(file.fileno(), piece[low - at : high - at], low - start)
                at += len(piece)
                if at >= end:
                    break
            file.truncate(self._part.size)
        return path

    def _names(self) -> set[str]:
        listed = _mtool("mdir", "-b", "-i", str(self._plain), "::")
        return {line.removeprefix("::").strip("/") for line in listed.decode(errors="replace").splitlines()}

    def _put(self, part: Path, files: Mapping[str, bytes]) -> None:
        if any(name.startswith(f"{SURVEYS}/") for name in files) and SURVEYS not in self._names():
            _mtool("mmd", "-i", str(part), f"::{SURVEYS}")
        for name, data in files.items():
            _mtool("mcopy", "-o", "-i", str(part), "-", f"::{name}", given=data)


def settings_on(card: Path) -> bytes:
    """What moodpost.toml on the boot partition of a disk or image holds; b"" where there is none."""
    try:
        with card.open("rb") as file:
            found = [part for part in parts(file.read(512)) if part.kind in _FAT]
        return _mtool("mtype", "-i", f"{card}@@{found[0].start}", f"::{SETTINGS}") if found else b""
    except (ProvisionError, OSError):
        return b""


def _mtool(*argv: str, given: bytes = b"") -> bytes:
    try:
        ran = subprocess.run(argv, input=given, capture_output=True, check=False)
    except FileNotFoundError:
        raise ProvisionError(
            f"{argv[0]} is not on this machine, which puts settings on a FAT partition. Try `sudo apt install mtools`, "
            "or use --boot-files and copy the files yourself"
        ) from None
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip() or "it does not say why"
        raise ProvisionError(f"{argv[0]} could not put the settings on the boot partition ({said}). Is it full?")
    return ran.stdout
