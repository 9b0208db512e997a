"""Labels: every one is drawn within its own, in any script, its code says the id, and a PDF holds the same pictures."""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path

import pygame
import pytest
import segno
from click.testing import CliRunner

from image.provision import labels
from image.provision.errors import ProvisionError
from image.provision.labels import ACROSS, DOWN, HEIGHT_MM, MARGIN_MM, WIDTH_MM, Label
from kiosk.cli import main
from tests.test_provision_fleet import Desk

PLACES = {
    "en": "Helsinki store, south exit",
    "ar": "متجر هلسنكي، المخرج الجنوبي",
    "he": "חנות הלסינקי, היציאה הדרומית",
    "hi": "हेलसिंकी स्टोर, दक्षिण निकास",
    "th": "ร้านเฮลซิงกิ ทางออกทิศใต้",
    "ja": "ヘルシンキ店 南口",
    "long": "A very long name of a place that nobody would write, but somebody does all the same " * 2,
}


def dots(mm: float) -> int:
    return round(mm * labels.DPI / 25.4)


def drawn(tmp_path: Path, *which: Label, says: str = "{id}") -> pygame.Surface:
    (path,) = labels.write(which, tmp_path / "sheet.png", says)
    return pygame.image.load(path)


def box(number: int) -> pygame.Rect:
    """Where a label lies on its page, without its margin."""
    top = (297 - DOWN * HEIGHT_MM) / 2
    left, above = number % ACROSS * WIDTH_MM, top + number // ACROSS * HEIGHT_MM
    within = pygame.Rect(dots(left), dots(above), dots(WIDTH_MM), dots(HEIGHT_MM))
    return within.inflate(-2 * dots(MARGIN_MM), -2 * dots(MARGIN_MM))


def dark(page: pygame.Surface, where: pygame.Rect) -> pygame.Rect:
    """The box around what is darker than crop marks there."""
    mask = pygame.mask.from_threshold(page.subsurface(where), (0, 0, 0), (160, 160, 160))
    boxes = mask.get_bounding_rects()
    return boxes[0].unionall(boxes[1:]) if boxes else pygame.Rect(0, 0, 0, 0)


@pytest.mark.parametrize("language", PLACES)
def test_every_script_is_drawn_within_its_label(tmp_path: Path, language: str) -> None:
    page = drawn(tmp_path, Label("south", PLACES[language], "en" if language == "long" else language))
    whole = pygame.Rect(0, 0, dots(WIDTH_MM), dots(HEIGHT_MM))
    assert box(0).contains(dark(page, whole))
    text = page.subsurface(box(0)).subsurface((dots(27), 0, box(0).width - dots(27), box(0).height * 2 // 3))
    assert dark(text, text.get_rect()).width > dots(10)


def test_the_code_says_the_id_or_the_address_that_was_asked_for(tmp_path: Path) -> None:
    for says, text in (("{id}", "south"), ("https://c.example.com/{id}", "https://c.example.com/south")):
        page = drawn(tmp_path, Label("south"), says=says)
        matrix = segno.make_qr(text, error="m").matrix
        code = dark(page, pygame.Rect(box(0).topleft, (dots(27), box(0).height)))
        each = code.width // len(matrix)
        assert each >= dots(0.5), "a module is at least half a millimetre"
        read = [
            [
                page.get_at((box(0).x + code.x + each * x + each // 2, box(0).y + code.y + each * y + each // 2))[0]
                < 128
                for x in range(len(matrix))
            ]
            for y in range(len(matrix))
        ]
        assert read == [[bool(module) for module in row] for row in matrix]


def test_a_code_has_the_white_around_it_that_phones_want(tmp_path: Path) -> None:
    page = drawn(tmp_path, Label("a" * 64, "Place"))
    code = dark(page, pygame.Rect(box(0).topleft, (dots(26), box(0).height)))
    modules = len(segno.make_qr("a" * 64, error="m").matrix)
    assert code.width % modules == 0
    quiet = 4 * code.width // modules
    left_of = pygame.Rect(box(0).x + code.right, box(0).y, quiet, box(0).height)
    assert dark(page, left_of) == (0, 0, 0, 0)
    assert quiet <= dots(MARGIN_MM)


def test_more_than_a_page_goes_on_the_next(tmp_path: Path) -> None:
    many = [Label(f"k{number}", "Place") for number in range(ACROSS * DOWN + 1)]
    paths = labels.write(many, tmp_path / "sheet.png", "{id}")
    assert [path.name for path in paths] == ["sheet-1.png", "sheet-2.png"]
    first, second = (pygame.image.load(path) for path in paths)
    assert all(dark(first, box(number)).width for number in range(ACROSS * DOWN))
    assert [bool(dark(second, box(number)).width) for number in range(3)] == [True, False, False]


def test_a_pdf_holds_the_same_pictures_on_pages_of_a4(tmp_path: Path) -> None:
    many = [Label(f"k{number}", PLACES["hi"]) for number in range(ACROSS * DOWN + 1)]
    pictures = [pygame.image.load(path) for path in labels.write(many, tmp_path / "sheet.png", "{id}")]
    (path,) = labels.write(many, tmp_path / "sheet.pdf", "{id}")
    data = path.read_bytes()
    places = [int(at) for at in re.findall(rb"(\d{10}) 00000 n ", data)]
    assert all(data[at:].startswith(b"%d 0 obj\n" % number) for number, at in enumerate(places, 1))
    (table,) = re.findall(rb"startxref\n(\d+)\n%%EOF\n\Z", data)
    assert data[int(table) :].startswith(b"xref\n")
    assert data.count(b"/MediaBox [0 0 595.276 841.89]") == 2
    streams = re.finditer(rb"/Subtype /Image /Width 2480 /Height 3508 [^>]*/Length (\d+) >>\nstream\n", data)
    for picture, stream in zip(pictures, streams, strict=True):
        grey = zlib.decompress(data[stream.end() : stream.end() + int(stream[1])])
        assert grey == pygame.image.tobytes(picture, "RGB")[::3]


def test_a_sheet_that_cant_be_written_is_told(tmp_path: Path) -> None:
    for name in ("sheet.pdf", "sheet.png"):
        with pytest.raises(ProvisionError, match=r"the sheet can't be written .* Give another folder"):
            labels.write([Label("a")], tmp_path / "absent" / name, "{id}")


def test_the_command_draws_the_fleets_labels(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    table = desk.put("stores.csv", "id,place\nnorth,North door\n")
    given = ["labels", "--fleet", table, "--template", desk.template]
    result = CliRunner().invoke(main, [*map(str, given), "--to", str(tmp_path / "labels.pdf")])
    assert (result.exit_code, result.output) == (0, f"Written: {tmp_path}/labels.pdf\n")


def test_where_nothing_can_be_drawn_the_command_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "image.provision.labels")
    monkeypatch.delattr("image.provision.labels")
    monkeypatch.setitem(sys.modules, "segno", None)
    table = Desk(tmp_path).put("stores.csv", "id\nnorth\n")
    result = CliRunner().invoke(main, ["labels", "--fleet", str(table), "--to", str(tmp_path / "labels.pdf")])
    assert result.exit_code == 1
    assert "segno is missing. Try `python3 -m pip install pygame-ce segno`" in result.output


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--to", "labels.doc"], "expected a name that ends in .pdf or .png"),
        (["--to", "labels.pdf", "--link", "https://c.example.com"], "expected an address with {id} in it"),
        (["--to", "labels.pdf", "--settings", "x"], "give either --fleet"),
    ],
)
def test_what_does_not_go_together_is_told_with_exit_code_2(more: list[str], told: str) -> None:
    result = CliRunner().invoke(main, ["labels", "--fleet", "stores.csv", *more])
    assert (result.exit_code, told in " ".join(result.output.split())) == (2, True)
