"""What the emulated board is made of: its kernel's words, its console, its screen's comparison, its time server."""

from __future__ import annotations

import os
import struct
import threading
from pathlib import Path

import pytest
from PIL import Image

from tests.image import ntp
from tests.image.card import Partition, partition
from tests.image.console import Console
from tests.image.crashed import extract
from tests.image.machine import kernel_words
from tests.image.screen import difference


@pytest.mark.parametrize(
    ("card", "board"),
    [
        ("console=tty1 console=serial0,115200 ro", "console=tty1 console=ttyAMA0,115200 ro"),
        ("console=ttyS1,115200 root=LABEL=MP-ROOT", "console=ttyAMA0,115200 root=LABEL=MP-ROOT"),
        ("root=LABEL=MP-ROOT ro", "root=LABEL=MP-ROOT ro console=ttyAMA0,115200"),
    ],
)
def test_the_kernel_is_told_what_the_card_says_but_for_the_consoles_name(card: str, board: str) -> None:
    assert kernel_words(card) == board
    assert kernel_words(card, "quiet") == f"{board} quiet"


def test_the_console_is_waited_for_as_it_comes_without_its_colours(tmp_path: Path) -> None:
    read, write = os.pipe()
    console = Console(os.fdopen(read, "rb"), tmp_path / "console.log")
    said = threading.Thread(
        target=lambda: [os.write(write, piece) for piece in (b"\x1b[0;3", b"2m  OK \x1b[0m rea", b"dy\r\n")]
    )
    said.start()
    assert console.wait_for("OK +ready\n", seconds=60)
    since = console.mark()
    with pytest.raises(
        AssertionError, match=r"0\.01 s went by without 'ready' on the console, which ends:\n  OK  ready"
    ):
        console.wait_for("ready", since, seconds=0.01)
    os.close(write)
    with pytest.raises(AssertionError, match="the board ended without 'login'"):
        console.wait_for("login", seconds=60)
    console.close()
    said.join()
    assert (tmp_path / "console.log").read_bytes().endswith(b"ready\r\n")


def test_pictures_differ_by_the_pixels_that_are_clearly_others() -> None:
    one = Image.new("RGB", (10, 10), (100, 100, 100))
    other = one.copy()
    other.putpixel((3, 3), (100, 100, 125))
    other.putpixel((4, 4), (124, 100, 100))
    assert difference(one, other) == 0.01
    assert difference(one, Image.new("RGB", (10, 11))) == 1.0


def test_the_time_server_answers_a_client_and_nobody_else() -> None:
    asked = bytes([0x23]) + bytes(39) + struct.pack("!Q", 77)
    said = ntp.answer(asked, 1_000.5)
    assert said is not None
    (first, stratum, *_, reference, sent, received, transmitted) = struct.unpack("!BBbbII4sQQQQ", said)
    assert (first, stratum, sent) == (0x24, 1, 77)
    assert reference == received == transmitted == (2_208_988_800 + 1_000) * 2**32 + 2**31
    assert ntp.answer(asked[:47], 0) is None
    assert ntp.answer(bytes([0x24]) + asked[1:], 0) is None


def test_a_part_of_an_image_is_copied_with_its_holes(tmp_path: Path) -> None:
    image, copy = tmp_path / "image", tmp_path / "copy"
    with image.open("wb") as file:
        file.truncate(64 << 20)
        for at in (0, 1 << 20, (33 << 20) + 512, (64 << 20) - 512):
            file.seek(at)
            file.write(at.to_bytes(8, "big") * 64)
    where = Partition(1 << 20, 63 << 20)
    assert extract(image, where, copy) == 63 << 20
    assert copy.read_bytes() == image.read_bytes()[1 << 20 :]
    assert copy.stat().st_blocks * 512 < 1 << 20


def test_a_partition_is_found_in_the_table(tmp_path: Path) -> None:
    image = tmp_path / "image"
    entry = struct.pack("<8sII", b"", 8192, 4096)
    image.write_bytes(bytes(446) + bytes(16) + entry + bytes(32) + b"\x55\xaa")
    assert partition(image, 2) == Partition(8192 * 512, 4096 * 512)
    with pytest.raises(AssertionError, match="has no partition 3"):
        partition(image, 3)
