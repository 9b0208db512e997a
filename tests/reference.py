"""Lines as Pillow and raqm draw them: what our own pictures of text are held to."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat, features
from pygame import Surface
from pygame.image import tobytes

from kiosk.screens.coverage import FONTS


def line(text: str, font: str, size: int, language: str, rtl: bool, shaped: bool = True) -> Image.Image:
    """The line's ink, 255 where it is full; letter by letter as they come unless `shaped`."""
    assert features.check("raqm"), "Pillow has no raqm: install Pillow from its own wheel (make setup)"
    assert features.check("fribidi"), "raqm finds no libfribidi: apt-get install libfribidi0"
    layout = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    opened = ImageFont.truetype(str(FONTS / font), size, layout_engine=layout)
    picture = Image.new("L", (size * (len(text) + 4), size * 4))
    told = {"direction": "rtl" if rtl else "ltr", "language": language} if shaped else {}
    ImageDraw.Draw(picture).text((size, size * 2), text, fill=255, font=opened, anchor="ls", **told)
    return picture.crop(picture.getbbox())


def ink(surface: Surface) -> Image.Image:
    """A picture of ours, with a transparent ground, in the same way."""
    picture = Image.frombytes("RGBA", surface.get_size(), tobytes(surface, "RGBA")).getchannel("A")
    return picture.crop(picture.getbbox())


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean absolute difference of their pixels, 0 to 255, over the box of the larger."""
    size = max(one.width, other.width), max(one.height, other.height)
    return float(ImageStat.Stat(ImageChops.difference(_placed(one, size), _placed(other, size))).mean[0])


def _placed(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    whole = Image.new("L", size)
    whole.paste(picture, (0, 0))
    return whole
