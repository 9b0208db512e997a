"""`make test-docs`: a stranger with a bare Debian does what the pages say, word for word. Knows no page's content.

The root holds Python, make, git and certificates, and a clone of what is committed here. Each block that begins with
```sh in-a-clone is run there by root, in one shell that stops at the first failure.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from image.build import mirrors
from image.build.errors import BuildError
from tests import handbook
from tests.conftest import ROOT

PAGES = ("docs/developer.md", "docs/installer.md")
THERE = ("python3", "make", "git", "ca-certificates")
HOME = "/home/stranger/moodpost"
LIMIT_S = 1_800
"""How long one block may take: the first one downloads some 200 MB."""
_PIP = ("/etc/pip.conf", "/root/.config/pip/pip.conf", "/root/.pip/pip.conf")
_PASSED_ON = re.compile(r"(PIP_(?!FIND_LINKS)\w+|\w+_proxy|\w+_PROXY|SSL_CERT_FILE)\Z")
"""How this machine reaches its mirrors: a stranger's would reach the public ones."""


def blocks() -> list[handbook.Block]:
    """What is done, in the order of the pages."""
    return [block for page in PAGES for block in handbook.blocks(ROOT / page) if block[2:4] == ("sh", ("in-a-clone",))]


def suite() -> str:
    """This machine's own Debian."""
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r'^VERSION_CODENAME="?(\w+)', release, re.MULTILINE)
    return found[1] if found else mirrors.SUITE


def make(root: Path) -> None:
    """A root with what a stranger has. BuildError where it can't be made."""
    release = suite()
    lines = [line.replace(mirrors.SUITE, release) for line in mirrors.sources()]
    command = [
        "mmdebstrap",
        "--mode=root",
        "--variant=apt",
        "--components=main",
        f"--include={','.join(THERE)}",
        '--aptopt=APT::Install-Recommends "false"',
        "--dpkgopt=force-unsafe-io",
        release,
        str(root),
        *lines,
    ]
    print(f"Making a bare Debian ({release}) in {root}", flush=True)
    try:
        ended = subprocess.run(command, check=False)
    except FileNotFoundError:
        raise BuildError("mmdebstrap is not on this machine: apt-get install mmdebstrap") from None
    if ended.returncode:
        raise BuildError(f"mmdebstrap ended with {ended.returncode}: what it said stands above")


def settle(root: Path) -> None:
    """Put a clone of what is committed there, and this machine's way to its mirrors."""
    clone = root / HOME[1:]
    clone.parent.mkdir(parents=True)
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", "--depth=1", ROOT.as_uri(), clone], check=True)
    for name in (*_PIP, "/etc/resolv.conf", "/etc/hosts"):
        if Path(name).exists():
            (root / name[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, root / name[1:])
    certificates = Path("/etc/ssl/certs/ca-certificates.crt")
    if certificates.exists():
        shutil.copy(certificates, root / str(certificates)[1:])


_IN = """\
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/tmp"
exec chroot "$1" bash -c "$2"
"""
"""Run where nobody else sees what is mounted, so that nothing is left of it, however it ends."""


def environment() -> dict[str, str]:
    """A stranger's, with neither display nor anything of ours."""
    passed_on = {name: value for name, value in os.environ.items() if _PASSED_ON.match(name)}
    return passed_on | {
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    }


def follow(root: Path, found: Sequence[handbook.Block]) -> list[str]:
    """Do it all; what went wrong."""
    wrong = []
    for block in found:
        print(f"\n== {block.place}\n{block.text}", flush=True)
        began = time.monotonic()
        script = f"cd {HOME}\nset -ex\n{block.text}"
        try:
            ended = subprocess.run(
                ["unshare", "--mount", "--propagation", "private", "bash", "-ec", _IN, "stranger", root, script],
                env=environment(),
                stdin=subprocess.DEVNULL,
                timeout=LIMIT_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            ended = -1
        took_s = round(time.monotonic() - began)
        print(f"== {block.place}: {'done' if not ended else f'ended with {ended}'} after {took_s} s", flush=True)
        if ended:
            wrong.append(f"{block.place} ended with {ended} after {took_s} s")
    return wrong


def main() -> int:
    """What the exit code is: 0 where all went well, 1 where it did not, 2 where it could not be tried."""
    parser = argparse.ArgumentParser(description="Do what the pages say in a bare Debian, word for word.")
    parser.add_argument("--keep", type=Path, help="make the root here and leave it, to look into it")
    folder: Path | None = parser.parse_args().keep
    if os.geteuid():
        print("A root can only be made as root: sudo make test-docs", file=sys.stderr)
        return 2
    made = Path(tempfile.mkdtemp(prefix="stranger-"))
    root = folder or made / "root"
    try:
        make(root)
        settle(root)
        wrong = follow(root, blocks())
    except (BuildError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(made)
    print("\n".join(wrong) or "\nEverything went as the pages say.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
