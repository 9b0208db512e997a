"""Every kiosk of a fleet with the files that its card gets, checked as its first boot will. Writes nothing.

A mistake is told by row and column where a cell made it, else by the template's line; all of them at once.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from image.errors import RefusedError
from image.firstboot import brought
from image.firstboot.source import CA, KEYS, SETTINGS, SURVEY, SURVEYS
from image.provision import columns, table, written
from image.provision.errors import FleetError
from kiosk import checked
from kiosk.errors import SettingsError
from kiosk.files import MAX_BYTES
from kiosk.settings import Settings

_SAID = re.compile(r"moodpost\.toml, (?:line \d+, )?(?P<path>[^:]+?): (?P<said>.*)", re.DOTALL)


class Prepared:
    """One kiosk, and what lies on its card's boot partition. Its repr tells no secret."""

    __slots__ = ("files", "id", "place", "settings")

    def __init__(self, settings: Settings, files: Mapping[str, bytes]) -> None:
        self.id = settings.kiosk.id
        self.place = settings.kiosk.place
        self.settings = settings
        self.files = files

    def __repr__(self) -> str:
        return f"<Prepared {self.id}>"


def single(path: Path) -> Prepared:
    """The kiosk of one moodpost.toml, with what lies beside it; FleetError with every mistake."""
    files = {SETTINGS: _read(path, path.name), **_beside(path)}
    mistakes = [f"{path.name}, {key}: {_EMPTY}" for key in _empties(_parsed(files[SETTINGS]))]
    try:
        found = _check(files)
    except RefusedError as error:
        mistakes += [sentence.replace(SETTINGS, path.name, 1) for sentence in error.mistakes]
        raise FleetError(mistakes) from None
    if mistakes:
        raise FleetError(mistakes)
    return Prepared(found.settings, files)


def fleet(path: Path, template: Path | None) -> list[Prepared]:
    """The kiosks of the table at `path`, the template with their cells in it; FleetError tells every mistake."""
    read = table.read(_read(path, path.name), path.name)
    targets, mistakes = _header(read.header, path.name)
    base = _Template(template)
    rows = [_Row(row, targets, read.header, path, base) for row in read.rows]
    made = [row.made() for row in rows] if not mistakes else []
    _look_for_twins(rows)
    mistakes += [*base.mistakes, *(sentence for row in rows for sentence in row.mistakes)]
    if mistakes:
        raise FleetError(list(dict.fromkeys(mistakes)))
    return [each for each in made if each]


_EMPTY = (
    'found "", expected what it is to be: nothing is kept on a new card (or take the line out, where none is needed)'
)


def _header(header: list[str], name: str) -> tuple[dict[int, str], list[str]]:
    """Of each column its key or file, and what is wrong with the header."""
    found: dict[int, str] = {}
    mistakes = []
    for number, heading in enumerate(header):
        if not heading.strip():
            continue
        try:
            key = columns.target(heading)
        except ValueError as error:
            mistakes.append(f"{name}, row 1: {error}")
            continue
        if key in found.values():
            mistakes.append(f'{name}, row 1: found two columns for {key}, expected one (the second is "{heading}")')
        found[number] = key
    if "kiosk.id" not in found.values() and not mistakes:
        mistakes.append(f"{name}, row 1: found no column id, expected one: each kiosk has an id of its own")
    return found, mistakes


class _Template:
    """The settings that all kiosks have, and the files beside them."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.mistakes: list[str] = []
        self.tree: dict[str, Any] = {}
        self.files: dict[str, bytes] = {}
        self._text = ""
        if path is None:
            return
        data = _read(path, path.name)
        try:
            self._text = data.decode("utf-8-sig")
            self.tree = checked.tree(self._text, path.name)
            self.files = _beside(path)
        except UnicodeDecodeError:
            self.mistakes.append(f"{path.name}: found no UTF-8, expected the file saved as UTF-8")
        except SettingsError as error:
            self.mistakes += error.mistakes

    def has(self, key: str) -> bool:
        """Whether this key, or a table of this name, stands in it."""
        at: Any = self.tree
        for part in key.split("."):
            if not isinstance(at, dict) or part not in at:
                return False
            at = at[part]
        return True

    def blame(self, key: str, said: str) -> None:
        """One of its own lines is wrong."""
        assert self.path
        self.mistakes += checked.told([(key, said)], self._text, self.path.name)


class _Row:
    """One row, on its way to a kiosk."""

    def __init__(
        self, row: table.Row, targets: dict[int, str], header: list[str], path: Path, template: _Template
    ) -> None:
        self.number = row.number
        self.mistakes: list[str] = []
        self.tree = {key: dict(value) if isinstance(value, dict) else value for key, value in template.tree.items()}
        self._where = f"{path.name}, row {row.number}"
        self._headings = {targets[at]: heading.strip() for at, heading in enumerate(header) if at in targets}
        self._given: set[str] = set()
        self._template = template
        self._files = dict(template.files)
        if any(cell.strip() for cell in row.cells[len(header) :]):
            self.mistakes.append(f"{self._where}: found {len(row.cells)} cells, expected {len(header)} as in row 1")
        for at, cell in enumerate(row.cells):
            if at in targets and cell.strip():
                self._put(targets[at], cell, path.parent)
        if columns.CA in self._given:
            self.tree.setdefault("network", {})["ca_file"] = CA

    def _put(self, key: str, cell: str, folder: Path) -> None:
        self._given.add(key)
        if key in columns.FILES:
            try:
                self._bring(key, folder / cell.strip())
            except FleetError as error:
                self.mistakes += [f"{self._place(key)}: {sentence}" for sentence in error.mistakes]
            return
        name, _, end = key.partition(".")
        of = self.tree.setdefault(name, {})
        if isinstance(of, dict):  # a template that has something else there is told of by the check
            of[end] = columns.value(key, cell)

    def _bring(self, key: str, path: Path) -> None:
        if key == columns.SURVEY:
            self._files = {name: data for name, data in self._files.items() if not _is_survey(name)}
            self._files |= _surveys(path) if path.is_dir() else {SURVEY: _read(path, str(path))}
        else:
            self._files[{columns.CA: CA, columns.KEYS: KEYS}[key]] = _read(path, str(path))

    def made(self) -> Prepared | None:
        """The kiosk; None where there are mistakes."""
        for key in _empties(self.tree):
            self._blame(key, _EMPTY)
        files = {SETTINGS: written.toml(self.tree).encode(), **self._files}
        try:
            found = _check(files)
        except RefusedError as error:
            for sentence in error.mistakes:
                if said := _SAID.fullmatch(sentence):
                    self._blame(re.sub(r"(\[\d+\])+$", "", said["path"]), said["said"])
                else:
                    self._blame_file(sentence)
            return None
        return Prepared(found.settings, files)

    def value(self, key: str) -> str:
        """What a text is in this row or its template; "" where there is none."""
        name, _, end = key.partition(".")
        of = self.tree.get(name)
        found = of.get(end) if isinstance(of, dict) else None
        return found if isinstance(found, str) else ""

    def told_twice(self, key: str, said: str) -> None:
        """What is wrong with this row beside another."""
        self.mistakes.append(f"{self._place(key)}: {said}")

    def _blame(self, key: str, said: str) -> None:
        cells = [each for each in self._given if each == key or each.startswith(f"{key}.")]
        if cells:
            headings = ", ".join(sorted(self._headings[each] for each in cells))
            self.mistakes.append(f"{self._where}, column {headings}: {said}")
        elif self._template.has(key):
            self._template.blame(key, said)
        else:
            self.mistakes.append(f"{self._place(key)}: {said}")

    def _blame_file(self, sentence: str) -> None:
        name = sentence.partition(",")[0].partition(":")[0]
        key = {CA: columns.CA, KEYS: columns.KEYS}.get(name, columns.SURVEY)
        if key in self._given or self._template.path is None:
            self.mistakes.append(f"{self._place(key)}: {sentence}")
        else:
            self._template.mistakes.append(f"beside {self._template.path.name}: {sentence}")

    def _place(self, key: str) -> str:
        return f"{self._where}, column {self._headings.get(key) or key.rpartition('.')[2]}"


def _look_for_twins(rows: list[_Row]) -> None:
    """Ids and tokens that two kiosks have; case makes no difference to a file system or a host name."""
    for key, of_its_own in (("kiosk.id", "an id"), ("endpoint.token", "a token")):
        seen: dict[str, _Row] = {}
        for row in rows:
            given = row.value(key)
            first = seen.setdefault(given.lower() if key == "kiosk.id" else given, row)
            if given and first is not row:
                what = checked.quoted(given) if key == "kiosk.id" else "the token"
                row.told_twice(key, f"found {what} of row {first.number} again, expected {of_its_own} of its own")


def _empties(tree: Mapping[str, Any]) -> list[str]:
    """The secrets that stand there as "", which on a card that has run means: the one that is kept."""
    found = []
    for key in columns.secrets():
        name, _, end = key.partition(".")
        of = tree.get(name)
        if isinstance(of, dict) and of.get(end) == "":
            found.append(key)
    return found


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # which the check will tell
        return {}


def _check(files: Mapping[str, bytes]) -> brought.Brought:
    """As first boot does; RefusedError. Secrets lie in a folder of our own meanwhile, in memory where there is one."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="moodpost-", dir=memory if memory.is_dir() else None))
    try:
        return brought.check(files, folder / "files")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _beside(path: Path) -> dict[str, bytes]:
    """What lies beside a settings file and belongs to it, as on a card."""
    found = {name: _read(path.with_name(name), name) for name in (SURVEY, CA, KEYS) if path.with_name(name).is_file()}
    if (folder := path.with_name(SURVEYS)).is_dir():
        found |= _surveys(folder)
    return found


def _surveys(folder: Path) -> dict[str, bytes]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() == ".toml" and not p.name.startswith("."))
    if not files:
        raise FleetError([f"{folder}: found no .toml file in this folder, expected surveys"])
    return {f"{SURVEYS}/{file.name}": _read(file, str(file)) for file in files}


def _is_survey(name: str) -> bool:
    return name == SURVEY or name.startswith(f"{SURVEYS}/")


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(max(MAX_BYTES, table.MOST_BYTES) + 1)
    except FileNotFoundError:
        raise FleetError([f"{name}: found no such file ({path.absolute().parent})"]) from None
    except OSError as error:
        raise FleetError([f"{name}: can't be read ({error.strerror})"]) from None
