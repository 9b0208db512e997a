"""A USB stick: what it brings is checked whole and put in place whole, what it takes away is complete."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk import files
from kiosk.errors import FileError, NoStoreYet
from kiosk.outgoing import intake, stick
from kiosk.outgoing.stick import bundle_to, export_to, find_import, finish, take
from tests.conftest import ROOT
from tests.filled import MONDAY, fill, visits

BUNDLED = (ROOT / "kiosk/surveys/visit.toml").read_text(encoding="utf-8")
OLD = '[kiosk]\nid = "old-kiosk"\n[endpoint]\nurl = "https://feedback.example.com"\ntoken = "old-secret-token"\n'
NEW = OLD.replace("old-", "new-").replace("[endpoint]", 'place = "South exit"\n[endpoint]')


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Where the kiosk's own settings are."""
    (tmp_path / "etc").mkdir()
    path = tmp_path / "etc" / "moodpost.toml"
    path.write_text(OLD, encoding="utf-8")
    path.chmod(0o640)
    return path


def survey(id_: str, *, schedule: bool = False) -> str:
    text = BUNDLED.replace('id = "visit"', f'id = "{id_}"', 1)
    return text + ('\n[schedule]\ndays = ["mon"]\n' if schedule else "")


def test_settings_are_taken_with_the_old_ones_kept_and_their_mode(usb: Path, settings: Path) -> None:
    (usb / "moodpost.toml").write_text(NEW, encoding="utf-8")
    brought = find_import(usb, settings)
    assert brought.possible
    assert brought.said == ("Settings for the kiosk new-kiosk, South exit",)
    assert "secret" not in repr(brought)
    assert take(brought, settings) == ("moodpost.toml was taken",)
    assert settings.read_text(encoding="utf-8") == NEW
    before = settings.with_name("moodpost.toml.before")
    assert before.read_text(encoding="utf-8") == OLD.replace("old-secret-token", "")
    assert stat.S_IMODE(before.stat().st_mode) == 0o640
    assert stat.S_IMODE(settings.stat().st_mode) == 0o640
    assert sorted(p.name for p in settings.parent.iterdir()) == ["moodpost.toml", "moodpost.toml.before"]


def test_without_settings_before_a_file_is_its_owners_alone(usb: Path, settings: Path) -> None:
    settings.unlink()
    (usb / "moodpost.toml").write_text(NEW, encoding="utf-8")
    take(find_import(usb, settings), settings)
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600


def test_it_is_private_before_anything_is_in_it(usb: Path, settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (usb / "moodpost.toml").write_text(NEW, encoding="utf-8")
    opened: list[tuple[int, int]] = []
    real = os.open

    def noted(path: object, flags: int, mode: int = 0o777, **how: object) -> int:
        if str(path).endswith(".import.part"):
            opened.append((mode, flags & os.O_EXCL))
        return real(path, flags, mode, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", noted)
    take(find_import(usb, settings), settings)
    assert opened
    assert set(opened) == {(0o600, os.O_EXCL)}


def test_what_was_checked_is_taken_though_the_stick_changes(usb: Path, settings: Path) -> None:
    (usb / "moodpost.toml").write_text(NEW, encoding="utf-8")
    brought = find_import(usb, settings)
    shutil.rmtree(usb)
    take(brought, settings)
    assert settings.read_text(encoding="utf-8") == NEW


def test_a_file_of_a_survey_takes_the_place_of_a_folder(usb: Path, settings: Path) -> None:
    folder = settings.with_name("surveys")
    folder.mkdir()
    (folder / "a.toml").write_text(survey("a"), encoding="utf-8")
    (usb / "survey.toml").write_text(survey("b"), encoding="utf-8")
    brought = find_import(usb, settings)
    assert brought.said == ("Survey b/2, in 18 languages",)
    take(brought, settings)
    assert [each.id for each in files.asked(None, settings)] == ["b"]
    assert settings.with_name("surveys.before").is_dir()
    assert settings.read_text(encoding="utf-8") == OLD


def test_a_folder_takes_the_place_of_a_folder_or_of_a_file(usb: Path, settings: Path) -> None:
    settings.with_name("survey.toml").write_text(survey("z"), encoding="utf-8")
    (usb / "surveys").mkdir()
    (usb / "surveys" / "a.toml").write_text(survey("a"), encoding="utf-8")
    (usb / "surveys" / "b.TOML").write_text(survey("b", schedule=True), encoding="utf-8")
    (usb / "surveys" / "._b.toml").write_bytes(b"\0\5left by another computer")
    for _ in range(2):
        take(find_import(usb, settings), settings)
        assert sorted(each.id for each in files.asked(None, settings)) == ["a", "b"]
    assert settings.with_name("survey.toml.before").exists()
    assert not list(settings.parent.glob("*.part"))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({}, "the stick holds neither moodpost.toml nor survey.toml"),
        ({"moodpost.toml": "[kiosk]\nid = 5"}, "moodpost.toml, line 2, kiosk.id: found 5"),
        ({"moodpost.toml": NEW, "survey.toml": "id = 5"}, "survey.toml, line 1, id: found 5"),
        ({"survey.toml": survey("a", schedule=True)}, "survey.toml: found a [schedule] in the only survey"),
        ({"survey.toml": survey("a"), "surveys/b.toml": survey("b")}, "surveys: found this folder beside survey.toml"),
        ({"surveys/a.toml": survey("a"), "surveys/b.toml": survey("b")}, "found no [schedule] in"),
        ({"moodpost.toml": NEW + "[panel]\nbuttons = [5, 6]\n"}, "panel.buttons: found 2 buttons, expected 4"),
        ({"moodpost.toml": "x" * (1 << 20) + "y"}, "moodpost.toml: found more than 1048576 bytes"),
        ({"moodpost.toml": "\udcff"}, "found a letter that is no UTF-8"),
        ({f"surveys/{n:02}.toml": "" for n in range(33)}, "surveys: found 33 files, expected at most 32"),
        ({"surveys": "a file"}, "surveys: found no folder"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_mistakes_are_told_and_nothing_can_be_taken(usb: Path, settings: Path, made: dict[str, str], said: str) -> None:
    for name, text in made.items():
        (usb / name).parent.mkdir(exist_ok=True)
        (usb / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    brought = find_import(usb, settings)
    assert said in "\n".join(brought.mistakes)
    assert "/tmp" not in "\n".join(brought.mistakes)
    assert not brought.possible
    with pytest.raises(ValueError, match="nothing to take"):
        take(brought, settings)
    assert settings.read_text(encoding="utf-8") == OLD


def test_all_mistakes_are_told_at_once(usb: Path, settings: Path) -> None:
    (usb / "moodpost.toml").write_text("[kiosk]\nid = 5", encoding="utf-8")
    (usb / "survey.toml").write_text("id = 5", encoding="utf-8")
    told = find_import(usb, settings).mistakes
    assert any(line.startswith("moodpost.toml") for line in told)
    assert any(line.startswith("survey.toml") for line in told)


@pytest.mark.parametrize("odd", ["link", "pipe", "folder"])
def test_odd_files_are_refused(usb: Path, settings: Path, odd: str) -> None:
    target = usb / "moodpost.toml"
    if odd == "link":
        target.symlink_to(settings)
    elif odd == "pipe":
        os.mkfifo(target)
    else:
        target.mkdir()
    (told,) = find_import(usb, settings).mistakes
    assert told.startswith("moodpost.toml: ")
    assert "plain file" in told or "Is a directory" in told


def test_a_link_in_place_of_the_folder_is_refused(usb: Path, settings: Path) -> None:
    (usb / "surveys").symlink_to(settings.parent)
    assert find_import(usb, settings).mistakes == ("surveys: found no folder, expected one of surveys",)


def test_an_empty_token_is_told(usb: Path, settings: Path) -> None:
    (usb / "moodpost.toml").write_text(NEW.replace("new-secret-token", ""), encoding="utf-8")
    assert find_import(usb, settings).said[1] == "They hold no token for the endpoint."


class PowerCut(BaseException):
    pass


@pytest.mark.parametrize("before", ["file", "folder", "nothing"])
@pytest.mark.parametrize("brings", ["file", "folder"])
def test_a_power_cut_at_any_step_leaves_all_of_the_old_or_all_of_the_new(
    usb: Path, settings: Path, monkeypatch: pytest.MonkeyPatch, before: str, brings: str
) -> None:
    """Every rename, unlink, removal and sync in turn is the last thing that happens, in `finish` as well."""

    def put(folder: Path, kind: str, ids: tuple[str, ...]) -> None:
        if kind == "file":
            (folder / "survey.toml").write_text(survey(ids[0]), encoding="utf-8")
        elif kind == "folder":
            (folder / "surveys").mkdir()
            for number, id_ in enumerate(ids):
                (folder / "surveys" / f"{id_}.toml").write_text(survey(id_, schedule=number > 0), encoding="utf-8")

    put(settings.parent, before, ("old", "older"))
    put(usb, brings, ("new", "newer"))
    (usb / "moodpost.toml").write_text(NEW, encoding="utf-8")
    old = {each.id for each in files.asked(None, settings)}
    new = {"new"} if brings == "file" else {"new", "newer"}
    brought = find_import(usb, settings)
    kept = settings.parent.with_name("kept")
    shutil.copytree(settings.parent, kept)
    seen = set()

    def cut(last: int, work: Callable[[], object]) -> bool:
        """Do `work` until that many steps are done; whether it ended before."""
        steps = 0

        def step(real: Callable[..., object], *arguments: object, **how: object) -> object:
            nonlocal steps
            steps += 1
            if steps > last:
                raise PowerCut
            return real(*arguments, **how)

        with monkeypatch.context() as patched:
            for owner, name in (
                *((Path, name) for name in ("replace", "unlink", "mkdir")),
                *((os, name) for name in ("fsync", "open")),
                (shutil, "rmtree"),
            ):
                real = getattr(owner, name)
                patched.setattr(owner, name, lambda *a, real=real, **k: step(real, *a, **k))
            try:
                work()
            except PowerCut:
                return False
        return True

    for last in range(1, 200):
        done = cut(last, lambda: take(brought, settings))
        assert any(cut(again, lambda: finish(settings)) for again in range(100))
        asked = {each.id for each in files.asked(None, settings)}
        assert asked in (old, new), f"after {last} steps: {asked}"
        assert settings.read_text(encoding="utf-8") == (NEW if asked == new else OLD), f"after {last} steps"
        assert not list(settings.parent.glob("*.part")) + list(settings.parent.glob("*.journal"))
        assert not done or asked == new
        seen.add(frozenset(asked))
        if done:
            break
        shutil.rmtree(settings.parent)
        shutil.copytree(kept, settings.parent)
    assert done
    assert seen == {frozenset(old), frozenset(new)}


def test_a_folder_that_can_not_be_written_is_told(usb: Path, settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (usb / "moodpost.toml").write_text(NEW, encoding="utf-8")
    brought = find_import(usb, settings)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(30, "Read-only file system")))
        with pytest.raises(FileError, match="can't be put here \\(Read-only file system\\)"):
            take(brought, settings)
    assert settings.read_text(encoding="utf-8") == OLD
    assert [path.name for path in settings.parent.iterdir()] == ["moodpost.toml"]


def test_what_fails_when_all_waits_is_done_at_the_next_start(
    usb: Path, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (usb / "moodpost.toml").write_text(NEW, encoding="utf-8")
    brought = find_import(usb, settings)
    with monkeypatch.context() as patched:
        patched.setattr(intake, "_keep", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(FileError, match=r"not all .* yet \(No space left on device\)\. Restart"):
            take(brought, settings)
    finish(settings)
    assert settings.read_text(encoding="utf-8") == NEW


def test_on_fat_where_a_file_has_one_name_and_no_mode_it_is_taken_too(
    usb: Path, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A FAT file system answers EPERM to these."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    settings.with_name("survey.toml").write_text(survey("z"), encoding="utf-8")
    (usb / "moodpost.toml").write_text(NEW, encoding="utf-8")
    (usb / "survey.toml").write_text(survey("a"), encoding="utf-8")
    for owner, name in ((os, "link"), (os, "symlink"), (os, "fchown"), (os, "fchmod"), (os, "chmod"), (Path, "chmod")):
        monkeypatch.setattr(owner, name, refused)
    take(find_import(usb, settings), settings)
    assert settings.read_text(encoding="utf-8") == NEW
    assert settings.with_name("survey.toml.before").read_text(encoding="utf-8") == survey("z")
    (usb / "survey.toml").unlink()
    (usb / "surveys").mkdir()
    (usb / "surveys" / "b.toml").write_text(survey("b"), encoding="utf-8")
    take(find_import(usb, settings), settings)
    assert [each.id for each in files.asked(None, settings)] == ["b"]


@pytest.mark.parametrize(
    "written",
    [
        'token = "open sesame"',
        "token = 'open sesame'",
        'token="""open sesame"""',
        "'token' = 'open sesame'  # of the shop",
        'token = "new"\n# token = "open sesame"',
        'token = "open \\" sesame"',
        "pin = 'open sesame'\npassphrase = \"open sesame\"",
        "inline = { token = 'open sesame', url = 'x' }",
        "wifi.passphrase = 'open sesame'",
        "pin = 123456",
        '"tok\\u0065n" = "open sesame"',
        "token = '''\nopen\nsesame'''",
        'said = "open sesame"\ntoken = "open sesame"',
        "token = 'open sesame",
    ],
)
def test_no_secret_of_the_settings_before_is_kept(usb: Path, settings: Path, written: str) -> None:
    settings.write_text(f'[kiosk]\nid = "k"\n[x]\n{written}\n', encoding="utf-8")
    settings.with_name("moodpost.toml.before").write_text("sesame 123456", encoding="utf-8")
    (usb / "moodpost.toml").write_text(NEW, encoding="utf-8")
    take(find_import(usb, settings), settings)
    for path in settings.parent.iterdir():
        assert b"sesame" not in path.read_bytes(), path
        assert b"123456" not in path.read_bytes(), path


def test_votes_go_onto_the_stick_and_replace_nothing(usb: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    fill(data, list(visits([1, 4])))
    how = {"kiosk": "k", "timezone": "Europe/Helsinki", "now_ms": MONDAY}
    first = export_to(usb, data, **how)  # type: ignore[arg-type]
    second = export_to(usb, data, **how)  # type: ignore[arg-type]
    assert [first.name, second.name] == ["k-votes-2026-11-16-0200.csv", "k-votes-2026-11-16-0200-2.csv"]
    assert len(first.read_bytes().splitlines()) == 3
    assert export_to(usb, data, kiosk="", timezone="UTC").name == "moodpost-votes.csv"
    assert not list(usb.glob(".*"))


def test_how_many_votes_are_on_the_stick_is_told_on_the_way(
    usb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stick, "TOLD_ROWS", 2)
    data, told = tmp_path / "data", list[int]()
    fill(data, list(visits([1, 4, 2, 3, 1])))
    export_to(usb, data, kiosk="k", timezone="UTC", at=told.append)
    assert told == [2, 4]


def test_a_bundle_goes_onto_the_stick(usb: Path, settings: Path, tmp_path: Path) -> None:
    made = bundle_to(usb, tmp_path / "data", settings, kiosk="k", timezone="UTC", now_ms=MONDAY, status=lambda: "{}")
    with zipfile.ZipFile(made) as found:
        assert found.read("status.json") == b"{}\n"
        assert b"old-secret-token" not in found.read("settings/moodpost.toml")


def test_without_votes_nothing_is_left_on_the_stick(usb: Path, tmp_path: Path) -> None:
    with pytest.raises(NoStoreYet):
        export_to(usb, tmp_path, kiosk="k", timezone="UTC")
    assert list(usb.iterdir()) == []
