"""From the asking to the outcome, through real files; and requests of somebody who means no good."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardware.apply import client, command
from hardware.apply.client import GRACE_MS, Asked, Files, Nobody, open_applier
from hardware.apply.fake import Fake
from hardware.apply.request import MAX_AGE_MS, MOST_BYTES, Deed, Mount, PowerOff, Restart, Unmount, Wifi
from hardware.apply.server import MOST_ASIDE, MOST_OUTCOMES, MOST_REQUESTS, Server
from hardware.errors import ApplyError
from tests.conftest import Clock

SECRET = "open sesame"


class Both:
    """A kiosk and a root that share a folder; what is to be done is noted, or fails where a test says so."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        folder.mkdir(mode=0o750)
        self.folder = folder
        self.clock = clock
        self.done: list[Deed] = []
        self.waiting = 0
        """Requests that still lay there when one was carried out."""
        self.fails: OSError | None = None
        self.kiosk = Files(folder, clock)
        self.root = Server(folder, self.do, clock)

    def do(self, deed: Deed) -> str:
        self.waiting = len(list(self.folder.glob("*.request")))
        if self.fails is not None:
            raise self.fails
        self.done.append(deed)
        return "It is done."

    def put(self, name: str, data: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def left(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def said(self, id_: str = "0" * 16) -> str:
        outcome = self.kiosk.outcome(Asked(id_, self.clock() + 1))
        assert outcome is not None
        assert not outcome.done
        return outcome.said


@pytest.fixture
def both(tmp_path: Path, clock: Clock) -> Both:
    return Both(tmp_path / "apply", clock)


def a_request(id_: str = "0" * 16, deed: str = '{"do": "poweroff"}', at_ms: int = 100_000) -> str:
    return f'{{"id": "{id_}", "at_ms": {at_ms}, "deed": {deed}}}'


def test_what_is_asked_for_is_done_and_its_outcome_told_once(both: Both) -> None:
    asked = both.kiosk.ask(Wifi("Store"))
    assert both.kiosk.outcome(asked) is None
    assert both.root.serve() == 1
    outcome = both.kiosk.outcome(asked)
    assert outcome is not None
    assert (outcome.id, outcome.done, outcome.said) == (asked.id, True, "It is done.")
    assert (both.done, both.left()) == ([Wifi("Store")], [])
    assert both.waiting == 0, "a request is gone before it is carried out"
    assert both.root.serve() == 0


def test_what_could_not_be_done_is_told_with_the_reason(both: Both) -> None:
    for error, said in (
        (ApplyError("no stick is plugged in"), "No stick is plugged in."),
        (PermissionError(13, "Permission denied"), "It can't be done (Permission denied)."),
    ):
        both.fails = error
        asked = both.kiosk.ask(Mount())
        both.root.serve()
        outcome = both.kiosk.outcome(asked)
        assert outcome is not None
        assert (outcome.done, outcome.said) == (False, said)


def test_a_request_is_readable_by_nobody_else_and_no_passphrase_stays_or_is_logged(
    both: Both, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    asked = both.kiosk.ask(Wifi("Store", SECRET))
    (path,) = both.folder.iterdir()
    assert (stat.S_IMODE(path.stat().st_mode), SECRET in path.read_text()) == (0o600, True)
    both.fails = ApplyError("the network can't be joined")
    both.root.serve()
    (path,) = both.folder.iterdir()
    assert SECRET not in path.read_text()
    assert (SECRET in caplog.text, "Store" in caplog.text) == (False, False)
    assert both.kiosk.outcome(asked) is not None


def test_two_requests_are_carried_out_in_their_order_and_each_is_answered(both: Both) -> None:
    first = both.kiosk.ask(Mount())
    os.utime(both.folder / f"{first.id}.request", (1, 1))
    second = both.kiosk.ask(Unmount())
    third = both.kiosk.ask(Unmount())
    both.root.serve()
    assert both.done[0] == Mount()
    assert both.done[1:] == [Unmount(), Unmount()]
    assert all(both.kiosk.outcome(asked) for asked in (first, second, third))


def test_the_outcome_of_an_old_request_is_not_that_of_a_new_one(both: Both) -> None:
    old = both.kiosk.ask(Restart())
    both.root.serve()
    new = both.kiosk.ask(Restart())
    assert both.kiosk.outcome(new) is None
    (both.folder / f"{old.id}.outcome").rename(both.folder / f"{new.id}.outcome")
    outcome = both.kiosk.outcome(new)
    assert outcome is not None
    assert (outcome.id, outcome.done, outcome.said) == (new.id, False, "What became of it can't be understood.")


@pytest.mark.parametrize("data", [b"", b"null", b"\xff", b"[" * 3_000, b'{"id": 5}'])
def test_an_outcome_that_is_none_is_told(both: Both, data: bytes) -> None:
    both.put("0" * 16 + ".outcome", data)
    assert both.said() == "What became of it can't be understood."


def test_an_outcome_that_leads_elsewhere_is_not_followed(both: Both) -> None:
    (both.folder / ("0" * 16 + ".outcome")).symlink_to("/etc/hostname")
    assert both.said().startswith("What became of it can't be read")


def test_a_request_that_nobody_takes_is_taken_back_at_its_deadline(both: Both) -> None:
    asked = both.kiosk.ask(PowerOff())
    both.clock.move(PowerOff.seconds + GRACE_MS / 1000 - 1)
    assert both.kiosk.outcome(asked) is None
    both.clock.move(1)
    outcome = both.kiosk.outcome(asked)
    assert outcome is not None
    assert "is moodpost-apply installed" in outcome.said
    assert both.left() == []
    both.root.serve()
    assert both.done == []


def test_a_request_that_was_taken_and_never_answered_is_told(both: Both) -> None:
    asked = both.kiosk.ask(Mount())
    (both.folder / f"{asked.id}.request").unlink()
    both.clock.move(120)
    outcome = both.kiosk.outcome(asked)
    assert outcome is not None
    assert outcome.said.startswith("The request was taken, but nobody says")


def test_a_request_that_lay_too_long_is_not_carried_out(both: Both) -> None:
    asked = both.kiosk.ask(PowerOff())
    both.clock.ms += MAX_AGE_MS + 1
    both.root.serve()
    outcome = Files(both.folder, lambda: 0).outcome(asked)
    assert outcome is not None
    assert (both.done, "too old" in outcome.said) == ([], True)


def test_the_half_of_a_request_whose_writer_died_is_never_carried_out(both: Both) -> None:
    both.put("." + "0" * 16 + ".part", a_request())
    assert both.root.serve() == 0
    both.put("0" * 16 + ".request", a_request()[:40])
    assert both.root.serve() == 1
    assert both.said() == "Found something else than a request."
    assert both.done == []


def test_a_link_is_not_followed_and_what_it_leads_to_stays(both: Both, tmp_path: Path) -> None:
    target = tmp_path / "secret"
    target.write_text(a_request())
    (both.folder / ("0" * 16 + ".request")).symlink_to(target)
    both.root.serve()
    assert both.said() == "The request can't be opened (Too many levels of symbolic links)."
    assert (target.exists(), both.done, both.left()) == (True, [], [])


def test_a_second_name_of_another_file_is_refused(both: Both, tmp_path: Path) -> None:
    target = tmp_path / "theirs"
    target.write_text(a_request())
    os.link(target, both.folder / ("0" * 16 + ".request"))
    both.root.serve()
    assert (both.said(), both.done) == ("The request is no plain file.", [])


def test_a_pipe_or_a_folder_holds_nobody_up(both: Both) -> None:
    os.mkfifo(both.folder / ("0" * 16 + ".request"))
    full = both.folder / ("1" * 16 + ".request")
    full.mkdir()
    (full / "more").write_text("")
    both.put("2" * 16 + ".request", a_request("2" * 16))
    assert both.root.serve() == 3
    assert both.done == [PowerOff()]
    assert not list(both.folder.glob("*.request"))
    assert both.said() == both.said("1" * 16) == "The request is no plain file."


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (a_request() + " " * MOST_BYTES, "Found more than 4096 bytes"),
        (a_request(deed='{"do": "poweroff", "now": 1}'), "see $.deed"),
        (a_request(deed='{"do": "wifi", "ssid": 80}'), "see $.deed.ssid"),
        (a_request(deed='{"do": "wifi", "ssid": "Store", "passphrase": "\\u0000"}'), "see $.deed.passphrase"),
        (a_request(deed='{"do": "mount", "label": "../sda1"}'), "see $.deed"),
        (a_request(deed=json.dumps({"do": "wifi", "ssid": "a\nb"})), "see $.deed.ssid"),
        (a_request("1" * 16), "that of another file"),
        (a_request(at_ms=100_001), "too old, or of another start"),
    ],
)
def test_a_hostile_request_is_refused_in_words(both: Both, data: str, words: str) -> None:
    both.put("0" * 16 + ".request", data)
    both.root.serve()
    assert words in both.said()
    assert (both.done, both.left()) == ([], [])


@pytest.mark.parametrize("name", ["x.request", "0" * 15 + ".request", "A" * 16 + ".request", "\n.request"])
def test_a_file_of_an_odd_name_is_removed_and_never_answered(both: Both, name: str) -> None:
    both.put(name, a_request())
    both.root.serve()
    assert (both.done, both.left()) == ([], [])


@pytest.mark.parametrize("length", [16, 200, 247])
def test_a_folder_with_the_name_of_a_request_is_out_of_the_way_however_long_that_is(both: Both, length: int) -> None:
    for number in range(MOST_ASIDE + 3):
        folder = both.folder / f"{number:0{length}x}.request"
        folder.mkdir()
        (folder / "deep").mkdir()
        assert both.root.serve() == 1
        assert both.root.serve() == 0, "it would start the process again"
    left = both.left()
    assert len([name for name in left if name.startswith(".aside-")]) == MOST_ASIDE
    assert not [name for name in left if name.endswith(".request")]
    assert both.done == []


def test_an_empty_folder_and_a_file_of_a_name_as_long_as_can_be_are_removed(both: Both) -> None:
    (both.folder / f"{'0' * 247}.request").mkdir()
    both.put(f"{'1' * 247}.request", a_request())
    assert both.root.serve() == 2
    assert both.left() == []


def test_other_files_stay_as_they_are(both: Both) -> None:
    both.put("notes.txt", a_request())
    both.put(".0.request", a_request())
    assert both.root.serve() == 0
    assert both.left() == [".0.request", "notes.txt"]


def test_a_request_of_another_user_is_refused(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_of_another(descriptor: int) -> os.stat_result:
        found = fstat(descriptor)
        other = found.st_uid + stat.S_ISREG(found.st_mode)
        return os.stat_result((*found[:4], other, *found[5:10]))

    fstat = os.fstat
    both.put("0" * 16 + ".request", a_request())
    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", as_of_another)
        both.root.serve()
    assert both.said().startswith("The request is somebody else's")
    assert both.done == []


def test_an_outcome_is_never_written_through_a_link(both: Both, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("as it was")
    asked = both.kiosk.ask(Restart())
    for name in (f".{asked.id}.new", f"{asked.id}.outcome"):
        (both.folder / name).symlink_to(victim)
    both.root.serve()
    assert victim.read_text() == "as it was"
    outcome = both.kiosk.outcome(asked)
    assert outcome is not None
    assert outcome.done


def test_a_flood_is_bounded_and_old_outcomes_go(both: Both) -> None:
    for number in range(MOST_REQUESTS * 3 + 5):
        both.put(f"{number:016x}.request", a_request(f"{number:016x}"))
    assert both.root.serve() == MOST_REQUESTS
    while both.root.serve():
        pass
    assert len(both.left()) == MOST_OUTCOMES


def test_a_folder_that_everybody_may_write_to_is_refused(both: Both) -> None:
    both.kiosk.ask(Restart())
    both.folder.chmod(0o777)
    with pytest.raises(ApplyError, match="everybody may write to it"):
        both.root.serve()
    assert both.done == []


def test_a_folder_that_is_a_link_or_absent_is_refused(both: Both, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(both.folder)
    for path in (link, tmp_path / "absent"):
        with pytest.raises(ApplyError, match="can't be opened"):
            Server(path, both.do, both.clock).serve()


def test_a_kiosk_without_the_folder_says_so(both: Both, tmp_path: Path) -> None:
    with pytest.raises(ApplyError, match="a request can't be left there"):
        Files(tmp_path / "absent").ask(Restart())
    with pytest.raises(ApplyError, match="Is moodpost-apply installed"):
        open_applier("files", tmp_path / "absent")
    assert type(open_applier("files", both.folder)) is Files


def test_the_fake_one_goes_through_the_same_files_and_does_nothing(tmp_path: Path) -> None:
    fake = open_applier("fake", tmp_path / "made" / "apply")
    assert isinstance(fake, Fake)
    for deed in (Restart(), Mount(), Wifi("Store", SECRET), Unmount()):
        outcome = fake.outcome(fake.ask(deed))
        assert outcome is not None
        assert (outcome.done, outcome.said) == (True, "Nothing was done: this machine only plays it.")
        assert fake.deeds[-1] == deed
    assert fake.stick.is_dir()
    refused = fake.outcome(fake.ask(Wifi("Store", "short")))
    assert refused is not None
    assert (refused.done, "can't be right" in refused.said) == (False, True)
    assert [path.name for path in (tmp_path / "made" / "apply").iterdir()] == ["stick"]


def test_where_nobody_can_be_asked_that_is_said(tmp_path: Path) -> None:
    nobody = open_applier("none", tmp_path)
    assert isinstance(nobody, Nobody)
    assert nobody.missing
    with pytest.raises(ApplyError):
        nobody.ask(Restart())
    assert list(tmp_path.iterdir()) == []
    assert (open_applier("fake", tmp_path).missing, client.Files.missing) == ("", "")


def test_the_command_takes_what_lies_there_and_ends(tmp_path: Path) -> None:
    folder = tmp_path / "apply"
    folder.mkdir(mode=0o750)
    kiosk = Files(folder)
    asked = kiosk.ask(Wifi("Store", "short"))
    ended = CliRunner().invoke(command.main, ["--folder", str(folder)])
    assert ended.exit_code == 0, ended.output
    outcome = kiosk.outcome(asked)
    assert outcome is not None
    assert outcome.said.startswith("The passphrase can't be right")


def test_the_command_says_what_is_wrong_and_what_it_is_for(tmp_path: Path) -> None:
    ended = CliRunner().invoke(command.main, ["--folder", str(tmp_path / "absent")])
    assert (ended.exit_code, "can't be opened" in ended.output) == (1, True)
    told = CliRunner().invoke(command.main, ["--help"])
    assert "--folder" in told.output
    assert "MOODPOST_APPLY" in told.output
