"""A card with votes that nobody else has is not written over, unless they are saved or given up in so many words."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.build import card as image_build
from image.provision import data_part, votes
from image.provision.votes import Cargo
from kiosk.reader import Reader
from kiosk.votes import Votes
from sync.state import SyncState, make_folder
from tests.disks import run
from tests.filled import HERE, a_row, fill, visits
from tests.small_cards import DATA, blank, image, inserted, on_boot, tool
from tests.test_provision_cards import Bench

FACES = [1, 2, 3, 4, 1, 2, 3]


def epoch(store: Path) -> str:
    with Reader(store / "votes.db") as reader:
        return reader.epochs()[0].id


def kiosks_data(folder: Path, acknowledged: int = 0, aside: tuple[int, ...] = ()) -> Path:
    """What a kiosk called "old" leaves: seven votes, an answer to the last, the end of that visit."""
    store = folder / "store"
    rows = [*visits(FACES), a_row(8, 7, "choice", "price", 500_000, 1), a_row(9, 7, "end", "done", 500_001, 2)]
    fill(store, rows)
    (folder / "settings").mkdir()
    (folder / "settings/moodpost.toml").write_text('[kiosk]\nid = "old"\n')
    state = SyncState(make_folder(store))
    if acknowledged:
        state.acknowledge(epoch(store), acknowledged)
    for seq in aside:
        state.set_aside(epoch(store), seq, "refused")
    state.close()
    return folder


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def counted(data: Path) -> tuple[int, int]:
    found = votes.count(data)
    assert (found.kiosk, found.unread) == ("old", "")
    return found.votes, found.answers


@pytest.mark.parametrize(
    ("acknowledged", "aside", "left"),
    [
        (0, (), (7, 1)),
        (3, (), (4, 1)),
        (7, (), (0, 1)),
        (8, (), (0, 0)),
        (9, (), (0, 0)),
        (9, (2, 8), (1, 1)),
    ],
)
def test_what_the_endpoint_has_not_acknowledged_is_counted(
    data: Path, acknowledged: int, aside: tuple[int, ...], left: tuple[int, int]
) -> None:
    assert counted(kiosks_data(data, acknowledged, aside)) == left


def test_an_acknowledgement_of_another_epoch_counts_for_nothing(data: Path) -> None:
    kiosks_data(data)
    state = SyncState(make_folder(data / "store"))
    state.acknowledge("another", 9)
    state.close()
    assert counted(data) == (7, 1)


def test_a_row_that_fails_its_checksum_counts_as_a_vote(data: Path) -> None:
    kiosks_data(data)
    with sqlite3.connect(data / "store/votes.db") as connection:
        connection.execute("UPDATE responses SET value = '9/4' WHERE seq = 8")
    connection.close()
    assert counted(data) == (8, 0)


def test_a_store_that_was_set_aside_counts_too(data: Path) -> None:
    kiosks_data(data, acknowledged=9)
    case = data / "store/damaged/0001"
    other = data / "other"
    other.mkdir()
    shutil.copytree(kiosks_data(other) / "store", case)
    (case / "why.txt").write_text("damaged\n")
    assert counted(data) == (7, 1)
    (case / "votes.db").rename(case / "salvaged.db")
    (case / "votes.db-wal").rename(case / "salvaged.db-wal")
    (case / "salvaged.txt").write_text("all of it\n")
    assert counted(data) == (7, 1)


def test_a_store_that_cant_be_read_is_told_and_never_taken_for_empty(data: Path) -> None:
    kiosks_data(data, acknowledged=9)
    (data / "store/votes.db-wal").unlink()
    (data / "store/votes.db").write_bytes(b"no store" * 1000)
    found = votes.count(data)
    assert (found.empty, found.words) == (False, "all votes")
    assert "store/votes.db: " in found.unread


def test_a_card_of_a_kiosk_that_was_never_switched_on_holds_nothing(tmp_path: Path) -> None:
    with votes.aboard(image(tmp_path / "card")) as found:
        assert found is not None
        assert found[0] == Cargo("unknown")
        assert found[0].empty


@pytest.mark.parametrize("content", [b"", b"\xe5" * 4096, bytes(1 << 20)])
def test_what_is_no_card_of_a_kiosk_holds_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "card"
    path.write_bytes(content)
    with votes.aboard(path) as found:
        assert found is None


@pytest.fixture
def card(tmp_path: Path, data: Path) -> Path:
    """A card on which seven votes are, four of which nobody else has."""
    path = image(tmp_path / "card", kiosks_data(data, acknowledged=3))
    with path.open("r+b") as file:
        file.truncate(80 << 20)
    return path


@pytest.fixture
def reader(card: Path) -> Iterator[Path]:
    with inserted(card) as device:
        yield device


def test_a_card_with_votes_is_refused_and_stays_as_it_is(bench: Bench, card: Path, reader: Path) -> None:
    before = card.read_bytes()
    result = bench.provision("--to", reader, "--id", "north", said="yes\n")
    assert result.exit_code == 3
    assert "This card was old's. No endpoint has acknowledged 4 votes and 1 answers that are on it." in result.output
    assert 'type "give up 4 votes"; anything else leaves the card as it is: ' in result.output
    assert "save them with --save-votes FOLDER, or give them up with --give-up-votes old" in result.output
    assert card.read_bytes() == before


def test_votes_are_given_up_in_so_many_words(bench: Bench, card: Path, reader: Path) -> None:
    result = bench.provision("--to", reader, "--id", "north", said="give up 4 votes\n")
    assert result.exit_code == 0, result.output
    assert bench.log[0]["before"] == "4 votes of old: given up"
    assert b'id = "north"' in on_boot(card, "moodpost.toml")


def test_votes_of_the_kiosk_that_was_named_are_given_up_without_a_question(bench: Bench, reader: Path) -> None:
    assert bench.provision("--to", reader, "--id", "north", "--give-up-votes", "other").exit_code == 3
    assert bench.provision("--to", reader, "--id", "north", "--give-up-votes", "old").exit_code == 0
    assert bench.log[0]["before"] == "4 votes of old: given up"


def test_votes_are_saved_whole_and_can_be_read_there(bench: Bench, reader: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    result = bench.provision("--to", reader, "--id", "north", "--save-votes", saved)
    assert result.exit_code == 0, result.output
    assert f"Saved and checked: {saved}/old" in result.output
    with Reader(saved / "old/store/votes.db") as store:
        assert [row.value for row in store.span(1, 9).rows][:7] == [f"{face}/4" for face in FACES]
    assert (saved / "old").stat().st_mode & 0o777 == 0o700
    assert (saved / "old/store/sync/sync.db").exists()


def test_a_folder_without_room_for_the_votes_leaves_the_card_as_it_is(
    bench: Bench, card: Path, reader: Path, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=64k,mode=1777", "tmpfs", str(small))
    before = card.read_bytes()
    try:
        result = bench.provision("--to", reader, "--id", "north", "--save-votes", small)
    finally:
        run("umount", str(small))
    assert result.exit_code == 1
    assert "the votes can't be saved there" in result.output
    assert card.read_bytes() == before


def test_a_card_whose_data_is_broken_is_not_taken_for_an_empty_one(bench: Bench, card: Path, reader: Path) -> None:
    with card.open("r+b") as file:
        file.seek(DATA[0] + 2048)
        file.write(b"\xff" * (6 << 20))
    result = bench.provision("--to", reader, "--id", "north", said="give up 4 votes\n")
    assert result.exit_code == 3
    assert "This card was unknown's, and what is on it can't be counted: " in result.output
    assert "give them up with --give-up-votes unknown" in result.output
    assert bench.provision("--to", reader, "--id", "north", "--give-up-votes", "unknown").exit_code == 0


def test_data_whose_superblock_is_gone_is_known_by_its_place_as_the_kiosk_knows_it(
    bench: Bench, card: Path, reader: Path
) -> None:
    with card.open("r+b") as file:
        file.seek(DATA[0])
        file.write(bytes(4096))
    result = bench.provision("--to", reader, "--id", "north")
    assert result.exit_code == 3
    assert "Start its kiosk with it once: that repairs it" in result.output
    assert data_part.DISK_ID == image_build.DISK_ID


def test_votes_that_stand_in_the_journal_alone_are_found_and_the_card_is_not_altered(
    tmp_path: Path, data: Path
) -> None:
    """A kiosk whose power was cut: its store's name and size are nowhere but in ext4's journal."""
    running, cut = image(tmp_path / "running"), tmp_path / "cut"
    place = tmp_path / "mounted"
    place.mkdir()
    with inserted(running, "-o", str(DATA[0]), "--sizelimit", str(DATA[1])) as device:
        run("mount", "-o", "commit=300", str(device), str(place))
        try:
            run("chmod", "777", str(place))
            (place / "store").mkdir()
            store = Votes(place / "store/votes.db", HERE)
            store.write(list(visits(FACES)))
            tool("cp", "--sparse=always", running, cut)
            store.close()
        finally:
            run("umount", str(place))
    part = tmp_path / "part"
    with cut.open("rb") as file:
        file.seek(DATA[0])
        part.write_bytes(file.read(DATA[1]))
    assert b"votes.db" not in tool("debugfs", "-R", "ls /store", part), "this test proves nothing"
    before = cut.read_bytes()
    with votes.aboard(cut) as found:
        assert found is not None
        assert (found[0].votes, found[0].unread) == (7, "")
    assert cut.read_bytes() == before


def test_a_blank_card_asks_nothing(bench: Bench, tmp_path: Path) -> None:
    with inserted(blank(tmp_path / "new")) as device:
        assert bench.provision("--to", device, "--id", "north").exit_code == 0
    assert "before" not in bench.log[0]
