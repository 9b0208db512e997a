"""What a technician asks to have done, against the fake applier: through the same files as the real one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hardware.apply.client import Asked, Nobody
from hardware.apply.fake import Fake
from hardware.apply.request import Deed, Mount, Outcome, PowerOff, Restart, Unmount, Wifi
from kiosk import files
from kiosk.backstage.deeds import STEP_S, Deeds
from kiosk.clock import Reading
from kiosk.outgoing import stick
from kiosk.response import Draft
from kiosk.settings import parse
from kiosk.store import Board, Store
from kiosk.technician.asks import Did, Do, Doing, Found
from tests.running import SETTINGS

TEXT = SETTINGS.replace("{port}", "8765") + '[technician]\npin = "246810"\n'


class Slow(Fake):
    """Answers at the third look, and refuses what it is told to."""

    refuses: tuple[type, ...] = ()
    looks = 0

    def outcome(self, asked: Asked) -> Outcome | None:
        self.looks += 1
        if self.looks % 3:
            return None
        outcome = super().outcome(asked)
        if outcome and isinstance(self.deeds[-1], self.refuses):
            return Outcome(outcome.id, False, "No stick labelled MOODPOST is there.")
        return outcome


class Place:
    """A kiosk's files and who does its deeds."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self.settings = folder / "moodpost.toml"
        self.settings.write_text(TEXT, encoding="utf-8")
        self.applier = Slow(folder / "apply")
        self.slept: list[float] = []
        self.deeds = Deeds(
            self.applier,
            self.data,
            self.settings,
            parse(TEXT),
            status=lambda: '{"soc": []}',
            sleep=self.slept.append,
        )

    def do(self, deed: Any, **more: Any) -> str:
        did = self.deeds.do(Do(deed, **more))
        assert isinstance(did, Did)
        assert did.deed == deed
        return did.said

    def find(self) -> Found:
        found = self.deeds.do(Do("find"))
        assert isinstance(found, Found)
        return found

    def done(self) -> list[type[Deed]]:
        return [type(deed) for deed in self.applier.deeds]

    def bring(self, name: str, text: str) -> None:
        self.applier.stick.mkdir(parents=True, exist_ok=True)
        (self.applier.stick / name).write_text(text, encoding="utf-8")

    def vote(self) -> None:
        store = Store(
            self.data / "votes.db", Board("b", ""), settled=lambda _: None, read_clock=lambda: Reading(1, 2, "nobody")
        )
        store.put([Draft(1, 0, "vote", "visit/2", "visit", "2/4", "physical", "en", "", 5)], 1)
        store.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize(("deed", "asked"), [("restart", Restart), ("poweroff", PowerOff)])
def test_restart_and_power_off_go_to_the_applier_and_are_waited_for(place: Place, deed: str, asked: type) -> None:
    assert "Nothing was done" in place.do(deed)
    assert place.done() == [asked]
    assert place.slept == [STEP_S, STEP_S]


def test_a_network_is_handed_on_and_its_passphrase_said_by_nobody(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    said = place.do("network", wanted=Wifi("Shop", "secret12"))
    assert place.applier.deeds == [Wifi("Shop", "secret12")]
    assert "secret12" not in said + caplog.text
    left = [path for path in (place.data.parent / "apply").rglob("*") if path.is_file()]
    assert not any(b"secret12" in path.read_bytes() for path in left)


def test_the_votes_go_onto_the_stick_which_can_be_pulled_out_then(place: Place) -> None:
    place.vote()
    said = place.do("export")
    (file,) = place.applier.stick.iterdir()
    assert said == f"{file.name} is on the stick. Pull the stick out now."
    assert "2/4" in file.read_text(encoding="utf-8") or len(file.read_text(encoding="utf-8").splitlines()) == 2
    assert place.done() == [Mount, Unmount]


def test_how_far_an_export_is_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.vote()
    monkeypatch.setattr(stick, "TOLD_ROWS", 1)
    told: list[Doing] = []
    place.deeds.do(Do("export"), told.append)
    assert told == [Doing("export", "Writing the votes to the stick: 1 rows so far …")]


def test_the_bundle_goes_onto_the_stick_without_the_secrets_of_the_settings(place: Place) -> None:
    place.vote()
    said = place.do("bundle")
    (file,) = place.applier.stick.iterdir()
    assert said.startswith(file.name)
    assert b"246810" not in file.read_bytes()
    assert place.done() == [Mount, Unmount]


@pytest.mark.parametrize("deed", ["export", "bundle"])
def test_without_a_stick_that_is_said(place: Place, deed: str) -> None:
    place.applier.refuses = (Mount,)
    assert place.do(deed) == "No stick labelled MOODPOST is there."
    assert place.done() == [Mount]
    assert place.find() == Found(("No stick labelled MOODPOST is there.",), usable=False)


def test_a_stick_that_cannot_be_let_go_must_stay_in(place: Place) -> None:
    place.vote()
    place.applier.refuses = (Unmount,)
    assert place.do("export").startswith("Don't pull the stick out yet: ")


def test_an_export_that_fails_lets_the_stick_go(place: Place) -> None:
    place.applier.stick.parent.mkdir(exist_ok=True)
    (place.data / "votes.db").write_bytes(b"no store at all" * 1000)
    assert "is on the stick" not in place.do("export")
    assert place.done() == [Mount, Unmount]


def test_settings_and_survey_are_found_checked_and_taken_once(place: Place) -> None:
    survey = files.BUNDLED_SURVEY.read_text(encoding="utf-8")
    place.bring("moodpost.toml", TEXT.replace("test-kiosk", "another"))
    place.bring("survey.toml", survey)
    found = place.find()
    assert found.usable
    assert any("another" in line for line in found.details)
    assert place.settings.read_text(encoding="utf-8") == TEXT, "not taken before it is confirmed"
    said = place.do("import")
    assert "Restart to use it." in said
    assert files.settings(place.settings).kiosk.id == "another"
    assert (place.settings.parent / "survey.toml").read_text(encoding="utf-8") == survey
    assert place.do("import").startswith("There is nothing to import any more")


def test_what_is_wrong_on_a_stick_is_told_and_nothing_of_it_is_taken(place: Place) -> None:
    place.bring("moodpost.toml", "[kiosk]\nid = 7\n")
    found = place.find()
    assert not found.usable
    assert "line 2" in found.details[0]
    assert place.do("import").startswith("There is nothing to import any more")
    assert place.settings.read_text(encoding="utf-8") == TEXT


def test_where_first_boot_alone_puts_settings_it_is_said_that_it_takes_them(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MOODPOST_STORED", str(place.settings.parent))
    monkeypatch.setenv("MOODPOST_REFUSED", str(tmp_path / "settings-refused"))
    place.bring("moodpost.toml", TEXT.replace("test-kiosk", "another"))
    found = place.find()
    assert not found.usable
    assert "taken by themselves" in found.details[0]
    assert place.do("import").startswith("There is nothing to import")
    (tmp_path / "settings-refused").write_text("moodpost.toml, line 3: found 8, expected 9\n")
    assert place.find().details == ("They were refused:", "Moodpost.toml, line 3: found 8, expected 9.")


def test_where_nobody_can_be_asked_that_is_said(place: Place) -> None:
    deeds = Deeds(Nobody(), place.data, place.settings, parse(TEXT), status=str)
    did = deeds.do(Do("restart"))
    assert isinstance(did, Did)
    assert did.said == Nobody.missing
