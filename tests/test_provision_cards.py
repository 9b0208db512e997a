"""Cards are written, read back, noted; what may not be written to is refused; what fails is told. On loop devices."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from image.provision import disks
from image.provision.picture import Picture
from kiosk.cli import main
from tests.disks import run
from tests.small_cards import BOOT, DATA, MIB, SIZE, blank, image, inserted, on_boot
from tests.test_provision_fleet import STORES, TEMPLATE


class Bench:
    """A table of two kiosks, an image, and what `moodpost provision` says of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "template.toml").write_text(TEMPLATE)
        (folder / "stores.csv").write_text(STORES)
        self.image = image(folder / "moodpost.img")

    def provision(self, *arguments: str | Path, said: str = "", image: Path | None = None) -> Result:
        table = ["--fleet", self.folder / "stores.csv", "--template", self.folder / "template.toml"]
        given = ["provision", *table, "--image", image or self.image, *arguments]
        return CliRunner().invoke(main, list(map(str, given)), input=said)

    @property
    def log(self) -> list[dict[str, str]]:
        path = self.folder / "stores.provisioned.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def packed(self) -> Path:
        packed = self.folder / "moodpost.img.zst"
        subprocess.run(["zstd", "-q", "-f", self.image, "-o", packed], check=True)
        return packed


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    return blank(tmp_path / "card")


@pytest.fixture
def reader(card: Path) -> Iterator[Path]:
    """A reader with the card in it."""
    with inserted(card) as device:
        yield device


def same_but_for_boot(card: Path, image: Path) -> bool:
    one, other = card.read_bytes()[:SIZE], image.read_bytes()
    end = sum(BOOT)
    return one[: BOOT[0]] == other[: BOOT[0]] and one[end:] == other[end:]


def test_a_card_is_the_image_with_its_kiosks_settings(bench: Bench, card: Path, reader: Path) -> None:
    result = bench.provision("--to", reader, "--id", "south")
    assert result.exit_code == 0, result.output
    assert same_but_for_boot(card, bench.image)
    assert b'id = "south"' in on_boot(card, "moodpost.toml")
    assert b"token-of-the-south" in on_boot(card, "moodpost.toml")
    assert "Checking: 100 %" in result.output
    assert "Done: this card is south. Take it out and write that on it." in result.output
    (entry,) = bench.log
    assert (entry["kiosk"], entry["result"], entry["target"]) == ("south", "good", str(reader))
    assert entry["card"] == "0.1 GB"
    assert "token" not in json.dumps(entry)


def test_a_packed_image_is_unpacked_on_the_way(bench: Bench, card: Path, reader: Path) -> None:
    packed = bench.packed()
    digest = hashlib.sha256(packed.read_bytes()).hexdigest()
    packed.with_name("moodpost.img.zst.sha256").write_text(f"{digest}  moodpost.img.zst\n")
    assert Picture(packed).size == SIZE
    result = bench.provision("--to", reader, "--id", "south", image=packed)
    assert result.exit_code == 0, result.output
    assert same_but_for_boot(card, bench.image)


def test_card_after_card_is_asked_for_and_the_one_just_made_is_not_written_over(
    bench: Bench, card: Path, reader: Path
) -> None:
    result = bench.provision("--to", reader, said="\n\nq\n")
    assert "1 of 2: north (North door)" in result.output
    assert f"Put its card into {reader} and press Enter (s: leave it out, q: end): " in result.output
    assert f"Error: {reader}: this is the card of north, made and not used yet. Put the next one in" in result.output
    assert "No card yet: south. The same command goes on with these." in result.output
    assert result.exit_code == 3
    assert b'id = "north"' in on_boot(card, "moodpost.toml")


def test_the_same_command_goes_on_with_those_that_have_no_good_card(bench: Bench, card: Path, reader: Path) -> None:
    assert bench.provision("--to", reader, "--id", "north").exit_code == 0
    result = bench.provision("--to", reader, said="\n")
    assert result.exit_code == 3
    assert "this is the card of north, made and not used yet" in result.output
    card.write_bytes(bytes(SIZE))
    result = bench.provision("--to", reader, said="\n")
    assert result.exit_code == 0, result.output
    assert "north: done on 20" in result.output
    assert [entry["kiosk"] for entry in bench.log] == ["north", "south"]
    assert b'id = "south"' in on_boot(card, "moodpost.toml")
    assert bench.provision("--to", reader).exit_code == 0
    assert bench.provision("--to", reader, "--again", "north").exit_code == 3, "the card of south is in"
    card.write_bytes(bytes(SIZE))
    assert bench.provision("--to", reader, "--again", "north").exit_code == 0
    assert [entry["kiosk"] for entry in bench.log] == ["north", "south", "north"]


def test_whoever_leaves_one_out_gets_the_next_and_is_told_at_the_end(bench: Bench, reader: Path) -> None:
    result = bench.provision("--to", reader, said="s\n\n")
    assert result.exit_code == 5
    assert "No card yet: north." in result.output
    assert [entry["kiosk"] for entry in bench.log] == ["south"]


class Failing:
    """A card in a reader of which only so many MiB can be written: each further write fails with EIO.

    Its file is on a memory disk that is too small for it, as loop devices have no other way to fail.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=6m,mode=1777", "tmpfs", str(folder))

    def mend(self) -> None:
        """From now on all can be written."""
        run("mount", "-o", "remount,size=200m", str(self._folder))


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[tuple[Path, Failing]]:
    folder = tmp_path / "failing"
    made = Failing(folder)
    try:
        with inserted(blank(folder / "card")) as device:
            yield device, made
    finally:
        run("umount", str(folder))


def test_a_card_that_is_pulled_out_is_told_noted_as_bad_and_another_is_asked_for(
    bench: Bench, failing: tuple[Path, Failing]
) -> None:
    device, card = failing
    result = bench.provision("--to", device, "--id", "north", said="q\n")
    assert result.exit_code == 4, result.output
    assert f"Error: {device}: can't be written at byte " in result.output
    assert ": the card or its reader has failed, or it was pulled out" in result.output
    assert result.output.count("Put its card into") == 1
    assert "No card yet: north. The same command goes on with these." in result.output
    (entry,) = bench.log
    assert (entry["kiosk"], entry["result"]) == ("north", "bad")
    assert "pulled out" in entry["why"]
    with device.open("rb") as file:
        assert file.read(MIB) == bytes(MIB), "a partition table is there"
    card.mend()
    assert bench.provision("--to", device, "--id", "north").exit_code == 0
    assert [entry["result"] for entry in bench.log] == ["bad", "good"]


def test_ctrl_c_ends_with_130_and_the_kiosk_is_asked_for_again(
    bench: Bench, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from image.provision import writing

    def interrupted(*_: object) -> list[bytes]:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "to_card", interrupted)
    result = bench.provision("--to", reader, "--id", "north")
    assert result.exit_code == 130
    assert "The card that was being written is not good" in result.output
    assert bench.log == []


def test_a_card_that_gives_back_other_bytes_is_to_be_thrown_away(
    bench: Bench, card: Path, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a worn or faked card does. The kernel still has in memory what was written: that must not be what is read."""
    from image.provision import writing

    verify = writing.verify

    def after_damage(path: Path, *rest: object) -> None:
        with path.open("rb") as file:
            file.seek(9 * MIB)
            good = file.read(4096)
        with card.open("r+b") as file:  # behind the device
            file.seek(9 * MIB + 77)
            file.write(b"other")
        with path.open("rb") as file:
            file.seek(9 * MIB)
            assert file.read(4096) == good, "this test proves nothing"
        verify(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "verify", after_damage)
    with reader.open("rb"):  # as long as anybody has it open, the kernel keeps what it has in memory
        result = bench.provision("--to", reader, "--id", "north")
    assert result.exit_code == 4, result.output
    assert (
        "gave back other bytes than it was given, within 4096 kB from byte 8,388,608 on. Throw it away" in result.output
    )
    assert [entry["result"] for entry in bench.log] == ["bad"]


def refusal(bench: Bench, device: Path, *more: str) -> str:
    """What is said by a command that must refuse, and write nothing."""
    result = bench.provision("--to", device, "--id", "north", *more)
    assert result.exit_code == 3, result.output
    assert bench.log == []
    assert "Writing" not in result.output
    return result.output


def test_a_mounted_card_is_refused(bench: Bench, tmp_path: Path) -> None:
    backing, place = image(tmp_path / "card"), tmp_path / "mounted here"
    place.mkdir()
    with inserted(backing) as whole, inserted(backing, "-o", str(DATA[0])) as part:
        run("mount", str(part), str(place))
        try:
            said = refusal(bench, part)
            assert f"{part}: is mounted at {place}. Unmount it: sudo umount" in said
            before = backing.read_bytes()
            assert "byte" not in said
        finally:
            run("umount", str(place))
        assert backing.read_bytes()[:MIB] == before[:MIB]
        assert whole.exists()


def test_a_card_with_swap_in_use_is_refused(bench: Bench, card: Path, reader: Path) -> None:
    run("mkswap", str(reader))
    run("swapon", str(reader))
    try:
        assert f"{reader}: holds swap space in use ({reader}). End that first: sudo swapoff {reader}" in refusal(
            bench, reader
        )
    finally:
        run("swapoff", str(reader))


def test_a_write_protected_card_is_refused(bench: Bench, card: Path) -> None:
    with inserted(card, "-r") as device:
        assert f"{device}: is write-protected" in refusal(bench, device)


def test_a_too_small_card_is_refused(bench: Bench, tmp_path: Path) -> None:
    with inserted(blank(tmp_path / "small", SIZE - MIB)) as device:
        assert f"{device}: holds 0.03 GB, the image needs 0.03. Take a larger card" in refusal(bench, device)


def test_a_disk_of_more_than_256_gb_is_refused_unless_forced(bench: Bench, tmp_path: Path) -> None:
    with inserted(blank(tmp_path / "large", 300 << 30)) as device:
        assert f"{device}: holds 322 GB, more than cards of kiosks do (256)" in refusal(bench, device)
        assert bench.provision("--to", device, "--id", "north", "--force-large").exit_code == 0


def test_who_may_not_write_is_told_of_sudo_and_of_boot_files(
    bench: Bench, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(reader))
    assert f"{reader}: only root may write to disks. Say sudo before the command" in refusal(bench, reader)


def test_a_disk_that_another_program_holds_is_refused_and_is_no_bad_card(bench: Bench, reader: Path) -> None:
    held = os.open(reader, os.O_RDWR | os.O_EXCL)
    try:
        result = bench.provision("--to", reader, "--id", "north")
    finally:
        os.close(held)
    assert (result.exit_code, bench.log) == (3, [])
    assert f"{reader}: another program uses this disk" in result.output


def test_an_empty_reader_is_refused(bench: Bench, tmp_path: Path) -> None:
    with inserted(blank(tmp_path / "none", 0)) as device:
        assert f"{device}: there is no card in this reader" in refusal(bench, device)


def test_what_is_no_disk_is_refused_with_what_to_give_instead(bench: Bench, card: Path) -> None:
    assert f"{card}: is no disk (block device). For image files instead of cards use --out FOLDER" in refusal(
        bench, card
    )
    absent = card.with_name("absent")
    assert f"{absent}: there is no such device. Is the reader plugged in" in refusal(bench, absent)


def test_the_disk_that_this_computer_runs_from_is_refused(
    bench: Bench, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where / is differs, and in a container no disk has it: here it is on the card."""
    found = reader.stat().st_rdev
    monkeypatch.setattr(disks, "_mounts", lambda _: [((os.major(found), os.minor(found)), "/")])
    assert f"{reader}: is the disk that this computer runs from (/ is on it)" in refusal(bench, reader)


def test_image_files_are_written_with_holes_and_only_for_their_owner(bench: Bench) -> None:
    to = bench.folder / "images"
    result = bench.provision("--out", to)
    assert result.exit_code == 0, result.output
    for kiosk in ("north", "south"):
        path = to / f"{kiosk}.img"
        assert same_but_for_boot(path, bench.image)
        assert f'id = "{kiosk}"'.encode() in on_boot(path, "moodpost.toml")
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.stat().st_blocks * 512 < SIZE / 2
    assert sorted(path.name for path in to.iterdir()) == ["north.img", "south.img"]
    assert bench.provision("--out", to).exit_code == 0
    assert [entry["kiosk"] for entry in bench.log] == ["north", "south"]
    (to / "south.img").unlink()
    assert bench.provision("--out", to).exit_code == 0
    assert [entry["kiosk"] for entry in bench.log] == ["north", "south", "south"]


def test_a_file_that_is_there_already_stays_unless_it_is_asked_for_again(bench: Bench) -> None:
    to = bench.folder / "images"
    to.mkdir()
    (to / "north.img").write_bytes(b"mine")
    result = bench.provision("--out", to, "--id", "north")
    assert result.exit_code == 1
    assert f"{to}/north.img: is there already. Take it away, or add --again north" in result.output
    assert (to / "north.img").read_bytes() == b"mine"
    assert bench.provision("--out", to, "--again", "north").exit_code == 0


def test_a_full_disk_leaves_no_half_image(bench: Bench, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=64k,mode=1777", "tmpfs", str(small))
    try:
        result = bench.provision("--out", small)
        assert result.exit_code == 4, result.output
        assert "it is full" in result.output
        assert list(small.iterdir()) == []
    finally:
        run("umount", str(small))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda p: p.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(600)), "can't be unpacked"),
        (lambda p: p.write_bytes(bytes(1024)), "is no image of a card"),
        (lambda p: p.write_bytes(b"\x1f\x8b" + bytes(600)), "is packed in another way, expected .img or .img.zst"),
        (lambda p: p.write_bytes(b""), "is no image of a card"),
        (lambda p: p.unlink(), "the image can't be read (No such file or directory). Is the name right?"),
        (lambda p: p.with_name("x.img.sha256").write_text("0" * 64), "is not what x.img.sha256 says. Download it anew"),
        (lambda p: p.with_name("x.img.sha256").write_text("no sum"), "holds no sum"),
        (lambda p: image(p, boot=["config.txt"]), "has no moodpost.toml on its boot partition"),
    ],
)
def test_an_image_that_is_none_is_refused_before_anything_is_written(
    bench: Bench, reader: Path, tmp_path: Path, spoil: object, told: str
) -> None:
    path = image(tmp_path / "x.img")
    spoil(path)  # type: ignore[operator]
    result = bench.provision("--to", reader, "--id", "north", image=path)
    assert result.exit_code == 1, result.output
    assert told in result.output
    assert "Writing" not in result.output


def test_nothing_temporary_is_left_with_secrets_in_it(
    bench: Bench, reader: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    assert bench.provision("--to", reader, "--id", "north").exit_code == 0
    assert list(temporary.iterdir()) == []
