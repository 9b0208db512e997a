"""The image of a card: boot partition, root, data. Knows what each holds; never how root and package are made.

No mount, no loop device: file systems are filled from folders, and by the Pi's own mke2fs, whose newer version
leaves no trace of the time at which it ran.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from image.build import settle
from image.build.errors import BuildError
from kiosk import __version__

MIB = 1 << 20
START = 4 * MIB
"""Of the first partition: a card's erase blocks are 4 MiB."""
BOOT_BYTES = 256 * MIB
DATA_BYTES = 128 * MIB
"""Grown to the card by the first boot; a small one is quick to write."""
ROOM = 1.12
"""How much larger than its files the root is: inodes, and a technician's security updates."""
DISK_ID = 0x6D6F6F64
"""By it and its number data is found: PARTUUID in fstab and in the initramfs (machine-id.sh)."""
UUIDS = {
    "root": "6d6f6f64-0001-4000-8000-706f73740001",
    "data": "6d6f6f64-0002-4000-8000-706f73740002",
}
"""Everywhere the same, as nothing asks for them."""
FAT_ID = "6D6F6F64"


BUILD = Path(__file__).parents[2] / "build"


def built() -> Path:
    """Where the image is, once `make image` has made it."""
    return BUILD / f"moodpost-{__version__}.img"


def package() -> Path:
    """Where the package is, once `make deb` has made it; BuildError where it is not."""
    deb = BUILD / f"moodpost_{__version__}_arm64.deb"
    if not deb.exists():
        raise BuildError(f"{deb}: found no package. Run `make deb` first")
    return deb


def run(argv: Sequence[str | Path], date: int = 0, **how: object) -> None:
    """Run a program of the build; BuildError with its name where it fails."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": str(date)}
    environment["PATH"] += ":/usr/sbin:/sbin"
    try:
        ended = subprocess.run([str(word) for word in argv], env=environment, check=False, **how)  # type: ignore[call-overload]
    except FileNotFoundError:
        raise BuildError(f"{argv[0]} is not on this machine; `make image` installs what it needs") from None
    if ended.returncode:
        raise BuildError(f"{Path(argv[0]).name} ended with {ended.returncode}: {' '.join(map(str, argv))}")


def make(root_tar: Path, deb: Path, to: Path, work: Path, date: int) -> Path:
    """The image at `to`, out of the root and the package; `work` is a folder for what lies between, gone afterwards."""
    if os.geteuid() != 0:
        raise BuildError("the image can only be made as root (its files are root's own). Try `sudo make image`")
    shutil.rmtree(work, ignore_errors=True)
    root = work / "root"
    root.mkdir(parents=True)
    try:
        print("Unpacking the root …", flush=True)
        run(["tar", "-xpf", root_tar, "-C", root, "--numeric-owner"])
        print("Installing the package …", flush=True)
        settle.install(root, deb, date)
        boot = settle.settle(root, work / "boot", date)
        settle.leave_lists(root, to)
        print("Making the partitions …", flush=True)
        size = _mib(sum(map(_blocks, [root, *root.rglob("*")])) * ROOM)
        parts = [work / "boot.fat", work / "root.ext4", work / "data.ext4"]
        _fat(parts[0], boot, date)
        _ext4(parts[1], root, root, size, "root", ["^has_journal"], date)
        (work / "data").mkdir(mode=0o755)
        _ext4(parts[2], root, work / "data", DATA_BYTES, "data", ["^orphan_file"], date)
        _assemble(parts, to)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return to


def _mib(size: float) -> int:
    return (int(size) // MIB + 1) * MIB


def _blocks(path: Path) -> int:
    """What a file takes on ext4: whole blocks, and its inode."""
    found = path.lstat()
    return -(-found.st_size // 4096) * 4096 + 256


def _fat(part: Path, folder: Path, date: int) -> None:
    with part.open("wb") as file:
        file.truncate(BOOT_BYTES)
    run(["mkfs.vfat", "--invariant", "-F", "32", "-n", "MP-BOOT", "-i", FAT_ID, part], date, stdout=subprocess.DEVNULL)
    run(["mcopy", "-s", "-p", "-m", "-i", part, *sorted(folder.iterdir()), "::"], date)


def _ext4(part: Path, root: Path, folder: Path, size: int, name: str, features: list[str], date: int) -> None:
    """Fill an ext4 of `size` bytes with `folder`, by the mke2fs that lies in `root`."""
    libraries = root / "usr/lib/aarch64-linux-gnu"
    with part.open("wb") as file:
        file.truncate(size)
    extended = f"root_owner=0:0,hash_seed={UUIDS[name]},lazy_itable_init=0,lazy_journal_init=0"
    extra: list[str | Path] = ["-E", extended, "-O", ",".join(["metadata_csum", *features]), "-U", UUIDS[name]]
    if name == "data":
        # Nobody is thanked for a vote on a file system that is known to be broken.
        extra += ["-J", "size=16", "-e", "remount-ro"]
    label = f"MP-{name.upper()}"
    mke2fs: list[str | Path] = [
        libraries / "ld-linux-aarch64.so.1",
        "--library-path",
        libraries,
        root / "usr/sbin/mke2fs",
    ]
    plain = ["-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-L", label]
    run(["env", f"MKE2FS_CONFIG={root}/etc/mke2fs.conf", *mke2fs, *plain, *extra, "-d", folder, part], date)


def _assemble(parts: Sequence[Path], to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    sizes = [part.stat().st_size for part in parts]
    starts = [START, START + sizes[0], START + sizes[0] + _aligned(sizes[1])]
    with to.open("wb") as file:
        file.truncate(starts[2] + sizes[2])
    table = f"label: dos\nlabel-id: {DISK_ID:#x}\nunit: sectors\n" + "".join(
        f"start={start // 512}, size={size // 512}, type={kind}\n"
        for start, size, kind in zip(starts, sizes, ("c, bootable", "83", "83"), strict=True)
    )
    run(["sfdisk", "--quiet", to], input=table, text=True)
    for part, start in zip(parts, starts, strict=True):
        run(["dd", f"if={part}", f"of={to}", "bs=1M", f"seek={start // MIB}", "conv=notrunc,sparse", "status=none"])


def _aligned(size: int) -> int:
    return -(-size // START) * START


def compress(image: Path) -> Path:
    """Beside `image`: it as .zst, and the sum of that."""
    packed = image.with_name(f"{image.name}.zst")
    run(["zstd", "-q", "-f", "-T0", "-10", image, "-o", packed])
    with packed.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    packed.with_name(f"{packed.name}.sha256").write_text(f"{digest}  {packed.name}\n")
    return packed
