"""Card after card, until each kiosk has a good one: who is asked what, and what is noted. Knows no command line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TextIO

import msgspec

from image.firstboot.source import SETTINGS
from image.provision import boot_part, disks, votes, writing
from image.provision.book import Book
from image.provision.boot_part import BootPart
from image.provision.disks import Disk
from image.provision.errors import UNFINISHED, CardFailed, TargetRefused
from image.provision.fleet import Prepared
from image.provision.picture import Picture
from image.provision.progress import Progress

Ask = Callable[[str], str | None]
"""Puts a question and gives the line that a person wrote; None where nobody is there (any more)."""


class Wishes(msgspec.Struct, frozen=True):
    """What the caller allows."""

    force_large: bool = False
    save_votes: Path | None = None
    give_up: Collection[str] = ()
    """Ids of kiosks whose votes, found on a card, may be lost."""
    again: Collection[str] = ()
    """Ids of kiosks whose cards may be written over though they are good."""


class Cards:
    """Writes onto the cards that are put into `target` one after the other."""

    def __init__(
        self, target: Path, picture: Picture, boot: BootPart, book: Book, wishes: Wishes, *, ask: Ask, out: TextIO
    ) -> None:
        self._target, self._picture, self._boot, self._book = target, picture, boot, book
        self._wishes, self._ask, self._out = wishes, ask, out
        self._ended = False
        self._done: dict[bytes, str] = {}
        """Whose card is good already, by its settings."""

    def run(self, kiosks: Sequence[Prepared], fleet: Sequence[Prepared]) -> int:
        """Make a card for each of `kiosks`, out of `fleet`.

        The exit code: 0 where all have one, else that of what went wrong last.
        """
        self._done = {
            each.files[SETTINGS]: each.id
            for each in fleet
            if self._book.done(each.id, "card") and each.id not in self._wishes.again
        }
        code, left = 0, []
        for number, kiosk in enumerate(kiosks, 1):
            self._say(f"\n{number} of {len(kiosks)}: {kiosk.id}" + (f" ({kiosk.place})" if kiosk.place else ""))
            # Who names one kiosk has its card in the reader already.
            code = self._one(kiosk, asks=len(kiosks) > 1)
            if code:
                left.append(kiosk.id)
                if code != UNFINISHED or self._ended:
                    left += [each.id for each in kiosks[number:]]
                    break
        if left:
            self._say(f"\nNo card yet: {', '.join(left)}. The same command goes on with these.")
            return code or UNFINISHED
        return 0

    def _one(self, kiosk: Prepared, *, asks: bool) -> int:
        """Ask for cards until one is good; 0 then, else the exit code of what went wrong with the last."""
        code = UNFINISHED
        while True:
            if asks:
                said = self._ask(f"Put its card into {self._target} and press Enter (s: leave it out, q: end): ")
                if said is None or said.strip().lower() == "q":
                    self._ended = True
                    return code
                if said.strip().lower() == "s":
                    return UNFINISHED
            asks = True
            try:
                self._make(kiosk)
                return 0
            except (TargetRefused, CardFailed) as error:
                self._say(f"Error: {error}")
                code = error.code

    def _make(self, kiosk: Prepared) -> None:
        disk = disks.look(self._target, self._picture.size, force_large=self._wishes.force_large)
        self._say(f"Card: {disk.words}")
        self._not_anothers(kiosk)
        before = self._unburden()
        try:
            self._write(kiosk)
        except CardFailed as error:
            self._note(kiosk, disk, before, str(error))
            raise
        self._note(kiosk, disk, before)
        self._done[kiosk.files[SETTINGS]] = kiosk.id
        writing.reread_table(self._target)
        self._say(f"Done: this card is {kiosk.id}. Take it out and write that on it.")

    def _write(self, kiosk: Prepared) -> None:
        size = self._picture.size
        progress = Progress("Writing ", size, self._out)
        try:
            with self._boot.pieces(kiosk.files) as pieces:
                digests = writing.to_card(pieces, size, self._target, progress)
            progress = Progress("Checking", size, self._out)
            writing.verify(self._target, digests, size, progress)
        except CardFailed:
            progress.broken_off()
            raise

    def _not_anothers(self, kiosk: Prepared) -> None:
        """Who presses Enter without changing the card would lose the kiosk that was just made, or yesterday.

        A card that has run holds no secrets any more, and may become another's.
        """
        found = self._done.get(boot_part.settings_on(self._target), kiosk.id)
        if found != kiosk.id:
            raise TargetRefused(
                f"{self._target}: this is the card of {found}, made and not used yet. Put the next one in (or let "
                f"{found} have another with --again {found})"
            )

    def _unburden(self) -> str:
        """Save what nobody has of the votes on the card, or have them given up; what was done, in words."""
        with votes.aboard(self._target) as found:
            if found is None or found[0].empty:
                return ""
            cargo, folder = found
            self._say(_told(cargo))
            if self._wishes.save_votes and not cargo.unread:
                saved = votes.save(cargo, folder, self._wishes.save_votes)
                self._say(f"Saved and checked: {saved}")
                return f"{cargo.words} of {cargo.kiosk}: saved in {saved}"
            if cargo.kiosk in self._wishes.give_up:
                return f"{cargo.words} of {cargo.kiosk}: given up"
            phrase = f"give up {cargo.words}"
            said = self._ask(f'To lose them for good type "{phrase}"; anything else leaves the card as it is: ')
            if said is not None and said.strip() == phrase:
                return f"{cargo.words} of {cargo.kiosk}: given up"
        raise TargetRefused(
            f"{self._target}: this card holds {cargo.words} of {cargo.kiosk} that no endpoint has. Let the kiosk send "
            f"them, save them with --save-votes FOLDER, or give them up with --give-up-votes {cargo.kiosk}"
        )

    def _note(self, kiosk: Prepared, disk: Disk, before: str, why: str = "") -> None:
        self._book.note(
            kiosk.id,
            "bad" if why else "good",
            self._target,
            card=disk.words,
            image=self._picture.path.name,
            why=why,
            before=before,
        )

    def _say(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()


def _told(cargo: votes.Cargo) -> str:
    if cargo.unread:
        return f"This card was {cargo.kiosk}'s, and what is on it can't be counted: {cargo.unread}"
    return (
        f"This card was {cargo.kiosk}'s. No endpoint has acknowledged {cargo.votes} votes and {cargo.answers} answers "
        "that are on it."
    )
