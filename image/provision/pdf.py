"""Pictures as the pages of a PDF (ISO 32000-1), each filling a page of A4. Pure; never knows what is on them.

A library that writes PDF would weigh more than all else that labels need; pages of one grey picture are a few objects.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import NamedTuple

_A4 = "595.276 841.89"
"""210 x 297 mm in points of 1/72 inch."""


class Page(NamedTuple):
    """A picture: a byte a pixel, 0 is black, the rows from the top."""

    width: int
    height: int
    grey: bytes


def written(pages: Sequence[Page]) -> bytes:
    """The file."""
    kids = " ".join(f"{3 + 3 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
    ]
    for number, page in enumerate(pages):
        at = 3 + 3 * number
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_A4}] /Contents {at + 1} 0 R "
            f"/Resources << /XObject << /P {at + 2} 0 R >> >> >>".encode(),
            _stream(f"q {_A4.split()[0]} 0 0 {_A4.split()[1]} 0 0 cm /P Do Q".encode()),
            _stream(
                page.grey,
                f"/Type /XObject /Subtype /Image /Width {page.width} /Height {page.height} "
                "/ColorSpace /DeviceGray /BitsPerComponent 8 ",
            ),
        ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def _stream(data: bytes, about: str = "") -> bytes:
    packed = zlib.compress(data, 9)
    return f"<< {about}/Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode() + packed + b"\nendstream"
