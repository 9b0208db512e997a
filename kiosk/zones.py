"""Time zones by their names, and which one is meant by a name that is none. Never knows a clock."""

from __future__ import annotations

import os

# Else zoneinfo asks sysconfig, which loads all that Python was built with, and gets the same answer.
os.environ.setdefault("PYTHONTZPATH", "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo")

import zoneinfo


def known() -> set[str]:
    """The names of all time zones here; UTC needs no time zone database."""
    return {"UTC", *zoneinfo.available_timezones()}


def is_known(name: str) -> bool:
    """Whether there is a time zone of this name; to look through all that there are opens each of their 600 files."""
    if name == "UTC":
        return True
    if name == "posixrules" or name.startswith(("posix/", "right/")):  # others' copies, which `known` leaves out too
        return False
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def nearest(name: str) -> str:
    """The time zone that is meant by a misspelt name, or by that of a city alone; "" where nobody can say."""
    from difflib import get_close_matches  # few settings need it

    whole = {zone.lower(): zone for zone in sorted(known()) if not zone.startswith("Etc/")}
    cities = {zone.rpartition("/")[2]: spelt for zone, spelt in whole.items() if zone.count("/") == 1}
    meant = whole | cities
    near = get_close_matches(name.strip().lower().replace(" ", "_"), meant, 1, 0.75)
    return meant[near[0]] if near else ""
