"""What a page shows on which something of the network is typed, told in data. Knows neither who types nor what for."""

from __future__ import annotations

from typing import Literal

import msgspec

Layer = Literal["small", "capital", "signs", "address"]
"""Of the keys: letters and digits, signs, or what addresses are made of."""


class Field(msgspec.Struct, frozen=True):
    """Something that is typed."""

    name: str
    label: str
    text: str
    """Dots where it is secret, but where it is revealed."""
    secret: bool = False


class Form(msgspec.Struct, frozen=True, tag="form", kw_only=True):
    """A correction of the network, typed on a keyboard of Latin letters, digits and signs.

    Targets: ``field:NAME``, ``key:a`` … (a character, or ``shift``, ``signs``, ``delete``, ``space``), ``reveal`` where
    a field is secret, ``ok``, ``no``. A secret is here only where it is to be shown.
    """

    lead: str
    fields: tuple[Field, ...]
    """One or two."""
    field: str
    """Which is typed into."""
    layer: Layer
    said: str = ""
    """What is wrong; it takes the place of `lead`."""
    ok: str = "OK"
    marks: str = ""
    """Signs that take the place of the space between letters: where they are needed and it is not."""
