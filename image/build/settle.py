"""Makes a bare root the appliance's: the package in, links to what is kept on the data, nothing to be written.

Knows the layout of card and data; never how they become an image.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from image.build import sbom
from image.build.errors import BuildError

BOOT = Path(__file__).parents[1] / "boot"
"""What lies on the boot partition for people to read and edit."""
MARKER = "usr/lib/moodpost/sd-card"
"""By this first boot knows that the whole card is ours."""
FSTAB = Path(__file__).parents[1] / "fstab"
UNITS = Path(__file__).parents[2] / "systemd"
DATA = "/var/lib/moodpost"
LINKS = {
    "etc/NetworkManager/system-connections": f"{DATA}/system/connections",
    "etc/localtime": f"{DATA}/system/localtime",
    "var/lib/dbus/machine-id": "/etc/machine-id",
    "etc/resolv.conf": "/run/NetworkManager/resolv.conf",
    "etc/ssh/authorized_keys": f"{DATA}/system/ssh/authorized_keys",
}
"""What is written while the root is read-only. Where the data is not there they lead nowhere, and nothing minds."""
SILENT = ("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer", "e2scrub_all.timer")
"""Timers that would write, or ask for a network, and have nothing to do on a read-only root."""
CONFIG = """\
# Read by the Pi's firmware. Settings of the kiosk stand in moodpost.toml.
arm_64bit=1
enable_uart=1
upstream_kernel=1
disable_splash=1
kernel=vmlinuz
initramfs initrd.img
"""
CMDLINE = (
    "root=LABEL=MP-ROOT ro rootwait fsck.repair=yes panic=10 systemd.ssh_auto=no "
    "console=tty1 console=ttyS1,115200 consoleblank=0 quiet"
)
"""`fsck.repair=yes`: a card that lost its power is repaired without asking; nobody stands there to be asked.

The serial line on the header is ttyS1 by the device trees of Debian's kernel, for each board that the image is for; the
firmware's own word serial0 would be made ttyS0 of, as Raspberry Pi's kernel has it.
"""
SERIAL = "ttyS1"


def install(root: Path, deb: Path, date: int) -> None:
    """Install the package into `root`, in emulation."""
    copy = root / "tmp" / deb.name
    shutil.copyfile(deb, copy)
    with _mounted(root):
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
            "LC_ALL": "C.UTF-8",
            "SOURCE_DATE_EPOCH": str(date),
            "MOODPOST_COMPILED_LATER": "1",
        }
        ended = subprocess.run(["chroot", root, "dpkg", "-i", f"/tmp/{deb.name}"], env=environment, check=False)
        copy.unlink()
        if ended.returncode:
            raise BuildError(f"{deb.name} can't be installed into the root: what dpkg said stands above")
        _compile(root)


def _compile(root: Path) -> None:
    """Compile the program for good: byte code that asks after no date, as nothing can be compiled anew on the card."""
    compiled = ["python3", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", "/usr/lib/moodpost"]
    ended = subprocess.run(["chroot", root, *compiled], env={"PATH": "/usr/sbin:/usr/bin"}, check=False)
    if ended.returncode:
        raise BuildError("the program can't be compiled: what Python said stands above")


@contextlib.contextmanager
def _mounted(root: Path) -> Iterator[None]:
    """With /proc, which maintainer scripts look into."""
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", root / "proc"], check=True)


def install_listed(root: Path) -> None:
    """What only a card gets: it would change more of a machine than Moodpost."""
    for line in (UNITS / "image.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            source, destination = line.split()
            to = root / destination
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(UNITS / source, to)
            to.chmod(0o644)


def own(root: Path) -> None:
    """Make `root` one that is never written to: links to the data, no timers, no identity before it boots."""
    for name, target in LINKS.items():
        link = root / name
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)
        link.unlink(missing_ok=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    for timer in SILENT:
        mask = root / "etc/systemd/system" / timer
        mask.unlink(missing_ok=True)
        mask.symlink_to("/dev/null")
    install_listed(root)
    shutil.copyfile(FSTAB, root / "etc/fstab")
    (root / "etc/hostname").write_text("moodpost\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
    (root / "etc/machine-id").write_text("")
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    (root / "etc/default").mkdir(exist_ok=True)
    (root / "etc/default/locale").write_text("LANG=C.UTF-8\n")
    # What the package has put there would lie beneath the partition: a kiosk without it took that for its data folder.
    (root / DATA[1:]).mkdir(mode=0o755, parents=True, exist_ok=True)
    _empty(root / DATA[1:])
    (root / MARKER).touch()


def settle(root: Path, boot: Path, date: int) -> Path:
    """Make `root` a card's and leave out what it does not need; the files of the boot partition go to `boot`."""
    own(root)
    _fill(root, boot)
    for folder in ("var/log", "var/tmp", "tmp", "var/cache/apt", "var/lib/apt/lists", "run"):
        _empty(root / folder)
    for path in (root / "var/lib/dpkg").glob("*-old"):
        path.unlink()
    _clamp([root, boot], date)
    return boot


def _fill(root: Path, boot: Path) -> None:
    """Move firmware and kernel to the boot partition, with what the boot loader reads, and our files for people."""
    shutil.move(root / "boot/firmware", boot)
    for path in (root / "boot").iterdir():
        if path.name.startswith(("vmlinuz", "initrd.img")):
            shutil.move(path, boot / path.name.partition("-")[0])
        else:
            path.unlink()
    (root / "boot/firmware").mkdir(mode=0o755)
    for path in root.glob("usr/lib/linux-image-*/broadcom/bcm2*.dtb"):
        shutil.copyfile(path, boot / path.name)
    (boot / "config.txt").write_text(CONFIG)
    (boot / "cmdline.txt").write_text(CMDLINE + "\n")
    for path in BOOT.iterdir():
        shutil.copyfile(path, boot / path.name)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _clamp(tops: list[Path], date: int) -> None:
    """Whatever this build has written gets the date of the commit: nothing tells when it ran."""
    for top in tops:
        for path in [*top.rglob("*"), top]:
            if path.lstat().st_mtime > date:
                os.utime(path, (date, date), follow_symlinks=False)


def leave_lists(root: Path, image: Path) -> None:
    """Beside the image: the packages in it, for people (.packages) and for programs (.sbom.json, CycloneDX)."""
    found = [*sbom.debian((root / "var/lib/dpkg/status").read_text()), *sbom.wheels(root / "usr/lib/moodpost")]
    image.with_suffix(".packages").write_text("".join(f"{each.name} {each.version}\n" for each in found))
    image.with_suffix(".sbom.json").write_text(sbom.document(image.stem, found))
