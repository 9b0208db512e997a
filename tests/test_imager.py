"""The list for Raspberry Pi Imager: true sums of what is downloaded and written, and no board it is not for."""

from __future__ import annotations

import hashlib
import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from image.build import __main__ as command
from image.build import card, imager
from image.build.errors import BuildError
from kiosk import __version__

DATE = 1_764_547_200  # 2025-12-01
CARD = bytes(range(256)) * 20_000


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image beside its .zst."""
    image = tmp_path / "moodpost.img"
    image.write_bytes(CARD)
    subprocess.run(["zstd", "-q", image, "-o", f"{image}.zst"], check=True)
    return image


def test_the_list_tells_what_is_downloaded_and_what_is_written(image: Path) -> None:
    made = imager.make(image, "https://example.com/moodpost/", DATE)
    assert made == image.with_name("imager.json")
    (entry,) = json.loads(made.read_text())["os_list"]
    packed = Path(f"{image}.zst").read_bytes()
    assert entry["url"] == "https://example.com/moodpost/moodpost.img.zst"
    assert (entry["extract_size"], entry["extract_sha256"]) == (len(CARD), hashlib.sha256(CARD).hexdigest())
    assert entry["image_download_size"] == len(packed)
    assert entry["image_download_sha256"] == hashlib.sha256(packed).hexdigest()
    assert entry["release_date"] == "2025-12-01"
    assert __version__ in entry["name"]


def test_the_list_has_what_imager_requires_and_lets_it_change_nothing_on_the_card(image: Path) -> None:
    (entry,) = json.loads(imager.make(image, "https://example.com", DATE).read_text())["os_list"]
    required = ["name", "description", "icon", "url", "extract_size", "extract_sha256", "image_download_size"]
    assert all(entry[key] for key in [*required, "release_date", "devices"])
    assert entry["init_format"] == "none"


def test_the_image_is_offered_for_three_boards_and_never_for_a_pi_5(image: Path) -> None:
    listed = json.loads(imager.make(image, "https://example.com", DATE).read_text())
    (entry,) = listed["os_list"]
    assert entry["devices"] == ["pi3-64bit", "pi4-64bit"]
    boards = {board["name"]: board["tags"] for board in listed["imager"]["devices"]}
    assert list(boards) == ["Raspberry Pi 4", "Raspberry Pi 3", "Raspberry Pi Zero 2 W"]
    assert all(set(tags) & set(entry["devices"]) for tags in boards.values()), "a board for which nothing is shown"
    assert "pi5" not in json.dumps(listed)


def test_the_icon_lies_beside_the_list(image: Path) -> None:
    made = imager.make(image, "https://example.com", DATE)
    (entry,) = json.loads(made.read_text())["os_list"]
    icon = made.with_name(entry["icon"].rpartition("/")[2])
    drawing = ET.fromstring(icon.read_text())
    assert (drawing.get("width"), drawing.get("height")) == ("40", "40"), "as large as Imager shows it"


@pytest.mark.parametrize("base", ["", "example.com/moodpost", "http://example.com"])
def test_what_is_no_address_to_download_from_is_refused(image: Path, base: str) -> None:
    with pytest.raises(BuildError, match=r"is no address to download from: give --url https://"):
        imager.make(image, base, DATE)
    assert not image.with_name("imager.json").exists()


def test_without_an_image_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"found no packed image. Run `make image` first"):
        imager.make(tmp_path / "moodpost.img", "https://example.com", DATE)


def test_a_torn_image_is_not_offered(image: Path) -> None:
    packed = Path(f"{image}.zst")
    packed.write_bytes(packed.read_bytes()[:-40])
    with pytest.raises(BuildError, match=r"can't be unpacked \(.+\). Run `make image` again"):
        imager.make(image, "https://example.com", DATE)
    assert not image.with_name("imager.json").exists()


def test_the_command_takes_the_address_as_an_option(
    image: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(card, "built", lambda: image)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(DATE))
    monkeypatch.setattr("sys.argv", ["image.build", "imager", "--url", "https://example.com/option"])
    command.main()
    made = Path(capsys.readouterr().out.strip())
    assert json.loads(made.read_text())["os_list"][0]["url"] == "https://example.com/option/moodpost.img.zst"


def test_the_command_takes_the_address_from_the_environment(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "built", lambda: image)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(DATE))
    monkeypatch.setenv("MOODPOST_IMAGE_URL", "https://example.com/environment")
    monkeypatch.setattr("sys.argv", ["image.build", "imager"])
    command.main()
    listed = json.loads(image.with_name("imager.json").read_text())
    assert listed["os_list"][0]["url"] == "https://example.com/environment/moodpost.img.zst"
