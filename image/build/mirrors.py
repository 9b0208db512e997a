"""Where Debian's packages come from on this machine: as its own apt has it. Knows no package."""

from __future__ import annotations

import subprocess

from image.build.errors import BuildError

SUITE = "trixie"
COMPONENTS = "main contrib non-free-firmware"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def sources() -> list[str]:
    """Lines for a sources.list of trixie with all updates; BuildError where apt knows no mirror."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL)\t$(REPO_URI)"], capture_output=True, text=True, check=False
    )
    return lines(listed.stdout)


def lines(listed: str) -> list[str]:
    """The same from what `apt-get indextargets` listed: a label and an address a line."""
    found: dict[str, str] = {}
    for line in listed.splitlines():
        label, _, address = line.partition("\t")
        if address.startswith(("http://", "https://")):
            found.setdefault(label, address)
    if "Debian" not in found:
        raise BuildError(
            "apt knows no mirror of Debian on this machine. Run `apt-get update` first; "
            "where this is no Debian, build in a Debian of your own (a chroot or container will do)"
        )
    archive = found["Debian"]
    security = found.get("Debian-Security", "")
    return [f"deb [signed-by={KEYRING}] {archive} {suite} {COMPONENTS}" for suite in (SUITE, f"{SUITE}-updates")] + (
        [f"deb [signed-by={KEYRING}] {security} {SUITE}-security {COMPONENTS}"] if security else []
    )
